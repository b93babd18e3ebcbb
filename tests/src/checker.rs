//! The invariants, checked on what real clients show against what was written and what the server
//! holds. Knows nothing of how the faults were made.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;

use chatter::sync::Mark;
use chatter_protocol::rest::{ConversationsPage, MessagesPage};
use chatter_protocol::{ClientMsgId, ConversationId, ConversationKind, ConversationView};
use serde::de::DeserializeOwned;

use crate::PATIENCE;
use crate::clients::{ChatView, Counts, RunningDevice, Shown};
use crate::rest::Account;

/// Everything that somebody sees.
pub type View = BTreeMap<ConversationId, ChatView>;

/// A message that a device wrote. The first word of its body is its own, also after edits.
#[derive(Clone, Debug)]
pub struct Written {
    /// Which device; the order of its messages counts.
    pub device: String,
    /// Where.
    pub conversation: ConversationId,
    /// The sender's key; none where each attempt took another one.
    pub key: Option<ClientMsgId>,
    /// The first word of the body.
    pub word: String,
    /// Whether the server acknowledged it.
    pub is_acked: bool,
}

/// I1 and I2: what is acknowledged is shown once, the rest at most once, each device's messages
/// in the order in which it wrote them, and I16: each where it was written and nowhere else.
///
/// # Errors
/// Which promise is broken, and how.
pub fn check_written(written: &[Written], seen: &View) -> Result<(), String> {
    let (mut by_word, mut by_key) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
    for (id, chat) in seen {
        for shown in &chat.messages {
            let place = (*id, shown.message.conv_seq);
            by_key.entry(shown.message.client_msg_id).or_default().push(place);
            if let Some(word) = shown.message.body.split_whitespace().next() {
                by_word.entry(word).or_default().push(place);
            }
        }
    }
    let mut last = HashMap::new();
    for it in written.iter().filter(|it| seen.contains_key(&it.conversation)) {
        let words = by_word.get(it.word.as_str()).into_iter().flatten();
        let keys = it.key.and_then(|key| by_key.get(&key)).into_iter().flatten();
        let places: HashSet<_> = words.chain(keys).copied().collect();
        let Some((conversation, conv_seq)) = places.iter().copied().next() else {
            if it.is_acked {
                return Err(format!("I1: {} of {} is lost", it.word, it.device));
            }
            continue;
        };
        if places.len() > 1 {
            return Err(format!("I1: {} of {} is shown at {places:?}", it.word, it.device));
        }
        if conversation != it.conversation {
            return Err(format!("I16: {} was not written in {conversation}", it.word));
        }
        let before = last.insert((&it.device, conversation), conv_seq).unwrap_or(0);
        if conv_seq <= before {
            return Err(format!("I1: {} of {} is shown too early", it.word, it.device));
        }
    }
    Ok(())
}

/// I3: numbers are dense and rising.
///
/// # Errors
/// Where they are not.
pub fn check_dense(seen: &View) -> Result<(), String> {
    for (id, chat) in seen {
        let numbers = chat.messages.iter().map(|shown| shown.message.conv_seq);
        if !numbers.eq(1..=chat.messages.len() as u64) {
            return Err(format!("I3: the numbers of {id} have a hole or a repetition"));
        }
    }
    Ok(())
}

/// I4, I5 and I16: a device shows exactly the conversations, messages, marks, read positions and
/// unread counts that the server holds for its account.
///
/// # Errors
/// The first difference.
pub fn check_equal(device: &str, seen: &View, held: &View) -> Result<(), String> {
    if !seen.keys().eq(held.keys()) {
        let count = |view: &View| view.len();
        return Err(format!(
            "I16: {device} knows {} conversations, the account has {}",
            count(seen),
            count(held)
        ));
    }
    for (id, held) in held {
        let seen = &seen[id];
        let pairs = seen.messages.iter().zip(&held.messages);
        if let Some((seen, held)) = pairs.into_iter().find(|(seen, held)| seen != held) {
            return Err(format!("I4: {device} shows {seen:?} where the server holds {held:?}"));
        }
        if seen.messages.len() != held.messages.len() {
            let (seen, held) = (seen.messages.len(), held.messages.len());
            return Err(format!("I4: {device} shows {seen} of {held} messages in {id}"));
        }
        let numbers = |chat: &ChatView| (chat.read_seq, chat.unread);
        if numbers(seen) != numbers(held) {
            return Err(format!(
                "I5: {device} has (read, unread) {:?} in {id}, the server {:?}",
                numbers(seen),
                numbers(held)
            ));
        }
    }
    Ok(())
}

/// What the server holds for an account.
pub async fn held_for(account: &Account) -> View {
    let mut view = View::new();
    let mut after = String::new();
    loop {
        let page: ConversationsPage =
            get(account, &format!("conversations?limit=200{after}")).await;
        for it in page.conversations {
            view.insert(it.conversation.id, held_chat(account, it).await);
        }
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return view,
        }
    }
}

async fn held_chat(account: &Account, it: ConversationView) -> ChatView {
    let mut messages = Vec::new();
    loop {
        let path = format!(
            "conversations/{}/messages?limit=200&after={}",
            it.conversation.id,
            messages.len()
        );
        let page: MessagesPage = get(account, &path).await;
        if page.messages.is_empty() {
            break;
        }
        messages.extend(page.messages);
    }
    let is_direct = it.conversation.kind == ConversationKind::Direct;
    let mark = |conv_seq| match conv_seq {
        conv_seq if conv_seq <= it.peer_read_seq => Mark::Read,
        conv_seq if conv_seq <= it.peer_delivered_seq => Mark::Delivered,
        _ => Mark::Sent,
    };
    let shown = |message: chatter_protocol::Message| Shown {
        mark: (is_direct && message.sender == account.id).then(|| mark(message.conv_seq)),
        message,
    };
    ChatView {
        messages: messages.into_iter().map(shown).collect(),
        read_seq: it.read_seq,
        unread: it.unread_count,
    }
}

async fn get<T: DeserializeOwned>(account: &Account, path: &str) -> T {
    serde_json::from_value(account.rest.get(path).await.ok()).expect("the answer's form")
}

/// Waits until every device is online, has sent everything, and agrees with the server on what it
/// knows without fetching; then on all there is. `I1` to `I5` and `I16` at once.
///
/// # Panics
/// With the last difference, when there still is one after [`PATIENCE`].
pub async fn settle(devices: &[RunningDevice], written: &[Written]) {
    for device in devices {
        until(|| async { check_counts(device, &held_for(&device.account).await).await }).await;
    }
    for device in devices {
        until(|| async { check_all(device, written).await }).await;
    }
}

async fn check_counts(device: &RunningDevice, held: &View) -> Result<(), String> {
    let Counts { is_online, outbox, chats, .. } = device.counts().await;
    let numbers = |chat: &ChatView| (chat.messages.len() as u64, chat.read_seq, chat.unread);
    let expected: BTreeMap<_, _> = held.iter().map(|(id, chat)| (*id, numbers(chat))).collect();
    if !is_online || outbox > 0 {
        return Err(format!("{} is online: {is_online}, unsent: {outbox}", device.name));
    }
    if chats != expected {
        return Err(format!(
            "I5: {} has (newest, read, unread) {chats:?}, the server {expected:?}",
            device.name
        ));
    }
    Ok(())
}

async fn check_all(device: &RunningDevice, written: &[Written]) -> Result<(), String> {
    let seen = device.view().await.map_err(|error| error.to_string())?;
    let held = held_for(&device.account).await;
    check_written(written, &seen)?;
    check_dense(&seen)?;
    check_equal(&device.name, &seen, &held)
}

/// Tries until it holds.
///
/// # Panics
/// With the last reason, after [`PATIENCE`].
pub async fn until<F: Future<Output = Result<(), String>>>(mut check: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        match check().await {
            Ok(()) => return,
            Err(why) if tokio::time::Instant::now() > deadline => panic!("{why}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use chatter_protocol::{Message, MessageId, Timestamp, UserId};

    use super::*;

    fn shown(conversation: ConversationId, conv_seq: u64, it: &Written) -> Shown {
        let message = Message {
            attachments: Vec::new(),
            withheld: false,
            msg_id: MessageId::new(),
            conversation,
            conv_seq,
            sender: UserId::new(),
            client_msg_id: it.key.expect("has one"),
            body: it.word.clone(),
            reply_to: None,
            created_at: Timestamp::from_millis(0),
            edited_at: None,
            deleted_at: None,
            unattended: false,
            rev: 0,
        };
        Shown { message, mark: None }
    }

    fn story() -> (Vec<Written>, View, ConversationId) {
        let conversation = ConversationId::new();
        let write = |number: u32| Written {
            device: "ada-1".to_owned(),
            conversation,
            key: Some(ClientMsgId::new()),
            word: format!("w{number}"),
            is_acked: number != 3,
        };
        let written: Vec<_> = (1..=3).map(write).collect();
        let messages = (1..).zip(&written).map(|(seq, it)| shown(conversation, seq, it)).collect();
        let view = View::from([(conversation, ChatView { messages, read_seq: 2, unread: 1 })]);
        (written, view, conversation)
    }

    /// The controls: each way to break a promise is found.
    #[test]
    fn every_broken_promise_is_found() {
        type Tamper = fn(&mut Vec<Shown>);
        let (written, whole, id) = story();
        let check = |view: &View| {
            check_written(&written, view)?;
            check_dense(view)?;
            check_equal("ada-1", view, &whole)
        };
        assert_eq!(check(&whole), Ok(()));
        let tampers: [(&str, Tamper); 6] = [
            ("I1", |messages| drop(messages.remove(1))),
            ("I4", |messages| drop(messages.pop())),
            ("I1", |messages| {
                let mut again = messages[0].clone();
                (again.message.conv_seq, again.message.client_msg_id) = (4, ClientMsgId::new());
                messages.push(again);
            }),
            ("I1", |messages| {
                messages[0].message.conv_seq = 2;
                messages[1].message.conv_seq = 1;
            }),
            ("I3", |messages| messages[2].message.conv_seq = 4),
            ("I4", |messages| messages[2].message.body += " edited"),
        ];
        for (promise, tamper) in tampers {
            let mut view = whole.clone();
            tamper(&mut view.get_mut(&id).expect("there").messages);
            let error = check(&view).expect_err("found");
            assert!(error.starts_with(promise), "{error}, not {promise}");
        }
        let mut view = whole.clone();
        view.get_mut(&id).expect("there").read_seq = 1;
        assert!(check(&view).expect_err("found").starts_with("I5"));
        let mut view = whole.clone();
        view.insert(ConversationId::new(), ChatView::default());
        assert!(check(&view).expect_err("found").starts_with("I16"));
        let mut elsewhere = whole.clone();
        let chat = elsewhere.remove(&id).expect("there");
        elsewhere.insert(id, ChatView::default());
        elsewhere.insert(ConversationId::new(), chat);
        assert!(check_written(&written, &elsewhere).expect_err("found").starts_with("I16"));
    }
}
