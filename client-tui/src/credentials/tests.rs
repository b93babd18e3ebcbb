use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use chatter_protocol::{Rights, SessionId, Timestamp, UserId};
use tempfile::TempDir;

use super::keyring::Keyring;
use super::*;

/// A keyring that does as told.
#[derive(Default)]
struct Puppet {
    mood: Mutex<Mood>,
    changed: Condvar,
    entries: Mutex<BTreeMap<String, Secret>>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Mood {
    #[default]
    Good,
    /// Answers nothing until it is in another mood.
    Locked,
    Refusing,
    Forgetful,
    Garbling,
}

impl Puppet {
    fn of(mood: Mood) -> Arc<Self> {
        Arc::new(Self { mood: Mutex::new(mood), ..Self::default() })
    }

    fn turn(&self, mood: Mood) {
        *self.mood.lock().expect("no panic") = mood;
        self.changed.notify_all();
    }

    fn answer(&self) -> Result<Mood, String> {
        let mood = self.mood.lock().expect("no panic");
        let mood = *self.changed.wait_while(mood, |mood| *mood == Mood::Locked).expect("no panic");
        match mood {
            Mood::Refusing => Err("it says no".to_owned()),
            mood => Ok(mood),
        }
    }

    fn values(&self) -> Vec<String> {
        let entries = self.entries.lock().expect("no panic");
        entries.values().map(|value| value.expose().to_owned()).collect()
    }
}

impl Keyring for Puppet {
    fn write(&self, entry: &str, value: &Secret) -> Result<(), String> {
        let value = match self.answer()? {
            Mood::Forgetful => return Ok(()),
            Mood::Garbling => Secret::new(format!("{}!", value.expose())),
            _ => value.clone(),
        };
        self.entries.lock().expect("no panic").insert(entry.to_owned(), value);
        Ok(())
    }

    fn read(&self, entry: &str) -> Result<Option<Secret>, String> {
        self.answer()?;
        Ok(self.entries.lock().expect("no panic").get(entry).cloned())
    }

    fn delete(&self, entry: &str) -> Result<(), String> {
        self.answer()?;
        self.entries.lock().expect("no panic").remove(entry);
        Ok(())
    }
}

/// A device with these two keyrings.
struct Device {
    _root: TempDir,
    paths: Paths,
    desktop: Arc<Puppet>,
    kernel: Arc<Puppet>,
    keyrings: Keyrings,
}

impl Device {
    fn with(desktop: Mood, kernel: Mood) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let paths = Paths::below(root.path());
        let (desktop, kernel) = (Puppet::of(desktop), Puppet::of(kernel));
        let known: Vec<(Place, Arc<dyn Keyring>)> =
            vec![(Place::SecretService, desktop.clone()), (Place::Keyutils, kernel.clone())];
        // Long enough for what answers, on a machine that is busy.
        let limit = Duration::from_millis(500);
        let keyrings = Keyrings::new(known, limit, limit);
        Self { _root: root, paths, desktop, kernel, keyrings }
    }

    fn keeping(&self) -> Keeping<'_> {
        Keeping { paths: &self.paths, keyrings: &self.keyrings }
    }

    fn save(&self, session: &SavedSession, store: Store) -> Result<Option<Place>, CredentialError> {
        self.keeping().save(session, store).map(|kept| kept.place())
    }

    /// All that is in the directory of the session's file.
    fn on_disk(&self) -> String {
        let files = fs::read_dir(self.paths.state_dir().expect("there")).expect("lists");
        files.map(|it| fs::read_to_string(it.expect("there").path()).expect("text")).collect()
    }
}

/// A session as a server might grant it.
pub(super) fn session(token: &str, remember: bool) -> SavedSession {
    let now = Timestamp::from_millis(1_700_000_000_000);
    SavedSession {
        server: ServerUrl::parse("https://chat.example.org", false).expect("valid"),
        token: Secret::new(token),
        session: Session {
            id: SessionId::new(),
            device_name: "desk".to_owned(),
            remember,
            created_at: now,
            last_used_at: now,
            expires_at: now,
            current: true,
            rights: Rights::ALL,
        },
        me: User {
            avatar: None,
            status_expires_at: None,
            time_zone: None,
            id: UserId::new(),
            username: "ada".parse().expect("valid"),
            display_name: "Ada".parse().expect("valid"),
            status_message: None,
            created_at: now,
            rev: 0,
        },
    }
}

fn lasting() -> SavedSession {
    session("hunter2hunter2", true)
}

#[test]
fn a_keyring_that_answers_has_the_token_and_no_file_has() {
    let device = Device::with(Mood::Good, Mood::Good);
    let saved = lasting();
    assert_eq!(device.save(&saved, Store::Auto).expect("saves"), Some(Place::SecretService));
    assert!(!device.on_disk().contains("hunter2"));
    assert_eq!(device.keeping().load().expect("loads"), Some(saved.clone()));
    assert_eq!(device.desktop.values().len(), 1, "the probe left nothing");
    let public = device.keeping().load_public().expect("loads").expect("there");
    assert_eq!((public.me, public.kept_in), (saved.me, Place::SecretService));
    device.keeping().delete().expect("deletes");
    assert_eq!(device.keeping().load().expect("loads"), None);
    assert!(device.desktop.values().is_empty() && device.on_disk().is_empty());
}

#[test]
fn a_keyring_that_does_not_do_its_work_is_not_trusted_with_a_session() {
    for mood in [Mood::Locked, Mood::Refusing, Mood::Forgetful, Mood::Garbling] {
        let device = Device::with(mood, Mood::Good);
        let saved = lasting();
        assert_eq!(device.save(&saved, Store::Auto).expect("saves"), Some(Place::File));
        assert_eq!(device.keeping().load().expect("loads"), Some(saved));
        assert!(device.desktop.values().is_empty() && device.kernel.values().is_empty());
    }
}

#[test]
fn only_a_session_that_need_not_last_goes_to_the_kernel() {
    let device = Device::with(Mood::Refusing, Mood::Good);
    let brief = session("token", false);
    assert_eq!(device.save(&brief, Store::Auto).expect("saves"), Some(Place::Keyutils));
    assert_eq!(device.keeping().load().expect("loads"), Some(brief.clone()));
    assert_eq!(device.save(&lasting(), Store::Auto).expect("saves"), Some(Place::File));
    assert!(device.kernel.values().is_empty());
    device.kernel.turn(Mood::Refusing);
    assert_eq!(device.save(&brief, Store::Auto).expect("saves"), Some(Place::File));
}

#[test]
fn a_store_that_was_named_and_fails_is_an_error_and_nothing_is_kept_elsewhere() {
    for mood in [Mood::Locked, Mood::Refusing, Mood::Forgetful, Mood::Garbling] {
        let device = Device::with(mood, Mood::Good);
        device.save(&session("before", true), Store::File).expect("saves");
        let error = device.save(&lasting(), Store::SecretService).expect_err("fails").to_string();
        assert!(error.contains("the desktop's keyring: it "), "{error}");
        assert!(error.contains("--credential-store file"), "{error}");
        assert!(!error.contains("hunter2") && !device.on_disk().contains("hunter2"));
        let before = device.keeping().load().expect("loads").expect("still there");
        assert_eq!(before.token, Secret::new("before"));
    }
}

#[test]
fn no_copy_stays_where_the_session_was_before() {
    let device = Device::with(Mood::Good, Mood::Good);
    let counts = |device: &Device| {
        let on_disk = usize::from(device.on_disk().contains("hunter2"));
        [device.desktop.values().len(), device.kernel.values().len(), on_disk]
    };
    for (store, expected) in [
        (Store::SecretService, [1, 0, 0]),
        (Store::Keyutils, [0, 1, 0]),
        (Store::File, [0, 0, 1]),
        (Store::SecretService, [1, 0, 0]),
        (Store::File, [0, 0, 1]),
        (Store::Keyutils, [0, 1, 0]),
        (Store::None, [0, 0, 0]),
    ] {
        let saved = lasting();
        let place = device.save(&saved, store).expect("saves");
        assert_eq!(counts(&device), expected, "{store}");
        assert_eq!(device.keeping().load().expect("loads"), place.map(|_| saved), "{store}");
    }
}

#[test]
fn what_a_locked_keyring_still_has_is_said() {
    let device = Device::with(Mood::Good, Mood::Good);
    device.save(&lasting(), Store::SecretService).expect("saves");
    device.desktop.turn(Mood::Locked);
    let kept = device.keeping().save(&lasting(), Store::File).expect("saves");
    assert_eq!(kept.left_in(), Some(Place::SecretService));
    assert!(kept.sentence().contains("which only you can read. The one of before is still in"));
    let error = {
        device.desktop.turn(Mood::Good);
        device.save(&lasting(), Store::SecretService).expect("saves");
        device.desktop.turn(Mood::Refusing);
        device.keeping().delete().expect_err("can't").to_string()
    };
    assert!(error.contains("In the desktop's keyring") && error.contains("it says no"), "{error}");
    assert_eq!(device.keeping().load().expect("loads"), None, "what can go is gone");
}

#[test]
fn a_keyring_that_can_not_be_asked_is_not_taken_for_one_without_the_session() {
    let device = Device::with(Mood::Good, Mood::Good);
    let saved = lasting();
    device.save(&saved, Store::SecretService).expect("saves");
    for mood in [Mood::Locked, Mood::Refusing] {
        device.desktop.turn(mood);
        let error = device.keeping().load().expect_err("can't").to_string();
        assert!(error.contains("is kept in the desktop's keyring, which can't be read"), "{error}");
        assert!(error.contains("Unlock") && error.contains("CHATTER_TOKEN"), "{error}");
    }
    device.desktop.turn(Mood::Good);
    assert_eq!(device.keeping().load().expect("loads"), Some(saved));
}

#[test]
fn an_entry_that_is_gone_or_belongs_to_another_session_is_a_session_forgotten() {
    let device = Device::with(Mood::Good, Mood::Good);
    device.save(&lasting(), Store::SecretService).expect("saves");
    let ours = &device.keyrings;
    let entry = device.desktop.entries.lock().expect("no panic").keys().next().cloned();
    let entry = entry.expect("there");
    // As after a crash between the keyring and the file.
    let another = format!("{} other-token", SessionId::new());
    for value in [another.as_str(), "", "other-token"] {
        ours.write(Place::SecretService, &entry, &Secret::new(value)).expect("writes");
        assert!(matches!(device.keeping().load(), Err(CredentialError::Gone(_))), "{value:?}");
    }
    ours.delete(Place::SecretService, &entry).expect("deletes");
    let error = device.keeping().load().expect_err("gone").to_string();
    assert!(error.contains("forgotten. Sign in again."), "{error}");
}

#[test]
fn a_token_that_reaches_a_keyring_too_late_does_not_stay_there() {
    let device = Device::with(Mood::Locked, Mood::Good);
    device.save(&lasting(), Store::SecretService).expect_err("locked");
    device.desktop.turn(Mood::Good);
    // Has its turn after the late one.
    device.keyrings.probe(Place::SecretService).expect("works");
    assert!(device.desktop.values().is_empty());
    let saved = lasting();
    device.save(&saved, Store::SecretService).expect("saves");
    assert_eq!(device.keeping().load().expect("loads"), Some(saved));
}

#[test]
fn where_it_is_kept_is_said_in_a_line() {
    let device = Device::with(Mood::Good, Mood::Good);
    for (store, words) in [
        (Store::File, "session.json, which only you can read."),
        (Store::SecretService, "in the desktop's keyring."),
        (Store::Keyutils, "in the kernel's keyring, until the next restart of this machine."),
        (Store::None, "The session is not kept."),
    ] {
        let sentence = device.keeping().save(&lasting(), store).expect("saves").sentence();
        assert!(sentence.ends_with(words) && !sentence.contains('\n'), "{sentence}");
    }
}
