//! `GET health`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::Refusals;
use super::{App, Failure};

#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `ready`; anything else is answered with an error.
    status: &'static str,
}

/// Can this server serve? For load balancers and people who watch over it.
#[utoipa::path(get, path = "/health", tag = "server",
    responses((status = 200, body = Health), Refusals))]
pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Json<Health>, Failure> {
    app.chat.check_health().await?;
    Ok(Json(Health { status: "ready" }))
}
