//! One REST answer: fetched up to a limit, told apart from what a proxy or another program says.

use bytes::Bytes;
use chatter_protocol::error::ErrorAnswer;
use chatter_protocol::{Timestamp, text};
use jiff::fmt::rfc2822;
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::de::DeserializeOwned;

use super::{NetError, ServerUrl, cause};

/// Largest answer taken, bytes. A page is 200 rows or 256 KiB of bodies, JSON escapes of which may
/// be six times as long.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Sends `request` and returns the body of a success.
pub(super) async fn fetch(
    server: &ServerUrl,
    request: RequestBuilder,
) -> Result<Vec<u8>, NetError> {
    fetch_dated(server, request).await.map(|(_, body)| body)
}

/// The same, and the server's clock: the answer's `Date` (RFC 9110, section 6.6.1), whole seconds.
pub(super) async fn fetch_dated(
    server: &ServerUrl,
    request: RequestBuilder,
) -> Result<(Option<Timestamp>, Vec<u8>), NetError> {
    let response = request.send().await.map_err(|error| from_reqwest(server, &error))?;
    let status = response.status();
    let date = response.headers().get(header::DATE).and_then(|value| value.to_str().ok());
    let date = date.and_then(|date| rfc2822::parse(date).ok());
    let date = date.map(|date| Timestamp::from_millis(date.timestamp().as_millisecond()));
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim_start().starts_with("application/json"));
    let body = read_capped(server, response).await?;
    if status.is_success() && (is_json || body.is_empty()) {
        return Ok((date, body));
    }
    Err(from_refusal(server, status, &body))
}

/// Sends `request` and returns a success whose body is a file.
pub(super) async fn fetch_file(
    server: &ServerUrl,
    request: RequestBuilder,
) -> Result<Response, NetError> {
    let response = request.send().await.map_err(|error| from_reqwest(server, &error))?;
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(response);
    }
    let body = read_capped(server, response).await?;
    Err(from_refusal(server, status, &body))
}

/// The next bytes of a file.
pub(super) async fn next_chunk(
    server: &ServerUrl,
    response: &mut Response,
) -> Result<Option<Bytes>, NetError> {
    response.chunk().await.map_err(|error| from_reqwest(server, &error))
}

/// What is said of an answer that does not end.
pub(super) fn too_long(server: &ServerUrl, bytes_max: u64) -> NetError {
    not_chatter(server, format!("an answer above {bytes_max} bytes"))
}

/// Reads the body of a success as JSON.
pub(super) fn decode<T: DeserializeOwned>(server: &ServerUrl, body: &[u8]) -> Result<T, NetError> {
    serde_json::from_slice(body).map_err(|error| not_chatter(server, error.to_string()))
}

async fn read_capped(server: &ServerUrl, mut response: Response) -> Result<Vec<u8>, NetError> {
    let mut body = Vec::new();
    while let Some(chunk) = next_chunk(server, &mut response).await? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(too_long(server, ANSWER_BYTES_MAX as u64));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn from_refusal(server: &ServerUrl, status: StatusCode, body: &[u8]) -> NetError {
    match serde_json::from_slice::<ErrorAnswer>(body) {
        Ok(ErrorAnswer { mut error }) => {
            error.message = text::sanitize_line(&error.message).into_owned();
            NetError::Refused(error)
        }
        // What a proxy in front of a server says while the server is away.
        Err(_) if matches!(status.as_u16(), 502..=504) => NetError::Unreachable {
            server: server.to_string(),
            cause: format!("a proxy in front of it says {status}"),
        },
        Err(_) => not_chatter(server, format!("status {status}")),
    }
}

fn not_chatter(server: &ServerUrl, cause: String) -> NetError {
    NetError::NotChatter { server: server.to_string(), cause: cause::safe(&cause) }
}

fn from_reqwest(server: &ServerUrl, error: &reqwest::Error) -> NetError {
    if error.is_timeout() {
        return NetError::TimedOut;
    }
    let server = server.to_string();
    if let Some(cause) = cause::tls(error) {
        return NetError::Tls { server, cause };
    }
    let cause = cause::innermost(error);
    if error.is_connect() {
        return NetError::Unreachable { server, cause };
    }
    NetError::Lost { server, cause }
}
