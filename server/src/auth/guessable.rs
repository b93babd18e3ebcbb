//! Passwords that an attacker tries first: a list of those that follow no rule, and rules for the
//! families of the others, which say in a screen what a list would say in thousands of lines.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Common passwords that no rule below covers, one a line, in lower case.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Words that common passwords are made of, in lower case, a few from each domain that people
/// take them from: names, teams, places, animals, love, faith, computers.
static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_words.txt").split_whitespace().collect());

/// Rows and columns of keyboards and number pads, and what is learnt by heart in a row.
const SEQUENCES: [&str; 22] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "qweasdzxc",
    "789456123",
    "741852963",
    "147258369",
];
/// Fewer characters of a sequence may come about by chance.
const RUN_CHARS_MIN: usize = 3;
/// What is repeated is no password if it has at most so many characters.
const UNIT_CHARS_MAX: usize = 4;
/// A word with so many digits and signs around it, as in `2026!`, is tried with all of them.
const ADDED_CHARS_MAX: usize = 5;

/// Whether `password`, in lower case, is among the first that are tried.
pub(super) fn is_guessable(password: &str) -> bool {
    let chars: Vec<char> = password.chars().collect();
    COMMON.contains(password) || is_repetition(&chars) || is_walk(&chars) || is_adorned(password)
}

/// A few characters, or a common word, again and again.
fn is_repetition(chars: &[char]) -> bool {
    let repeats =
        |unit: &usize| chars[*unit..].iter().zip(chars).all(|(next, first)| next == first);
    let Some(unit) = (1..=chars.len() / 2).find(repeats) else { return false };
    unit <= UNIT_CHARS_MAX || is_word(&chars[..unit].iter().collect::<String>())
}

/// Nothing but pieces of sequences, forwards or backwards.
fn is_walk(chars: &[char]) -> bool {
    let mut rest = chars;
    while !rest.is_empty() {
        let run_chars =
            (RUN_CHARS_MIN..=rest.len()).take_while(|count| is_run(&rest[..*count])).last();
        let Some(count) = run_chars else { return false };
        rest = &rest[count..];
    }
    !chars.is_empty()
}

fn is_run(chars: &[char]) -> bool {
    let forwards: String = chars.iter().collect();
    let backwards: String = chars.iter().rev().collect();
    SEQUENCES.iter().any(|it| it.contains(&forwards) || it.contains(&backwards))
}

/// A common word or a walk, with a few digits and signs, or a sequence of them, around it.
fn is_adorned(password: &str) -> bool {
    let core = password.trim_matches(|c: char| !c.is_alphabetic());
    let Some((before, after)) = password.split_once(core) else { return false };
    let added: Vec<char> = before.chars().chain(after.chars()).collect();
    let is_little = added.len() <= ADDED_CHARS_MAX || is_walk(&added) || is_repetition(&added);
    is_little && (is_word(core) || is_walk(&core.chars().collect::<Vec<_>>()))
}

/// Also as it is written with digits and signs for letters.
fn is_word(text: &str) -> bool {
    let plain = |c| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    WORDS.contains(text) || WORDS.contains(text.chars().map(plain).collect::<String>().as_str())
}

#[cfg(test)]
mod tests {
    use chatter_protocol::limits::PASSWORD_CHARS_MIN;

    use super::*;

    #[test]
    fn the_families_that_are_tried_first_are_refused() {
        for guessable in [
            "12345678",
            "87654321",
            "123123123",
            "11111111",
            "abcabcab",
            "a1b2a1b2",
            "monkeymonkey",
            "qwertyuiop",
            "poiuytrewq",
            "1qaz2wsx",
            "qwer1234",
            "asdf4321",
            "zxcvbnm123",
            "hijklmnop",
            "password",
            "p@$$w0rd",
            "pa55word1",
            "monkey12",
            "dragon2026!",
            "!!summer99",
            "michael1987",
            "letmein123456",
            "princess!!!!!!",
            "iloveyou2",
            "q1w2e3r4",
            "31415926",
        ] {
            assert!(is_guessable(guessable), "{guessable}");
        }
    }

    #[test]
    fn what_people_make_up_themselves_is_taken() {
        for good in [
            "correct horse battery",
            "four words 🐎 and spaces",
            "k7#vq2mzp",
            "lamp7fjord",
            "séance½ ",
            "monkey836194",
            "3 dragons at noon",
            "velvetotter",
            "1815-12-10 london",
            "пароль-на-день",
            "zq8zq8zq9",
            "werstuck",
        ] {
            assert!(!is_guessable(good), "{good}");
        }
    }

    #[test]
    fn the_lists_are_lower_case_and_say_nothing_that_a_rule_says() {
        for line in COMMON.iter() {
            assert!(line.chars().count() >= PASSWORD_CHARS_MIN, "{line}");
            let chars: Vec<char> = line.chars().collect();
            let by_rule = is_repetition(&chars) || is_walk(&chars) || is_adorned(line);
            assert!(!by_rule, "{line}");
        }
        let words = include_str!("common_words.txt").split_whitespace();
        assert_eq!(words.clone().count(), WORDS.len(), "no word twice");
        for word in COMMON.iter().chain(WORDS.iter()) {
            assert_eq!(*word, word.to_lowercase());
            assert!(word.chars().count() >= 4, "{word}");
        }
    }
}
