//! The answer that is no success.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chatter_protocol::{ErrorBody, ErrorCode};

use crate::chat::ChatError;

/// A refusal on its way out. Its body is written by `guard`, which knows the request's id.
#[derive(Debug)]
pub(super) struct Failure(ErrorBody);

impl<E: Into<ErrorBody>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Failure {
    pub(super) fn not_found() -> Self {
        Self::from(ChatError::from(crate::store::StoreError::NotFound))
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self(ErrorBody::new(ErrorCode::BadRequest, message))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.http_status());
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        if let Some(wait_ms) = self.0.retry_after_ms {
            let seconds = HeaderValue::from(wait_ms.div_ceil(1000));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(self.0);
        response
    }
}
