//! What can be found: chats, people without a chat yet, and commands that need no more words.

use std::collections::HashSet;

use chatter_protocol::{ConversationId, Timestamp, User, UserId};
use nucleo_matcher::Utf32String;

use crate::action::{self, Action};
use crate::command::{Command, Record};
use crate::state::Account;

/// Actions that make sense wherever one is. Others need a place: a chosen row, a text.
const ACTIONS: &[Action] = &[
    Action::NextUnread,
    Action::MarkRead,
    Action::Mute,
    Action::People,
    Action::Profile,
    Action::OwnProfile,
    Action::JumpToDate,
    Action::ScrollOldest,
    Action::ScrollNewest,
    Action::ChooseMessage,
    Action::Editor,
    Action::RetryRefused,
    Action::DropRefused,
    Action::Settings,
    Action::Help,
    Action::Mouse,
    Action::Redraw,
    Action::Reconnect,
    Action::Quit,
];

/// What is done with something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Open this chat.
    Chat(ConversationId),
    /// Open the chat with this person, a new one.
    Person(UserId),
    /// Do this.
    Command(Command),
}

/// Something that can be found, with its names made ready for comparing.
#[derive(Clone, Debug)]
pub struct Item {
    /// What is done with it.
    pub target: Target,
    /// What it is called.
    pub name: String,
    /// A second name: a username.
    pub username: String,
    /// What else there is to say of a command.
    pub detail: String,
    /// Messages in it that are unread.
    pub unread: u64,
    /// Who it is, if it is a person or the chat with one.
    pub user: Option<User>,
    pub(super) name_key: Utf32String,
    pub(super) username_key: Utf32String,
    pub(super) detail_key: Utf32String,
}

impl Item {
    /// Something with only a name.
    fn new(target: Target, name: String, detail: String) -> Self {
        Self {
            target,
            name_key: name.as_str().into(),
            detail_key: detail.as_str().into(),
            username_key: Utf32String::default(),
            name,
            detail,
            username: String::new(),
            unread: 0,
            user: None,
        }
    }

    /// What else there is to say of it: what a person says about the present, as long as it holds.
    pub fn detail_at(&self, now: Timestamp) -> &str {
        match &self.user {
            Some(user) => user.status_at(now).map_or("", |status| status.as_str()),
            None => &self.detail,
        }
    }

    /// Who it is, if it is a person or the chat with one.
    pub(super) fn user_id(&self) -> Option<UserId> {
        self.user.as_ref().map(|user| user.id)
    }

    /// A person without a chat yet.
    pub fn person(user: &User) -> Self {
        Self::of_user(Target::Person(user.id), user, user.display_name.to_string())
    }

    fn of_user(target: Target, user: &User, name: String) -> Self {
        let status = user.status_message.as_ref().map_or("", |status| status.as_str());
        Self {
            detail_key: status.into(),
            username: user.username.to_string(),
            username_key: user.username.as_str().into(),
            user: Some(user.clone()),
            ..Self::new(target, name, String::new())
        }
    }
}

/// Everything that can be found from an account: its chats, then the people it knows, then
/// commands.
pub fn items(account: &Account) -> Vec<Item> {
    let mut items = chats(account);
    let known: HashSet<_> = items.iter().filter_map(Item::user_id).collect();
    let is_new =
        |user: &&User| !known.contains(&user.id) && Some(user.id) != account.replica.my_id();
    let mut people: Vec<_> = account.replica.users().filter(is_new).collect();
    people.sort_by_key(|user| user.username.as_str());
    items.extend(people.into_iter().map(Item::person));
    items.extend(commands());
    items
}

fn chats(account: &Account) -> Vec<Item> {
    let Some(me) = account.replica.my_id() else { return Vec::new() };
    let item = |chat| {
        let (target, title) = (Target::Chat(crate::sync::Chat::id(chat)), account.title(chat));
        let user = chat.peer(me).and_then(|peer| account.replica.user(peer));
        let item = match user {
            Some(user) => Item::of_user(target, user, title),
            None => Item::new(target, title, String::new()),
        };
        Item { unread: chat.unread(me), ..item }
    };
    account.replica.chats().map(item).collect()
}

fn commands() -> impl Iterator<Item = Item> {
    let action = |record: &action::Record| {
        let target = Target::Command(Command::Action(record.action));
        Item::new(target, record.name.to_owned(), record.description.to_owned())
    };
    let sign_out = Record::named("signout").map(|record| {
        let target = Target::Command(Command::SignOut);
        Item::new(target, record.name.to_owned(), record.description.to_owned())
    });
    let records = action::RECORDS.iter().filter(|record| ACTIONS.contains(&record.action));
    records.map(action).chain(sign_out)
}
