//! People by the start of their username, or of any word of their name: `@hop` proposes @grace.

use chatter_protocol::User;

use super::{Candidate, folded, triggered};

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.') || is_mark(character)
}

/// Accents that are typed as characters of their own.
fn is_mark(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

/// The start of a name at the end of `before`, and where its `@` is.
pub(super) fn asked(before: &str) -> Option<(usize, &str)> {
    triggered(before, '@', is_name).filter(|(_, query)| !query.is_empty())
}

/// The people that `query` fits: by username first, otherwise in the order given. `prefix` goes
/// before the username that is written.
pub(super) fn candidates(query: &str, people: &[&User], prefix: &str) -> Vec<Candidate> {
    let query = folded(query);
    let rank = |user: &&User| {
        let name = folded(user.display_name.as_str());
        let is_word = || name.split_whitespace().any(|word| word.starts_with(&query));
        match user.username.as_str().starts_with(&query) {
            true => Some(0),
            false => (is_word() || name.starts_with(&query)).then_some(1),
        }
    };
    let mut found: Vec<_> =
        people.iter().filter_map(|user| rank(user).map(|rank| (rank, *user))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(super::CANDIDATES_MAX);
    let candidate = |(_, user): (u8, &User)| Candidate {
        insert: format!("{prefix}{} ", user.username),
        label: format!("@{}", user.username),
        detail: user.display_name.to_string(),
    };
    found.into_iter().map(candidate).collect()
}

/// The person who is called `name`: by username, or by display name if only one has it.
pub fn person_named<'a>(name: &str, people: &[&'a User]) -> Option<&'a User> {
    let name = folded(name.trim());
    let by_username = people.iter().find(|user| user.username.as_str() == name);
    let mut by_name = people.iter().filter(|user| folded(user.display_name.as_str()) == name);
    by_username.or_else(|| by_name.next().filter(|_| by_name.next().is_none())).copied()
}
