//! Which terminal this is and what lies between it and us, as the environment tells.
//!
//! Asks nobody: what only the terminal knows is in [`Probed`], what only tmux knows in
//! [`TmuxFacts`](super::TmuxFacts).

use crate::config::NotifyMethod;
use crate::terminal::Probed;

/// A terminal emulator that is told from others because it can more, or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of products")]
pub enum Emulator {
    Kitty,
    Ghostty,
    WezTerm,
    Foot,
    ITerm2,
    WindowsTerminal,
    Konsole,
    Vte,
    Alacritty,
    Rxvt,
    AppleTerminal,
    Contour,
    Mintty,
    Rio,
    VsCode,
    Xterm,
    LinuxConsole,
    /// None of these, or hidden.
    Unknown,
}

/// How each names itself: in `TERM`, in `TERM_PROGRAM`, and when asked (XTVERSION).
const NAMES: [(&str, Emulator); 21] = [
    ("kitty", Emulator::Kitty),
    ("ghostty", Emulator::Ghostty),
    ("wezterm", Emulator::WezTerm),
    ("foot", Emulator::Foot),
    ("iterm", Emulator::ITerm2),
    ("windows terminal", Emulator::WindowsTerminal),
    ("konsole", Emulator::Konsole),
    ("vte", Emulator::Vte),
    ("gnome", Emulator::Vte),
    ("alacritty", Emulator::Alacritty),
    ("rxvt", Emulator::Rxvt),
    ("apple_terminal", Emulator::AppleTerminal),
    ("nsterm", Emulator::AppleTerminal),
    ("contour", Emulator::Contour),
    ("mintty", Emulator::Mintty),
    ("rio", Emulator::Rio),
    ("vscode", Emulator::VsCode),
    ("xterm.js", Emulator::VsCode),
    ("xterm(", Emulator::Xterm),
    ("xterm", Emulator::Unknown),
    ("linux", Emulator::LinuxConsole),
];

impl Emulator {
    /// The emulator behind a name that it gives itself. Nearly all call themselves `xterm` in
    /// `TERM`, so that name alone says nothing.
    pub fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        // `xterm-kitty` is kitty: what comes first in the table counts.
        let found = NAMES.iter().find(|(part, _)| name.contains(part));
        found.map_or(Self::Unknown, |(_, emulator)| *emulator)
    }

    /// The name that people know it by.
    pub fn title(self) -> &'static str {
        match self {
            Self::Kitty => "kitty",
            Self::Ghostty => "Ghostty",
            Self::WezTerm => "WezTerm",
            Self::Foot => "foot",
            Self::ITerm2 => "iTerm2",
            Self::WindowsTerminal => "Windows Terminal",
            Self::Konsole => "Konsole",
            Self::Vte => "a VTE terminal (GNOME Terminal and its kin)",
            Self::Alacritty => "Alacritty",
            Self::Rxvt => "rxvt-unicode",
            Self::AppleTerminal => "Apple Terminal",
            Self::Contour => "Contour",
            Self::Mintty => "mintty",
            Self::Rio => "Rio",
            Self::VsCode => "the terminal of VS Code",
            Self::Xterm => "xterm",
            Self::LinuxConsole => "the Linux console",
            Self::Unknown => "an unknown terminal",
        }
    }

    /// The best kind of notification that it is known to have; the bell is everywhere.
    pub fn notify_method(self) -> NotifyMethod {
        match self {
            Self::Kitty => NotifyMethod::Osc99,
            Self::Foot | Self::Ghostty | Self::WezTerm | Self::Rxvt | Self::Contour => {
                NotifyMethod::Osc777
            }
            Self::ITerm2 | Self::WindowsTerminal => NotifyMethod::Osc9,
            _ => NotifyMethod::Bell,
        }
    }
}

/// A program between us and the terminal, which passes on only what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplexer {
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
    /// Zellij.
    Zellij,
}

/// What the environment tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The terminal; behind a multiplexer a guess by what was inherited at its start.
    pub emulator: Emulator,
    /// Its version, where it says.
    pub version: Option<String>,
    /// `TERM`.
    pub term: String,
    /// What lies between.
    pub multiplexer: Option<Multiplexer>,
    /// Whether the terminal is on another machine.
    pub is_remote: bool,
    /// Whether the locale is UTF-8.
    pub is_utf8: bool,
}

impl Capabilities {
    /// From this process's environment.
    pub fn from_environment() -> Self {
        Self::detect(|name| std::env::var(name).ok())
    }

    /// From an environment.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_set = |name: &str| variable(name).is_some();
        let term = variable("TERM").unwrap_or_default();
        let multiplexer = multiplexer(&is_set, &term);
        let emulator = emulator(&variable, &term);
        let program_version = variable("TERM_PROGRAM_VERSION").filter(|_| multiplexer.is_none());
        Self {
            emulator,
            version: program_version
                .or_else(|| variable("VTE_VERSION").filter(|_| emulator == Emulator::Vte))
                .or_else(|| variable("KONSOLE_VERSION").filter(|_| emulator == Emulator::Konsole)),
            multiplexer,
            is_remote: is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
            is_utf8: is_utf8(&variable),
            term,
        }
    }

    /// Takes over what the terminal said of itself. A multiplexer answers for itself, so its
    /// answer says nothing of the terminal behind it.
    pub fn learn(&mut self, probed: &Probed) {
        let Some(name) = &probed.name else { return };
        if self.multiplexer.is_none() && Emulator::named(name) != Emulator::Unknown {
            self.emulator = Emulator::named(name);
            self.version = version_in(name).or(self.version.take());
        }
    }

    /// What this terminal's answers are remembered under: they differ where any part of it does.
    pub fn identity(&self) -> String {
        let version = self.version.as_deref().unwrap_or_default();
        let Self { emulator, term, multiplexer, is_utf8, .. } = self;
        format!("{emulator:?} {version} {term} {multiplexer:?} {is_utf8}")
    }
}

/// The version in a name such as `kitty(0.32.0)` or `ghostty 1.0.1`.
fn version_in(name: &str) -> Option<String> {
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let rest = &name[start..];
    Some(rest[..rest.find([')', ' ']).unwrap_or(rest.len())].to_owned())
}

fn multiplexer(is_set: &impl Fn(&str) -> bool, term: &str) -> Option<Multiplexer> {
    // `screen-256color` is also what older tmux calls itself, so it is asked for last.
    match () {
        () if is_set("TMUX") => Some(Multiplexer::Tmux),
        () if is_set("ZELLIJ") => Some(Multiplexer::Zellij),
        () if is_set("STY") => Some(Multiplexer::Screen),
        () if term.starts_with("tmux") => Some(Multiplexer::Tmux),
        () if term.starts_with("screen") => Some(Multiplexer::Screen),
        () => None,
    }
}

fn emulator(variable: &impl Fn(&str) -> Option<String>, term: &str) -> Emulator {
    let named = [variable("TERM_PROGRAM"), variable("LC_TERMINAL"), Some(term.to_owned())];
    for name in named.into_iter().flatten() {
        match Emulator::named(&name) {
            Emulator::Unknown => {}
            emulator => return emulator,
        }
    }
    let marks = [
        ("KITTY_WINDOW_ID", Emulator::Kitty),
        ("GHOSTTY_RESOURCES_DIR", Emulator::Ghostty),
        ("WEZTERM_PANE", Emulator::WezTerm),
        ("ITERM_SESSION_ID", Emulator::ITerm2),
        ("WT_SESSION", Emulator::WindowsTerminal),
        ("KONSOLE_VERSION", Emulator::Konsole),
        ("VTE_VERSION", Emulator::Vte),
    ];
    let mark = marks.into_iter().find(|(name, _)| variable(name).is_some());
    mark.map_or(Emulator::Unknown, |(_, emulator)| emulator)
}

/// As setlocale(3) decides: the first of the three that is set counts.
fn is_utf8(variable: &impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(environment: &[(&str, &str)]) -> Capabilities {
        Capabilities::detect(|name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_terminal_is_known_by_what_it_leaves_in_the_environment() {
        for (environment, emulator) in [
            (&[("TERM", "xterm-kitty")][..], Emulator::Kitty),
            (&[("TERM", "xterm-ghostty"), ("TERM_PROGRAM", "ghostty")], Emulator::Ghostty),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Emulator::WezTerm),
            (&[("TERM", "foot")], Emulator::Foot),
            (&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], Emulator::ITerm2),
            (&[("TERM", "xterm-256color"), ("WT_SESSION", "1-2")], Emulator::WindowsTerminal),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7200")], Emulator::Vte),
            (&[("TERM", "xterm-256color"), ("KONSOLE_VERSION", "230804")], Emulator::Konsole),
            (&[("TERM", "rxvt-unicode-256color")], Emulator::Rxvt),
            (&[("TERM_PROGRAM", "Apple_Terminal")], Emulator::AppleTerminal),
            (&[("TERM_PROGRAM", "vscode"), ("TERM", "xterm-256color")], Emulator::VsCode),
            (&[("TERM", "linux")], Emulator::LinuxConsole),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "")], Emulator::Unknown),
            (&[], Emulator::Unknown),
            // tmux hides the terminal; what it was started in is left as a guess.
            (
                &[("TERM_PROGRAM", "tmux"), ("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")],
                Emulator::Kitty,
            ),
        ] {
            assert_eq!(detect(environment).emulator, emulator, "{environment:?}");
        }
    }

    #[test]
    fn what_lies_between_is_seen() {
        for (environment, multiplexer) in [
            (&[("TMUX", "/tmp/tmux-0/default,1,0"), ("TERM", "screen")][..], Multiplexer::Tmux),
            (&[("TERM", "tmux-256color")], Multiplexer::Tmux),
            (&[("STY", "1.pts-0"), ("TERM", "screen.xterm-256color")], Multiplexer::Screen),
            (&[("TERM", "screen-256color")], Multiplexer::Screen),
            (&[("ZELLIJ", "0"), ("TERM", "xterm-256color")], Multiplexer::Zellij),
        ] {
            assert_eq!(detect(environment).multiplexer, Some(multiplexer), "{environment:?}");
        }
        assert_eq!(detect(&[("TERM", "xterm-256color")]).multiplexer, None);
        assert!(detect(&[("SSH_TTY", "/dev/pts/1")]).is_remote);
        assert!(!detect(&[]).is_remote);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_counts() {
        for (environment, is_utf8) in [
            (&[("LANG", "de_DE.UTF-8")][..], true),
            (&[("LANG", "C.utf8")], true),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")], false),
            (&[("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8"), ("LANG", "C")], true),
            (&[], false),
        ] {
            assert_eq!(detect(environment).is_utf8, is_utf8, "{environment:?}");
        }
    }

    #[test]
    fn a_terminal_that_names_itself_is_believed_a_multiplexer_is_not() {
        let name = |name: &str| Probed { name: Some(name.to_owned()), ..Probed::default() };
        let mut plain = detect(&[("TERM", "xterm-256color")]);
        plain.learn(&name("kitty(0.32.2)"));
        assert_eq!((plain.emulator, plain.version.as_deref()), (Emulator::Kitty, Some("0.32.2")));
        let mut behind = detect(&[("TMUX", "x"), ("TERM", "tmux-256color")]);
        behind.learn(&name("tmux 3.4"));
        assert_eq!(behind.emulator, Emulator::Unknown);
        assert_eq!(Emulator::named("XTerm(380)"), Emulator::Xterm);
        assert_eq!(Emulator::named("VTE(7200)"), Emulator::Vte);
    }

    #[test]
    fn each_terminal_gets_the_notification_that_it_knows() {
        for (emulator, method) in [
            (Emulator::Kitty, NotifyMethod::Osc99),
            (Emulator::Ghostty, NotifyMethod::Osc777),
            (Emulator::WezTerm, NotifyMethod::Osc777),
            (Emulator::Foot, NotifyMethod::Osc777),
            (Emulator::ITerm2, NotifyMethod::Osc9),
            (Emulator::Alacritty, NotifyMethod::Bell),
            (Emulator::Unknown, NotifyMethod::Bell),
        ] {
            assert_eq!(emulator.notify_method(), method, "{emulator:?}");
        }
    }
}
