//! What is kept of a session in a file that only its owner can read.
//!
//! One file per profile, in the state directory. Never written through or read through a link. Knows
//! that a token can be elsewhere, not how it gets there.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use chatter_protocol::{Secret, Session, User};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::store::Place;
use crate::net::ServerUrl;
use crate::paths::Paths;
use crate::private_file::{self, Survives};

const FILE_NAME: &str = "session.json";

/// Largest file read, bytes; ours have about one thousand.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The content of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) server: ServerUrl,
    pub(super) session: Session,
    pub(super) me: User,
    /// Where the token is. Files of before there was a choice have it themselves.
    #[serde(default)]
    pub(super) kept_in: Place,
    /// Only where `kept_in` is this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Secret>,
}

/// Why the file can't be read, saved or deleted, as a sentence for a person.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system refused.
    #[error("The session in {} can't be {action}: {cause}.", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Others may have read the token.
    #[error(
        "Other users of this machine can read {}, so the session in it is not used. Sign in again; \
         then sign the old session out in the settings.", .0.display()
    )]
    Exposed(PathBuf),
    /// A link or a device where the file should be.
    #[error("{} is no ordinary file, so it is not used. Take it away and sign in again.", .0.display())]
    NotAFile(PathBuf),
    /// Not what was once saved.
    #[error("The session in {} can't be understood. Sign in again.", .0.display())]
    Damaged(PathBuf),
}

/// What was saved for the profile, if there is something. An error if it can't be trusted or read.
pub(super) fn load(paths: &Paths) -> Result<Option<Record>, FileError> {
    let path = path(paths, "read")?;
    let named = match fs::symlink_metadata(&path) {
        Ok(named) => named,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(failed("read", path, cause)),
    };
    if !named.is_file() {
        return Err(FileError::NotAFile(path));
    }
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| {
        let opened = file.metadata()?;
        file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
        Ok(opened)
    });
    let opened = match read {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            return Err(FileError::Damaged(path));
        }
        Err(cause) => return Err(failed("read", path, cause)),
    };
    // The same file that was looked at: no link was put in its place meanwhile.
    if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
        return Err(FileError::NotAFile(path));
    }
    if opened.permissions().mode() & 0o077 != 0 {
        return Err(FileError::Exposed(path));
    }
    match serde_json::from_str::<Record>(&text) {
        Ok(record) if record.kept_in != Place::File || record.token.is_some() => Ok(Some(record)),
        _ => Err(FileError::Damaged(path)),
    }
}

/// Saves `record` for the profile, in place of another; durable once this returns. After an error
/// what was saved before is still there.
pub(super) fn save(paths: &Paths, record: &Record) -> Result<(), FileError> {
    let path = path(paths, "saved")?;
    let written = serde_json::to_vec_pretty(record).map_err(io::Error::from);
    let written = written.and_then(|text| private_file::replace(&path, &text, Survives::PowerCut));
    written.map_err(|cause| failed("saved", path, cause))
}

/// Deletes what was saved for the profile, if there is something.
pub(super) fn delete(paths: &Paths) -> Result<(), FileError> {
    let path = path(paths, "deleted")?;
    private_file::delete(&path).map_err(|cause| failed("deleted", path, cause))
}

/// Where the file is; `action` is what it is asked for.
pub(super) fn path(paths: &Paths, action: &'static str) -> Result<PathBuf, FileError> {
    match paths.state_dir() {
        Ok(dir) => Ok(dir.join(FILE_NAME)),
        Err(cause) => Err(failed(action, PathBuf::from(FILE_NAME), cause)),
    }
}

fn failed(action: &'static str, path: PathBuf, cause: io::Error) -> FileError {
    FileError::Io { action, path, cause }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;
    use crate::credentials::SavedSession;
    use crate::credentials::tests::session;

    fn place() -> (TempDir, Paths, PathBuf) {
        let root = tempfile::tempdir().expect("a directory");
        let paths = Paths::below(root.path());
        let file = paths.state_dir().expect("makes it").join(FILE_NAME);
        (root, paths, file)
    }

    fn saved(token: &str) -> Record {
        let SavedSession { server, token, session, me } = session(token, true);
        Record { server, session, me, kept_in: Place::File, token: Some(token) }
    }

    #[test]
    fn a_session_is_saved_replaced_loaded_and_forgotten() {
        let (_root, paths, file) = place();
        assert_eq!(load(&paths).expect("loads"), None);
        save(&paths, &saved("first")).expect("saves");
        let second = saved("second");
        save(&paths, &second).expect("saves");
        assert_eq!(load(&paths).expect("loads"), Some(second));
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        delete(&paths).expect("deletes");
        assert_eq!(load(&paths).expect("loads"), None);
        assert_eq!(fs::read_dir(file.parent().expect("has one")).expect("lists").count(), 0);
        delete(&paths).expect("deletes nothing");
    }

    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        let (_root, paths, file) = place();
        save(&paths, &saved("token")).expect("saves");
        for mode in [0o644, 0o640, 0o602] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("opens it");
            let error = load(&paths).expect_err("exposed");
            assert!(matches!(error, FileError::Exposed(_)), "{mode:o}: {error}");
        }
        save(&paths, &saved("next")).expect("saves");
        assert!(load(&paths).expect("loads").is_some());
    }

    #[test]
    fn a_link_is_neither_read_nor_written_through() {
        let (root, paths, file) = place();
        let elsewhere = root.path().join("elsewhere");
        fs::write(&elsewhere, "precious").expect("writes");
        symlink(&elsewhere, &file).expect("links");
        symlink(&elsewhere, file.with_file_name("session.json.new")).expect("links");
        assert!(matches!(load(&paths), Err(FileError::NotAFile(_))));
        save(&paths, &saved("token")).expect("saves");
        assert_eq!(fs::read_to_string(&elsewhere).expect("reads"), "precious");
        assert!(load(&paths).expect("loads").is_some());
    }

    #[test]
    fn damage_is_told_and_never_shows_the_token() {
        let (_root, paths, file) = place();
        save(&paths, &saved("hunter2hunter2")).expect("saves");
        let whole = fs::read(&file).expect("reads");
        for damaged in [&whole[..whole.len() / 2], b"", b"\xff\xfe", b"[]"] {
            fs::write(&file, damaged).expect("writes");
            let error = load(&paths).expect_err("damaged");
            assert!(matches!(error, FileError::Damaged(_)), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_file_of_before_there_was_a_choice_is_read_and_one_without_its_token_is_not() {
        let (_root, paths, file) = place();
        save(&paths, &saved("token")).expect("saves");
        let mut json: serde_json::Value =
            serde_json::from_slice(&fs::read(&file).expect("reads")).expect("JSON");
        json.as_object_mut().expect("an object").remove("kept_in").expect("was there");
        fs::write(&file, json.to_string()).expect("writes");
        let old = load(&paths).expect("loads").expect("there");
        assert_eq!(old.token, Some(Secret::new("token")));
        json.as_object_mut().expect("an object").remove("token").expect("was there");
        fs::write(&file, json.to_string()).expect("writes");
        assert!(matches!(load(&paths), Err(FileError::Damaged(_))));
    }
}
