//! Keyrings as Chatter uses them: one entry for each profile, and never a wait without an end.
//!
//! A locked keyring asks a person and may wait for ever, so each call has a thread of its own that is
//! left behind at the limit. What such a thread writes later is taken back.

use std::sync::Arc;
use std::sync::mpsc;
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
    known: Vec<(Place, Arc<dyn Keyring>)>,
    probe_limit: Duration,
    call_limit: Duration,
}

impl Keyrings {
    /// Those that this build and this system know. Nothing is asked yet.
    pub(super) fn of_this_machine() -> Self {
        #[cfg(feature = "keyring")]
        let known = super::native::keyrings();
        #[cfg(not(feature = "keyring"))]
        let known = Vec::new();
        Self { known, probe_limit: PROBE_LIMIT, call_limit: CALL_LIMIT }
    }

    #[cfg(test)]
    pub(super) fn of(known: Vec<(Place, Arc<dyn Keyring>)>, limit: Duration) -> Self {
        Self { known, probe_limit: limit, call_limit: limit }
    }

    /// Whether the keyring keeps something and gives it back, tried with an entry of its own.
    pub(super) fn probe(&self, place: Place) -> Result<(), String> {
        let keyring = self.named(place)?;
        let entry = format!("test {}", Uuid::new_v4());
        let value = Secret::new(Uuid::new_v4().to_string());
        within(self.probe_limit, move || {
            let kept = write_and_check(&*keyring, &entry, &value);
            // Also what was written and can't be read.
            let deleted = keyring.delete(&entry);
            kept.and(deleted)
        })
    }

    /// Keeps `value`, and makes sure that it can be read again.
    pub(super) fn write(&self, place: Place, entry: &str, value: &Secret) -> Result<(), String> {
        let keyring = self.named(place)?;
        let (entry, value) = (entry.to_owned(), value.clone());
        let late = (keyring.clone(), entry.clone(), value.clone());
        within_or_undo(
            self.call_limit,
            move || write_and_check(&*keyring, &entry, &value),
            move || take_back(late),
        )
    }

    /// What is kept, if something is.
    pub(super) fn read(&self, place: Place, entry: &str) -> Result<Option<Secret>, String> {
        let (keyring, entry) = (self.named(place)?, entry.to_owned());
        within(self.call_limit, move || keyring.read(&entry))
    }

    /// Forgets what is kept, if something is.
    pub(super) fn delete(&self, place: Place, entry: &str) -> Result<(), String> {
        let (keyring, entry) = (self.named(place)?, entry.to_owned());
        within(self.call_limit, move || keyring.delete(&entry))
    }

    fn named(&self, place: Place) -> Result<Arc<dyn Keyring>, String> {
        let found = self.known.iter().find(|(known, _)| *known == place);
        found.map(|(_, keyring)| keyring.clone()).ok_or_else(|| {
            match cfg!(feature = "keyring") {
                true => "this system has none",
                false => "this chatter is built without keyrings",
            }
            .to_owned()
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

/// Deletes what was written too late, unless something newer has taken its place.
fn take_back((keyring, entry, value): (Arc<dyn Keyring>, String, Secret)) {
    if keyring.read(&entry).is_ok_and(|read| read.as_ref() == Some(&value))
        && let Err(cause) = keyring.delete(&entry)
    {
        tracing::warn!(cause, "a token that was written too late stays in the keyring");
    }
}

fn within<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    within_or_undo(limit, call, || {})
}

/// Does `call` on a thread of its own; `undo` follows there if nobody waited for its end.
fn within_or_undo<T: Send + 'static>(
    limit: Duration,
    call: impl FnOnce() -> Result<T, String> + Send + 'static,
    undo: impl FnOnce() + Send + 'static,
) -> Result<T, String> {
    // Without a buffer, so that a result is either taken or known to be unwanted.
    let (sender, receiver) = mpsc::sync_channel(0);
    let thread = move || {
        if sender.send(call()).is_err() {
            undo();
        }
    };
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(thread)
        .map_err(|error| format!("it can't be asked ({error})"))?;
    receiver.recv_timeout(limit).unwrap_or_else(|_| {
        Err(format!("it does not answer within {} s, as if it were locked", limit.as_secs()))
    })
}
