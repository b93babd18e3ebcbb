//! The places where a token can be, and the words for them.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Where a session's token is to be kept, as a person names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The desktop's keyring if it answers, else a file; for a session that need not last, the
    /// kernel's keyring before the file
    #[default]
    Auto,
    /// The desktop's keyring: Secret Service on Linux, the keychain on macOS
    SecretService,
    /// The kernel's keyring (Linux), until the next restart of the machine
    Keyutils,
    /// A file that only you can read
    File,
    /// Nowhere: every start asks again
    None,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::SecretService => "secret-service",
            Self::Keyutils => "keyutils",
            Self::File => "file",
            Self::None => "none",
        })
    }
}

/// Where a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// With the public part of the session, in its file.
    #[default]
    File,
    /// The desktop's keyring.
    SecretService,
    /// The kernel's keyring. Gone at a restart, and some days after the last use.
    Keyutils,
}

impl Place {
    /// Those that are not Chatter's own file.
    pub(crate) const KEYRINGS: [Self; 2] = [Self::SecretService, Self::Keyutils];
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::SecretService => "the desktop's keyring",
            Self::Keyutils => "the kernel's keyring",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_sentences_use_the_same_words() {
        for store in Store::value_variants() {
            let word = store.to_possible_value().expect("not hidden").get_name().to_owned();
            assert_eq!(store.to_string(), word);
            assert_eq!(Store::from_str(&word, false), Ok(*store));
        }
    }
}
