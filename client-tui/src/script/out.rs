//! What commands print: aligned text for people, or versioned JSON, one object a line, for programs.
//!
//! Text of others is made safe here: in plain output what could command a terminal is taken out,
//! in JSON it is escaped, so that nothing is lost and nothing acts.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use chatter_protocol::Timestamp;
use chatter_protocol::text::{sanitize, sanitize_line};
use jiff::tz::TimeZone;
use serde::Serialize;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::exit::Failure;
use crate::clock::zone_here;
use crate::state::wrap::columns;

/// Version of the JSON records. It rises when a field is taken away or means something else; new
/// types and fields may come without that.
pub const SCHEMA_VERSION: u8 = 1;

/// What one line of output says.
pub(super) trait Record: Serialize {
    /// Its type, as JSON names it.
    const TYPE: &'static str;

    /// The same for a person; no line feed at the end. None where a person wants to see nothing.
    fn plain(&self, look: &Look) -> Option<String>;
}

/// How plain output looks.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Whether a terminal shows it that knows bold and dim.
    pub(super) is_styled: bool,
    /// Whose clock shows.
    pub(super) zone: TimeZone,
}

impl Look {
    /// Where is the most important thing of a line.
    pub(super) fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    /// What is there for who looks for it.
    pub(super) fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    fn styled(&self, code: &str, text: &str) -> String {
        match self.is_styled && !text.is_empty() {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    /// Date and time of day, to the minute.
    pub(super) fn time(&self, at: Timestamp) -> String {
        at.to_jiff().to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A status message that is one line, and until when it holds.
    pub(super) fn status(&self, status: &str, end: Option<Timestamp>) -> String {
        match end {
            Some(end) => format!("{status} {}", self.dim(&format!("(until {})", self.time(end)))),
            None => status.to_owned(),
        }
    }
}

/// Standard output.
pub(super) struct Out {
    is_json: bool,
    look: Look,
    stdout: io::BufWriter<io::Stdout>,
}

impl Out {
    /// Plain or JSON; styled only on a terminal that wants it.
    pub(super) fn new(is_json: bool) -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_styled = io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb;
        let look = Look { is_styled, zone: zone_here() };
        Self { is_json, look, stdout: io::BufWriter::new(io::stdout()) }
    }

    /// Whether JSON is printed.
    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// How plain output looks.
    pub(super) fn look(&self) -> &Look {
        &self.look
    }

    /// Prints a record; seen by others only after [`Out::flush`].
    pub(super) fn record<R: Record>(&mut self, record: &R) -> Result<(), Failure> {
        let line = match self.is_json {
            true => Some(json_line(record)?),
            false => record.plain(&self.look),
        };
        match line {
            Some(line) => self.text(&line),
            None => Ok(()),
        }
    }

    /// Prints a line that is the same for people and programs.
    pub(super) fn text(&mut self, line: &str) -> Result<(), Failure> {
        let written = self.stdout.write_all(line.as_bytes());
        written.and_then(|()| self.stdout.write_all(b"\n")).map_err(|error| failed(&error))
    }

    /// Hands everything to whoever reads it.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.stdout.flush().map_err(|error| failed(&error))
    }
}

/// Why output could not be written.
pub(super) fn failed(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::closed(),
        _ => Failure::local(format!("The output can't be written: {error}.")),
    }
}

/// A line on standard error; nobody may be there to read it.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The same, only where a person watches.
pub(super) fn say_to_person(line: &str) {
    if io::stderr().is_terminal() {
        say(line);
    }
}

/// Why a command was not done, on standard error.
pub(super) fn say_failure(failure: &Failure, is_json: bool) {
    if failure.message.is_empty() {
        return;
    }
    let line = match is_json {
        true => json_line(&ErrorRecord {
            code: &failure.code,
            exit: failure.exit.code(),
            message: &failure.message,
        }),
        false => Ok(format!("chatter: {}", sanitize(&failure.message))),
    };
    say(&line.unwrap_or_default());
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    code: &'a str,
    exit: u8,
    message: &'a str,
}

impl Record for ErrorRecord<'_> {
    const TYPE: &'static str = "error";

    fn plain(&self, _: &Look) -> Option<String> {
        None
    }
}

#[derive(Serialize)]
struct Line<'a, R> {
    v: u8,
    r#type: &'static str,
    #[serde(flatten)]
    record: &'a R,
}

/// A record as JSON in one line, without anything that acts on a terminal.
pub(super) fn json_line<R: Record>(record: &R) -> Result<String, Failure> {
    let line = Line { v: SCHEMA_VERSION, r#type: R::TYPE, record };
    let text = serde_json::to_string(&line)
        .map_err(|error| Failure::local(format!("The output can't be written: {error}.")))?;
    Ok(escaped(text))
}

/// Control and formatting characters as `\uXXXX`. In JSON they can only be in strings, where that
/// means the same.
fn escaped(json: String) -> String {
    let acts = |c: char| c.is_control() || c.general_category() == GeneralCategory::Format;
    if json.is_ascii() && !json.contains('\u{7f}') || !json.contains(acts) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string can't fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Text of somebody on one line.
pub(super) fn one_line(text: &str) -> String {
    sanitize_line(text).into_owned()
}

/// Text of somebody, its further lines below the first at `indent` columns.
pub(super) fn indented(text: &str, indent: usize) -> String {
    let safe = sanitize(text);
    let gap = format!("\n{:indent$}", "");
    safe.trim_end().split('\n').collect::<Vec<_>>().join(&gap)
}

/// `text` with spaces behind it up to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(columns(text)))
}

/// The widest of `texts`, in columns.
pub(super) fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(columns).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Says {
        body: &'static str,
    }

    impl Record for Says {
        const TYPE: &'static str = "says";

        fn plain(&self, _: &Look) -> Option<String> {
            Some(indented(self.body, 2))
        }
    }

    #[test]
    fn json_loses_nothing_and_acts_on_nothing() {
        let body = "a\u{1b}]0;x\u{7}\u{9b}31m\u{7f}\u{202e}b\u{e0001} 日本 👩\u{200d}🔬\n";
        let line = json_line(&Says { body }).expect("writes");
        assert!(line.starts_with(r#"{"v":1,"type":"says","body":"#), "{line}");
        assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{e0001}'));
        let read: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(read["body"], body);
    }

    #[test]
    fn plain_text_is_harmless_and_stays_in_its_column() {
        let look = Look { is_styled: false, zone: TimeZone::UTC };
        let said = Says { body: "one\u{1b}[2J\ntwo\r\n\n" }.plain(&look).expect("plain");
        assert_eq!(said, "one\u{fffd}[2J\n  two\u{fffd}");
        assert_eq!(look.bold("x"), "x");
        assert_eq!(padded("日本", 6), "日本  ");
    }
}
