//! `GET session`, `GET/DELETE sessions`, `DELETE sessions/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::SessionId;
use chatter_protocol::rest::{EndedAnswer, SessionAnswer, SessionsAnswer};

use super::caller::{Anyone, Caller, Owner};
use super::extract::Path;
use super::openapi::Refusals;
use super::{App, Failure};
use crate::store::EndSessions;

/// Who am I? Extends a remembered session.
#[utoipa::path(get, path = "/session", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = SessionAnswer), Refusals))]
pub(super) async fn current(Caller { who, .. }: Caller<Anyone>) -> Json<SessionAnswer> {
    Json(SessionAnswer { session: who.session, me: who.me })
}

/// My signed-in devices, newest first.
#[utoipa::path(get, path = "/sessions", tag = "accounts", security(("token" = ["account"])),
    responses((status = 200, body = SessionsAnswer), Refusals))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
) -> Result<Json<SessionsAnswer>, Failure> {
    Ok(Json(SessionsAnswer { sessions: app.chat.sessions(&who).await? }))
}

/// End all my sessions but this one.
#[utoipa::path(delete, path = "/sessions", tag = "accounts", security(("token" = ["account"])),
    responses((status = 200, body = EndedAnswer), Refusals))]
pub(super) async fn end_others(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
) -> Result<Json<EndedAnswer>, Failure> {
    let which = EndSessions::AllBut(who.session.id);
    Ok(Json(EndedAnswer { ended: app.chat.end_sessions(&who, which).await? }))
}

/// End one session of mine.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "accounts", security(("token" = ["account"])),
    params(("id" = SessionId, Path, description = "Which one.")),
    responses((status = 200, body = EndedAnswer), Refusals))]
pub(super) async fn end_one(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    Path(id): Path<SessionId>,
) -> Result<Json<EndedAnswer>, Failure> {
    let ended = app.chat.end_sessions(&who, EndSessions::One(id)).await?;
    if ended.is_empty() {
        return Err(Failure::not_found());
    }
    Ok(Json(EndedAnswer { ended }))
}
