//! Commands under keyboards that type other alphabets: the Latin letter on the same key.
//!
//! Knows the layouts that most people of an alphabet have. Where two put a letter on different
//! keys, the more common one is followed.

use crokey::{KeyCombination, OneToThree};
use crossterm::event::KeyCode;

/// Letters of a layout, and the Latin ones on the same keys.
const LAYOUTS: &[(&str, &str)] = &[
    // Russian; Ukrainian, Belarusian and Serbian letters that it lacks.
    ("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,."),
    ("ёіїєґўљњјђћџѕ", "`s]'`oqwj]'xz"),
    // Greek.
    ("ςερτυθιοπασδφγηξκλζχψωβνμ", "wertyuiopasdfghjklzxcvbnm"),
    // Hebrew.
    ("קראטוןםפשדגכעיחלךףזסבהנמצתץ", "ertyuiopasdfghjkl;zxcvbnm,."),
    // Arabic; Persian letters that it lacks.
    ("ضصثقفغعهخحجدشسيبلاتنمكطئءؤرىةوزظذ", "qwertyuiop[]asdfghjkl;'zxcvnm,./`"),
    ("یکگچ", "d;']"),
    // Georgian.
    ("ქწერტყუიოპასდფგჰჯკლზხცვბნმ", "qwertyuiopasdfghjklzxcvbnm"),
    // Korean.
    ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", "qwertyuiopasdfghjklzxcvbnm"),
    // Thai.
    ("ๆไำพะัีรนยบลฟหกดเ้่าสวงผปแอิืทมใฝ", "qwertyuiop[]asdfghjkl;'zxcvbnm,./"),
];

/// `key` as a Latin keyboard would report it; none if it is no letter of another alphabet.
pub(super) fn latin(key: KeyCombination) -> Option<KeyCombination> {
    let OneToThree::One(KeyCode::Char(character)) = key.codes else { return None };
    let mut lower = character.to_lowercase();
    let small = lower.next().filter(|_| lower.next().is_none())?;
    let latin = LAYOUTS.iter().find_map(|(letters, latin)| {
        let at = letters.chars().position(|letter| letter == small)?;
        latin.chars().nth(at)
    })?;
    let latin = if character == small { latin } else { latin.to_ascii_uppercase() };
    Some(KeyCombination::one_key(KeyCode::Char(latin), key.modifiers).normalized())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_one_key() {
        for (letters, latin) in LAYOUTS {
            assert_eq!(letters.chars().count(), latin.chars().count(), "{letters}");
            assert!(latin.is_ascii() && !letters.chars().any(|letter| letter.is_ascii()));
        }
        let all: Vec<_> = LAYOUTS.iter().flat_map(|(letters, _)| letters.chars()).collect();
        for letter in &all {
            assert_eq!(all.iter().filter(|other| *other == letter).count(), 1, "{letter}");
        }
    }
}
