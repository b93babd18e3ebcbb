//! Who sends which unsent message: the process that wrote it, or, once that process is gone, the
//! one that finds it.
//!
//! A process is its lock file: the operating system gives the lock back when the process ends,
//! however it ends. A second sender would do no harm (the key is the same), only waste.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// This process, for as long as it lives.
#[derive(Debug)]
pub(super) struct Owner {
    name: String,
    /// Where the lock files are; `None` for a store in memory, which nobody shares.
    folder: Option<PathBuf>,
    _lock: Option<File>,
}

impl Owner {
    /// Takes a fresh name with its lock in `folder`.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let name = Uuid::now_v7().to_string();
        let lock = OpenOptions::new().write(true).create_new(true).open(folder.join(&name))?;
        lock.lock()?;
        Ok(Self { name, folder: Some(folder.to_owned()), _lock: Some(lock) })
    }

    /// The owner of what nobody shares.
    pub(super) fn alone() -> Self {
        Self { name: Uuid::now_v7().to_string(), folder: None, _lock: None }
    }

    /// Whether there is a file that outlives the process.
    pub(super) fn is_shared(&self) -> bool {
        self.folder.is_some()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the process that took `name` is gone; its lock file goes too.
    pub(super) fn is_gone(&self, name: &str) -> bool {
        let Some(folder) = &self.folder else { return false };
        if name == self.name || Uuid::parse_str(name).is_err() {
            return false;
        }
        let path = folder.join(name);
        let free = match File::open(&path) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if free {
            // Left behind, the file would be found free again: no harm.
            let _ = std::fs::remove_file(path);
        }
        free
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // Left behind, it is found free.
            let _ = std::fs::remove_file(folder.join(&self.name));
        }
    }
}
