//! What the open chat costs by itself, with 10,000 messages in it: choosing and laying out what
//! shows, and a frame of it, when its rows are remembered and when they are not (a chat that was
//! just opened, another width). `cargo bench -p chatter --bench timeline`.

mod world;

use std::hint::black_box;
use std::io::{Sink, sink};
use std::time::Duration;

use chatter::state::{Event, State};
use chatter::update::update;
use chatter::view::{Theme, draw};
use chatter_protocol::{Message, Timestamp};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

const SIZES: [(u16, u16); 2] = [(120, 40), (80, 24)];

/// What people say to each other, in turn.
const BODIES: [&str; 6] = [
    "Sounds good, see you at ten. Bring the *blue* notes!",
    "ok",
    "Could somebody look at https://example.org/engines/42 before noon? It stopped twice last night \
     while the second card was being read, and nobody was near it either time.",
    "Grüße aus 東京 👋🏽 – bis 明日!",
    "- cards\n- oil\n- the `call()` that @ada wrote",
    "Yes. Half past nine is better for me, if the train is on time.",
];

/// The screen with the chat open.
struct Bench {
    state: State,
    theme: Theme,
    terminal: Terminal<CrosstermBackend<Sink>>,
}

impl Bench {
    fn new(size: (u16, u16)) -> Self {
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let terminal =
            Terminal::with_options(CrosstermBackend::new(sink()), TerminalOptions { viewport });
        let terminal = terminal.expect("a terminal");
        let state = world::state(Size::new(size.0, size.1), zone(), message);
        let mut bench = Self { state, theme: Theme::default(), terminal };
        bench.apply(Event::Key("enter".parse().expect("a key")));
        bench
    }

    fn apply(&mut self, event: Event) {
        update(&mut self.state, event);
        update(&mut self.state, Event::Settled);
    }

    fn resize(&mut self, (width, height): (u16, u16)) {
        self.apply(Event::Resized(Size { width, height }));
        self.terminal.resize(Rect::new(0, 0, width, height)).expect("resizes");
    }

    fn draw(&mut self) {
        let (state, theme) = (&self.state, &self.theme);
        self.terminal.draw(|frame| drop(black_box(draw(frame, state, theme)))).expect("draws");
    }

    /// Forgets how messages are laid out.
    fn forget(&self) {
        let open = self.state.account.as_ref().and_then(|account| account.open.as_ref());
        open.expect("an open chat").laid.forget();
    }

    /// Chooses what shows, and lays out what of it is not remembered.
    fn rows(&self) -> usize {
        let (timeline, scroll, height) = self.state.timeline().expect("an open chat");
        timeline.window(scroll, height).len()
    }
}

/// A zone as most are kept: by the rule for its summer time.
fn zone() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone")
}

/// One a minute.
fn message(conv_seq: u64) -> Message {
    let body = BODIES[conv_seq as usize % BODIES.len()].to_owned();
    let at_ms = world::time().as_millis() + conv_seq as i64 * 60_000;
    world::message(conv_seq, body, Timestamp::from_millis(at_ms))
}

fn timeline(criterion: &mut Criterion) {
    for size in SIZES {
        let mut bench = Bench::new(size);
        let mut group = criterion.benchmark_group(format!("timeline {}x{}", size.0, size.1));
        group.bench_function("rows, remembered", |bencher| bencher.iter(|| bench.rows()));
        group.bench_function("rows, laid out anew", |bencher| {
            bencher.iter(|| {
                bench.forget();
                bench.rows()
            });
        });
        group.bench_function("frame, remembered", |bencher| bencher.iter(|| bench.draw()));
        group.bench_function("frame, laid out anew", |bencher| {
            bencher.iter(|| {
                bench.forget();
                bench.draw();
            });
        });
        group.finish();
    }
    let mut bench = Bench::new(SIZES[0]);
    criterion.bench_function("two frames, each of another size", |bencher| {
        bencher.iter(|| {
            for size in SIZES {
                bench.resize(size);
                bench.draw();
            }
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30);
    targets = timeline
}
criterion_main!(benches);
