//! What a client says after hello.

use std::collections::HashSet;

use axum::extract::ws::Utf8Bytes;
use chatter_protocol::frame::Send;
use chatter_protocol::rest::PostMessageRequest;
use chatter_protocol::{
    ClientFrame, ClientMsgId, CloseCode, ConversationId, ErrorBody, ErrorCode, Rights, ServerFrame,
    UserId,
};
use futures_util::FutureExt;
use serde_json::Value;

use super::connection::Connection;
use super::end::{End, Step};
use super::pace::Verdict;
use crate::auth::rights;
use crate::chat::{self, ChatError};

/// The rights that a frame needs. No rest here: a new frame must say what it needs.
fn needed(frame: &ClientFrame) -> Rights {
    match frame {
        ClientFrame::Send(_) | ClientFrame::Typing { .. } => rights::SEND,
        ClientFrame::Read { .. } | ClientFrame::Confirm { .. } | ClientFrame::Watch { .. } => {
            rights::READ
        }
        ClientFrame::Hello { .. }
        | ClientFrame::Ping { .. }
        | ClientFrame::Heartbeat
        | ClientFrame::Unknown => rights::NOTHING,
    }
}

impl Connection<'_> {
    /// Reads a frame and does what it says.
    pub(super) async fn take_frame(&mut self, text: &Utf8Bytes) -> Step {
        let frame = match serde_json::from_str::<ClientFrame>(text) {
            Ok(frame) => frame,
            Err(_) => return self.take_broken(text).await,
        };
        match self.pace.count() {
            Verdict::Pass => self.act_on(frame).await,
            Verdict::Wait(wait) => self.too_fast(&frame, wait).await,
            Verdict::Enough => Err(End::Close(CloseCode::RateLimited)),
        }
    }

    /// A ping of the WebSocket itself, already answered; a flood of them is a flood.
    pub(super) fn take_life(&mut self) -> Step {
        match self.pace.count() {
            Verdict::Enough => Err(End::Close(CloseCode::RateLimited)),
            Verdict::Pass | Verdict::Wait(_) => Ok(()),
        }
    }

    async fn act_on(&mut self, frame: ClientFrame) -> Step {
        if let Err(error) = self.who.check(needed(&frame)) {
            return self.answer_no(&frame, ChatError::from(error).into()).await;
        }
        match frame {
            ClientFrame::Hello { .. } => self.complain("You have said hello already.").await,
            ClientFrame::Send(send) => self.send(send).await,
            ClientFrame::Read { conversation, conv_seq } => self.read(conversation, conv_seq).await,
            ClientFrame::Confirm { position } => {
                let confirmed = self.app.chat.confirm(self.who.user(), &position).await;
                self.complain_of(confirmed).await
            }
            ClientFrame::Typing { conversation } => self.typing(conversation).await,
            ClientFrame::Watch { users } => self.watch(users).await,
            ClientFrame::Ping { id } => self.wire.say(&ServerFrame::Pong { id }).await,
            ClientFrame::Heartbeat | ClientFrame::Unknown => Ok(()),
        }
    }

    async fn send(&mut self, send: Send) -> Step {
        let client_msg_id = send.client_msg_id;
        let unacknowledged_max = self.app.chat.limits().unacknowledged_sends_max;
        if self.pending.len() >= unacknowledged_max {
            let message =
                "Too many messages wait for their acknowledgement; send this one again later.";
            let error = ErrorBody::new(ErrorCode::TooManyUnacknowledged, message);
            return self.refuse(client_msg_id, error).await;
        }
        let Send { conversation, body, reply_to, attachments, .. } = send;
        let unattended = !self.attended;
        let request = PostMessageRequest { client_msg_id, body, reply_to, attachments, unattended };
        match self.app.chat.post(self.who.user(), conversation, request) {
            Ok(posted) => {
                let answer =
                    posted.map(move |posted| (client_msg_id, posted.map(|posted| posted.ack)));
                self.pending.push_back(answer.boxed());
                Ok(())
            }
            Err(error) => self.refuse(client_msg_id, error.into()).await,
        }
    }

    async fn read(&mut self, conversation: ConversationId, conv_seq: u64) -> Step {
        let read = self.app.chat.mark_read(self.who.user(), conversation, conv_seq).await;
        self.complain_of(read).await
    }

    /// Delivers first: a switch that was just turned is obeyed.
    async fn typing(&mut self, conversation: ConversationId) -> Step {
        self.deliver().await?;
        if !self.who.me.privacy.typing || !self.pace.may_type(conversation) {
            return Ok(());
        }
        let told = self.app.chat.typing(self.who.user(), conversation).await;
        self.complain_of(told).await
    }

    /// Watches first and looks then, so that no coming or going falls between.
    async fn watch(&mut self, users: Vec<UserId>) -> Step {
        if let Err(error) = self.app.chat.check_watch(users.len()) {
            return self.wire.complain(error.into()).await;
        }
        self.attachment.watch(HashSet::from_iter(users.iter().copied()));
        self.tell_presence(users).await
    }

    /// Tells the presence of these people as it is now.
    pub(super) async fn tell_presence(&mut self, users: Vec<UserId>) -> Step {
        match self.app.chat.presence(&self.who, users).await {
            Ok(users) => self.wire.say(&ServerFrame::Presence { users }).await,
            Err(error) => self.wire.complain(error.into()).await,
        }
    }

    async fn too_fast(&mut self, frame: &ClientFrame, wait: std::time::Duration) -> Step {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        let message = "That was too fast; please wait a moment.";
        let error = ErrorBody::new(ErrorCode::RateLimited, message).retry_after_ms(wait_ms);
        match frame {
            ClientFrame::Typing { .. } => Ok(()),
            _ => self.answer_no(frame, error).await,
        }
    }

    /// Refuses a frame that was read.
    async fn answer_no(&mut self, frame: &ClientFrame, error: ErrorBody) -> Step {
        match frame {
            ClientFrame::Send(send) => self.refuse(send.client_msg_id, error).await,
            _ => self.wire.complain(error).await,
        }
    }

    /// A frame that is none, or not as it should be.
    async fn take_broken(&mut self, text: &str) -> Step {
        if let Verdict::Enough = self.pace.count() {
            return Err(End::Close(CloseCode::RateLimited));
        }
        let value = serde_json::from_str::<Value>(text).unwrap_or_default();
        let Some(kind) = value.get("type").and_then(Value::as_str) else {
            self.complain("That was no frame: a JSON object with a `type`.").await?;
            return Err(End::Close(CloseCode::BadFrame));
        };
        let key = value.get("client_msg_id").and_then(Value::as_str);
        let key = key.and_then(|key| key.parse::<ClientMsgId>().ok());
        let message = "This frame's fields are not what its kind takes.";
        match key {
            Some(key) if kind == "send" => {
                self.refuse(key, ErrorBody::new(ErrorCode::BadRequest, message)).await
            }
            _ => self.complain(message).await,
        }
    }

    async fn refuse(&mut self, client_msg_id: ClientMsgId, error: ErrorBody) -> Step {
        self.wire.say(&ServerFrame::Refused { client_msg_id, error }).await
    }

    async fn complain(&mut self, message: &str) -> Step {
        self.wire.complain(ErrorBody::new(ErrorCode::BadRequest, message)).await
    }

    async fn complain_of<T>(&mut self, result: chat::Result<T>) -> Step {
        match result {
            Ok(_) => Ok(()),
            Err(error) => self.wire.complain(error.into()).await,
        }
    }
}
