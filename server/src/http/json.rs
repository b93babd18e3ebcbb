//! JSON bodies of requests, and what exactly is wrong with one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use chatter_protocol::{ErrorBody, ErrorCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{App, Failure, body};

/// A body as the route takes it.
pub(super) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        if !is_json(request.headers().get(CONTENT_TYPE)) {
            let message = "This takes JSON; say so with content-type: application/json.";
            return Err(ErrorBody::new(ErrorCode::UnsupportedMediaType, message).into());
        }
        let bytes_max = app.chat.limits().rest_body_bytes_max;
        if content_length(request.headers()).is_some_and(|length| length > bytes_max as u64) {
            return Err(body::too_large(bytes_max as u64));
        }
        let bytes = body::read(request.into_body(), bytes_max, app.body_timeout).await?;
        parse(&bytes).map(Self).map_err(Failure::from)
    }
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let Some(text) = content_type.and_then(|value| value.to_str().ok()) else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// How long the body is, as far as the request says.
pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A request out of JSON.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ErrorBody> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        // A wrong field may come before the place where the rest breaks off.
        Category::Data if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() => {
            refused_field(&error, bytes)
        }
        _ => ErrorBody::new(ErrorCode::BadRequest, "The request's body is no JSON."),
    })
}

fn refused_field(error: &serde_json::Error, bytes: &[u8]) -> ErrorBody {
    let text = error.to_string();
    let named = || text.split('`').nth(1).map(str::to_owned);
    let (field, why) = if text.starts_with("missing field") {
        (named(), "is missing")
    } else if text.starts_with("unknown field") {
        (named(), "is not a field of this request")
    } else {
        (field_at(bytes, error.line(), error.column()), "is not what this field takes")
    };
    match field {
        Some(field) => {
            ErrorBody::new(ErrorCode::InvalidField, format!("`{field}` {why}.")).about(field)
        }
        None => ErrorBody::new(ErrorCode::InvalidField, "A field is not what this request takes."),
    }
}

/// The top-level field in whose value the place of the error is, or ends.
fn field_at(bytes: &[u8], line: usize, column: usize) -> Option<String> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(line.checked_sub(1)?).map(<[u8]>::len).sum();
    let offset = before + column;
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_slice(bytes).ok()?;
    let place = |value: &RawValue| value.get().as_ptr() as usize - bytes.as_ptr() as usize;
    let mut fields: Vec<_> = fields.into_iter().map(|(key, value)| (place(value), key)).collect();
    fields.sort_unstable();
    let at = fields.iter().rev().find(|(start, _)| *start <= offset)?;
    Some(at.1.to_owned())
}

#[cfg(test)]
mod tests {
    use chatter_protocol::rest::SigninRequest;

    use super::*;

    fn refusal(body: &'static str) -> (ErrorCode, Option<String>) {
        let error = parse::<SigninRequest>(body.as_bytes()).expect_err(body);
        (error.code, error.field)
    }

    #[test]
    fn the_code_tells_broken_from_wrong_and_the_field_is_named() {
        for broken in ["", "{", "nonsense", "{\"login\": \"\\ud800\"}", "{\"login\":1,}"] {
            assert_eq!(refusal(broken), (ErrorCode::BadRequest, None), "{broken}");
        }
        for (wrong, field) in [
            (r#"{"login":"ada"}"#, Some("password")),
            (r#"{"login":"ada","password":"x","admin":true}"#, Some("admin")),
            (r#"{"login":7,"password":"x"}"#, Some("login")),
            (r#"{"password":"x","login":null}"#, Some("login")),
            ("{\"password\":\"x\",\n \"remember\":\"yes\",\n \"login\":\"a\"}", Some("remember")),
            (r#"{"login":"ada","password":["x"]}"#, Some("password")),
            ("[]", None),
            ("null", None),
        ] {
            let field = field.map(str::to_owned);
            assert_eq!(refusal(wrong), (ErrorCode::InvalidField, field), "{wrong}");
        }
    }

    #[test]
    fn only_json_is_json() {
        let is = |text| is_json(Some(&HeaderValue::from_static(text)));
        assert!(is("application/json") && is("Application/JSON; charset=utf-8"));
        assert!(!is("text/plain") && !is("application/jsonx") && !is_json(None));
    }
}
