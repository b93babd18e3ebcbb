//! Ten thousand messages at once: all together after the line was held up, as they are posted, and
//! after the client was stopped, which the server does not wait for.

use std::time::Duration;

use chatter_tests::process::Threads;
use rustix::process::Signal;

use crate::Plan;
use crate::dam::Dam;
use crate::pty::Pty;
use crate::report::Report;
use crate::sender::say;
use crate::stage::{SILENCE, Stage, body};

/// Until the last one is painted, ms, and bytes to the terminal for each.
const AIM_MS: f64 = 150.0;
const AIM_BYTES: f64 = 10.0;

/// Ends the last message.
const LAST: &str = "\u{1300}";

/// For the first messages to come to a halt at the dam.
const HELD_UP: Duration = Duration::from_millis(500);

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..plan.long_rounds() {
        held_up(plan, report)?;
        as_posted(plan, report)?;
        stopped(plan, report)?;
    }
    Ok(())
}

fn bodies(plan: &Plan) -> Vec<String> {
    let mut bodies: Vec<_> = (0..plan.histories()[0]).map(body).collect();
    if let Some(last) = bodies.last_mut() {
        last.push_str(LAST);
    }
    bodies
}

/// A client with a chat in which something was said, and nothing more to draw.
fn client(stage: &Stage) -> anyhow::Result<Pty> {
    let client = stage.open_client()?;
    stage.runtime.block_on(say(stage, (0..100).map(body).collect(), None))?;
    client.quiet(SILENCE)?;
    client.watch_for(LAST);
    Ok(client)
}

fn held_up(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let mut dam = None;
    let stage = Stage::set_behind(|server| {
        let made = Dam::before(server.addr());
        dam.insert(made.expect("a proxy on loopback")).url()
    })?;
    let Some(dam) = dam else { anyhow::bail!("no proxy") };
    let client = client(&stage)?;
    dam.shut(true);
    stage.runtime.block_on(say(&stage, bodies(plan), None))?;
    std::thread::sleep(HELD_UP);
    let (before, bytes, start) =
        (Threads::of(client.pid()), client.bytes(), std::time::Instant::now());
    dam.shut(false);
    let took = client.marked()?.duration_since(start);
    client.quiet(SILENCE)?;
    let used = Threads::of(client.pid()).since(&before);
    let count = plan.histories()[0] as f64;
    let bytes = (client.bytes() - bytes) as f64;
    let name = |what: &str| format!("at once: {what}");
    let took = vec![took.as_secs_f64() * 1e3];
    report.add("burst", name("last one painted"), "ms", took, Some(AIM_MS));
    report.add("burst", name("written"), "B/msg", vec![bytes / count], Some(AIM_BYTES));
    report.add("burst", name("CPU"), "us/msg", vec![used.cpu_ms * 1e3 / count], None);
    Ok(())
}

fn as_posted(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let client = client(&stage)?;
    let (before, bytes) = (Threads::of(client.pid()), client.bytes());
    let said = stage.runtime.block_on(say(&stage, bodies(plan), None))?;
    let painted = client.marked()?;
    client.quiet(SILENCE)?;
    let used = Threads::of(client.pid()).since(&before);
    let count = plan.histories()[0] as f64;
    let bytes = (client.bytes() - bytes) as f64;
    let posting = said.last_acknowledged_at.duration_since(said.first_at).as_secs_f64();
    let behind = painted.saturating_duration_since(said.last_acknowledged_at).as_secs_f64();
    let name = |what: &str| format!("as posted: {what}");
    report.add("burst", name("posted in"), "ms", vec![posting * 1e3], None);
    report.add("burst", name("last one painted after that"), "ms", vec![behind * 1e3], None);
    report.add("burst", name("written"), "B/msg", vec![bytes / count], Some(AIM_BYTES));
    report.add("burst", name("CPU"), "us/msg", vec![used.cpu_ms * 1e3 / count], None);
    Ok(())
}

fn stopped(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let client = client(&stage)?;
    client.signal(Signal::STOP)?;
    stage.runtime.block_on(say(&stage, bodies(plan), None))?;
    let start = std::time::Instant::now();
    client.signal(Signal::CONT)?;
    let took = client.marked()?.duration_since(start).as_secs_f64() * 1e3;
    report.add("burst", "after a stop: last one painted", "ms", vec![took], Some(AIM_MS));
    Ok(())
}
