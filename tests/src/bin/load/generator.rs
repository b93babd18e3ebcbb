//! Says messages when they are due, and keeps what became of them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::time::sleep;

use crate::meter::{Latencies, Meter};
use crate::people::{Ear, Person};
use crate::said::{Heard, Said};

/// A message that is said later than this counts from when it was due. Under it the delay is that of
/// this process's timer, which has a millisecond, and the message counts from when it was said.
const LATE_US: u64 = 2_000;

/// How long after the last news a message is given up.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// How often the load looks whether all has arrived.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What everybody heard, together.
pub(crate) struct Hearing {
    since: Instant,
    /// Who must hear a message before it counts as arrived.
    listeners: usize,
    latencies: RefCell<Vec<u32>>,
    /// Of messages that not everybody has heard: how many have.
    partly: RefCell<std::collections::HashMap<u64, usize>>,
    delivered: Cell<u64>,
    acknowledged: Cell<u64>,
    refused: Cell<u64>,
    ended: Cell<u64>,
    disordered: Cell<u64>,
    last_us: Cell<u64>,
}

/// What became of a load.
pub(crate) struct Outcome {
    /// Messages said.
    pub(crate) said: u64,
    /// Times that a message reached somebody.
    pub(crate) delivered: u64,
    /// From when each was due until it reached the last who listens.
    pub(crate) latencies: Latencies,
    /// From the first message to the last delivery, in seconds.
    pub(crate) seconds: f64,
    /// The server's processor time meanwhile.
    pub(crate) cpu: Duration,
    /// Messages refused, lines that ended, deliveries out of order, and messages that never came.
    pub(crate) failures: u64,
}

impl Outcome {
    /// Deliveries per second.
    pub(crate) fn rate(&self) -> f64 {
        number(self.delivered) / self.seconds
    }

    /// Processor time for each delivery, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / number(self.delivered.max(1))
    }
}

/// As a figure.
#[expect(clippy::cast_precision_loss)]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

impl Hearing {
    /// Of messages that so many listen to.
    pub(crate) fn new(listeners: usize) -> Rc<Self> {
        Rc::new(Self {
            since: Instant::now(),
            listeners,
            latencies: RefCell::default(),
            partly: RefCell::default(),
            delivered: Cell::default(),
            acknowledged: Cell::default(),
            refused: Cell::default(),
            ended: Cell::default(),
            disordered: Cell::default(),
            last_us: Cell::default(),
        })
    }

    /// The ear of somebody who listens to one sender.
    pub(crate) fn listener(self: &Rc<Self>) -> Ear {
        let (all, next) = (Rc::clone(self), Cell::new(0));
        Rc::new(move |heard| match heard {
            Some(Heard::Message(said)) => {
                if said.number != next.replace(said.number + 1) {
                    bump(&all.disordered);
                }
                all.hear(said);
            }
            other => all.note(other),
        })
    }

    /// The ear of a sender, who hears their own messages as well, which do not count.
    pub(crate) fn sender(self: &Rc<Self>) -> Ear {
        let all = Rc::clone(self);
        Rc::new(move |heard| match heard {
            Some(Heard::Message(_)) => {}
            other => all.note(other),
        })
    }

    fn hear(&self, said: Said) {
        let now_us = self.now_us();
        bump(&self.delivered);
        self.last_us.set(now_us);
        if self.listeners > 1 {
            let mut partly = self.partly.borrow_mut();
            let count = partly.entry(said.number).or_default();
            *count += 1;
            if *count < self.listeners {
                return;
            }
            partly.remove(&said.number);
        }
        let latency_us = u32::try_from(now_us.saturating_sub(said.due_us)).unwrap_or(u32::MAX);
        self.latencies.borrow_mut().push(latency_us);
    }

    fn note(&self, heard: Option<Heard>) {
        match heard {
            Some(Heard::Ack) => bump(&self.acknowledged),
            Some(Heard::Refused) => bump(&self.refused),
            None => bump(&self.ended),
            Some(_) => {}
        }
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn failures(&self) -> u64 {
        self.refused.get() + self.ended.get() + self.disordered.get()
    }
}

/// Senders who take turns, and those who hear them.
pub(crate) struct Load {
    /// Everybody's ears.
    pub(crate) hearing: Rc<Hearing>,
    /// Who speaks; each is heard by `listeners` others.
    pub(crate) senders: Vec<Person>,
    /// Who only listens; here so that their lines stay.
    _listeners: Vec<Person>,
    /// What each sender said so far.
    pub(crate) said: Vec<u64>,
}

impl Load {
    /// Of these people.
    pub(crate) fn new(hearing: Rc<Hearing>, senders: Vec<Person>, listeners: Vec<Person>) -> Self {
        let said = vec![0; senders.len()];
        Self { hearing, senders, _listeners: listeners, said }
    }

    /// Says `per_second` messages for `time`, waits until all have arrived or nothing comes any more.
    pub(crate) async fn run(
        &mut self,
        per_second: u64,
        time: Duration,
        server: Meter,
    ) -> anyhow::Result<Outcome> {
        let hearing = Rc::clone(&self.hearing);
        let (delivered_before, failures_before) = (hearing.delivered.get(), hearing.failures());
        hearing.latencies.borrow_mut().clear();
        let cpu_before = server.cpu();
        let start_us = hearing.now_us();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let count = (number(per_second) * time.as_secs_f64()) as u64;
        self.say_when_due(start_us, per_second, count).await;
        let expected = count * hearing.listeners as u64;
        let heard = || hearing.delivered.get() - delivered_before;
        let failed = || hearing.failures() - failures_before;
        let mut last = (heard(), Instant::now());
        while heard() + failed() < expected {
            sleep(LOOK_EVERY).await;
            if heard() != last.0 {
                last = (heard(), Instant::now());
            } else if last.1.elapsed() > SILENCE_MAX {
                break;
            }
        }
        if heard() == 0 {
            bail!("nothing that was said arrived");
        }
        Ok(Outcome {
            said: count,
            delivered: heard(),
            latencies: Latencies::of(hearing.latencies.take()),
            seconds: number(hearing.last_us.get() - start_us) / 1e6,
            cpu: server.cpu() - cpu_before,
            failures: expected.saturating_sub(heard()).max(failed()),
        })
    }

    async fn say_when_due(&mut self, start_us: u64, per_second: u64, count: u64) {
        let due_us = |index: u64| start_us + index * 1_000_000 / per_second;
        let mut index = 0;
        while index < count {
            let now_us = self.hearing.now_us();
            while index < count && due_us(index) <= now_us {
                let is_late = now_us - due_us(index) > LATE_US;
                self.say(if is_late { due_us(index) } else { now_us }, index);
                index += 1;
            }
            let wait_us = due_us(index).saturating_sub(self.hearing.now_us());
            sleep(Duration::from_micros(wait_us)).await;
        }
    }

    fn say(&mut self, due_us: u64, index: u64) {
        let place = usize::try_from(index % self.senders.len() as u64).unwrap_or(0);
        self.senders[place].say(Said { due_us, number: self.said[place] });
        self.said[place] += 1;
    }
}

fn bump(count: &Cell<u64>) {
    count.set(count.get() + 1);
}
