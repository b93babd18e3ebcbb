//! Lengths of time as people write them: `90d`, `10m`, `1h30m`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// Reads a length of time; a plain number is seconds.
///
/// # Errors
/// If `text` is none, as a sentence.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("{text:?} is no length of time; write it as in 30s, 10m, 2h or 90d");
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let span: Span = text.parse().map_err(|_| refused())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| refused())?;
    Duration::try_from(length).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90),
            ("30s", 30),
            ("10m", 600),
            ("1h30m", 5_400),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "soon", "-5m", "3 months", "10 parsecs"] {
            assert!(parse_duration(text).expect_err(text).contains("10m"), "{text}");
        }
    }
}
