//! Which signs of a text are markup, and which only look like it.
//!
//! CommonMark reads `2*3*4`, `/usr/*/lib/*`, `__init__` and `~/a ~/b` as emphasis. Chat does not: a
//! sign counts only where a word begins or ends. Signs that do not count are replaced in a copy
//! which only the parser sees; all that is shown comes from the text itself.

use std::ops::Range;
use std::sync::Arc;

use chatter_protocol::limits::{USERNAME_CHARS_MAX, USERNAME_CHARS_MIN};

use super::address::Address;

/// What stands in for a sign that is none: means nothing to the parser, and is as long.
const NO_SIGN: u8 = b'=';

/// Signs that may end an address only when something follows them.
const TRAILING: [char; 13] = ['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '…', '&', '='];

/// Signs that are never part of an address.
const ENDING: [char; 20] = [
    '<', '>', '"', '`', '|', '\\', '^', '{', '}', '。', '，', '、', '；', '：', '！', '？', '）',
    '」', '』', '】',
];

/// Something that is recognised in running text by itself.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// An address, and what is to be said of it.
    Address { target: Arc<str>, disclosed: Option<String> },
    /// `@name`.
    Mention,
}

/// The addresses and mentions of `text`, in order.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = text[at..].find(['h', 'H', '@']) {
        at += step;
        if let Some(range) = written_address(text, at) {
            at = range.end;
            found.extend(address(text, range));
        } else if let Some(mention) = mention(text, at) {
            at = mention.range.end;
            found.push(mention);
        } else {
            at += 1;
        }
    }
    found
}

/// What looks like an address at `start`.
fn written_address(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let is_scheme = |scheme: &str| {
        rest.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    let is_word = text[..start].ends_with(char::is_alphanumeric);
    let is_address = !is_word && (is_scheme("https://") || is_scheme("http://"));
    is_address.then(|| start..start + address_len(rest))
}

fn address(text: &str, range: Range<usize>) -> Option<Found> {
    let written = &text[range.clone()];
    let address = Address::parse(written)?;
    let disclosed = address.disclosed_alone(written).map(str::to_owned);
    Some(Found { range, what: What::Address { target: address.target, disclosed } })
}

/// Bytes of the address that `text` begins with: up to a space, a bracket that it does not open,
/// or what ends a sentence.
fn address_len(text: &str) -> usize {
    let mut open = [0usize; 2];
    let mut ends_at = text.len();
    for (at, c) in text.char_indices() {
        let ends = match c {
            '(' | '[' => {
                open[usize::from(c == '[')] += 1;
                false
            }
            ')' | ']' => {
                let open = &mut open[usize::from(c == ']')];
                let is_open = *open > 0;
                *open = open.saturating_sub(1);
                !is_open
            }
            _ => c.is_whitespace() || c.is_control() || ENDING.contains(&c),
        };
        if ends {
            ends_at = at;
            break;
        }
    }
    text[..ends_at].trim_end_matches(TRAILING).len()
}

/// `@name`, but neither in a word, an e-mail address or a path, nor `@types/node`, `@Override`,
/// `@app.route("/")`.
fn mention(text: &str, start: usize) -> Option<Found> {
    let rest = text[start..].strip_prefix('@')?;
    let before = text[..start].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || "_.-/\\@:+".contains(c)) {
        return None;
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    let len = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    let after = rest[len..].chars().next();
    if after.is_some_and(|c| c.is_alphanumeric() || "/@(".contains(c)) {
        return None;
    }
    let name = rest[..len].trim_end_matches('.');
    let is_username = (USERNAME_CHARS_MIN..=USERNAME_CHARS_MAX).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let range = start..start + 1 + name.len();
    is_username.then_some(Found { range, what: What::Mention })
}

/// `text` as the parser is to read it: byte for byte as long, with [`NO_SIGN`] for each sign that
/// is no markup.
pub(super) fn only_markup(text: &str, found: &[Found]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(&sign) = bytes.get(at) {
        let len = bytes[at..].iter().take_while(|byte| **byte == sign).count();
        let is_markup = match sign {
            b'*' | b'_' | b'~' => is_emphasis(text, at, len),
            b'<' => is_bracketed_address(&text[at + len..]),
            // Entities are shown as they were typed.
            b'&' => false,
            b'\\' => {
                let escaped = len % 2 == 1;
                let followed = at + len;
                if escaped && bytes.get(followed).is_some_and(|b| is_escapable(*b)) {
                    bytes[at..=followed].fill(NO_SIGN);
                }
                at = followed;
                continue;
            }
            _ => true,
        };
        if !is_markup {
            bytes[at..at + len].fill(NO_SIGN);
        }
        at += len;
    }
    for Found { range, .. } in found {
        let inside = bytes[range.clone()].iter_mut();
        inside.filter(|byte| b"*_~[]<>&!".contains(byte)).for_each(|byte| *byte = NO_SIGN);
    }
    // Only single ASCII bytes were put in the place of others.
    String::from_utf8(bytes).unwrap_or_default()
}

fn is_escapable(byte: u8) -> bool {
    byte.is_ascii_punctuation() && byte != b'`'
}

/// Whether the `len` equal signs at `at` can begin or end emphasis.
fn is_emphasis(text: &str, at: usize, len: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + len..].chars().next();
    let is_known = match text.as_bytes()[at] {
        b'*' => len <= 3,
        b'_' => len == 1,
        _ => len == 2,
    };
    is_known && (begins(before, after) || ends(before, after))
}

fn begins(before: Option<char>, after: Option<char>) -> bool {
    is_outside(before, "([{\"'*_~") && is_inside(after, "([{\"'*_~`<@#$+-/\\:=")
}

fn ends(before: Option<char>, after: Option<char>) -> bool {
    is_inside(before, ")]}\"'*_~`>%$+.,;:!?=") && is_outside(after, ")]}\"'*_~.,;:!?")
}

fn is_outside(c: Option<char>, signs: &str) -> bool {
    c.is_none_or(|c| c.is_whitespace() || !c.is_ascii() || signs.contains(c))
}

fn is_inside(c: Option<char>, signs: &str) -> bool {
    c.is_some_and(|c| {
        c.is_ascii_alphanumeric() || (!c.is_ascii() && !c.is_whitespace()) || signs.contains(c)
    })
}

/// Whether what follows a `<` is an address up to its `>`; all other brackets are text.
fn is_bracketed_address(rest: &str) -> bool {
    let end = rest.find(|c: char| c.is_whitespace() || c == '<' || c == '>');
    end.is_some_and(|end| rest[end..].starts_with('>') && rest[..end].contains([':', '@']))
}
