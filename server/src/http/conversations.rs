//! `GET/POST conversations`, `GET conversations/{id}`, `POST conversations/{id}/read`,
//! `PUT conversations/{id}/muted`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::rest::{
    ConversationsPage, MarkReadRequest, MuteAnswer, MuteRequest, OpenConversationRequest,
    ReadAnswer,
};
use chatter_protocol::{ConversationId, ConversationView};
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, MayRead, MaySendAndRead, Owner};
use super::extract::{Path, Query};
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ConversationsQuery {
    /// `next` of the last page.
    after: Option<String>,
    /// Rows of the page; 50 if absent.
    limit: Option<usize>,
}

/// My conversations, the most recently active first.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(ConversationsQuery),
    security(("token" = ["read"])), responses((status = 200, body = ConversationsPage), Refusals))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Query(query): Query<ConversationsQuery>,
) -> Result<Json<ConversationsPage>, Failure> {
    let page = app.chat.conversations(&who, query.after.as_deref(), query.limit).await?;
    Ok(Json(page))
}

/// Open the conversation with somebody (the same one each time), or a new room.
#[utoipa::path(post, path = "/conversations", tag = "conversations",
    request_body = OpenConversationRequest, security(("token" = ["send", "read"])),
    responses((status = 200, body = ConversationView), Refusals))]
pub(super) async fn open(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MaySendAndRead>,
    JsonBody(request): JsonBody<OpenConversationRequest>,
) -> Result<Json<ConversationView>, Failure> {
    Ok(Json(app.chat.open(&who, request).await?))
}

/// One conversation of mine.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", security(("token" = ["read"])),
    params(("id" = ConversationId, Path, description = "Which one.")),
    responses((status = 200, body = ConversationView), Refusals))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(id): Path<ConversationId>,
) -> Result<Json<ConversationView>, Failure> {
    Ok(Json(app.chat.conversation(&who, id).await?))
}

/// Say how far I have read; positions only move forward.
#[utoipa::path(post, path = "/conversations/{id}/read", tag = "conversations",
    request_body = MarkReadRequest, security(("token" = ["read"])),
    params(("id" = ConversationId, Path, description = "Which one.")),
    responses((status = 200, body = ReadAnswer), Refusals))]
pub(super) async fn mark_read(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(id): Path<ConversationId>,
    JsonBody(request): JsonBody<MarkReadRequest>,
) -> Result<Json<ReadAnswer>, Failure> {
    Ok(Json(app.chat.mark_read(who.user(), id, request.conv_seq).await?))
}

/// Mute or unmute a conversation, on all my devices.
#[utoipa::path(put, path = "/conversations/{id}/muted", tag = "conversations",
    request_body = MuteRequest, security(("token" = ["account"])),
    params(("id" = ConversationId, Path, description = "Which one.")),
    responses((status = 200, body = MuteAnswer), Refusals))]
pub(super) async fn set_muted(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    Path(id): Path<ConversationId>,
    JsonBody(request): JsonBody<MuteRequest>,
) -> Result<Json<MuteAnswer>, Failure> {
    Ok(Json(app.chat.set_muted(who.user(), id, request.muted).await?))
}
