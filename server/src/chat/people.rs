//! The directory: who is there, and who has an account at all.

use std::collections::HashSet;
use std::{fmt, iter};

use chatter_protocol::limits::{DISPLAY_NAME_CHARS_MAX, WATCH_USERS_MAX};
use chatter_protocol::rest::UsersPage;
use chatter_protocol::{Person, Presence, Timestamp, UserId, UserRef, Username};

use super::{Chat, ChatError, Result};
use crate::auth::SignedIn;
use crate::store::{Blocks, StoredUser, UserFilter};

/// What is said of a cursor that no answer had in it.
pub(super) const CURSOR_REFUSED: &str = "Pass what the last page had in `next`, unchanged.";

/// Starts a cursor among the people who are online.
const PHASE_ONLINE: &str = "on";
/// Starts a cursor among all others.
const PHASE_OFFLINE: &str = "off";

/// Where a page of the directory starts. The online come first, and who counts as that is fixed
/// by when the walk began, so that nobody is missed who comes or goes meanwhile.
struct Cursor {
    began_at: Timestamp,
    among_online: bool,
    after: Option<Username>,
}

/// What decides how much of other people somebody sees.
struct Viewer {
    shares_presence: bool,
    blocks: Blocks,
}

impl Chat {
    /// One person.
    pub async fn person(&self, who: &SignedIn, user: UserRef) -> Result<Person> {
        let viewer = self.viewer(who).await?;
        Ok(self.present(&viewer, self.store.user(user).await?))
    }

    /// People whose name starts with `prefix`: those whom `who` sees online first, then by
    /// username.
    pub async fn people(
        &self,
        who: &SignedIn,
        prefix: &str,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<UsersPage> {
        let rows_max = self.page_rows(limit)?;
        if prefix.chars().count() > DISPLAY_NAME_CHARS_MAX {
            return Err(ChatError::field("prefix", "No name is as long as that."));
        }
        let cursor = after.map_or_else(|| Ok(Cursor::start()), Cursor::parse)?;
        let viewer = self.viewer(who).await?;
        let mut online = match viewer.shares_presence {
            true => self.roster.online_since(cursor.began_at),
            false => HashSet::new(),
        };
        online.retain(|user| !viewer.blocks.are_apart_from(*user));
        let mut page = UsersPage { people: Vec::new(), next: None };
        for phase in cursor.phases() {
            let room = rows_max - page.people.len();
            let mut rows = self.store.users(phase.filter(prefix, &online, room + 1)).await?;
            let more = rows.len() > room;
            rows.truncate(room);
            let last = rows.last().map(|row| row.user.username.clone());
            page.people.extend(rows.into_iter().map(|row| self.present(&viewer, row)));
            if more {
                let after = last.or_else(|| phase.after.clone());
                page.next = Some(Cursor { after, ..phase }.to_string());
                break;
            }
        }
        Ok(page)
    }

    /// The presence of these people, as far as they and `who` share it; unknown ones are left out.
    pub async fn presence(&self, who: &SignedIn, users: Vec<UserId>) -> Result<Vec<Presence>> {
        let viewer = self.viewer(who).await?;
        let people = self.store.users_by_id(users).await?;
        Ok(people.into_iter().map(|user| self.present(&viewer, user).presence).collect())
    }

    /// Whether so many people may be watched.
    ///
    /// # Errors
    /// More than 500.
    pub fn check_watch(&self, count: usize) -> Result<()> {
        if count > WATCH_USERS_MAX {
            let message = format!("At most {WATCH_USERS_MAX} people can be watched.");
            return Err(ChatError::field("users", message));
        }
        Ok(())
    }

    async fn viewer(&self, who: &SignedIn) -> Result<Viewer> {
        let blocks = self.store.blocks(who.user()).await?;
        Ok(Viewer { shares_presence: who.me.privacy.presence, blocks })
    }

    fn present(&self, viewer: &Viewer, stored: StoredUser) -> Person {
        let id = stored.user.id;
        let presence = match viewer.shares_presence && !viewer.blocks.are_apart_from(id) {
            true => stored.presence(self.roster.is_online(id)),
            false => Presence::hidden(id),
        };
        let is_blocked = viewer.blocks.blocked.contains(&id);
        let user = if is_blocked { stored.user.named_only() } else { stored.user };
        Person { user, presence }
    }
}

impl Cursor {
    fn start() -> Self {
        Self { began_at: Timestamp::now(), among_online: true, after: None }
    }

    /// The rest of the walk: this phase from here, then the offline from their start.
    fn phases(self) -> impl Iterator<Item = Self> {
        let offline = Self { began_at: self.began_at, among_online: false, after: None };
        let then = self.among_online.then_some(offline);
        iter::once(self).chain(then)
    }

    fn filter(&self, prefix: &str, online: &HashSet<UserId>, rows_max: usize) -> UserFilter {
        let (only, except) = match self.among_online {
            true => (Some(online.clone()), HashSet::new()),
            false => (None, online.clone()),
        };
        UserFilter { prefix: prefix.to_owned(), after: self.after.clone(), only, except, rows_max }
    }

    fn parse(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().unwrap_or_default();
        let (phase, began_at, after) = (part(), part(), part());
        let parsed = (|| {
            let among_online = match phase {
                PHASE_ONLINE => true,
                PHASE_OFFLINE => false,
                _ => return None,
            };
            let began_at = Timestamp::from_millis(began_at.parse().ok()?);
            let after = match after {
                "" => None,
                name => Some(name.parse().ok()?),
            };
            Some(Self { began_at, among_online, after })
        })();
        parsed.ok_or_else(|| ChatError::field("after", CURSOR_REFUSED))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = if self.among_online { PHASE_ONLINE } else { PHASE_OFFLINE };
        write!(f, "{phase}.{}.", self.began_at.as_millis())?;
        self.after.as_ref().map_or(Ok(()), |name| f.write_str(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went_and_forged_ones_are_refused() {
        for text in ["on.1700000000000.ada.l-x", "off.1700000000000.", "off.-5.0.b"] {
            assert_eq!(Cursor::parse(text).expect("a cursor").to_string(), text);
        }
        for forged in ["", "on", "on.x.ada", "up.1.ada", "off.1.ADA", "off.1.a'b", "\u{0}"] {
            assert!(Cursor::parse(forged).is_err(), "{forged:?}");
        }
    }

    #[test]
    fn the_offline_follow_the_online() {
        let phases = |text| Cursor::parse(text).expect("a cursor").phases();
        let walk: Vec<_> = phases("on.1.ada").map(|phase| phase.to_string()).collect();
        assert_eq!(walk, ["on.1.ada", "off.1."]);
        assert_eq!(phases("off.1.bob").count(), 1);
    }
}
