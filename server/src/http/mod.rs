//! REST under `/api/v1`: one file per resource. A handler reads the request, calls one verb of
//! `chat` and writes the answer; what every answer has in common is in `guard`.

mod avatar;
mod body;
mod caller;
mod conversations;
mod events;
mod extract;
mod failure;
mod form;
mod guard;
mod health;
mod json;
mod live;
mod me;
mod media;
mod messages;
mod openapi;
mod password;
mod sessions;
mod signin;
mod signup;
mod tokens;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use chatter_protocol::{API_PREFIX, ErrorBody, ErrorCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use failure::Failure;

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
        .routes(routes!(tokens::create))
        .routes(routes!(password::change))
        .routes(routes!(me::show, me::update))
        .routes(routes!(avatar::put, avatar::take_off))
        .routes(routes!(media::upload))
        .routes(routes!(media::show))
        .routes(routes!(media::thumbnail))
        .routes(routes!(users::list))
        .routes(routes!(users::show))
        .routes(routes!(users::conversation))
        .routes(routes!(users::post_to))
        .routes(routes!(conversations::list, conversations::open))
        .routes(routes!(conversations::show))
        .routes(routes!(conversations::mark_read))
        .routes(routes!(conversations::set_muted))
        .routes(routes!(messages::list, messages::post))
        .routes(routes!(messages::edit, messages::delete))
        .routes(routes!(events::list))
        .routes(routes!(health::show))
        .routes(routes!(live::upgrade))
}

fn no_route() -> ErrorBody {
    ErrorBody::new(ErrorCode::NotFound, "There is nothing at this address.")
}

fn no_method() -> ErrorBody {
    let message = "This address doesn't take this method; the Allow header names those it takes.";
    ErrorBody::new(ErrorCode::MethodNotAllowed, message)
}
