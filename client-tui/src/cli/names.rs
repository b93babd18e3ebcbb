//! Usernames for the shell to complete, from what this device has kept.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::net::ServerUrl;
use crate::paths::Paths;
use crate::{credentials, store};

/// Names proposed at once; a shell asks again as more is typed.
const NAMES_MAX: usize = 200;

/// Completes the names of people that the signed-in account of the profile has chats with.
pub(super) fn complete_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| names(&start.to_string_lossy()).unwrap_or_default())
}

/// None of it may ask, wait, or print: a shell is waiting for it.
fn names(start: &str) -> Option<Vec<CompletionCandidate>> {
    // Options before the word are not parsed while completing, so the profile is the environment's.
    let paths = Paths::new(std::env::var("CHATTER_PROFILE").ok().as_deref()).ok()?;
    let saved = credentials::load_public(&paths).ok()??;
    let path = store_path(&paths, &saved.server, saved.me.username.as_str())?;
    let names = store::known_names(&path, start.trim_start_matches('@'), NAMES_MAX).ok()?;
    Some(names.into_iter().map(CompletionCandidate::new).collect())
}

fn store_path(paths: &Paths, server: &ServerUrl, username: &str) -> Option<std::path::PathBuf> {
    Some(store::store_path(paths.data_dir().ok()?, &server.origin(), username))
}
