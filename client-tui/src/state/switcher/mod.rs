//! Finding a chat, a person or a command by a few letters of its name.
//!
//! Pure: it is given what there is, and ranks it each time the query changes. `>` before the query
//! leaves only commands, `@` only people.

mod item;
mod matching;

use std::collections::HashSet;

use chatter_protocol::User;

pub use item::{Item, Target, items};
pub use matching::Row;

use self::matching::Finder;
use super::editor::{Edit, Editor};

/// What there is, what is asked for, and what fits.
#[derive(Debug, Default)]
pub struct Switcher {
    /// What is typed.
    pub query: Editor,
    /// What fits, the best first; at most [`ROWS_MAX`](Switcher::ROWS_MAX).
    pub rows: Vec<Row>,
    /// Index of the chosen row.
    pub chosen: usize,
    /// What the directory is being asked for; one question at a time.
    pub asked: Option<String>,
    items: Vec<Item>,
    finder: Finder,
}

impl Switcher {
    /// Nobody looks further down; typing another letter is quicker.
    pub const ROWS_MAX: usize = 200;

    /// A switcher over `items`: chats first, the most recent before the others, then people, then
    /// commands.
    pub fn new(items: Vec<Item>) -> Self {
        let mut switcher = Self { items, ..Self::default() };
        switcher.rank();
        switcher
    }

    /// What a row shows.
    pub fn item(&self, row: &Row) -> Option<&Item> {
        self.items.get(row.item)
    }

    /// The chosen one.
    pub fn target(&self) -> Option<&Target> {
        self.rows.get(self.chosen).and_then(|row| self.item(row)).map(|item| &item.target)
    }

    /// The people among what fits.
    pub fn people(&self) -> impl Iterator<Item = &User> {
        self.rows.iter().filter_map(|row| self.item(row)?.user.as_ref())
    }

    /// What is typed without the sign before it that leaves only commands or people: what people
    /// in the directory are asked for by.
    pub fn words(&self) -> &str {
        self.query.text().trim_start_matches(['>', '@']).trim()
    }

    /// Types a character.
    pub fn type_character(&mut self, character: char) {
        self.query.insert(character);
        self.rank();
    }

    /// Inserts pasted text, as far as it fits on one line.
    pub fn paste(&mut self, text: &str) {
        let line: String = text.chars().filter(|character| !character.is_control()).collect();
        self.query.insert_text(&line);
        self.rank();
    }

    /// Changes or moves in the query.
    pub fn edit(&mut self, edit: Edit) {
        let version = self.query.version();
        self.query.apply(edit, usize::MAX);
        if self.query.version() != version {
            self.rank();
        }
    }

    /// Chooses a row; beyond the end, the last.
    pub fn choose(&mut self, index: usize) {
        self.chosen = index.min(self.rows.len().saturating_sub(1));
    }

    /// Adds people whom the directory knows. The same row stays chosen.
    pub fn add_people<'a>(&mut self, people: impl IntoIterator<Item = &'a User>) {
        let mut known: HashSet<_> = self.items.iter().filter_map(Item::user_id).collect();
        let before = self.items.len();
        let news = people.into_iter().filter(|user| known.insert(user.id));
        self.items.extend(news.map(Item::person));
        if self.items.len() == before {
            return;
        }
        let chosen = self.rows.get(self.chosen).map(|row| row.item).filter(|_| self.chosen > 0);
        self.rank();
        let is_chosen = |row: &Row| Some(row.item) == chosen;
        self.chosen = self.rows.iter().position(is_chosen).unwrap_or(0);
    }

    fn rank(&mut self) {
        self.rows = self.finder.find(&self.items, self.query.text(), Self::ROWS_MAX);
        self.chosen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::command::Command;
    use crate::state::fixture::{GRACE, SAKURA, chat_id, person, user_id, world};

    fn switcher() -> Switcher {
        let state = world(80, 24);
        Switcher::new(items(state.account.as_ref().expect("signed in")))
    }

    fn searched(query: &str) -> Switcher {
        let mut switcher = switcher();
        query.chars().for_each(|character| switcher.type_character(character));
        switcher
    }

    fn names(switcher: &Switcher) -> Vec<&str> {
        let items = switcher.rows.iter().filter_map(|row| switcher.item(row));
        items.map(|item| item.name.as_str()).collect()
    }

    /// Adds Linus, whom only the directory knows.
    fn add_linus(switcher: &mut Switcher) {
        let mut linus = person(GRACE).user;
        linus.id = user_id(77);
        linus.username = "linus".parse().expect("a username");
        linus.display_name = "Linus Grå".parse().expect("a name");
        switcher.add_people([&linus, &linus, &person(SAKURA).user]);
    }

    #[test]
    fn at_first_unread_chats_then_recent_ones_then_commands() {
        let switcher = switcher();
        let names = names(&switcher);
        assert_eq!(&names[..2], ["田中さくら", "שרה לוי"]);
        assert_eq!(names[2], "Grace Hopper");
        assert!(names.iter().skip(5).all(|name| name.is_ascii()));
        assert!(names.contains(&"mark-read"));
        assert_eq!(switcher.target(), Some(&Target::Chat(chat_id(SAKURA))));
    }

    #[test]
    fn a_few_letters_find_names_whatever_their_case_and_accents() {
        assert_eq!(names(&searched("ghop")).first(), Some(&"Grace Hopper"));
        assert_eq!(names(&searched("ZOE")).first().map(|name| &name[..2]), Some("Zo"));
        assert_eq!(names(&searched("さく")), ["田中さくら"]);
        assert_eq!(names(&searched("sakura")).first(), Some(&"田中さくら"));
        assert!(searched("no such thing at all").rows.is_empty());
    }

    #[test]
    fn names_beat_descriptions() {
        let found = searched("settings");
        assert_eq!(found.target(), Some(&Target::Command(Command::Action(Action::Settings))));
        assert!(names(&searched("six")).contains(&"Grace Hopper"));
        assert_eq!(names(&searched("grace mark")), Vec::<&str>::new());
    }

    #[test]
    fn signs_leave_only_commands_or_people() {
        let commands = searched(">");
        assert!(commands.rows.iter().all(|row| {
            matches!(commands.item(row).map(|item| &item.target), Some(Target::Command(_)))
        }));
        assert!(names(&commands).contains(&"signout"));
        let mut people = searched("@gr");
        add_linus(&mut people);
        assert_eq!(names(&people), ["Grace Hopper", "Linus Grå"]);
        assert_eq!(people.words(), "gr");
    }

    #[test]
    fn what_fitted_is_marked_in_whole_characters() {
        let found = searched("zoh");
        assert!(found.rows.is_empty());
        let found = searched("zoe");
        let (row, name) = (&found.rows[0], names(&found)[0]);
        let marked: Vec<_> = row.name_marks.iter().map(|range| &name[range.clone()]).collect();
        assert_eq!(marked, ["Zoe\u{308}"]);
    }

    #[test]
    fn people_of_the_directory_come_once_and_leave_the_choice_alone() {
        let mut found = searched("gr");
        found.choose(1);
        let chosen = found.target().cloned();
        let count = found.rows.len();
        add_linus(&mut found);
        assert_eq!((found.rows.len(), found.target().cloned()), (count + 1, chosen));
        add_linus(&mut found);
        assert_eq!(found.rows.len(), count + 1);
    }

    #[test]
    fn choosing_stays_within_the_rows() {
        let mut found = switcher();
        found.choose(usize::MAX);
        assert_eq!(found.chosen, found.rows.len() - 1);
        found.edit(Edit::Undo);
        assert_eq!(found.chosen, found.rows.len() - 1);
        found.type_character('g');
        assert_eq!(found.chosen, 0);
    }
}
