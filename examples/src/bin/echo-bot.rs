//! A bot: answers each message with what it says, once, also those that came while it was away.
//!
//! Shows how a program listens, answers and goes on after a restart, with
//! [`chatter::headless::Client`]. A token lets it in:
//!
//! ```sh
//! chatter token create --name echo-bot > echo-bot.token
//! cargo run --bin echo-bot -- --server chat.example.org --token-file echo-bot.token \
//!     --position echo-bot.position
//! ```

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use chatter::headless::{Client, key_for};
use chatter::net::{NetError, NetOptions, ServerUrl};
use chatter_protocol::{ErrorCode, Event, Message, Position, Secret, UserId};
use clap::Parser;

/// What is said this often to one person is not said again: who sends it back is a bot, too.
const SAME_MAX: usize = 3;

/// Answers looked through for that.
const ANSWERS_KEPT: usize = 100;

/// Between tries, beside what the server asks for.
const PAUSE: Duration = Duration::from_secs(1);

/// What the server says when it would refuse every answer.
const ENDS: [ErrorCode; 3] =
    [ErrorCode::AuthRequired, ErrorCode::SessionEnded, ErrorCode::Forbidden];

/// Answers each message with what it says
#[derive(Parser)]
struct Args {
    /// Server to talk to
    #[arg(long, env = "CHATTER_SERVER", value_name = "URL")]
    server: String,

    /// The token in this file lets the bot in, else that in CHATTER_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Keeps how far the bot has come
    #[arg(long, value_name = "FILE", default_value = "echo-bot.position")]
    position: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    chatter::net::tls::install_default();
    let server = ServerUrl::parse(&args.server, false)?;
    let token = token(args.token_file.as_deref())?;
    let begin = kept(&args.position)?;
    let mut bot = Client::resume(server, &NetOptions::default(), token, begin).await?;
    // At the first start, too: what comes while the bot is away is answered when it is back.
    keep(&args.position, bot.position())?;
    tell(&format!("@{} listens", bot.me().user.username));

    let mut answers = VecDeque::new();
    while let Some(event) = bot.next_event().await {
        if let Event::MessagePosted { message } = event
            && wants_answer(&message, bot.me().user.id, &answers)
        {
            answer(&bot, &message).await?;
            answers.push_back((message.sender, message.body));
            answers.drain(..answers.len().saturating_sub(ANSWERS_KEPT));
        }
        // Only now: a bot that is killed before this line comes back to the same event, and the
        // server knows the answer by its key.
        keep(&args.position, bot.position())?;
    }
    anyhow::bail!("The session has ended: make another token.")
}

/// Never its own messages, and no answers: two bots that answer each other would do so for ever.
fn wants_answer(message: &Message, me: UserId, answers: &VecDeque<(UserId, String)>) -> bool {
    let same = answers.iter().filter(|(to, body)| *to == message.sender && *body == message.body);
    message.sender != me
        && message.deleted_at.is_none()
        && message.reply_to.is_none()
        && same.count() < SAME_MAX
}

/// Reads it and answers it, for as long as the server can't be reached.
async fn answer(bot: &Client, message: &Message) -> anyhow::Result<()> {
    // What is made of the message's id is the same after a restart.
    let key = key_for(&format!("echo/{}", message.msg_id));
    loop {
        let read = bot.mark_read(message.conversation, message.conv_seq).await;
        let said = match read {
            Ok(_) => bot.reply(message, key, &message.body).await.map(drop),
            Err(error) => Err(error),
        };
        match said {
            Ok(()) => return Ok(()),
            Err(error) if error.is_retryable() => {
                tokio::time::sleep(error.retry_after() + PAUSE).await;
            }
            // The server has something against this one message.
            Err(NetError::Refused(why)) if !ENDS.contains(&why.code) => {
                tell(&format!("not answered: {}", why.message));
                return Ok(());
            }
            Err(error) => return Err(error).context("Messages can't be answered"),
        }
    }
}

fn token(file: Option<&Path>) -> anyhow::Result<Secret> {
    let token = match file {
        Some(file) => {
            fs::read_to_string(file).with_context(|| format!("No token in {}", file.display()))?
        }
        None => std::env::var("CHATTER_TOKEN").context("Give --token-file or CHATTER_TOKEN")?,
    };
    Ok(Secret::new(token.trim()))
}

/// The position that was kept; none at the first start.
fn kept(path: &Path) -> anyhow::Result<Option<Position>> {
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map(Some).with_context(|| {
            format!("{} is no position; take it away to begin at the present", path.display())
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} can't be read", path.display())),
    }
}

/// Replaces the file as a whole, so that no crash leaves half of one.
fn keep(path: &Path, position: &Position) -> anyhow::Result<()> {
    let new = path.with_added_extension("new");
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(serde_json::to_string(position)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    written.with_context(|| format!("{} can't be written", path.display()))
}

/// A line for whoever started it; nobody may be there to read it.
fn tell(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
