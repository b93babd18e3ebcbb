//! How long a key in the switcher takes with ten thousand people: less than 5 ms is asked for, so
//! that typing never waits. `cargo bench --bench finding`.

use std::hint::black_box;

use chatter::state::switcher::{Item, Switcher};
use chatter_protocol::User;
use criterion::{Criterion, criterion_group, criterion_main};

const PEOPLE: usize = 10_000;

const FIRST: [&str; 8] = ["Grace", "Ada", "Zoë", "Sakura", "Linus", "Margaret", "Edsger", "José"];
const LAST: [&str; 7] =
    ["Hopper", "Lovelace", "Ångström", "Tanaka", "Hamilton", "Dijkstra", "Núñez"];

fn people() -> Vec<Item> {
    let person = |number: usize| {
        let (first, last) = (FIRST[number % FIRST.len()], LAST[number % LAST.len()]);
        let user: User = serde_json::from_value(serde_json::json!({
            "id": uuid::Uuid::from_u128(number as u128),
            "username": format!("user{number}.{}", last.len()),
            "display_name": format!("{first} {last} {number}"),
            "status_message": "at the Mark II until six",
            "created_at": "2026-03-01T00:00:00.000Z",
            "rev": 0,
        }))
        .expect("a user");
        Item::person(&user)
    };
    (0..PEOPLE).map(person).collect()
}

fn finding(criterion: &mut Criterion) {
    for query in ["g", "gho", "margaret ham", "mark", "@n", "zzzz"] {
        let mut switcher = Switcher::new(people());
        criterion.bench_function(&format!("find {query:?} in {PEOPLE} people"), |bencher| {
            bencher.iter(|| {
                switcher.query.replace_all("");
                switcher.paste(black_box(query));
                black_box(switcher.rows.len())
            });
        });
    }
}

criterion_group!(benches, finding);
criterion_main!(benches);
