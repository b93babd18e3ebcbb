//! The description of the API, OpenAPI 3.1, made from the routes themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use chatter_protocol::ErrorCode;
use chatter_protocol::error::ErrorAnswer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response,
    ResponseBuilder,
};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::App;

/// Where the document is served.
const PATH: &str = "/api/v1/openapi.json";
/// Name of the way to sign requests in, as the routes refer to it.
const TOKEN: &str = "token";

/// Everything but the routes.
pub(super) fn head() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Chatter")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Accounts, people and history of a Chatter server. Live events come over the \
             WebSocket at /api/v1/ws. Every refusal has the same form; its code is stable.",
        ))
        .build();
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "The token that sign-up, sign-in and `POST tokens` answer with. The names beside it at \
             a route are the rights that it must have; those of sign-up and sign-in have all.",
        ))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme(TOKEN, SecurityScheme::Http(token))
        .schema(ErrorAnswer::name(), ErrorAnswer::schema())
        .schemas_from_iter(referred())
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

fn referred() -> Vec<(String, RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = Vec::new();
    ErrorAnswer::schemas(&mut schemas);
    schemas
}

/// Serves the document, encoded once.
pub(super) fn route(document: OpenApi) -> Router<Arc<App>> {
    // Encoding fails only on a key that is no string, and the document has none.
    let json: Arc<str> = document.to_json().unwrap_or_default().into();
    let answer = async move || ([(CONTENT_TYPE, "application/json")], json.to_string());
    Router::new().route(PATH, get(answer))
}

/// Every refusal that a route may answer with, by status, from the codes themselves.
pub(super) struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut codes: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for code in TOLD {
            let name =
                serde_json::to_value(code).ok().and_then(|name| Some(name.as_str()?.to_owned()));
            codes.entry(code.http_status()).or_default().extend(name);
        }
        let refusals = codes.into_iter().map(|(status, codes)| {
            let content = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(ErrorAnswer::name())))
                .build();
            let response = ResponseBuilder::new()
                .description(format!("Refused: {}", codes.join(", ")))
                .content("application/json", content)
                .build();
            (status.to_string(), RefOr::T(response))
        });
        refusals.collect()
    }
}

/// The codes that REST tells.
const TOLD: [ErrorCode; 32] = [
    ErrorCode::BadRequest,
    ErrorCode::InvalidField,
    ErrorCode::AuthRequired,
    ErrorCode::SessionEnded,
    ErrorCode::InvalidCredentials,
    ErrorCode::EmailTaken,
    ErrorCode::UsernameTaken,
    ErrorCode::PasswordRefused,
    ErrorCode::NotFound,
    ErrorCode::Forbidden,
    ErrorCode::IdempotencyConflict,
    ErrorCode::MessageDeleted,
    ErrorCode::TooManyTokens,
    ErrorCode::QuotaExceeded,
    ErrorCode::ImageRefused,
    ErrorCode::AttachmentUnknown,
    ErrorCode::Blocked,
    ErrorCode::TooManyBlocked,
    ErrorCode::RangeRefused,
    ErrorCode::PositionUnknown,
    ErrorCode::BodyTooLong,
    ErrorCode::BodyEmpty,
    ErrorCode::TextRefused,
    ErrorCode::TooLarge,
    ErrorCode::UnsupportedMediaType,
    ErrorCode::MethodNotAllowed,
    ErrorCode::OriginRefused,
    ErrorCode::RateLimited,
    ErrorCode::Busy,
    ErrorCode::StorageFull,
    ErrorCode::StorageUnavailable,
    ErrorCode::Internal,
];
