//! `POST signin`, `DELETE signout`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::rest::{EndedAnswer, SessionGrant, SigninRequest};
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Anyone, Caller};
use super::extract::{Bearer, From, Query};
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};
use crate::auth::rights;
use crate::chat::ChatError;
use crate::store::EndSessions;

/// Sign a device in. If it presents the token of a session, that session ends.
#[utoipa::path(post, path = "/signin", tag = "accounts", request_body = SigninRequest,
    security((), ("token" = [])), responses((status = 200, body = SessionGrant), Refusals))]
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    From(address): From,
    Bearer(before): Bearer,
    JsonBody(request): JsonBody<SigninRequest>,
) -> Result<Json<SessionGrant>, Failure> {
    Ok(Json(app.chat.sign_in(&request, before.as_ref(), &address).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SignoutQuery {
    /// End all sessions of the account, not only this one.
    #[serde(default)]
    #[param(required = false)]
    all: bool,
}

/// End this session, or all of mine; all takes the right to the account.
#[utoipa::path(delete, path = "/signout", tag = "accounts", params(SignoutQuery),
    security(("token" = [])), responses((status = 200, body = EndedAnswer), Refusals))]
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Anyone>,
    Query(query): Query<SignoutQuery>,
) -> Result<Json<EndedAnswer>, Failure> {
    let which = if query.all {
        who.check(rights::ACCOUNT).map_err(ChatError::from)?;
        EndSessions::All
    } else {
        EndSessions::One(who.session.id)
    };
    Ok(Json(EndedAnswer { ended: app.chat.end_sessions(&who, which).await? }))
}
