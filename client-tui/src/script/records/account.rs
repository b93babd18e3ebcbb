//! Accounts, sessions and tokens.

use chatter_protocol::{Me, Rights, Session, SessionId, Timestamp, User, UserId, Username};
use serde::Serialize;

use crate::net::ServerUrl;
use crate::script::out::{Look, Record, one_line};

/// Who is signed in, and where.
#[derive(Debug, Serialize)]
pub(in crate::script) struct AccountRecord {
    /// The server's address.
    pub(in crate::script) server: String,
    /// The account's id.
    pub(in crate::script) id: UserId,
    /// Its unique name.
    pub(in crate::script) username: Username,
    /// What the person wants to be called.
    pub(in crate::script) display_name: String,
    /// Private; empty for a token without rights to the account.
    pub(in crate::script) email: String,
    /// What the session may do.
    pub(in crate::script) rights: Vec<&'static str>,
    /// The session.
    pub(in crate::script) session: SessionId,
    /// What the session is called.
    pub(in crate::script) device_name: String,
    /// When the session ends, if nothing extends it.
    pub(in crate::script) expires_at: Timestamp,
}

impl AccountRecord {
    /// From what the server says.
    pub(in crate::script) fn new(server: &ServerUrl, session: Session, me: Me) -> Self {
        Self {
            server: server.to_string(),
            id: me.user.id,
            username: me.user.username,
            display_name: me.user.display_name.to_string(),
            email: me.email,
            rights: words(session.rights),
            session: session.id,
            device_name: session.device_name,
            expires_at: session.expires_at,
        }
    }
}

impl Record for AccountRecord {
    const TYPE: &'static str = "account";

    fn plain(&self, look: &Look) -> Option<String> {
        let email = match self.email.is_empty() {
            true => String::new(),
            false => format!(" <{}>", one_line(&self.email)),
        };
        Some(format!(
            "{} {}{email}\nat {}, as {}, until {}, with the right to {}",
            look.bold(&format!("@{}", self.username)),
            one_line(&self.display_name),
            one_line(&self.server),
            one_line(&self.device_name),
            look.time(self.expires_at),
            self.rights.join(", "),
        ))
    }
}

/// A signed-in device, or a token.
#[derive(Debug, Serialize)]
pub(in crate::script) struct SessionRecord {
    /// Names it; no secret.
    pub(in crate::script) id: SessionId,
    /// What it is called.
    pub(in crate::script) device_name: String,
    /// Whether this is it.
    pub(in crate::script) current: bool,
    /// Whether use extends it.
    pub(in crate::script) remember: bool,
    /// What it may do.
    pub(in crate::script) rights: Vec<&'static str>,
    /// Signed in at.
    pub(in crate::script) created_at: Timestamp,
    /// Last used at, to the hour.
    pub(in crate::script) last_used_at: Timestamp,
    /// Ends at, if nothing extends it.
    pub(in crate::script) expires_at: Timestamp,
}

impl From<Session> for SessionRecord {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            device_name: session.device_name,
            current: session.current,
            remember: session.remember,
            rights: words(session.rights),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

impl Record for SessionRecord {
    const TYPE: &'static str = "session";

    fn plain(&self, look: &Look) -> Option<String> {
        let name = one_line(&self.device_name);
        let here = if self.current { "  (this one)" } else { "" };
        Some(format!(
            "{}  used {}  until {}  {}  {}{here}",
            look.dim(&self.id.to_string()),
            look.time(self.last_used_at),
            look.time(self.expires_at),
            self.rights.join("+"),
            look.bold(&name),
        ))
    }
}

/// A token, told once.
#[derive(Serialize)]
pub(in crate::script) struct TokenRecord {
    /// The secret.
    pub(in crate::script) token: String,
    /// Its session.
    #[serde(flatten)]
    pub(in crate::script) session: SessionRecord,
}

impl Record for TokenRecord {
    const TYPE: &'static str = "token";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(self.token.clone())
    }
}

/// A session that has ended.
#[derive(Debug, Serialize)]
pub(in crate::script) struct EndedRecord {
    /// Which one.
    pub(in crate::script) id: SessionId,
}

impl Record for EndedRecord {
    const TYPE: &'static str = "ended";

    fn plain(&self, _: &Look) -> Option<String> {
        Some(format!("ended {}", self.id))
    }
}

/// What one says about the present.
#[derive(Debug, Serialize)]
pub(in crate::script) struct StatusRecord {
    /// Empty for nothing.
    pub(in crate::script) status_message: String,
    /// Until when it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::script) status_expires_at: Option<Timestamp>,
}

impl StatusRecord {
    /// What `user` says at `now`.
    pub(in crate::script) fn new(user: &User, now: Timestamp) -> Self {
        let status = user.status_at(now);
        Self {
            status_message: status.map(ToString::to_string).unwrap_or_default(),
            status_expires_at: user.status_expires_at.filter(|_| status.is_some()),
        }
    }
}

impl Record for StatusRecord {
    const TYPE: &'static str = "status";

    fn plain(&self, look: &Look) -> Option<String> {
        let status = one_line(&self.status_message);
        (!status.is_empty()).then(|| look.status(&status, self.status_expires_at))
    }
}

/// Somebody whom one has blocked, or blocks no more.
#[derive(Debug, Serialize)]
pub(in crate::script) struct BlockRecord {
    /// The account.
    pub(in crate::script) id: UserId,
    /// Unique name.
    pub(in crate::script) username: Username,
    /// What the person wants to be called.
    pub(in crate::script) display_name: String,
    /// Whether they are blocked now.
    pub(in crate::script) blocked: bool,
}

impl Record for BlockRecord {
    const TYPE: &'static str = "block";

    fn plain(&self, _: &Look) -> Option<String> {
        let done = if self.blocked { "blocked" } else { "unblocked" };
        Some(format!("{done} @{}", self.username))
    }
}

/// Rights, as words.
fn words(rights: Rights) -> Vec<&'static str> {
    let named = [(rights.send, "send"), (rights.read, "read"), (rights.account, "account")];
    named.into_iter().filter(|(is_on, _)| *is_on).map(|(_, word)| word).collect()
}
