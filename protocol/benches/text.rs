//! What it costs to check a body, which the server does for each message, and to make it safe to
//! show, which the client does. `cargo bench -p chatter-protocol --bench text`.

use std::hint::black_box;
use std::time::Duration;

use chatter_protocol::Limits;
use chatter_protocol::text::{check_body, sanitize};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What people write most.
const LINE: &str = "Sounds good, see you at ten. Bring the blue notes, and do not forget Ada!";

/// What they write where ASCII is not enough.
const MIXED: &str = "Grüße aus 東京 👋🏽 – das Treffen ist um zehn, 明日の朝に。 👩‍🔬 e\u{301} ❤️";

/// What nobody should see as it is: sequences, direction overrides, towers of marks.
const HOSTILE: &str = "a\u{1b}]52;c;aGk=\u{7}b pay\u{202e}moc\u{200b}.x \u{9b}31m \
                       e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301} a\u{200d}b\u{2028}";

fn texts() -> [(&'static str, String); 5] {
    let fill = |text: &str| text.repeat(Limits::default().body_bytes_max / text.len());
    [
        ("a line", LINE.to_owned()),
        ("mixed text", MIXED.to_owned()),
        ("hostile text", HOSTILE.to_owned()),
        ("16 KiB of lines", fill(LINE)),
        ("16 KiB of mixed text", fill(MIXED)),
    ]
}

fn text(criterion: &mut Criterion) {
    let bytes_max = Limits::default().body_bytes_max;
    for (name, text) in texts() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("sanitize", |bencher| bencher.iter(|| sanitize(black_box(&text))));
        group.bench_function("check_body", |bencher| {
            bencher.iter(|| check_body(black_box(&text), bytes_max));
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(30);
    targets = text
}
criterion_main!(benches);
