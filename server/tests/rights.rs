//! Who may do what: every route and frame with every kind of session.

mod support;

use chatter_protocol::frame::Send;
use chatter_protocol::{
    ClientFrame, ClientMsgId, CloseCode, ConversationId, ErrorCode, Event, Position, Rights,
    ServerFrame,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{Account, Socket, TestServer};

/// The rights that a route takes; none for a route that takes no session.
type Needs = Option<Rights>;

const PUBLIC: Needs = None;
const ANY: Needs = Some(Rights::NONE);
const READ: Needs = Some(Rights { read: true, ..Rights::NONE });
const SEND: Needs = Some(Rights { send: true, ..Rights::NONE });
const BOTH: Needs = Some(Rights { send: true, read: true, account: false });
const ACCOUNT: Needs = Some(Rights { account: true, ..Rights::NONE });

/// Every route that there is.
const TABLE: [(&str, &str, Needs); 32] = [
    ("get", "health", PUBLIC),
    ("get", "ws", PUBLIC),
    ("post", "signup", PUBLIC),
    ("post", "signin", PUBLIC),
    ("delete", "signout", ANY),
    ("get", "session", ANY),
    ("get", "me", ANY),
    ("patch", "me", ACCOUNT),
    ("put", "me/avatar", ACCOUNT),
    ("delete", "me/avatar", ACCOUNT),
    ("post", "media", SEND),
    ("get", "media/{id}", READ),
    ("get", "media/{id}/thumbnail", READ),
    ("patch", "password", ACCOUNT),
    ("post", "tokens", ACCOUNT),
    ("get", "sessions", ACCOUNT),
    ("delete", "sessions", ACCOUNT),
    ("delete", "sessions/{id}", ACCOUNT),
    ("get", "users", READ),
    ("get", "users/{user}", READ),
    ("get", "users/{user}/conversation", READ),
    ("post", "users/{user}/messages", SEND),
    ("get", "conversations", READ),
    ("post", "conversations", BOTH),
    ("get", "conversations/{id}", READ),
    ("post", "conversations/{id}/read", READ),
    ("put", "conversations/{id}/muted", ACCOUNT),
    ("get", "conversations/{id}/messages", READ),
    ("post", "conversations/{id}/messages", SEND),
    ("patch", "conversations/{id}/messages/{conv_seq}", BOTH),
    ("delete", "conversations/{id}/messages/{conv_seq}", BOTH),
    ("get", "events", READ),
];

#[tokio::test]
async fn every_route_takes_the_rights_that_it_says_and_no_less() {
    let server = TestServer::start().await;
    let gone = server.sign_up("gone").await;
    server.ask(Method::DELETE, "signout", Some(&gone.token), None).await;
    let (_, document) = server.ask(Method::GET, "openapi.json", None, None).await;
    let mut known = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let path = path.strip_prefix("/api/v1/").expect("the prefix");
        for (method, operation) in methods.as_object().expect("methods") {
            let row = TABLE.iter().find(|row| (row.0, row.1) == (method, path));
            let (.., needs) = row.unwrap_or_else(|| panic!("{method} {path} is not in the table"));
            assert_eq!(described(operation), needs.map(names), "{method} {path}");
            let name = format!("user{known}");
            known += 1;
            try_all(&server, &name, &gone, (method, path), *needs).await;
        }
    }
    assert_eq!(known, TABLE.len(), "a route of the table is gone");
}

/// The rights that the document says a route takes; none for one that goes without a session.
fn described(operation: &Value) -> Option<Value> {
    let security = operation["security"].as_array()?;
    if security.contains(&json!({})) {
        return None;
    }
    Some(security[0]["token"].clone())
}

fn names(rights: Rights) -> Value {
    let all = [(rights.send, "send"), (rights.read, "read"), (rights.account, "account")];
    all.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

async fn try_all(
    server: &TestServer,
    name: &str,
    gone: &Account,
    (method, path): (&str, &str),
    needs: Needs,
) {
    let owner = server.sign_up(name).await;
    let nobody = ConversationId::new().to_string();
    let address = path.replace("{id}", &nobody).replace("{user}", "nobody");
    let address = address.replace("{conv_seq}", "1");
    let method: Method = method.to_uppercase().parse().expect("a method");
    let code = async |token: Option<&str>| {
        let body = matches!(method, Method::POST | Method::PATCH | Method::PUT).then(|| json!({}));
        let (_, answer) = server.ask(method.clone(), &address, token, body).await;
        answer["error"]["code"].as_str().unwrap_or_default().to_owned()
    };
    let doors = ["auth_required", "session_ended", "forbidden"];
    let Some(needs) = needs else {
        let answer = code(None).await;
        return assert!(!doors.contains(&answer.as_str()), "{method} {path}: {answer}");
    };
    assert_eq!(code(None).await, "auth_required", "{method} {path}");
    assert_eq!(code(Some(&gone.token)).await, "session_ended", "{method} {path}");
    // The owner comes last: some routes end all other sessions.
    for (send, read) in [(true, false), (false, true), (true, true)] {
        let token = server.token(&owner, send, read).await.token;
        let answer = code(Some(&token)).await;
        let may = Rights { send, read, account: false }.missing(needs) == Rights::NONE;
        let asked = format!("{method} {path} with send={send} read={read}: {answer}");
        assert_eq!(answer == "forbidden", !may, "{asked}");
        assert!(!may || !doors.contains(&answer.as_str()), "{asked}");
    }
    let answer = code(Some(&owner.token)).await;
    assert!(!doors.contains(&answer.as_str()), "{method} {path} with all: {answer}");
}

#[tokio::test]
async fn a_token_ends_itself_and_no_other_session() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let token = server.token(&ada, true, true).await.token;
    let ask = async |method, path| server.ask(method, path, Some(&token), None).await;
    let (status, answer) = ask(Method::DELETE, "signout?all=true").await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
    let (status, _) = ask(Method::DELETE, "signout").await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = ask(Method::GET, "me").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = server.ask(Method::GET, "me", Some(&ada.token), None).await;
    assert_eq!(status, StatusCode::OK);
}

async fn refused(socket: &mut Socket) -> (Option<ClientMsgId>, ErrorCode) {
    loop {
        match socket.next().await {
            ServerFrame::Refused { client_msg_id, error } => {
                return (Some(client_msg_id), error.code);
            }
            ServerFrame::Error { error } => return (None, error.code),
            ServerFrame::Event { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn frames_take_rights_too() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let conversation = server.open_direct(&ada, "ada").await;
    let reader = server.token(&ada, false, true).await;
    let (mut socket, head) = server.connect(&reader, vec![]).await;
    let client_msg_id = ClientMsgId::new();
    let send = Send {
        attachments: Vec::new(),
        conversation,
        client_msg_id,
        body: "x".to_owned(),
        reply_to: None,
    };
    socket.say(&ClientFrame::Send(send)).await;
    assert_eq!(refused(&mut socket).await, (Some(client_msg_id), ErrorCode::Forbidden));
    socket.say(&ClientFrame::Typing { conversation }).await;
    assert_eq!(refused(&mut socket).await, (None, ErrorCode::Forbidden));
    socket.say(&ClientFrame::Read { conversation, conv_seq: 0 }).await;
    socket.say(&ClientFrame::Confirm { position: head }).await;
    socket.say(&ClientFrame::Watch { users: vec![] }).await;
    socket.say(&ClientFrame::Ping { id: 3 }).await;
    assert_eq!(socket.next().await, ServerFrame::Presence { users: vec![] });
    assert_eq!(socket.next().await, ServerFrame::Pong { id: 3 });

    let sender = server.token(&ada, true, false).await;
    let mut socket = server.socket().await;
    socket.hello(&sender.token, vec![]).await;
    let ServerFrame::Error { error } = socket.next().await else { panic!("not told") };
    assert_eq!(error.code, ErrorCode::Forbidden);
    assert_eq!(socket.closed().await, CloseCode::Forbidden.code());
}

/// The e-mail address in the next `me_changed`.
async fn told_address(socket: &mut Socket) -> String {
    loop {
        if let (_, Event::MeChanged { me }) = socket.event().await {
            return me.email;
        }
    }
}

#[tokio::test]
async fn a_token_is_not_told_the_e_mail_address() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let token = server.token(&ada, true, true).await;
    for (who, address) in [(&ada, "ada@example.org"), (&token, "")] {
        let get = async |path| server.ask(Method::GET, path, Some(&who.token), None).await.1;
        assert_eq!(get("me").await["email"], address);
        assert_eq!(get("session").await["me"]["email"], address);
        let mut socket = server.socket().await;
        socket.hello(&who.token, vec![]).await;
        let ServerFrame::Welcome(welcome) = socket.next().await else { panic!("no welcome") };
        assert_eq!(welcome.me.email, address);

        // As it happens, when it is told again after a reconnect, and in pages.
        let body = json!({ "privacy": { "typing": address.is_empty() } });
        server.ask(Method::PATCH, "me", Some(&ada.token), Some(body)).await;
        assert_eq!(told_address(&mut socket).await, address);
        let (mut socket, _) = server.connect(who, vec![Position::user("", 0)]).await;
        assert_eq!(told_address(&mut socket).await, address);
        let page = get("events?after=0").await;
        assert_eq!(page["events"][0]["event"]["kind"], "me_changed", "{page}");
        assert_eq!(page["events"][0]["event"]["me"]["email"], address);
    }
}
