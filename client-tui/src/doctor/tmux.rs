//! What tmux is set to, and the line of tmux.conf for each thing to change.

use crate::terminal::{Capabilities, Multiplexer, TmuxFacts, is_on};

use super::finding::Finding;

const WHAT: &str = "tmux";

/// Milliseconds after Esc that are felt.
const ESCAPE_TIME_FELT_MS: u32 = 50;

/// All findings about tmux, if it is there.
pub(super) fn check(capabilities: &Capabilities, facts: Option<&TmuxFacts>) -> Vec<Finding> {
    if capabilities.multiplexer != Some(Multiplexer::Tmux) {
        return Vec::new();
    }
    let Some(facts) = facts else {
        return vec![Finding::note(WHAT, "it can't be asked for its settings")];
    };
    vec![
        Finding::ok(WHAT, format!("version {}", shown(&facts.version))),
        setting(
            ("set-clipboard", &facts.set_clipboard),
            facts.takes_copies(),
            "Copying reaches tmux and the terminal",
            "on",
        ),
        setting(
            ("allow-passthrough", &facts.allow_passthrough),
            facts.passes_through(),
            "Notifications reach the terminal",
            "on",
        ),
        setting(
            ("focus-events", &facts.focus_events),
            is_on(&facts.focus_events),
            "Messages are marked as read only while you look",
            "on",
        ),
        setting(
            ("escape-time", &facts.escape_time),
            facts.escape_time.parse().is_ok_and(|ms: u32| ms <= ESCAPE_TIME_FELT_MS),
            "Esc works at once",
            "10",
        ),
        setting(
            ("extended-keys", &facts.extended_keys),
            is_on(&facts.extended_keys),
            "Shift+Enter is passed on, if the terminal tells",
            "on",
        ),
    ]
}

/// `why` says what the wanted value is good for.
fn setting((name, value): (&str, &str), is_good: bool, why: &str, wanted: &str) -> Finding {
    let finding = format!("{name} is {}", shown(value));
    match is_good {
        true => Finding::ok(WHAT, finding),
        false => Finding::note(WHAT, finding)
            .advise(format!("{why} with this in tmux.conf: set -g {name} {wanted}")),
    }
}

fn shown(value: &str) -> &str {
    match value {
        "" => "unknown",
        "0" => "off",
        "1" => "on",
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn behind_tmux() -> Capabilities {
        Capabilities::detect(|name| (name == "TMUX").then(|| "x".to_owned()))
    }

    #[test]
    fn every_setting_that_is_not_good_comes_with_its_line() {
        let facts = TmuxFacts {
            version: "3.3a".to_owned(),
            set_clipboard: "external".to_owned(),
            allow_passthrough: "0".to_owned(),
            escape_time: "500".to_owned(),
            focus_events: "0".to_owned(),
            extended_keys: "off".to_owned(),
            ..TmuxFacts::default()
        };
        let findings = check(&behind_tmux(), Some(&facts));
        for line in [
            "set -g set-clipboard on",
            "set -g allow-passthrough on",
            "set -g escape-time 10",
            "set -g focus-events on",
            "set -g extended-keys on",
        ] {
            let told = |finding: &Finding| finding.advice.iter().any(|text| text.contains(line));
            assert!(findings.iter().any(told), "{line}");
        }
        assert!(!findings.iter().any(Finding::is_problem));
    }

    #[test]
    fn good_settings_are_left_alone_and_without_tmux_nothing_is_said() {
        let facts = TmuxFacts {
            version: "3.5".to_owned(),
            set_clipboard: "on".to_owned(),
            allow_passthrough: "all".to_owned(),
            escape_time: "10".to_owned(),
            focus_events: "1".to_owned(),
            extended_keys: "always".to_owned(),
            ..TmuxFacts::default()
        };
        let findings = check(&behind_tmux(), Some(&facts));
        assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:?}");
        assert_eq!(check(&Capabilities::detect(|_| None), Some(&facts)), []);
    }
}
