//! Ada's client on a terminal, and the people who write to her over REST.

use std::future::Future;
use std::path::PathBuf;

use chatter_protocol::ConversationId;
use chatter_tests::binaries::binary;
use chatter_tests::rest::{Account, Rest};
use chatter_tests::server::Server;
use chatter_tests::terminal::{Answers, Terminal, command};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A server with Ada and Bob, who have a chat.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) ada: Account,
    pub(crate) bob: Account,
    pub(crate) chat: ConversationId,
    home: TempDir,
    runtime: Runtime,
}

impl Stage {
    pub(crate) fn set() -> Self {
        let server = Server::start();
        let runtime = Runtime::new().expect("a runtime");
        let rest = Rest::new(&server.url());
        let (ada, bob, chat) = runtime.block_on(async {
            let (ada, bob) = (rest.sign_up("ada").await, rest.sign_up("bob").await);
            let chat = bob.open(&ada).await;
            (ada, bob, chat)
        });
        Self { server, ada, bob, chat, home: TempDir::new().expect("a home"), runtime }
    }

    /// The folder with a home for each person.
    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    pub(crate) fn wait<T>(&self, done: impl Future<Output = T>) -> T {
        self.runtime.block_on(done)
    }

    /// Bob says something to Ada.
    pub(crate) fn bob_says(&self, body: &str) -> u64 {
        self.wait(self.bob.say(self.chat, body)).conv_seq
    }

    /// Somebody new writes to Ada.
    pub(crate) fn stranger_says(&self, name: &str, body: &str) {
        self.wait(async {
            let stranger = Rest::new(&self.server.url()).sign_up(name).await;
            let chat = stranger.open(&self.ada).await;
            stranger.say(chat, body).await;
        });
    }

    /// The server's database, for what its checks would not let in.
    pub(crate) fn database(&self) -> Connection {
        let folder = std::fs::read_dir(self.server.data()).expect("a folder");
        let mut files = folder.filter_map(|entry| Some(entry.ok()?.path()));
        let is_database =
            |path: &PathBuf| path.extension().is_some_and(|it| it == "sqlite3" || it == "db");
        Connection::open(files.find(is_database).expect("there")).expect("opens")
    }

    /// Ada's client, in a plain terminal of 80x24.
    pub(crate) fn client(&self) -> Terminal {
        self.client_with((80, 24), &[], &[], Answers::plain())
    }

    /// Ada's client, with these variables and options.
    pub(crate) fn client_with(
        &self,
        size: (u16, u16),
        variables: &[(&str, &str)],
        options: &[&str],
        answers: Answers,
    ) -> Terminal {
        let terminal = self.client_of(&self.ada, size, variables, options, answers);
        terminal.wait_until("the list of chats", |screen| {
            screen.contains("connected") && screen.contains("bob")
        });
        terminal
    }

    /// The client of anybody, who has a home of their own.
    pub(crate) fn client_of(
        &self,
        account: &Account,
        size: (u16, u16),
        variables: &[(&str, &str)],
        options: &[&str],
        answers: Answers,
    ) -> Terminal {
        let home = self.home.path().join(&account.name);
        std::fs::create_dir_all(&home).expect("a home");
        let mut client = command(binary("chatter"), &home);
        client.env("CHATTER_TOKEN", &account.token);
        for (name, value) in variables {
            client.env(name, value);
        }
        client.args(["--server", &self.server.url()]);
        client.args(options);
        let terminal = Terminal::spawn_answering(client, size, answers);
        terminal.wait_for("connected");
        terminal
    }
}

/// Waits until a message that contains `text` shows in the open chat; returns the screen.
pub(crate) fn wait_for_message(terminal: &Terminal, text: &str) -> String {
    terminal.wait_until(text, |screen| find(screen, text).is_some())
}

/// Column and row, from 0, at which `text` first stands to the right of the list of chats.
pub(crate) fn place_of(screen: &str, text: &str) -> (usize, usize) {
    find(screen, text).unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{screen}"))
}

fn find(screen: &str, text: &str) -> Option<(usize, usize)> {
    screen.lines().enumerate().find_map(|(row, line)| {
        let start = line.find('│').unwrap_or(0);
        let at = start + line[start..].find(text)?;
        Some((line[..at].chars().count(), row))
    })
}
