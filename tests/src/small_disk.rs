//! A small disk in memory that can be filled and freed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A mounted file system of a few megabytes; unmounted when dropped.
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one; none without the right to.
    pub fn mount(megabytes: usize) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]);
        let is_mounted = mount.arg(folder.path()).output().is_ok_and(|it| it.status.success());
        is_mounted.then_some(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut ballast =
            File::options().append(true).create(true).open(self.ballast()).expect("opens");
        // A write that no longer fits writes what does; the last one nothing.
        while ballast.write(&[0; 64 * 1024]).is_ok_and(|written| written > 0) {}
    }

    /// Takes the filling away.
    pub fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("removes");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).output();
    }
}
