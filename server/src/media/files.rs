//! The files: those being received, with random names, and those kept, named by the SHA-256 of
//! their bytes. A name that a client chose is never part of a path.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::store::FileHash;

/// Folder of what is being received.
const INCOMING: &str = "incoming";
/// Digits of a hash that name the folder which it is in, so that no folder grows too large.
const FOLDER_DIGITS: usize = 2;

/// The media directory.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
}

/// A file that is being written; it is gone when this is dropped, unless it was kept.
#[derive(Debug)]
pub(super) struct Incoming {
    file: Option<File>,
    path: PathBuf,
    digest: Sha256,
    bytes: u64,
}

/// A kept file, to be read.
#[derive(Debug)]
pub struct OpenedFile {
    /// At its start.
    pub file: tokio::fs::File,
    /// Its size.
    pub bytes: u64,
}

impl Files {
    /// Opens the directory and empties the part of it that nobody is writing to any more.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let files = Self { root: root.to_owned() };
        make_dir(root)?;
        let incoming = root.join(INCOMING);
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => make_dir(&incoming)?,
        }
        Ok(files)
    }

    /// A new, empty file.
    pub(super) fn incoming(&self) -> io::Result<Incoming> {
        let path = self.root.join(INCOMING).join(format!("{:032x}", rand::random::<u128>()));
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Incoming { file: Some(file), path, digest: Sha256::new(), bytes: 0 })
    }

    /// Gives the file its name, durably; the same bytes are the same file.
    pub(super) fn keep(&self, mut incoming: Incoming) -> io::Result<(FileHash, u64)> {
        let Some(file) = incoming.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        let hash = FileHash(incoming.digest.finalize_reset().into());
        let path = self.path(hash);
        if !path.exists() {
            let folder = path.parent().unwrap_or(&self.root);
            if !folder.exists() {
                make_dir(folder)?;
                sync_dir(&self.root)?;
            }
            file.sync_all()?;
            fs::rename(&incoming.path, &path)?;
        }
        // Also for a file that is there: who gave it its name may not be as far.
        sync_dir(path.parent().unwrap_or(&self.root))?;
        Ok((hash, incoming.bytes))
    }

    pub(super) async fn read(&self, hash: FileHash) -> io::Result<OpenedFile> {
        let file = tokio::fs::File::open(self.path(hash)).await?;
        let bytes = file.metadata().await?.len();
        Ok(OpenedFile { file, bytes })
    }

    /// Takes a kept file away; one that is not there is gone.
    pub(super) fn remove(&self, hash: FileHash) -> io::Result<()> {
        match fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Every kept file, in no order.
    pub(super) fn kept(&self) -> io::Result<impl Iterator<Item = FileHash>> {
        let folders = fs::read_dir(&self.root)?.flatten();
        let files =
            folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().flatten();
        Ok(files.filter_map(|file| parse(file.file_name().to_str()?)))
    }

    fn path(&self, hash: FileHash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(&name[..FOLDER_DIGITS]).join(name)
    }
}

impl Incoming {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file at its start, to be read.
    pub(super) fn reread(&self) -> io::Result<File> {
        File::open(&self.path)
    }
}

impl Write for Incoming {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::NotFound.into()) };
        let written = file.write(chunk)?;
        self.digest.update(&chunk[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // One that was kept has another name by now, and one that is in the way is gone with the
        // next start.
        let _ = fs::remove_file(&self.path);
    }
}

fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn parse(name: &str) -> Option<FileHash> {
    let mut hash = [0; 32];
    if name.len() != 2 * hash.len() || !name.is_ascii() {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&name[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(FileHash(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &Files, bytes: &[u8]) -> Incoming {
        let mut incoming = files.incoming().expect("a file");
        incoming.write_all(bytes).expect("written");
        incoming
    }

    #[test]
    fn the_same_bytes_are_one_file_and_what_is_not_kept_is_gone() {
        let dir = tempfile::tempdir().expect("a directory");
        let files = Files::open(&dir.path().join("media")).expect("opens");
        let (first, bytes) = files.keep(written(&files, b"a picture")).expect("kept");
        let (second, _) = files.keep(written(&files, b"a picture")).expect("kept");
        assert_eq!((first, bytes), (second, 9));
        drop(written(&files, b"hung up"));
        let left_over = written(&files, b"the server was killed");
        std::mem::forget(left_over);
        assert_eq!(files.kept().expect("lists").collect::<Vec<_>>(), [first]);

        let incoming = dir.path().join("media/incoming");
        assert_eq!(fs::read_dir(&incoming).expect("there").count(), 1);
        let files = Files::open(&dir.path().join("media")).expect("opens again");
        assert_eq!(fs::read_dir(&incoming).expect("there").count(), 0);
        files.remove(first).expect("removed");
        files.remove(first).expect("twice is once");
        assert_eq!(files.kept().expect("lists").count(), 0);
    }
}
