//! What the load says: a body of 100 bytes that tells when it was due and the how many-th it is, and
//! what was heard, found in a frame without decoding it, so that the load is not the limit.

/// Bytes of each body.
pub(crate) const BODY_BYTES: usize = 100;

/// Digits of the time and of the number in a body.
const DIGITS: usize = 16;

/// A message of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// When it was due, microseconds after the start of the load.
    pub(crate) due_us: u64,
    /// The how many-th of its sender, from 0.
    pub(crate) number: u64,
}

/// What came over a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message of somebody.
    Message(Said),
    /// One of mine is stored.
    Ack,
    /// One of mine was refused.
    Refused,
    /// The server asks for a sign of life.
    Heartbeat,
    /// Welcome after hello, with the head of the stream.
    Welcome,
    /// Anything else.
    Other,
}

impl Said {
    /// The body.
    pub(crate) fn body(self) -> String {
        let mut body = format!("{:0DIGITS$} {:0DIGITS$} ", self.due_us, self.number);
        body.extend(std::iter::repeat_n('x', BODY_BYTES - body.len()));
        body
    }

    /// The message with this body, if it is one of the load's.
    pub(crate) fn parse(body: &str) -> Option<Self> {
        let (due, number) = (body.get(..DIGITS)?, body.get(DIGITS + 1..2 * DIGITS + 1)?);
        Some(Self { due_us: due.parse().ok()?, number: number.parse().ok()? })
    }
}

/// What a frame of the server says.
pub(crate) fn heard(frame: &str) -> Heard {
    let Some(kind) = frame.strip_prefix(r#"{"type":""#) else { return Heard::Other };
    if kind.starts_with("event") {
        let body = frame.split_once(r#""body":""#).map(|(_, body)| body);
        return body.and_then(Said::parse).map_or(Heard::Other, Heard::Message);
    }
    match kind.split('"').next() {
        Some("ack") => Heard::Ack,
        Some("refused") => Heard::Refused,
        Some("heartbeat") => Heard::Heartbeat,
        Some("welcome") => Heard::Welcome,
        _ => Heard::Other,
    }
}

#[cfg(test)]
mod tests {
    use chatter_protocol::{ErrorBody, ErrorCode, ServerFrame};

    use super::*;

    #[test]
    fn a_body_has_its_size_and_is_understood() {
        let said = Said { due_us: 1_234_567, number: 89 };
        assert_eq!(said.body().len(), BODY_BYTES);
        assert_eq!(Said::parse(&said.body()), Some(said));
        assert_eq!(Said::parse("hello"), None);
    }

    #[test]
    fn frames_are_told_apart() {
        let text = |frame: &ServerFrame| serde_json::to_string(frame).expect("writes");
        let error = ErrorBody::new(ErrorCode::Busy, "no");
        assert_eq!(heard(&text(&ServerFrame::Error { error })), Heard::Other);
        assert_eq!(
            heard(&text(&ServerFrame::Heartbeat { positions: Vec::new() })),
            Heard::Heartbeat
        );
        let body = Said { due_us: 5, number: 6 }.body();
        let event = format!(r#"{{"type":"event","seq":1,"event":{{"body":"{body}"}}}}"#);
        assert_eq!(heard(&event), Heard::Message(Said { due_us: 5, number: 6 }));
    }
}
