//! The demo without a terminal: the same exchange, told line by line from both sides.

use std::io::{self, Write};

use anyhow::Context;
use chatter::headless::Client;
use chatter::net::ServerUrl;
use chatter_protocol::Event;

use crate::cast::{Cast, open};
use crate::grace::Grace;

/// What Ada says.
const LINES: [&str; 2] = ["Good morning, Grace!", "How is the moth?"];

/// Lets Ada and Grace talk and prints what each of them sees.
pub(crate) async fn exchange(url: &ServerUrl, cast: &Cast, mut grace: Grace) -> anyhow::Result<()> {
    let token = cast.ada().token.clone();
    let mut ada = Client::with_token(url.clone(), &crate::net_options(), token).await?;
    anyhow::ensure!(ada.online().await, "Ada could not come online");
    say("Two people, one server, no terminal: the exchange as text.")?;
    let conversation = open(ada.api(), &"grace".parse()?).await?;
    let unread: u64 = ada
        .api()
        .conversations(None, 50)
        .await?
        .conversations
        .iter()
        .map(|view| view.unread_count)
        .sum();
    say(&format!("ada    signs in: {unread} unread messages"))?;
    for line in LINES {
        let ack = ada.send(conversation, line).await?;
        say(&format!("ada    says: {line}"))?;
        say(&format!("ada    sees: stored as number {} of the conversation", ack.conv_seq))?;
        let message = grace.hear().await.context("Grace hears nothing")?;
        say(&format!("grace  sees: {}", message.body))?;
        let answer = grace.answer(&message).await?;
        say(&format!("grace  says: {answer}"))?;
        watch(&mut ada, ack.conv_seq).await?;
    }
    say("Every message was stored before it was shown, and shown once.")
}

/// Prints what Ada sees until she has Grace's answer to the message `conv_seq`.
async fn watch(ada: &mut Client, conv_seq: u64) -> anyhow::Result<()> {
    let me = ada.me().user.id;
    loop {
        match ada.next_event().await.context("Ada hears nothing")? {
            Event::MessagePosted { message } if message.sender != me => {
                return say(&format!("ada    sees: {}", message.body));
            }
            Event::ReceiptMoved { receipt } if receipt.user != me => {
                let mark = if receipt.read_seq >= conv_seq { "read" } else { "delivered" };
                say(&format!("ada    sees: number {conv_seq} was {mark}"))?;
            }
            _ => {}
        }
    }
}

/// One line; a reader that has gone away ends the demo without a complaint.
fn say(line: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}
