//! `POST signup`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use chatter_protocol::rest::{SessionGrant, SignupRequest};
use serde_json::{Map, Value};

use super::extract::From;
use super::form::{self, FilePart, Form, Part};
use super::json::{self, JsonBody};
use super::openapi::Refusals;
use super::{App, Failure};
use crate::chat::ChatError;

/// The account, and the picture of the person, if the form goes on with one.
pub(super) struct Applying {
    request: SignupRequest,
    avatar: Option<Box<FilePart>>,
    /// What the picture is read from.
    _form: Option<Form>,
}

impl FromRequest<Arc<App>> for Applying {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        if !form::is_form(request.headers()) {
            let JsonBody(request) = JsonBody::from_request(request, app).await?;
            return Ok(Self { request, avatar: None, _form: None });
        }
        let mut form = Form::from_request(request, app).await?;
        let mut fields = Map::new();
        let avatar = loop {
            match form.next().await? {
                Some(Part::Text(field, text)) => {
                    let value = match (field.as_str(), text.as_str()) {
                        ("remember", "true") => Value::Bool(true),
                        ("remember", "false") => Value::Bool(false),
                        _ => Value::String(text),
                    };
                    fields.insert(field, value);
                }
                Some(Part::File(file)) if file.field == "avatar" => break Some(file),
                Some(Part::File(file)) => return Err(form::unknown(&file.field)),
                None => break None,
            }
        };
        let request = json::parse(Value::Object(fields).to_string().as_bytes())?;
        Ok(Self { request, avatar, _form: Some(form) })
    }
}

/// Make an account and sign its first device in. As JSON, or as a form (multipart/form-data) with the
/// same fields as texts and a picture as its last part, `avatar`.
#[utoipa::path(post, path = "/signup", tag = "accounts", request_body = SignupRequest,
    responses((status = 201, body = SessionGrant), Refusals))]
pub(super) async fn sign_up(
    State(app): State<Arc<App>>,
    From(address): From,
    applying: Applying,
) -> Result<(StatusCode, Json<SessionGrant>), Failure> {
    let Applying { request, avatar, _form } = applying;
    let candidate = app.chat.auth().consider(&request, &address).map_err(ChatError::from)?;
    let received = match avatar {
        None => None,
        Some(file) => {
            let mut received = app.chat.receive_nameless()?;
            file.receive(&mut received).await?;
            Some(received)
        }
    };
    Ok((StatusCode::CREATED, Json(app.chat.sign_up(candidate, received).await?)))
}
