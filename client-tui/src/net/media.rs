//! Files to and from the server: streamed, never whole in memory unless they are to be looked at.

use std::time::Duration;

use bytes::Bytes;
use chatter_protocol::{Attachment, Me, MediaId};
use futures_util::TryStreamExt;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, RequestBuilder, Response};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio_util::io::ReaderStream;

use super::{Api, NetError, answer};
use crate::files::Source;

/// Bytes that are read from a file at a time.
const CHUNK_BYTES: usize = 32 * 1024;
/// A transfer takes as long as on a line of so many bytes a second, and a little to begin with.
const BYTES_PER_SECOND_MIN: u64 = 8 * 1024;
/// How long it has to begin.
const BEGIN_TIME: Duration = Duration::from_secs(30);
/// Largest file that is taken from a server, whatever it says.
const DOWNLOAD_BYTES_MAX: u64 = 64 * 1024 * 1024;

impl Api {
    /// Uploads a file; `sent` is told how many of its bytes are on their way. Dropping the future
    /// breaks the upload off, and the server keeps nothing of it.
    pub async fn upload(
        &self,
        source: &Source,
        alt: Option<&str>,
        sent: impl Fn(u64) + Send + 'static,
    ) -> Result<Attachment, NetError> {
        let mut form = Form::new();
        if let Some(alt) = alt {
            form = form.text("alt", alt.to_owned());
        }
        let form = form.part("file", part(source, sent).await?);
        let request = self.request(Method::POST, "/media").multipart(form);
        self.call(in_time(request, source.bytes)).await
    }

    /// Puts a picture of me on.
    pub async fn set_avatar(&self, source: &Source) -> Result<Me, NetError> {
        let form = Form::new().part("file", part(source, |_| {}).await?);
        let request = self.request(Method::PUT, "/me/avatar").multipart(form);
        self.call(in_time(request, source.bytes)).await
    }

    /// Takes my picture off.
    pub async fn clear_avatar(&self) -> Result<Me, NetError> {
        self.call(self.request(Method::DELETE, "/me/avatar")).await
    }

    /// A picture to be looked at, or its small form; at most `bytes_max`.
    pub async fn media(
        &self,
        id: MediaId,
        small: bool,
        bytes_max: u64,
    ) -> Result<Vec<u8>, NetError> {
        let mut response = self.media_response(id, small, bytes_max).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) =
            self.next_chunk(&mut response, bytes.len() as u64, bytes_max).await?
        {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Writes a file to `into`; `got` is told how many of its bytes are here. Returns their number.
    ///
    /// # Errors
    /// As `Setup` where it can't be written.
    pub async fn download(
        &self,
        id: MediaId,
        into: &mut (impl AsyncWrite + Unpin),
        got: impl Fn(u64),
    ) -> Result<u64, NetError> {
        let mut response = self.media_response(id, false, DOWNLOAD_BYTES_MAX).await?;
        let unwritten = |error| NetError::Setup(format!("The file can't be written: {error}."));
        let mut bytes = 0;
        while let Some(chunk) = self.next_chunk(&mut response, bytes, DOWNLOAD_BYTES_MAX).await? {
            into.write_all(&chunk).await.map_err(unwritten)?;
            bytes += chunk.len() as u64;
            got(bytes);
        }
        into.flush().await.map_err(unwritten)?;
        Ok(bytes)
    }

    async fn media_response(
        &self,
        id: MediaId,
        small: bool,
        bytes_max: u64,
    ) -> Result<Response, NetError> {
        let form = if small { "/thumbnail" } else { "" };
        let request = self.request(Method::GET, &format!("/media/{id}{form}"));
        answer::fetch_file(self.server(), in_time(request, bytes_max)).await
    }

    async fn next_chunk(
        &self,
        response: &mut Response,
        before: u64,
        bytes_max: u64,
    ) -> Result<Option<Bytes>, NetError> {
        let chunk = answer::next_chunk(self.server(), response).await?;
        match &chunk {
            Some(chunk) if before + chunk.len() as u64 > bytes_max => {
                Err(answer::too_long(self.server(), bytes_max))
            }
            _ => Ok(chunk),
        }
    }
}

/// The file as it is read, told of as it goes.
async fn part(source: &Source, sent: impl Fn(u64) + Send + 'static) -> Result<Part, NetError> {
    let file = tokio::fs::File::open(&source.path).await;
    let file = file.map_err(|error| NetError::Setup(source.unreadable(&error)))?;
    let mut bytes = 0;
    let chunks = ReaderStream::with_capacity(file, CHUNK_BYTES).inspect_ok(move |chunk| {
        bytes += chunk.len() as u64;
        sent(bytes);
    });
    let part = Part::stream_with_length(Body::wrap_stream(chunks), source.bytes);
    Ok(part.file_name(source.name.to_string()))
}

fn in_time(request: RequestBuilder, bytes: u64) -> RequestBuilder {
    request.timeout(BEGIN_TIME + Duration::from_secs(bytes / BYTES_PER_SECOND_MIN))
}
