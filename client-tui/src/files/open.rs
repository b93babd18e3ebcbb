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
    if !has_desktop() {
        return Err(NotOpened::NoDesktop);
    }
    let path = folder.join(format!("{name}.{ending}"));
    private_file::replace(&path, picture, private_file::Survives::Process)
        .map_err(|error| NotOpened::NotWritten { folder: folder.to_owned(), error })?;
    let opener = opener();
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
