//! Walking history: each message once, no hole, whatever the page size, also while people write.

use chatter_protocol::ConversationId;
use chatter_protocol::rest::MessagesPage;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use futures_util::future::join_all;

async fn page(account: &Account, chat: ConversationId, query: &str) -> MessagesPage {
    let answer = account.rest.get(&format!("conversations/{chat}/messages?{query}")).await;
    serde_json::from_value(answer.ok()).expect("a page")
}

fn numbers(page: &MessagesPage) -> Vec<u64> {
    let numbers: Vec<_> = page.messages.iter().map(|message| message.conv_seq).collect();
    assert_eq!(numbers, (page.from_seq..=page.to_seq).collect::<Vec<_>>(), "a page has no hole");
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn walked_in_pages_of_any_size_both_ways_while_messages_come() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    for _ in 0..5 {
        join_all((0..20).map(|_| ada.say(chat, "x"))).await;
    }
    let sending = async {
        for _ in 0..60 {
            ada.say(chat, "more").await;
        }
    };
    let walking = async {
        for limit in [1, 3, 7, 50, 200] {
            let newest = page(&bob, chat, &format!("limit={limit}")).await;
            let (top, mut before) = (newest.to_seq, newest.from_seq);
            let mut seen = numbers(&newest);
            while before > 1 {
                let older = page(&bob, chat, &format!("limit={limit}&before={before}")).await;
                before = older.from_seq;
                seen.splice(0..0, numbers(&older));
            }
            assert_eq!(seen, (1..=top).collect::<Vec<_>>(), "backwards by {limit}");

            let mut seen = Vec::new();
            let mut after = 0;
            while after < top {
                let newer = page(&bob, chat, &format!("limit={limit}&after={after}")).await;
                after = newer.to_seq;
                seen.extend(numbers(&newer));
            }
            assert_eq!(seen, (1..=after).collect::<Vec<_>>(), "forwards by {limit}");
        }
    };
    tokio::join!(sending, walking);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ends_are_told() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let empty = page(&bob, chat, "").await;
    assert!(empty.messages.is_empty() && empty.from_seq > empty.to_seq);
    assert_eq!(empty.head_seq, 0);
    for _ in 0..3 {
        ada.say(chat, "x").await;
    }
    let before_first = page(&bob, chat, "before=1").await;
    assert!(before_first.messages.is_empty());
    assert_eq!(before_first.head_seq, 3);
    assert!(page(&bob, chat, "after=3").await.messages.is_empty());
    assert_eq!(numbers(&page(&bob, chat, "before=3").await), [1, 2]);
    let path = format!("conversations/{chat}/messages?before=2&after=1");
    bob.rest.get(&path).await.refused(422, "invalid_field");
}
