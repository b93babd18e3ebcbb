//! What was sent before, to be taken up again with a key. Over all chats of an account: what was
//! said to one person is often said to the next.

use std::collections::VecDeque;

/// Texts that are kept; the oldest is forgotten first.
const TEXTS_MAX: usize = 200;

/// Bytes of all texts together. The newest stays whatever its size.
const BYTES_MAX: usize = 256 * 1024;

/// The texts, and which of them is in the message line.
#[derive(Clone, Default)]
pub struct History {
    /// Oldest first.
    texts: VecDeque<String>,
    bytes: usize,
    place: Option<Place>,
}

/// While something is taken up.
#[derive(Clone)]
struct Place {
    /// Which text.
    index: usize,
    /// What was being written; it comes back after the newest text.
    draft: String,
}

impl std::fmt::Debug for History {
    /// What people write does not belong in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "History({} texts)", self.texts.len())
    }
}

impl History {
    /// A history of what was sent, oldest first: after a start, one's own messages.
    pub fn from_messages<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Self {
        let mut history = Self::default();
        bodies.into_iter().for_each(|body| history.push(body));
        history
    }

    /// Adds what was just sent, unless it was sent just before as well.
    pub fn push(&mut self, text: &str) {
        self.stop();
        if text.trim().is_empty() || self.texts.back().is_some_and(|last| last == text) {
            return;
        }
        self.bytes += text.len();
        self.texts.push_back(text.to_owned());
        while self.texts.len() > TEXTS_MAX || self.bytes > BYTES_MAX && self.texts.len() > 1 {
            self.bytes -= self.texts.pop_front().map_or(0, |text| text.len());
        }
    }

    /// The text before the one that is taken up, or the newest. `present` is what stands in the
    /// message line. `None` if there is none further back.
    pub fn previous(&mut self, present: &str) -> Option<&str> {
        let index = match &self.place {
            Some(place) => place.index.checked_sub(1)?,
            None => self.texts.len().checked_sub(1)?,
        };
        self.keep_draft(present);
        self.go(index)
    }

    /// The text after the one that is taken up; after the newest, the draft. `None` if nothing is
    /// taken up.
    pub fn next(&mut self, present: &str) -> Option<String> {
        let index = self.place.as_ref()?.index + 1;
        self.keep_draft(present);
        match index < self.texts.len() {
            true => self.go(index).map(str::to_owned),
            false => self.place.take().map(|place| place.draft),
        }
    }

    /// Nothing is taken up any more: another chat was opened.
    pub fn stop(&mut self) {
        self.place = None;
    }

    /// What is written, or made of a text that was taken up, must not be lost on the way.
    fn keep_draft(&mut self, present: &str) {
        let draft = || present.to_owned();
        match &mut self.place {
            Some(place) if self.texts[place.index] == present => {}
            Some(place) => place.draft = draft(),
            None => self.place = Some(Place { index: 0, draft: draft() }),
        }
    }

    fn go(&mut self, index: usize) -> Option<&str> {
        self.place.as_mut()?.index = index;
        self.texts.get(index).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_to_the_oldest_and_forth_to_the_draft() {
        let mut history = History::from_messages(["one", "two", "two", " "]);
        assert_eq!(history.next("draft"), None);
        assert_eq!(history.previous("draft"), Some("two"));
        assert_eq!(history.previous("two"), Some("one"));
        assert_eq!(history.previous("one"), None);
        assert_eq!(history.next("one").as_deref(), Some("two"));
        assert_eq!(history.next("two").as_deref(), Some("draft"));
        assert_eq!(history.next("draft"), None);
    }

    #[test]
    fn what_is_made_of_a_text_is_not_lost_and_changes_no_history() {
        let mut history = History::from_messages(["one", "two"]);
        history.previous("draft");
        assert_eq!(history.previous("two, changed"), Some("one"));
        assert_eq!(history.next("one").as_deref(), Some("two"));
        assert_eq!(history.next("two").as_deref(), Some("two, changed"));
    }

    #[test]
    fn sending_starts_again_at_the_newest() {
        let mut history = History::from_messages(["one", "two"]);
        history.previous("");
        history.push("three");
        assert_eq!(history.previous(""), Some("three"));
        assert_eq!(History::default().previous("draft"), None);
    }

    #[test]
    fn it_is_bounded_in_number_and_in_bytes() {
        let mut history = History::default();
        (0..TEXTS_MAX + 5).for_each(|number| history.push(&number.to_string()));
        assert_eq!(history.texts.len(), TEXTS_MAX);
        (0..30).for_each(|number| history.push(&number.to_string().repeat(16 * 1024)));
        assert!(history.bytes <= BYTES_MAX);
        assert_eq!(history.bytes, history.texts.iter().map(String::len).sum::<usize>());
    }
}
