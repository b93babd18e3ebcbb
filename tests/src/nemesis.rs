//! What all fault tests share: the seed, the scale, and the place that prints.

use std::time::{SystemTime, UNIX_EPOCH};

/// The seed of this run: `NEMESIS_SEED`, or another one each time. Printed, so that a failure can
/// be had again.
pub fn seed(test: &str) -> u64 {
    let given = std::env::var("NEMESIS_SEED").ok();
    let seed = given.map_or_else(fresh_seed, |text| text.parse().expect("NEMESIS_SEED: a number"));
    say(&format!("{test}: NEMESIS_SEED={seed}"));
    seed
}

fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::from(now.subsec_nanos())
}

/// How much more than usual to do: `NEMESIS_SCALE`, 1 if absent.
pub fn scale() -> usize {
    let given = std::env::var("NEMESIS_SCALE").ok();
    given.map_or(1, |text| text.parse().expect("NEMESIS_SCALE: a whole number"))
}

/// Prints a line into the output of the test.
#[expect(clippy::print_stdout, reason = "figures and seeds belong into a test's output")]
pub fn say(line: &str) {
    println!("{line}");
}
