//! Telling a person of messages who may be looking elsewhere, and the title of the window.
//!
//! A notification waits a moment: a message that was read meanwhile, here or on another device, is
//! no news. Replays of what happened while this device was away never come here.

use chatter_protocol::{ConversationId, Timestamp};

use super::settle::is_looking;
use crate::config::Preview;
use crate::files::in_words;
use crate::markdown::plain_line;
use crate::state::{Account, Effect, News, State};
use crate::sync::Chat;
use crate::terminal::Notification;

/// How long a message may be read before it is told of.
const WAIT_MS: i64 = 600;

/// Chats that are told of one by one; more are told of together.
const CHATS_TOLD_MAX: usize = 3;

/// Characters of a message that are told.
const BODY_CHARS_MAX: usize = 200;

/// Notes that a message came in.
pub(super) fn note(
    account: &mut Account,
    conversation: ConversationId,
    conv_seq: u64,
    now: Timestamp,
) {
    let due = Timestamp::from_millis(now.as_millis() + WAIT_MS);
    account.news_due_at.get_or_insert(due);
    match account.news.iter_mut().find(|news| news.conversation == conversation) {
        Some(news) => {
            news.conv_seq = conv_seq;
            news.count += 1;
        }
        None => account.news.push(News { conversation, conv_seq, count: 1 }),
    }
}

/// Tells of what came in and is still not read, when its time has come.
pub(super) fn tell(state: &mut State, effects: &mut Vec<Effect>) {
    let looks = is_looking(state);
    let preview = state.config.notify.preview;
    let now = state.now;
    let Some(account) = &mut state.account else { return };
    if account.news_due_at.is_none_or(|due| now < due) {
        return;
    }
    account.news_due_at = None;
    let news = std::mem::take(&mut account.news);
    let looked_at = account.open.as_ref().map(|open| open.id).filter(|_| looks);
    let is_news = |news: &&News| Some(news.conversation) != looked_at && is_unread(account, news);
    let told: Vec<_> = news.iter().filter(is_news).collect();
    if told.len() > CHATS_TOLD_MAX {
        let body = format!("New messages in {} chats", told.len());
        effects.push(Effect::Notify(Notification::new("Chatter", &body)));
        return;
    }
    let notifications = told.into_iter().filter_map(|news| notification(account, news, preview));
    effects.extend(notifications.map(Effect::Notify));
}

/// The window's title says how much is unread.
pub(super) fn title(state: &mut State, effects: &mut Vec<Effect>) {
    let unread = state.account.as_ref().map_or(0, heard_unread);
    let title = match unread {
        0 => "chatter".to_owned(),
        unread => format!("({unread}) chatter"),
    };
    if state.title.as_ref() != Some(&title) {
        state.title = Some(title.clone());
        effects.push(Effect::Title(title));
    }
}

fn heard_unread(account: &Account) -> u64 {
    let Some(me) = account.replica.my_id() else { return 0 };
    account.replica.chats().filter(|chat| !chat.muted()).map(|chat| chat.unread(me)).sum()
}

fn is_unread(account: &Account, news: &News) -> bool {
    let unread = |chat: &Chat| !chat.muted() && news.conv_seq > chat.read_seq();
    account.replica.chat(news.conversation).is_some_and(unread)
}

fn notification(account: &Account, news: &News, preview: Preview) -> Option<Notification> {
    let chat = account.replica.chat(news.conversation)?;
    let title = match preview {
        Preview::Full | Preview::Sender => account.title(chat),
        Preview::None => "Chatter".to_owned(),
    };
    let text = chat.message(news.conv_seq).map(|message| match message.attachments.first() {
        Some(file) if message.body.is_empty() => in_words(file),
        _ => plain_line(&message.body, BODY_CHARS_MAX),
    });
    let body = match (preview, news.count) {
        (Preview::Full, 1) => text?,
        (Preview::Full, count) => format!("({count}) {}", text?),
        (_, 1) => "New message".to_owned(),
        (_, count) => format!("{count} new messages"),
    };
    Some(Notification::new(&title, &body))
}
