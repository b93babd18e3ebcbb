//! Files of this device: those to send, and places for those that others sent. What others call a
//! file is a proposal and never a path.

mod open;
mod pasted;
mod save;
mod source;
mod words;

pub use open::{NotOpened, open};
pub use pasted::pasted_paths;
pub use save::{Place, downloads, proposed};
pub use source::{Source, expand};
pub use words::{in_words, size};
