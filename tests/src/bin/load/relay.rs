//! A relay without accounts, history or protocol: lines in, lines out. What the machine can do at all; with a
//! database, what it can do when each message must be on the disk before anybody hears of it.
//!
//! The first line of a connection is its number, answered by a line. Each further one is `TO BODY`, where
//! `TO` is a number or `*` for everybody else; `BODY` goes there, and `+` comes back.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::inserts::Table;

/// Messages of one transaction, as many as the server takes.
const BATCH_MAX: usize = 256;

/// What is read at once.
const BUFFER_BYTES: usize = 1024;

/// Lines on their way to one connection.
type Line = mpsc::UnboundedSender<Arc<str>>;

/// Everybody who is there, by number.
#[derive(Default)]
struct Room(Mutex<HashMap<String, Line>>);

/// A message that came in.
struct Post {
    from: String,
    to: String,
    body: Arc<str>,
}

/// Serves until killed; with a directory, it stores there what it relays, before it does.
pub(crate) fn serve(store: Option<&Path>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let room = Arc::new(Room::default());
    let posts = match store {
        Some(folder) => Some(start_writer(folder, Arc::clone(&room))?),
        None => None,
    };
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(relay(stream, Arc::clone(&room), posts.clone()));
        }
    })
}

async fn relay(
    stream: TcpStream,
    room: Arc<Room>,
    posts: Option<mpsc::Sender<Post>>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (reading, writing) = stream.into_split();
    let mut lines = BufReader::with_capacity(BUFFER_BYTES, reading).lines();
    let me = lines.next_line().await.ok()??;
    let (line, waiting) = mpsc::unbounded_channel();
    line.send("+".into()).ok()?;
    room.lock().insert(me.clone(), line);
    tokio::spawn(write(writing, waiting));
    while let Ok(Some(line)) = lines.next_line().await {
        let (to, body) = line.split_once(' ')?;
        let post = Post { from: me.clone(), to: to.to_owned(), body: body.into() };
        match &posts {
            Some(posts) => posts.send(post).await.ok()?,
            None => room.deliver(&post),
        }
    }
    room.lock().remove(&me);
    Some(())
}

/// Writes all that waits in one go.
async fn write(mut writing: OwnedWriteHalf, mut waiting: mpsc::UnboundedReceiver<Arc<str>>) {
    let mut text = String::new();
    while let Some(first) = waiting.recv().await {
        text.clear();
        let mut next = Some(first);
        while let Some(line) = next {
            text.extend([&*line, "\n"]);
            next = waiting.try_recv().ok();
        }
        if writing.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Room {
    fn deliver(&self, post: &Post) {
        let lines = self.lock();
        match post.to.as_str() {
            "*" => {
                let others = lines.iter().filter(|(name, _)| **name != post.from);
                others.for_each(|(_, line)| drop(line.send(Arc::clone(&post.body))));
            }
            to => {
                lines.get(to).map(|line| line.send(Arc::clone(&post.body)));
            }
        }
        lines.get(&post.from).map(|line| line.send("+".into()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores what comes in, as much as waits in one transaction, and delivers it then.
fn start_writer(folder: &Path, room: Arc<Room>) -> anyhow::Result<mpsc::Sender<Post>> {
    let (posts, mut waiting) = mpsc::channel::<Post>(4 * BATCH_MAX);
    let mut table = Table::create(&folder.join("relay.sqlite3")).context("the relay's database")?;
    std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
        while let Some(first) = waiting.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH_MAX
                && let Ok(next) = waiting.try_recv()
            {
                batch.push(next);
            }
            if table.insert(batch.iter().map(|post| &*post.body)).is_err() {
                return;
            }
            batch.iter().for_each(|post| room.deliver(post));
        }
    })?;
    Ok(posts)
}
