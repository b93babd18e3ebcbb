//! `POST media`, `GET media/{id}`, `GET media/{id}/thumbnail`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chatter_protocol::{Attachment, ErrorBody, ErrorCode, FileName, MediaId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::caller::{Caller, MayRead, MaySend};
use super::extract::Path;
use super::form::{self, Form, Part};
use super::openapi::Refusals;
use super::{App, Failure};
use crate::chat::{ChatError, Served};

/// Bytes that are read from a file at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// What an upload is never changes, but only who asks for it may have it.
const FOR_EVER: &str = "private, max-age=31536000, immutable";
/// Whatever a browser makes of it, it runs nothing and fetches nothing.
const HARMLESS: &str = "sandbox; default-src 'none'";
/// Everything that RFC 8187 wants encoded.
const NO_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The parts of the form, in this order.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read part by part")]
pub(super) struct UploadForm {
    /// For those who don't see it, at most 500 characters.
    alt: Option<String>,
    /// The file, with its name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Upload a picture or another file. A message of the sender has a day to use it; pictures (PNG,
/// JPEG, GIF, WebP, told by what is in them) are made anew, without what else was in the file.
#[utoipa::path(post, path = "/media", tag = "media", security(("token" = ["send"])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Attachment), Refusals))]
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MaySend>,
    mut form: Form,
) -> Result<(StatusCode, Json<Attachment>), Failure> {
    let mut alt = None;
    let file = loop {
        match form.next().await? {
            Some(Part::Text(field, text)) if field == "alt" => alt = Some(text),
            Some(Part::File(file)) if file.field == "file" => break file,
            Some(Part::Text(field, _)) => return Err(form::unknown(&field)),
            Some(Part::File(file)) => return Err(form::unknown(&file.field)),
            None => return Err(form::missing("file")),
        }
    };
    let name = file.name.clone();
    let mut received = match app.chat.receive(who.user(), form.expected).await {
        Ok(received) => received,
        Err(error) => return Err(file.refuse(error.into()).await),
    };
    file.receive(&mut received).await?;
    let attachment = app.chat.keep(who.user(), received, &name, alt.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(attachment)))
}

/// An upload of mine, what hangs on a message of a conversation that I am in, or an avatar. Takes a
/// range, and never changes.
#[utoipa::path(get, path = "/media/{id}", tag = "media", security(("token" = ["read"])),
    params(("id" = MediaId, Path, description = "Which one.")),
    responses((status = 200, description = "The file.", content_type = "application/octet-stream"),
        (status = 206, description = "The part of it that was asked for."),
        (status = 304, description = "The client has it."), Refusals))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(id): Path<MediaId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    answer(app.chat.served(who.user(), id, false).await?, &headers).await
}

/// A picture's small form: at most 640 pixels across and down, PNG or JPEG.
#[utoipa::path(get, path = "/media/{id}/thumbnail", tag = "media", security(("token" = ["read"])),
    params(("id" = MediaId, Path, description = "Which picture.")),
    responses((status = 200, description = "The picture.", content_type = "image/jpeg"),
        (status = 206, description = "The part of it that was asked for."),
        (status = 304, description = "The client has it."), Refusals))]
pub(super) async fn thumbnail(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(id): Path<MediaId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    answer(app.chat.served(who.user(), id, true).await?, &headers).await
}

async fn answer(served: Served, asked: &HeaderMap) -> Result<Response, Failure> {
    let Served { media, file, mut opened } = served;
    let tag = format!("\"{}\"", file.hash);
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        // Made of ASCII here; what is not would be left out.
        HeaderValue::from_str(value).map(|value| headers.insert(name, value)).ok();
    };
    set(ETAG, &tag);
    set(CACHE_CONTROL, FOR_EVER);
    set(VARY, "authorization");
    set(ACCEPT_RANGES, "bytes");
    set(CONTENT_SECURITY_POLICY, HARMLESS);
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if matches(asked.get(IF_NONE_MATCH), &tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    set(CONTENT_TYPE, &file.content_type);
    set(CONTENT_DISPOSITION, &disposition(&media.name, media.is_image));
    let (status, range) = match wanted(asked, &tag, opened.bytes) {
        Wanted::All => (StatusCode::OK, 0..=opened.bytes.saturating_sub(1)),
        Wanted::Part(range) => {
            set(
                CONTENT_RANGE,
                &format!("bytes {}-{}/{}", range.start(), range.end(), opened.bytes),
            );
            (StatusCode::PARTIAL_CONTENT, range)
        }
        Wanted::Nothing => return Ok(nothing_there(opened.bytes)),
    };
    let bytes = range.end() + 1 - range.start();
    set(CONTENT_LENGTH, &bytes.to_string());
    if *range.start() > 0 {
        let seek = opened.file.seek(SeekFrom::Start(*range.start())).await;
        seek.map_err(|error| ChatError::from(crate::media::MediaError::from(error)))?;
    }
    let chunks = ReaderStream::with_capacity(opened.file.take(bytes), CHUNK_BYTES);
    Ok((status, headers, Body::from_stream(chunks)).into_response())
}

fn nothing_there(bytes: u64) -> Response {
    let message = format!("This file has {bytes} bytes, and none of them are in that range.");
    let mut refusal =
        Failure::from(ErrorBody::new(ErrorCode::RangeRefused, message)).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("bytes */{bytes}")) {
        refusal.headers_mut().insert(CONTENT_RANGE, value);
    }
    refusal
}

/// A picture may be looked at where it is; anything else is to be saved. Both have a name for that.
fn disposition(name: &FileName, is_image: bool) -> String {
    let kind = if is_image { "inline" } else { "attachment" };
    let encoded = utf8_percent_encode(name.as_str(), NO_ATTR_CHAR);
    format!("{kind}; filename*=UTF-8''{encoded}")
}

fn matches(header: Option<&HeaderValue>, tag: &str) -> bool {
    let Some(text) = header.and_then(|value| value.to_str().ok()) else { return false };
    text.split(',').any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}

/// What of a file is asked for (RFC 9110, section 14).
enum Wanted {
    All,
    Part(RangeInclusive<u64>),
    Nothing,
}

/// Several ranges are answered with the whole, which is allowed.
fn wanted(asked: &HeaderMap, tag: &str, bytes: u64) -> Wanted {
    let Some(range) = asked.get(RANGE).and_then(|value| value.to_str().ok()) else {
        return Wanted::All;
    };
    let is_other = asked.get(IF_RANGE).is_some_and(|value| value.as_bytes() != tag.as_bytes());
    let Ok(parsed) = http_range_header::parse_range_header(range) else { return Wanted::All };
    match parsed.validate(bytes).as_deref() {
        _ if is_other => Wanted::All,
        Ok([range]) => Wanted::Part(range.clone()),
        Ok(_) => Wanted::All,
        Err(_) => Wanted::Nothing,
    }
}
