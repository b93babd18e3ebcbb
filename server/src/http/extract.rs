//! Where a request comes from, the token that it presents, and what its address says.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use chatter_protocol::{ErrorBody, ErrorCode, Secret};
use serde::de::DeserializeOwned;

use super::Failure;
use crate::accept::Ticket;
use crate::auth::ClientAddress;

/// The token that the request presents, if any, unchecked.
pub(super) struct Bearer(pub Option<Secret>);

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Ok(Self(bearer(parts)))
    }
}

/// The token of `Authorization: Bearer TOKEN`; nowhere else is one looked for.
pub(super) fn bearer(parts: &Parts) -> Option<Secret> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Secret::new(token))
}

/// Where the request comes from, as `accept` found out.
pub(super) struct From(pub ClientAddress);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let address = parts.extensions.get::<ClientAddress>();
        Ok(Self(address.ok_or_else(crate::chat::internal)?.clone()))
    }
}

/// The connection's ticket, for a socket that outlives the request.
pub(super) struct Arrived(pub Arc<Ticket>);

impl<S: Sync> FromRequestParts<S> for Arrived {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let ticket = parts.extensions.get::<Arc<Ticket>>();
        Ok(Self(Arc::clone(ticket.ok_or_else(crate::chat::internal)?)))
    }
}

/// Values in the path. What does not parse is nowhere: ids are opaque, so there is no wrong one.
pub(super) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| Failure::not_found())
    }
}

/// Values in the query, checked like a body's fields.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|rejection| query_refused(&rejection))
    }
}

/// The rejection's source reads `field: why`, or names an unknown field in backticks.
fn query_refused(rejection: &QueryRejection) -> Failure {
    let source = std::error::Error::source(rejection).map(ToString::to_string);
    let text = source.unwrap_or_else(|| rejection.to_string());
    let text = text.rsplit_once("string: ").map_or(text.as_str(), |(_, rest)| rest);
    let named = text.split('`').nth(1).or_else(|| text.split_once(": ").map(|(field, _)| field));
    let body = ErrorBody::new(
        ErrorCode::InvalidField,
        "A value in the address's query is not what it takes.",
    );
    match named {
        Some(field) => body.about(field).into(),
        None => body.into(),
    }
}
