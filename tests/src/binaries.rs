//! Finds the binaries under test, and refuses to test old ones.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The path of `chatter` or `chatter-server` as the workspace built it.
///
/// # Panics
/// When the binary is not there or older than its sources: `cargo test --workspace` builds it,
/// running one package's tests alone does not.
pub fn binary(name: &str) -> PathBuf {
    let path = built_to().join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let built = modified(&path)
        .unwrap_or_else(|| panic!("{} is missing; run `cargo build --workspace`", path.display()));
    if let Some(newer) = sources(&path).find(|source| modified(source).is_some_and(|at| at > built))
    {
        panic!("{} is newer than {name}; run `cargo build --workspace`", newer.display());
    }
    path
}

/// Builds the release binaries of these packages, for what measures them; nothing where this program
/// was not started by cargo.
///
/// # Errors
/// When `cargo` does not succeed.
pub fn build_release(packages: &[&str]) -> anyhow::Result<()> {
    let Some(cargo) = std::env::var_os("CARGO") else { return Ok(()) };
    let mut build = Command::new(cargo);
    // With this package, so that what they share is not built a second time with other features.
    build.args(["build", "--release", "--quiet", "--bins", "--package", env!("CARGO_PKG_NAME")]);
    build.args(packages.iter().flat_map(|package| ["--package", package]));
    anyhow::ensure!(build.status()?.success(), "the release binaries can't be built");
    Ok(())
}

/// Where binaries are: beside the program that runs, or above it for a test, which is in `deps`.
fn built_to() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program.parent().expect("a program is in a folder");
    match folder.ends_with("deps") {
        true => folder.parent().expect("target/debug/deps").to_owned(),
        false => folder.to_owned(),
    }
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
