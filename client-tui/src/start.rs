//! The first screen: where one left off, straight in by flags, or welcome.

use anyhow::Context;
use chatter_protocol::{Me, Privacy, Secret, Timestamp};
use tokio::task::spawn_blocking;

use crate::cli::Args;
use crate::clock::zone_here;
use crate::credentials::{self, CredentialError, Place, PublicSession, SavedSession};
use crate::effects::Effects;
use crate::net::{Api, NetError, ServerUrl};
use crate::paths::Paths;
use crate::state::{FieldName, State};
use crate::update::{account_of, submit_welcome};

/// Where `chatter-server` listens if nobody says otherwise.
pub const SERVER_DEFAULT: &str = "http://127.0.0.1:3040";

/// The state to start with. Connects if there is a session, and signs in if the flags say how.
///
/// # Errors
/// If what was given can't be used: an address, a password source, a token.
pub async fn state(args: &Args, paths: &Paths, effects: &mut Effects) -> anyhow::Result<State> {
    let server = args.server()?;
    let named = server.as_ref().map_or(SERVER_DEFAULT.to_owned(), ServerUrl::to_string);
    let login = args.login().unwrap_or_default();
    let mut state = State::new(&named, login, Timestamp::now(), zone_here());
    if let Some(token) = args.token()? {
        let server = match server {
            Some(server) => server,
            None => ServerUrl::parse(SERVER_DEFAULT, args.allow_plain_http)?,
        };
        let api = Api::new(server.clone(), &args.net_options())?.with_token(token.clone());
        let me = api.session().await.context("The token that was given can't be used")?.me;
        go_live(&mut state, &server, token, me, effects)?;
    } else if let Some(password) = args.password.read()?.filter(|_| !login.is_empty()) {
        fill_in(&mut state, password.expose(), args.remember);
        submit_welcome(&mut state).into_iter().for_each(|effect| effects.perform(effect));
    } else {
        let saved = saved(paths).await?;
        resume_saved(&mut state, saved, (server.as_ref(), login), effects);
    }
    Ok(state)
}

/// The saved session. Only a keyring may take its time.
async fn saved(paths: &Paths) -> anyhow::Result<Result<Option<SavedSession>, CredentialError>> {
    let is_elsewhere = |public: &PublicSession| public.kept_in != Place::File;
    match credentials::load_public(paths) {
        Ok(Some(public)) if is_elsewhere(&public) => {
            let paths = paths.clone();
            Ok(spawn_blocking(move || credentials::load(&paths)).await?)
        }
        Ok(None) => Ok(Ok(None)),
        _ => Ok(credentials::load(paths)),
    }
}

/// Goes on with the saved session, unless another server or account was named.
fn resume_saved(
    state: &mut State,
    saved: Result<Option<SavedSession>, CredentialError>,
    (named, login): (Option<&ServerUrl>, &str),
    effects: &mut Effects,
) {
    match saved {
        Ok(Some(saved))
            if named.is_none_or(|named| *named == saved.server)
                && (login.is_empty() || login == saved.me.username.as_str()) =>
        {
            // The rest comes with the server's welcome.
            let me = Me {
                blocked: Vec::new(),
                user: saved.me,
                email: String::new(),
                privacy: Privacy::default(),
            };
            if let Err(error) = go_live(state, &saved.server, saved.token, me, effects) {
                state.notice = Some(error.to_string());
            }
        }
        Ok(_) => {}
        Err(error) => state.notice = Some(error.to_string()),
    }
}

/// Shows what this device kept of the account, and connects behind it.
fn go_live(
    state: &mut State,
    server: &ServerUrl,
    token: Secret,
    me: Me,
    effects: &mut Effects,
) -> Result<(), NetError> {
    let kept = effects.open_store(server, &me.user.username).unwrap_or_default();
    effects.resume(server, token, kept.position.clone())?;
    let mut account = account_of(kept);
    if account.replica.me().is_none() {
        account.replica.set_me(me);
    }
    state.server = server.to_string();
    state.account = Some(account);
    state.welcome = None;
    Ok(())
}

fn fill_in(state: &mut State, password: &str, remember: bool) {
    if let Some(welcome) = &mut state.welcome {
        welcome.sign_in.set_value(FieldName::Password, password);
        welcome.sign_in.set_switch(FieldName::Remember, remember);
    }
}
