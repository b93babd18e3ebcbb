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
    let profile = profile_of(std::env::args().skip_while(|word| word != "--"));
    let profile = profile.or_else(|| std::env::var("CHATTER_PROFILE").ok());
    let paths = Paths::new(profile.as_deref()).ok()?;
    let saved = credentials::load_public(&paths).ok()??;
    let path = store_path(&paths, &saved.server, saved.me.username.as_str())?;
    // Shells keep only what begins with what was typed.
    let (at, start) = match start.strip_prefix('@') {
        Some(rest) => ("@", rest),
        None => ("", start),
    };
    let names = store::known_names(&path, start, NAMES_MAX).ok()?;
    Some(names.into_iter().map(|name| CompletionCandidate::new(format!("{at}{name}"))).collect())
}

/// The profile that the line names, which is not parsed while it is completed. Bash makes three
/// words of `--profile=NAME`.
fn profile_of(mut words: impl Iterator<Item = String>) -> Option<String> {
    while let Some(word) = words.next() {
        if word == "--profile" {
            return words.find(|word| word != "=");
        }
        if let Some(name) = word.strip_prefix("--profile=") {
            return Some(name.to_owned());
        }
    }
    None
}

fn store_path(paths: &Paths, server: &ServerUrl, username: &str) -> Option<std::path::PathBuf> {
    Some(store::store_path(paths.data_dir().ok()?, &server.origin(), username))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_of_a_line_is_found_however_a_shell_cuts_it() {
        let profile = |line: &str| profile_of(line.split(' ').map(str::to_owned));
        for line in [
            "chatter --profile work read gr",
            "chatter --profile=work read",
            "chatter read --profile = work gr",
        ] {
            assert_eq!(profile(line).as_deref(), Some("work"), "{line}");
        }
        assert_eq!(profile("chatter read gr"), None);
        assert_eq!(profile("chatter read --profile"), None);
    }
}
