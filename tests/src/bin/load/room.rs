//! One sender and 499 who listen: when the last has heard a message, at a low rate and at the highest
//! that a server can take.

use std::time::Duration;

use tokio::time::sleep;

use crate::Options;
use crate::generator::{Hearing, Load, Outcome, number};
use crate::pairs::{attempt, is_too_much};
use crate::people::Person;
use crate::report::{Report, Row};
use crate::seed::Seed;
use crate::target::{self, Target};

/// Everybody, the sender too.
const PEOPLE: usize = 500;

/// Messages per second of the low rate.
const LOW_RATE: u64 = 20;

/// Rates to try, in messages per second, until one is too high.
const RATES: [u64; 15] =
    [50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 1_000, 1_500, 2_000, 3_000, 5_000];

/// Between two rates.
const PAUSE: Duration = Duration::from_millis(500);

/// The low rate, then the highest.
pub(crate) async fn measure(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    if !options.alone {
        let target = Target::relay(options, false)?;
        let hearing = Hearing::new(PEOPLE - 1);
        let sender = Person::at_relay(target.way(0), 0, "*".to_owned(), hearing.sender()).await?;
        let mut listeners = Vec::new();
        for place in 1..PEOPLE {
            let ear = hearing.listener();
            listeners.push(Person::at_relay(target.way(place), place, String::new(), ear).await?);
        }
        climb(options, report, &target, Load::new(hearing, vec![sender], listeners)).await?;
    }
    let folder = target::folder(options)?;
    let seed = Seed::open(&folder.path().join("data"))?;
    let members = seed.people(PEOPLE).await?;
    let room = seed.room(&members).await?;
    seed.done().await;
    let target = Target::chatter(options, folder)?;
    let hearing = Hearing::new(PEOPLE - 1);
    let ear = hearing.sender();
    let sender = Person::at_chatter(target.way(0), &members[0], Some(room), None, ear).await?;
    let mut listeners = Vec::new();
    for (place, member) in members.iter().enumerate().skip(1) {
        let ear = hearing.listener();
        listeners.push(Person::at_chatter(target.way(place), member, None, None, ear).await?);
    }
    climb(options, report, &target, Load::new(hearing, vec![sender], listeners)).await
}

async fn climb(
    options: &Options,
    report: &mut Report,
    target: &Target,
    mut load: Load,
) -> anyhow::Result<()> {
    let meter = target.meter();
    load.run(LOW_RATE, Duration::from_secs(1), meter).await?;
    let low = load.run(LOW_RATE, options.time(10), meter).await?;
    report.add(row("room of 500, 20/s", target.name(), &low))?;
    let mut best = low;
    for rate in RATES {
        let (outcome, _) = attempt(&mut load, rate, options.time(4), meter).await?;
        if is_too_much(&outcome) {
            report.add(row("room of 500, saturated", target.name(), &outcome))?;
            break;
        }
        best = outcome;
        sleep(PAUSE).await;
    }
    report.add(row("room of 500, highest", target.name(), &best))
}

fn row(scenario: &'static str, name: &str, outcome: &Outcome) -> Row {
    Row::new(scenario, name)
        .with("deliveries/s", outcome.rate())
        .with("last p50 ms", outcome.latencies.ms(0.5))
        .with("last p99 ms", outcome.latencies.ms(0.99))
        .with("CPU us/delivery", outcome.cpu_us())
        .with("failures", number(outcome.failures))
}
