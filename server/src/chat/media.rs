//! Uploads, avatars, and who gets to see them.

use chatter_protocol::limits::ALT_CHARS_MAX;
use chatter_protocol::names::parse_line;
use chatter_protocol::rest::SessionGrant;
use chatter_protocol::{Attachment, FileName, Me, MediaId, Timestamp, UserId};

use super::{Chat, ChatError, Result};
use crate::auth::{Candidate, SignedIn};
use crate::media::{OpenedFile, Receiving};
use crate::store::{StoredFile, StoredMedia};

/// A file to be served.
pub struct Served {
    /// What is known of the upload.
    pub media: StoredMedia,
    /// Which of its files.
    pub file: StoredFile,
    /// That file.
    pub opened: OpenedFile,
}

impl Chat {
    /// Begins to receive the picture of somebody who has no account yet.
    ///
    /// # Errors
    /// `Busy` when several do already.
    pub fn receive_nameless(&self) -> Result<Receiving> {
        Ok(self.media.receive_nameless()?)
    }

    /// Makes an account, with the picture that was received.
    ///
    /// # Errors
    /// A taken name, or a picture that can't be taken; then there is no account either.
    pub async fn sign_up(
        &self,
        candidate: Candidate<'_>,
        avatar: Option<Receiving>,
    ) -> Result<SessionGrant> {
        let Some(received) = avatar else {
            return Ok(self.auth.sign_up(candidate, None).await?);
        };
        let kept = self.media.keep_avatar(received).await?;
        Ok(self.auth.sign_up(candidate, Some(kept.new.clone())).await?)
    }

    /// Begins to receive a file of mine, of at most `expected` bytes if that is known.
    ///
    /// # Errors
    /// `QuotaExceeded`.
    pub async fn receive(&self, me: UserId, expected: Option<u64>) -> Result<Receiving> {
        let used = self.store.media_use(me).await?;
        Ok(self.media.receive(me, used, expected)?)
    }

    /// Keeps what was received; nothing uses it until a message of mine does.
    ///
    /// # Errors
    /// A picture that can't be taken, a text that can't be shown, or `QuotaExceeded`.
    pub async fn keep(
        &self,
        me: UserId,
        received: Receiving,
        name: &str,
        alt: Option<&str>,
    ) -> Result<Attachment> {
        let alt = match alt.map(str::trim) {
            None | Some("") => None,
            Some(text) => {
                let parsed = parse_line(text, ALT_CHARS_MAX);
                Some(parsed.map_err(|error| ChatError::field("alt", error))?)
            }
        };
        let kept = self.media.keep(received, FileName::of(name), alt).await?;
        let attachment = self.store.add_media(me, kept.new.clone(), self.media.quota()).await?;
        tracing::info!(user = %me, media = %attachment.media, bytes = attachment.bytes, "uploaded");
        Ok(attachment)
    }

    /// Puts on what was received, or takes the avatar off.
    ///
    /// # Errors
    /// As for [`Chat::keep`].
    pub async fn set_avatar(&self, who: &SignedIn, received: Option<Receiving>) -> Result<Me> {
        let (me, quota, now) = (who.user(), self.media.quota(), Timestamp::now());
        match received {
            None => Ok(self.store.set_avatar(me, None, quota, now).await?),
            Some(received) => {
                let kept = self.media.keep_avatar(received).await?;
                Ok(self.store.set_avatar(me, Some(kept.new.clone()), quota, now).await?)
            }
        }
    }

    /// A file that `viewer` may see: the whole, or a picture's small form.
    ///
    /// # Errors
    /// `NotFound`, also for what has no small form.
    pub async fn served(&self, viewer: UserId, id: MediaId, small: bool) -> Result<Served> {
        let media = self.store.media(viewer, id).await?;
        let file = match small {
            false => media.file.clone(),
            // An avatar is small as it is.
            true if media.is_image => media.thumbnail.clone().unwrap_or(media.file.clone()),
            true => return Err(crate::store::StoreError::NotFound.into()),
        };
        let opened = self.media.read(file.hash).await?;
        Ok(Served { media, file, opened })
    }
}
