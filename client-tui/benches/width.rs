//! What it costs to measure text and to break it into rows: every piece of text on the screen is
//! measured for each frame. `cargo bench -p chatter --bench width`.

use std::hint::black_box;
use std::time::Duration;

use chatter::config::Emoji;
use chatter::state::wrap::{columns, shorten, wrap};
use chatter::width::{Agreement, Widths, set_shown_as, shown_text};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const COLUMNS: usize = 80;

const NAME: &str = "Ada Lovelace";
const LATIN: &str = "Sounds good, see you at ten. Bring the blue notes, and do not forget Ada! ";
const ACCENTED: &str = "Über die Brücke führt der Weg – schöne Grüße, à bientôt, ¡hasta mañana! ";
const WIDE: &str = "明日の朝九時に東京駅で会いましょう。切符を忘れないでください。";
const PICTURES: &str = "👨‍👩‍👧 🇩🇪 ❤️ 👍🏽 1️⃣ 🚀 ok 👩🏽‍🔬 ";

fn texts() -> [(&'static str, String); 5] {
    let paragraph = |text: &str| text.repeat(500 / text.len() + 1);
    [
        ("name", NAME.to_owned()),
        ("latin", paragraph(LATIN)),
        ("accented", paragraph(ACCENTED)),
        ("wide", paragraph(WIDE)),
        ("pictures", paragraph(PICTURES)),
    ]
}

fn widths(criterion: &mut Criterion) {
    for (name, text) in texts() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("columns", |bencher| bencher.iter(|| columns(black_box(&text))));
        group.bench_function("wrap", |bencher| bencher.iter(|| wrap(black_box(&text), COLUMNS)));
        group.bench_function("shorten", |bencher| {
            bencher.iter(|| shorten(black_box(&text), COLUMNS / 2));
        });
        group.finish();
    }
    let mut group = criterion.benchmark_group("a terminal that gives families another width");
    set_shown_as(Widths { zwj: Agreement::Differs, ..Widths::default() }, Emoji::Auto);
    let (_, pictures) = texts().into_iter().next_back().expect("pictures");
    group.throughput(Throughput::Bytes(pictures.len() as u64));
    group.bench_function("columns", |bencher| bencher.iter(|| columns(black_box(&pictures))));
    group.bench_function("shown_text", |bencher| bencher.iter(|| shown_text(black_box(&pictures))));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(30);
    targets = widths
}
criterion_main!(benches);
