//! Why one connection ended, and what that means for the next.

use std::time::Duration;

use chatter_protocol::{CloseCode, ErrorBody, ErrorCode, text};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as SocketError, http};

use super::cause;

/// Longest wait that a server may ask for; a wrong or hostile number must not silence a client.
const RETRY_AFTER_MAX: Duration = Duration::from_mins(10);

/// The end of a connection, or of the attempt to make one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nobody holds the link any more.
    Stopped,
    /// The session has ended: another attempt is pointless.
    SessionEnded,
    /// The session may not have a live connection, and never will: another attempt is pointless.
    Forbidden {
        /// Why, as a sentence for a person.
        reason: String,
    },
    /// Lost, or not made: to be tried again.
    Lost(Lost),
}

/// A connection that is to be made again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// Why, as a sentence for a person.
    pub(super) reason: String,
    /// What the server asked to wait at least.
    pub(super) retry_after: Option<Duration>,
    /// When the server expects the client back.
    pub(super) comeback: Comeback,
}

/// When a server expects a client back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Comeback {
    /// Without any wait.
    AtOnce,
    /// With the shortest wait, whatever went wrong before.
    Soon,
    /// As the back-off says.
    #[default]
    Later,
}

impl Ending {
    pub(super) fn lost(reason: impl Into<String>) -> Self {
        Self::Lost(Lost { reason: reason.into(), ..Lost::default() })
    }

    /// The server said no with an error body, in a frame or in place of the upgrade.
    pub(super) fn from_refusal(error: &ErrorBody) -> Self {
        if matches!(error.code, ErrorCode::SessionEnded | ErrorCode::AuthRequired) {
            return Self::SessionEnded;
        }
        let reason = text::sanitize_line(&error.message).into_owned();
        if error.code == ErrorCode::Forbidden {
            return Self::Forbidden { reason };
        }
        Self::Lost(Lost { reason, retry_after: retry_after(error), ..Lost::default() })
    }

    /// The server closed the connection. `refusal` is the error frame that it sent before, if any.
    pub(super) fn from_close(frame: Option<&CloseFrame>, refusal: Option<&ErrorBody>) -> Self {
        let Some(code) = frame.map(|frame| u16::from(frame.code)) else {
            return Self::lost("The server closed the connection.");
        };
        let reason = match code {
            code if code == CloseCode::SessionEnded.code() => return Self::SessionEnded,
            code if code == CloseCode::AuthRequired.code() => return Self::SessionEnded,
            code if code == CloseCode::Forbidden.code() => return Self::forbidden(refusal),
            code if code == CloseCode::Restart.code() => "The server restarts.",
            code if code == CloseCode::Slow.code() => "The connection was too slow; catching up.",
            code if code == CloseCode::TooManyConnections.code() => {
                "The server has too many connections; sign out elsewhere or wait."
            }
            code if code == CloseCode::RateLimited.code() => "The server asks to send more slowly.",
            _ => return Self::lost(format!("The server closed the connection (code {code}).")),
        };
        Self::Lost(Lost {
            reason: reason.to_owned(),
            retry_after: refusal.and_then(retry_after),
            comeback: match code {
                code if code == CloseCode::Slow.code() => Comeback::AtOnce,
                code if code == CloseCode::Restart.code() => Comeback::Soon,
                _ => Comeback::Later,
            },
        })
    }

    fn forbidden(refusal: Option<&ErrorBody>) -> Self {
        match refusal.filter(|error| error.code == ErrorCode::Forbidden) {
            Some(error) => Self::from_refusal(error),
            None => Self::Forbidden { reason: "This token may not read.".to_owned() },
        }
    }

    /// The connection broke, or the server did not take the upgrade.
    pub(super) fn from_socket_error(error: &SocketError) -> Self {
        match error {
            SocketError::Http(response) => from_http(response),
            SocketError::ConnectionClosed | SocketError::AlreadyClosed => {
                Self::lost("The server closed the connection.")
            }
            other => Self::lost(format!("The connection was lost ({}).", cause::innermost(other))),
        }
    }
}

/// What the server answered in place of the upgrade.
fn from_http(response: &http::Response<Option<Vec<u8>>>) -> Ending {
    let body = response.body().as_deref().unwrap_or_default();
    if let Ok(answer) = serde_json::from_slice::<chatter_protocol::error::ErrorAnswer>(body) {
        return Ending::from_refusal(&answer.error);
    }
    let retry_after = response
        .headers()
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    let reason = match response.status().as_u16() {
        502..=504 => "The server is not running right now.".to_owned(),
        status => format!("The server doesn't take live connections (status {status})."),
    };
    Ending::Lost(Lost { reason, retry_after, ..Lost::default() })
}

fn retry_after(error: &ErrorBody) -> Option<Duration> {
    error.retry_after_ms.map(|wait_ms| Duration::from_millis(wait_ms).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: CloseCode) -> Ending {
        let frame = CloseFrame { code: code.code().into(), reason: code.reason().into() };
        Ending::from_close(Some(&frame), None)
    }

    #[test]
    fn only_an_ended_session_and_a_missing_right_stop_the_link() {
        for code in [CloseCode::SessionEnded, CloseCode::AuthRequired] {
            assert_eq!(closed(code), Ending::SessionEnded);
        }
        assert!(matches!(closed(CloseCode::Forbidden), Ending::Forbidden { .. }));
        for (code, comeback) in [
            (CloseCode::Normal, Comeback::Later),
            (CloseCode::TooLarge, Comeback::Later),
            (CloseCode::Restart, Comeback::Soon),
            (CloseCode::BadFrame, Comeback::Later),
            (CloseCode::TooManyConnections, Comeback::Later),
            (CloseCode::Silent, Comeback::Later),
            (CloseCode::RateLimited, Comeback::Later),
            (CloseCode::Slow, Comeback::AtOnce),
            (CloseCode::Internal, Comeback::Later),
        ] {
            let Ending::Lost(lost) = closed(code) else { panic!("{code:?}") };
            assert_eq!(lost.comeback, comeback, "{code:?}");
        }
    }

    #[test]
    fn a_server_may_ask_to_wait_but_not_for_ever() {
        let wait = |wait_ms| {
            let error = ErrorBody::new(ErrorCode::Busy, "Busy.").retry_after_ms(wait_ms);
            match Ending::from_refusal(&error) {
                Ending::Lost(lost) => lost.retry_after,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(wait(1_500), Some(Duration::from_millis(1_500)));
        assert_eq!(wait(u64::MAX), Some(RETRY_AFTER_MAX));
    }

    #[test]
    fn a_proxy_page_in_place_of_the_upgrade_is_told_apart() {
        let response = http::Response::builder()
            .status(503)
            .header("retry-after", "7")
            .body(Some(b"<html>".to_vec()))
            .expect("valid");
        let Ending::Lost(lost) = Ending::from_socket_error(&SocketError::Http(Box::new(response)))
        else {
            panic!("not lost");
        };
        assert_eq!(lost.retry_after, Some(Duration::from_secs(7)));
        assert!(lost.reason.contains("not running"), "{}", lost.reason);
    }
}
