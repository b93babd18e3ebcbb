//! Conversations: opening, listing, reading, typing.

use std::sync::Arc;

use chatter_protocol::limits::ROOM_NAME_CHARS_MAX;
use chatter_protocol::names::parse_line;
use chatter_protocol::rest::{ConversationsPage, OpenConversationRequest, ReadAnswer};
use chatter_protocol::{ConversationId, ConversationView, Timestamp, UserId, UserRef};

use super::{Chat, ChatError, Result};
use crate::bus::Notice;
use crate::store::ListCursor;

impl Chat {
    /// Opens the direct conversation with somebody, or a new room.
    pub async fn open(
        &self,
        me: UserId,
        request: OpenConversationRequest,
    ) -> Result<ConversationView> {
        let now = Timestamp::now();
        let id = match request {
            OpenConversationRequest::Direct { user } => {
                let peer = self.store.user(user).await?.user.id;
                self.store.open_direct(me, peer, now).await?
            }
            OpenConversationRequest::Room { name, members } => {
                let name = parse_line(&name, ROOM_NAME_CHARS_MAX)
                    .map_err(|error| ChatError::field("name", error))?;
                let members = self.room_members(members).await?;
                self.store.open_room(me, name, members, now).await?
            }
        };
        self.conversation(me, id).await
    }

    async fn room_members(&self, members: Vec<UserRef>) -> Result<Vec<UserId>> {
        if members.len() > self.limits.page_rows_max {
            let message =
                format!("A room starts with at most {} people.", self.limits.page_rows_max);
            return Err(ChatError::field("members", message));
        }
        let mut ids = Vec::with_capacity(members.len());
        for member in members {
            ids.push(self.store.user(member).await?.user.id);
        }
        Ok(ids)
    }

    /// One conversation as I see it.
    pub async fn conversation(&self, me: UserId, id: ConversationId) -> Result<ConversationView> {
        Ok(self.with_presence(self.store.conversation(me, id).await?))
    }

    /// My conversations, the most recently active first.
    pub async fn conversations(
        &self,
        me: UserId,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<ConversationsPage> {
        let rows_max = self.page_rows(limit)?;
        let after = after.map(parse_cursor).transpose()?;
        let mut views = self.store.conversations(me, after, rows_max + 1).await?;
        let more = views.len() > rows_max;
        views.truncate(rows_max);
        let next = views.last().filter(|_| more).map(cursor_after);
        let conversations = views.into_iter().map(|view| self.with_presence(view)).collect();
        Ok(ConversationsPage { conversations, next })
    }

    /// Moves my read position forward.
    pub async fn mark_read(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
    ) -> Result<ReadAnswer> {
        Ok(self.store.mark_read(me, conversation, conv_seq).await?)
    }

    /// Tells the others that I type.
    pub async fn typing(&self, me: UserId, conversation: ConversationId) -> Result<()> {
        let members: Arc<[UserId]> = self.store.members(me, conversation).await?;
        self.bus.publish(Notice::Typing { conversation, user: me, members });
        Ok(())
    }

    fn with_presence(&self, mut view: ConversationView) -> ConversationView {
        if let Some(peer) = &mut view.peer {
            peer.presence.online = self.roster.is_online(peer.user.id);
        }
        view
    }
}

/// A conversation is as active as its newest message, or as its opening before the first.
fn cursor_after(view: &ConversationView) -> String {
    let active_at =
        view.last_message.as_ref().map_or(view.conversation.created_at, |m| m.created_at);
    format!("{}.{}", active_at.as_millis(), view.conversation.id)
}

fn parse_cursor(text: &str) -> Result<ListCursor> {
    let parsed = text.split_once('.').and_then(|(millis, id)| {
        let active_at = Timestamp::from_millis(millis.parse().ok()?);
        Some(ListCursor { active_at, conversation: id.parse().ok()? })
    });
    parsed.ok_or_else(|| ChatError::field("after", super::people::CURSOR_REFUSED))
}
