//! `PATCH password`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::rest::{ChangePasswordRequest, EndedAnswer};

use super::caller::{Caller, Owner};
use super::extract::From;
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};

/// Change my password; ends my other sessions.
#[utoipa::path(patch, path = "/password", tag = "accounts", request_body = ChangePasswordRequest,
    security(("token" = ["account"])), responses((status = 200, body = EndedAnswer), Refusals))]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    From(address): From,
    JsonBody(request): JsonBody<ChangePasswordRequest>,
) -> Result<Json<EndedAnswer>, Failure> {
    Ok(Json(EndedAnswer { ended: app.chat.change_password(&who, &request, &address).await? }))
}
