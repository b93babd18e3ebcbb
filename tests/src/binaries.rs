//! Finds the binaries under test, and refuses to test old ones.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The path of `chatter` or `chatter-server` as the workspace built it.
///
/// # Panics
/// When the binary is not there or older than its sources: `cargo test --workspace` builds it,
/// running one package's tests alone does not.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let target = test.ancestors().nth(2).expect("target/debug/deps/test");
    let path = target.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let built = modified(&path)
        .unwrap_or_else(|| panic!("{} is missing; run `cargo build --workspace`", path.display()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace member");
    // What another package's change does not touch is not built again either.
    let own = if name == "chatter" { "client-tui/src" } else { "server/src" };
    for package in ["protocol/src", own] {
        let newest = newest_source(&root.join(package));
        assert!(
            newest <= built,
            "{} is older than {package}; run `cargo build --workspace`",
            path.display()
        );
    }
    path
}

fn newest_source(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder).expect("the sources are there");
    let times = entries.map(|entry| {
        let path = entry.expect("readable").path();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        match path.is_dir() {
            true => newest_source(&path),
            false if is_source => modified(&path).unwrap_or(SystemTime::UNIX_EPOCH),
            false => SystemTime::UNIX_EPOCH,
        }
    });
    times.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
