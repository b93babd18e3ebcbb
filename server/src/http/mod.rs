//! REST under `/api/v1`: one file per resource. A handler reads the request, calls one verb of
//! `chat` and writes the answer; what every answer has in common is in `guard`.

mod conversations;
mod extract;
mod failure;
mod guard;
mod health;
mod json;
mod me;
mod messages;
mod openapi;
mod password;
mod sessions;
mod signin;
mod signup;
mod users;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use chatter_protocol::{API_PREFIX, ErrorBody, ErrorCode};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::chat::Chat;
use crate::hub::Hub;
use crate::socket::{self, SocketSettings};

pub(crate) use extract::Connection;
pub use failure::Failure;
pub(crate) use openapi::Refusals;

/// What handlers work with.
pub struct App {
    /// The verbs.
    pub chat: Arc<Chat>,
    /// Where connections attach.
    pub hub: Arc<Hub>,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// Web origins that may use the API.
    pub allowed_origins: Vec<String>,
    /// How connections behave.
    pub socket: SocketSettings,
    /// Cancelled when the server stops.
    pub shutdown: CancellationToken,
    /// Counts what must end before the store closes.
    pub tasks: TaskTracker,
}

/// Everything that is served. What is served and what is described come from the same lines, so
/// they can't differ.
pub fn router(app: Arc<App>) -> Router {
    let (router, document) =
        OpenApiRouter::with_openapi(openapi::head()).nest(API_PREFIX, api()).split_for_parts();
    router
        .merge(openapi::route(document))
        .fallback(async || Failure::from(no_route()))
        .method_not_allowed_fallback(async || Failure::from(no_method()))
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

fn api() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(signup::sign_up))
        .routes(routes!(signin::sign_in))
        .routes(routes!(signin::sign_out))
        .routes(routes!(sessions::current))
        .routes(routes!(sessions::list, sessions::end_others))
        .routes(routes!(sessions::end_one))
        .routes(routes!(password::change))
        .routes(routes!(me::show, me::update))
        .routes(routes!(users::list))
        .routes(routes!(users::show))
        .routes(routes!(conversations::list, conversations::open))
        .routes(routes!(conversations::show))
        .routes(routes!(conversations::mark_read))
        .routes(routes!(messages::list, messages::post))
        .routes(routes!(messages::edit, messages::delete))
        .routes(routes!(health::show))
        .routes(routes!(socket::upgrade))
}

fn no_route() -> ErrorBody {
    ErrorBody::new(ErrorCode::NotFound, "There is nothing at this address.")
}

fn no_method() -> ErrorBody {
    let message = "This address doesn't take this method; the Allow header names those it takes.";
    ErrorBody::new(ErrorCode::MethodNotAllowed, message)
}
