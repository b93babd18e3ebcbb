//! A picture in the desktop's viewer, when a person asks for it.
//!
//! Only what is a picture by its content is handed over, under an ending that fits it: a desktop
//! runs some kinds of files instead of showing them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

use crate::private_file;

/// Why a file was not opened, as a sentence.
#[derive(Debug, Error)]
pub enum NotOpened {
    /// It may be a program.
    #[error("Only pictures are opened from here. Save it, and look at it with what you trust.")]
    NoPicture,
    /// No screen to show it on.
    #[error("There is no desktop here to open it on. Save it instead.")]
    NoDesktop,
    /// The viewer does not start.
    #[error("{opener} can't be started ({error}). Save it instead.")]
    NoOpener {
        /// Which.
        opener: String,
        /// Why.
        error: io::Error,
    },
    /// The file can't be put down.
    #[error("The picture can't be put into {}: {error}.", .folder.display())]
    NotWritten {
        /// Where.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Shows a picture in the desktop's viewer, by way of a private file in `folder`. The viewer gets one
/// argument and nothing of this terminal.
///
/// # Errors
/// See [`NotOpened`].
pub fn open(picture: &[u8], name: &str, folder: &Path) -> Result<(), NotOpened> {
    let ending = ending(picture).ok_or(NotOpened::NoPicture)?;
    match has_desktop() {
        true => hand_over(picture, &format!("{name}.{ending}"), folder, opener()),
        false => Err(NotOpened::NoDesktop),
    }
}

fn hand_over(picture: &[u8], name: &str, folder: &Path, opener: String) -> Result<(), NotOpened> {
    let path = folder.join(name);
    private_file::replace(&path, picture, private_file::Survives::Process)
        .map_err(|error| NotOpened::NotWritten { folder: folder.to_owned(), error })?;
    let started = Command::new(&opener)
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // Nobody else takes note of its end.
            std::thread::spawn(move || child.wait());
            Ok(())
        }
        Err(error) => Err(NotOpened::NoOpener { opener, error }),
    }
}

fn ending(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpg"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        _ => None,
    }
}

fn opener() -> String {
    let chosen = std::env::var("CHATTER_OPENER").ok().filter(|name| !name.is_empty());
    chosen.unwrap_or_else(|| if cfg!(target_os = "macos") { "open" } else { "xdg-open" }.to_owned())
}

/// Without one, the opener would take a browser for terminals, over this screen.
fn has_desktop() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY", "CHATTER_OPENER"].into_iter().any(is_set)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_viewer_gets_one_argument_and_it_is_the_picture() {
        let dir = tempfile::tempdir().expect("a directory");
        let (opener, told) = (dir.path().join("viewer"), dir.path().join("told"));
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" > {0}.new\nmv {0}.new {0}\n",
            told.display()
        );
        fs::write(&opener, script).expect("written");
        fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("set");
        let name = "a; touch b $(touch c) -x.png";
        let opener = opener.to_str().expect("a path").to_owned();
        hand_over(b"\x89PNG", name, dir.path(), opener).expect("handed over");
        let began = Instant::now();
        while !told.exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "the viewer was not started");
            std::thread::sleep(Duration::from_millis(5));
        }
        let told = fs::read_to_string(&told).expect("told");
        assert_eq!(told, format!("1\n{}\n", dir.path().join(name).display()));
        assert!(!Path::new("b").exists() && !Path::new("c").exists());
        let mode = fs::metadata(dir.path().join(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_may_be_a_program_is_no_picture() {
        for hostile in [
            &b"[Desktop Entry]\nExec=reboot"[..],
            b"#!/bin/sh\nreboot",
            b"<svg onload='x'>",
            b"<html>",
            b"MZ\x90",
            b"\x7fELF",
            b"%PDF-1.7",
            b"",
        ] {
            assert!(matches!(open(hostile, "x", Path::new("/nowhere")), Err(NotOpened::NoPicture)));
        }
    }
}
