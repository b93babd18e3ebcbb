//! Reading a request's body: not too much, and not too slowly.

use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use chatter_protocol::{ErrorBody, ErrorCode};
use futures_util::{Stream, StreamExt, stream};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::Failure;

/// How long a body may come as slowly as it likes; a bad line stutters.
const SLOW_START: Duration = Duration::from_secs(5);
/// How fast it must come from then on, on the whole, in bytes per second. Slower is no line that
/// people use, but somebody who holds connections open.
const BYTES_PER_SECOND_MIN: f64 = 1024.0;

/// What is wrong with a body as it comes.
#[derive(Debug, Clone, Copy, Error)]
pub(super) enum BodyFault {
    #[error("more than {0} bytes")]
    TooLarge(u64),
    #[error("too slow")]
    TooSlow,
    #[error("broken off")]
    Broken,
}

impl From<BodyFault> for Failure {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge(bytes_max) => too_large(bytes_max),
            BodyFault::TooSlow => Self::bad_request("The request's body took too long."),
            BodyFault::Broken => Self::bad_request("The request's body broke off."),
        }
    }
}

/// The body as it comes: of at most `bytes_max`, within `deadline` and at the least speed. Ends after
/// a fault.
pub(super) fn paced(
    body: Body,
    bytes_max: u64,
    deadline: Duration,
) -> impl Stream<Item = Result<Bytes, BodyFault>> + Send + 'static {
    let began = Instant::now();
    let start = (body.into_data_stream(), 0, false);
    stream::unfold(start, move |(mut chunks, bytes, is_over)| async move {
        if is_over {
            return None;
        }
        let earned = Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND_MIN);
        let until = began + deadline.min(SLOW_START + earned);
        let fault = match timeout_at(until, chunks.next()).await {
            Ok(None) => return None,
            Ok(Some(Ok(chunk))) => match bytes + chunk.len() as u64 {
                bytes if bytes <= bytes_max => return Some((Ok(chunk), (chunks, bytes, false))),
                _ => BodyFault::TooLarge(bytes_max),
            },
            Ok(Some(Err(_))) => BodyFault::Broken,
            Err(_) => BodyFault::TooSlow,
        };
        Some((Err(fault), (chunks, bytes, true)))
    })
}

/// The whole body, under the same conditions.
///
/// # Errors
/// A refusal that says which of them it broke, or that the connection did.
pub(super) async fn read(
    body: Body,
    bytes_max: usize,
    deadline: Duration,
) -> Result<Vec<u8>, Failure> {
    let mut chunks = pin!(paced(body, bytes_max as u64, deadline));
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

/// The refusal of a body over the limit.
pub(super) fn too_large(bytes_max: u64) -> Failure {
    let message = format!("A request's body has at most {bytes_max} bytes.");
    ErrorBody::new(ErrorCode::TooLarge, message).into()
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use futures_util::stream;
    use tokio::time::sleep;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);

    /// So many chunks of so many bytes, one each second.
    fn one_each_second(chunks: u32, chunk_bytes: usize) -> Body {
        Body::from_stream(stream::unfold(0, move |sent| async move {
            sleep(Duration::from_secs(1)).await;
            (sent < chunks).then(|| (io::Result::Ok(vec![b'x'; chunk_bytes]), sent + 1))
        }))
    }

    /// How many bytes were read, or the refusal's status; and the seconds that it took.
    async fn read_it(body: Body, bytes_max: usize) -> (Result<usize, StatusCode>, u64) {
        let began = Instant::now();
        let read = read(body, bytes_max, DEADLINE).await;
        let read = read.map(|bytes| bytes.len()).map_err(|it| it.into_response().status());
        (read, began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_cut_and_one_that_flows_is_read() {
        let dripping = read_it(one_each_second(60, 1), 100_000).await;
        assert_eq!(dripping, (Err(StatusCode::BAD_REQUEST), 5));
        let flowing = read_it(one_each_second(20, 1024), 100_000).await;
        assert_eq!(flowing, (Ok(20 * 1024), 21));
        let without_end = read_it(one_each_second(60, 1024), 100_000).await;
        assert_eq!(without_end, (Err(StatusCode::BAD_REQUEST), 30));
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_is_the_last_length_that_is_read() {
        assert_eq!(read_it(one_each_second(2, 50), 100).await.0, Ok(100));
        let over = read_it(one_each_second(2, 50), 99).await.0;
        assert_eq!(over, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }
}
