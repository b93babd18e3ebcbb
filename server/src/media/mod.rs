//! Uploads as files: received into a file of their own, checked, made anew if they are pictures,
//! named by what is in them, and thrown away when nothing uses them. Knows neither HTTP nor who may
//! see what; the rows that tell that are the store's.

mod files;
pub mod image;
mod quota;
mod receiving;
mod unused;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chatter_protocol::{FileName, Timestamp, UserId};
use thiserror::Error;
use tokio::sync::{RwLock, RwLockReadGuard, Semaphore};

use crate::store::{MediaUse, NewMedia, StoreError};
use files::Files;
use image::ImageError;
use quota::Reservations;

pub use files::OpenedFile;
pub use receiving::Receiving;
pub use unused::keep_clean;

/// Pictures that are decoded at a time. One takes up to some 80 MiB for a moment.
const DECODING_MAX: usize = 1;
/// Uploads of people who have no account yet that are received at a time.
const NAMELESS_MAX: usize = 4;

/// What an operator may choose about uploads.
#[derive(Debug, Clone, Copy)]
pub struct MediaSettings {
    /// Largest file, in bytes.
    pub upload_bytes_max: u64,
    /// What one account may use.
    pub quota: MediaUse,
    /// How long an upload that nothing uses is kept.
    pub unused_for: Duration,
}

/// Why an upload was refused.
#[derive(Debug, Error)]
pub enum MediaError {
    /// More bytes than one file may have.
    #[error("more than {0} bytes")]
    TooLarge(u64),
    /// Nothing in it.
    #[error("an empty file")]
    Empty,
    /// A picture that can't be taken, or no picture where one is asked for.
    #[error(transparent)]
    Image(ImageError),
    /// The store, or the disk, which is told alike.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ImageError> for MediaError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Storage(error) => error.into(),
            error => Self::Image(error),
        }
    }
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        Self::Store(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Unavailable(format!("a file of the media directory: {error}")),
        })
    }
}

/// The media directory of this server.
pub struct Media {
    files: Arc<Files>,
    settings: MediaSettings,
    reservations: Arc<Reservations>,
    decoding: Semaphore,
    nameless: Arc<Semaphore>,
    /// Held for reading from when files get their names until a row tells of them, for writing while
    /// files without a row are taken away.
    named: RwLock<()>,
}

/// What was received, with its files in place; they may be taken away again once this is dropped.
pub struct Kept<'a> {
    /// What the store is told.
    pub new: NewMedia,
    _named: RwLockReadGuard<'a, ()>,
}

impl Media {
    /// Opens the directory `media` below the data directory, making it if need be, and throws away
    /// what was being received when the server ended.
    ///
    /// # Errors
    /// When the directory can't be used.
    pub fn open(data: &Path, settings: MediaSettings) -> io::Result<Self> {
        Ok(Self {
            files: Arc::new(Files::open(&data.join("media"))?),
            settings,
            reservations: Arc::default(),
            decoding: Semaphore::new(DECODING_MAX),
            nameless: Arc::new(Semaphore::new(NAMELESS_MAX)),
            named: RwLock::default(),
        })
    }

    /// What one account may use.
    pub fn quota(&self) -> MediaUse {
        self.settings.quota
    }

    /// Begins to receive a file of `owner`, who uses `used` already. `expected` is how many bytes
    /// are to come at most, if that is known.
    ///
    /// # Errors
    /// `QuotaExceeded` when it can't fit beside what is stored and what is being received.
    pub fn receive(
        &self,
        owner: UserId,
        used: MediaUse,
        expected: Option<u64>,
    ) -> Result<Receiving, MediaError> {
        let bytes_max = self.settings.upload_bytes_max;
        let bytes = expected.unwrap_or(bytes_max).min(bytes_max);
        let place = self.reservations.take(owner, used, bytes, self.settings.quota);
        let place = place.ok_or(StoreError::QuotaExceeded)?;
        Ok(Receiving::new(self.files.incoming()?, bytes_max, Box::new(place)))
    }

    /// Begins to receive the picture of somebody who has no account yet.
    ///
    /// # Errors
    /// `Busy` when several do already.
    pub fn receive_nameless(&self) -> Result<Receiving, MediaError> {
        let place = Arc::clone(&self.nameless).try_acquire_owned();
        let place = place.map_err(|_| StoreError::Busy)?;
        let incoming = self.files.incoming()?;
        Ok(Receiving::new(incoming, self.settings.upload_bytes_max, Box::new(place)))
    }

    /// Makes of what was received what may be served, durably: a picture anew, anything else as it
    /// came.
    ///
    /// # Errors
    /// A picture that can't be taken, or the disk.
    pub async fn keep(
        &self,
        received: Receiving,
        name: FileName,
        alt: Option<String>,
    ) -> Result<Kept<'_>, MediaError> {
        let received = received.finish().await?;
        let format = received.format;
        let made = match format {
            None => received.unchanged(),
            Some(format) => {
                let bytes_max = self.settings.upload_bytes_max;
                self.decode(move |files| received.remade(files, format, bytes_max)).await?
            }
        };
        self.name(made, name, alt).await
    }

    /// As [`Media::keep`], for a picture of a person.
    ///
    /// # Errors
    /// As there, and for what is no picture.
    pub async fn keep_avatar(&self, received: Receiving) -> Result<Kept<'_>, MediaError> {
        let received = received.finish().await?;
        let format = received.format.ok_or(ImageError::Unsupported)?;
        let made = self.decode(move |files| received.avatar(files, format)).await?;
        self.name(made, FileName::of("avatar"), None).await
    }

    async fn decode<F>(&self, work: F) -> Result<receiving::Made, MediaError>
    where
        F: FnOnce(&Files) -> Result<receiving::Made, MediaError> + Send + 'static,
    {
        let _turn = self.decoding.acquire().await.map_err(|_| StoreError::Busy)?;
        let files = Arc::clone(&self.files);
        // A decoder that panics has met a picture that it can't read.
        let work = tokio::task::spawn_blocking(move || work(&files)).await;
        work.unwrap_or(Err(MediaError::Image(ImageError::Broken)))
    }

    async fn name(
        &self,
        made: receiving::Made,
        name: FileName,
        alt: Option<String>,
    ) -> Result<Kept<'_>, MediaError> {
        let named = self.named.read().await;
        let files = Arc::clone(&self.files);
        let keep = move || made.keep(&files);
        let (file, thumbnail, image) =
            tokio::task::spawn_blocking(keep).await.map_err(io::Error::other)??;
        let created_at = Timestamp::now();
        let new = NewMedia { file, thumbnail, image, name, alt, created_at };
        Ok(Kept { new, _named: named })
    }

    /// Opens a file to be served.
    ///
    /// # Errors
    /// When it is not there, which a row must never tell of.
    pub async fn read(&self, hash: crate::store::FileHash) -> Result<OpenedFile, MediaError> {
        Ok(self.files.read(hash).await?)
    }
}
