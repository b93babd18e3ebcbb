//! Where this device keeps what is Chatter's: one set of directories per profile.
//!
//! Follows the XDG base directories, environment variables first.

use std::io;
use std::path::{Path, PathBuf};

/// The directories of one profile. None of them is made before it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    cache: PathBuf,
}

impl Paths {
    /// The directories of `profile`; none for the unnamed one.
    pub fn new(_profile: Option<&str>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// All four below `root`, for tests and demonstrations.
    pub fn below(root: &Path) -> Self {
        Self {
            config: root.join("config"),
            data: root.join("data"),
            state: root.join("state"),
            cache: root.join("cache"),
        }
    }

    /// What people write: settings and keys. Made if missing.
    pub fn config_dir(&self) -> io::Result<&Path> {
        Ok(&self.config)
    }

    /// What must not get lost: messages and outbox. Made if missing.
    pub fn data_dir(&self) -> io::Result<&Path> {
        Ok(&self.data)
    }

    /// What belongs to this device: session and log. Made if missing.
    pub fn state_dir(&self) -> io::Result<&Path> {
        Ok(&self.state)
    }

    /// What can be had again. Made if missing.
    pub fn cache_dir(&self) -> io::Result<&Path> {
        Ok(&self.cache)
    }
}
