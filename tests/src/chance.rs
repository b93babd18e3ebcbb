//! What a fault test leaves to chance, repeatable from a printed seed; its size; and what it needs
//! of the machine.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The seed of a test that makes its own random numbers: `NEMESIS_SEED`, or another one each time.
/// Said, so that a failure can be had again.
pub fn seed(test: &str) -> u64 {
    let seed = given_or_fresh_seed();
    tell(&format!("{test}: NEMESIS_SEED={seed}"));
    seed
}

fn given_or_fresh_seed() -> u64 {
    number("NEMESIS_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos())
    })
}

/// Random numbers of one test. `NEMESIS_SEED` chooses them; when the test fails, it says with
/// which.
pub struct Chance {
    test: &'static str,
    seed: u64,
    rng: StdRng,
}

impl Chance {
    /// For the test of this name.
    pub fn of(test: &'static str) -> Self {
        let seed = given_or_fresh_seed();
        Self { test, seed, rng: StdRng::seed_from_u64(seed) }
    }

    /// A number of the range.
    pub fn number(&mut self, range: Range<usize>) -> usize {
        self.rng.random_range(range)
    }

    /// A duration of the range, given in milliseconds.
    pub fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.rng.random_range(range))
    }

    /// Yes or no.
    pub fn coin(&mut self) -> bool {
        self.rng.random()
    }
}

impl Drop for Chance {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tell(&format!("{}: repeat it with NEMESIS_SEED={}", self.test, self.seed));
        }
    }
}

/// How many times its usual size a fault test has: `NEMESIS_SCALE`, or 1.
pub fn scale() -> usize {
    number("NEMESIS_SCALE").and_then(|scale| usize::try_from(scale).ok()).unwrap_or(1).max(1)
}

/// Whether to leave a test out because this machine lacks what it needs; says so by name.
///
/// # Panics
/// With `CI=true`: there everything is installed, and a test left out is a mistake.
pub fn is_skipped(test: &str, needs: &str, is_there: bool) -> bool {
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(is_there || !is_ci, "{test} needs {needs}");
    if !is_there {
        tell(&format!("skipped: {test} needs {needs}"));
    }
    !is_there
}

/// Says something to whoever runs the tests: figures, seeds, what was left out.
pub fn tell(text: &str) {
    use std::io::Write;
    // Not `println!`: the test harness would hide it while the test succeeds.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
