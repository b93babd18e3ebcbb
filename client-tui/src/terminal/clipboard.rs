//! Copying by the terminal (OSC 52): the text reaches the clipboard of the machine that the
//! terminal runs on, also over SSH. No terminal answers, so nothing here claims that it worked.

use std::fmt::{self, Display, Formatter};

use chatter_protocol::text::sanitize;
use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use super::{Multiplexer, TmuxFacts, passthrough};

/// Largest text in base64, bytes: terminals cut or drop more (xterm and hterm take 100,000 bytes
/// in all, others less; this is the limit that editors settled on).
pub const COPY_BASE64_BYTES_MAX: usize = 74_994;

/// What came of copying, as far as can be known. `Display` is the sentence to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyOutcome {
    /// Given to the terminal.
    Terminal,
    /// Given to tmux, which keeps it as a buffer and gives it to the terminal.
    Tmux,
    /// Given to the terminal around tmux, which does not take it itself.
    AroundTmux,
    /// tmux takes it neither for itself nor for the terminal.
    TmuxRefuses,
    /// More than terminals take.
    TooLong,
    /// There was nothing.
    Nothing,
}

impl Display for CopyOutcome {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Terminal | Self::AroundTmux => {
                "Copied to your terminal's clipboard, if it allows that."
            }
            Self::Tmux => "Copied to tmux, and to your terminal's clipboard if it allows that.",
            Self::TmuxRefuses => {
                "Not copied: tmux doesn't take it. Put \"set -g set-clipboard on\" into tmux.conf."
            }
            Self::TooLong => "Not copied: this is too long to copy by the terminal.",
            Self::Nothing => "There is nothing to copy.",
        })
    }
}

/// What to write so that `text`, made safe, is copied, and what that is worth. `tmux` is what tmux
/// said of its settings, if it is there and said something.
pub(super) fn copy(
    text: &str,
    multiplexer: Option<Multiplexer>,
    tmux: Option<&TmuxFacts>,
) -> (String, CopyOutcome) {
    let text = sanitize(text);
    if text.is_empty() {
        return (String::new(), CopyOutcome::Nothing);
    }
    if text.len().div_ceil(3) * 4 > COPY_BASE64_BYTES_MAX {
        return (String::new(), CopyOutcome::TooLong);
    }
    let sequence = osc_52(&text);
    match (multiplexer, tmux) {
        (Some(Multiplexer::Tmux), Some(facts)) if facts.takes_copies() => {
            (sequence, CopyOutcome::Tmux)
        }
        (Some(Multiplexer::Tmux), Some(facts)) if !facts.passes_through() => {
            (String::new(), CopyOutcome::TmuxRefuses)
        }
        (Some(Multiplexer::Tmux), Some(_)) => {
            (passthrough::wrap(&sequence, multiplexer), CopyOutcome::AroundTmux)
        }
        // It did not say, so both ways are tried; the clipboard ends up the same.
        (Some(Multiplexer::Tmux), None) => {
            (passthrough::wrap(&sequence, multiplexer) + &sequence, CopyOutcome::Terminal)
        }
        _ => (passthrough::wrap(&sequence, multiplexer), CopyOutcome::Terminal),
    }
}

fn osc_52(text: &str) -> String {
    let mut sequence = String::new();
    // Writing to a string does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
    match sequence.strip_suffix("\x1b\\") {
        Some(start) => format!("{start}\x07"),
        None => sequence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tmux(set_clipboard: &str, allow_passthrough: &str) -> TmuxFacts {
        TmuxFacts {
            set_clipboard: set_clipboard.to_owned(),
            allow_passthrough: allow_passthrough.to_owned(),
            ..TmuxFacts::default()
        }
    }

    #[test]
    fn text_goes_out_in_base64_without_controls() {
        let (sequence, outcome) = copy("hi", None, None);
        assert_eq!((sequence.as_str(), outcome), ("\x1b]52;c;aGk=\x07", CopyOutcome::Terminal));
        // An escape is replaced before it is copied: pasting it elsewhere must be harmless, too.
        assert_eq!(copy("\x1b", None, None).0, "\x1b]52;c;77+9\x07");
        assert_eq!(copy("", None, None), (String::new(), CopyOutcome::Nothing));
    }

    #[test]
    fn at_and_above_the_limit() {
        let most = COPY_BASE64_BYTES_MAX / 4 * 3;
        assert_eq!(copy(&"x".repeat(most), None, None).1, CopyOutcome::Terminal);
        assert_eq!(copy(&"x".repeat(most + 1), None, None), (String::new(), CopyOutcome::TooLong));
    }

    #[test]
    fn tmux_is_asked_the_way_that_it_allows() {
        let between = Some(Multiplexer::Tmux);
        for (facts, outcome) in [
            (tmux("on", "off"), CopyOutcome::Tmux),
            (tmux("external", "on"), CopyOutcome::AroundTmux),
            (tmux("off", "all"), CopyOutcome::AroundTmux),
            (tmux("external", "off"), CopyOutcome::TmuxRefuses),
            (tmux("off", ""), CopyOutcome::TmuxRefuses),
        ] {
            let (sequence, got) = copy("hi", between, Some(&facts));
            assert_eq!(got, outcome, "{facts:?}");
            assert_eq!(sequence.starts_with("\x1bPtmux;"), outcome == CopyOutcome::AroundTmux);
        }
        assert!(CopyOutcome::TmuxRefuses.to_string().contains("set-clipboard on"));
    }
}
