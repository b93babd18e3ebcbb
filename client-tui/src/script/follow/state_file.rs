//! The file in which `follow --state` keeps how far it is: whose it is, and the position.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chatter_protocol::Position;
use serde::{Deserialize, Serialize};

use super::position::{parse, written};
use crate::net::ServerUrl;
use crate::private_file::{self, Survives};
use crate::script::Failure;

const PRIVATE_FILE_MODE: u32 = 0o600;

/// Largest file read, bytes; ours have a few hundred.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    content: Content,
    position: Option<Position>,
    /// Held while the program runs: two that shared a position would both lose by it.
    _lock: File,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Content {
    v: u8,
    server: String,
    username: String,
    position: String,
}

impl StateFile {
    /// Reads the file, if it is there, and makes sure that it can be written.
    ///
    /// # Errors
    /// If it belongs to another account, is used by another process, or can't be read or written.
    pub(super) fn open(path: &Path, server: &ServerUrl, username: &str) -> Result<Self, Failure> {
        let lock = lock(&path.with_added_extension("lock"))?;
        let content = Content {
            v: 1,
            server: server.to_string(),
            username: username.to_owned(),
            position: String::new(),
        };
        let Some(found) = load(path)? else {
            return Ok(Self { path: path.to_owned(), content, position: None, _lock: lock });
        };
        if (&found.server, &found.username) != (&content.server, &content.username) {
            return Err(Failure::usage(format!(
                "{} is of @{} at {}. Give each account a file of its own.",
                path.display(),
                found.username,
                found.server
            )));
        }
        let position = Some(parse(&found.position)?);
        Ok(Self { path: path.to_owned(), content, position, _lock: lock })
    }

    /// Where the last run ended; none for the first one.
    pub(super) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Keeps `position`: whole, or as it was before. It survives the end of the process; a power
    /// cut may take it back to an earlier one.
    pub(super) fn keep(&mut self, position: &Position) -> Result<(), Failure> {
        if self.position.as_ref() == Some(position) {
            return Ok(());
        }
        self.content.position = written(position);
        let kept = serde_json::to_vec(&self.content)
            .map_err(io::Error::from)
            .and_then(|text| private_file::replace(&self.path, &text, Survives::Process));
        kept.map_err(|error| failed(&self.path, "written", &error))?;
        self.position = Some(position.clone());
        Ok(())
    }
}

fn load(path: &Path) -> Result<Option<Content>, Failure> {
    let size = match fs::metadata(path) {
        Ok(file) => file.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "read", &error)),
    };
    if size > FILE_BYTES_MAX {
        return Err(damaged(path));
    }
    let text = fs::read(path).map_err(|error| failed(path, "read", &error))?;
    serde_json::from_slice(&text).map(Some).map_err(|_| damaged(path))
}

fn lock(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE_MODE)
        .open(path)
        .map_err(|error| failed(path, "written", &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::local("Another `chatter follow` uses this state file. Give each its own."))
        }
        Err(TryLockError::Error(error)) => Err(failed(path, "locked", &error)),
    }
}

fn failed(path: &Path, action: &str, error: &io::Error) -> Failure {
    Failure::local(format!("The state file {} can't be {action}: {error}.", path.display()))
}

fn damaged(path: &Path) -> Failure {
    Failure::local(format!(
        "The state file {} can't be understood. Take it away to begin at the present.",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> ServerUrl {
        ServerUrl::parse(text, false).expect("valid")
    }

    #[test]
    fn the_position_is_there_again_for_the_same_account_only() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("state");
        let home = server("https://chat.example.org");
        let mut state = StateFile::open(&path, &home, "ada").expect("opens");
        assert_eq!(state.position(), None);
        assert!(StateFile::open(&path, &home, "ada").is_err(), "one process at a time");
        let position = Position::user("e", 7);
        state.keep(&position).expect("keeps");
        drop(state);
        let state = StateFile::open(&path, &home, "ada").expect("opens");
        assert_eq!(state.position(), Some(&position));
        drop(state);
        for (server, name) in [(&home, "grace"), (&server("https://other.example"), "ada")] {
            let failure = StateFile::open(&path, server, name).expect_err("another account");
            assert!(failure.message.contains("@ada"), "{failure:?}");
        }
        fs::write(&path, "{").expect("writes");
        assert!(
            StateFile::open(&path, &home, "ada").expect_err("damaged").message.contains("away")
        );
    }
}
