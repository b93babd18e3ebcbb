//! Pairs of people, one of whom talks to the other: how long a message takes at a low rate, and the
//! highest rate at which it does not take long.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::sleep;

use crate::Options;
use crate::generator::{Hearing, Load, Outcome, number};
use crate::meter::{Meter, bytes_in};
use crate::people::Person;
use crate::report::{Report, Row};
use crate::seed::Seed;
use crate::target::{self, Target};

/// What a message may take at the 99th percentile, in milliseconds, for a rate to count, also in a room.
const P99_MS_MAX: f64 = 100.0;

/// Rates to try, in messages per second, until one is too high.
const RATES: [u64; 15] = [
    500, 1_000, 2_000, 4_000, 7_000, 10_000, 14_000, 18_000, 22_000, 26_000, 30_000, 36_000,
    45_000, 60_000, 80_000,
];

/// Between two rates: for the disk and the allocator to calm down.
const PAUSE: Duration = Duration::from_millis(500);

/// 200 messages per second between 100 pairs.
pub(crate) async fn latency(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    for target in targets(options, 200).await? {
        let (target, mut load) = target;
        let meter = target.meter();
        load.run(200, Duration::from_secs(1), meter).await?;
        let outcome = load.run(200, options.time(20), meter).await?;
        report.add(
            Row::new("latency, 200/s", target.name())
                .with("p50 ms", outcome.latencies.ms(0.5))
                .with("p99 ms", outcome.latencies.ms(0.99))
                .with("p99.9 ms", outcome.latencies.ms(0.999))
                .with("CPU us/message", outcome.cpu_us())
                .with("failures", number(outcome.failures)),
        )?;
    }
    Ok(())
}

/// As many as possible between 200 pairs.
pub(crate) async fn highest(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    for target in targets(options, 400).await? {
        let (mut target, mut load) = target;
        let before = bytes_in(&target.data());
        let mut stored = 0;
        let (mut best, mut beyond) = (None, None);
        let rates = options.rate.map_or(RATES.to_vec(), |rate| vec![rate]);
        for rate in rates {
            let (outcome, said) = attempt(&mut load, rate, options.time(4), target.meter()).await?;
            stored += said;
            if is_too_much(&outcome) && options.rate.is_none() {
                beyond = Some(outcome);
                break;
            }
            best = Some(outcome);
            sleep(PAUSE).await;
        }
        let name = target.name();
        drop(load);
        target.stop();
        let bytes = bytes_in(&target.data()).saturating_sub(before);
        let bytes = number(bytes) / number(stored.max(1));
        if let Some(outcome) = &best {
            report.add(row("pairs", name, outcome).with("B/message", bytes))?;
        }
        if let Some(outcome) = &beyond {
            report.add(row("pairs, saturated", name, outcome).with("B/message", bytes))?;
        }
    }
    Ok(())
}

/// Tries a rate, and a second time if it was too much: the machine may have been busy with something
/// else. What came of it, and how much was said altogether.
pub(crate) async fn attempt(
    load: &mut Load,
    rate: u64,
    time: Duration,
    meter: Meter,
) -> anyhow::Result<(Outcome, u64)> {
    let first = load.run(rate, time, meter).await?;
    if !is_too_much(&first) {
        let said = first.said;
        return Ok((first, said));
    }
    sleep(PAUSE).await;
    let second = load.run(rate, time, meter).await?;
    let said = first.said + second.said;
    Ok((second, said))
}

pub(crate) fn is_too_much(outcome: &Outcome) -> bool {
    outcome.failures > 0 || outcome.latencies.ms(0.99) > P99_MS_MAX
}

fn row(scenario: &'static str, name: &str, outcome: &Outcome) -> Row {
    Row::new(scenario, name)
        .with("messages/s", outcome.rate())
        .with("p50 ms", outcome.latencies.ms(0.5))
        .with("p99 ms", outcome.latencies.ms(0.99))
        .with("p99.9 ms", outcome.latencies.ms(0.999))
        .with("CPU us/message", outcome.cpu_us())
        .with("failures", number(outcome.failures))
}

/// Everything to measure, with so many people on each; the second of each two listens to the first.
async fn targets(options: &Options, count: usize) -> anyhow::Result<Vec<(Target, Load)>> {
    let mut all = Vec::new();
    for stores in [false, true] {
        if options.alone {
            break;
        }
        let target = Target::relay(options, stores)?;
        let hearing = Hearing::new(1);
        let (mut senders, mut listeners) = (Vec::new(), Vec::new());
        for first in (0..count).step_by(2) {
            let to = (first + 1).to_string();
            senders.push(Person::at_relay(target.way(first), first, to, hearing.sender()).await?);
            let (way, ear) = (target.way(first + 1), hearing.listener());
            listeners.push(Person::at_relay(way, first + 1, String::new(), ear).await?);
        }
        all.push((target, Load::new(hearing, senders, listeners)));
    }
    all.push(chatter(options, count).await?);
    Ok(all)
}

async fn chatter(options: &Options, count: usize) -> anyhow::Result<(Target, Load)> {
    let folder = target::folder(options)?;
    let seed = Seed::open(&folder.path().join("data"))?;
    let members = seed.people(count).await?;
    let places = seed.pairs(&members).await?;
    seed.done().await;
    let target = Target::chatter(options, folder)?;
    let hearing = Hearing::new(1);
    let (mut senders, mut listeners) = (Vec::new(), Vec::new());
    for (number, place) in places.into_iter().enumerate() {
        let (talks, hears) = (&members[2 * number], &members[2 * number + 1]);
        let (way, ear) = (target.way(2 * number), hearing.sender());
        senders.push(Person::at_chatter(way, talks, Some(place), None, ear).await?);
        let (way, ear) = (target.way(2 * number + 1), hearing.listener());
        listeners.push(Person::at_chatter(way, hears, None, None, ear).await?);
    }
    let hearing = Rc::clone(&hearing);
    Ok((target, Load::new(hearing, senders, listeners)))
}
