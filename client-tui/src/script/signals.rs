//! Being asked to stop.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::timeout;

use super::exit::Failure;

/// How long an answer is waited for that may be on its way: longer than a server takes to check a
/// password, shorter than a person's patience.
const LAST_MOMENT: Duration = Duration::from_secs(3);

/// Waits for SIGINT, SIGTERM or SIGHUP, and returns the number of the one that came.
pub(super) async fn interrupted() -> u8 {
    let (interrupt, terminate, hang_up) =
        (SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup());
    tokio::select! {
        () = next(interrupt) => number(interrupt),
        () = next(terminate) => number(terminate),
        () = next(hang_up) => number(hang_up),
    }
}

/// Does `work`, unless a signal asks to stop before it is done.
pub(super) async fn or_stop<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        // First the signals, so that they are caught before the work has begun.
        biased;
        number = interrupted() => Err(Failure::signal(number)),
        done = work => done,
    }
}

/// The same for what must not be left half done; after a signal it has a moment to come to its end.
/// What it came to, and the signal.
pub(super) async fn or_stop_soon<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> (Result<T, Failure>, Option<u8>) {
    let mut work = pin!(work);
    let number = tokio::select! {
        biased;
        number = interrupted() => number,
        done = &mut work => return (done, None),
    };
    let done = timeout(LAST_MOMENT, work).await;
    (done.unwrap_or_else(|_| Err(Failure::signal(number))), Some(number))
}

async fn next(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => drop(Signal::recv(&mut signal).await),
        // Then the signal ends the process, as it does everybody.
        Err(_) => std::future::pending().await,
    }
}

fn number(kind: SignalKind) -> u8 {
    u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX)
}
