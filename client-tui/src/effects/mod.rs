//! Does what the state asks for: REST calls, frames over the link, what is kept on this device.
//!
//! The only place of the screen client that touches the network. Results come back as events.

mod server;
mod session;
mod transfer;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chatter_protocol::rest::SessionGrant;
use chatter_protocol::text::sanitize_line;
use chatter_protocol::{MediaId, Position, Secret, Timestamp, Username};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::credentials::{SavedSession, Store};
use crate::markdown::on_highlighting_ready;
use crate::net::{Api, Link, LinkEvent, LinkHandle, LinkStatus, NetError, NetOptions, ServerUrl};
use crate::paths::Paths;
use crate::pictures::Source;
use crate::state::{Answer, Effect, Event, LinkState, Request};
use crate::store::{self, StoreHandle};
use crate::sync::{Change, Kept};
use session::SessionKeeper;
use transfer::Transfers;

/// Answers that wait to be read; a task that brings one more waits.
const ANSWERS_MAX: usize = 64;

/// How long the end of the program may wait for the disk and a keyring.
const CLOSE_DEADLINE: Duration = Duration::from_secs(3);

/// Rows of a page of people, conversations and messages.
pub(super) const PAGE_ROWS: usize = 100;

/// Does effects, and hears what comes of them.
pub struct Effects {
    options: NetOptions,
    paths: Paths,
    api: Option<Api>,
    session: SessionKeeper,
    link: Option<LinkHandle>,
    link_events: Option<mpsc::Receiver<LinkEvent>>,
    /// The account's file on this device, and whose it is.
    store: Option<(PathBuf, StoreHandle)>,
    /// The batch that is being kept.
    keeping: Option<JoinHandle<()>>,
    /// What is to be told before anything else.
    first: VecDeque<Event>,
    answers: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    transfers: Transfers,
}

impl Effects {
    /// Nothing is connected yet. Sessions will be kept in `store`.
    pub fn new(options: NetOptions, paths: Paths, store: Store) -> Self {
        let answers = mpsc::channel(ANSWERS_MAX);
        Self {
            options,
            session: SessionKeeper::new(paths.clone(), store, answers.0.clone()),
            paths,
            api: None,
            link: None,
            link_events: None,
            store: None,
            keeping: None,
            first: VecDeque::new(),
            transfers: Transfers::new(answers.0.clone()),
            answers,
        }
    }

    /// Has the state told when code gets its colours, which are loaded when code first shows.
    pub fn tell_of_highlighting(&self) {
        let answers = self.answers.0.clone();
        on_highlighting_ready(Box::new(move || {
            // Nobody listens when the program ends.
            let _ = answers.blocking_send(Event::Highlighted);
        }));
    }

    /// Does `effect`; [`Effect::Quit`] and what is done at the terminal are the caller's.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit
            | Effect::Redraw
            | Effect::Copy(_)
            | Effect::Title(_)
            | Effect::TakeMouse(_)
            | Effect::Notify(_)
            | Effect::EditExternally { .. } => {}
            Effect::Say(frame) => {
                // What must not get lost is said again after the next welcome.
                let sent = self.link.as_ref().is_some_and(|link| link.send(frame));
                tracing::trace!(sent, "frame");
            }
            Effect::Upload { id, path, alt } => {
                self.transfers.upload(self.api.clone(), id, path, alt);
            }
            Effect::CancelUpload(id) => self.transfers.cancel(id),
            Effect::LookForFiles { paths, text } => self.transfers.look(paths, text),
            Effect::Save(files) => self.transfers.save(self.api.clone(), files),
            Effect::Open(media) => self.open(media),
            Effect::Ask(request) => self.ask(request),
            Effect::Keep(changes) => self.keep(changes),
            Effect::Adopt => self.adopt(),
            Effect::Reconnect => self.with_link(LinkHandle::retry_now),
            Effect::CheckLink => self.with_link(LinkHandle::check_now),
            Effect::Begin { server, grant, position } => self.begin(&server, *grant, position),
            Effect::Forget => self.forget(),
            Effect::Erase => self.erase(),
        }
    }

    /// Goes live with a session that is known.
    ///
    /// # Errors
    /// If the options forbid the address.
    pub fn resume(
        &mut self,
        server: &ServerUrl,
        token: Secret,
        position: Option<Position>,
    ) -> Result<(), NetError> {
        let api = Api::new(server.clone(), &self.options)?.with_token(token.clone());
        let (link, events) = Link::start(server.clone(), self.options.clone(), token, position);
        (self.api, self.link, self.link_events) = (Some(api), Some(link), Some(events));
        Ok(())
    }

    /// Opens what this device keeps of an account; nothing if it is open already.
    pub fn open_store(&mut self, server: &ServerUrl, username: &Username) -> Option<Kept> {
        let data_dir = self.paths.data_dir().map(Path::to_owned);
        let folder = data_dir.as_deref().unwrap_or(Path::new(""));
        let path = store::store_path(folder, &server.origin(), username.as_str());
        if self.store.as_ref().is_some_and(|(open, _)| *open == path) {
            return None;
        }
        let opened = match data_dir {
            Ok(_) => store::open(&path),
            Err(error) => store::in_memory(&format!("the data directory can't be used ({error})")),
        };
        self.first.extend(opened.notice.map(Event::Notice));
        match StoreHandle::spawn(opened.store) {
            Ok(handle) => self.store = Some((path, handle)),
            Err(error) => self.first.push_back(Event::Notice(format!(
                "Nothing is kept on this device in this run: {error}."
            ))),
        }
        Some(opened.kept)
    }

    /// The next thing that the disk or the network brings.
    pub async fn next(&mut self) -> Event {
        if let Some(event) = self.first.pop_front() {
            return event;
        }
        let (answers, link_events) = (&mut self.answers.1, &mut self.link_events);
        loop {
            tokio::select! {
                Some(answer) = answers.recv() => return answer,
                event = next_of(link_events) => match event {
                    Some(event) => return link_event(event),
                    None => *link_events = None,
                },
            }
        }
    }

    fn open(&mut self, media: MediaId) {
        match self.paths.cache_dir().map(Path::to_owned) {
            Ok(cache) => self.transfers.open(self.api.clone(), media, cache),
            Err(error) => {
                let notice = format!("The cache directory can't be used ({error}).");
                self.first.push_back(Event::Notice(notice));
            }
        }
    }

    /// Where pictures come from while there is a session.
    pub fn pictures_source(&self) -> Option<Source> {
        let api = self.api.clone()?;
        Some(Source { api, folder: self.pictures_folder() })
    }

    /// The folder for the pictures of the account that is open.
    fn pictures_folder(&self) -> Option<PathBuf> {
        let (store, _) = self.store.as_ref()?;
        let account = store.parent()?;
        let server = account.parent()?;
        let cache = self.paths.cache_dir().ok()?;
        Some(cache.join("media").join(server.file_name()?).join(account.file_name()?))
    }

    fn with_link(&self, act: impl FnOnce(&LinkHandle)) {
        if let Some(link) = &self.link {
            act(link);
        }
    }

    fn begin(&mut self, server: &str, grant: SessionGrant, position: Option<Position>) {
        let started = ServerUrl::parse(server, self.options.allow_plain)
            .map_err(|error| error.to_string())
            .and_then(|server| {
                let kept = self.open_store(&server, &grant.me.user.username);
                let position = kept.as_ref().map_or(position, |kept| kept.position.clone());
                // Before the first frame of the link.
                self.first.extend(kept.map(|kept| Event::Restored(Box::new(kept))));
                self.resume(&server, grant.token.clone(), position)
                    .map_err(|error| error.to_string())?;
                self.save(server, grant);
                Ok(())
            });
        if let Err(problem) = started {
            tracing::warn!(problem, "session");
            self.first.push_back(Event::Notice(problem));
        }
    }

    /// Keeps a session that is to be remembered.
    fn save(&mut self, server: ServerUrl, grant: SessionGrant) {
        let SessionGrant { token, session, me } = grant;
        if session.remember {
            self.session.save(SavedSession { server, token, session, me: me.user });
        }
    }

    fn forget(&mut self) {
        (self.api, self.link, self.link_events) = (None, None, None);
        self.session.forget();
    }

    fn erase(&mut self) {
        self.forget();
        if let Some(folder) = self.pictures_folder() {
            // What can be had again need not be there.
            let _ = std::fs::remove_dir_all(folder);
        }
        if let Some((path, _)) = self.store.take()
            && let Err(problem) = store::erase(&path)
        {
            self.first.push_back(Event::Notice(problem));
        }
    }

    /// Keeps the last batch and waits until everything is on disk, but not for ever.
    pub async fn close(&mut self, changes: Vec<Change>) {
        // Tasks with an answer don't wait for a reader any more.
        self.answers.1.close();
        let (store, keeping) = (self.store.take(), self.keeping.take());
        let kept = async {
            if let Some(keeping) = keeping {
                // A task that failed has logged why.
                let _ = keeping.await;
            }
            if let Some((_, store)) = store
                && let Err(error) = store.keep(changes).await
            {
                tracing::error!(%error, "the last changes are not kept");
            }
        };
        let all = async { tokio::join!(kept, self.session.finish()) };
        if tokio::time::timeout(CLOSE_DEADLINE, all).await.is_err() {
            tracing::error!("the disk takes too long; the last changes may not be kept");
        }
    }

    fn keep(&mut self, changes: Vec<Change>) {
        let (store, answers) = (self.store.clone(), self.answers.0.clone());
        self.keeping = Some(tokio::spawn(async move {
            let kept = match store {
                Some((_, store)) => store.keep(changes).await,
                None => Ok(()),
            };
            let event = match kept {
                Ok(()) => Event::Kept,
                Err(not_kept) => Event::KeepFailed {
                    problem: format!("Not saved on this device: {}.", not_kept.cause),
                    changes: not_kept.changes,
                },
            };
            // Nobody waits for it when the program ends.
            let _ = answers.send(event).await;
        }));
    }

    fn adopt(&self) {
        let Some((_, store)) = self.store.clone() else { return };
        let answers = self.answers.0.clone();
        tokio::spawn(async move {
            match store.adopt().await {
                // Nobody waits for it when the program ends.
                Ok(outbox) => drop(answers.send(Event::Adopted(outbox)).await),
                Err(error) => tracing::warn!(%error, "adopt"),
            }
        });
    }

    fn ask(&self, request: Request) {
        let (api, options, answers) =
            (self.api.clone(), self.options.clone(), self.answers.0.clone());
        let store = self.store.as_ref().map(|(_, store)| store.clone());
        tokio::spawn(async move {
            let kept = kept_history(store, &request).await;
            if let Some(answer) = match kept {
                Some(answer) => Some(answer),
                None => server::answer(api, &options, request).await,
            } {
                // The receiver is gone only when the program ends.
                let _ = answers.send(Event::Answered(Box::new(answer))).await;
            }
        });
    }
}

/// A page of history from this device, if it is here.
async fn kept_history(store: Option<StoreHandle>, request: &Request) -> Option<Answer> {
    let Request::History { conversation, range } = *request else { return None };
    match store?.page(conversation, range, PAGE_ROWS).await {
        Ok(page) => Some(Answer::History { conversation, range, is_kept: true, result: Ok(page?) }),
        Err(error) => {
            tracing::warn!(%error, "history");
            None
        }
    }
}

async fn next_of(events: &mut Option<mpsc::Receiver<LinkEvent>>) -> Option<LinkEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

fn link_event(event: LinkEvent) -> Event {
    match event {
        LinkEvent::Frame(frame) => Event::Frame(frame),
        LinkEvent::Status(status) => Event::Link(match status {
            LinkStatus::Connecting => LinkState::Connecting,
            LinkStatus::Online => LinkState::Online,
            LinkStatus::SessionEnded => LinkState::Ended,
            LinkStatus::Forbidden { reason } => {
                LinkState::Forbidden { reason: sanitize_line(&reason).into_owned() }
            }
            LinkStatus::Waiting { retry_at, attempt, reason } => {
                let left = retry_at.saturating_duration_since(Instant::now());
                let left_ms = i64::try_from(left.as_millis()).unwrap_or(i64::MAX);
                let at = Timestamp::now().as_millis().saturating_add(left_ms);
                let reason = sanitize_line(&reason).into_owned();
                LinkState::Waiting { retry_at: Timestamp::from_millis(at), attempt, reason }
            }
        }),
    }
}
