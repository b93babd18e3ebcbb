//! Questions to the server, and their answers as the state understands them.

use std::path::PathBuf;

use chatter_protocol::rest::{OpenConversationRequest, UpdateMeRequest};
use chatter_protocol::text::sanitize_line;
use chatter_protocol::{Me, UserRef};
use tokio::task::spawn_blocking;

use super::PAGE_ROWS;
use crate::files::Source;
use crate::host::device_name;
use crate::net::{Api, HistoryQuery, NetError, NetOptions, ServerUrl};
use crate::state::{Answer, Failure, Request};

/// Asks the server. `None` when there is no session any more, and nobody waits for the answer.
pub(super) async fn answer(
    api: Option<Api>,
    options: &NetOptions,
    request: Request,
) -> Option<Answer> {
    let request = match request {
        Request::SignIn { server, mut body } => {
            body.device_name = Some(device_name());
            return Some(Answer::SignedIn(match api_at(&server, options) {
                Ok(api) => api.signin(&body).await.map_err(sign_in_failure),
                Err(failure) => Err(failure),
            }));
        }
        Request::SignUp { server, mut body } => {
            body.device_name = Some(device_name());
            return Some(Answer::SignedIn(match api_at(&server, options) {
                Ok(api) => api.signup(&body).await.map_err(sign_in_failure),
                Err(failure) => Err(failure),
            }));
        }
        request => request,
    };
    Some(answer_in_session(&api?, request).await)
}

async fn answer_in_session(api: &Api, request: Request) -> Answer {
    match request {
        Request::SignIn { .. } | Request::SignUp { .. } => {
            Answer::SignedOut(Err(local_failure("Already signed in.".to_owned())))
        }
        Request::SignOut { everywhere } => {
            Answer::SignedOut(api.signout(everywhere).await.map(drop).map_err(failure))
        }
        Request::ChangePassword(body) => {
            Answer::PasswordChanged(api.change_password(&body).await.map_err(failure))
        }
        Request::UpdateMe(body) => Answer::Profile(api.update_me(&body).await.map_err(failure)),
        Request::SetAvatar(path) => Answer::Profile(set_avatar(api, path).await),
        Request::ClearAvatar => Answer::Profile(api.clear_avatar().await.map_err(failure)),
        Request::Person(user) => Answer::Person(Box::new(api.user(&user).await.map_err(failure))),
        Request::SetBlocked { user, blocked } => {
            let result = api.set_blocked(user, blocked).await.map_err(failure);
            Answer::Blocked { user, blocked, result }
        }
        Request::SetPrivacy(change) => {
            let body = UpdateMeRequest { privacy: Some(change), ..UpdateMeRequest::default() };
            Answer::Privacy(api.update_me(&body).await.map_err(failure))
        }
        Request::Sessions => {
            let answer = api.sessions().await.map(|answer| answer.sessions);
            Answer::Sessions(answer.map_err(failure))
        }
        Request::EndSession(id) => {
            Answer::SessionsEnded(api.end_session(id).await.map_err(failure))
        }
        Request::EndOtherSessions => {
            Answer::SessionsEnded(api.end_other_sessions().await.map(drop).map_err(failure))
        }
        Request::People { prefix, after } => {
            let result = api.users(&prefix, after.as_deref(), PAGE_ROWS).await.map_err(failure);
            Answer::People { prefix, after, result }
        }
        Request::Somebody(user) => {
            let found = api.user(&UserRef::Id(user)).await;
            Answer::Somebody(Box::new(found.map_err(failure)))
        }
        Request::OpenConversation(user) => {
            let body = OpenConversationRequest::Direct { user: UserRef::Id(user) };
            Answer::Opened(api.open_conversation(&body).await.map_err(failure))
        }
        Request::Conversations { after } => {
            let page = api.conversations(after.as_deref(), PAGE_ROWS).await;
            Answer::Conversations(page.map_err(failure))
        }
        Request::Conversation(id) => {
            Answer::Conversation(api.conversation(id).await.map_err(failure))
        }
        Request::History { conversation, range } => {
            let query = HistoryQuery::new(range, PAGE_ROWS);
            let result = api.messages(conversation, query).await.map_err(failure);
            Answer::History { conversation, range, is_kept: false, result }
        }
        Request::SetMuted { conversation, muted } => {
            let result = api.set_muted(conversation, muted).await.map_err(failure);
            Answer::Muted { conversation, result }
        }
    }
}

async fn set_avatar(api: &Api, path: PathBuf) -> Result<Me, Failure> {
    let looked = spawn_blocking(move || Source::look_at(&path)).await;
    let source = looked.unwrap_or_else(|error| Err(format!("It can't be read: {error}.")));
    api.set_avatar(&source.map_err(local_failure)?).await.map_err(failure)
}

fn api_at(server: &str, options: &NetOptions) -> Result<Api, Failure> {
    let server = ServerUrl::parse(server, options.allow_plain)
        .map_err(|error| about_server(error.to_string()))?;
    Api::new(server, options).map_err(sign_in_failure)
}

/// While signing in, what the server did not say itself is about its address.
fn sign_in_failure(error: NetError) -> Failure {
    match error {
        NetError::Refused(_) => failure(error),
        error => about_server(error.to_string()),
    }
}

fn about_server(message: String) -> Failure {
    Failure { field: Some("server".to_owned()), ..local_failure(message) }
}

fn local_failure(message: String) -> Failure {
    Failure { message: sanitize_line(&message).into_owned(), field: None, code: None }
}

pub(super) fn failure(error: NetError) -> Failure {
    let code = error.code();
    let field = match &error {
        NetError::Refused(body) => body.field.clone(),
        _ => None,
    };
    Failure { field, code, ..local_failure(error.to_string()) }
}
