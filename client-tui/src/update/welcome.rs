//! Signing in and up.

use chatter_protocol::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use chatter_protocol::rest::{SessionGrant, SigninRequest, SignupRequest};
use chatter_protocol::{ErrorCode, Secret, Username};

use super::settings::refuse;
use crate::action::Action;
use crate::state::{
    Account, Effect, Failure, FieldName, Form, LinkState, Request, State, Welcome, WelcomeForm,
};
use crate::sync::Replica;

pub(super) fn act(state: &mut State, action: Action, effects: &mut Vec<Effect>) {
    let Some(welcome) = &mut state.welcome else { return };
    match action {
        Action::NextField => welcome.form_mut().move_focus(1),
        Action::PreviousField => welcome.form_mut().move_focus(-1),
        Action::SwitchForm => welcome.switch(),
        Action::Submit => submit(welcome, effects),
        Action::Edit(edit) => {
            welcome.form_mut().edit(edit);
            welcome.propose_username();
        }
        _ => {}
    }
}

/// Signed in: as the same person, to go on where one was; else to an account that is new here.
pub(super) fn signed_in(
    state: &mut State,
    result: Result<SessionGrant, Failure>,
    effects: &mut Vec<Effect>,
) {
    let Some(welcome) = &mut state.welcome else { return };
    let form = welcome.form_mut();
    match result {
        Ok(grant) => {
            state.server = form.value(FieldName::Server).trim().to_owned();
            state.welcome = None;
            begin(state, grant, effects);
        }
        Err(mut failure) => {
            failure.field = failure.field.or(field_of(failure.code).map(str::to_owned));
            refuse(form, failure);
        }
    }
}

fn begin(state: &mut State, grant: SessionGrant, effects: &mut Vec<Effect>) {
    let me = grant.me.user.id;
    let kept = state.account.take().filter(|account| account.replica.my_id() == Some(me));
    let mut account = kept.unwrap_or_else(|| {
        let mut replica = Replica::default();
        replica.set_me(grant.me.clone());
        Account::new(replica)
    });
    account.link = LinkState::Connecting;
    let position = account.replica.position().cloned();
    state.account = Some(account);
    effects.push(Effect::Begin { server: state.server.clone(), grant: Box::new(grant), position });
}

/// Checks that a new password is long enough and was typed twice alike; says so at the field.
pub(super) fn check_new_password(form: &mut Form, name: FieldName) -> bool {
    let count = form.value(name).chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&count) {
        let problem =
            format!("A password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters.");
        form.refuse(name, problem);
        return false;
    }
    if form.value(name) != form.value(FieldName::Repeat) {
        form.refuse(FieldName::Repeat, "The two passwords are not the same.");
        return false;
    }
    true
}

fn submit(welcome: &mut Welcome, effects: &mut Vec<Effect>) {
    let shown = welcome.shown;
    let form = welcome.form_mut();
    if form.busy || form.move_to_missing() {
        return;
    }
    form.clear_problems();
    let request = match shown {
        WelcomeForm::SignIn => sign_in(form),
        WelcomeForm::SignUp => match sign_up(form) {
            Some(request) => request,
            None => return,
        },
    };
    form.busy = true;
    effects.push(Effect::Ask(request));
}

fn sign_in(form: &Form) -> Request {
    Request::SignIn {
        server: form.value(FieldName::Server).trim().to_owned(),
        body: SigninRequest {
            login: form.value(FieldName::Login).trim().to_owned(),
            password: Secret::new(form.value(FieldName::Password)),
            remember: form.is_on(FieldName::Remember),
            device_name: None,
        },
    }
}

fn sign_up(form: &mut Form) -> Option<Request> {
    if let Err(error) = form.value(FieldName::Username).trim().parse::<Username>() {
        form.refuse(FieldName::Username, error.to_string());
        return None;
    }
    if !check_new_password(form, FieldName::Password) {
        return None;
    }
    let value = |name| form.value(name).trim().to_owned();
    Some(Request::SignUp {
        server: value(FieldName::Server),
        body: SignupRequest {
            email: value(FieldName::Email),
            username: value(FieldName::Username),
            password: Secret::new(form.value(FieldName::Password)),
            display_name: None,
            remember: form.is_on(FieldName::Remember),
            device_name: None,
        },
    })
}

/// The field that a refusal without one is about.
fn field_of(code: Option<ErrorCode>) -> Option<&'static str> {
    match code? {
        ErrorCode::EmailTaken => Some("email"),
        ErrorCode::UsernameTaken => Some("username"),
        ErrorCode::PasswordRefused | ErrorCode::InvalidCredentials => Some("password"),
        _ => None,
    }
}
