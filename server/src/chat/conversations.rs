//! Conversations: opening, listing, reading, typing.

use std::collections::HashMap;
use std::sync::Arc;

use chatter_protocol::limits::ROOM_NAME_CHARS_MAX;
use chatter_protocol::names::parse_line;
use chatter_protocol::rest::{ConversationsPage, MuteAnswer, OpenConversationRequest, ReadAnswer};
use chatter_protocol::{ConversationId, ConversationView, Timestamp, UserId, UserRef};

use super::{Chat, ChatError, Result};
use crate::auth::SignedIn;
use crate::bus::Notice;
use crate::store::ListCursor;

impl Chat {
    /// Opens the direct conversation with somebody, or a new room.
    pub async fn open(
        &self,
        who: &SignedIn,
        request: OpenConversationRequest,
    ) -> Result<ConversationView> {
        let (me, now) = (who.user(), Timestamp::now());
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
        self.conversation(who, id).await
    }

    /// The direct conversation with somebody, if there is one.
    ///
    /// # Errors
    /// `NotFound` if there is none, or nobody of that name.
    pub async fn direct_with(&self, who: &SignedIn, user: UserRef) -> Result<ConversationView> {
        let peer = self.store.user(user).await?.user.id;
        let id = self.store.direct(who.user(), peer).await?;
        self.conversation(who, id).await
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
    pub async fn conversation(
        &self,
        who: &SignedIn,
        id: ConversationId,
    ) -> Result<ConversationView> {
        let mut view = self.store.conversation(who.user(), id).await?;
        self.add_presence(who, std::slice::from_mut(&mut view)).await?;
        Ok(view)
    }

    /// My conversations, the most recently active first.
    pub async fn conversations(
        &self,
        who: &SignedIn,
        after: Option<&str>,
        limit: Option<usize>,
    ) -> Result<ConversationsPage> {
        let rows_max = self.page_rows(limit)?;
        let after = after.map(parse_cursor).transpose()?;
        let mut views = self.store.conversations(who.user(), after, rows_max + 1).await?;
        let more = views.len() > rows_max;
        views.truncate(rows_max);
        let next = views.last().filter(|_| more).map(cursor_after);
        self.add_presence(who, &mut views).await?;
        Ok(ConversationsPage { conversations: views, next })
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

    /// Mutes or unmutes a conversation for me.
    pub async fn set_muted(
        &self,
        me: UserId,
        conversation: ConversationId,
        muted: bool,
    ) -> Result<MuteAnswer> {
        Ok(self.store.set_muted(me, conversation, muted).await?)
    }

    /// Tells the others that I type, but those from whom I am kept apart.
    pub async fn typing(&self, me: UserId, conversation: ConversationId) -> Result<()> {
        let members: Arc<[UserId]> = self.store.members(me, conversation).await?;
        self.bus.publish(Notice::Typing { conversation, user: me, members });
        Ok(())
    }

    /// What `who` may know of the presence of the other person of each conversation.
    async fn add_presence(&self, who: &SignedIn, views: &mut [ConversationView]) -> Result<()> {
        let peers: Vec<_> = views.iter_mut().filter_map(|view| view.peer.as_mut()).collect();
        let users = peers.iter().map(|peer| peer.user.id).collect();
        let presence = self.presence(who, users).await?;
        let mut presence: HashMap<_, _> =
            presence.into_iter().map(|presence| (presence.user, presence)).collect();
        for peer in peers {
            if let Some(presence) = presence.remove(&peer.user.id) {
                peer.presence = presence;
            }
        }
        Ok(())
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
