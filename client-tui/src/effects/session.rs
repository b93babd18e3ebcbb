//! The session kept and forgotten: behind the screen's back, because a keyring may take its time, and
//! one after the other, so that what was asked for last holds.

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::credentials::{self, CredentialError, Kept, Place, SavedSession, Store};
use crate::paths::Paths;
use crate::state::Event;

/// Keeps the profile's session where it belongs.
pub(super) struct SessionKeeper {
    paths: Paths,
    store: Store,
    answers: mpsc::Sender<Event>,
    /// What was asked for last; it waits for all before it.
    last: Option<JoinHandle<()>>,
}

impl SessionKeeper {
    pub(super) fn new(paths: Paths, store: Store, answers: mpsc::Sender<Event>) -> Self {
        Self { paths, store, answers, last: None }
    }

    pub(super) fn save(&mut self, session: SavedSession) {
        let (paths, store) = (self.paths.clone(), self.store);
        self.queue(move || {
            credentials::save(&paths, &session, store).map(|kept| worth_telling(&kept, store))
        });
    }

    pub(super) fn forget(&mut self) {
        let paths = self.paths.clone();
        self.queue(move || credentials::delete(&paths).map(|()| None));
    }

    /// Waits until all is done.
    pub(super) async fn finish(&mut self) {
        if let Some(last) = self.last.take() {
            // A task that failed has logged why.
            let _ = last.await;
        }
    }

    /// Does `act` after what was asked for before, and has the screen say what it returns.
    fn queue(
        &mut self,
        act: impl FnOnce() -> Result<Option<String>, CredentialError> + Send + 'static,
    ) {
        let (before, answers) = (self.last.take(), self.answers.clone());
        self.last = Some(tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            let notice = match spawn_blocking(act).await {
                Ok(Ok(notice)) => notice,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "session");
                    Some(error.to_string())
                }
                Err(error) => Some(format!("The session may not be kept: {error}.")),
            };
            if let Some(notice) = notice {
                // Nobody reads it when the program ends.
                let _ = answers.send(Event::Notice(notice)).await;
            }
        }));
    }
}

/// That a file has to do where nobody asked for one, and what is left behind.
fn worth_telling(kept: &Kept, store: Store) -> Option<String> {
    let is_fallback = store == Store::Auto && kept.place() == Some(Place::File);
    (is_fallback || kept.left_in().is_some()).then(|| kept.sentence())
}
