//! What the writer remembers from one transaction to the next, so that a post asks the database only
//! for what may have changed.
//!
//! Nobody but the writer writes, so what is remembered is what is there, as long as each verb that changes
//! something of it says so. Whatever is in doubt is forgotten as a whole: [`Known::forget`] follows a
//! transaction that was undone, a block, and a change of what somebody shares.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use chatter_protocol::{ConversationId, UserId};
use rusqlite::Connection;

use super::blocks::{are_apart, blockers_of};
use super::fault::Outcome;
use super::receipts;
use super::rows::{ConversationRow, UserKey, user_id_at, user_key};

/// Entries after which all is forgotten and begun anew: some 20 MiB at most.
const ENTRIES_MAX: usize = 200_000;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Known {
    authors: HashMap<UserId, Rc<Author>>,
    places: HashMap<ConversationId, Rc<Place>>,
    entries: usize,
}

/// Somebody who posts.
pub(super) struct Author {
    pub(super) key: UserKey,
    /// Who blocked them, in ascending order.
    blockers: Vec<UserKey>,
}

/// A conversation that is posted to.
pub(super) struct Place {
    pub(super) row: ConversationRow,
    /// In ascending order of their keys.
    pub(super) members: Vec<Member>,
    /// See [`receipts::are_shared`].
    pub(super) shares_receipts: bool,
    /// Whether one of two people has blocked the other.
    pub(super) is_apart: bool,
    head: Cell<u64>,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) key: UserKey,
    pub(super) id: UserId,
}

impl Author {
    /// Whether `member` is told what the author does.
    pub(super) fn is_heard_by(&self, member: UserKey) -> bool {
        self.blockers.binary_search(&member).is_err()
    }
}

impl Place {
    pub(super) fn has_member(&self, user: UserKey) -> bool {
        self.members.binary_search_by_key(&user, |member| member.key).is_ok()
    }

    /// Number of the newest message.
    pub(super) fn head(&self) -> u64 {
        self.head.get()
    }

    /// The message with this number is stored.
    pub(super) fn took(&self, conv_seq: u64) {
        self.head.set(conv_seq);
    }
}

impl Known {
    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The author with this id; `NotFound` for a stranger.
    pub(super) fn author(&mut self, sql: &Connection, user: UserId) -> Outcome<Rc<Author>> {
        if let Some(author) = self.authors.get(&user) {
            return Ok(Rc::clone(author));
        }
        let key = user_key(sql, user)?;
        let author = Rc::new(Author { key, blockers: blockers_of(sql, key)? });
        self.make_room(1 + author.blockers.len());
        self.authors.insert(user, Rc::clone(&author));
        Ok(author)
    }

    /// The conversation with this id, if there is one.
    pub(super) fn place(
        &mut self,
        sql: &Connection,
        conversation: ConversationId,
    ) -> Outcome<Option<Rc<Place>>> {
        if let Some(place) = self.places.get(&conversation) {
            return Ok(Some(Rc::clone(place)));
        }
        let Some(row) = ConversationRow::by_id(sql, conversation)? else { return Ok(None) };
        let place = Rc::new(Place {
            members: members_of(sql, &row)?,
            shares_receipts: receipts::are_shared(sql, &row)?,
            is_apart: match row.pair {
                Some((low, high)) => are_apart(sql, low, high)?,
                None => false,
            },
            head: Cell::new(row.head),
            row,
        });
        self.make_room(1 + place.members.len());
        self.places.insert(conversation, Rc::clone(&place));
        Ok(Some(place))
    }

    fn make_room(&mut self, entries: usize) {
        self.entries += entries;
        if self.entries > ENTRIES_MAX {
            self.forget();
            self.entries = entries;
        }
    }
}

fn members_of(sql: &Connection, row: &ConversationRow) -> Outcome<Vec<Member>> {
    let mut statement = sql.prepare_cached(
        "SELECT m.user, u.id FROM members m JOIN users u ON u.key = m.user
         WHERE m.conversation = ?1 ORDER BY m.user",
    )?;
    let members = statement
        .query_map([row.key], |row| Ok(Member { key: row.get(0)?, id: user_id_at(row, 1)? }))?;
    Ok(members.collect::<rusqlite::Result<_>>()?)
}
