//! Files on their way to the message that is being written.

use std::path::PathBuf;

use chatter_protocol::Attachment;

use crate::files::size;

/// A file that was attached to what is being written in one chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attaching {
    /// Names it in effects and events; never used twice in a run.
    pub id: u64,
    /// Where it is on this device.
    pub path: PathBuf,
    /// What it is called, safe to show.
    pub name: String,
    /// What it shows, for those who don't see it.
    pub alt: Option<String>,
    /// Its size; 0 before it was looked at.
    pub bytes: u64,
    /// How far it is.
    pub state: AttachingState,
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachingState {
    /// So many of its bytes are on their way.
    Uploading(u64),
    /// The server has it.
    Done(Box<Attachment>),
    /// It was not uploaded; a sentence.
    Failed(String),
}

/// What becomes of an upload.
#[derive(Clone, Debug)]
pub enum UploadStep {
    /// It was found, is called so and has so many bytes.
    Began {
        /// Safe to show.
        name: String,
        /// Its size.
        bytes: u64,
    },
    /// So many bytes are on their way.
    Sent(u64),
    /// The server has it.
    Done(Box<Attachment>),
    /// It failed; a sentence that is safe to show.
    Failed(String),
}

impl Attaching {
    /// What is said of it beside its name.
    pub fn progress(&self) -> String {
        match &self.state {
            AttachingState::Failed(why) => why.clone(),
            AttachingState::Done(file) => size(file.bytes),
            AttachingState::Uploading(_) if self.bytes == 0 => "one moment…".to_owned(),
            AttachingState::Uploading(sent) => {
                // All is sent before all is stored.
                let percent = (sent * 100 / self.bytes).min(99);
                format!("{} · {percent} %", size(self.bytes))
            }
        }
    }
}
