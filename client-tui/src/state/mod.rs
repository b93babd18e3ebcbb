//! Everything that the screen shows, and nothing of how: no widgets, no network, no clock.
//!
//! [`State`] is the whole; [`Account`] is what belongs to the signed-in person. `update` changes
//! it, `view` draws it.

mod account;
mod attaching;
mod card;
pub mod completion;
mod editor;
#[cfg(test)]
pub(crate) mod fixture;
mod form;
mod help;
mod history;
mod keeping;
mod layout;
mod message;
mod mouse;
mod overlay;
mod pictures;
pub mod switcher;
mod timeline;
mod welcome;
pub mod wrap;

use chatter_protocol::{Attachment, Timestamp, User};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

pub use crate::sync::HistoryRange;
pub use account::{Account, Landing, LinkState, News, OpenChat, Pane, TYPING_EXPIRES_MS, Typist};
pub use attaching::{Attaching, AttachingState, UploadStep};
pub use card::{CARD_SIZE, Card, CardMode, CardRow};
pub use editor::{Edit, Editor, Motion};
pub use form::{Field, FieldKind, FieldName, Form};
pub use help::{HELP_SIZE, HelpLine, help_key_columns, help_last_top, help_lines};
pub use history::History;
pub use keeping::Keeping;
pub use layout::{COLUMNS_WIDE, OverlayPlace, Panes, overlay_place, padded, panes, without_left};
pub use message::{Answer, Effect, Event, Failure, Request};
pub use mouse::{MouseEvent, MouseKind, Press, Target};
pub use overlay::{Overlay, People, Question, SessionList, Settings, SettingsRow};
pub use pictures::{PictureAt, PictureRoom, Pictures, Viewer, face_size};
pub use timeline::{
    BAR_COLUMNS, Entry, EntryKey, LaidMessages, MARK_COLUMNS, Point, Row, Scroll, Selection, Shown,
    Timeline, TimelineContext, WITHHELD, row_columns,
};
pub use welcome::{Welcome, WelcomeForm};

use crate::config::Config;
use crate::keymap::{Context, Keymap, Sequence};
use crate::terminal::Probed;

/// A minute. Zones differ by whole ones today.
const MINUTE_MS: i64 = 60_000;

/// The whole.
#[derive(Debug)]
pub struct State {
    /// The terminal's size.
    pub size: Size,
    /// The moment of the newest event; set by whoever delivers events.
    pub now: Timestamp,
    /// Where the person is, for local times.
    pub zone: TimeZone,
    /// Whether the terminal has the keyboard; assumed until it says otherwise.
    pub has_focus: bool,
    /// What the person has set.
    pub config: Config,
    /// What the terminal told of itself, in this run or an earlier one.
    pub probed: Option<Probed>,
    /// Whether and how pictures are drawn.
    pub pictures: Pictures,
    /// Which key does what.
    pub keymap: Keymap,
    /// Keys pressed so far of a sequence that has more.
    pub pending: Sequence,
    /// The server's address, as last used.
    pub server: String,
    /// The welcome screen, when signing in is the next thing to do.
    pub welcome: Option<Welcome>,
    /// The account, once signed in; stays while one signs in again.
    pub account: Option<Account>,
    /// What lies over the main screen.
    pub overlay: Option<Overlay>,
    /// A line about what just happened; the next key takes it away.
    pub notice: Option<String>,
    /// The window's title, as it was last set.
    pub title: Option<String>,
    /// Whether clicks, drags and the wheel come to us.
    pub has_mouse: bool,
    /// What the mouse's button went down on, while it is down, and when.
    pub pressed: Option<Press>,
}

impl State {
    /// The first screen: nobody is signed in.
    pub fn new(server: &str, login: &str, now: Timestamp, zone: TimeZone) -> Self {
        Self {
            size: Size::new(80, 24),
            now,
            zone,
            has_focus: true,
            config: Config::default(),
            probed: None,
            pictures: Pictures::default(),
            keymap: Keymap::default(),
            pending: Sequence::new(),
            server: server.to_owned(),
            welcome: Some(Welcome::new(server, login)),
            account: None,
            overlay: None,
            notice: None,
            title: None,
            has_mouse: true,
            pressed: None,
        }
    }

    /// Takes over what the person has set.
    pub fn configure(&mut self, config: Config) {
        self.keymap = Keymap::new(config.keys.profile, &config.keys.own);
        self.pending.clear();
        self.config = config;
    }

    /// Where keys have their meaning now, the most particular place first.
    pub fn contexts(&self) -> &'static [Context] {
        match (&self.overlay, &self.welcome, &self.account) {
            (Some(overlay), ..) => overlay.contexts(),
            (None, Some(_), _) | (None, None, None) => {
                &[Context::Form, Context::Welcome, Context::Editing, Context::Everywhere]
            }
            (None, None, Some(account)) => match account.pane {
                Pane::List => &[Context::List, Context::Everywhere],
                Pane::Chat if account.is_choosing() => &[Context::Messages, Context::Everywhere],
                Pane::Chat if account.completion().is_some() => {
                    &[Context::Completion, Context::Chat, Context::Editing, Context::Everywhere]
                }
                Pane::Chat if account.is_commanding => {
                    &[Context::Normal, Context::Chat, Context::Editing, Context::Everywhere]
                }
                Pane::Chat => &[Context::Chat, Context::Editing, Context::Everywhere],
            },
        }
    }

    /// Today, where the person is.
    pub fn today(&self) -> Date {
        self.date(self.now)
    }

    /// The day of `at`, where the person is.
    pub fn date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at.to_jiff()).date()
    }

    /// The picture on the whole screen, if there is one and it was not taken back.
    pub fn viewed(&self) -> Option<&Attachment> {
        let Some(Overlay::Viewer(viewer)) = &self.overlay else { return None };
        let at = viewer.shown()?;
        let (timeline, ..) = self.timeline()?;
        let entry = timeline.entry(timeline.index_of(EntryKey::Message(at.number))?)?;
        entry.attachments.get(at.attachment)
    }

    /// The open chat as rows, if one is open.
    pub fn timeline(&self) -> Option<(Timeline<'_>, Scroll, u16)> {
        let scroll = self.account.as_ref()?.open.as_ref()?.scroll;
        let (timeline, height) = self.timeline_at(scroll)?;
        Some((timeline, scroll, height))
    }

    /// The open chat as it would be at `scroll`, and the rows that it has on screen.
    pub fn timeline_at(&self, scroll: Scroll) -> Option<(Timeline<'_>, u16)> {
        let account = self.account.as_ref()?;
        let open = account.open.as_ref()?;
        let area = self.panes().timeline;
        let context = TimelineContext {
            zone: &self.zone,
            columns: padded(area).width.into(),
            fold_rows: self.config.look.fold_rows,
            pictures: None,
        };
        let columns = context.text_columns();
        let room = PictureRoom::new(self.pictures.cell, columns, self.size.height);
        let context =
            TimelineContext { pictures: self.pictures.are_drawn().then_some(room), ..context };
        Some((Timeline::new(account, open, scroll, context), area.height))
    }

    /// Where the parts of the main screen are.
    pub fn panes(&self) -> Panes {
        panes(self)
    }

    /// Columns of the message line's rows.
    pub fn composer_columns(&self) -> usize {
        layout::composer_columns(layout::chat_columns(self.size))
    }

    /// The pane with the focus.
    pub fn pane(&self) -> Pane {
        self.account.as_ref().map_or(Pane::List, |account| account.pane)
    }

    /// When something on screen changes though nothing happens: the countdown to the next attempt,
    /// a "typing…" that expires, a status that ends, a clock elsewhere, midnight.
    pub fn next_change(&self) -> Option<Timestamp> {
        let account = self.account.as_ref()?;
        let countdown = match &account.link {
            LinkState::Waiting { retry_at, .. } => Some(next_second(self.now, *retry_at)),
            _ => None,
        };
        let midnight = self
            .today()
            .tomorrow()
            .and_then(|day| day.to_zoned(self.zone.clone()))
            .map(|start| Timestamp::from_millis(start.timestamp().as_millisecond()))
            .ok();
        let status = self.next_status_end();
        let typing = account.typing.iter().map(|typist| typist.until).min();
        let moments = [countdown, typing, status, self.next_local_minute(), midnight];
        moments.into_iter().flatten().min()
    }

    /// When something is to be done of which nothing shows.
    pub fn next_chore(&self) -> Option<Timestamp> {
        self.account.as_ref()?.next_chore()
    }

    /// When the clock of a person whose profile is open shows another minute.
    fn next_local_minute(&self) -> Option<Timestamp> {
        let Some(Overlay::Profile(card)) = &self.overlay else { return None };
        card.user(self.account.as_ref()?).time_zone.as_ref()?;
        let now_ms = self.now.as_millis();
        Some(Timestamp::from_millis(now_ms - now_ms.rem_euclid(MINUTE_MS) + MINUTE_MS))
    }

    /// When the first status message that is on screen ends.
    fn next_status_end(&self) -> Option<Timestamp> {
        let account = self.account.as_ref()?;
        let peer = account.open_chat().and_then(|chat| account.peer(chat));
        let below = peer.and_then(|peer| account.replica.user(peer));
        let over: Vec<&User> = match &self.overlay {
            Some(Overlay::People(people)) => people.found.iter().map(|it| &it.user).collect(),
            Some(Overlay::Switcher(switcher)) => switcher.people().collect(),
            Some(Overlay::Profile(card)) => vec![card.user(account)],
            Some(Overlay::Settings(_)) => {
                account.replica.me().map(|me| &me.user).into_iter().collect()
            }
            _ => Vec::new(),
        };
        let ends = below.into_iter().chain(over).filter_map(|user| user.status_expires_at);
        ends.filter(|end| *end > self.now).min()
    }
}

/// The next moment at which the whole seconds left until `end` change.
fn next_second(now: Timestamp, end: Timestamp) -> Timestamp {
    let left_ms = end.as_millis() - now.as_millis();
    let step_ms = if left_ms > 0 { (left_ms - 1) % 1_000 + 1 } else { 1_000 };
    Timestamp::from_millis(now.as_millis() + step_ms)
}
