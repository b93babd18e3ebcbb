//! `GET events`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chatter_protocol::Position;
use chatter_protocol::rest::EventsPage;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, MayRead};
use super::extract::Query;
use super::openapi::Refusals;
use super::{App, Failure};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// Of the position; not looked at where `after` is 0.
    #[serde(default)]
    #[param(required = false)]
    epoch: String,
    /// Number of the position: that of the last event that is known, 0 for none. Absent, only the
    /// newest position is told.
    after: Option<u64>,
    /// Rows of the page; 50 if absent.
    limit: Option<usize>,
}

/// What happened after a position, in rising order, each in its newest form: all that a live
/// connection would have told; or where the stream is now. A position of another history is refused (`position_unknown`).
#[utoipa::path(get, path = "/events", tag = "live", params(EventsQuery),
    security(("token" = ["read"])), responses((status = 200, body = EventsPage), Refusals))]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Caller { who, .. }: Caller<MayRead>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<EventsPage>, Failure> {
    let EventsQuery { epoch, after, limit } = query;
    let Some(after) = after else { return Ok(Json(app.chat.now(&who, limit).await?)) };
    Ok(Json(app.chat.events(&who, Position::user(epoch, after), limit).await?))
}
