//! What one message and one key cost, when each comes by itself.

use std::time::Duration;

use chatter_tests::process::Threads;

use crate::Plan;
use crate::person::type_letters;
use crate::pty::Pty;
use crate::report::{Report, percentile};
use crate::sender::say;
use crate::stage::{SILENCE, Stage, body, plain};

/// Thirty-three messages a second.
const EVERY_MESSAGE: Duration = Duration::from_millis(30);

/// Keys of somebody quick.
const EVERY_KEY: Duration = Duration::from_millis(50);

/// Bytes to the terminal.
const AIM_MESSAGE_BYTES: f64 = 150.0;
const AIM_KEY_BYTES: f64 = 4.0;

/// Ends the last message.
const LAST: &str = "\u{1300}";

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    floor(plan, report)?;
    let stage = Stage::set()?;
    let client = stage.open_client()?;
    // The first screens of messages fill the empty one.
    let fill = |count| (0..count).map(body).collect::<Vec<_>>();
    stage.runtime.block_on(say(&stage, fill(100), None))?;
    client.quiet(SILENCE)?;
    for _ in 0..plan.long_rounds() {
        messages(&stage, &client, plan, report)?;
    }
    for _ in 0..plan.long_rounds() {
        keys(&client, plan, report)?;
    }
    Ok(())
}

/// What a terminal and a program that gives back what it reads need for a key.
fn floor(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let mut command = plain("sh");
    command.args(["-c", "stty raw -echo; printf ready; exec cat"]);
    let client = Pty::spawn_marked(command, "ready")?;
    client.marked()?;
    let took = type_letters(&client, if plan.quick { 20 } else { 200 }, Duration::from_millis(10))?;
    report.add("typing", "floor: cat, key to echo p50", "ms", vec![percentile(&took, 0.5)], None);
    report.add("typing", "floor: cat, key to echo p99", "ms", vec![percentile(&took, 0.99)], None);
    Ok(())
}

fn messages(stage: &Stage, client: &Pty, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let count = if plan.quick { 50 } else { 200 };
    let mut bodies: Vec<_> = (1_000..1_000 + count).map(body).collect();
    if let Some(last) = bodies.last_mut() {
        last.push_str(LAST);
    }
    client.watch_for(LAST);
    let (before, bytes) = (Threads::of(client.pid()), client.bytes());
    stage.runtime.block_on(say(stage, bodies, Some(EVERY_MESSAGE)))?;
    client.marked()?;
    client.quiet(SILENCE)?;
    let used = Threads::of(client.pid()).since(&before);
    let per = |total: f64| vec![total / count as f64];
    let bytes = (client.bytes() - bytes) as f64;
    report.add("typing", "a message: written", "B", per(bytes), Some(AIM_MESSAGE_BYTES));
    report.add("typing", "a message: CPU", "ms", per(used.cpu_ms), None);
    report.add("typing", "a message: wake-ups", "", per(used.wakeups as f64), None);
    Ok(())
}

fn keys(client: &Pty, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let count = if plan.quick { 20 } else { 60 };
    let (before, bytes) = (Threads::of(client.pid()), client.bytes());
    for letter in ('a'..='z').cycle().take(count) {
        client.keys(&letter.to_string())?;
        std::thread::sleep(EVERY_KEY);
    }
    client.quiet(SILENCE)?;
    let used = Threads::of(client.pid()).since(&before);
    let per = |total: f64| vec![total / count as f64];
    let bytes = (client.bytes() - bytes) as f64;
    report.add("typing", "a key: written", "B", per(bytes), Some(AIM_KEY_BYTES));
    report.add("typing", "a key: CPU", "ms", per(used.cpu_ms), None);
    client.keys("\x15")?;
    client.quiet(SILENCE)?;
    let took = type_letters(client, count, EVERY_KEY)?;
    report.add("typing", "a key: to paint p50", "ms", vec![percentile(&took, 0.5)], None);
    report.add("typing", "a key: to paint p99", "ms", vec![percentile(&took, 0.99)], None);
    Ok(())
}
