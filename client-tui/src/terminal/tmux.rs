//! What tmux says of itself and of the terminal behind it. A child process with a deadline: asked
//! when something depends on it for the first time, never at the start.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::Emulator;

/// How long tmux may take; its server is on this machine.
const DEADLINE: Duration = Duration::from_millis(500);

/// Longest answer that is looked at, bytes.
const ANSWER_BYTES_MAX: usize = 4096;

/// Options can be asked for like any other format (tmux(1), "FORMATS"). One line each: no value
/// has a line feed in it.
const FORMAT: &str = "#{version}\n#{client_termtype}\n#{client_termname}\n#{set-clipboard}\n\
                      #{allow-passthrough}\n#{escape-time}\n#{focus-events}\n#{extended-keys}";

/// What tmux said; a value that it does not know is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TmuxFacts {
    /// Its version.
    pub version: String,
    /// How the terminal names itself, if it answered tmux.
    pub client_type: String,
    /// `TERM` of the terminal.
    pub client_term: String,
    /// Whether it takes copies: `on`, `external`, `off`.
    pub set_clipboard: String,
    /// Whether it passes sequences on: `on`, `all`, `off`.
    pub allow_passthrough: String,
    /// Milliseconds that it waits after Esc.
    pub escape_time: String,
    /// Whether it tells of the keyboard's coming and going.
    pub focus_events: String,
    /// Whether it passes on keys such as Shift+Enter: `on`, `always`, `off`.
    pub extended_keys: String,
}

impl TmuxFacts {
    /// Asks tmux; nothing if it can't be asked or takes too long.
    pub async fn ask() -> Option<Self> {
        let mut command = Command::new("tmux");
        command.arg("display-message").arg("-p");
        if let Ok(pane) = std::env::var("TMUX_PANE") {
            command.args(["-t", &pane]);
        }
        command.arg(FORMAT).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(DEADLINE, command.output()).await.ok()?.ok()?;
        let answer = output.stdout.get(..output.stdout.len().min(ANSWER_BYTES_MAX))?;
        output.status.success().then(|| Self::read(&String::from_utf8_lossy(answer)))
    }

    fn read(answer: &str) -> Self {
        let mut lines = answer.lines().map(|line| line.trim().to_owned());
        let mut next = || lines.next().unwrap_or_default();
        Self {
            version: next(),
            client_type: next(),
            client_term: next(),
            set_clipboard: next(),
            allow_passthrough: next(),
            escape_time: next(),
            focus_events: next(),
            extended_keys: next(),
        }
    }

    /// Whether OSC 52 of a program is obeyed: only with `on`. With `external`, the default, tmux
    /// copies for itself alone.
    pub fn takes_copies(&self) -> bool {
        is_on(&self.set_clipboard) && self.set_clipboard != "external"
    }

    /// Whether wrapped sequences reach the terminal. tmux before 3.3 has no such option and passes
    /// them always.
    pub fn passes_through(&self) -> bool {
        is_on(&self.allow_passthrough)
            || (self.allow_passthrough.is_empty() && self.is_before_3_3())
    }

    /// The terminal behind it.
    pub fn emulator(&self) -> Emulator {
        match Emulator::named(&self.client_type) {
            Emulator::Unknown => Emulator::named(&self.client_term),
            emulator => emulator,
        }
    }

    fn is_before_3_3(&self) -> bool {
        let mut numbers = self.version.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < (3, 3),
            _ => false,
        }
    }
}

/// Flags are shown as 0 and 1, choices as words.
pub(crate) fn is_on(value: &str) -> bool {
    !matches!(value, "" | "0" | "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_line_by_line_and_may_be_short() {
        let facts = TmuxFacts::read("3.3a\nkitty(0.32.2)\nxterm-kitty\nexternal\n1\n500\n0\noff\n");
        assert_eq!((facts.version.as_str(), facts.emulator()), ("3.3a", Emulator::Kitty));
        assert!(facts.passes_through() && !facts.takes_copies());
        assert_eq!((facts.escape_time.as_str(), facts.focus_events.as_str()), ("500", "0"));
        assert_eq!(TmuxFacts::read(""), TmuxFacts::default());
        assert!(!TmuxFacts::default().passes_through());
    }

    #[test]
    fn only_on_takes_copies_and_old_versions_pass_everything() {
        let facts = |version: &str, copies: &str, passes: &str| TmuxFacts {
            version: version.to_owned(),
            set_clipboard: copies.to_owned(),
            allow_passthrough: passes.to_owned(),
            ..TmuxFacts::default()
        };
        for (given, copies, passes) in [
            (facts("3.4", "on", "all"), true, true),
            (facts("3.4", "external", "off"), false, false),
            (facts("3.2a", "off", ""), false, true),
            (facts("2.9", "off", ""), false, true),
            (facts("3.4", "2", "0"), true, false),
            (facts("next-3.6", "off", ""), false, false),
        ] {
            assert_eq!(
                (given.takes_copies(), given.passes_through()),
                (copies, passes),
                "{given:?}"
            );
        }
    }
}
