//! What it costs to lay a message out, which happens for every message that scrolls into view.

use std::hint::black_box;

use chatter::markdown::lay_out;
use criterion::{Criterion, criterion_group, criterion_main};

const COLUMNS: usize = 80;

fn messages(criterion: &mut Criterion) {
    let line = "Sounds good, see you at ten. Bring the *blue* notes, @ada!";
    let mixed = "Some **bold** words, a `call()` and https://example.org/path_to/it for @ada.\n\
                 - one item with _emphasis_ in it\n> what you said\n\n";
    let mixed = mixed.repeat(2048 / mixed.len() + 1);
    let code = "    let answer = question.iter().map(|word| word.len()).sum::<usize>(); // 42\n";
    let code = format!("```rust\n{}```", code.repeat(200));
    for (name, body) in [("one line", line), ("2 KiB of everything", &mixed), ("200 lines", &code)]
    {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| lay_out(black_box(body), COLUMNS));
        });
    }
}

criterion_group!(benches, messages);
criterion_main!(benches);
