//! Reading a request's body: not too much, and not too slowly.

use std::time::Duration;

use axum::body::Body;
use chatter_protocol::{ErrorBody, ErrorCode};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::Failure;

/// How long a body may come as slowly as it likes; a bad line stutters.
const SLOW_START: Duration = Duration::from_secs(5);
/// How fast it must come from then on, on the whole, in bytes per second. Slower is no line that
/// people use, but somebody who holds connections open.
const BYTES_PER_SECOND_MIN: f64 = 1024.0;

/// The whole body, of at most `bytes_max`, within `deadline` and at the least speed.
///
/// # Errors
/// A refusal that says which of them it broke, or that the connection did.
pub(super) async fn read(
    body: Body,
    bytes_max: usize,
    deadline: Duration,
) -> Result<Vec<u8>, Failure> {
    let began = Instant::now();
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    loop {
        let earned = Duration::from_secs_f64(bytes.len() as f64 / BYTES_PER_SECOND_MIN);
        let until = began + deadline.min(SLOW_START + earned);
        match timeout_at(until, chunks.next()).await {
            Ok(Some(Ok(chunk))) if chunk.len() > bytes_max - bytes.len() => {
                return Err(too_large(bytes_max));
            }
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Ok(Some(Err(_))) => {
                return Err(Failure::bad_request("The request's body broke off."));
            }
            Err(_) => return Err(Failure::bad_request("The request's body took too long.")),
        }
    }
}

/// The refusal of a body over the limit.
pub(super) fn too_large(bytes_max: usize) -> Failure {
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
