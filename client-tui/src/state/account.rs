//! The signed-in person's part of the state: what the replica knows, and what is open on screen.

use std::collections::{HashMap, HashSet};

use chatter_protocol::{ClientMsgId, ConversationId, Timestamp, UserId};

use super::attaching::Attaching;
use super::completion::{Completing, Completion};
use super::editor::Editor;
use super::history::History;
use super::keeping::Keeping;
use super::timeline::{EntryKey, LaidMessages, Scroll, Selection};
use crate::sync::{Chat, Replica, UnsentState};

/// How long after its last sign somebody counts as typing.
pub const TYPING_EXPIRES_MS: i64 = 6_000;

/// Messages of each chat in which one's own are looked for, to take them up again.
const HISTORY_MESSAGES_MAX: usize = 200;

/// The server is told of what came in and was read at most this often: in a flood every message
/// would cost two frames, and it takes only so many.
const RECEIPTS_TOLD_EVERY_MS: i64 = 250;

/// Which part of the main screen has the focus; on a narrow screen, which one shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The list of chats.
    List,
    /// The open chat.
    Chat,
}

/// Whether the link is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// An attempt is under way.
    Connecting,
    /// Connected.
    Online,
    /// Lost; the next attempt follows.
    Waiting {
        /// When.
        retry_at: Timestamp,
        /// Attempts that failed in a row.
        attempt: u32,
        /// Why, as a sentence.
        reason: String,
    },
    /// Stopped until one signs in again.
    Ended,
    /// Stopped: the session may not be used here. From then on it is as ended.
    Forbidden {
        /// Why, as a sentence.
        reason: String,
    },
}

/// Somebody who types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typist {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub user: UserId,
    /// To be forgotten at.
    pub until: Timestamp,
}

/// Messages of one chat that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Where.
    pub conversation: ConversationId,
    /// The newest one.
    pub conv_seq: u64,
    /// How many.
    pub count: usize,
}

/// The chat on screen.
#[derive(Clone, Debug)]
pub struct OpenChat {
    /// Which.
    pub id: ConversationId,
    /// What of it shows.
    pub scroll: Scroll,
    /// The read position when it was opened: what came after is below the "new" divider, which
    /// stays where it is while the chat is open. `None` when nothing was unread.
    pub divider: Option<u64>,
    /// Where to go once it is here.
    pub landing: Option<Landing>,
    /// The chosen message, while one is chosen.
    pub chosen: Option<EntryKey>,
    /// The text that is selected.
    pub selection: Option<Selection>,
    /// Long messages that show in full.
    pub unfolded: HashSet<EntryKey>,
    /// Its messages laid out in rows.
    pub laid: LaidMessages,
}

/// A place in a chat that is still to be scrolled to, once it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// The first message that was unread when the chat was opened.
    FirstUnread,
    /// A message, at the top.
    Number(u64),
    /// The first message written at or after this moment.
    Moment(Timestamp),
}

impl OpenChat {
    /// The chat `id`, to be shown from its first unread message if `divider` says that there is one.
    pub fn new(id: ConversationId, divider: Option<u64>) -> Self {
        Self {
            id,
            scroll: Scroll::Bottom,
            divider,
            landing: divider.map(|_| Landing::FirstUnread),
            chosen: None,
            selection: None,
            unfolded: HashSet::new(),
            laid: LaidMessages::default(),
        }
    }

    /// The numbers of the messages that are looked at; none while what is between them may be needed,
    /// too, because it is selected.
    pub fn places(&self) -> Option<Vec<u64>> {
        let anchor = match self.scroll {
            Scroll::At { key, .. } => Some(key),
            Scroll::Bottom => None,
        };
        let number = |key| match key {
            EntryKey::Message(number) => Some(number),
            EntryKey::Unsent(_) => None,
        };
        let places = || anchor.into_iter().chain(self.chosen).filter_map(number).collect();
        self.selection.is_none().then(places)
    }

    /// Whether what shows is anchored to this message.
    pub fn scroll_is_at(&self, key: EntryKey) -> bool {
        matches!(self.scroll, Scroll::At { key: anchor, .. } if anchor == key)
    }
}

/// The signed-in person's part of the state.
#[derive(Debug)]
pub struct Account {
    /// What is known of the account.
    pub replica: Replica,
    /// The link to the server.
    pub link: LinkState,
    /// Since when the link is down, in this run.
    pub offline_since: Option<Timestamp>,
    /// Why the link is down, until it is up again: attempts come and go, the reason stays.
    pub trouble: Option<String>,
    /// Whether the list of chats was fetched once.
    pub list_loaded: bool,
    /// The focus.
    pub pane: Pane,
    /// The chat on screen.
    pub open: Option<OpenChat>,
    /// The chosen row of the list; the top one, whichever that is, until a person chooses.
    pub chosen: Option<ConversationId>,
    /// What is written but not sent, for each chat.
    pub drafts: HashMap<ConversationId, Editor>,
    /// Files attached to what is written but not sent, for each chat.
    pub attaching: HashMap<ConversationId, Vec<Attaching>>,
    /// Files attached in this run.
    pub uploads: u64,
    /// Chats whose message is sent when its files are uploaded.
    pub sends_when_uploaded: HashSet<ConversationId>,
    /// What is proposed for the draft of the open chat.
    pub completing: Completing,
    /// Who types.
    pub typing: Vec<Typist>,
    /// When the server was last told that I type.
    pub typing_told_at: Option<Timestamp>,
    /// Chats whose history is being fetched.
    pub loading: HashSet<ConversationId>,
    /// Why history could not be fetched; until it is gone no more is asked for.
    pub history_problem: Option<String>,
    /// When sending goes on after the server asked to wait.
    pub release_at: Option<Timestamp>,
    /// What is to be kept, and how that goes.
    pub keeping: Keeping,
    /// The people whose presence this connection asked for; none before it did.
    pub watched: Option<Vec<UserId>>,
    /// Messages that came in and that the person may have to be told of.
    pub news: Vec<News>,
    /// When.
    pub news_due_at: Option<Timestamp>,
    /// What was sent before; made of one's own messages when it is first asked for.
    pub history: Option<History>,
    /// Keys are commands while writing (Vim).
    pub is_commanding: bool,
    /// The server is to be told that messages came in.
    pub confirm_due: bool,
    /// The server is to be told what was read.
    pub reads_due: bool,
    /// When it was last told either.
    pub receipts_told_at: Option<Timestamp>,
    /// Signing out was asked for: that the session ends is no news.
    pub is_leaving: bool,
    /// Whether a person saw the end of the open chat when things last settled.
    pub is_watched: bool,
}

impl Account {
    /// An account of which `replica` is known.
    pub fn new(mut replica: Replica) -> Self {
        replica.keep_changes();
        Self {
            replica,
            link: LinkState::Connecting,
            offline_since: None,
            trouble: None,
            list_loaded: false,
            pane: Pane::List,
            open: None,
            chosen: None,
            drafts: HashMap::new(),
            attaching: HashMap::new(),
            uploads: 0,
            sends_when_uploaded: HashSet::new(),
            completing: Completing::default(),
            typing: Vec::new(),
            typing_told_at: None,
            loading: HashSet::new(),
            history_problem: None,
            release_at: None,
            keeping: Keeping::default(),
            watched: None,
            news: Vec::new(),
            news_due_at: None,
            history: None,
            is_commanding: false,
            confirm_due: false,
            reads_due: false,
            receipts_told_at: None,
            is_leaving: false,
            is_watched: false,
        }
    }

    /// The open chat, if it is known.
    pub fn open_chat(&self) -> Option<&Chat> {
        self.open.as_ref().and_then(|open| self.replica.chat(open.id))
    }

    /// The draft of the open chat.
    pub fn draft(&self) -> Option<&Editor> {
        self.open.as_ref().and_then(|open| self.drafts.get(&open.id))
    }

    /// The draft of the open chat, to write in.
    pub fn draft_mut(&mut self) -> Option<&mut Editor> {
        let open = self.open.as_ref()?;
        self.keeping.drafts.insert(open.id);
        Some(self.drafts.entry(open.id).or_default())
    }

    /// The files attached to what is being written in the open chat.
    pub fn attached(&self) -> &[Attaching] {
        let attached = self.open.as_ref().and_then(|open| self.attaching.get(&open.id));
        attached.map_or(&[], Vec::as_slice)
    }

    /// What is proposed for what is being written.
    pub fn completion(&self) -> Option<&Completion> {
        let open = self.open.as_ref().filter(|_| self.pane == Pane::Chat)?;
        self.completing.completion(open.id)
    }

    /// What was sent before.
    pub fn history_mut(&mut self) -> &mut History {
        let me = self.replica.my_id();
        self.history.get_or_insert_with(|| {
            let mut mine: Vec<_> = self
                .replica
                .chats()
                .flat_map(|chat| chat.recent().rev().take(HISTORY_MESSAGES_MAX))
                .filter(|message| Some(message.sender) == me && message.deleted_at.is_none())
                .collect();
            mine.sort_by_key(|message| message.created_at);
            History::from_messages(mine.into_iter().map(|message| message.body.as_str()))
        })
    }

    /// What the chat is called: the peer's name, "Notes to yourself", or the room's name.
    pub fn title(&self, chat: &Chat) -> String {
        let me = self.replica.my_id();
        let peer = me.and_then(|me| chat.peer(me));
        match peer {
            Some(_) if peer == me => "Notes to yourself".to_owned(),
            Some(peer) => self.name_of(peer),
            None => chat.conversation().name.clone().unwrap_or_else(|| "Room".to_owned()),
        }
    }

    /// What somebody is called.
    pub fn name_of(&self, user: UserId) -> String {
        let known = self.replica.user(user);
        known.map_or("Somebody".to_owned(), |user| user.display_name.to_string())
    }

    /// The other person of the open chat, if I blocked them.
    pub fn blocked_peer(&self) -> Option<UserId> {
        self.peer(self.open_chat()?).filter(|peer| self.replica.is_blocked(*peer))
    }

    /// What is to be known of writing to somebody whom I blocked.
    pub fn blocked_sentence(&self, peer: UserId) -> String {
        format!("You blocked {}. /unblock to undo.", self.name_of(peer))
    }

    /// The other person of a chat between two.
    pub fn peer(&self, chat: &Chat) -> Option<UserId> {
        let me = self.replica.my_id()?;
        chat.peer(me).filter(|peer| *peer != me)
    }

    /// When the server may be told again of what came in and was read.
    pub fn receipts_at(&self) -> Option<Timestamp> {
        let told_at = self.receipts_told_at?;
        Some(Timestamp::from_millis(told_at.as_millis() + RECEIPTS_TOLD_EVERY_MS))
    }

    /// When it is to be told, if there is something to tell. While something is to be kept first,
    /// that it is kept is what is waited for.
    fn receipts_wanted_at(&self) -> Option<Timestamp> {
        let is_wanted = (self.confirm_due || self.reads_due) && self.link == LinkState::Online;
        self.receipts_at().filter(|_| is_wanted && self.keeping.is_done())
    }

    /// The next moment at which something is to be done though nothing happens: something to keep,
    /// to send, or to tell.
    pub fn next_chore(&self) -> Option<Timestamp> {
        let keeping = self.keeping.next_batch_at();
        let moments = [self.release_at, self.news_due_at, keeping, self.receipts_wanted_at()];
        moments.into_iter().flatten().min()
    }

    /// Whether a message is chosen.
    pub fn is_choosing(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.chosen.is_some())
    }

    /// Whether somebody else types in the chat.
    pub fn is_typing(&self, conversation: ConversationId) -> bool {
        self.typing.iter().any(|typist| typist.conversation == conversation)
    }

    /// The place of the chosen row in the list.
    pub fn chosen_index(&self) -> Option<usize> {
        let is_chosen = |chat: &Chat| self.chosen.is_none_or(|chosen| chat.id() == chosen);
        self.replica.chats().position(is_chosen)
    }

    /// The oldest refused message of the open chat.
    pub fn first_refused(&self) -> Option<ClientMsgId> {
        let open = self.open.as_ref()?;
        let mut unsent = self.replica.outbox().of(open.id);
        let refused = unsent.find(|unsent| matches!(unsent.state, UnsentState::Refused(_)))?;
        Some(refused.send.client_msg_id)
    }

    /// Chats in which something is written but not sent.
    pub fn draft_count(&self) -> usize {
        self.drafts.values().filter(|draft| !draft.text().trim().is_empty()).count()
    }

    /// Messages that wait to be sent; refused ones do not, they wait for a person.
    pub fn waiting_count(&self) -> usize {
        let refused = |state: &UnsentState| matches!(state, UnsentState::Refused(_));
        self.replica.outbox().iter().filter(|unsent| !refused(&unsent.state)).count()
    }
}
