//! What the terminal can, read from its answers and from the environment.

use crate::config::{Config, Glyphs, NotifyMethod};
use crate::terminal::{
    Background, Capabilities, Emulator, HAS_DESKTOP, Multiplexer, Probed, Surroundings, TmuxFacts,
    notify_method,
};
use crate::theme::{Depth, Facts};
use crate::width::{Agreement, Widths};

use super::finding::Finding;

/// All findings about the terminal; those that need its answers say when there is none.
pub(super) fn check(
    capabilities: &Capabilities,
    probed: Option<&Probed>,
    config: &Config,
    tmux: Option<&TmuxFacts>,
) -> Vec<Finding> {
    let mut findings = vec![
        terminal(capabilities, probed, tmux),
        colours(capabilities, |name| std::env::var(name).ok()),
        locale(capabilities),
    ];
    match probed {
        Some(probed) if probed.is_complete => findings.extend(answered(capabilities, probed)),
        Some(_) => findings.push(silent()),
        None => findings.push(Finding::note(
            "terminal tests",
            "skipped (drawing, keyboard, background, widths, mouse, pictures): input or output \
             is no terminal",
        )),
    }
    findings.push(pictures(capabilities, probed, config, tmux));
    findings.push(mouse(capabilities, config, probed.is_some()));
    findings.push(clipboard(capabilities, tmux));
    findings.push(notifications(capabilities, config, tmux));
    findings
}

fn terminal(
    capabilities: &Capabilities,
    probed: Option<&Probed>,
    tmux: Option<&TmuxFacts>,
) -> Finding {
    let behind = tmux.map(TmuxFacts::emulator).filter(|behind| *behind != Emulator::Unknown);
    let emulator = behind.unwrap_or(capabilities.emulator);
    let mut name = emulator.title().to_owned();
    if let (Some(version), None) = (&capabilities.version, capabilities.multiplexer) {
        name = format!("{name} {version}");
    }
    if let Some(said) = probed.and_then(|probed| probed.name.as_ref()) {
        name = format!("{name} (says \"{said}\")");
    }
    let place = if capabilities.is_remote { ", over SSH" } else { "" };
    let between = match capabilities.multiplexer {
        Some(Multiplexer::Tmux) => ", through tmux",
        Some(Multiplexer::Screen) => ", through GNU screen",
        Some(Multiplexer::Zellij) => ", through Zellij",
        None => "",
    };
    Finding::ok("terminal", format!("{name}{between}{place}"))
}

fn colours(capabilities: &Capabilities, variable: impl Fn(&str) -> Option<String>) -> Finding {
    let term = capabilities.term.as_str();
    let is_true =
        variable("COLORTERM").is_some_and(|value| value.contains("truecolor") || value == "24bit");
    if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        return Finding::ok("colours", "none, as NO_COLOR asks for");
    }
    match term {
        "" => {
            Finding::problem("colours", "TERM is not set").advise("Set TERM, e.g. xterm-256color.")
        }
        "dumb" => Finding::problem("colours", "TERM is dumb: it can't be drawn on")
            .advise("Use another terminal, or set TERM to what this one is."),
        _ if is_true || term.ends_with("-direct") => {
            Finding::ok("colours", format!("16 million (TERM={term})"))
        }
        _ if term.contains("256color") => Finding::ok("colours", format!("256 (TERM={term})"))
            .advise("If it has more, set COLORTERM=truecolor."),
        _ => Finding::note("colours", format!("16 or less known (TERM={term})"))
            .advise("If it has more, set TERM=xterm-256color or COLORTERM=truecolor."),
    }
}

fn locale(capabilities: &Capabilities) -> Finding {
    match capabilities.is_utf8 {
        true => Finding::ok("locale", "UTF-8"),
        false => Finding::note("locale", "not UTF-8: lines and marks are drawn in ASCII")
            .advise("Set LANG to a UTF-8 locale, e.g. LANG=C.UTF-8."),
    }
}

fn silent() -> Finding {
    Finding::note("terminal tests", "it does not answer in time, so the environment is believed")
        .advise("Over a slow line this is normal. Answers that come later are used, too.")
}

fn answered(capabilities: &Capabilities, probed: &Probed) -> Vec<Finding> {
    vec![
        match probed.synchronized {
            true => Finding::ok("drawing", "a frame at a time (synchronized output)"),
            false => Finding::note("drawing", "no synchronized output; fast changes may flicker"),
        },
        keyboard(capabilities, probed),
        match probed.background {
            Some(Background::Dark) => Finding::ok("background", "dark"),
            Some(Background::Light) => Finding::ok("background", "light"),
            None => Finding::note(
                "background",
                "it does not tell; colours are used that can be read on both",
            )
            .advise("If it is light, set look.theme = \"light\"."),
        },
        widths(probed.widths),
    ]
}

fn keyboard(capabilities: &Capabilities, probed: &Probed) -> Finding {
    const WHAT: &str = "keyboard";
    if probed.keyboard {
        return Finding::ok(WHAT, "Shift+Enter is told from Enter (kitty's protocol)");
    }
    let finding = Finding::note(WHAT, "Shift+Enter can't be told from Enter")
        .advise("Alt+Enter and Ctrl+J start a new line everywhere.");
    match capabilities.emulator {
        _ if capabilities.multiplexer.is_some() => finding,
        Emulator::ITerm2 => finding
            .advise("iTerm2: Settings, Profiles, Keys, \"Apps can change how keys are reported\"."),
        Emulator::WezTerm => finding.advise("wezterm.lua: config.enable_kitty_keyboard = true"),
        _ => finding,
    }
}

fn widths(widths: Option<Widths>) -> Finding {
    const WHAT: &str = "widths";
    let Some(widths) = widths else {
        return Finding::note(
            WHAT,
            "it does not tell where its cursor is; usual widths are assumed",
        );
    };
    let classes = [
        ("joined emoji", widths.zwj),
        ("flags", widths.flag),
        ("emoji signs (❤)", widths.presentation),
        ("skin tones", widths.modifier),
        ("keycaps", widths.keycap),
    ];
    let differing: Vec<_> = classes
        .iter()
        .filter(|(_, agreement)| *agreement == Agreement::Differs)
        .map(|(name, _)| *name)
        .collect();
    let finding = match differing.is_empty() {
        true => Finding::ok(WHAT, "joined emoji, flags, emoji signs, skin tones, keycaps agree"),
        false => Finding::note(WHAT, format!("{} are drawn plainer", differing.join(", ")))
            .advise("It gives them another width than most; this keeps borders straight."),
    };
    match widths.ambiguous {
        1 => finding,
        _ => Finding::note(WHAT, format!("{}; signs such as … take two columns", finding.finding))
            .advise("Set look.glyphs = \"ascii\", or ambiguous width to narrow in the terminal."),
    }
}

/// How pictures are shown, and why not better.
fn pictures(
    capabilities: &Capabilities,
    probed: Option<&Probed>,
    config: &Config,
    tmux: Option<&TmuxFacts>,
) -> Finding {
    const WHAT: &str = "pictures";
    if !cfg!(feature = "images") {
        return Finding::note(WHAT, "as words: this chatter is built without pictures");
    }
    let facts = Facts::from_environment();
    let is_unicode = match config.look.glyphs {
        Glyphs::Auto => facts.unicode,
        Glyphs::Unicode => true,
        Glyphs::Ascii => false,
    };
    let depth = Depth::chosen(config.look.colours, facts.depth);
    let wanted = config.look.pictures;
    let here = Surroundings { wanted, depth, is_unicode, capabilities, probed, tmux };
    let choice = here.choose();
    let Some(graphics) = choice.graphics else {
        return Finding::ok(WHAT, format!("as words: {}", choice.reason));
    };
    let wrapped = if graphics.is_wrapped { " through tmux" } else { "" };
    let finding =
        Finding::ok(WHAT, format!("by {}{wrapped}: {}", graphics.protocol.title(), choice.reason));
    let open = tmux.map(|facts| TmuxFacts { allow_passthrough: "on".to_owned(), ..facts.clone() });
    let with_passing = Surroundings { tmux: open.as_ref(), ..here };
    match with_passing.choose().graphics {
        Some(better) if better != graphics => finding.advise(format!(
            "For {}: set -g allow-passthrough on (tmux.conf).",
            better.protocol.title()
        )),
        _ => finding,
    }
}

fn mouse(capabilities: &Capabilities, config: &Config, is_terminal: bool) -> Finding {
    const WHAT: &str = "mouse";
    if !config.mouse.enabled {
        return Finding::ok(WHAT, "left to the terminal, as set");
    }
    if capabilities.emulator == Emulator::LinuxConsole {
        return Finding::note(WHAT, "the Linux console has none; every action has a key");
    }
    match is_terminal {
        true => Finding::ok(
            WHAT,
            "clicks, drags and wheel are asked for; with Shift they stay the terminal's",
        ),
        false => Finding::note(WHAT, "not tested: no terminal"),
    }
}

fn clipboard(capabilities: &Capabilities, tmux: Option<&TmuxFacts>) -> Finding {
    const WHAT: &str = "clipboard";
    if capabilities.multiplexer == Some(Multiplexer::Tmux) {
        return match tmux {
            None => Finding::note(WHAT, "by OSC 52; tmux does not say whether it takes it"),
            Some(facts) if facts.takes_copies() => Finding::ok(WHAT, "by OSC 52 through tmux"),
            Some(facts) if facts.passes_through() => Finding::ok(WHAT, "by OSC 52 around tmux"),
            Some(_) => Finding::problem(WHAT, "tmux takes no copies from programs")
                .advise("tmux.conf: set -g set-clipboard on"),
        };
    }
    let finding = "by OSC 52, which no terminal confirms";
    match capabilities.emulator {
        Emulator::AppleTerminal | Emulator::LinuxConsole => {
            Finding::note(WHAT, "this terminal can't copy for programs (no OSC 52)")
                .advise("Use another terminal, or hand the mouse back to select and copy with it.")
        }
        Emulator::ITerm2 => Finding::ok(WHAT, finding).advise(
            "iTerm2: Settings, General, Selection, \"Applications in terminal may access clipboard\".",
        ),
        Emulator::Xterm => Finding::note(WHAT, "by OSC 52, which xterm refuses unless told")
            .advise("~/.Xresources: XTerm*disallowedWindowOps: 20,21,SetXprop"),
        Emulator::Vte => Finding::note(WHAT, "by OSC 52, which VTE terminals take since 2025 only")
            .advise("Update the terminal, or hand the mouse back to select and copy with it."),
        Emulator::Unknown => Finding::note(WHAT, format!("{finding}; this one is not known")),
        _ => Finding::ok(WHAT, finding),
    }
}

fn notifications(
    capabilities: &Capabilities,
    config: &Config,
    tmux: Option<&TmuxFacts>,
) -> Finding {
    const WHAT: &str = "notifications";
    let method = notify_method(config.notify.method, capabilities, tmux);
    let name = match method {
        NotifyMethod::Osc9 => "OSC 9",
        NotifyMethod::Osc777 => "OSC 777",
        NotifyMethod::Osc99 => "OSC 99",
        NotifyMethod::Auto | NotifyMethod::Bell => "the bell",
        NotifyMethod::Desktop if HAS_DESKTOP => "this machine's desktop",
        NotifyMethod::Desktop => {
            return Finding::problem(WHAT, "this chatter is built without desktop notifications")
                .advise("Set notify.method = \"auto\".");
        }
        NotifyMethod::None => return Finding::ok(WHAT, "none, as set"),
    };
    let is_passed = tmux.is_none_or(TmuxFacts::passes_through);
    let needs_passing =
        matches!(method, NotifyMethod::Osc9 | NotifyMethod::Osc777 | NotifyMethod::Osc99);
    match capabilities.multiplexer {
        Some(Multiplexer::Tmux) if needs_passing && !is_passed => {
            Finding::note(WHAT, format!("tmux keeps {name} back; only the bell flags the window"))
                .advise("tmux.conf: set -g allow-passthrough on")
        }
        Some(Multiplexer::Zellij) if needs_passing => {
            Finding::note(WHAT, format!("Zellij keeps {name} back; only the bell is passed on"))
        }
        _ => Finding::ok(WHAT, format!("by {name} (chatter doctor --notify sends one)")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn plain() -> Capabilities {
        Capabilities::detect(|name| match name {
            "TERM" => Some("xterm-256color".to_owned()),
            "LANG" => Some("C.UTF-8".to_owned()),
            _ => None,
        })
    }

    fn behind_tmux() -> Capabilities {
        Capabilities { multiplexer: Some(Multiplexer::Tmux), ..plain() }
    }

    fn all(probed: Option<&Probed>) -> Vec<Finding> {
        check(&plain(), probed, &Config::default(), None)
    }

    #[test]
    fn without_a_terminal_nothing_is_a_problem_and_what_was_skipped_is_said() {
        let findings = all(None);
        assert!(!findings.iter().any(Finding::is_problem), "{findings:?}");
        let skipped = findings.iter().find(|finding| finding.what == "terminal tests");
        assert!(skipped.expect("said").finding.contains("skipped"));
    }

    #[test]
    fn a_modern_terminal_has_nothing_to_note() {
        let probed = Probed {
            background: Some(Background::Dark),
            keyboard: true,
            synchronized: true,
            name: Some("kitty(0.32.2)".to_owned()),
            widths: Some(Widths::default()),
            sixel: false,
            kitty_graphics: true,
            cell: None,
            is_complete: true,
        };
        let mut capabilities = plain();
        capabilities.learn(&probed);
        let findings = check(&capabilities, Some(&probed), &Config::default(), None);
        assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:?}");
        assert!(findings[0].finding.contains("kitty 0.32.2"), "{}", findings[0].finding);
    }

    #[test]
    fn what_differs_is_named() {
        let widths = Widths { flag: Agreement::Differs, ambiguous: 2, ..Widths::default() };
        let probed = Probed { is_complete: true, widths: Some(widths), ..Probed::default() };
        let findings = all(Some(&probed));
        let said = |what: &str| {
            let found = findings.iter().find(|finding| finding.what == what);
            found.map(|finding| finding.finding.clone()).expect("checked")
        };
        assert!(said("widths").contains("flags are drawn plainer") && said("widths").contains('…'));
        assert!(said("keyboard").contains("can't be told"));
        assert!(said("background").contains("does not tell"));
    }

    #[test]
    fn tmux_is_told_exactly_what_to_set() {
        let facts = |copies: &str, passes: &str| TmuxFacts {
            version: "3.4".to_owned(),
            client_type: "kitty(0.32)".to_owned(),
            set_clipboard: copies.to_owned(),
            allow_passthrough: passes.to_owned(),
            ..TmuxFacts::default()
        };
        let closed = facts("external", "off");
        let refused = clipboard(&behind_tmux(), Some(&closed));
        assert!(refused.is_problem() && refused.advice[0].contains("set -g set-clipboard on"));
        let kept = notifications(&behind_tmux(), &Config::default(), Some(&closed));
        assert!(kept.advice[0].contains("set -g allow-passthrough on"), "{kept:?}");
        let open = facts("on", "on");
        assert_eq!(clipboard(&behind_tmux(), Some(&open)).level, Level::Ok);
        assert_eq!(notifications(&behind_tmux(), &Config::default(), Some(&open)).level, Level::Ok);
    }

    #[test]
    fn colours_are_read_as_terminals_tell_them() {
        let found = |term: &str, variables: &[(&str, &str)]| {
            let capabilities = Capabilities { term: term.to_owned(), ..plain() };
            colours(&capabilities, |name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(found("xterm-256color", &[("COLORTERM", "truecolor")]).finding.contains("million"));
        assert!(found("xterm-256color", &[]).finding.contains("256"));
        assert!(found("xterm", &[("NO_COLOR", "1")]).finding.contains("NO_COLOR"));
        assert!(found("dumb", &[]).is_problem() && found("", &[]).is_problem());
    }
}
