//! Instants on the wire: RFC 3339, UTC, milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant with millisecond resolution. For people to read; never for ordering messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = "date-time"))]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The system clock's now.
    pub fn now() -> Self {
        Self::from_millis(jiff::Timestamp::now().as_millisecond())
    }

    /// From milliseconds since the Unix epoch; an instant outside the years -9999 to 9999 is
    /// clamped to their end.
    pub fn from_millis(millis: i64) -> Self {
        let clamp = if millis < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(jiff::Timestamp::from_millisecond(millis).unwrap_or(clamp))
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// For calendars and time zones.
    pub fn to_jiff(self) -> jiff::Timestamp {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

/// Takes an instant as it is written, without a copy of the text.
struct Written;

impl de::Visitor<'_> for Written {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instant as in RFC 3339")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        let instant: jiff::Timestamp = text.parse().map_err(E::custom)?;
        Ok(Timestamp::from_millis(instant.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_in_utc_with_three_decimals_and_read_back() {
        let text = "\"2026-02-03T04:05:06.007Z\"";
        let instant: Timestamp = serde_json::from_str(text).expect("valid");
        assert_eq!(serde_json::to_string(&instant).expect("writes"), text);
        let zoned: Timestamp =
            serde_json::from_str("\"2026-02-03T06:05:06.0071+02:00\"").expect("valid");
        assert_eq!(zoned, instant);
    }

    #[test]
    fn an_absurd_clock_is_clamped() {
        assert!(Timestamp::from_millis(i64::MAX) > Timestamp::from_millis(0));
        assert!(Timestamp::from_millis(i64::MIN) < Timestamp::from_millis(0));
    }
}
