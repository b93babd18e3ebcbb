//! What terminals answered in earlier runs, so that the first frame is right before they answer
//! again. Can be lost without harm, so nothing here fails.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Probed;
use crate::paths::Paths;

const FILE_NAME: &str = "terminals.json";

/// Where the next version is written before it takes the place of the last.
const NEW_FILE_NAME: &str = "terminals.json.new";

/// Terminals that are remembered; the one that was not used for longest is forgotten.
const TERMINALS_MAX: usize = 16;

/// Largest file read, bytes; ours have at most about 8,000.
const FILE_BYTES_MAX: u64 = 64 * 1024;

const PRIVATE_FILE_MODE: u32 = 0o600;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// [`Capabilities::identity`](super::Capabilities::identity).
    terminal: String,
    probed: Probed,
}

/// What the terminal of this identity answered last.
pub(super) fn recall(paths: &Paths, terminal: &str) -> Option<Probed> {
    let known = read(paths.cache_dir().ok()?);
    known.into_iter().find(|known| known.terminal == terminal).map(|known| known.probed)
}

/// Keeps what the terminal of this identity answered.
pub(super) fn remember(paths: &Paths, terminal: &str, probed: &Probed) {
    let kept = paths.cache_dir().and_then(|folder| {
        let mut known = read(folder);
        known.retain(|known| known.terminal != terminal);
        known.truncate(TERMINALS_MAX - 1);
        known.insert(0, Remembered { terminal: terminal.to_owned(), probed: probed.clone() });
        write(folder, &serde_json::to_vec(&known)?)
    });
    if let Err(error) = kept {
        tracing::warn!(%error, "the terminal's answers are not remembered");
    }
}

/// Empty when there is nothing that can be read.
fn read(folder: &Path) -> Vec<Remembered> {
    let mut text = String::new();
    let file = File::open(folder.join(FILE_NAME));
    match file.and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text)) {
        Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn write(folder: &Path, text: &[u8]) -> io::Result<()> {
    let new = folder.join(NEW_FILE_NAME);
    // What a crash left behind: only a file that is made here is sure to be private.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(PRIVATE_FILE_MODE).open(&new)?;
    file.write_all(text)?;
    fs::rename(&new, folder.join(FILE_NAME))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::terminal::Background;

    fn probed(name: &str) -> Probed {
        let name = Some(name.to_owned());
        Probed { background: Some(Background::Light), name, is_complete: true, ..Probed::default() }
    }

    #[test]
    fn the_last_answer_of_each_terminal_is_there_the_next_time() {
        let folder = tempfile::tempdir().expect("a directory");
        let paths = Paths::below(folder.path());
        assert_eq!(recall(&paths, "kitty"), None);
        remember(&paths, "kitty", &probed("one"));
        remember(&paths, "foot", &probed("two"));
        remember(&paths, "kitty", &probed("three"));
        assert_eq!(recall(&paths, "kitty"), Some(probed("three")));
        assert_eq!(recall(&paths, "foot"), Some(probed("two")));
        let file = paths.cache_dir().expect("there").join(FILE_NAME);
        let mode = fs::metadata(file).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }

    #[test]
    fn only_so_many_are_remembered_and_damage_is_forgotten() {
        let folder = tempfile::tempdir().expect("a directory");
        let paths = Paths::below(folder.path());
        for number in 0..TERMINALS_MAX + 3 {
            remember(&paths, &format!("terminal {number}"), &probed("x"));
        }
        assert_eq!(read(paths.cache_dir().expect("there")).len(), TERMINALS_MAX);
        assert_eq!(recall(&paths, "terminal 0"), None);
        fs::write(paths.cache_dir().expect("there").join(FILE_NAME), "{").expect("writes");
        assert_eq!(recall(&paths, "terminal 9"), None);
        remember(&paths, "terminal 9", &probed("x"));
        assert!(recall(&paths, "terminal 9").is_some());
    }
}
