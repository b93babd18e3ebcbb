//! The faults of the web chat that this one re-creates: each can never come back without a test
//! saying so.

use chatter_protocol::{ClientFrame, ClientMsgId, ServerFrame};
use chatter_tests::rest::{PASSWORD, Rest};
use chatter_tests::server::Server;
use chatter_tests::socket::Socket;
use reqwest::Method;
use reqwest::header::HOST;
use reqwest::multipart::{Form, Part};
use serde_json::json;

/// A picture in one colour, by its number.
fn picture(colour: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(64, 64, image::Rgb([colour; 3]));
    image::DynamicImage::from(pixels)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture");
    bytes.into_inner()
}

/// H1: two people whose e-mail addresses begin alike both get in, and each keeps their own face.
#[tokio::test(flavor = "multi_thread")]
async fn h01_an_equal_local_part_is_no_clash() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let mut tokens = Vec::new();
    for (email, username, colour) in [("bob@x.example", "bob", 10), ("bob@y.example", "bob2", 200)]
    {
        let avatar = Part::bytes(picture(colour)).file_name("bob.png");
        let form = Form::new()
            .text("email", email)
            .text("username", username)
            .text("password", PASSWORD)
            .part("avatar", avatar);
        let request = rest.request(Method::POST, "signup").multipart(form);
        let grant = rest.answer(request).await.ok();
        tokens.push(grant["token"].as_str().expect("a token").to_owned());
    }
    for (name, colour) in [("bob", 10), ("bob2", 200)] {
        let viewer = rest.with_token(&tokens[0]);
        let person = viewer.get(&format!("users/{name}")).await.ok();
        let avatar = person["user"]["avatar"].as_str().expect("a face");
        let request = viewer.request(Method::GET, &format!("media/{avatar}"));
        let bytes = request.send().await.expect("answered").bytes().await.expect("whole");
        let face = image::load_from_memory(&bytes).expect("a picture").to_rgb8();
        assert!(face.get_pixel(100, 100).0[0].abs_diff(colour) < 8, "{name}");
    }
}

/// H2: what a file is called never decides where it is kept.
#[tokio::test(flavor = "multi_thread")]
async fn h02_no_name_leads_out_of_the_media_directory() {
    let server = Server::start();
    let ada = Rest::new(&server.url()).somebody().await;
    let media = server.data().join("media");
    for name in
        ["../../escaped", "%2e%2e%2fescaped", "/tmp/chatter-h02", "..", "x".repeat(300).as_str()]
    {
        let part = Part::bytes(name.as_bytes().to_vec()).file_name(name.to_owned());
        let form = Form::new().part("file", part);
        ada.rest.answer(ada.rest.request(Method::POST, "media").multipart(form)).await.ok();
    }
    assert!(!std::path::Path::new("/tmp/chatter-h02").exists());
    let kept = crate::files::files_below(&media);
    assert_eq!(kept.len(), 5);
    for path in kept {
        let name = path.file_name().expect("a name").to_str().expect("text");
        assert!(name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
    }
}

/// H3: no answer and no event carries a hash, a token of anybody else, or an e-mail address of
/// anybody else.
#[tokio::test(flavor = "multi_thread")]
async fn h03_nothing_private_is_in_what_others_are_told() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.sign_up("ada").await, rest.sign_up("bob").await);
    let mut recording = String::new();
    let chat = ada.open(&bob).await;
    ada.say(chat, "hi").await;
    ada.rest.patch("me", json!({ "display_name": "Ada" })).await.ok();
    for path in [
        "users",
        "users/ada",
        "conversations",
        "me",
        "session",
        "sessions",
        &format!("conversations/{chat}"),
        &format!("conversations/{chat}/messages"),
    ] {
        recording += &bob.rest.get(path).await.ok().to_string();
    }
    let (mut socket, welcome) = Socket::hello(&server, &bob, None).await;
    recording += &serde_json::to_string(&welcome).expect("writes");
    for _ in 0..welcome.positions[0].seq {
        recording += &serde_json::to_string(&socket.event().await).expect("writes");
    }
    assert!(recording.contains("bob@example.org"), "one's own address is there, so the scan works");
    for private in ["ada@example.org", &ada.token, "argon2", "password", "token", "hash"] {
        assert!(!recording.contains(private), "{private:?} was told to somebody else");
    }
}

/// H4: a third signed-in person gets nothing of others' messages.
#[tokio::test(flavor = "multi_thread")]
async fn h04_messages_go_to_their_conversation_only() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let mut stranger = Socket::live(&server, &eve).await;
    ada.say(chat, "for bob").await;
    let own = eve.open(&eve).await;
    eve.say(own, "for me").await;
    assert_eq!(stranger.message().await.1, "for me");
    let (mut again, welcome) = Socket::hello(&server, &eve, None).await;
    for _ in 0..welcome.positions[0].seq {
        let event = serde_json::to_string(&again.event().await).expect("writes");
        assert!(!event.contains("for bob"));
    }
}

/// H5: signing out ends the caller's session and no other, whatever the body says.
#[tokio::test(flavor = "multi_thread")]
async fn h05_nobody_signs_out_somebody_else() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, eve) = (rest.somebody().await, rest.somebody().await);
    let session = ada.rest.get("session").await.ok()["session"]["id"].clone();
    let session = session.as_str().expect("an id");
    rest.delete("signout").await.refused(401, "auth_required");
    eve.rest.delete(&format!("sessions/{session}")).await.refused(404, "not_found");
    let body = json!({ "id": ada.id, "user": ada.id, "session": session });
    eve.rest.call(Method::DELETE, "signout", Some(body)).await;
    ada.rest.get("me").await.ok();
}

/// H6: an address that the client sends is in no answer.
#[tokio::test(flavor = "multi_thread")]
async fn h06_the_clients_host_is_never_believed() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    for path in ["me", "users", "conversations", "openapi.json"] {
        let request = ada
            .rest
            .request(Method::GET, path)
            .header(HOST, "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("forwarded", "host=evil.example");
        let answer = ada.rest.answer(request).await;
        assert!(!answer.body.to_string().contains("evil.example"), "{path}");
        assert!(!format!("{:?}", answer.headers).contains("evil.example"), "{path}");
    }
    // Nor in what is told of an upload: there is an id, and the client knows the server.
    let part = Part::bytes(picture(1)).file_name("http://evil.example/x.png");
    let request = ada.rest.request(Method::POST, "media").header(HOST, "evil.example");
    let answer = ada.rest.answer(request.multipart(Form::new().part("file", part))).await.ok();
    assert_eq!(answer["name"], "x.png");
    assert!(!answer.to_string().contains("evil.example"), "{answer}");
}

/// H7: history comes in bounded pages, by rows and by bytes.
#[tokio::test(flavor = "multi_thread")]
async fn h07_no_answer_is_unbounded() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    for _ in 0..30 {
        ada.say(chat, &"y".repeat(16_000)).await;
    }
    let page = bob.rest.get(&format!("conversations/{chat}/messages?limit=200")).await.ok();
    let rows = page["messages"].as_array().expect("a list").len();
    assert!((10..=17).contains(&rows), "256 KiB of bodies, not {rows} of 16 kB");
    assert_eq!(page["to_seq"], 30);
    for path in [
        &format!("conversations/{chat}/messages?limit=201"),
        "users?limit=201",
        "conversations?limit=201",
    ] {
        bob.rest.get(path).await.refused(422, "invalid_field");
    }
}

/// H8: receipts are for one's own conversations.
#[tokio::test(flavor = "multi_thread")]
async fn h08_nobody_reads_for_others() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "hi").await;
    let path = format!("conversations/{chat}/read");
    eve.rest.post(&path, json!({ "conv_seq": 1 })).await.refused(404, "not_found");
    let mut socket = Socket::live(&server, &eve).await;
    socket.say(&ClientFrame::Read { conversation: chat, conv_seq: 1 }).await;
    let error = |frame| match frame {
        ServerFrame::Error { error } => Some(error),
        _ => None,
    };
    socket.wait("error", error).await;
    assert_eq!(bob.view(chat).await["unread_count"], 1);
    assert_eq!(ada.view(chat).await["peer_read_seq"], 0);
}

/// H9: who sends is who holds the token.
#[tokio::test(flavor = "multi_thread")]
async fn h09_a_sender_in_the_body_is_refused_or_ignored() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob) = (rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    let path = format!("conversations/{chat}/messages");
    let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "x", "sender": bob.id });
    ada.rest.post(&path, body).await.refused(422, "invalid_field");
    let mut socket = Socket::live(&server, &ada).await;
    let send = json!({
        "type": "send", "conversation": chat, "client_msg_id": ClientMsgId::new(), "body": "x",
        "sender": bob.id,
    });
    socket.say_text(&send.to_string()).await;
    socket.message().await;
    let page = ada.rest.get(&path).await.ok();
    assert_eq!(page["messages"][0]["sender"], json!(ada.id));
}

/// H10: a socket that does not say who it is gets nothing and is closed.
#[tokio::test(flavor = "multi_thread")]
async fn h10_an_anonymous_socket_learns_nothing() {
    let server = Server::start_with("hello_timeout_ms = 300");
    let ada = Rest::new(&server.url()).somebody().await;
    let mut silent = Socket::silent(&server).await;
    assert_eq!(silent.closed().await, 4001);
    let wrong = json!({ "type": "hello", "token": "cht_guess" }).to_string();
    for first in [r#"{"type":"ping","id":1}"#, r#"{"type":"newer"}"#, &wrong] {
        let mut socket = Socket::silent(&server).await;
        socket.say_text(first).await;
        loop {
            match socket.read().await {
                Ok(ServerFrame::Error { error }) => {
                    let code = serde_json::to_value(error.code).expect("writes");
                    assert!(
                        ["auth_required", "session_ended"].contains(&code.as_str().expect("text")),
                        "{code}"
                    );
                }
                Ok(frame) => panic!("told to nobody: {frame:?}"),
                Err(close) => {
                    let code = close.map_or(1006, |close| close.code.into());
                    assert!([4001, 4002].contains(&code), "closed with {code} after {first}");
                    break;
                }
            }
        }
    }
    // The control: with a token the same server talks.
    Socket::live(&server, &ada).await;
}

/// H11: an ended session closes its live sockets; see also `sessions`.
#[tokio::test(flavor = "multi_thread")]
async fn h11_signing_out_closes_the_socket() {
    let server = Server::start();
    let ada = Rest::new(&server.url()).somebody().await;
    let mut socket = Socket::live(&server, &ada).await;
    ada.rest.delete("signout").await.ok();
    assert_eq!(socket.closed().await, 4002);
}

/// H12: only the author edits and deletes.
#[tokio::test(flavor = "multi_thread")]
async fn h12_others_messages_are_not_mine_to_change() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let (ada, bob, eve) = (rest.somebody().await, rest.somebody().await, rest.somebody().await);
    let chat = ada.open(&bob).await;
    ada.say(chat, "mine").await;
    let path = format!("conversations/{chat}/messages/1");
    for (person, status, code) in [(&bob, 403, "forbidden"), (&eve, 404, "not_found")] {
        person.rest.patch(&path, json!({ "body": "theirs" })).await.refused(status, code);
        person.rest.delete(&path).await.refused(status, code);
    }
    let page = bob.rest.get(&format!("conversations/{chat}/messages")).await.ok();
    assert_eq!(page["messages"][0]["body"], "mine");
}

/// H13: signing up tells of a taken name only that it is taken; signing in tells nothing at all.
#[tokio::test(flavor = "multi_thread")]
async fn h13_accounts_can_not_be_told_apart_by_signing_in() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    rest.sign_up("ada").await;
    let sign_up = |email: &str, username: &str| json!({ "email": email, "username": username, "password": PASSWORD });
    rest.post("signup", sign_up("ada@example.org", "other")).await.refused(409, "email_taken");
    rest.post("signup", sign_up("Ada@Example.org", "other")).await.refused(409, "email_taken");
    rest.post("signup", sign_up("new@example.org", "ada")).await.refused(409, "username_taken");
    let mut answers = Vec::new();
    for login in ["ada", "ada@example.org", "nobody", "nobody@example.org"] {
        let body = json!({ "login": login, "password": "not the password" });
        let answer = rest.post("signin", body).await;
        answer.refused(401, "invalid_credentials");
        let mut body = answer.body;
        body["error"].as_object_mut().expect("an error").remove("request_id");
        answers.push(body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

/// H14: errors say a code and a request id, nothing of the inside.
#[tokio::test(flavor = "multi_thread")]
async fn h14_errors_show_no_internals() {
    let server = Server::start();
    let rest = Rest::new(&server.url());
    let ada = rest.somebody().await;
    for path in ["users/'%22;--", "conversations/0", "nowhere", "conversations/%00"] {
        let answer = ada.rest.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(answer.body["error"]["request_id"].is_string(), "{path}");
        let text = answer.body.to_string().to_lowercase();
        for internal in ["sql", "/src/", ".rs", "panic", "backtrace", "select "] {
            assert!(!text.contains(internal), "{path}: {text}");
        }
    }
}
