//! `PUT/DELETE me/blocks/{user}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::{Me, UserRef};

use super::caller::{Caller, Owner};
use super::extract::Path;
use super::openapi::Refusals;
use super::{App, Failure};

/// Block somebody: nothing of theirs reaches me, and no message of mine them. Twice is once.
#[utoipa::path(put, path = "/me/blocks/{user}", tag = "people", security(("token" = ["account"])),
    params(("user" = String, Path, description = "An id or a username.")),
    responses((status = 200, body = Me), Refusals))]
pub(super) async fn add(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    Path(user): Path<UserRef>,
) -> Result<Json<Me>, Failure> {
    Ok(Json(app.chat.set_blocked(&who, user, true).await?))
}

/// Unblock somebody; what they said meanwhile in rooms is there again.
#[utoipa::path(delete, path = "/me/blocks/{user}", tag = "people",
    security(("token" = ["account"])),
    params(("user" = String, Path, description = "An id or a username.")),
    responses((status = 200, body = Me), Refusals))]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<Owner>,
    Path(user): Path<UserRef>,
) -> Result<Json<Me>, Failure> {
    Ok(Json(app.chat.set_blocked(&who, user, false).await?))
}
