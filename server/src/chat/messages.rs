//! Posting, changing and reading messages.

use chatter_protocol::rest::{MessagesPage, PostMessageRequest};
use chatter_protocol::text::{check_body, check_caption};
use chatter_protocol::{ConversationId, Message, Timestamp, UserId, UserRef};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Chat, ChatError, Result};
use crate::store::{HistoryRange, NewMessage, Place, Posted};

impl Chat {
    /// Posts a message. It takes its place in the order when this is called, not when the answer
    /// is awaited; the answer comes after the durable commit.
    ///
    /// # Errors
    /// At once when the text is refused, else in the answer.
    pub fn post(
        &self,
        sender: UserId,
        conversation: ConversationId,
        request: PostMessageRequest,
    ) -> Result<BoxFuture<'static, Result<Posted>>> {
        self.post_at(sender, Place::Conversation(conversation), request)
    }

    /// Posts a message to one person, in the conversation with them, which is opened if there is
    /// none yet.
    pub async fn post_to(
        &self,
        sender: UserId,
        user: UserRef,
        request: PostMessageRequest,
    ) -> Result<Posted> {
        let peer = self.store.user(user).await?.user.id;
        self.post_at(sender, Place::DirectWith(peer), request)?.await
    }

    fn post_at(
        &self,
        sender: UserId,
        place: Place,
        request: PostMessageRequest,
    ) -> Result<BoxFuture<'static, Result<Posted>>> {
        let PostMessageRequest { client_msg_id, body, reply_to, attachments, unattended } = request;
        match attachments.len() {
            0 => check_body(&body, self.limits.body_bytes_max)?,
            count if count <= self.limits.attachments_max => {
                check_caption(&body, self.limits.body_bytes_max)?;
            }
            _ => {
                let message =
                    format!("At most {} files hang on a message.", self.limits.attachments_max);
                return Err(ChatError::field("attachments", message));
            }
        }
        let created_at = Timestamp::now();
        let message = NewMessage {
            sender,
            place,
            client_msg_id,
            body,
            reply_to,
            attachments,
            unattended,
            created_at,
        };
        Ok(self.store.post(message).map(|posted| Ok(posted?)).boxed())
    }

    /// Changes what my message says.
    pub async fn edit(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
        body: String,
    ) -> Result<Message> {
        check_body(&body, self.limits.body_bytes_max)?;
        Ok(self.store.edit(me, conversation, conv_seq, body, Timestamp::now()).await?)
    }

    /// Takes my message back.
    pub async fn delete(
        &self,
        me: UserId,
        conversation: ConversationId,
        conv_seq: u64,
    ) -> Result<Message> {
        Ok(self.store.delete(me, conversation, conv_seq, Timestamp::now()).await?)
    }

    /// A page of a conversation's messages: the newest, those next to a number, or those from a
    /// time on.
    pub async fn history(
        &self,
        me: UserId,
        conversation: ConversationId,
        (before, after, from_time): (Option<u64>, Option<u64>, Option<Timestamp>),
        limit: Option<usize>,
    ) -> Result<MessagesPage> {
        let rows_max = self.page_rows(limit)?;
        let range = match (before, after, from_time) {
            (None, None, None) => HistoryRange::Newest,
            (Some(before), None, None) => HistoryRange::Before(before),
            (None, Some(after), None) => HistoryRange::After(after),
            (None, None, Some(at)) => HistoryRange::From(at),
            _ => {
                let field = if from_time.is_some() { "from_time" } else { "after" };
                return Err(ChatError::field(field, "Ask for one of before, after and from_time."));
            }
        };
        let bytes_max = self.limits.page_bytes_max;
        Ok(self.store.history(me, conversation, range, rows_max, bytes_max).await?)
    }
}
