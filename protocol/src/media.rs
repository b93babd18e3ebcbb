//! Pictures and other files: what stands of them in a message, and what a file may be called.
//!
//! The bytes travel over REST, `POST media` and `GET media/{id}`, never in a frame.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::MediaId;
use crate::limits::{FILE_NAME_BYTES_MAX, FILE_NAME_CHARS_MAX};
use crate::names::{NameError, parse_line};
use crate::text;

/// What a file without a usable name is called.
const NAMELESS: &str = "file";

/// A picture or another file that hangs on a message. Answer of `POST media`, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// Where its bytes are: `GET media/{id}`.
    pub media: MediaId,
    /// What its sender called it; only to show and to propose for saving.
    pub name: FileName,
    /// What the server found it to be, as in `image/png`.
    pub content_type: String,
    /// How many bytes the server has of it.
    pub bytes: u64,
    /// What its sender says for those who don't see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Set for a picture: then there is `GET media/{id}/thumbnail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSize>,
}

/// How large a picture is, so that a place can be kept for it before it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImageSize {
    /// Pixels across, at least 1.
    pub width: u32,
    /// Pixels down, at least 1.
    pub height: u32,
}

/// What a file is called: one visible line of at most 128 characters and 200 bytes, without a
/// folder, so that it can name a file in any one folder.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "engine.png"))]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

impl FileName {
    /// The best name that can be made of `text`: the part after the last slash of either kind,
    /// without what does not show, cut in front of its extension.
    pub fn of(text: &str) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let shown = text::sanitize_line(last).replace(char::REPLACEMENT_CHARACTER, "");
        let shown = shown.trim();
        let (stem, extension) = match shown.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() && extension.len() <= 16 => {
                (stem, format!(".{extension}"))
            }
            _ => (shown, String::new()),
        };
        let mut name = String::new();
        for c in stem.chars().take(FILE_NAME_CHARS_MAX - extension.chars().count()) {
            if name.len() + c.len_utf8() + extension.len() > FILE_NAME_BYTES_MAX {
                break;
            }
            name.push(c);
        }
        name.push_str(&extension);
        name.parse().unwrap_or_else(|_| Self(NAMELESS.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let name = parse_line(text, FILE_NAME_CHARS_MAX)?;
        if name.len() > FILE_NAME_BYTES_MAX {
            return Err(NameError::TooLong(FILE_NAME_CHARS_MAX));
        }
        if name.contains(['/', '\\']) || name.chars().all(|c| c == '.') {
            return Err(NameError::Path);
        }
        Ok(Self(name))
    }
}

impl TryFrom<String> for FileName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> String {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_others_call_a_file_never_leads_out_of_a_folder() {
        for (called, name) in [
            ("engine.png", "engine.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\cat.gif", "cat.gif"),
            ("/", "file"),
            ("..", "file"),
            ("", "file"),
            ("a\nb\u{202e}gnp.exe", "a bgnp.exe"),
            ("nul\0byte", "nulbyte"),
            ("\u{200b}", "file"),
            (".bashrc", ".bashrc"),
        ] {
            assert_eq!(FileName::of(called).as_str(), name, "{called:?}");
        }
        let long = FileName::of(&format!("{}.tar.gz", "ü".repeat(300)));
        assert!(long.as_str().len() <= FILE_NAME_BYTES_MAX && long.as_str().ends_with("ü.gz"));
    }

    #[test]
    fn a_path_is_no_name() {
        for bad in ["a/b", "a\\b", "..", ".", "", "a\nb", &"x".repeat(129)] {
            assert!(bad.parse::<FileName>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_name_that_is_taken(text in any::<String>()) {
            let name = FileName::of(&text);
            prop_assert_eq!(name.as_str().parse(), Ok(name.clone()));
        }
    }
}
