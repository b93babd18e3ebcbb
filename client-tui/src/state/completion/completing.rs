//! The completion that is open, and for which draft it was made.

use chatter_protocol::ConversationId;

use super::Completion;

/// A draft as it was at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftMoment {
    /// Of which chat.
    pub chat: ConversationId,
    /// Its [`version`](crate::state::Editor::version); 0 before anything is written.
    pub version: u64,
    /// Where its cursor is.
    pub cursor: usize,
}

/// At most one completion, for the draft as it is. It closes when anything but the text changes:
/// the cursor, the chat, the focus.
#[derive(Clone, Debug, Default)]
pub struct Completing {
    completion: Option<Completion>,
    seen: Option<DraftMoment>,
    /// Where the word starts for which nothing more is to be proposed.
    dismissed: Option<usize>,
}

impl Completing {
    /// What is proposed, if `chat` is the one it is proposed for.
    pub fn completion(&self, chat: ConversationId) -> Option<&Completion> {
        self.completion.as_ref().filter(|_| self.seen.is_some_and(|seen| seen.chat == chat))
    }

    /// The same, to choose from.
    pub fn completion_mut(&mut self) -> Option<&mut Completion> {
        self.completion.as_mut()
    }

    /// Takes note of how the draft is, or that none is being written. Whether the text changed, so
    /// that something could be proposed.
    pub fn see(&mut self, now: Option<DraftMoment>) -> bool {
        let before = std::mem::replace(&mut self.seen, now);
        if before == now {
            return false;
        }
        self.completion = None;
        let same_chat = before.zip(now).filter(|(before, now)| before.chat == now.chat);
        if same_chat.is_none() {
            self.dismissed = None;
        }
        same_chat.is_some_and(|(before, now)| before.version != now.version)
    }

    /// Whether anything is to be proposed for the word that starts at `start`.
    pub fn wants(&mut self, start: Option<usize>) -> bool {
        if self.dismissed.is_some() && self.dismissed == start {
            return false;
        }
        self.dismissed = None;
        start.is_some()
    }

    /// Proposes this.
    pub fn open(&mut self, completion: Option<Completion>) {
        self.completion = completion;
    }

    /// Closes it; nothing more is proposed for this word.
    pub fn dismiss(&mut self) {
        self.dismissed = self.completion.take().map(|completion| completion.range.start);
    }
}
