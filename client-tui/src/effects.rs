//! Does what the state asks for: REST calls, frames over the link, the session on disk.
//!
//! The only place of the screen client that touches the network. Results come back as events.

use std::time::Instant;

use chatter_protocol::limits::DEVICE_NAME_CHARS_MAX;
use chatter_protocol::rest::{OpenConversationRequest, SessionGrant};
use chatter_protocol::text::sanitize_line;
use chatter_protocol::{Position, Secret, Timestamp, UserRef};
use tokio::sync::mpsc;

use crate::net::{
    Api, HistoryQuery, Link, LinkEvent, LinkHandle, LinkStatus, NetError, NetOptions, ServerUrl,
};
use crate::paths::Paths;
use crate::session_file::{self, SavedSession};
use crate::state::{Answer, Effect, Event, Failure, LinkState, Request};

/// Answers that wait to be read; a task that brings one more waits.
const ANSWERS_MAX: usize = 64;

/// Rows of a page of people, conversations and messages.
const PAGE_ROWS: usize = 100;

/// What a device is called whose host has no name.
const DEVICE_NAME_FALLBACK: &str = "terminal";

/// Does effects, and hears what comes of them.
pub struct Effects {
    options: NetOptions,
    paths: Paths,
    api: Option<Api>,
    link: Option<LinkHandle>,
    link_events: Option<mpsc::Receiver<LinkEvent>>,
    answers: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
}

impl Effects {
    /// Nothing is connected yet.
    pub fn new(options: NetOptions, paths: Paths) -> Self {
        Self {
            options,
            paths,
            api: None,
            link: None,
            link_events: None,
            answers: mpsc::channel(ANSWERS_MAX),
        }
    }

    /// Does `effect`; [`Effect::Quit`] is the caller's.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => {}
            Effect::Say(frame) => {
                // What must not get lost is said again after the next welcome.
                let sent = self.link.as_ref().is_some_and(|link| link.send(frame));
                tracing::trace!(sent, "frame");
            }
            Effect::Ask(request) => self.ask(request),
            Effect::Reconnect => self.with_link(LinkHandle::retry_now),
            Effect::CheckLink => self.with_link(LinkHandle::check_now),
            Effect::Begin { server, grant, position } => self.begin(&server, *grant, position),
            Effect::Forget => self.forget(),
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

    /// The next thing that the network brings.
    pub async fn next(&mut self) -> Event {
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

    fn with_link(&self, act: impl FnOnce(&LinkHandle)) {
        if let Some(link) = &self.link {
            act(link);
        }
    }

    fn begin(&mut self, server: &str, grant: SessionGrant, position: Option<Position>) {
        let started = ServerUrl::parse(server, self.options.allow_plain)
            .map_err(|error| error.to_string())
            .and_then(|server| {
                self.resume(&server, grant.token.clone(), position)
                    .map_err(|error| error.to_string())?;
                self.save(server, grant)
            });
        if let Err(problem) = started {
            tracing::warn!(problem, "session");
            // A full queue has other news to show; the log has this.
            let _ = self.answers.0.try_send(Event::Notice(problem));
        }
    }

    /// Keeps a session that is to be remembered.
    fn save(&self, server: ServerUrl, grant: SessionGrant) -> Result<(), String> {
        if !grant.session.remember {
            return Ok(());
        }
        let SessionGrant { token, session, me } = grant;
        let saved = SavedSession { server, token, session, me: me.user };
        session_file::save(&self.paths, &saved).map_err(|error| error.to_string())
    }

    fn forget(&mut self) {
        (self.api, self.link, self.link_events) = (None, None, None);
        if let Err(error) = session_file::delete(&self.paths) {
            let _ = self.answers.0.try_send(Event::Notice(error.to_string()));
        }
    }

    fn ask(&self, request: Request) {
        let (api, options, answers) =
            (self.api.clone(), self.options.clone(), self.answers.0.clone());
        tokio::spawn(async move {
            if let Some(answer) = answer(api, &options, request).await {
                // The receiver is gone only when the program ends.
                let _ = answers.send(Event::Answered(Box::new(answer))).await;
            }
        });
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

/// Asks the server. `None` when there is no session any more, and nobody waits for the answer.
async fn answer(api: Option<Api>, options: &NetOptions, request: Request) -> Option<Answer> {
    let request = match request {
        Request::SignIn { server, mut body } => {
            body.device_name = Some(device_name());
            return Some(Answer::SignedIn(match api_at(&server, options) {
                Ok(api) => api.signin(&body).await.map_err(sign_in_failure),
                Err(failure) => Err(failure),
            }));
        }
        Request::SignUp { server, mut body } => {
            body.device_name = Some(device_name());
            return Some(Answer::SignedIn(match api_at(&server, options) {
                Ok(api) => api.signup(&body).await.map_err(sign_in_failure),
                Err(failure) => Err(failure),
            }));
        }
        request => request,
    };
    Some(answer_in_session(&api?, request).await)
}

async fn answer_in_session(api: &Api, request: Request) -> Answer {
    match request {
        Request::SignIn { .. } | Request::SignUp { .. } => {
            Answer::SignedOut(Err(local_failure("Already signed in.".to_owned())))
        }
        Request::SignOut { everywhere } => {
            Answer::SignedOut(api.signout(everywhere).await.map(drop).map_err(failure))
        }
        Request::ChangePassword(body) => {
            Answer::PasswordChanged(api.change_password(&body).await.map_err(failure))
        }
        Request::UpdateMe(body) => Answer::Profile(api.update_me(&body).await.map_err(failure)),
        Request::Sessions => {
            let answer = api.sessions().await.map(|answer| answer.sessions);
            Answer::Sessions(answer.map_err(failure))
        }
        Request::EndSession(id) => {
            Answer::SessionsEnded(api.end_session(id).await.map_err(failure))
        }
        Request::EndOtherSessions => {
            Answer::SessionsEnded(api.end_other_sessions().await.map(drop).map_err(failure))
        }
        Request::People { prefix, after } => {
            let result = api.users(&prefix, after.as_deref(), PAGE_ROWS).await.map_err(failure);
            Answer::People { prefix, after, result }
        }
        Request::OpenConversation(user) => {
            let body = OpenConversationRequest::Direct { user: UserRef::Id(user) };
            Answer::Opened(api.open_conversation(&body).await.map_err(failure))
        }
        Request::Conversations { after } => {
            let page = api.conversations(after.as_deref(), PAGE_ROWS).await;
            Answer::Conversations(page.map_err(failure))
        }
        Request::Conversation(id) => {
            Answer::Conversation(api.conversation(id).await.map_err(failure))
        }
        Request::History { conversation, before } => {
            let range = HistoryQuery { before, after: None, limit: PAGE_ROWS };
            let result = api.messages(conversation, range).await.map_err(failure);
            Answer::History { conversation, result }
        }
    }
}

fn api_at(server: &str, options: &NetOptions) -> Result<Api, Failure> {
    let server = ServerUrl::parse(server, options.allow_plain)
        .map_err(|error| about_server(error.to_string()))?;
    Api::new(server, options).map_err(sign_in_failure)
}

/// While signing in, what the server did not say itself is about its address.
fn sign_in_failure(error: NetError) -> Failure {
    match error {
        NetError::Refused(_) => failure(error),
        error => about_server(error.to_string()),
    }
}

fn about_server(message: String) -> Failure {
    Failure { field: Some("server".to_owned()), ..local_failure(message) }
}

fn local_failure(message: String) -> Failure {
    Failure { message: sanitize_line(&message).into_owned(), field: None, code: None }
}

fn failure(error: NetError) -> Failure {
    let code = error.code();
    let field = match &error {
        NetError::Refused(body) => body.field.clone(),
        _ => None,
    };
    Failure { field, code, ..local_failure(error.to_string()) }
}

/// What to call this device in the list of sessions: the host's name.
fn device_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_default();
    let host = sanitize_line(host.trim());
    match host.trim() {
        "" => DEVICE_NAME_FALLBACK.to_owned(),
        host => host.chars().take(DEVICE_NAME_CHARS_MAX).collect(),
    }
}
