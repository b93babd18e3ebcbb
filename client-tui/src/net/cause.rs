//! The useful part of an error chain, safe to put into a sentence.

use std::error::Error;
use std::io;

use chatter_protocol::text;

/// The last cause of `error`, the part that a person can use: one line, nothing in it that could
/// command a terminal, no full stop.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let last = chain(error).last().map(ToString::to_string).unwrap_or_default();
    safe(&last)
}

/// Why there was no safe connection, if that is what `error` is about.
pub(super) fn tls(error: &(dyn Error + 'static)) -> Option<String> {
    let tls = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    Some(match tls {
        rustls::Error::InvalidMessage(_) => "it doesn't speak TLS".to_owned(),
        other => safe(&other.to_string()),
    })
}

/// `cause` as part of a sentence.
pub(super) fn safe(cause: &str) -> String {
    text::sanitize_line(cause.trim_end_matches('.')).into_owned()
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        // An `io::Error` gives the source of what it wraps, and so leaves out what it wraps.
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => cause.source(),
        }
    })
}
