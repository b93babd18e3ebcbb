//! Memory: at the start, and with long histories that were kept before or came in since.

use std::time::Duration;

use chatter_tests::process::Threads;

use crate::Plan;
use crate::pty::Pty;
use crate::report::Report;
use crate::sender::say;
use crate::stage::{SILENCE, Stage, body};
use crate::usage::memory;

/// Resident at the start, and after 100,000 messages, KiB.
const AIM_START_KIB: f64 = 10.0 * 1024.0;
const AIM_LONG_KIB: f64 = 18.0 * 1024.0;

/// Between messages: faster than anybody reads, slow enough for a server beside other work.
const EVERY: Duration = Duration::from_micros(150);

/// Stands in the newest message.
const LAST: &str = "\u{1300}";

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let client = Pty::spawn(stage.command())?;
    stage.rest(&client)?;
    note(&client, report, "at the start", AIM_START_KIB)?;
    report.add("memory", "threads", "", vec![Threads::of(client.pid()).count() as f64], None);
    drop(client);
    let client = stage.open_client()?;
    note(&client, report, "a chat open", AIM_START_KIB)?;
    let mut received = 0;
    for count in plan.histories() {
        let mut bodies: Vec<_> = (received..count).map(body).collect();
        if let Some(last) = bodies.last_mut() {
            last.push_str(LAST);
        }
        client.watch_for(LAST);
        stage.runtime.block_on(say(&stage, bodies, Some(EVERY)))?;
        client.marked()?;
        client.quiet(SILENCE)?;
        received = count;
        note(&client, report, &format!("{count} received"), AIM_LONG_KIB)?;
    }
    for count in plan.histories() {
        let mut stage = Stage::set()?;
        stage.say_before(count, LAST)?;
        stage.fill_cache(true)?;
        let client = stage.open_client()?;
        note(&client, report, &format!("{count} kept, a chat open"), AIM_LONG_KIB)?;
    }
    Ok(())
}

fn note(client: &Pty, report: &mut Report, when: &str, aim_kib: f64) -> anyhow::Result<()> {
    let memory = memory(client.pid())?;
    report.add("memory", format!("{when}: resident"), "KiB", vec![memory.rss], Some(aim_kib));
    report.add("memory", format!("{when}: proportional"), "KiB", vec![memory.pss], None);
    report.add("memory", format!("{when}: private dirty"), "KiB", vec![memory.private_dirty], None);
    Ok(())
}
