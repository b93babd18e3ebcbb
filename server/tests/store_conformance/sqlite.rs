//! The stories on SQLite, in a temporary directory each.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chatter_server::store::sqlite::SqliteStore;
use chatter_server::store::{CommitSink, Store};
use tempfile::TempDir;

use crate::world::Backend;

struct Sqlite {
    data: TempDir,
    copy: TempDir,
}

impl Sqlite {
    fn new() -> Self {
        let dir = || tempfile::tempdir().expect("temporary directory");
        Self { data: dir(), copy: dir() }
    }
}

impl Backend for Sqlite {
    fn open(&self, sink: CommitSink) -> Arc<dyn Store> {
        SqliteStore::open(self.data.path(), sink).expect("opens")
    }

    fn save_copy(&self) {
        replace(self.data.path(), self.copy.path());
    }

    fn restore_copy(&self) {
        replace(self.copy.path(), self.data.path());
    }
}

/// Makes `to` hold the files of `from` and nothing else.
fn replace(from: &Path, to: &Path) {
    for entry in fs::read_dir(to).expect("a directory").flatten() {
        fs::remove_file(entry.path()).expect("removes");
    }
    for entry in fs::read_dir(from).expect("a directory").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copies");
    }
}

crate::conformance!(Sqlite::new());
