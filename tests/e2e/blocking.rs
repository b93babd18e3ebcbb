//! What somebody blocks does not reach them, on any path; each path with the same probe before the
//! block, when it does, and everything is there again after it.

use std::collections::BTreeSet;

use chatter_protocol::{ClientFrame, ConversationId, Position, ServerFrame, UserId};
use chatter_tests::PATIENCE;
use chatter_tests::clients::{ChatView, RunningDevice, Temper};
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::shell::{Said, Shell};
use chatter_tests::socket::Socket;
use chatter_tests::terminal::Answers;
use futures_util::future::join_all;
use serde_json::json;
use tempfile::TempDir;

use crate::person::{DOWN, ENTER, ESCAPE};
use crate::stage::Stage;

const F3: &str = "\x1bOR";

/// Three people, a chat of the first two, and a room of all.
struct World {
    server: Server,
    ada: Account,
    mallory: Account,
    eve: Account,
    direct: ConversationId,
    room: ConversationId,
}

async fn world() -> World {
    let server = Server::start_with("presence_grace_ms = 100");
    let rest = Rest::new(&server.url());
    let (ada, mallory, eve) =
        (rest.sign_up("ada").await, rest.sign_up("mallory").await, rest.sign_up("eve").await);
    let direct = ada.open(&mallory).await;
    let room = open_room(&ada, &[&mallory, &eve]).await;
    World { server, ada, mallory, eve, direct, room }
}

async fn open_room(owner: &Account, members: &[&Account]) -> ConversationId {
    let members: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
    let body = json!({ "kind": "room", "name": "engine room", "members": members });
    let view = owner.rest.post("conversations", body).await.ok();
    view["conversation"]["id"].as_str().expect("an id").parse().expect("an id")
}

async fn set_blocked(who: &Account, user: &Account, blocked: bool) {
    let path = format!("me/blocks/{}", user.name);
    match blocked {
        true => who.rest.put(&path, json!({})).await.ok(),
        false => who.rest.delete(&path).await.ok(),
    };
}

impl World {
    async fn block(&self, blocked: bool) {
        set_blocked(&self.ada, &self.mallory, blocked).await;
    }

    async fn head(&self) -> Position {
        let page = self.ada.rest.get("events").await.ok();
        serde_json::from_value(page["position"].clone()).expect("a position")
    }

    /// What of the stream comes up to a message that Eve writes now.
    async fn line_up_to_eve(&self, line: &mut Socket) -> String {
        let conv_seq = self.eve.say(self.room, "so far").await.conv_seq;
        let is_it = format!("\"conv_seq\":{conv_seq},");
        let mut texts = String::new();
        while !(texts.contains(&is_it) && texts.contains("so far")) {
            texts.push_str(&line.texts_until_pong().await.concat());
        }
        texts
    }

    /// The paths on which Ada reads `secret`, which Mallory says in the room now.
    async fn paths_of(&self, secret: &str, line: &mut Socket, shell: &Shell) -> BTreeSet<String> {
        let before = self.head().await;
        let room = self.room;
        let said = self.mallory.say(room, secret).await.conv_seq;
        let mut texts = vec![("list", self.ada.rest.get("conversations").await.ok().to_string())];
        texts.push(("view", self.ada.view(room).await.to_string()));
        texts.push(("live", self.line_up_to_eve(line).await));
        let (mut resumed, _) = Socket::hello(&self.server, &self.ada, Some(before.clone())).await;
        texts.push(("resume", resumed.texts_until_pong().await.concat()));
        let get = async |path: String| self.ada.rest.get(&path).await.ok().to_string();
        let history = |query: String| get(format!("conversations/{room}/messages?{query}"));
        texts.push(("newest", history("limit=9".to_owned()).await));
        texts.push(("before", history(format!("before={}", said + 1)).await));
        texts.push(("after", history(format!("after={}", said - 1)).await));
        let events = format!("events?epoch={}&after={}", before.epoch, before.seq);
        texts.push(("events", get(events).await));
        for (name, output) in self.commands(shell, &before) {
            texts.push((name, output));
        }
        let has_secret = |(_, text): &(&str, String)| text.contains(secret);
        let seen = texts.iter().filter(|it| has_secret(it)).map(|(name, _)| (*name).to_owned());
        seen.collect()
    }

    /// What Ada's commands print; `follow` ends with Eve's message, which is there already.
    fn commands(&self, shell: &Shell, from: &Position) -> Vec<(&'static str, String)> {
        let room = self.room.to_string();
        let since = format!("{}:{}", from.epoch, from.seq);
        let table: [(&str, &[&str]); 8] = [
            ("chats", &["chats"]),
            ("chats --json", &["chats", "--json"]),
            ("read", &["read", "--conversation", &room]),
            ("read --json", &["read", "--conversation", &room, "--json"]),
            ("export", &["export", "--conversation", &room]),
            ("export md", &["export", "--conversation", &room, "--format", "md"]),
            ("export json", &["export", "--conversation", &room, "--format", "json"]),
            (
                "follow",
                &["follow", "--since", &since, "--count", "1", "--exec-replayed", "--exec", "cat"],
            ),
        ];
        let run = |(name, arguments): (&'static str, &[&str])| {
            let mut command = shell.command(arguments);
            command.env("CHATTER_TOKEN", &self.ada.token);
            let said = Said::from(command.output().expect("it starts")).exits(0);
            (name, said.out)
        };
        table.into_iter().map(run).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_blocked_person_arrives_live_later_in_pages_or_in_commands() {
    let world = world().await;
    let shell = Shell::new(&world.server.url());
    let mut line = Socket::live(&world.server, &world.ada).await;
    let open = world.paths_of("secret one", &mut line, &shell).await;
    // Where Eve's message is the newest by then, a list shows only that.
    let everywhere = [
        "list",
        "view",
        "live",
        "resume",
        "newest",
        "before",
        "after",
        "events",
        "read",
        "read --json",
        "export",
        "export md",
        "export json",
        "follow",
    ];
    assert_eq!(open, everywhere.map(str::to_owned).into(), "the control");

    world.block(true).await;
    let unread = world.ada.view(world.room).await["unread_count"].as_u64().expect("a count");
    let closed = world.paths_of("secret two", &mut line, &shell).await;
    assert_eq!(closed, BTreeSet::new());
    let view = world.ada.view(world.room).await;
    assert_eq!(view["unread_count"], unread + 1, "Eve's alone");
    assert_eq!(view["head_seq"], 4, "the numbers stay dense");
    // Nor what was said before.
    let (mut resumed, _) =
        Socket::hello(&world.server, &world.ada, Some(Position::user("", 0))).await;
    let told = resumed.texts_until_pong().await.concat();
    assert!(!told.contains("secret") && told.contains(r#""withheld":true"#), "{told}");
    let from = Position { seq: 0, ..world.head().await };
    for (name, output) in world.commands(&shell, &from) {
        assert!(!output.contains("secret"), "{name}: {output}");
        let is_told = name.contains("read --json") || name == "export json";
        assert!(!is_told || output.contains(r#""withheld":true"#), "{name}: {output}");
        assert!(name != "export" || !output.contains("mallory"), "{name}: {output}");
    }
    // The others go on as before.
    assert!(world.eve.view(world.room).await.to_string().contains("so far"));
    let path = format!("conversations/{}/messages", world.room);
    assert!(world.eve.rest.get(&path).await.ok().to_string().contains("secret two"));

    world.block(false).await;
    let history = world.ada.rest.get(&path).await.ok();
    assert_eq!(history, world.eve.rest.get(&path).await.ok());
    let again = world.paths_of("secret three", &mut line, &shell).await;
    assert_eq!(again, open);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_goes_either_way_and_each_is_told_why() {
    let World { server: _server, ada, mallory, eve, direct, room, .. } = world().await;
    let path = format!("conversations/{direct}/messages");
    let post = async |who: &Account, path: &str| {
        let body = json!({ "client_msg_id": chatter_protocol::ClientMsgId::new(), "body": "hi" });
        who.rest.post(path, body).await
    };
    post(&mallory, &path).await.ok();
    set_blocked(&ada, &mallory, true).await;
    set_blocked(&ada, &eve, true).await;
    post(&mallory, &path).await.refused(403, "blocked");
    post(&ada, &path).await.refused(403, "blocked");
    post(&mallory, "users/ada/messages").await.refused(403, "blocked");
    post(&eve, "users/ada/messages").await.refused(403, "blocked");
    post(&ada, "users/eve/messages").await.refused(403, "blocked");
    let body = json!({ "kind": "direct", "user": "ada" });
    eve.rest.post("conversations", body).await.refused(403, "blocked");
    assert_eq!(mallory.rest.get(&path).await.ok()["messages"][0]["body"], "hi", "still readable");
    assert_eq!(ada.rest.get(&path).await.ok()["messages"][0]["body"], "");
    post(&mallory, &format!("conversations/{room}/messages")).await.ok();
    set_blocked(&ada, &mallory, false).await;
    post(&mallory, &path).await.ok();
    assert_eq!(ada.rest.get(&path).await.ok()["messages"][0]["body"], "hi");
}

/// The receipts of `user` among what came.
fn receipts(texts: &str, user: UserId) -> usize {
    let is_theirs = |text: &&str| text.contains(&format!("\"user\":\"{user}\""));
    texts.split("receipt_moved").skip(1).filter(is_theirs).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_learns_what_the_other_reads_types_or_whether_they_are_there() {
    let world = world().await;
    let World { server, ada, mallory, direct, .. } = &world;
    for _ in 0..3 {
        mallory.say(*direct, "read this").await;
    }
    for (round, blocked) in [(1, false), (2, true), (3, false)] {
        world.block(blocked).await;
        let mut lines = [Socket::live(server, ada).await, Socket::live(server, mallory).await];
        let [ada_line, mallory_line] = &mut lines;
        ada_line.say(&ClientFrame::Watch { users: vec![mallory.id] }).await;
        mallory_line.say(&ClientFrame::Watch { users: vec![ada.id] }).await;
        for (line, other) in [(&mut *ada_line, mallory.id), (&mut *mallory_line, ada.id)] {
            let told = line
                .wait("presence", |frame| match frame {
                    ServerFrame::Presence { users } => {
                        users.into_iter().find(|it| it.user == other)
                    }
                    _ => None,
                })
                .await;
            assert_eq!(told.online, !blocked);
            assert!(!blocked || told.last_seen_at.is_none(), "nor since when");
        }
        ada_line.say(&ClientFrame::Read { conversation: *direct, conv_seq: round }).await;
        let (mut typed, mut moved) = (0, 0);
        let mut count = |texts: &str| {
            typed += texts.matches(r#""type":"typing""#).count();
            moved += receipts(texts, ada.id);
        };
        for line in [&mut *ada_line, &mut *mallory_line] {
            line.say(&ClientFrame::Typing { conversation: *direct }).await;
            count(&line.texts_until_pong().await.concat());
        }
        assert_eq!(ada.view(*direct).await["read_seq"], round, "one knows it oneself");
        let shown = if blocked { round - 1 } else { round };
        assert_eq!(mallory.view(*direct).await["peer_read_seq"], shown);
        // What came is there before what Eve writes after it.
        for line in [&mut *ada_line, &mut *mallory_line] {
            count(&world.line_up_to_eve(line).await);
        }
        // Ada's other devices learn in any case how far she is.
        assert_eq!((typed, moved), if blocked { (0, 1) } else { (2, 2) });
    }
}

/// Every conversation of a device, when `is_right` holds of them.
async fn settled(device: &RunningDevice, is_right: impl Fn(&Views) -> bool) -> Views {
    let looking = async {
        loop {
            if let Ok(views) = device.view().await
                && is_right(&views)
            {
                return views;
            }
            tokio::task::yield_now().await;
        }
    };
    match tokio::time::timeout(PATIENCE, looking).await {
        Ok(views) => views,
        Err(_) => panic!("{}: {:#?}", device.name, device.view().await),
    }
}

type Views = std::collections::BTreeMap<ConversationId, ChatView>;

fn bodies(views: &Views, chat: ConversationId) -> Vec<&str> {
    let messages = views.get(&chat).map_or(&[][..], |view| &view.messages);
    messages.iter().map(|shown| shown.message.body.as_str()).collect()
}

fn says(views: &Views, text: &str) -> bool {
    views.keys().any(|chat| bodies(views, *chat).iter().any(|body| body.contains(text)))
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_stayed_left_or_fell_far_behind_end_equal_during_and_after_a_block() {
    let world = world().await;
    let World { server, ada, mallory, eve, direct, room } = &world;
    let notes = ada.open(ada).await;
    let folder = TempDir::new().expect("a folder");
    let start =
        |name| RunningDevice::start(ada, &server.url(), folder.path(), name, Temper::Impatient);
    mallory.say(*direct, "secret zero").await;
    mallory.say(*room, "secret one").await;
    mallory.say(*room, "secret two").await;
    eve.say(*room, "public one").await;
    let (desk, phone, tablet) = (start("desk"), start("phone"), start("tablet"));
    for device in [&desk, &phone, &tablet] {
        settled(device, |it| says(it, "public one") && says(it, "secret zero")).await;
    }
    phone.stop().await;
    tablet.stop().await;

    world.block(true).await;
    mallory.say(*room, "secret three").await;
    let edit = json!({ "body": "secret one, edited" });
    mallory.rest.patch(&format!("conversations/{room}/messages/1"), edit).await.ok();
    mallory.rest.delete(&format!("conversations/{room}/messages/2")).await.ok();
    let many = (0..2_010).map(|number| number.to_string()).collect::<Vec<_>>();
    for some in many.chunks(67) {
        join_all(some.iter().map(|number| ada.say(notes, number))).await;
    }
    eve.say(*room, "public two").await;
    let (phone, tablet) = (start("phone"), start("tablet"));
    let is_hidden = |views: &Views| says(views, "public two") && !says(views, "secret");
    let hidden = settled(&desk, is_hidden).await;
    assert_eq!(bodies(&hidden, *room), ["", "", "public one", "", "public two"]);
    for device in [&phone, &tablet] {
        // How far it is in the notes does not matter here.
        let there = settled(device, is_hidden).await;
        for chat in [direct, room] {
            assert_eq!(there.get(chat), hidden.get(chat), "{}", device.name);
        }
        assert!(device.counts().await.chats[room].2 == 2, "two of Eve's are unread");
    }

    // One is there when it ends, one is away, one is away for a second block and its end, too.
    phone.stop().await;
    tablet.stop().await;
    world.block(false).await;
    mallory.say(*room, "secret four").await;
    let is_whole = |views: &Views| says(views, "secret four") && says(views, "secret one, edited");
    let whole = settled(&desk, is_whole).await;
    let expected =
        ["secret one, edited", "", "public one", "secret three", "public two", "secret four"];
    assert_eq!(bodies(&whole, *room), expected);
    assert_eq!(bodies(&whole, *direct), ["secret zero"]);
    let phone = start("phone");
    let back = settled(&phone, is_whole).await;
    world.block(true).await;
    settled(&desk, |views| !says(views, "secret")).await;
    let edit = json!({ "body": "secret zero, edited" });
    mallory.rest.patch(&format!("conversations/{direct}/messages/1"), edit).await.ok();
    mallory.say(*room, "secret five").await;
    world.block(false).await;
    let tablet = start("tablet");
    let is_last = |it: &Views| says(it, "secret zero, edited") && says(it, "secret five");
    let last = settled(&desk, is_last).await;
    for device in [&phone, &tablet] {
        let there = settled(device, is_last).await;
        for chat in [direct, room] {
            assert_eq!(there.get(chat), last.get(chat), "{}", device.name);
        }
    }
    assert_eq!(back.get(room), whole.get(room));
    let truth = ada.view(*room).await;
    assert_eq!(truth["unread_count"], last[room].unread);
}

fn stage_with_a_room() -> (Stage, Account, ConversationId) {
    let stage = Stage::set();
    let (carol, room) = stage.wait(async {
        let carol = Rest::new(&stage.server.url()).sign_up("carol").await;
        let room = open_room(&stage.ada, &[&stage.bob, &carol]).await;
        (carol, room)
    });
    (stage, carol, room)
}

#[test]
fn on_the_screen_they_are_gone_with_a_word_and_back_with_another() {
    const GHOSTTY: &[(&str, &str)] = &[("TERM_PROGRAM", "ghostty"), ("TERM", "xterm-ghostty")];
    let (stage, carol, room) = stage_with_a_room();
    let say = |who: &Account, text: &str| stage.wait(who.say(room, text)).conv_seq;
    stage.bob_says("secret zero");
    let terminal = stage.client_with((100, 30), GHOSTTY, &[], Answers::plain());
    let told = |body: &str| {
        let written = String::from_utf8_lossy(&terminal.written()).into_owned();
        written
            .split("]777;")
            .skip(1)
            .any(|rest| rest.split('\x07').next().is_some_and(|it| it.contains(body)))
    };
    terminal.wait_for("secret zero");
    say(&stage.bob, "secret one");
    terminal.wait_written("the control: it notifies", |written| {
        written.contains("]777;notify;engine room;secret one")
    });
    terminal.keys("\x0b");
    terminal.wait_for("Find");
    terminal.keys("@bob");
    terminal.wait_for("@bob");
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys("/block");
    terminal.keys(ENTER);
    terminal.wait_for("can't write to you any more");
    terminal.keys("y");
    terminal.wait_for("You blocked bob. /unblock to undo.");
    let screen = terminal.wait_until("nothing of bob's", |screen| !screen.contains("secret"));
    assert!(screen.contains("(message from somebody you blocked)"), "{screen}");

    say(&stage.bob, "secret two");
    say(&carol, "public");
    terminal.wait_written("Carol's", |written| written.contains("]777;notify;engine room;public"));
    terminal.wait_for("public");
    assert!(!terminal.screen().contains("secret") && !told("secret two"));
    // In the settings, the other way back.
    terminal.keys(F3);
    terminal.wait_for("Blocked people        1");
    terminal.keys(&DOWN.repeat(6));
    terminal.keys(ENTER);
    terminal.wait_for("bob  @bob");
    terminal.keys(ENTER);
    terminal.wait_for("can write to you again");
    terminal.keys("y");
    terminal.wait_for("Nobody is blocked.");
    terminal.keys(ESCAPE);
    terminal.wait_for("Blocked people        nobody");
    terminal.keys(ESCAPE);
    terminal.wait_for("secret zero");
    let path = format!("conversations/{}/messages", stage.chat);
    assert_eq!(stage.wait(stage.ada.rest.get(&path)).ok()["messages"][0]["body"], "secret zero");
    assert!(!told("secret two"), "what was kept back is no news later");
}
