//! What the server says, taken into the replica.

use chatter_protocol::frame::{Ack, Send, Welcome};
use chatter_protocol::text::sanitize_line;
use chatter_protocol::{ClientMsgId, ErrorBody, Event, Message, Position, Receipt, ServerFrame};

use super::change::Change;
use super::chat::{Chat, Inserted};
use super::replica::{Applied, Need, Replica};

impl Replica {
    /// Takes in a frame.
    pub fn apply(&mut self, frame: ServerFrame) -> Applied {
        let mut applied = Applied::default();
        match frame {
            ServerFrame::Welcome(welcome) => self.apply_welcome(*welcome, &mut applied),
            ServerFrame::Reset { position, .. } => self.apply_reset(position, &mut applied),
            ServerFrame::Event { seq, event } => {
                self.apply_event(seq, event, &mut applied);
                self.advance(seq);
            }
            ServerFrame::Ack(ack) => self.apply_ack(ack),
            ServerFrame::Refused { client_msg_id, error } => {
                self.apply_refused(client_msg_id, error, &mut applied);
            }
            ServerFrame::Presence { users } => {
                users.into_iter().for_each(|presence| self.learn_presence(presence));
            }
            ServerFrame::Typing { .. }
            | ServerFrame::Heartbeat { .. }
            | ServerFrame::Pong { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Unknown => {}
        }
        if std::mem::take(&mut self.must_list) {
            applied.needs.push(Need::Conversations);
        }
        applied
    }

    fn apply_welcome(&mut self, welcome: Welcome, applied: &mut Applied) {
        self.set_me(welcome.me);
        self.limits = welcome.limits;
        self.link_lost();
        if let Some(head) = welcome.positions.into_iter().next() {
            self.replay_end = head.seq;
            self.link_epoch.clone_from(&head.epoch);
            if !self.has_listed {
                // What was kept may be behind its position: the process before this one may have
                // ended between keeping an event and fetching what it calls for.
                self.has_listed = true;
                applied.needs.push(Need::Conversations);
            }
            self.position.get_or_insert(Position { seq: 0, ..head });
        }
    }

    fn advance(&mut self, seq: u64) {
        if let Some(position) = &mut self.position
            && seq > position.seq
        {
            position.seq = seq;
            if position.epoch != self.link_epoch {
                position.epoch.clone_from(&self.link_epoch);
            }
            self.journal.advance();
        }
    }

    /// Forgets what the server may tell otherwise now. What is unsent stays.
    fn apply_reset(&mut self, position: Position, applied: &mut Applied) {
        self.replay_end = position.seq;
        self.journal.note(Change::Reset(position.clone()));
        self.position = Some(position);
        self.chats.clear();
        self.order.clear();
        applied.needs.push(Need::Conversations);
    }

    fn apply_event(&mut self, seq: u64, event: Event, applied: &mut Applied) {
        match event {
            Event::MessagePosted { message } => self.apply_posted(seq, message, applied),
            Event::MessageEdited { message } | Event::MessageDeleted { message } => {
                self.apply_changed(message, applied);
            }
            Event::ReceiptMoved { receipt } => self.apply_receipt(&receipt, applied),
            Event::ConversationAdded { conversation, users } => {
                users.into_iter().for_each(|user| self.learn_user(user));
                self.learn_conversation(conversation);
            }
            Event::ConversationChanged { conversation } => self.learn_conversation(conversation),
            Event::ProfileChanged { user } => self.learn_user(user),
            Event::MeChanged { me } => self.learn_me(me),
            Event::MuteChanged { conversation, muted, rev } => {
                if !self.learn_mute(conversation, muted, rev) {
                    applied.needs.push(Need::Conversation(conversation));
                }
            }
            Event::Unblocked { user } => self.apply_unblocked(user),
            Event::Unknown => {}
        }
    }

    fn apply_posted(&mut self, seq: u64, message: Message, applied: &mut Applied) {
        let Some(me) = self.my_id() else { return };
        let (id, sender, conv_seq) = (message.conversation, message.sender, message.conv_seq);
        let (is_attended, is_withheld) = (!message.unattended, message.withheld);
        if sender == me {
            self.unqueue(message.client_msg_id);
        } else {
            applied.received = true;
        }
        let Some(inserted) = self.insert(message) else {
            applied.needs.push(Need::Conversation(id));
            return;
        };
        if is_attended && let Some(chat) = self.chats.get_mut(&id) {
            chat.posted_by(sender, me, conv_seq);
        }
        let is_heard = !is_withheld && !self.is_blocked(sender);
        if inserted == Inserted::New && sender != me && is_heard && seq > self.replay_end {
            applied.news.push((id, conv_seq));
        }
        self.sort();
    }

    /// Puts a message into its chat; `None` when the chat is not known.
    pub(super) fn insert(&mut self, message: Message) -> Option<Inserted> {
        let (conversation, conv_seq) = (message.conversation, message.conv_seq);
        let admitted = self.admitted(message);
        let chat = self.chats.get_mut(&conversation)?;
        let inserted = match admitted {
            Some(message) => chat.insert(message),
            None => Inserted::Known,
        };
        self.journal.touch(conversation);
        if inserted != Inserted::Known
            && let Some(message) = chat.message(conv_seq)
        {
            self.journal.note(Change::Message(message.clone()));
            self.journal.cover(conversation, conv_seq, conv_seq);
        }
        Some(inserted)
    }

    fn apply_changed(&mut self, message: Message, applied: &mut Applied) {
        let (id, conv_seq, is_deleted) =
            (message.conversation, message.conv_seq, message.deleted_at.is_some());
        let inserted = self.insert(message);
        let is_miscounted = || {
            let counts_there = |chat: &Chat| chat.is_counted_there(conv_seq);
            is_deleted
                && inserted != Some(Inserted::Known)
                && self.chats.get(&id).is_some_and(counts_there)
        };
        if inserted.is_none() || is_miscounted() {
            applied.needs.push(Need::Conversation(id));
        }
    }

    fn apply_receipt(&mut self, receipt: &Receipt, applied: &mut Applied) {
        let Some(me) = self.my_id() else { return };
        let Some(chat) = self.chats.get_mut(&receipt.conversation) else {
            applied.needs.push(Need::Conversation(receipt.conversation));
            return;
        };
        chat.move_receipt(receipt, me);
        self.journal.touch(receipt.conversation);
        if chat.needs_count() {
            applied.needs.push(Need::Conversation(receipt.conversation));
        }
    }

    fn apply_ack(&mut self, ack: Ack) {
        let Some(sender) = self.my_id() else { return };
        let Some(unsent) = self.unqueue(ack.client_msg_id) else { return };
        let Send { client_msg_id, body, reply_to, .. } = unsent.send;
        let inserted = self.insert(Message {
            attachments: unsent.attached,
            withheld: false,
            msg_id: ack.msg_id,
            conversation: ack.conversation,
            conv_seq: ack.conv_seq,
            sender,
            client_msg_id,
            body,
            reply_to,
            created_at: ack.created_at,
            edited_at: None,
            deleted_at: None,
            unattended: self.is_unattended,
            rev: 0,
        });
        if inserted.is_some()
            && !self.is_unattended
            && let Some(chat) = self.chats.get_mut(&ack.conversation)
        {
            chat.posted_by(sender, sender, ack.conv_seq);
        }
        self.sort();
    }

    fn apply_refused(&mut self, key: ClientMsgId, mut error: ErrorBody, applied: &mut Applied) {
        error.message = sanitize_line(&error.message).into_owned();
        if error.retryable {
            let wait_ms = error.retry_after_ms.unwrap_or(1_000);
            applied.needs.push(Need::SendAgainAfter(wait_ms));
            self.sends_held = true;
        } else {
            self.journal.note(Change::Refused { key, error: Some(error.clone()) });
        }
        self.outbox.refuse(key, error);
    }
}
