//! A place for a file that somebody sent: in one folder, under a name that is free, never through a
//! link and never over another file.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chatter_protocol::FileName;
use directories::UserDirs;

use crate::private_file;

/// Numbers that are tried before one gives up.
const TRIES_MAX: u32 = 1_000;

/// A new, empty file; it is gone again when this is dropped, unless it was kept.
#[derive(Debug)]
pub struct Place {
    /// To write to.
    pub file: File,
    path: PathBuf,
    is_kept: bool,
}

impl Place {
    /// A file in `folder`, called `name` or, where that is taken, `name (2)` and so on.
    ///
    /// # Errors
    /// If the system refuses, or all those names are taken.
    pub fn in_folder(folder: &Path, name: &FileName) -> io::Result<Self> {
        let name = proposed(name);
        for number in 1..=TRIES_MAX {
            match Self::at(&folder.join(numbered(&name, number))) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made,
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// This very file.
    ///
    /// # Errors
    /// If there is one of that name, or the system refuses.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { file: private_file::create(path)?, path: path.to_owned(), is_kept: false })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps what was written, also over a power cut.
    ///
    /// # Errors
    /// If the disk does; then it is gone.
    pub fn keep(mut self) -> io::Result<PathBuf> {
        self.file.sync_all()?;
        self.is_kept = true;
        Ok(self.path.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_kept {
            // Half a file helps nobody; one that can't be deleted is at least empty or short.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Where files are saved: the desktop's folder for that, else one in the home.
pub fn downloads() -> Option<PathBuf> {
    let dirs = UserDirs::new()?;
    Some(dirs.download_dir().map_or_else(|| dirs.home_dir().join("Downloads"), Path::to_owned))
}

/// What a file may be called here: neither hidden nor like an option, and not what other systems
/// take for a device.
pub fn proposed(name: &FileName) -> String {
    let visible =
        name.as_str().trim_start_matches(['.', '-', ' ', '~']).trim_end_matches(['.', ' ']);
    let safe: String =
        visible.chars().map(|c| if ":*?\"<>|$`".contains(c) { '_' } else { c }).collect();
    let stem = safe.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt"));
    match safe.is_empty() || is_device {
        true => format!("file-{safe}"),
        false => safe,
    }
}

fn numbered(name: &str, number: u32) -> OsString {
    if number == 1 {
        return name.into();
    }
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem} ({number}).{ending}").into(),
        _ => format!("{name} ({number})").into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_written_over_or_through_a_link_or_outside() {
        let dir = tempfile::tempdir().expect("a directory");
        let folder = dir.path().join("downloads");
        fs::create_dir(&folder).expect("made");
        let outside = dir.path().join("precious");
        fs::write(&outside, "precious").expect("written");
        symlink(&outside, folder.join("engine.png")).expect("linked");
        symlink(dir.path().join("not-there"), folder.join("engine (2).png")).expect("linked");
        let mut place = Place::in_folder(&folder, &FileName::of("engine.png")).expect("a place");
        assert_eq!(place.path(), folder.join("engine (3).png"));
        place.file.write_all(b"picture").expect("written");
        place.keep().expect("kept");
        assert_eq!(fs::read(&outside).expect("there"), b"precious");
        assert!(!dir.path().join("not-there").exists());

        let ways =
            ["", "../", "../../", "/", "/etc/", "a/../../", "./", "..\\", "C:\\", "-", "~/", ".\0"];
        let ends = ["precious", "passwd\n", ".bashrc", "..", "x;reboot", "\u{202e}gpj.exe"];
        for hostile in ways.iter().flat_map(|way| ends.map(|end| format!("{way}{end}"))) {
            let place = Place::in_folder(&folder, &FileName::of(&hostile)).expect("a place");
            assert_eq!(place.path().parent(), Some(folder.as_path()), "{hostile:?}");
            let name = place.path().file_name().expect("a name").to_string_lossy().into_owned();
            assert!(!name.starts_with(['.', '-']), "{hostile:?}: {name}");
        }
        // What was not kept is gone.
        assert_eq!(fs::read_dir(&folder).expect("there").count(), 3);
    }

    #[test]
    fn names_are_visible_and_no_devices() {
        for (called, name) in [
            ("engine.png", "engine.png"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("con.txt", "file-con.txt"),
            ("LPT1", "file-LPT1"),
            ("a:b|c$(x).sh", "a_b_c_(x).sh"),
        ] {
            assert_eq!(proposed(&FileName::of(called)), name, "{called}");
        }
        assert_eq!(numbered("a.tar.gz", 2), "a.tar (2).gz");
        assert_eq!(numbered("README", 3), "README (3)");
    }
}
