//! What could be meant by the word that is being written: an emoji, a person, a command.
//!
//! Pure, and cheap enough for every key: [`asked`] looks at the word before the cursor, and only
//! if it asks for something does [`propose`] search. Knows no account and no screen.

mod code;
mod command;
mod completing;
mod emoji;
mod people;

use std::ops::Range;

use chatter_protocol::User;
use nucleo_matcher::chars::{graphemes, normalize, to_lower_case};

pub use completing::{Completing, DraftMoment};
pub use emoji::written_out;
pub use people::person_named;

use crate::command::Argument;

/// Candidates that are proposed at most.
pub const CANDIDATES_MAX: usize = 8;

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the text that a candidate replaces.
    pub range: Range<usize>,
    /// At least one, at most [`CANDIDATES_MAX`]; the best first.
    pub candidates: Vec<Candidate>,
    /// Index of the chosen one.
    pub chosen: usize,
}

/// One thing that could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is written if it is taken.
    pub insert: String,
    /// How it is shown.
    pub label: String,
    /// What else there is to say of it.
    pub detail: String,
}

/// What a word asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// An emoji whose name starts like this.
    Emoji(&'a str),
    /// A person to mention.
    Person(&'a str),
    /// A command.
    Command(&'a str),
    /// What comes after a command's name.
    Argument(Argument, &'a str),
}

/// What can be proposed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// People, those first who were written to last.
    pub people: &'a [&'a User],
    /// Names of themes.
    pub themes: &'a [&'a str],
}

/// What the word before `cursor` asks for, and where it is.
pub fn asked(text: &str, cursor: usize) -> Option<(Range<usize>, Asked<'_>)> {
    let (before, after) = text.split_at_checked(cursor)?;
    if after.starts_with(char::is_alphanumeric) {
        return None;
    }
    if let Some((start, asked)) = command::asked(text, before) {
        return Some((start..cursor, asked));
    }
    let emoji = emoji::asked(before).map(|(start, query)| (start..cursor, Asked::Emoji(query)));
    let found = emoji
        .or_else(|| people::asked(before).map(|(at, query)| (at..cursor, Asked::Person(query))));
    found.filter(|(range, _)| !code::is_code(text, range.start))
}

/// What fits, if anything does that is not there already.
pub fn propose(
    text: &str,
    (range, asked): (Range<usize>, Asked<'_>),
    sources: &Sources<'_>,
) -> Option<Completion> {
    let mut candidates = match asked {
        Asked::Emoji(query) => emoji::candidates(query),
        Asked::Person(query) => people::candidates(query, sources.people, "@"),
        Asked::Command(query) => command::candidates(query),
        Asked::Argument(argument, query) => command::arguments(argument, query, sources),
    };
    candidates.truncate(CANDIDATES_MAX);
    let written = &text[range.clone()];
    let is_there = matches!(&*candidates, [only] if only.insert.trim_end() == written);
    let is_worth_it = !candidates.is_empty() && !is_there;
    is_worth_it.then_some(Completion { range, candidates, chosen: 0 })
}

impl Completion {
    /// The chosen candidate.
    pub fn candidate(&self) -> Option<&Candidate> {
        self.candidates.get(self.chosen)
    }

    /// Chooses the candidate `by` further, around the ends.
    pub fn choose(&mut self, by: isize) {
        let count = self.candidates.len().max(1) as isize;
        self.chosen = (self.chosen as isize + by).rem_euclid(count) as usize;
    }
}

/// Where `trigger` starts the last word of `before`, and what of the word comes after it. Signs
/// that open something may stand before it, but not the end of another word.
fn triggered(before: &str, trigger: char, is_query: fn(char) -> bool) -> Option<(usize, &str)> {
    let query = before.len()
        - before.chars().rev().take_while(|c| is_query(*c)).map(char::len_utf8).sum::<usize>();
    let start = before[..query].strip_suffix(trigger)?.len();
    let may_precede = |c: char| {
        c.is_whitespace() || "([{\"'*_~>".contains(c) || !c.is_ascii() && !c.is_alphanumeric()
    };
    let is_start = before[..start].chars().next_back().is_none_or(may_precede);
    is_start.then_some((start, &before[query..]))
}

/// `text` without accents and capitals, for comparing names.
fn folded(text: &str) -> String {
    graphemes(text).map(|character| to_lower_case(normalize(character))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(username: &str, display_name: &str) -> User {
        serde_json::from_value(serde_json::json!({
            "id": uuid::Uuid::from_u128(u128::from(username.as_bytes()[0])),
            "username": username,
            "display_name": display_name,
            "created_at": "2026-03-01T00:00:00.000Z",
            "rev": 0,
        }))
        .expect("a user")
    }

    /// Labels of what is proposed at the end of `text`.
    fn proposed(text: &str) -> Vec<String> {
        let all = [
            user("grace", "Grace Hopper"),
            user("zoe", "Zoë Ångström"),
            user("sakura", "田中 さくら"),
        ];
        let people: Vec<_> = all.iter().collect();
        let sources = Sources { people: &people, themes: &["dark", "light"] };
        let completion = asked(text, text.len()).and_then(|found| propose(text, found, &sources));
        completion.map_or(vec![], |found| found.candidates.into_iter().map(|c| c.label).collect())
    }

    #[test]
    fn emoji_by_the_start_of_their_names_then_by_any_part() {
        assert_eq!(proposed("hi :smi").first().map(String::as_str), Some("😄 :smile:"));
        assert!(proposed(":+1").iter().any(|label| label.ends_with(":+1:")));
        assert!(proposed("(:hear").iter().all(|label| label.contains("hear")));
        assert!(proposed(":eyes").iter().any(|label| label.ends_with(":heart_eyes:")));
        assert!(proposed(":smi").len() <= CANDIDATES_MAX);
    }

    #[test]
    fn no_emoji_in_times_addresses_words_or_code() {
        for text in [
            "at 10:30",
            "https://example.org",
            "std::fmt",
            "a:smi",
            "::smi",
            ":s",
            ":",
            "see 1:smi",
            "`:smi",
            "```\n:smi",
            ":-D",
            ":D",
            "note: smi",
        ] {
            assert_eq!(proposed(text), Vec::<String>::new(), "{text}");
        }
        assert!(!proposed("`code` :smi").is_empty());
        assert!(!proposed("```\ncode\n```\n:smi").is_empty());
    }

    #[test]
    fn people_by_username_or_any_word_of_their_name() {
        assert_eq!(proposed("@gr"), ["@grace"]);
        assert_eq!(proposed("hello @HOP"), ["@grace"]);
        assert_eq!(proposed("@angs"), ["@zoe"]);
        assert_eq!(proposed("@ÅNG"), ["@zoe"]);
        assert_eq!(proposed("@さく"), ["@sakura"]);
        for text in ["grace@gr", "@", "@x", "@grace", "`@gr"] {
            assert_eq!(proposed(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn commands_at_the_very_start_and_what_comes_after_them() {
        assert_eq!(
            proposed("/co"),
            ["/copy [NUMBER]", "/help [COMMAND]", "/theme NAME", "/reconnect"]
        );
        assert_eq!(proposed("/").len(), CANDIDATES_MAX);
        assert_eq!(proposed("/theme "), ["dark", "light"]);
        assert_eq!(proposed("/theme LI"), ["light"]);
        assert_eq!(proposed("/chat gra"), ["@grace"]);
        assert_eq!(proposed("/msg @zo"), ["@zoe"]);
        assert_eq!(proposed("/keys v"), ["vim"]);
        assert_eq!(proposed("/help rec"), ["/reconnect"]);
        assert_eq!(proposed("/status :smil").first().map(String::as_str), Some("😄 :smile:"));
        for text in ["say /co", "//co", "/usr/co", "/quit", "/quit ", "/co\n/co", "/theme dark"] {
            assert_eq!(proposed(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn nothing_is_proposed_inside_a_word() {
        assert_eq!(asked("@grace", 3), None);
        assert!(asked("@gr, hello", 3).is_some());
    }

    #[test]
    fn choosing_goes_around_the_ends() {
        let found = asked(":smi", 4).expect("asks");
        let mut completion = propose(":smi", found, &Sources::default()).expect("fits");
        completion.choose(-1);
        assert_eq!(completion.chosen, completion.candidates.len() - 1);
        completion.choose(1);
        assert_eq!(completion.chosen, 0);
    }
}
