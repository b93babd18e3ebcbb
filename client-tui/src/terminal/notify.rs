//! Notifications as terminals understand them, in the order of what they can: OSC 99 (kitty's
//! desktop notifications), OSC 777 (rxvt-unicode's `notify`), OSC 9 (iTerm2), and the bell.
//!
//! Decides how, never whether.

use chatter_protocol::text::sanitize_line;

use super::{Multiplexer, passthrough};
use crate::config::NotifyMethod;
use crate::state::wrap::shorten;

/// Longest title, columns.
const TITLE_COLUMNS_MAX: usize = 64;

/// Longest text, columns.
const BODY_COLUMNS_MAX: usize = 200;

/// Whether [`NotifyMethod::Desktop`] is in this program.
pub const HAS_DESKTOP: bool = cfg!(feature = "desktop");

/// Rings, or flags the window of a multiplexer.
const BELL: &str = "\x07";

/// What is told, safe to write to a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    title: String,
    body: String,
}

impl Notification {
    /// Makes text of strangers safe and short: one line each, no controls.
    pub fn new(title: &str, body: &str) -> Self {
        Self {
            title: shorten(&sanitize_line(title), TITLE_COLUMNS_MAX),
            body: shorten(&sanitize_line(body), BODY_COLUMNS_MAX),
        }
    }

    /// What to write for it. A bell is added behind a multiplexer: it flags the window there also
    /// when nothing is passed on. `id` tells notifications of one run apart. Empty for methods
    /// that a terminal has no part in.
    pub fn sequence(
        &self,
        method: NotifyMethod,
        multiplexer: Option<Multiplexer>,
        id: u32,
    ) -> String {
        let sequence = match method {
            NotifyMethod::Osc9 => self.osc_9(),
            NotifyMethod::Osc777 => self.osc_777(),
            NotifyMethod::Osc99 => self.osc_99(id),
            NotifyMethod::Auto | NotifyMethod::Bell => return BELL.to_owned(),
            NotifyMethod::Desktop | NotifyMethod::None => return String::new(),
        };
        match multiplexer {
            // Not known to pass any of them on.
            Some(Multiplexer::Zellij) => BELL.to_owned(),
            Some(_) => passthrough::wrap(&sequence, multiplexer) + BELL,
            None => sequence,
        }
    }

    /// One text; a digit and a semicolon at its start would mean progress (ConEmu's OSC 9;4).
    fn osc_9(&self) -> String {
        let text = match self.body.is_empty() {
            true => self.title.clone(),
            false => format!("{}: {}", self.title, self.body),
        };
        format!("\x1b]9;{}\x07", without_semicolons(&text))
    }

    fn osc_777(&self) -> String {
        let (title, body) = (without_semicolons(&self.title), without_semicolons(&self.body));
        format!("\x1b]777;notify;{title};{body}\x07")
    }

    /// Two parts of one notification, shown unless the window has the keyboard:
    /// <https://sw.kovidgoyal.net/kitty/desktop-notifications/>.
    fn osc_99(&self, id: u32) -> String {
        let Self { title, body } = self;
        format!(
            "\x1b]99;i=chatter-{id}:d=0:o=unfocused;{title}\x07\
             \x1b]99;i=chatter-{id}:d=1:p=body:o=unfocused;{body}\x07"
        )
    }

    /// Shows it on this machine's desktop, on a thread of its own: a bus that hangs holds up
    /// nobody.
    #[cfg(feature = "desktop")]
    pub fn show_on_desktop(&self) {
        let (title, body) = (self.title.clone(), self.body.clone());
        std::thread::spawn(move || {
            let mut shown = notify_rust::Notification::new();
            // Bodies are marked up; a stranger's text is not to be.
            let body = body.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            shown.appname("Chatter").summary(&title).body(&body);
            if let Err(error) = shown.show() {
                tracing::warn!(%error, "desktop notification");
            }
        });
    }
}

/// Semicolons separate the parts of OSC 9 and 777.
fn without_semicolons(text: &str) -> String {
    text.replace(';', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHODS: [NotifyMethod; 4] =
        [NotifyMethod::Osc9, NotifyMethod::Osc777, NotifyMethod::Osc99, NotifyMethod::Bell];

    #[test]
    fn each_method_writes_its_own_sequence() {
        let hello = Notification::new("Ada", "Hi; there");
        for (method, sequence) in [
            (NotifyMethod::Osc9, "\x1b]9;Ada: Hi, there\x07"),
            (NotifyMethod::Osc777, "\x1b]777;notify;Ada;Hi, there\x07"),
            (
                NotifyMethod::Osc99,
                "\x1b]99;i=chatter-7:d=0:o=unfocused;Ada\x07\
                 \x1b]99;i=chatter-7:d=1:p=body:o=unfocused;Hi; there\x07",
            ),
            (NotifyMethod::Bell, "\x07"),
            (NotifyMethod::None, ""),
            (NotifyMethod::Desktop, ""),
        ] {
            assert_eq!(hello.sequence(method, None, 7), sequence, "{method:?}");
        }
    }

    #[test]
    fn a_multiplexer_is_passed_through_and_flags_the_window() {
        let hello = Notification::new("Ada", "Hi");
        let tmux = hello.sequence(NotifyMethod::Osc777, Some(Multiplexer::Tmux), 1);
        assert_eq!(tmux, "\x1bPtmux;\x1b\x1b]777;notify;Ada;Hi\x07\x1b\\\x07");
        let screen = hello.sequence(NotifyMethod::Osc9, Some(Multiplexer::Screen), 1);
        assert_eq!(screen, "\x1bP\x1b]9;Ada: Hi\x07\x1b\\\x07");
        assert_eq!(hello.sequence(NotifyMethod::Osc9, Some(Multiplexer::Zellij), 1), "\x07");
    }

    #[test]
    fn text_of_strangers_commands_nothing_and_is_short() {
        let hostile = "a\x1b]52;c;aGk=\x07\x1b\\\u{9c}\u{9d};\r\n4;3;50".repeat(100);
        let notification = Notification::new(&hostile, &hostile);
        for method in METHODS {
            let sequence = notification.sequence(method, None, 1);
            let controls = sequence.chars().filter(|c| c.is_control()).count();
            // Its own beginnings and ends, and none besides.
            let own = match method {
                NotifyMethod::Osc99 => 4,
                NotifyMethod::Bell => 1,
                _ => 2,
            };
            assert_eq!(controls, own, "{method:?}: {sequence:?}");
            assert!(sequence.len() < 2_000);
        }
    }
}
