//! Where this device keeps what is Chatter's: one set of directories per profile.
//!
//! Follows the XDG base directories, environment variables first, on every system; without them the
//! places that the system has for such things.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use thiserror::Error;

/// Only the owner may look in, and nobody else may list, add or take away.
const PRIVATE_DIR_MODE: u32 = 0o700;

/// Longest name of a profile, in characters.
const PROFILE_CHARS_MAX: usize = 32;

/// Why there are no directories, as a sentence for a person.
#[derive(Debug, Error)]
pub enum PathsError {
    /// The system names no home.
    #[error(
        "There is no home directory to keep things in. Set HOME, or XDG_CONFIG_HOME, \
         XDG_DATA_HOME, XDG_STATE_HOME and XDG_CACHE_HOME."
    )]
    NoHome,
    /// The profile's name would not make a good directory.
    #[error(
        "A profile's name has 1 to {PROFILE_CHARS_MAX} letters, digits, _ . or -, and starts with \
         a letter or a digit."
    )]
    Profile,
}

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
    ///
    /// # Errors
    /// If there is no home, or `profile` is no good name for a directory.
    pub fn new(profile: Option<&str>) -> Result<Self, PathsError> {
        Self::resolve(profile, |name| std::env::var_os(name))
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

    fn resolve(
        profile: Option<&str>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, PathsError> {
        let below = match profile {
            None | Some("") => PathBuf::new(),
            Some(name) if is_profile_name(name) => Path::new("profiles").join(name),
            Some(_) => return Err(PathsError::Profile),
        };
        let system = ProjectDirs::from("", "", "chatter");
        let dir = |name, place: fn(&ProjectDirs) -> &Path| {
            // As the specification says, a relative path counts as none.
            let chosen = variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
            let base = match (chosen, &system) {
                (Some(chosen), _) => chosen.join("chatter"),
                (None, Some(system)) => place(system).to_owned(),
                (None, None) => return Err(PathsError::NoHome),
            };
            Ok(base.join(&below))
        };
        Ok(Self {
            config: dir("XDG_CONFIG_HOME", ProjectDirs::config_dir)?,
            data: dir("XDG_DATA_HOME", ProjectDirs::data_local_dir)?,
            state: dir("XDG_STATE_HOME", |system| {
                system.state_dir().unwrap_or_else(|| system.data_local_dir())
            })?,
            cache: dir("XDG_CACHE_HOME", ProjectDirs::cache_dir)?,
        })
    }

    /// The settings; nothing is made for it.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// What people write: settings and keys. Made if missing.
    pub fn config_dir(&self) -> io::Result<&Path> {
        private(&self.config)
    }

    /// What must not get lost: messages and outbox. Made if missing.
    pub fn data_dir(&self) -> io::Result<&Path> {
        private(&self.data)
    }

    /// What belongs to this device: session and log. Made if missing.
    pub fn state_dir(&self) -> io::Result<&Path> {
        private(&self.state)
    }

    /// What can be had again. Made if missing.
    pub fn cache_dir(&self) -> io::Result<&Path> {
        private(&self.cache)
    }
}

fn is_profile_name(name: &str) -> bool {
    name.len() <= PROFILE_CHARS_MAX
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Makes `dir` with its parents, for the owner alone, and closes it to others if it was open.
fn private(dir: &Path) -> io::Result<&Path> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("can't use the directory {}: {error}", dir.display()))
    };
    DirBuilder::new().recursive(true).mode(PRIVATE_DIR_MODE).create(dir).map_err(named)?;
    let mode = fs::metadata(dir).map_err(named)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(PRIVATE_DIR_MODE)).map_err(named)?;
    }
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    #[test]
    fn the_environment_decides_and_profiles_lie_apart() {
        let variable = |name: &str| Some(OsString::from(format!("/base/{name}")));
        let unnamed = Paths::resolve(None, variable).expect("resolves");
        assert_eq!(unnamed.state, Path::new("/base/XDG_STATE_HOME/chatter"));
        assert_eq!(unnamed.cache, Path::new("/base/XDG_CACHE_HOME/chatter"));
        let work = Paths::resolve(Some("work"), variable).expect("resolves");
        assert_eq!(work.config, Path::new("/base/XDG_CONFIG_HOME/chatter/profiles/work"));
        assert_eq!(Paths::resolve(Some(""), variable).expect("resolves"), unnamed);
    }

    #[test]
    fn a_relative_variable_counts_as_none() {
        let paths = Paths::resolve(None, |_| Some("relative".into()));
        assert!(paths.is_err() || paths.is_ok_and(|paths| paths.state.is_absolute()));
    }

    #[test]
    fn a_profile_is_no_way_out_of_its_directory() {
        for bad in ["..", "a/b", "/etc", "-x", ".hidden", "ä", &"x".repeat(33)] {
            assert!(
                matches!(Paths::resolve(Some(bad), |_| None), Err(PathsError::Profile)),
                "{bad}"
            );
        }
    }

    #[test]
    fn directories_are_made_for_the_owner_alone() {
        let root = tempfile::tempdir().expect("a directory");
        let paths = Paths::below(&root.path().join("deep/er"));
        assert!(!paths.state.exists());
        assert_eq!(mode(paths.state_dir().expect("makes it")), 0o700);
        fs::set_permissions(&paths.state, Permissions::from_mode(0o777)).expect("opens it");
        assert_eq!(mode(paths.state_dir().expect("closes it")), 0o700);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let root = tempfile::tempdir().expect("a directory");
        fs::write(root.path().join("state"), "a file in the way").expect("writes");
        let error = Paths::below(root.path()).state_dir().expect_err("in the way");
        assert!(error.to_string().contains("state"), "{error}");
    }
}
