//! Keyrings as Chatter uses them: one entry for each profile, and never a wait without an end.
//!
//! A locked keyring asks a person and may wait for ever, so each call has a thread of its own that is
//! left behind at the limit. What such a thread writes later is taken back.

use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use chatter_protocol::Secret;
use uuid::Uuid;

use super::store::Place;

/// How long a keyring may take to show whether it works.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

/// How long it may take to write, read or delete a token.
const CALL_LIMIT: Duration = Duration::from_secs(2);

/// A keyring. Calls may take for ever; an error is what it said, in words.
pub(super) trait Keyring: Send + Sync {
    fn write(&self, entry: &str, value: &Secret) -> Result<(), String>;

    /// `None` if it has no such entry.
    fn read(&self, entry: &str) -> Result<Option<Secret>, String>;

    /// No error if there is nothing.
    fn delete(&self, entry: &str) -> Result<(), String>;
}

/// The keyrings of this machine, each with limits.
pub(super) struct Keyrings {
    known: Vec<(Place, Turns)>,
    probe_limit: Duration,
    call_limit: Duration,
}

/// A keyring that does one thing at a time: what was given up may still be on its way in.
#[derive(Clone)]
struct Turns {
    keyring: Arc<dyn Keyring>,
    turn: Arc<Mutex<()>>,
}

impl Keyrings {
    /// Those that this build and this system know. Nothing is asked yet.
    pub(super) fn of_this_machine() -> &'static Self {
        static ALL: LazyLock<Keyrings> = LazyLock::new(|| {
            #[cfg(feature = "keyring")]
            let known = super::native::keyrings();
            #[cfg(not(feature = "keyring"))]
            let known = Vec::new();
            Keyrings::new(known, PROBE_LIMIT, CALL_LIMIT)
        });
        &ALL
    }

    pub(super) fn new(
        known: Vec<(Place, Arc<dyn Keyring>)>,
        probe_limit: Duration,
        call_limit: Duration,
    ) -> Self {
        let with_turns = |(place, keyring)| (place, Turns { keyring, turn: Arc::default() });
        Self { known: known.into_iter().map(with_turns).collect(), probe_limit, call_limit }
    }

    /// Whether the keyring keeps something and gives it back, tried with an entry of its own.
    pub(super) fn probe(&self, place: Place) -> Result<(), String> {
        let entry = format!("test {}", Uuid::new_v4());
        let value = Secret::new(Uuid::new_v4().to_string());
        let try_it = move |keyring: &dyn Keyring| {
            let kept = write_and_check(keyring, &entry, &value);
            // Also what was written and can't be read.
            let deleted = keyring.delete(&entry);
            kept.and(deleted)
        };
        self.named(place)?.within(self.probe_limit, try_it, |_| {})
    }

    /// Keeps `value`, and makes sure that it can be read again.
    pub(super) fn write(&self, place: Place, entry: &str, value: &Secret) -> Result<(), String> {
        let (entry, value) = (entry.to_owned(), value.clone());
        let late = (entry.clone(), value.clone());
        self.named(place)?.within(
            self.call_limit,
            move |keyring| write_and_check(keyring, &entry, &value),
            move |keyring| take_back(keyring, &late.0, &late.1),
        )
    }

    /// What is kept, if something is.
    pub(super) fn read(&self, place: Place, entry: &str) -> Result<Option<Secret>, String> {
        let entry = entry.to_owned();
        self.named(place)?.within(self.call_limit, move |keyring| keyring.read(&entry), |_| {})
    }

    /// Forgets what is kept, if something is.
    pub(super) fn delete(&self, place: Place, entry: &str) -> Result<(), String> {
        let entry = entry.to_owned();
        self.named(place)?.within(self.call_limit, move |keyring| keyring.delete(&entry), |_| {})
    }

    fn named(&self, place: Place) -> Result<&Turns, String> {
        let found = self.known.iter().find(|(known, _)| *known == place);
        found.map(|(_, keyring)| keyring).ok_or_else(|| {
            match cfg!(feature = "keyring") {
                true => "this system has none",
                false => "this chatter is built without keyrings",
            }
            .to_owned()
        })
    }
}

impl Turns {
    /// Does `call` on a thread of its own; `undo` follows there if nobody waited for its end.
    fn within<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl FnOnce(&dyn Keyring) -> Result<T, String> + Send + 'static,
        undo: impl FnOnce(&dyn Keyring) + Send + 'static,
    ) -> Result<T, String> {
        // Without a buffer, so that a result is either taken or known to be unwanted.
        let (sender, receiver) = mpsc::sync_channel(0);
        let Self { keyring, turn } = self.clone();
        let in_turn = move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            if sender.send(call(&*keyring)).is_err() {
                undo(&*keyring);
            }
        };
        thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(in_turn)
            .map_err(|error| format!("it can't be asked ({error})"))?;
        receiver.recv_timeout(limit).unwrap_or_else(|_| {
            Err(format!("it does not answer within {} s, as if it were locked", limit.as_secs()))
        })
    }
}

fn write_and_check(keyring: &dyn Keyring, entry: &str, value: &Secret) -> Result<(), String> {
    keyring.write(entry, value)?;
    match keyring.read(entry)? {
        Some(read) if read == *value => Ok(()),
        Some(_) => Err("it gives back something else than it was given".to_owned()),
        None => Err("it does not keep what it is given".to_owned()),
    }
}

/// Deletes what was written too late.
fn take_back(keyring: &dyn Keyring, entry: &str, value: &Secret) {
    // What is there may be of before, or another process's.
    if keyring.read(entry).is_ok_and(|read| read.as_ref() == Some(value))
        && let Err(cause) = keyring.delete(entry)
    {
        tracing::warn!(cause, "a token that was written too late stays in the keyring");
    }
}
