//! One upload, from its first byte until its files have their names.

use std::any::Any;
use std::io::Write;
use std::time::{Duration, Instant};

use chatter_protocol::ImageSize;

use super::MediaError;
use super::files::{Files, Incoming};
use super::image::{self, Format};
use crate::store::StoredFile;

/// Bytes of a file by which a picture is told from anything else.
const HEAD_BYTES: usize = 64;
/// How long a picture may take to be made anew. What is taken needs less than two seconds of a
/// processor; a busy machine may have other things to do meanwhile.
const DECODING_TIME: Duration = Duration::from_secs(6);
/// What is said of a file that is no picture: it is to be saved, not to be looked into.
const ANY_FILE: &str = "application/octet-stream";

/// A file that is being received; what came of it is gone when this is dropped.
pub struct Receiving {
    incoming: Incoming,
    head: Vec<u8>,
    bytes_max: u64,
    place: Box<dyn Any + Send>,
}

/// A file that is here, not yet looked into.
pub(super) struct Received {
    incoming: Incoming,
    pub(super) format: Option<Format>,
    place: Box<dyn Any + Send>,
}

/// Files that may be served once they have their names.
pub(super) struct Made {
    file: (Incoming, String),
    thumbnail: Option<(Incoming, String)>,
    image: Option<ImageSize>,
    /// Given back when the files have their names.
    _place: Box<dyn Any + Send>,
}

impl Receiving {
    pub(super) fn new(incoming: Incoming, bytes_max: u64, place: Box<dyn Any + Send>) -> Self {
        Self { incoming, head: Vec::new(), bytes_max, place }
    }

    /// Takes the next bytes. Writing to a file's cache does not wait for the disk.
    ///
    /// # Errors
    /// `TooLarge` one byte above the limit, or the disk.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), MediaError> {
        if self.incoming.bytes() + chunk.len() as u64 > self.bytes_max {
            return Err(MediaError::TooLarge(self.bytes_max));
        }
        let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..wanted]);
        Ok(self.incoming.write_all(chunk)?)
    }

    pub(super) async fn finish(self) -> Result<Received, MediaError> {
        if self.incoming.bytes() == 0 {
            return Err(MediaError::Empty);
        }
        let format = image::sniff(&self.head);
        Ok(Received { incoming: self.incoming, format, place: self.place })
    }
}

impl Received {
    pub(super) fn unchanged(self) -> Made {
        let file = (self.incoming, ANY_FILE.to_owned());
        Made { file, thumbnail: None, image: None, _place: self.place }
    }

    /// The picture anew, and its small form.
    pub(super) fn remade(
        self,
        files: &Files,
        format: Format,
        bytes_max: u64,
    ) -> Result<Made, MediaError> {
        let (mut whole, mut small) = (files.incoming()?, files.incoming()?);
        let bounds = image::Bounds { bytes_max, deadline: Instant::now() + DECODING_TIME };
        let source = self.incoming.reread()?;
        let picture = image::remake(source, format, &mut whole, &mut small, bounds)?;
        Ok(Made {
            file: (whole, picture.content_type.to_owned()),
            thumbnail: Some((small, picture.thumbnail_type.to_owned())),
            image: Some(picture.size),
            _place: self.place,
        })
    }

    /// The picture as a square.
    pub(super) fn avatar(self, files: &Files, format: Format) -> Result<Made, MediaError> {
        let mut square = files.incoming()?;
        let deadline = Instant::now() + DECODING_TIME;
        let source = self.incoming.reread()?;
        let content_type = image::avatar(source, format, &mut square, deadline)?;
        let size = ImageSize { width: image::AVATAR_SIDE, height: image::AVATAR_SIDE };
        let file = (square, content_type.to_owned());
        Ok(Made { file, thumbnail: None, image: Some(size), _place: self.place })
    }
}

impl Made {
    /// Gives the files their names, durably.
    pub(super) fn keep(
        self,
        files: &Files,
    ) -> Result<(StoredFile, Option<StoredFile>, Option<ImageSize>), MediaError> {
        let keep = |(incoming, content_type): (Incoming, String)| {
            let (hash, bytes) = files.keep(incoming)?;
            Ok::<_, MediaError>(StoredFile { hash, bytes, content_type })
        };
        let file = keep(self.file)?;
        let thumbnail = self.thumbnail.map(keep).transpose()?;
        Ok((file, thumbnail, self.image))
    }
}
