//! One line of what was found, and how it is printed.

use std::io::{self, Write};

use serde::Serialize;

use crate::script::SCHEMA_VERSION;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// Works.
    Ok,
    /// Works less well than it could, or can't be told.
    Note,
    /// Something that Chatter needs does not work.
    Problem,
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// What was looked at.
    pub(super) what: &'static str,
    /// What is so, in a few words.
    pub(super) finding: String,
    /// What to change, one line each.
    pub(super) advice: Vec<String>,
}

impl Finding {
    pub(super) fn ok(what: &'static str, finding: impl Into<String>) -> Self {
        Self { level: Level::Ok, what, finding: finding.into(), advice: Vec::new() }
    }

    pub(super) fn note(what: &'static str, finding: impl Into<String>) -> Self {
        Self { level: Level::Note, ..Self::ok(what, finding) }
    }

    pub(super) fn problem(what: &'static str, finding: impl Into<String>) -> Self {
        Self { level: Level::Problem, ..Self::ok(what, finding) }
    }

    /// What to change; one more line.
    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    pub(super) fn is_problem(&self) -> bool {
        self.level == Level::Problem
    }
}

#[derive(Serialize)]
struct Report<'a> {
    v: u8,
    r#type: &'static str,
    ok: bool,
    checks: &'a [Finding],
}

/// Columns of the longest level and two blanks.
const INDENT: usize = 9;

/// Prints all findings, as lines or as one JSON object on one line.
pub(super) fn print(out: &mut impl Write, findings: &[Finding], is_json: bool) -> io::Result<()> {
    if is_json {
        let ok = !findings.iter().any(Finding::is_problem);
        let report = Report { v: SCHEMA_VERSION, r#type: "doctor", ok, checks: findings };
        serde_json::to_writer(&mut *out, &report)?;
        return writeln!(out);
    }
    for Finding { level, what, finding, advice } in findings {
        let level = match level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Problem => "problem",
        };
        writeln!(out, "{level:INDENT$}{what}: {finding}")?;
        for advice in advice {
            writeln!(out, "{:INDENT$}  {advice}", "")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(is_json: bool) -> String {
        let findings = [
            Finding::ok("terminal", "kitty 0.32.2"),
            Finding::problem("locale", "not UTF-8").advise("Set LANG=C.UTF-8."),
        ];
        let mut out = Vec::new();
        print(&mut out, &findings, is_json).expect("prints");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn findings_are_aligned_and_say_what_to_change() {
        let expected = "ok       terminal: kitty 0.32.2\n\
                        problem  locale: not UTF-8\n           Set LANG=C.UTF-8.\n";
        assert_eq!(printed(false), expected);
    }

    #[test]
    fn scripts_get_json() {
        let report: serde_json::Value = serde_json::from_str(&printed(true)).expect("JSON");
        assert_eq!((&report["v"], &report["type"]), (&1.into(), &"doctor".into()));
        assert_eq!(printed(true).lines().count(), 1);
        assert_eq!(report["ok"], false);
        assert_eq!(report["checks"][1]["level"], "problem");
        assert_eq!(report["checks"][1]["advice"][0], "Set LANG=C.UTF-8.");
    }
}
