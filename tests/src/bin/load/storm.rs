//! The server is killed and started again while everybody is connected: all come back at once, each with
//! their token and the position that they had.

use std::time::{Duration, Instant};

use chatter_protocol::Position;
use futures_util::future::join_all;
use tokio::time::sleep;

use crate::Options;
use crate::generator::number;
use crate::idle::{connect, deaf};
use crate::people::Person;
use crate::report::{Report, Row};
use crate::seed::{Member, Seed};
use crate::target::{self, Target};

/// Who comes back.
const PEOPLE: usize = 5_000;

/// How long somebody waits who found no server, or one that was too busy.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Kills, restarts, and waits until all are back.
pub(crate) async fn measure(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = target::folder(options)?;
    let seed = Seed::open(&folder.path().join("data"))?;
    let members = seed.people(PEOPLE).await?;
    seed.done().await;
    let mut target = Target::chatter(options, folder)?;
    let people = connect(&target, &members, deaf()).await?;
    let positions: Vec<_> = people.iter().map(|person| person.position.clone()).collect();

    target.crash(options);
    let (started, started_cpu) = (Instant::now(), target.meter().cpu());
    let back = members.iter().zip(positions).enumerate();
    let back = back.map(|(place, (member, position))| come_back(&target, place, member, position));
    let back = join_all(back).await;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = target.meter().cpu() - started_cpu;
    let again: u64 = back.iter().map(|(_, again)| again).sum();
    drop(people);
    let count = number(PEOPLE as u64);
    report.add(
        Row::new("storm", target.name())
            .with("connections", count)
            .with("all back s", seconds)
            .with("logins/s", count / seconds)
            .with("CPU us/login", cpu.as_secs_f64() * 1e6 / count)
            .with("tried again", number(again))
            .with("MiB", number(target.meter().resident()) / 1024.0 / 1024.0),
    )
}

async fn come_back(
    target: &Target,
    place: usize,
    member: &Member,
    position: Option<Position>,
) -> (Person, u64) {
    let mut again = 0;
    loop {
        match Person::at_chatter(target.way(place), member, None, position.clone(), deaf()).await {
            Ok(person) => return (person, again),
            Err(_) => again += 1,
        }
        sleep(AGAIN_AFTER).await;
    }
}
