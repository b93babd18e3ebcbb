//! `GET ws`: the way to the live protocol.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;

use super::extract::Arrived;
use super::openapi::Refusals;
use super::{App, Failure};
use crate::socket;

/// The live connection; becomes a WebSocket on which the client says `hello` first.
#[utoipa::path(get, path = "/ws", tag = "live",
    responses((status = 101, description = "Speak JSON text frames from here."), Refusals))]
pub(super) async fn upgrade(
    State(app): State<Arc<App>>,
    Arrived(ticket): Arrived,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade =
        upgrade.map_err(|_| Failure::bad_request("This address takes only WebSocket upgrades."))?;
    Ok(socket::accept(app, upgrade, ticket))
}
