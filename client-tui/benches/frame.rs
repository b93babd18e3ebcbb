//! What a frame costs, and how many bytes it sends to the terminal: for nothing, a key, a message,
//! a page of scrolling, with 10,000 messages in the open chat.

mod world;

use std::hint::black_box;

use chatter::state::{Event, State};
use chatter::terminal::{Finish, Painter};
use chatter::update::update;
use chatter::view::{Theme, draw_on};
use chatter_protocol::{Event as Entry, Message, ServerFrame};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use world::MESSAGES;

const SIZE: Size = Size::new(120, 40);

/// A client with a long chat open, and what draws it.
struct Bench {
    state: State,
    theme: Theme,
    painter: Painter,
    next_number: u64,
}

impl Bench {
    fn new() -> Self {
        let state = world::state(SIZE, TimeZone::UTC, message);
        let (theme, painter) = (Theme::default(), Painter::default());
        let mut bench = Self { state, theme, painter, next_number: MESSAGES + 1 };
        bench.key("enter");
        bench.draw();
        bench
    }

    /// Draws a frame; bytes that reach the terminal for it.
    fn draw(&mut self) -> usize {
        let (state, theme) = (&self.state, &self.theme);
        let written = self.painter.paint(state.size, |buffer| {
            let places = black_box(draw_on(buffer, state, theme));
            Finish { cursor: places.cursor(), scrolled: places.scrolled() }
        });
        black_box(written).len()
    }

    fn apply(&mut self, event: Event) {
        update(&mut self.state, event);
        update(&mut self.state, Event::Settled);
    }

    fn key(&mut self, key: &str) {
        self.apply(Event::Key(key.parse().expect("a key")));
    }

    fn receive(&mut self) {
        let message = message(self.next_number);
        let frame =
            ServerFrame::Event { seq: self.next_number, event: Entry::MessagePosted { message } };
        self.next_number += 1;
        self.apply(Event::Frame(Box::new(frame)));
    }

    /// Bytes that reach the terminal for what `act` does, once it is drawn: the mean of ten times.
    fn bytes(&mut self, act: impl Fn(&mut Self)) -> usize {
        const TIMES: usize = 10;
        let drawn = |bench: &mut Self| {
            act(bench);
            bench.draw()
        };
        (0..TIMES).map(|_| drawn(self)).sum::<usize>() / TIMES
    }
}

fn message(conv_seq: u64) -> Message {
    let body = format!("Message {conv_seq} of the usual forty-nine chars here.");
    world::message(conv_seq, body, world::time())
}

#[expect(clippy::print_stdout, reason = "what is measured besides time")]
fn frames(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    println!("bytes: unchanged frame {}", bench.bytes(|_| {}));
    println!("bytes: key {}", bench.bytes(|bench| bench.key("x")));
    println!("bytes: message received {}", bench.bytes(Bench::receive));
    println!("bytes: page up {}", bench.bytes(|bench| bench.key("pageup")));
    bench.key("ctrl-end");
    bench.draw();
    println!(
        "bytes: fifty messages received {}",
        bench.bytes(|bench| {
            (0..50).for_each(|_| bench.receive());
        })
    );

    let mut group = criterion.benchmark_group("frame");
    group.bench_function("unchanged", |b| b.iter(|| bench.draw()));
    group.bench_function("key", |b| {
        b.iter(|| {
            bench.key("x");
            bench.draw();
            bench.key("backspace");
            bench.draw();
        });
    });
    group.bench_function("message", |b| {
        b.iter(|| {
            bench.receive();
            bench.draw();
        });
    });
    group.bench_function("page up", |b| {
        b.iter(|| {
            bench.key("pageup");
            bench.draw();
        });
    });
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
