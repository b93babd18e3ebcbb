//! `POST tokens`. They are sessions: `sessions` lists and ends them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chatter_protocol::rest::{CreateTokenRequest, TokenGrant};

use super::caller::{Caller, Owner};
use super::extract::From;
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};

/// Make a token for a machine: a session with chosen rights and a fixed end.
#[utoipa::path(post, path = "/tokens", tag = "accounts", request_body = CreateTokenRequest,
    security(("token" = ["account"])), responses((status = 201, body = TokenGrant), Refusals))]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    From(address): From,
    JsonBody(request): JsonBody<CreateTokenRequest>,
) -> Result<(StatusCode, Json<TokenGrant>), Failure> {
    let grant = app.chat.create_token(&who, &request, &address).await?;
    Ok((StatusCode::CREATED, Json(grant)))
}
