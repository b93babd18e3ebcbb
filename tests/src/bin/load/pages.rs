//! Pages of 50 out of a long conversation, from anywhere in it, over REST at a fixed rate.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use chatter_tests::rest::Rest;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::time::sleep;

use crate::Options;
use crate::generator::number;
use crate::meter::Latencies;
use crate::report::{Report, Row};
use crate::seed::Seed;
use crate::target::{self, Target};

/// Pages per second.
const RATE: u64 = 200;

/// Rows of a page.
const ROWS: usize = 50;

/// Reads pages for some seconds.
pub(crate) async fn measure(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = target::folder(options)?;
    let seed = Seed::open(&folder.path().join("data"))?;
    let members = seed.people(2).await?;
    let place = seed.pairs(&members).await?.pop().context("a conversation")?;
    let started = Instant::now();
    seed.messages(&members[0], place, options.messages).await?;
    let seeded = started.elapsed().as_secs_f64();
    seed.done().await;

    let target = Target::chatter(options, folder)?;
    let rest = Rest::new(&format!("http://{}", target.addr())).with_token(&members[1].token);
    let rest = Rc::new(rest);
    let latencies = Rc::new(RefCell::new(Vec::new()));
    let (meter, time) = (target.meter(), options.time(10));
    let cpu = meter.cpu();
    let (start, mut random) = (Instant::now(), StdRng::seed_from_u64(7));
    let count = RATE * time.as_secs();
    let mut reads = Vec::new();
    for index in 0..count {
        let due = Duration::from_micros(index * 1_000_000 / RATE);
        sleep(due.saturating_sub(start.elapsed())).await;
        let due = start + due;
        let before = random.random_range(1..=options.messages);
        let path = format!("conversations/{place}/messages?limit={ROWS}&before={before}");
        let (rest, latencies) = (Rc::clone(&rest), Rc::clone(&latencies));
        reads.push(tokio::task::spawn_local(async move {
            let answer = rest.get(&path).await;
            let us = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            latencies.borrow_mut().push(us);
            answer.status.is_success()
        }));
    }
    let mut failures = 0;
    for read in reads {
        failures += u64::from(!read.await?);
    }
    let cpu = meter.cpu() - cpu;
    let latencies = Latencies::of(latencies.take());
    report.add(
        Row::new("pages of 50", target.name())
            .with("messages", number(options.messages as u64))
            .with("stored/s before", number(options.messages as u64) / seeded)
            .with("pages/s", number(RATE))
            .with("p50 ms", latencies.ms(0.5))
            .with("p99 ms", latencies.ms(0.99))
            .with("CPU us/page", cpu.as_secs_f64() * 1e6 / number(latencies.count() as u64))
            .with("failures", number(failures)),
    )
}
