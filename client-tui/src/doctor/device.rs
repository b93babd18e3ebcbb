//! What this device keeps: the session, and the directories.

use std::io;
use std::path::Path;

use uuid::Uuid;

use crate::credentials::{self, Place, Store, Survey};
use crate::paths::Paths;
use crate::private_file;

use super::Saved;
use super::finding::Finding;

/// All findings about this device.
pub(super) fn check(paths: &Paths, saved: &Saved, survey: &Survey) -> Vec<Finding> {
    vec![
        session(paths, saved),
        stores(survey),
        folder("messages", paths.data_dir(), "nothing is kept between runs"),
        folder("log and editor files", paths.state_dir(), "nobody stays signed in"),
        folder("cache", paths.cache_dir(), "the terminal is not remembered"),
    ]
}

/// Where the proof of the session is kept. Never what it is.
fn session(paths: &Paths, saved: &Saved) -> Finding {
    const WHAT: &str = "credentials";
    let place = match credentials::load_public(paths) {
        Ok(Some(public)) => public.kept_in,
        _ => Place::File,
    };
    let place = match place {
        Place::File => "a file that only you can read".to_owned(),
        keyring => keyring.to_string(),
    };
    match saved {
        Ok(Some(saved)) => {
            let (name, server) = (&saved.me.username, &saved.server);
            Finding::ok(WHAT, format!("signed in as @{name} at {server}, kept in {place}"))
        }
        Ok(None) => Finding::ok(WHAT, "nobody is signed in"),
        Err(error) => Finding::problem(WHAT, error.to_string()),
    }
}

/// What could keep one here, and what would if nobody chose.
fn stores(survey: &Survey) -> Finding {
    let works = |store| survey.iter().any(|(named, tried)| *named == store && tried.is_ok());
    let auto = match works(Store::SecretService) {
        true => Store::SecretService,
        false => Store::File,
    };
    let tried = survey.iter().map(|(store, tried)| match tried {
        Ok(()) => format!("{store} works"),
        Err(cause) => format!("{store} does not ({cause})"),
    });
    let said: Vec<_> = tried.chain([format!("{} works", Store::File)]).collect();
    Finding::ok("credential stores", format!("auto takes {auto}; {}", said.join(", ")))
}

/// `without` says what happens when it can't be used.
fn folder(what: &'static str, folder: io::Result<&Path>, without: &str) -> Finding {
    let tried = folder.and_then(|folder| try_to_write(folder).map(|()| folder));
    match tried {
        Ok(folder) => Finding::ok(what, format!("{} can be written", folder.display())),
        Err(error) => Finding::problem(what, format!("{error}; {without}"))
            .advise("Make room, or take the directory back with chown."),
    }
}

fn try_to_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("doctor-{}", Uuid::new_v4().simple()));
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("can't write in {}: {error}", folder.display()))
    };
    let written =
        private_file::create(&path).and_then(|mut file| io::Write::write_all(&mut file, b"test"));
    // Also when it could not be filled.
    let removed = std::fs::remove_file(&path);
    written.and(removed).map_err(named)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn no_keyring() -> Survey {
        [Store::SecretService, Store::Keyutils].map(|store| (store, Err("no bus".to_owned())))
    }

    #[test]
    fn what_auto_would_take_is_said_and_what_the_others_lack() {
        let without = stores(&no_keyring()).finding;
        assert!(
            without.starts_with("auto takes file; secret-service does not (no bus)"),
            "{without}"
        );
        let mut survey = no_keyring();
        survey[1].1 = Ok(());
        assert!(stores(&survey).finding.contains("auto takes file"));
        survey[0].1 = Ok(());
        assert!(stores(&survey).finding.starts_with("auto takes secret-service; "));
    }

    #[test]
    fn directories_that_can_be_written_are_well_and_stay_clean() {
        let root = tempfile::tempdir().expect("a directory");
        let paths = Paths::below(root.path());
        let findings = check(&paths, &Ok(None), &no_keyring());
        assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:?}");
        let data = paths.data_dir().expect("there");
        assert_eq!(std::fs::read_dir(data).expect("there").count(), 0);
    }

    #[test]
    fn a_directory_that_can_not_be_made_is_a_problem_that_is_named() {
        let root = tempfile::tempdir().expect("a directory");
        std::fs::write(root.path().join("data"), "in the way").expect("writes");
        let findings = check(&Paths::below(root.path()), &Ok(None), &no_keyring());
        let messages = findings.iter().find(|finding| finding.what == "messages").expect("checked");
        assert!(messages.is_problem() && messages.finding.contains("data"), "{messages:?}");
    }
}
