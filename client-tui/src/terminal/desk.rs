//! Does what the state asks of the terminal: notifications, copying, the title, the mouse.
//!
//! Knows which terminal it is and what lies between. What depends on tmux's settings waits until
//! tmux has said them, once in a run.

use std::collections::VecDeque;
use std::io;

use tokio::task::JoinHandle;

use super::{
    Capabilities, Choice, Multiplexer, Notification, Probed, Screen, Surroundings, TmuxFacts,
    clipboard, remembered,
};
use crate::config::{Config, Emoji, Glyphs, Look, NotifyMethod};
use crate::paths::Paths;
use crate::state::{Effect, Event};
use crate::theme::{Depth, Facts};
use crate::width::set_shown_as;

/// Notifications and copies that wait for tmux; of more the oldest is dropped. It has half a second.
const WAITING_MAX: usize = 8;

/// The person's end of the terminal.
pub struct Desk {
    config: Config,
    paths: Paths,
    /// What the environment tells.
    environment: Capabilities,
    /// The same, and what the terminal said of itself last.
    capabilities: Capabilities,
    /// What the terminal's answers are remembered under.
    identity: String,
    tmux: Tmux,
    waiting: VecDeque<Effect>,
    notifications: u32,
}

/// What tmux says of itself.
enum Tmux {
    NotAsked,
    Asked(JoinHandle<Option<TmuxFacts>>),
    Said(Option<TmuxFacts>),
}

impl Desk {
    /// For the terminal of this process. Asks nothing yet.
    pub fn new(config: Config, paths: Paths) -> Self {
        let environment = Capabilities::from_environment();
        let (capabilities, identity) = (environment.clone(), environment.identity());
        let (tmux, waiting) = (Tmux::NotAsked, VecDeque::new());
        let notifications = 0;
        Self { config, paths, environment, capabilities, identity, tmux, waiting, notifications }
    }

    /// What the terminal answered in an earlier run; text is measured accordingly from now on.
    pub fn recall(&mut self) -> Option<Probed> {
        let probed = remembered::recall(&self.paths, &self.identity);
        self.use_answers(probed.as_ref());
        probed
    }

    /// Takes over what the terminal answered now, and keeps it for the next start.
    pub fn learn(&mut self, probed: &Probed, known: Option<&Probed>) {
        self.use_answers(Some(probed));
        if probed.is_complete && known != Some(probed) {
            let (paths, identity, probed) =
                (self.paths.clone(), self.identity.clone(), probed.clone());
            tokio::task::spawn_blocking(move || {
                remembered::remember(&paths, &identity, &probed);
            });
        }
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The places of this device.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Does `effect` if it is the terminal's; what there is to tell of it comes back.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn perform(&mut self, effect: Effect, screen: &mut Screen) -> io::Result<Option<Event>> {
        match effect {
            Effect::Title(title) => screen.set_title(&title)?,
            Effect::TakeMouse(has_mouse) => screen.set_mouse(has_mouse)?,
            Effect::Redraw => screen.redraw(),
            Effect::Notify(_) | Effect::Copy(_) if self.waits_for_tmux() => {
                if self.waiting.len() == WAITING_MAX {
                    self.waiting.pop_front();
                }
                self.waiting.push_back(effect);
            }
            Effect::Notify(notification) => self.notify(&notification, screen)?,
            Effect::Copy(text) => return self.copy(&text, screen).map(Some),
            _ => {}
        }
        Ok(None)
    }

    /// How pictures are shown, as far as is known: tmux may say later what it passes on.
    pub fn graphics(&self, probed: Option<&Probed>, depth: Depth, is_unicode: bool) -> Choice {
        let wanted = self.config.look.pictures;
        let (capabilities, tmux) = (&self.capabilities, self.facts());
        Surroundings { wanted, depth, is_unicode, capabilities, probed, tmux }.choose()
    }

    /// Whether tmux is still to say what it passes on; asks it, if it was not asked.
    pub fn is_asking(&mut self) -> bool {
        self.waits_for_tmux()
    }

    /// Whether something waits for tmux.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What waited for tmux, once it has answered or failed to.
    pub async fn ready(&mut self) -> VecDeque<Effect> {
        match &mut self.tmux {
            Tmux::Asked(asked) => {
                let said = asked.await.unwrap_or_default();
                self.tmux = Tmux::Said(said);
                std::mem::take(&mut self.waiting)
            }
            _ => std::future::pending().await,
        }
    }

    fn use_answers(&mut self, probed: Option<&Probed>) {
        // What another terminal answered in an environment like this one no longer counts.
        self.capabilities = self.environment.clone();
        if let Some(probed) = probed {
            self.capabilities.learn(probed);
        }
        let widths = probed.and_then(|probed| probed.widths).unwrap_or_default();
        set_shown_as(widths, shown_emoji(&self.config.look, Facts::from_environment().unicode));
    }

    /// Asks tmux, if it is there and was not asked.
    fn waits_for_tmux(&mut self) -> bool {
        if self.capabilities.multiplexer != Some(Multiplexer::Tmux) {
            return false;
        }
        if let Tmux::NotAsked = self.tmux {
            self.tmux = Tmux::Asked(tokio::spawn(TmuxFacts::ask()));
        }
        matches!(self.tmux, Tmux::Asked(_))
    }

    fn facts(&self) -> Option<&TmuxFacts> {
        match &self.tmux {
            Tmux::Said(facts) => facts.as_ref(),
            Tmux::NotAsked | Tmux::Asked(_) => None,
        }
    }

    fn notify(&mut self, notification: &Notification, screen: &mut Screen) -> io::Result<()> {
        self.notifications = self.notifications.wrapping_add(1);
        let method = notify_method(self.config.notify.method, &self.capabilities, self.facts());
        #[cfg(feature = "desktop")]
        if method == NotifyMethod::Desktop {
            notification.show_on_desktop();
        }
        let multiplexer = self.capabilities.multiplexer;
        screen.write(&notification.sequence(method, multiplexer, self.notifications))
    }

    fn copy(&self, text: &str, screen: &mut Screen) -> io::Result<Event> {
        let (sequence, outcome) =
            clipboard::copy(text, self.capabilities.multiplexer, self.facts());
        screen.write(&sequence)?;
        Ok(Event::Notice(outcome.to_string()))
    }
}

/// Emoji as they are shown: a terminal that gets marks in ASCII has no pictures either.
fn shown_emoji(look: &Look, unicode: bool) -> Emoji {
    let is_ascii = match look.glyphs {
        Glyphs::Auto => !unicode,
        Glyphs::Unicode => false,
        Glyphs::Ascii => true,
    };
    match look.emoji {
        Emoji::Auto if is_ascii => Emoji::Text,
        emoji => emoji,
    }
}

/// The method that is set, or the best of the terminal, which tmux may know better.
pub fn notify_method(
    configured: NotifyMethod,
    capabilities: &Capabilities,
    tmux: Option<&TmuxFacts>,
) -> NotifyMethod {
    use super::Emulator::Unknown;
    let behind = tmux.map(TmuxFacts::emulator).filter(|emulator| *emulator != Unknown);
    match configured {
        NotifyMethod::Auto => behind.unwrap_or(capabilities.emulator).notify_method(),
        configured => configured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_marks_are_ascii_emoji_are_words_unless_set_otherwise() {
        let look = Look::default();
        assert_eq!(shown_emoji(&look, true), Emoji::Auto);
        assert_eq!(shown_emoji(&look, false), Emoji::Text);
        let ascii = Look { glyphs: Glyphs::Ascii, ..look.clone() };
        assert_eq!(shown_emoji(&ascii, true), Emoji::Text);
        let pictures = Look { emoji: Emoji::Picture, ..ascii };
        assert_eq!(shown_emoji(&pictures, true), Emoji::Picture);
    }

    #[test]
    fn what_is_set_counts_then_what_tmux_says_then_the_environment() {
        let capabilities = Capabilities::detect(|name| match name {
            "TMUX" => Some("x".to_owned()),
            "KITTY_WINDOW_ID" => Some("1".to_owned()),
            _ => None,
        });
        let facts = |client_type: &str| TmuxFacts {
            client_type: client_type.to_owned(),
            ..TmuxFacts::default()
        };
        for (configured, tmux, method) in [
            (NotifyMethod::Bell, Some(facts("kitty(0.32)")), NotifyMethod::Bell),
            (NotifyMethod::Auto, Some(facts("ghostty 1.0")), NotifyMethod::Osc777),
            (NotifyMethod::Auto, Some(facts("")), NotifyMethod::Osc99),
            (NotifyMethod::Auto, None, NotifyMethod::Osc99),
        ] {
            assert_eq!(notify_method(configured, &capabilities, tmux.as_ref()), method);
        }
    }
}
