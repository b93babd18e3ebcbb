//! `GET users`, `GET users/{user}`, `GET users/{user}/conversation`,
//! `POST users/{user}/messages`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chatter_protocol::frame::Ack;
use chatter_protocol::rest::{PostMessageRequest, UsersPage};
use chatter_protocol::{ConversationView, Person, UserRef};
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, MayRead, MaySend};
use super::extract::{Path, Query};
use super::json::JsonBody;
use super::messages::posted;
use super::openapi::Refusals;
use super::{App, Failure};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UsersQuery {
    /// Start of the username or the display name.
    #[serde(default)]
    #[param(required = false)]
    prefix: String,
    /// `next` of the last page.
    after: Option<String>,
    /// Rows of the page; 50 if absent.
    limit: Option<usize>,
}

/// Everybody who has an account: the online first, then by username.
#[utoipa::path(get, path = "/users", tag = "people", params(UsersQuery), security(("token" = ["read"])),
    responses((status = 200, body = UsersPage), Refusals))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Query(query): Query<UsersQuery>,
) -> Result<Json<UsersPage>, Failure> {
    let UsersQuery { prefix, after, limit } = query;
    Ok(Json(app.chat.people(&who, &prefix, after.as_deref(), limit).await?))
}

/// One person.
#[utoipa::path(get, path = "/users/{user}", tag = "people", security(("token" = ["read"])),
    params(("user" = String, Path, description = "An id or a username.")),
    responses((status = 200, body = Person), Refusals))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(user): Path<UserRef>,
) -> Result<Json<Person>, Failure> {
    Ok(Json(app.chat.person(&who, user).await?))
}

/// The conversation with somebody; none is opened.
#[utoipa::path(get, path = "/users/{user}/conversation", tag = "people",
    security(("token" = ["read"])),
    params(("user" = String, Path, description = "An id or a username.")),
    responses((status = 200, body = ConversationView), Refusals))]
pub(super) async fn conversation(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Path(user): Path<UserRef>,
) -> Result<Json<ConversationView>, Failure> {
    Ok(Json(app.chat.direct_with(&who, user).await?))
}

/// Post a message to somebody, in the conversation with them, which is opened if there is none yet;
/// safe to repeat with the same key.
#[utoipa::path(post, path = "/users/{user}/messages", tag = "messages",
    request_body = PostMessageRequest, security(("token" = ["send"])),
    params(("user" = String, Path, description = "An id or a username.")),
    responses((status = 201, description = "Stored.", body = Ack),
        (status = 200, description = "It was stored before.", body = Ack), Refusals))]
pub(super) async fn post_to(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MaySend>,
    Path(user): Path<UserRef>,
    JsonBody(request): JsonBody<PostMessageRequest>,
) -> Result<(StatusCode, Json<Ack>), Failure> {
    Ok(posted(app.chat.post_to(who.user(), user, request).await?))
}
