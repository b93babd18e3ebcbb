//! `signup`, `signin`, `signout`, `whoami`.

use chatter_protocol::rest::{SessionGrant, SignupRequest};

use super::exit::Failure;
use super::out::{Out, say, say_to_person};
use super::records::AccountRecord;
use super::session::{
    SignedIn, named_device, named_server, password, saved_for, sign_in, with_credentials,
};
use crate::cli::{Args, SignoutArgs, SignupArgs};
use crate::credentials::{self, SavedSession, Store};
use crate::files::Source;
use crate::net::{Api, ServerUrl};
use crate::paths::Paths;
use crate::store;

/// Makes an account, and keeps its session.
pub(super) async fn signup(
    args: &Args,
    how: &SignupArgs,
    paths: &Paths,
    out: &mut Out,
) -> Result<(), Failure> {
    let (Some(email), Some(username)) = (args.email.clone(), args.username.clone()) else {
        return Err(Failure::usage(
            "A new account needs --email ADDRESS, which only you can see, and --username NAME.",
        ));
    };
    let (server, store) = (named_server(args, paths)?, chosen_store(args, paths)?);
    let password = password(args, format!("A password for {username} at {server}: ")).await?;
    let request = SignupRequest {
        email,
        username,
        password,
        display_name: how.display_name.clone(),
        remember: args.remember,
        device_name: Some(named_device(args)),
    };
    let api = Api::new(server.clone(), &args.net_options())?;
    let grant = match &how.avatar {
        None => api.signup(&request).await?,
        Some(path) => {
            let picture = Source::look_at(path).map_err(Failure::local)?;
            api.signup_with(&request, &picture).await?
        }
    };
    keep(args, paths, (server, store), grant, out).await
}

/// Signs in, and keeps the session; one that was kept before ends.
pub(super) async fn signin(args: &Args, paths: &Paths, out: &mut Out) -> Result<(), Failure> {
    let (server, store) = (named_server(args, paths)?, chosen_store(args, paths)?);
    // A token goes nowhere but to the server that gave it.
    let before = with_credentials(paths, credentials::load).await.ok().flatten();
    let before = before.filter(|saved| saved.server == server);
    let api = Api::new(server.clone(), &args.net_options())?;
    let api = match before {
        Some(saved) => api.with_token(saved.token),
        None => api,
    };
    let grant = sign_in(args, &api).await?;
    keep(args, paths, (server, store), grant, out).await
}

/// Where the settings or an option say that sessions are kept.
fn chosen_store(args: &Args, paths: &Paths) -> Result<Store, Failure> {
    match args.sources(paths).load() {
        Ok(config) => match config.session.credential_store {
            Store::None => Err(Failure::usage(
                "With the credential store \"none\" a session ends with the command that makes it: \
                 give --username and a password to that command, or use a token.",
            )),
            store => Ok(store),
        },
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(Failure::usage(problems.join("\n")))
        }
    }
}

async fn keep(
    args: &Args,
    paths: &Paths,
    (server, store): (ServerUrl, Store),
    grant: SessionGrant,
    out: &mut Out,
) -> Result<(), Failure> {
    let SessionGrant { token, session, me } = grant;
    let record = AccountRecord::new(&server, session.clone(), me.clone());
    let api = Api::new(server.clone(), &args.net_options())?.with_token(token.clone());
    let saved = SavedSession { server, token, session, me: me.user };
    match with_credentials(paths, move |paths| credentials::save(paths, &saved, store)).await {
        Ok(kept) => say(&kept.sentence()),
        Err(failure) => {
            // A session that nobody can use must not stay open.
            let _ = api.signout(false).await;
            return Err(failure.told(|why| {
                format!("{why} Signed out again. A token in CHATTER_TOKEN needs nothing on disk.")
            }));
        }
    }
    out.record(&record)?;
    out.flush()
}

/// Signs out, and forgets what this device keeps of the account.
pub(super) async fn signout(args: &Args, how: SignoutArgs, paths: &Paths) -> Result<(), Failure> {
    if let Some(token) = args.token()? {
        let api = Api::new(named_server(args, paths)?, &args.net_options())?.with_token(token);
        return Ok(api.signout(how.all).await.map(drop)?);
    }
    let saved = match saved_for(args, paths).await {
        Ok(Some(saved)) => saved,
        // Who forgets it does not need to know what it was.
        Err(_) if how.local => return with_credentials(paths, credentials::delete).await,
        Ok(None) => return Err(Failure::not_signed_in()),
        Err(failure) => return Err(failure),
    };
    if !how.local {
        end(args, how, &saved).await?;
    }
    with_credentials(paths, credentials::delete).await?;
    erase(paths, &saved)
}

async fn end(args: &Args, how: SignoutArgs, saved: &SavedSession) -> Result<(), Failure> {
    let api = Api::new(saved.server.clone(), &args.net_options())?.with_token(saved.token.clone());
    match api.signout(how.all).await {
        Ok(_) => Ok(()),
        // It has ended already, which is what was wanted.
        Err(error) if error.is_session_ended() => Ok(()),
        Err(error) => Err(Failure::from(error).told(|why| {
            format!("{why} Nothing was changed; --local forgets the session on this device only.")
        })),
    }
}

/// Deletes what is kept of the account, unless something unsent is in it.
fn erase(paths: &Paths, saved: &SavedSession) -> Result<(), Failure> {
    let Ok(data_dir) = paths.data_dir() else { return Ok(()) };
    let path = store::store_path(data_dir, &saved.server.origin(), saved.me.username.as_str());
    if store::has_unsent(&path) {
        say_to_person(&format!(
            "Messages that were not sent are kept in {}; the next sign-in sends them.",
            path.display()
        ));
        return Ok(());
    }
    store::erase(&path).map_err(|problem| Failure::local(format!("Signed out. {problem}")))
}

/// Says who is signed in; the server confirms it.
pub(super) async fn whoami(session: &SignedIn, out: &mut Out) -> Result<(), Failure> {
    let answer = session.api.session().await?;
    out.record(&AccountRecord::new(session.api.server(), answer.session, answer.me))?;
    out.flush()
}
