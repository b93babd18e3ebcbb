//! What a person is told of, and what not.

use super::*;
use crate::config::Preview;
use crate::terminal::Notification;

/// Time passes: what was told of meanwhile.
fn told_after_a_moment(state: &mut State) -> Vec<Notification> {
    state.now = Timestamp::from_millis(state.now.as_millis() + 1_000);
    let effects = update(state, Event::Woken);
    let told = effects.into_iter().filter_map(|effect| match effect {
        Effect::Notify(notification) => Some(notification),
        _ => None,
    });
    told.collect()
}

fn says(state: &mut State, seq: u64, chat: u8, conv_seq: u64, body: &str) {
    posted(state, seq, message(chat, conv_seq, chat, NOW, body));
}

#[test]
fn a_message_in_another_chat_is_told_of_with_its_sender() {
    let mut state = reading(80, 24);
    says(&mut state, 1, SAKURA, 10, "こんにちは");
    assert!(state.next_chore().is_some());
    let told = told_after_a_moment(&mut state);
    assert_eq!(told, [Notification::new("田中さくら", "こんにちは")]);
    assert!(told_after_a_moment(&mut state).is_empty(), "once is enough");
}

#[test]
fn what_is_seen_is_not_told_of_unless_the_terminal_lost_the_focus() {
    let mut state = reading(80, 24);
    says(&mut state, 1, GRACE, 8, "seen");
    assert!(told_after_a_moment(&mut state).is_empty());
    update(&mut state, Event::Focus(false));
    says(&mut state, 2, GRACE, 9, "not seen");
    assert_eq!(told_after_a_moment(&mut state).len(), 1);
}

#[test]
fn my_own_messages_and_replays_are_no_news() {
    let mut state = world(80, 24);
    posted(&mut state, 1, message(GRACE, 8, ADA, NOW, "from my other device"));
    let ServerFrame::Welcome(mut welcome) = welcome_frame() else { panic!("a welcome") };
    welcome.positions[0].seq = 5;
    frame(&mut state, ServerFrame::Welcome(welcome));
    says(&mut state, 2, GRACE, 9, "while I was away");
    assert!(told_after_a_moment(&mut state).is_empty());
}

#[test]
fn what_another_device_has_read_meanwhile_is_no_news() {
    let mut state = world(80, 24);
    says(&mut state, 1, GRACE, 8, "read elsewhere at once");
    let receipt = chatter_protocol::Receipt {
        conversation: chat_id(GRACE),
        user: user_id(ADA),
        read_seq: 8,
        delivered_seq: 8,
    };
    event(&mut state, 2, chatter_protocol::Event::ReceiptMoved { receipt });
    assert!(told_after_a_moment(&mut state).is_empty());
}

#[test]
fn the_preview_tells_as_much_as_it_may() {
    for (preview, title, body) in [
        (Preview::Full, "Grace Hopper", "(2) secret two"),
        (Preview::Sender, "Grace Hopper", "2 new messages"),
        (Preview::None, "Chatter", "2 new messages"),
    ] {
        let mut state = world(80, 24);
        state.config.notify.preview = preview;
        says(&mut state, 1, GRACE, 8, "secret one");
        says(&mut state, 2, GRACE, 9, "secret two");
        assert_eq!(told_after_a_moment(&mut state), [Notification::new(title, body)]);
    }
}

#[test]
fn many_chats_are_told_of_together() {
    let mut state = world(80, 24);
    for (seq, chat) in [GRACE, SAKURA, SARA, ZOE].into_iter().enumerate() {
        says(&mut state, seq as u64 + 1, chat, 20, "hello");
    }
    let told = told_after_a_moment(&mut state);
    assert_eq!(told, [Notification::new("Chatter", "New messages in 4 chats")]);
}

#[test]
fn the_window_title_counts_what_is_unread() {
    let mut state = world(80, 24);
    assert_eq!(state.title.as_deref(), Some("(4) chatter"));
    let id = chat_id(SAKURA);
    state.account.as_mut().expect("signed in").replica.read(id, 9);
    let effects = settle(&mut state);
    assert!(effects.contains(&Effect::Title("(1) chatter".to_owned())));
    assert!(settle(&mut state).is_empty(), "only when it changes");
}
