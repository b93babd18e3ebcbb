//! People who are just there: what each costs in memory, and how often they wake the server.

use std::rc::Rc;
use std::time::{Duration, Instant};

use chatter_tests::process::Work;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::Options;
use crate::generator::number;
use crate::meter::Meter;
use crate::people::{Ear, Person};
use crate::report::{Report, Row};
use crate::seed::{Member, Seed};
use crate::target::{self, Target};

/// People who connect at the same time, well under what a listener lets wait.
const AT_ONCE: usize = 64;

/// For everything that follows a connection to be over, such as telling others of it.
const SETTLE: Duration = Duration::from_secs(5);

/// Encrypted connections, which take the load's processor as much as the server's.
const ENCRYPTED_MAX: usize = 2_000;

/// How long to look at a server that nobody talks to.
const WATCH_SECONDS: u64 = 30;

/// Opens the connections and watches.
pub(crate) async fn measure(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let count = options.connections;
    if !options.alone {
        let target = Target::relay(options, false)?;
        let meter = target.meter();
        let empty = meter.resident();
        let started = Instant::now();
        let mut people = Vec::with_capacity(count);
        for place in 0..count {
            let way = target.way(place);
            people.push(Person::at_relay(way, place, String::new(), deaf()).await?);
        }
        let seconds = started.elapsed().as_secs_f64();
        watch(options, report, &target, (empty, count, seconds)).await?;
    }
    ours(options, report, count, Target::chatter).await?;
    ours(options, report, count.min(ENCRYPTED_MAX), Target::encrypting).await
}

async fn ours(
    options: &Options,
    report: &mut Report,
    count: usize,
    start: fn(&Options, TempDir) -> anyhow::Result<Target>,
) -> anyhow::Result<()> {
    let folder = target::folder(options)?;
    let seed = Seed::open(&folder.path().join("data"))?;
    let members = seed.people(count).await?;
    seed.done().await;
    let target = start(options, folder)?;
    let empty = target.meter().resident();
    let started = Instant::now();
    let _people = connect(&target, &members, deaf()).await?;
    let seconds = started.elapsed().as_secs_f64();
    watch(options, report, &target, (empty, count, seconds)).await
}

async fn watch(
    options: &Options,
    report: &mut Report,
    target: &Target,
    (empty, count, seconds): (u64, usize, f64),
) -> anyhow::Result<()> {
    let meter = target.meter();
    let hello_cpu = meter.cpu();
    sleep(SETTLE).await;
    let resident = meter.resident();
    let (work, time) = stillness(meter, options.time(WATCH_SECONDS)).await;
    let people = number(count as u64);
    report.add(
        Row::new("idle", target.name())
            .with("connections", people)
            .with("empty MiB", number(empty) / 1024.0 / 1024.0)
            .with("MiB", number(resident) / 1024.0 / 1024.0)
            .with("KiB/connection", number(resident.saturating_sub(empty)) / 1024.0 / people)
            .with("hellos/s", people / seconds)
            .with("CPU us/hello", hello_cpu.as_secs_f64() * 1e6 / people)
            .with("idle CPU ms/s", work.cpu_ms / time)
            .with("wake-ups/s", number(work.wakeups) / time),
    )
}

async fn stillness(meter: Meter, time: Duration) -> (Work, f64) {
    let (before, since) = (meter.threads(), Instant::now());
    sleep(time).await;
    (meter.threads().since(&before), since.elapsed().as_secs_f64())
}

/// Connects everybody, some at a time.
pub(crate) async fn connect(
    target: &Target,
    members: &[Member],
    ear: Ear,
) -> anyhow::Result<Vec<Person>> {
    let mut people = Vec::with_capacity(members.len());
    for (block, some) in members.chunks(AT_ONCE).enumerate() {
        let come = some.iter().enumerate().map(async |(place, member)| {
            let way = target.way(block * AT_ONCE + place);
            Person::at_chatter(way, member, None, None, Rc::clone(&ear)).await
        });
        people.extend(futures_util::future::try_join_all(come).await?);
    }
    Ok(people)
}

/// The ear of somebody who is just there.
pub(crate) fn deaf() -> Ear {
    Rc::new(|_| ())
}
