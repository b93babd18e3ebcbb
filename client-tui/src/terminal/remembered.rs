//! What terminals answered in earlier runs, so that the first frame is right before they answer
//! again. Can be lost without harm, so nothing here fails.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Probed;
use crate::paths::Paths;
use crate::private_file::{self, Survives};

const FILE_NAME: &str = "terminals.json";

/// Terminals that are remembered; the one that was not used for longest is forgotten.
const TERMINALS_MAX: usize = 16;

/// Largest file read, bytes; ours have at most about 8,000.
const FILE_BYTES_MAX: u64 = 64 * 1024;

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
        let text = serde_json::to_vec(&known)?;
        private_file::replace(&folder.join(FILE_NAME), &text, Survives::Process)
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

#[cfg(test)]
mod tests {
    use std::fs;
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
