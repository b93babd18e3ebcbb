//! Somebody types while a thousand messages come in each second.

use std::time::{Duration, Instant};

use chatter_tests::process::Threads;

use crate::Plan;
use crate::person::type_letters;
use crate::report::{Report, percentile};
use crate::sender::say;
use crate::stage::{SILENCE, Stage, body};

/// A thousand messages a second.
const EVERY_MESSAGE: Duration = Duration::from_millis(1);

/// Not a multiple of the time between frames, so that keys come at all moments of it.
const EVERY_KEY: Duration = Duration::from_millis(47);

/// The flood before the first key, and after the last.
const MARGIN: Duration = Duration::from_millis(500);

/// Key to paint, processor, and to the terminal.
const AIM_P99_MS: f64 = 2.0;
const AIM_CPU_PERCENT: f64 = 5.0;
const AIM_KIB: f64 = 60.0;

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    for _ in 0..plan.long_rounds() {
        let stage = Stage::set()?;
        let client = stage.open_client()?;
        let keys = if plan.quick { 20 } else { 200 };
        let typing = EVERY_KEY * u32::try_from(keys).unwrap_or(u32::MAX);
        let messages = (typing + 2 * MARGIN).as_millis() as usize;
        let took = std::thread::scope(|scope| {
            let flood = scope.spawn(|| {
                let bodies = (0..messages).map(body).collect();
                stage.runtime.block_on(say(&stage, bodies, Some(EVERY_MESSAGE)))
            });
            std::thread::sleep(MARGIN);
            let took = type_letters(&client, keys, EVERY_KEY)?;
            flood.join().map_err(|_| anyhow::anyhow!("the flood failed"))??;
            anyhow::Ok(took)
        })?;
        report.add("flood", "key to paint p50", "ms", vec![percentile(&took, 0.5)], None);
        let p99 = vec![percentile(&took, 0.99)];
        report.add("flood", "key to paint p99", "ms", p99, Some(AIM_P99_MS));
        client.quiet(SILENCE)?;
        cost(plan, report)?;
    }
    Ok(())
}

/// The same without anybody who types.
fn cost(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let client = stage.open_client()?;
    let messages = if plan.quick { 1_000 } else { 5_000 };
    stage.runtime.block_on(say(&stage, (0..100).map(body).collect(), None))?;
    client.quiet(SILENCE)?;
    let (before, bytes, start) = (Threads::of(client.pid()), client.bytes(), Instant::now());
    let bodies = (0..messages).map(body).collect();
    stage.runtime.block_on(say(&stage, bodies, Some(EVERY_MESSAGE)))?;
    let seconds = start.elapsed().as_secs_f64();
    let used = Threads::of(client.pid()).since(&before);
    let bytes = (client.bytes() - bytes) as f64;
    let cpu = vec![used.cpu_ms / seconds / 10.0];
    report.add("flood", "CPU", "%", cpu, Some(AIM_CPU_PERCENT));
    report.add("flood", "wake-ups", "1/s", vec![used.wakeups as f64 / seconds], None);
    let kib = vec![bytes / 1024.0 / seconds];
    report.add("flood", "to the terminal", "KiB/s", kib, Some(AIM_KIB));
    report.add("flood", "messages", "1/s", vec![messages as f64 / seconds], None);
    Ok(())
}
