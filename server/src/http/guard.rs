//! What every request and answer has in common: an id, the check of `Origin`, the body of a
//! refusal, headers against caches and guessing, a log line, and no panic that goes further.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chatter_protocol::error::ErrorAnswer;
use chatter_protocol::{ErrorBody, ErrorCode};
use tracing::Instrument;
use uuid::Uuid;

use super::{App, Failure};
use crate::chat::internal;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const NO_GUESSING: HeaderValue = HeaderValue::from_static("nosniff");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Wraps every route.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    // The pattern, not the path: ids of others are nobody's business in a log.
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let (method, route) = (request.method().clone(), route.unwrap_or_default());
    let span = tracing::info_span!("request", id, %method, route);
    let started = Instant::now();
    let answer = async {
        let response = match refused_origin(request.headers(), &app.allowed_origins) {
            Some(failure) => failure.into_response(),
            None => run(&app, request, next).await,
        };
        let (status, elapsed_ms) = (response.status().as_u16(), started.elapsed().as_millis());
        tracing::debug!(status, elapsed_ms, "answered");
        finish(response, &id)
    };
    answer.instrument(span).await
}

/// A page of a browser may not speak for the person in front of it, unless it is listed.
fn refused_origin(headers: &HeaderMap, allowed: &[String]) -> Option<Failure> {
    let origin = headers.get(header::ORIGIN)?;
    if allowed.iter().any(|listed| listed.as_bytes() == origin.as_bytes()) {
        return None;
    }
    let message = "Web pages of this origin may not use this server.";
    Some(ErrorBody::new(ErrorCode::OriginRefused, message).into())
}

/// Runs the handler on a task of its own: a panic ends this request only (the process' panic hook
/// has logged where), and what a client asked for is not left half done when it hangs up.
async fn run(app: &App, request: Request, next: Next) -> Response {
    let handler = app.tasks.spawn(next.run(request).in_current_span());
    handler.await.unwrap_or_else(|_| {
        tracing::error!("a handler panicked");
        Failure::from(internal()).into_response()
    })
}

fn finish(mut response: Response, id: &str) -> Response {
    if let Some(mut error) = response.extensions_mut().remove::<ErrorBody>() {
        error.request_id = Some(id.to_owned());
        let (mut parts, _) = response.into_parts();
        let body = Json(ErrorAnswer { error }).into_response();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.extend(body.headers().clone());
        response = Response::from_parts(parts, body.into_body());
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_GUESSING);
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins_pass_to_the_letter() {
        let allowed = ["https://chat.example.org".to_owned()];
        let refused = |origin: &str| {
            let value = HeaderValue::from_str(origin).expect("a header");
            refused_origin(&HeaderMap::from_iter([(header::ORIGIN, value)]), &allowed).is_some()
        };
        assert!(!refused("https://chat.example.org"));
        for other in [
            "null",
            "",
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://chat.example.org.evil.example",
            "https://CHAT.example.org",
            "https://example.org",
        ] {
            assert!(refused(other), "{other}");
        }
        assert!(refused_origin(&HeaderMap::new(), &allowed).is_none());
    }
}
