//! Finds the binaries under test, and refuses to test old ones.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The path of `chatter` or `chatter-server` as the workspace built it.
///
/// # Panics
/// When the binary is not there or older than its sources: `cargo test --workspace` builds it,
/// running one package's tests alone does not.
pub fn binary(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program.parent().expect("target/debug, or target/debug/deps for a test");
    let target = if folder.ends_with("deps") { folder.parent() } else { Some(folder) };
    let path =
        target.expect("target/debug").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let built = modified(&path)
        .unwrap_or_else(|| panic!("{} is missing; run `cargo build --workspace`", path.display()));
    if let Some(newer) = sources(&path).find(|source| modified(source).is_some_and(|at| at > built))
    {
        panic!("{} is newer than {name}; run `cargo build --workspace`", newer.display());
    }
    path
}

/// What the binary was built from, as cargo noted it beside it.
fn sources(binary: &Path) -> impl Iterator<Item = PathBuf> {
    let notes = std::fs::read_to_string(binary.with_extension("d")).unwrap_or_default();
    let sources = notes.split_once(": ").map(|(_, sources)| sources.to_owned()).unwrap_or_default();
    // A blank in a path is written with a backslash before it.
    let sources = sources.replace("\\ ", "\0");
    let paths: Vec<_> = sources.split_whitespace().map(|path| path.replace('\0', " ")).collect();
    paths.into_iter().map(PathBuf::from)
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
