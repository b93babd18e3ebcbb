//! Pictures kept on this device, as the server sent them. What was not used for longest goes first.
//! Can be lost without harm, so nothing here fails.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::decode::PICTURE_BYTES_MAX;
use super::{Rendition, Wanted};
use crate::private_file::{self, Survives};

/// What is kept of one account, bytes.
const KEPT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Only the owner may look in.
const FOLDER_MODE: u32 = 0o700;

/// The bytes of a picture, if they are here; they count as used now.
pub(super) fn read(folder: &Path, wanted: &Wanted) -> Option<Vec<u8>> {
    let file = File::open(path(folder, wanted)).ok()?;
    // Not every file system takes it; then the oldest go first.
    let _ = file.set_modified(SystemTime::now());
    let mut bytes = Vec::new();
    file.take(PICTURE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= PICTURE_BYTES_MAX).then_some(bytes)
}

/// Keeps the bytes of a picture.
pub(super) fn keep(folder: &Path, wanted: &Wanted, bytes: &[u8]) {
    let kept = DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)
        .and_then(|()| make_room(folder, bytes.len() as u64))
        .and_then(|()| private_file::replace(&path(folder, wanted), bytes, Survives::Process));
    if let Err(error) = kept {
        tracing::warn!(%error, "a picture is not kept");
    }
}

/// Forgets one that turned out to be none.
pub(super) fn forget(folder: &Path, wanted: &Wanted) {
    // What can't be deleted is refused again the next time.
    let _ = private_file::delete(&path(folder, wanted));
}

fn path(folder: &Path, wanted: &Wanted) -> PathBuf {
    match wanted.rendition {
        Rendition::Thumbnail => folder.join(format!("{}.small", wanted.media)),
        Rendition::Whole | Rendition::Avatar => folder.join(wanted.media.to_string()),
    }
}

/// Deletes what was not used for longest until `bytes` more have room.
fn make_room(folder: &Path, bytes: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            files.push((metadata.modified()?, metadata.len(), entry.path()));
        }
    }
    let mut kept: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
    files.sort();
    for (_, length, path) in files {
        if kept + bytes <= KEPT_BYTES_MAX {
            break;
        }
        fs::remove_file(path)?;
        kept -= length;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use chatter_protocol::MediaId;
    use ratatui::layout::Size;

    use super::*;

    fn wanted(number: u8, rendition: Rendition) -> Wanted {
        Wanted { media: MediaId::from_bytes([number; 16]), rendition, size: Size::new(4, 2) }
    }

    #[test]
    fn what_is_kept_is_private_and_each_form_is_its_own() {
        let root = tempfile::tempdir().expect("a directory");
        let folder = root.path().join("deep/media");
        let (small, whole) = (wanted(1, Rendition::Thumbnail), wanted(1, Rendition::Whole));
        assert_eq!(read(&folder, &small), None);
        keep(&folder, &small, b"small");
        keep(&folder, &whole, b"whole");
        let larger = Wanted { size: Size::new(40, 20), ..small };
        assert_eq!(read(&folder, &larger).as_deref(), Some(&b"small"[..]));
        assert_eq!(read(&folder, &whole).as_deref(), Some(&b"whole"[..]));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&path(&folder, &small))), (0o700, 0o600));
        forget(&folder, &small);
        assert_eq!(read(&folder, &small), None);
    }

    #[test]
    fn what_was_used_last_stays_when_there_is_no_more_room() {
        let root = tempfile::tempdir().expect("a directory");
        let folder = root.path();
        let mut long_ago = SystemTime::now() - Duration::from_secs(10_000);
        for number in 1..=8 {
            let picture = wanted(number, Rendition::Whole);
            keep(folder, &picture, b"x");
            let file = File::options().write(true).open(path(folder, &picture)).expect("there");
            // Ten MiB without writing them.
            file.set_len(KEPT_BYTES_MAX / 8).expect("grows");
            file.set_modified(long_ago).expect("ages");
            long_ago += Duration::from_secs(10);
        }
        assert!(read(folder, &wanted(1, Rendition::Whole)).is_some());
        keep(folder, &wanted(9, Rendition::Whole), b"new");
        let is_there = |number| path(folder, &wanted(number, Rendition::Whole)).exists();
        assert!(is_there(1) && !is_there(2) && is_there(3) && is_there(9));
    }
}
