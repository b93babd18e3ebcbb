//! What somebody switches off is not on the other side's line, byte for byte; each with the same
//! thing switched on, which is.

use chatter::device::Device;
use chatter::net::ServerUrl;
use chatter::sync::{Chat, Replica};
use chatter_protocol::{ClientFrame, ConversationId, Event, Position, Secret, ServerFrame};
use chatter_tests::PATIENCE;
use chatter_tests::clients::{net_options, store_path};
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use serde_json::json;
use tempfile::TempDir;

async fn share(who: &Account, switch: &str, on: bool) {
    who.rest.patch("me", json!({ "privacy": { switch: on } })).await.ok();
}

/// A message, and every text on the reader's line up to it and with it: whatever was to be told
/// before is told by then.
async fn line_up_to_a_message(
    reader: &mut Socket,
    writer: &Account,
    chat: ConversationId,
) -> String {
    let conv_seq = writer.say(chat, "so far").await.conv_seq;
    let mut texts = String::new();
    loop {
        texts.push_str(&reader.texts_until_pong().await.concat());
        if texts.contains(&format!("\"conv_seq\":{conv_seq},")) {
            return texts;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_that_is_switched_off_is_on_nobodys_line() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut ada_line = Socket::live(&server, &ada).await;
    let mut bob_line = Socket::live(&server, &bob).await;
    share(&ada, "typing", false).await;
    for typist in [&mut ada_line, &mut bob_line] {
        typist.say(&ClientFrame::Typing { conversation: chat }).await;
        typist.texts_until_pong().await;
    }
    let heard_by_bob = line_up_to_a_message(&mut bob_line, &ada, chat).await;
    assert!(!heard_by_bob.contains("typing"), "{heard_by_bob}");
    let heard_by_ada = line_up_to_a_message(&mut ada_line, &bob, chat).await;
    assert!(!heard_by_ada.replace("\"typing\":false", "").contains("typing"), "{heard_by_ada}");

    share(&ada, "typing", true).await;
    ada_line.say(&ClientFrame::Typing { conversation: chat }).await;
    ada_line.texts_until_pong().await;
    let heard = line_up_to_a_message(&mut bob_line, &ada, chat).await;
    assert!(heard.contains(r#""type":"typing""#) && heard.contains(&ada.id.to_string()), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_that_are_switched_off_end_at_delivered_on_the_others_line() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut ada_line = Socket::live(&server, &ada).await;
    let (mut bob_line, welcome) = Socket::hello(&server, &bob, None).await;
    let epoch = welcome.positions[0].epoch.clone();
    let mut read_by_bob = async |silent: Option<&Account>| {
        if let Some(silent) = silent {
            share(silent, "receipts", false).await;
        }
        let conv_seq = ada.say(chat, "read this").await.conv_seq;
        let seq = loop {
            let (seq, event) = bob_line.event().await;
            if matches!(event, Event::MessagePosted { message } if message.conv_seq == conv_seq) {
                break seq;
            }
        };
        let position = Position::user(epoch.as_str(), seq);
        bob_line.say(&ClientFrame::Confirm { position }).await;
        bob_line.say(&ClientFrame::Read { conversation: chat, conv_seq }).await;
        bob_line.texts_until_pong().await;
        assert_eq!(bob.view(chat).await["read_seq"], conv_seq, "own devices know");
        let line = line_up_to_a_message(&mut ada_line, &bob, chat).await;
        if let Some(silent) = silent {
            share(silent, "receipts", true).await;
        }
        let (read, delivered) =
            (format!("\"read_seq\":{conv_seq}"), format!("\"delivered_seq\":{conv_seq}"));
        assert!(line.contains(&delivered), "delivered stays: {line}");
        (line.contains(&read), ada.view(chat).await["peer_read_seq"] == conv_seq + 1)
    };
    for silent in [Some(&bob), Some(&ada)] {
        assert_eq!(read_by_bob(silent).await, (false, false), "switched off by either of the two");
    }
    assert_eq!(read_by_bob(None).await, (true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_that_is_switched_off_is_offline_for_everybody_and_goes_unnoticed() {
    let server = Server::start_with("presence_grace_ms = 300");
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let mut watcher = Socket::live(&server, &ada).await;
    watcher.say(&ClientFrame::Watch { users: vec![bob.id, eve.id] }).await;
    watcher.texts_until_pong().await;
    let told = async |watcher: &mut Socket, who: &Account| {
        let id = who.id;
        watcher
            .wait("presence", |frame| match frame {
                ServerFrame::Presence { users } => users.into_iter().find(|it| it.user == id),
                _ => None,
            })
            .await
    };
    let device = Socket::live(&server, &bob).await;
    assert!(told(&mut watcher, &bob).await.online, "switched on it is told");
    share(&bob, "presence", false).await;
    let hidden = told(&mut watcher, &bob).await;
    assert!(!hidden.online && hidden.last_seen_at.is_none(), "while the device is connected");
    let person = ada.rest.get(&format!("users/{}", bob.name)).await.ok();
    assert_eq!(
        (&person["presence"]["online"], person["presence"].get("last_seen_at")),
        (&json!(false), None)
    );

    // He goes and comes back; then somebody comes who is seen, and is told by the same mouth.
    watcher.texts_until_pong().await;
    device.cut();
    let _back = Socket::live(&server, &bob).await;
    let _eve = Socket::live(&server, &eve).await;
    let mut line = String::new();
    while !line.contains(&eve.id.to_string()) {
        line.push_str(&watcher.texts_until_pong().await.concat());
    }
    assert!(!line.contains(&bob.id.to_string()), "{line}");
    share(&bob, "presence", true).await;
    assert!(told(&mut watcher, &bob).await.online, "he has been there all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_on_one_device_holds_on_another_also_after_a_restart() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let folder = TempDir::new().expect("a folder");
    let phone = rest.sign_in(&ada.name).await;
    let path = store_path(folder.path(), "phone");
    let url = ServerUrl::parse(&server.url(), false).expect("loopback");
    let token = Secret::new(phone.token);
    let mut device = Device::open(&url, &net_options(), token, &path).expect("starts");
    for muted in [true, false, true] {
        ada.rest.put(&format!("conversations/{chat}/muted"), json!({ "muted": muted })).await.ok();
        while device.replica().chat(chat).map(Chat::muted) != Some(muted) {
            let step = tokio::time::timeout(PATIENCE, device.step()).await;
            step.expect("something comes").expect("the device goes on");
        }
    }
    drop(device);
    assert_eq!(bob.view(chat).await["muted"], false, "only for who muted it");
    // What is kept says it before anything is fetched.
    let replica = Replica::restore(chatter::store::open(&path).kept);
    assert!(replica.chat(chat).expect("kept").muted());
}
