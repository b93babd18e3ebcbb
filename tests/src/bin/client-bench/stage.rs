//! A server with Ada, whose client is measured, and Bob, who writes to her; histories that are
//! there before anything starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chatter::device::Device;
use chatter::net::ServerUrl;
use chatter::store::store_path;
use chatter_protocol::{ClientMsgId, ConversationId, Secret, Timestamp};
use chatter_server::store::sqlite::SqliteStore;
use chatter_server::store::{NewMessage, Place, Store};
use chatter_tests::clients::net_options;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::shell::Shell;
use portable_pty::CommandBuilder;
use tokio::runtime::Runtime;

use crate::pty::Pty;

/// Messages that wait for the store together while a history is made.
const POSTED_AT_ONCE: usize = 1_000;

/// Silence after which a client has nothing more to draw.
pub(crate) const SILENCE: Duration = Duration::from_millis(250);

const WORDS: [&str; 12] = [
    "tea", "about", "seven", "engine", "paper", "window", "shall", "the", "harbour", "of",
    "tomorrow", "green",
];

/// See the [module](self).
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) bob: Account,
    pub(crate) chat: ConversationId,
    pub(crate) ada: Shell,
    pub(crate) runtime: Runtime,
    url: String,
}

/// A message of 49 characters.
pub(crate) fn body(number: usize) -> String {
    let word = |at: usize| WORDS[(number.wrapping_mul(7) + at * (number % 5 + 1)) % WORDS.len()];
    let words: Vec<_> = (0..14).map(word).collect();
    format!("{number:06} {}", words.join(" ")).chars().take(49).collect()
}

impl Stage {
    /// Ada and Bob have a chat in which nothing was said.
    pub(crate) fn set() -> anyhow::Result<Self> {
        Self::set_behind(|server| server.url())
    }

    /// The same; Ada's client reaches the server at the address that `before` makes.
    pub(crate) fn set_behind(before: impl FnOnce(&Server) -> String) -> anyhow::Result<Self> {
        let server = Server::start();
        let url = before(&server);
        let runtime = Runtime::new()?;
        let ada = Shell::signed_up(&url, "ada");
        let (bob, chat) = runtime.block_on(async {
            let bob = Rest::new(&server.url()).sign_up("bob").await;
            let answer = bob.rest.get("users/ada").await.ok();
            let id = answer["user"]["id"].as_str().unwrap_or_default().parse()?;
            let peer = Account { id, name: "ada".to_owned(), ..bob.clone() };
            let chat = bob.open(&peer).await;
            anyhow::Ok((bob, chat))
        })?;
        Ok(Self { server, bob, chat, ada, runtime, url })
    }

    /// Has Bob said `count` messages, the last of which begins with `last`, so that it shows in the
    /// list of chats.
    pub(crate) fn say_before(&mut self, count: usize, last: &str) -> anyhow::Result<()> {
        self.server.stop();
        let store = SqliteStore::open(&self.server.data(), Arc::new(|_| {}))?;
        let bodies = (1..=count).map(|number| match number == count {
            true => format!("{last} {}", body(number)),
            false => body(number),
        });
        let news: Vec<_> = bodies.map(|body| self.message(body)).collect();
        for together in news.chunks(POSTED_AT_ONCE) {
            let posts: Vec<_> = together.iter().map(|new| store.post(new.clone())).collect();
            self.runtime.block_on(async {
                for post in posts {
                    post.await.map_err(|error| anyhow::anyhow!("{error}"))?;
                }
                anyhow::Ok(())
            })?;
        }
        drop(store);
        self.server.restart();
        Ok(())
    }

    fn message(&self, body: String) -> NewMessage {
        NewMessage {
            sender: self.bob.id,
            place: Place::Conversation(self.chat),
            client_msg_id: ClientMsgId::new(),
            body,
            reply_to: None,
            attachments: Vec::new(),
            unattended: false,
            created_at: Timestamp::now(),
        }
    }

    /// Has Ada's device fetch and keep all of the chat, and read it if `is_read`.
    pub(crate) fn fill_cache(&self, is_read: bool) -> anyhow::Result<()> {
        let server = ServerUrl::parse(&self.url, false)?;
        let path = store_path(&self.data_dir(), &server.origin(), "ada");
        let token = Secret::new(self.ada_token()?);
        self.runtime.block_on(async {
            let mut device = Device::open(&server, &net_options(), token, &path)?;
            while device.replica().chat(self.chat).is_none() {
                device.step().await?;
            }
            device.fetch_all(self.chat).await?;
            let head = device.replica().chat(self.chat).map_or(0, |chat| chat.head_seq());
            if is_read {
                device.read(self.chat, head).await?;
            }
            anyhow::Ok(())
        })
    }

    /// Forgets what Ada's device keeps of the chat.
    pub(crate) fn empty_cache(&self) -> anyhow::Result<()> {
        match std::fs::remove_dir_all(self.data_dir()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Ada's client.
    pub(crate) fn command(&self) -> CommandBuilder {
        let mut command = plain(chatter_tests::binaries::binary("chatter"));
        command.env("HOME", self.ada.home());
        command.env("CHATTER_CREDENTIAL_STORE", "file");
        command
    }

    /// Ada's client, connected and at rest with the chat open.
    pub(crate) fn open_client(&self) -> anyhow::Result<Pty> {
        let client = Pty::spawn(self.command())?;
        self.rest(&client)?;
        client.watch_for("Write");
        client.keys("\r")?;
        client.marked()?;
        client.quiet(SILENCE)?;
        let screen = client.screen();
        anyhow::ensure!(screen.contains("Write a message"), "no chat is open:\n{screen}");
        Ok(client)
    }

    /// Waits until the client is connected and has nothing more to draw.
    pub(crate) fn rest(&self, client: &Pty) -> anyhow::Result<()> {
        client.quiet(SILENCE)?;
        // The first answers may take longer than the silence on a machine that is busy.
        for _ in 0..20 {
            if client.screen().contains("connected") {
                return Ok(());
            }
            std::thread::sleep(SILENCE);
        }
        anyhow::bail!("not connected:\n{}", client.screen())
    }

    fn data_dir(&self) -> PathBuf {
        self.ada.home().join(".local/share/chatter")
    }

    fn ada_token(&self) -> anyhow::Result<String> {
        let file = self.ada.home().join(".local/state/chatter/session.json");
        let record: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
        Ok(record["token"].as_str().context("a token in the session's file")?.to_owned())
    }
}

/// A command with a clean environment, in a plain terminal.
pub(crate) fn plain(program: impl AsRef<std::ffi::OsStr>) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}
