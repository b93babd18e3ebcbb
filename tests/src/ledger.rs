//! What senders were promised, and whether a server kept it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ConversationId, ErrorBody, Message};

use crate::rest::Account;

/// The messages of one conversation as their senders know them, by body: each body is said once.
#[derive(Default)]
pub struct Ledger {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    /// With the acknowledgement, if one came.
    said: HashMap<String, Option<Ack>>,
    refusals: BTreeMap<String, u64>,
    conflicts: Vec<String>,
}

impl Ledger {
    /// A message is about to be sent for the first time.
    pub fn saying(&self, body: &str) {
        self.lock().said.entry(body.to_owned()).or_default();
    }

    /// The server says that it has the message.
    pub fn acknowledged(&self, body: &str, ack: Ack) {
        let mut entries = self.lock();
        let before = entries.said.insert(body.to_owned(), Some(ack.clone()));
        if let Some(Some(before)) = before
            && before != ack
        {
            entries.conflicts.push(format!("{body:?} was acknowledged as {before:?} and {ack:?}"));
        }
    }

    /// The server says that it has not stored a message.
    pub fn refused(&self, error: &ErrorBody) {
        *self.lock().refusals.entry(format!("{:?}", error.code)).or_default() += 1;
    }

    /// How many messages are acknowledged.
    pub fn acknowledged_count(&self) -> usize {
        self.lock().said.values().flatten().count()
    }

    /// How often each error code was the answer.
    pub fn refusals(&self) -> BTreeMap<String, u64> {
        self.lock().refusals.clone()
    }

    /// Whatever is wrong with this history, as sentences: acknowledged messages that are not in it,
    /// messages that are twice in it or that nobody sent, numbers that are not dense.
    pub fn complaints(&self, history: &[Message]) -> Vec<String> {
        let entries = self.lock();
        let mut complaints = entries.conflicts.clone();
        let mut places: HashMap<&str, Vec<&Message>> = HashMap::new();
        for (message, number) in history.iter().zip(1..) {
            if message.conv_seq != number {
                complaints.push(format!("number {number} is {}", message.conv_seq));
            }
            places.entry(&message.body).or_default().push(message);
        }
        for (body, found) in &places {
            if !entries.said.contains_key(*body) {
                complaints.push(format!("nobody said {body:?}"));
            }
            if found.len() > 1 {
                complaints.push(format!("{body:?} is there {} times", found.len()));
            }
        }
        for (body, ack) in &entries.said {
            let Some(ack) = ack else { continue };
            let found = places.get(body.as_str()).into_iter().flatten();
            let is_kept =
                found.clone().any(|it| (it.conv_seq, it.msg_id) == (ack.conv_seq, ack.msg_id));
            if !is_kept {
                complaints.push(format!("{body:?} was acknowledged ({ack:?}) and is lost"));
            }
        }
        complaints
    }

    /// Asserts that there is nothing to complain about.
    #[track_caller]
    pub fn assert_kept(&self, history: &[Message]) {
        let complaints = self.complaints(history);
        assert!(
            complaints.is_empty(),
            "{} complaints about {} messages, as: {:#?}",
            complaints.len(),
            history.len(),
            &complaints[..complaints.len().min(5)]
        );
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().expect("no panic under the lock")
    }
}

/// The whole history, page by page.
pub async fn history(account: &Account, conversation: ConversationId) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let after = messages.last().map_or(0, |message| message.conv_seq);
        let path = format!("conversations/{conversation}/messages?after={after}&limit=200");
        let page = account.rest.get(&path).await.ok();
        let page: MessagesPage = serde_json::from_value(page).expect("a page");
        if page.messages.is_empty() {
            return messages;
        }
        messages.extend(page.messages);
    }
}

#[cfg(test)]
mod tests {
    use chatter_protocol::{ClientMsgId, MessageId, Timestamp, UserId};

    use super::*;

    fn message(conv_seq: u64, body: &str) -> Message {
        Message {
            attachments: Vec::new(),
            withheld: false,
            msg_id: MessageId::new(),
            conversation: ConversationId::new(),
            conv_seq,
            sender: UserId::new(),
            client_msg_id: ClientMsgId::new(),
            body: body.to_owned(),
            reply_to: None,
            created_at: Timestamp::now(),
            edited_at: None,
            deleted_at: None,
            unattended: false,
            rev: 0,
        }
    }

    fn ack(message: &Message) -> Ack {
        Ack {
            client_msg_id: message.client_msg_id,
            msg_id: message.msg_id,
            conversation: message.conversation,
            conv_seq: message.conv_seq,
            created_at: message.created_at,
        }
    }

    #[test]
    fn each_kind_of_breach_is_seen() {
        let (one, two) = (message(1, "one"), message(2, "two"));
        let ledger = Ledger::default();
        for message in [&one, &two] {
            ledger.saying(&message.body);
            ledger.acknowledged(&message.body, ack(message));
        }
        ledger.saying("unknown fate");
        ledger.assert_kept(&[one.clone(), two.clone()]);
        ledger.assert_kept(&[one.clone(), two.clone(), message(3, "unknown fate")]);
        for broken in [
            vec![one.clone()],
            vec![two.clone()],
            vec![one.clone(), two.clone(), message(3, "one")],
            vec![one.clone(), two.clone(), message(3, "from nowhere")],
            vec![one.clone(), two.clone(), message(4, "unknown fate")],
            vec![one.clone(), message(2, "two")],
        ] {
            assert!(!ledger.complaints(&broken).is_empty(), "{broken:?}");
        }
        ledger.acknowledged("one", ack(&two));
        assert!(!ledger.complaints(&[one, two]).is_empty(), "two answers to one key");
    }
}
