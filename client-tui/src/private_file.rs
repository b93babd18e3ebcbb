//! Files that only their owner can read, replaced as a whole: a crash leaves the one from before, and
//! what is written is never written through a link.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const MODE: u32 = 0o600;

/// What the file that takes the place of another is called until then, behind the other's name.
const NEW_ENDING: &str = "new";

/// What a new content survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survives {
    /// The end of the process.
    Process,
    /// A power cut.
    PowerCut,
}

/// A new file for its owner alone.
///
/// # Errors
/// If there is one of that name, or the system refuses.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}

/// Puts a file with `content` in the place of another, if there is one.
///
/// # Errors
/// If the system refuses; what was there before is then still there.
pub fn replace(path: &Path, content: &[u8], survives: Survives) -> io::Result<()> {
    let new = path.with_added_extension(NEW_ENDING);
    // What a crash left behind. It goes first, because only a file that is made here is sure to be
    // private from its first byte, and no link.
    remove(&new)?;
    let mut file = create(&new)?;
    file.write_all(content)?;
    if survives == Survives::Process {
        return fs::rename(&new, path);
    }
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}

/// Deletes a file, and what a crash left of the next one; neither need be there.
///
/// # Errors
/// If the system refuses.
pub fn delete(path: &Path) -> io::Result<()> {
    remove(&path.with_added_extension(NEW_ENDING))?;
    remove(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
