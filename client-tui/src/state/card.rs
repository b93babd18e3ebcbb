//! Somebody's profile, over the main screen: what is known of them, and what can be done with them.
//! One's own is changed in place.

use chatter_protocol::{Person, Presence, Timestamp, User};
use jiff::tz::TimeZone;

use super::account::Account;
use super::form::{Field, FieldName, Form};
use super::overlay::Overlay;
use crate::clock::{PRESETS, Until, own_zone_name};

/// Columns and rows of a profile where there is room.
pub const CARD_SIZE: (u16, u16) = (60, 17);

/// A profile that is open.
#[derive(Debug)]
pub struct Card {
    /// Who, as known when it was opened; what the account knows of them may be newer.
    pub person: Person,
    /// Index of the chosen row.
    pub chosen: usize,
    /// What is going on in it.
    pub mode: CardMode,
    /// What it was opened from, and goes back to.
    pub below: Option<Box<Overlay>>,
}

/// What is going on in a profile.
#[derive(Debug)]
pub enum CardMode {
    /// A row is being chosen.
    Choosing,
    /// The chosen row is being changed.
    Editing(Form),
    /// Whether to block the person is asked.
    Asking,
}

/// Something that can be done with a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardRow {
    /// Write to the person.
    Message,
    /// Mute the chat with them, or let it be heard.
    Mute,
    /// Block them, or end the block.
    Block,
    /// Be called something else.
    DisplayName,
    /// Say something about the present, and until when.
    Status,
    /// Share where one's clock is, or don't.
    TimeZone,
    /// Put a picture on.
    Picture,
    /// Take it off.
    NoPicture,
}

impl Card {
    /// The profile of `person`, over `below`.
    pub fn new(person: Person, below: Option<Overlay>) -> Self {
        Self { person, chosen: 0, mode: CardMode::Choosing, below: below.map(Box::new) }
    }

    /// Who it is, as they are now.
    pub fn user<'a>(&'a self, account: &'a Account) -> &'a User {
        let known = match self.is_mine(account) {
            true => account.replica.me().map(|me| &me.user),
            false => account.replica.user(self.person.user.id),
        };
        known.filter(|user| user.rev >= self.person.user.rev).unwrap_or(&self.person.user)
    }

    /// Whether they are there.
    pub fn presence<'a>(&'a self, account: &'a Account) -> &'a Presence {
        account.replica.presence(self.person.user.id).unwrap_or(&self.person.presence)
    }

    /// Whether it is one's own.
    pub fn is_mine(&self, account: &Account) -> bool {
        account.replica.my_id() == Some(self.person.user.id)
    }

    /// Whether the person is blocked.
    pub fn is_blocked(&self, account: &Account) -> bool {
        account.replica.me().is_some_and(|me| me.blocked.contains(&self.person.user.id))
    }

    /// Whether the chat with the person is muted; none if there is no chat.
    pub fn is_muted(&self, account: &Account) -> Option<bool> {
        account.replica.chat_with(self.person.user.id).map(|chat| chat.muted())
    }

    /// What can be done with it now.
    pub fn rows(&self, account: &Account) -> Vec<CardRow> {
        if !self.is_mine(account) {
            let mute = self.is_muted(account).map(|_| CardRow::Mute);
            return [Some(CardRow::Message), mute, Some(CardRow::Block)]
                .into_iter()
                .flatten()
                .collect();
        }
        let picture = self.user(account).avatar.map(|_| CardRow::NoPicture);
        [CardRow::DisplayName, CardRow::Status, CardRow::TimeZone, CardRow::Picture]
            .into_iter()
            .chain(picture)
            .collect()
    }

    /// The chosen row.
    pub fn row(&self, account: &Account) -> Option<CardRow> {
        let rows = self.rows(account);
        rows.get(self.chosen.min(rows.len().saturating_sub(1))).copied()
    }

    /// The fields to change a row of one's own profile with.
    pub fn form(row: CardRow, user: &User, now: Timestamp, zone: &TimeZone) -> Option<Form> {
        let fields = match row {
            CardRow::DisplayName => {
                let name = user.display_name.as_str();
                vec![Field::text(FieldName::DisplayName, "Display name", name)]
            }
            CardRow::Status => {
                let status = user.status_at(now);
                let end = user.status_expires_at.filter(|_| status.is_some());
                let presets = PRESETS.map(str::to_owned).to_vec();
                let status = status.map_or("", |status| status.as_str());
                vec![
                    Field::text(FieldName::StatusMessage, "Status message", status),
                    Field::choice(FieldName::StatusEnd, "Ends", presets)
                        .with_hint("or type 2h, 18:00, tomorrow, fri 9:30")
                        .with_value(&Until::written(end, now, zone)),
                ]
            }
            CardRow::TimeZone => {
                let own = own_zone_name(zone).map(str::to_owned);
                let choices = std::iter::once("none".to_owned()).chain(own).collect();
                let shared = user.time_zone.as_ref().map_or("none", |zone| zone.as_str());
                vec![
                    Field::choice(FieldName::TimeZone, "Time zone that others see", choices)
                        .with_hint("or type one as in Europe/London")
                        .with_value(shared),
                ]
            }
            CardRow::Picture => {
                let label = "Picture: a PNG, JPEG, GIF or WebP";
                vec![Field::text(FieldName::Picture, label, "")]
            }
            _ => return None,
        };
        Some(Form::new(fields))
    }
}
