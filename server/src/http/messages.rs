//! `GET/POST conversations/{id}/messages`, `PATCH/DELETE conversations/{id}/messages/{conv_seq}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chatter_protocol::frame::Ack;
use chatter_protocol::rest::{EditMessageRequest, MessagesPage, PostMessageRequest};
use chatter_protocol::{ConversationId, Message, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, MayRead, MaySend, MaySendAndRead};
use super::extract::{Path, Query};
use super::json::JsonBody;
use super::openapi::Refusals;
use super::{App, Failure};
use crate::store::Posted;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MessagesQuery {
    /// Those just before this number.
    before: Option<u64>,
    /// Those just after this number.
    after: Option<u64>,
    /// Those from this time on (RFC 3339), in the order of their numbers.
    from_time: Option<Timestamp>,
    /// Rows of the page; 50 if absent.
    limit: Option<usize>,
}

/// Messages of a conversation: the newest, those next to a number, or those from a time on; in
/// rising order.
#[utoipa::path(get, path = "/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path, description = "Where."), MessagesQuery),
    security(("token" = ["read"])), responses((status = 200, body = MessagesPage), Refusals))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(id): Path<ConversationId>,
    Query(query): Query<MessagesQuery>,
) -> Result<Json<MessagesPage>, Failure> {
    let MessagesQuery { before, after, from_time, limit } = query;
    let range = (before, after, from_time);
    Ok(Json(app.chat.history(who.user(), id, range, limit).await?))
}

/// Post a message; safe to repeat with the same key.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "messages",
    request_body = PostMessageRequest, security(("token" = ["send"])),
    params(("id" = ConversationId, Path, description = "Where.")),
    responses((status = 201, description = "Stored.", body = Ack),
        (status = 200, description = "It was stored before.", body = Ack), Refusals))]
pub(super) async fn post(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MaySend>,
    Path(conversation): Path<ConversationId>,
    JsonBody(request): JsonBody<PostMessageRequest>,
) -> Result<(StatusCode, Json<Ack>), Failure> {
    Ok(posted(app.chat.post(who.user(), conversation, request)?.await?))
}

/// The answer to a post: its proof, and whether it is new.
pub(super) fn posted(Posted { ack, repeated }: Posted) -> (StatusCode, Json<Ack>) {
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    (status, Json(ack))
}

/// Change what my message says.
#[utoipa::path(patch, path = "/conversations/{id}/messages/{conv_seq}", tag = "messages",
    request_body = EditMessageRequest, security(("token" = ["send", "read"])),
    params(("id" = ConversationId, Path, description = "Where."),
        ("conv_seq" = u64, Path, description = "The message's number.")),
    responses((status = 200, body = Message), Refusals))]
pub(super) async fn edit(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MaySendAndRead>,
    Path((id, conv_seq)): Path<(ConversationId, u64)>,
    JsonBody(request): JsonBody<EditMessageRequest>,
) -> Result<Json<Message>, Failure> {
    Ok(Json(app.chat.edit(who.user(), id, conv_seq, request.body).await?))
}

/// Take my message back; a tombstone keeps its number.
#[utoipa::path(delete, path = "/conversations/{id}/messages/{conv_seq}", tag = "messages",
    security(("token" = ["send", "read"])),
    params(("id" = ConversationId, Path, description = "Where."),
        ("conv_seq" = u64, Path, description = "The message's number.")),
    responses((status = 200, body = Message), Refusals))]
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MaySendAndRead>,
    Path((id, conv_seq)): Path<(ConversationId, u64)>,
) -> Result<Json<Message>, Failure> {
    Ok(Json(app.chat.delete(who.user(), id, conv_seq).await?))
}
