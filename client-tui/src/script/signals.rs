//! Being asked to stop.

use std::future::Future;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::Failure;

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
        done = work => done,
        number = interrupted() => Err(Failure::signal(number)),
    }
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
