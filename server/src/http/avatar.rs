//! `PUT/DELETE me/avatar`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::Me;
use utoipa::ToSchema;

use super::caller::{Caller, Owner};
use super::form::Form;
use super::openapi::Refusals;
use super::{App, Failure};

/// The one part of the form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is read as it comes")]
pub(super) struct AvatarForm {
    /// A picture: PNG, JPEG, GIF or WebP.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Put a picture of me on; its middle is cut out as a square.
#[utoipa::path(put, path = "/me/avatar", tag = "accounts", security(("token" = ["account"])),
    request_body(content = AvatarForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Me), Refusals))]
pub(super) async fn put(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    mut form: Form,
) -> Result<Json<Me>, Failure> {
    let file = form.only_file("file").await?;
    let mut received = match app.chat.receive(who.user(), form.expected).await {
        Ok(received) => received,
        Err(error) => return Err(file.refuse(error.into()).await),
    };
    file.receive(&mut received).await?;
    Ok(Json(app.chat.set_avatar(&who, Some(received)).await?))
}

/// Take my picture off.
#[utoipa::path(delete, path = "/me/avatar", tag = "accounts", security(("token" = ["account"])),
    responses((status = 200, body = Me), Refusals))]
pub(super) async fn take_off(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
) -> Result<Json<Me>, Failure> {
    Ok(Json(app.chat.set_avatar(&who, None).await?))
}
