//! A file to send.

use std::io;
use std::path::{Path, PathBuf};

use chatter_protocol::FileName;

/// A file that is there and can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where.
    pub path: PathBuf,
    /// What others will see it called.
    pub name: FileName,
    /// Its size, as it was when it was looked at.
    pub bytes: u64,
}

impl Source {
    /// Looks at a file. Waits for the disk.
    ///
    /// # Errors
    /// A sentence that says why it can't be sent.
    pub fn look_at(path: &Path) -> Result<Self, String> {
        let source = |bytes| Self {
            path: path.to_owned(),
            name: FileName::of(&path.file_name().unwrap_or_default().to_string_lossy()),
            bytes,
        };
        let metadata = std::fs::metadata(path).map_err(|error| source(0).unreadable(&error))?;
        if metadata.is_dir() {
            return Err(format!("{} is a folder. Pack it into a file first.", path.display()));
        }
        // A pipe or a device may have no end.
        if !metadata.is_file() {
            return Err(format!("{} is no file that can be sent.", path.display()));
        }
        if metadata.len() == 0 {
            return Err(format!("{} is empty.", path.display()));
        }
        Ok(source(metadata.len()))
    }

    /// What is said of a file that can't be read.
    pub fn unreadable(&self, error: &io::Error) -> String {
        let path = self.path.display();
        match error.kind() {
            io::ErrorKind::NotFound => format!("There is no file {path}."),
            io::ErrorKind::PermissionDenied => format!("You may not read {path}."),
            _ => format!("{path} can't be read: {error}."),
        }
    }
}

/// A path as a person writes it: with `~` for their home.
pub fn expand(text: &str) -> PathBuf {
    let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match text.strip_prefix("~/") {
        Some(rest) => home().map_or_else(|| PathBuf::from(text), |home| home.join(rest)),
        None if text == "~" => home().unwrap_or_else(|| PathBuf::from(text)),
        None => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_with_something_in_it_can_be_sent() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a b.log");
        let why = |path: &Path| Source::look_at(path).expect_err("refused");
        assert!(why(&path).starts_with("There is no file"));
        assert!(why(dir.path()).contains("folder"));
        assert!(why(Path::new("/dev/zero")).contains("no file"));
        std::fs::write(&path, "").expect("written");
        assert!(why(&path).contains("empty"));
        std::fs::write(&path, "line\n").expect("written");
        let source = Source::look_at(&path).expect("can be sent");
        assert_eq!((source.name.as_str(), source.bytes), ("a b.log", 5));
    }
}
