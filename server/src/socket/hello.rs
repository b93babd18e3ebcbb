//! The first frame: who is there, and how far they are. Until it is right nothing is told but
//! `auth_required`.

use axum::extract::ws::Utf8Bytes;
use chatter_protocol::frame::Welcome;
use chatter_protocol::{
    ClientFrame, CloseCode, ErrorBody, ErrorCode, Position, Secret, ServerFrame, Timestamp,
};
use tokio::time::timeout;

use std::time::Duration;

use super::end::{End, Step};
use super::wire::{Heard, Wire};
use crate::accept::Ticket;
use crate::app::App;
use crate::auth::{AuthError, SignedIn, rights};
use crate::chat::ChatError;
use crate::hub::{Attachment, Device};
use crate::store::Resume;

/// The shortest interval of heartbeats that a client may ask for.
const HEARTBEAT_MIN: Duration = Duration::from_secs(1);
/// Longest program name that goes to the log.
const CLIENT_CHARS_MAX: usize = 64;

/// A client that said hello and was welcomed.
pub(super) struct Greeted {
    pub(super) who: SignedIn,
    pub(super) attachment: Attachment,
    /// Whether a person is at the device.
    pub(super) attended: bool,
    /// The number after which the stream goes on.
    pub(super) last: u64,
    /// The number up to which it was replayed at most, as `welcome` said.
    pub(super) head: u64,
    pub(super) heartbeat: Duration,
}

struct Hello {
    token: Secret,
    positions: Vec<Position>,
    client: String,
    heartbeat_ms: Option<u32>,
    unattended: bool,
}

/// Hears `hello`, attaches the connection and says `welcome`.
pub(super) async fn greet(app: &App, wire: &mut Wire, ticket: &Ticket) -> Step<Greeted> {
    let heard = tokio::select! {
        () = app.shutdown.cancelled() => return Err(End::Close(CloseCode::Restart)),
        heard = timeout(app.socket.hello_timeout, first_text(wire)) => heard,
    };
    let Some(hello) = heard.unwrap_or_else(|_| Ok(None))?.as_ref().and_then(|text| parse(text))
    else {
        return refuse_stranger(wire).await;
    };
    let who = match app.chat.auth().signed_in(&hello.token).await {
        Ok(who) => who,
        Err(AuthError::SessionEnded) => return refuse_stranger(wire).await,
        Err(error) => return refuse(wire, ChatError::from(error), CloseCode::Internal).await,
    };
    if let Err(error) = who.check(rights::READ) {
        return refuse(wire, ChatError::from(error), CloseCode::Forbidden).await;
    }
    ticket.signed_in();
    let (session, rights) = (who.session.id, who.session.rights);
    let device = Device { session, rights, attended: !hello.unattended };
    let Ok(attachment) = app.hub.attach(who.user(), device) else {
        let message = "This account has too many open connections; close one of them.";
        let error = ErrorBody::new(ErrorCode::TooManyConnections, message);
        return refuse(wire, error, CloseCode::TooManyConnections).await;
    };
    // Looked at again: a session that ended between the first look and the attaching was told to
    // nobody. The head is read after attaching, so whatever is above it comes into the mailbox.
    let greeting = match app.chat.greet(who.token_hash, hello.positions).await {
        Ok(greeting) => greeting,
        Err(ChatError::Auth(AuthError::SessionEnded)) => return refuse_stranger(wire).await,
        Err(error) => return refuse(wire, error, CloseCode::Internal).await,
    };
    let client: String = hello.client.chars().take(CLIENT_CHARS_MAX).collect();
    tracing::info!(user = %who.user(), session = %who.session.id, ?client, "connected");
    let heartbeat = interval(app.socket.heartbeat, hello.heartbeat_ms);
    welcome(app, wire, greeting, (attachment, !hello.unattended), heartbeat).await
}

/// The first text frame; `None` for none.
async fn first_text(wire: &mut Wire) -> Step<Option<Utf8Bytes>> {
    loop {
        if let Heard::Text(text) = wire.hear().await? {
            return Ok(Some(text));
        }
    }
}

fn parse(text: &str) -> Option<Hello> {
    match serde_json::from_str(text) {
        Ok(ClientFrame::Hello { token, positions, client, heartbeat_ms, unattended }) => {
            Some(Hello { token, positions, client, heartbeat_ms, unattended })
        }
        _ => None,
    }
}

async fn welcome(
    app: &App,
    wire: &mut Wire,
    (who, resume, head): (SignedIn, Resume, Position),
    (attachment, attended): (Attachment, bool),
    heartbeat: Duration,
) -> Step<Greeted> {
    let welcome = Welcome {
        server: concat!("chatter-server ", env!("CARGO_PKG_VERSION")).to_owned(),
        session: who.session.id,
        me: who.me.clone(),
        positions: vec![head.clone()],
        limits: app.chat.limits().clone(),
        heartbeat_ms: u32::try_from(heartbeat.as_millis()).unwrap_or(u32::MAX),
        features: Vec::new(),
        time: Timestamp::now(),
    };
    wire.say(&ServerFrame::Welcome(Box::new(welcome))).await?;
    let head_seq = head.seq;
    let last = match resume {
        Resume::After(seq) => seq,
        Resume::Reset(reason) => {
            wire.say(&ServerFrame::Reset { position: head, reason }).await?;
            head_seq
        }
    };
    Ok(Greeted { who, attachment, attended, last, head: head_seq, heartbeat })
}

/// As often as the client asks, within reason, but never less often than the server's own.
fn interval(own: Duration, asked_ms: Option<u32>) -> Duration {
    let asked = asked_ms.map(|ms| Duration::from_millis(ms.into()).max(HEARTBEAT_MIN));
    asked.map_or(own, |asked| asked.min(own))
}

async fn refuse_stranger(wire: &mut Wire) -> Step<Greeted> {
    let message = "Say hello with the token of a session first; sign in to get one.";
    let error = ErrorBody::new(ErrorCode::AuthRequired, message);
    refuse(wire, error, CloseCode::AuthRequired).await
}

async fn refuse(wire: &mut Wire, error: impl Into<ErrorBody>, code: CloseCode) -> Step<Greeted> {
    wire.complain(error.into()).await?;
    Err(End::Close(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_may_come_sooner_but_not_later() {
        let own = Duration::from_secs(15);
        assert_eq!(interval(own, None), own);
        assert_eq!(interval(own, Some(60_000)), own);
        assert_eq!(interval(own, Some(5_000)), Duration::from_secs(5));
        assert_eq!(interval(own, Some(0)), HEARTBEAT_MIN);
    }
}
