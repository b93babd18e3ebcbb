//! `send`: a message, a pipe, or each line of one. Exit 0 means that the server has stored it.
//!
//! Needs nothing on this device. A send that was interrupted may be repeated with the same key; with
//! `--queue` the device keeps the message until it is sent.

use std::io::{self, BufRead, IsTerminal, Read};
use std::time::Duration;

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::PostMessageRequest;
use chatter_protocol::{ClientMsgId, ConversationId, MediaId, UserRef, Username};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::chat::missing;
use super::exit::{Exit, Failure};
use super::out::{Out, say_to_person};
use super::queue::queue;
use super::records::{Place, SentRecord};
use super::session::{SignedIn, in_background};
use super::wait;
use crate::cli::{SendArgs, parse_username};
use crate::files::Source;
use crate::headless::key_for;
use crate::net::{Api, NetError, Patience};
use crate::paths::Paths;

/// How long a message is tried to be sent.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

/// How long files may take to be uploaded.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(300);

/// How long a person is waited for.
const WAIT_PATIENCE: Duration = Duration::from_secs(600);

/// Largest text taken from a pipe, bytes. More than any server takes: the server says how much.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum To {
    Person(Username),
    Conversation(ConversationId),
}

/// What is said where.
#[derive(Debug, PartialEq, Eq)]
struct Parcel {
    to: To,
    /// None for standard input.
    text: Option<String>,
}

/// Sends what was asked for.
pub(super) async fn send(
    session: &mut SignedIn,
    how: &SendArgs,
    paths: &Paths,
    out: &mut Out,
) -> Result<(), Failure> {
    let Parcel { to, text } = parcel(how)?;
    if how.lines {
        if text.is_some() {
            return Err(Failure::usage("--lines sends standard input; leave the text out."));
        }
        return send_lines(session, how, &to, out).await;
    }
    let body = match text {
        Some(text) => text,
        None if !how.files.is_empty() && how.second.is_none() && how.conversation.is_none() => {
            String::new()
        }
        None if !how.files.is_empty() && how.first.is_none() => String::new(),
        None => in_background(read_all).await?,
    };
    if how.queue {
        return queue(session, paths, &to, (body, how.timeout.unwrap_or(SEND_PATIENCE))).await;
    }
    let key = how.key.as_deref().map_or_else(ClientMsgId::new, key_for);
    let attachments = upload(session, how).await?;
    let request = PostMessageRequest { attachments, ..unattended(key, body) };
    let patience = how.timeout.unwrap_or(SEND_PATIENCE);
    let (ack, state) = match how.wait {
        None => (post(&session.api, &to, &request, patience).await?, Place::Sent),
        Some(place) => {
            let patience = how.timeout.unwrap_or(WAIT_PATIENCE);
            (wait::post_and_wait(session, &to, &request, (place, patience)).await?, place)
        }
    };
    say_to_person(&sentence(&to, &ack, state));
    out.record(&SentRecord::new(ack, state))?;
    out.flush()
}

/// Uploads what is to hang on the message, each file again from its start while the server can't be
/// reached. Of the same content the server makes the same, so the key of a message goes on holding.
async fn upload(session: &SignedIn, how: &SendArgs) -> Result<Vec<MediaId>, Failure> {
    let deadline = Instant::now() + how.timeout.unwrap_or(UPLOAD_PATIENCE);
    let mut uploaded = Vec::new();
    for (at, path) in how.files.iter().enumerate() {
        let source = Source::look_at(path).map_err(Failure::local)?;
        let alt = how.alt.get(at).map(String::as_str);
        let upload = || session.api.upload(&source, alt, |_| {});
        uploaded.push(Patience::Until(deadline).ask(upload).await?.media);
    }
    Ok(uploaded)
}

/// A script writes, and has not read what is in the chat.
fn unattended(client_msg_id: ClientMsgId, body: String) -> PostMessageRequest {
    PostMessageRequest {
        attachments: Vec::new(),
        client_msg_id,
        body,
        reply_to: None,
        unattended: true,
    }
}

fn sentence(to: &To, ack: &Ack, state: Place) -> String {
    let word = match state {
        Place::Sent => "Sent",
        Place::Delivered => "Delivered",
        Place::Read => "Read",
    };
    match to {
        To::Person(user) => format!("{word} to @{user} as number {}.", ack.conv_seq),
        To::Conversation(_) => format!("{word} as number {}.", ack.conv_seq),
    }
}

fn parcel(how: &SendArgs) -> Result<Parcel, Failure> {
    let text = |text: &Option<String>| text.clone().filter(|text| text != "-");
    match (how.conversation, &how.first, &how.second) {
        (Some(id), first, None) => Ok(Parcel { to: To::Conversation(id), text: text(first) }),
        (Some(_), _, Some(_)) => Err(Failure::usage(
            "Name a person or, with --conversation, a chat, not both; put a text of several words \
             in quotes.",
        )),
        (None, Some(user), second) => {
            let user = parse_username(user)
                .map_err(|error| Failure::usage(format!("{user:?} is nobody's name. {error}")))?;
            Ok(Parcel { to: To::Person(user), text: text(second) })
        }
        (None, None, _) => Err(Failure::usage("Say to whom: chatter send USER TEXT.")),
    }
}

/// All of standard input, without the line feeds at its end.
fn read_all() -> Result<String, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage("Say what: chatter send USER TEXT, or pipe something into it."));
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        return Err(Failure::usage(
            "Standard input is too long for a message. Cut it, for example with tail, or send it \
             with --lines.",
        ));
    }
    text_of(bytes)
}

fn text_of(bytes: Vec<u8>) -> Result<String, Failure> {
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage("Standard input is no UTF-8 text, so it can't be a message.")
    })?;
    match text.trim_end_matches(['\n', '\r']) {
        "" => Err(Failure::usage("There is nothing to send: standard input is empty.")),
        text => Ok(text.to_owned()),
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::local(format!("Standard input can't be read: {error}."))
}

/// Sends line after line as they come, each when the one before is stored.
async fn send_lines(
    session: &SignedIn,
    how: &SendArgs,
    to: &To,
    out: &mut Out,
) -> Result<(), Failure> {
    let mut lines = stdin_lines();
    let (mut number, mut sent) = (0_u64, 0_u64);
    while let Some(line) = lines.recv().await {
        number += 1;
        let told = |failure: Failure| {
            failure.told(|why| format!("Line {number}: {why} {sent} before it were sent."))
        };
        let body = line.map_err(told)?;
        if body.trim().is_empty() {
            continue;
        }
        let key = match &how.key {
            Some(key) => key_for(&format!("{key}/{number}")),
            None => ClientMsgId::new(),
        };
        let request = unattended(key, body);
        let posted = post(&session.api, to, &request, how.timeout.unwrap_or(SEND_PATIENCE)).await;
        let ack = posted.map_err(told)?;
        sent += 1;
        out.record(&SentRecord::new(ack, Place::Sent))?;
        out.flush()?;
    }
    match sent {
        0 => Err(Failure::usage("There is nothing to send: standard input is empty.")),
        _ => Ok(()),
    }
}

/// The lines of standard input, read by a thread: one waits while the one before is being sent.
fn stdin_lines() -> mpsc::Receiver<Result<String, Failure>> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            let line = match stdin.by_ref().take(TEXT_BYTES_MAX + 1).read_until(b'\n', &mut bytes) {
                Ok(0) => return,
                Ok(_) if bytes.len() as u64 > TEXT_BYTES_MAX => {
                    Err(Failure::usage("A line is too long for a message."))
                }
                Ok(_) => String::from_utf8(bytes)
                    .map(|line| line.trim_end_matches(['\n', '\r']).to_owned())
                    .map_err(|_| Failure::usage("A line is no UTF-8 text.")),
                Err(error) => Err(unreadable(&error)),
            };
            let is_last = line.is_err();
            if sender.blocking_send(line).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

/// Posts a message, and tries again with the same key for as long as `patience` lasts while the
/// server can't be reached or asks to wait.
pub(super) async fn post(
    api: &Api,
    to: &To,
    request: &PostMessageRequest,
    patience: Duration,
) -> Result<Ack, Failure> {
    let patience = Patience::Until(Instant::now() + patience);
    let posted = patience.ask(|| post_once(api, to, request)).await;
    posted.map_err(|error| not_posted(to, request, error))
}

async fn post_once(api: &Api, to: &To, request: &PostMessageRequest) -> Result<Ack, NetError> {
    match to {
        To::Person(user) => api.post_to(&UserRef::Username(user.clone()), request).await,
        To::Conversation(id) => api.post(*id, request).await,
    }
}

fn not_posted(to: &To, request: &PostMessageRequest, error: NetError) -> Failure {
    let failure = match to {
        To::Person(user) => missing(error, &format!("There is nobody called @{user}.")),
        To::Conversation(_) => missing(error, "No such chat is yours."),
    };
    match failure.exit {
        // It may have been stored, and only the answer be lost.
        Exit::Unreachable => failure.told(|why| {
            format!("{why} To send it again, and never twice: --key {}", request.client_msg_id)
        }),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Args, Command, SessionCommand};

    fn parcel_of(args: &[&str]) -> Result<Parcel, Failure> {
        let args = Args::try_parse_from([&["chatter", "send"], args].concat()).expect("parses");
        match args.command {
            Some(Command::InSession(SessionCommand::Send(how))) => parcel(&how),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_person_or_a_chat_and_a_text_or_a_pipe() {
        let grace = || To::Person("grace".parse().expect("valid"));
        let parcel = |to, text: Option<&str>| Ok(Parcel { to, text: text.map(str::to_owned) });
        assert_eq!(parcel_of(&["@Grace", "hi"]), parcel(grace(), Some("hi")));
        assert_eq!(parcel_of(&["grace", "-"]), parcel(grace(), None));
        assert_eq!(parcel_of(&["grace"]), parcel(grace(), None));
        assert_eq!(parcel_of(&["grace", "-5 degrees"]), parcel(grace(), Some("-5 degrees")));
        let id = "0190b6a0-1f00-7000-8000-000000000002";
        let chat = || To::Conversation(id.parse().expect("an id"));
        assert_eq!(parcel_of(&["--conversation", id, "hi"]), parcel(chat(), Some("hi")));
        assert_eq!(parcel_of(&["--conversation", id]), parcel(chat(), None));
        assert!(parcel_of(&["--conversation", id, "grace", "hi"]).is_err());
        assert!(parcel_of(&[]).is_err());
        assert!(parcel_of(&["no such name", "hi"]).is_err());
    }

    #[test]
    fn the_end_of_a_pipe_is_no_empty_line() {
        assert_eq!(text_of(b"a\n b\n\n".to_vec()), Ok("a\n b".to_owned()));
        assert!(text_of(b"\n\n".to_vec()).is_err());
        assert!(text_of(vec![0xff]).is_err());
    }
}
