//! What a connected client costs while nothing happens.

use std::time::{Duration, Instant};

use chatter_tests::process::Threads;

use crate::Plan;
use crate::report::Report;
use crate::stage::Stage;

/// How long nothing happens.
const IDLE: Duration = Duration::from_secs(30);
const IDLE_QUICK: Duration = Duration::from_secs(3);

/// Wake-ups a second.
const AIM_WAKEUPS: f64 = 0.5;

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let client = stage.open_client()?;
    // What follows from opening the chat has its time.
    std::thread::sleep(Duration::from_secs(2));
    let (before, bytes, start) = (Threads::of(client.pid()), client.bytes(), Instant::now());
    std::thread::sleep(if plan.quick { IDLE_QUICK } else { IDLE });
    let seconds = start.elapsed().as_secs_f64();
    let used = Threads::of(client.pid()).since(&before);
    let bytes = (client.bytes() - bytes) as f64;
    report.add("idle", "CPU", "ms/s", vec![used.cpu_ms / seconds], None);
    report.add("idle", "wake-ups", "1/s", vec![used.wakeups as f64 / seconds], Some(AIM_WAKEUPS));
    report.add("idle", "to the terminal", "B/s", vec![bytes / seconds], Some(0.0));
    Ok(())
}
