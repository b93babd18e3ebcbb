//! `GET/PATCH me`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::Me;
use chatter_protocol::rest::UpdateMeRequest;

use super::caller::{Anyone, Caller, Owner};
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};

/// My account; a token without the right to it gets no e-mail address.
#[utoipa::path(get, path = "/me", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = Me), Refusals))]
pub(super) async fn show(Caller { who, .. }: Caller<Anyone>) -> Json<Me> {
    Json(who.me)
}

/// Change my profile and what I share; what is absent stays.
#[utoipa::path(patch, path = "/me", tag = "accounts", request_body = UpdateMeRequest,
    security(("token" = ["account"])), responses((status = 200, body = Me), Refusals))]
pub(super) async fn update(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    JsonBody(request): JsonBody<UpdateMeRequest>,
) -> Result<Json<Me>, Failure> {
    Ok(Json(app.chat.update_me(&who, &request).await?))
}
