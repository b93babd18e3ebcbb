//! `GET users`, `GET users/{user}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::rest::UsersPage;
use chatter_protocol::{Person, UserRef};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Caller, Path, Query};
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
#[utoipa::path(get, path = "/users", tag = "people", params(UsersQuery), security(("token" = [])),
    responses((status = 200, body = UsersPage), Refusals))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller(who): Caller,
    Query(query): Query<UsersQuery>,
) -> Result<Json<UsersPage>, Failure> {
    let UsersQuery { prefix, after, limit } = query;
    Ok(Json(app.chat.people(who.me.privacy, &prefix, after.as_deref(), limit).await?))
}

/// One person.
#[utoipa::path(get, path = "/users/{user}", tag = "people", security(("token" = [])),
    params(("user" = String, Path, description = "An id or a username.")),
    responses((status = 200, body = Person), Refusals))]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Caller(who): Caller,
    Path(user): Path<UserRef>,
) -> Result<Json<Person>, Failure> {
    Ok(Json(app.chat.person(who.me.privacy, user).await?))
}
