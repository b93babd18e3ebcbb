//! Which items fit a query, and how well: by name before by description, then by score, then in
//! the order given. What fitted is marked only in the rows that are kept.

use std::cmp::Reverse;
use std::ops::Range;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Matcher, Utf32String};
use unicode_segmentation::UnicodeSegmentation;

use super::item::{Item, Target};

/// Something that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index of the item.
    pub(super) item: usize,
    /// Bytes of the name that the query fits, in whole grapheme clusters.
    pub name_marks: Vec<Range<usize>>,
    /// The same of the username.
    pub username_marks: Vec<Range<usize>>,
    /// The same of the description.
    pub detail_marks: Vec<Range<usize>>,
}

/// What people and chats have ahead of commands that fit as well: about a letter's worth.
const HEAD_START: u32 = 20;

/// Where a query fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Name,
    Username,
    Detail,
}

/// Keeps the matcher's memory between queries.
#[derive(Debug, Default)]
pub(super) struct Finder {
    matcher: Matcher,
    marks: Vec<u32>,
}

impl Finder {
    /// The best `rows_max` of `items` for what is typed.
    pub(super) fn find(&mut self, items: &[Item], typed: &str, rows_max: usize) -> Vec<Row> {
        let query = Query::new(typed);
        let mut found: Vec<_> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| query.admits(item))
            .filter_map(|(index, item)| Some((query.rank(item, &mut self.matcher)?, index)))
            .collect();
        if found.len() > rows_max {
            // Only what is kept needs an order.
            found.select_nth_unstable(rows_max);
            found.truncate(rows_max);
        }
        found.sort_unstable();
        let row = |((_, _, place), index): (Rank, usize)| self.row(&query, place, index, items);
        found.into_iter().map(row).collect()
    }

    fn row(&mut self, query: &Query, place: Place, item: usize, items: &[Item]) -> Row {
        let found = &items[item];
        let mut marks = |at, pattern: &Pattern, text, key: &Utf32String| match at == place {
            true => {
                self.marks.clear();
                pattern.indices(key.slice(..), &mut self.matcher, &mut self.marks);
                byte_ranges(text, &mut self.marks)
            }
            false => Vec::new(),
        };
        Row {
            item,
            name_marks: marks(Place::Name, &query.letters, &found.name, &found.name_key),
            username_marks: marks(
                Place::Username,
                &query.letters,
                &found.username,
                &found.username_key,
            ),
            detail_marks: marks(Place::Detail, &query.words, &found.detail, &found.detail_key),
        }
    }
}

/// Lower is better: whether only the description fits, the score, and where the query fits.
type Rank = (u64, Reverse<u32>, Place);

struct Query {
    /// Fits names that have its letters in this order.
    letters: Pattern,
    /// Fits descriptions that have its words as they are; letters alone fit any sentence.
    words: Pattern,
    only: Option<char>,
}

impl Query {
    fn new(typed: &str) -> Self {
        let typed = typed.trim_start();
        let only = typed.chars().next().filter(|first| matches!(first, '>' | '@'));
        let text = only.and_then(|only| typed.strip_prefix(only)).unwrap_or(typed);
        let pattern = |kind| Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, kind);
        Self { letters: pattern(AtomKind::Fuzzy), words: pattern(AtomKind::Substring), only }
    }

    fn admits(&self, item: &Item) -> bool {
        match (self.only, &item.target) {
            (Some('>'), target) => matches!(target, Target::Command(_)),
            (Some(_), _) => item.user_id().is_some(),
            // Everybody is too many to show before a letter is typed.
            (None, Target::Person(_)) => !self.letters.atoms.is_empty(),
            (None, _) => true,
        }
    }

    fn rank(&self, item: &Item, matcher: &mut Matcher) -> Option<Rank> {
        if self.letters.atoms.is_empty() {
            return Some((u64::from(item.unread == 0), Reverse(0), Place::Name));
        }
        let head_start = match item.target {
            Target::Chat(_) | Target::Person(_) => HEAD_START,
            Target::Command(_) => 0,
        };
        let mut score = |pattern: &Pattern, key: &Utf32String| match key.is_empty() {
            true => None,
            false => Some(Reverse(pattern.score(key.slice(..), matcher)? + head_start)),
        };
        let name = score(&self.letters, &item.name_key).map(|score| (0, score, Place::Name));
        let username =
            score(&self.letters, &item.username_key).map(|score| (0, score, Place::Username));
        let by_name = name.into_iter().chain(username).min();
        by_name.or_else(|| Some((1, score(&self.words, &item.detail_key)?, Place::Detail)))
    }
}

/// Byte ranges of the grapheme clusters with these indices, neighbours joined.
fn byte_ranges(text: &str, indices: &mut Vec<u32>) -> Vec<Range<usize>> {
    indices.sort_unstable();
    indices.dedup();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut wanted = indices.iter().peekable();
    for (index, (start, grapheme)) in text.grapheme_indices(true).enumerate() {
        if wanted.next_if(|wanted| **wanted as usize == index).is_none() {
            continue;
        }
        let end = start + grapheme.len();
        match ranges.last_mut().filter(|last| last.end == start) {
            Some(last) => last.end = end,
            None => ranges.push(start..end),
        }
    }
    ranges
}
