//! A whole client as a process of its own, to be killed: `device URL STORE`, the session's token in
//! `CHATTER_TOKEN`. Obeys lines on stdin and says on stdout what it has done:
//!
//! - `queue CONVERSATION TEXT`: `queued KEY TEXT`, once it is on disk;
//! - `draft CONVERSATION TEXT`: `kept TEXT`;
//! - at the start, `draft TEXT` for each draft that was kept, then `started COUNT` with the number
//!   of unsent messages; `sent all` whenever none is left.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use chatter::device::Device;
use chatter::net::ServerUrl;
use chatter_protocol::Secret;
use chatter_tests::clients::net_options;
use tokio::sync::mpsc;
use tokio::time::interval;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [url, store] = arguments.as_slice() else { bail!("device URL STORE") };
    let token = Secret::new(std::env::var("CHATTER_TOKEN").context("CHATTER_TOKEN")?);
    let server = ServerUrl::parse(url, false)?;
    let mut device = Device::open(&server, &net_options(), token, Path::new(store))?;
    for body in device.drafts().values() {
        tell(&format!("draft {body}"))?;
    }
    tell(&format!("started {}", device.replica().outbox().len()))?;
    let mut lines = read_lines();
    let mut impatience = interval(std::time::Duration::from_millis(100));
    let mut unsent = usize::MAX;
    loop {
        tokio::select! {
            stepped = device.step() => drop(stepped?),
            line = lines.recv() => match line {
                Some(line) => obey(&mut device, &line).await?,
                None => return Ok(()),
            },
            _ = impatience.tick(), if !device.is_online() => device.link().retry_now(),
        }
        let before = std::mem::replace(&mut unsent, device.replica().outbox().len());
        if unsent == 0 && before > 0 && device.is_online() {
            tell("sent all")?;
        } else if unsent == 0 && !device.is_online() {
            unsent = usize::MAX;
        }
    }
}

async fn obey(device: &mut Device, line: &str) -> Result<()> {
    let mut words = line.splitn(3, ' ');
    let (Some(verb), Some(conversation), Some(text)) = (words.next(), words.next(), words.next())
    else {
        bail!("not understood: {line}");
    };
    let conversation = conversation.parse()?;
    match verb {
        "queue" => {
            let key = device.queue(conversation, text.to_owned()).await?;
            tell(&format!("queued {key} {text}"))
        }
        "draft" => {
            device.keep_draft(conversation, text.to_owned()).await?;
            tell(&format!("kept {text}"))
        }
        _ => bail!("not understood: {line}"),
    }
}

fn tell(line: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}

/// The lines of stdin, read by a thread of their own.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(64);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
