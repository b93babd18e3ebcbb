//! Bodies of several parts (RFC 7578): some short texts, then one file that is written to disk as it
//! comes.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use chatter_protocol::{ErrorBody, ErrorCode};
use multer::{Field, Multipart};

use super::body::{self, BodyFault};
use super::json::content_length;
use super::{App, Failure};
use crate::media::Receiving;

/// What the parts and their headers may have besides the file.
const FRAMING_BYTES_MAX: u64 = 16 * 1024;

/// A form as it comes in.
pub(super) struct Form {
    parts: Multipart<'static>,
    text_bytes_left: usize,
    /// How many bytes its file has at most, as far as the request says.
    pub(super) expected: Option<u64>,
}

/// The next part.
pub(super) enum Part {
    /// A short text.
    Text(String, String),
    /// A file, to be received next.
    File(Box<FilePart>),
}

/// A file, not yet received.
pub(super) struct FilePart {
    pub(super) field: String,
    /// What the client calls it; empty if it does not.
    pub(super) name: String,
    bytes: Field<'static>,
}

impl FromRequest<Arc<App>> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let boundary = boundary(request.headers()).ok_or_else(|| {
            let message = "This takes a form: content-type: multipart/form-data.";
            ErrorBody::new(ErrorCode::UnsupportedMediaType, message)
        })?;
        let limits = app.chat.limits();
        let text_bytes_left = limits.rest_body_bytes_max;
        let framing = FRAMING_BYTES_MAX + text_bytes_left as u64;
        let bytes_max = limits.upload_bytes_max.saturating_add(framing);
        let expected = content_length(request.headers());
        if expected.is_some_and(|bytes| bytes > bytes_max) {
            return Err(body::too_large(limits.upload_bytes_max));
        }
        let paced = body::paced(request.into_body(), bytes_max, app.upload_timeout);
        Ok(Self { parts: Multipart::new(paced, boundary), text_bytes_left, expected })
    }
}

/// Whether the request's body is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    boundary(headers).is_some()
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(CONTENT_TYPE)?.to_str().ok()?).ok()
}

impl Form {
    /// The next part; a text is read whole, a file is left to be received before the next is asked
    /// for.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, Failure> {
        let Some(mut part) = self.parts.next_field().await.map_err(refused)? else {
            return Ok(None);
        };
        let field = part.name().unwrap_or_default().to_owned();
        if let Some(name) = part.file_name() {
            let name = name.to_owned();
            return Ok(Some(Part::File(Box::new(FilePart { field, name, bytes: part }))));
        }
        let mut text = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(refused)? {
            self.text_bytes_left = match self.text_bytes_left.checked_sub(chunk.len()) {
                Some(left) => left,
                None => return Err(Failure::bad_request("The texts of this form are too long.")),
            };
            text.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(text).map_err(|_| {
            ErrorBody::new(ErrorCode::InvalidField, "This is no text.").about(&field)
        })?;
        Ok(Some(Part::Text(field, text)))
    }

    /// The file that is to come next.
    pub(super) async fn only_file(&mut self, field: &str) -> Result<Box<FilePart>, Failure> {
        match self.next().await? {
            Some(Part::File(file)) if file.field == field => Ok(file),
            Some(Part::File(file)) => Err(unknown(&file.field)),
            Some(Part::Text(text, _)) => Err(unknown(&text)),
            None => Err(missing(field)),
        }
    }
}

impl FilePart {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        self.bytes.chunk().await.map_err(refused)
    }

    /// Writes the whole file where it belongs. What is refused is read on and thrown away, so that
    /// the client, who is still sending, gets to read why.
    pub(super) async fn receive(mut self, into: &mut Receiving) -> Result<(), Failure> {
        while let Some(chunk) = self.chunk().await? {
            if let Err(error) = into.write(&chunk) {
                let refusal = crate::chat::ChatError::from(error).into();
                return Err(self.refuse(refusal).await);
            }
        }
        Ok(())
    }

    /// Throws the file away.
    pub(super) async fn refuse(mut self, refusal: Failure) -> Failure {
        while let Ok(Some(_)) = self.chunk().await {}
        refusal
    }
}

/// The refusal of a part that the form does not have.
pub(super) fn unknown(field: &str) -> Failure {
    let message = format!("`{field}` is not a part of this form.");
    ErrorBody::new(ErrorCode::InvalidField, message).about(field).into()
}

/// The refusal of a form without a part.
pub(super) fn missing(field: &str) -> Failure {
    let message = format!("`{field}` is missing; it is a file.");
    ErrorBody::new(ErrorCode::InvalidField, message).about(field).into()
}

fn refused(error: multer::Error) -> Failure {
    if let multer::Error::StreamReadFailed(cause) = &error
        && let Some(fault) = cause.downcast_ref::<BodyFault>()
    {
        return (*fault).into();
    }
    Failure::bad_request("The request's body is no form, or breaks off.")
}
