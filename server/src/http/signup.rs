//! `POST signup`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chatter_protocol::rest::{SessionGrant, SignupRequest};

use super::extract::From;
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};
use crate::chat::ChatError;

/// Make an account and sign its first device in.
#[utoipa::path(post, path = "/signup", tag = "accounts", request_body = SignupRequest,
    responses((status = 201, body = SessionGrant), Refusals))]
pub(super) async fn sign_up(
    State(app): State<Arc<App>>,
    From(address): From,
    JsonBody(request): JsonBody<SignupRequest>,
) -> Result<(StatusCode, Json<SessionGrant>), Failure> {
    let grant = app.chat.auth().sign_up(&request, &address).await.map_err(ChatError::from)?;
    Ok((StatusCode::CREATED, Json(grant)))
}
