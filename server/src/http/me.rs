//! `GET/PATCH me`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::Me;
use chatter_protocol::rest::UpdateMeRequest;

use super::extract::Caller;
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};

/// My account.
#[utoipa::path(get, path = "/me", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Me), Refusals))]
pub(super) async fn show(Caller(who): Caller) -> Json<Me> {
    Json(who.me)
}

/// Change my profile and what I share; what is absent stays.
#[utoipa::path(patch, path = "/me", tag = "accounts", request_body = UpdateMeRequest,
    security(("token" = [])), responses((status = 200, body = Me), Refusals))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    Caller(who): Caller,
    JsonBody(request): JsonBody<UpdateMeRequest>,
) -> Result<Json<Me>, Failure> {
    Ok(Json(app.chat.update_me(&who, &request).await?))
}
