//! The session that a command works with: a token that was given, the one saved on this device, or
//! one that is made for this command alone and ended with it.

use chatter_protocol::rest::{SessionGrant, SigninRequest};
use chatter_protocol::{Me, Secret, User};

use super::exit::{Exit, Failure};
use super::out::say;
use super::signals::or_stop;
use crate::cli::{Args, ShownTyping};
use crate::credentials::{self, CredentialError, SavedSession};
use crate::host::device_name;
use crate::net::{Api, NetOptions, ServerUrl};
use crate::paths::Paths;
use crate::start::SERVER_DEFAULT;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct SignedIn {
    /// Every route, with the session.
    pub(super) api: Api,
    /// Its token.
    pub(super) token: Secret,
    /// How to talk to the server.
    pub(super) options: NetOptions,
    /// Whose it is, where that is known without asking.
    user: Option<User>,
    /// Whether it ends with the command.
    is_temporary: bool,
}

impl SignedIn {
    /// The session to work with. Only one that has to be made asks the server for anything.
    ///
    /// # Errors
    /// If there is none, or none can be made.
    pub(super) async fn open(args: &Args, paths: &Paths) -> Result<Self, Failure> {
        let options = args.net_options();
        if let Some(token) = args.token()? {
            pass_over_password(args).await?;
            let server = named_server(args, paths)?;
            let api = Api::new(server, &options)?.with_token(token.clone());
            return Ok(Self { api, token, options, user: None, is_temporary: false });
        }
        if let Some(saved) = saved_for(args, paths).await? {
            pass_over_password(args).await?;
            let api = Api::new(saved.server, &options)?.with_token(saved.token.clone());
            let (token, user) = (saved.token, Some(saved.me));
            return Ok(Self { api, token, options, user, is_temporary: false });
        }
        if args.login().is_none() {
            return Err(Failure::not_signed_in());
        }
        let api = Api::new(named_server(args, paths)?, &options)?;
        let grant = sign_in(args, &api).await?;
        let (token, user) = (grant.token, Some(grant.me.user));
        Ok(Self { api: api.with_token(token.clone()), token, options, user, is_temporary: true })
    }

    /// Whose session it is; asks the server only if that is not known yet.
    ///
    /// # Errors
    /// If the server can't be asked.
    pub(super) async fn user(&mut self) -> Result<User, Failure> {
        if let Some(user) = &self.user {
            return Ok(user.clone());
        }
        let Me { user, .. } = self.api.me().await?;
        Ok(self.user.insert(user).clone())
    }

    /// Ends a session that was made for this command alone.
    pub(super) async fn finish(self) {
        if self.is_temporary
            && let Err(error) = self.api.signout(false).await
        {
            say(&format!("warning: the session of this command goes on for a day ({error})"));
        }
    }
}

/// Signs in as the options say, asking for a password if none is given. The session that `api` has,
/// if any, ends with it.
pub(super) async fn sign_in(args: &Args, api: &Api) -> Result<SessionGrant, Failure> {
    let login = login(args)?;
    let password = password(args, format!("Password of {login} at {}: ", api.server())).await?;
    let request = SigninRequest {
        login,
        password,
        remember: args.remember,
        device_name: Some(named_device(args)),
    };
    Ok(api.signin(&request).await?)
}

fn login(args: &Args) -> Result<String, Failure> {
    if args.email.is_some() && args.username.is_some() {
        return Err(Failure::usage("Sign in with --email or with --username, not with both."));
    }
    args.login()
        .map(str::to_owned)
        .ok_or_else(|| Failure::usage("Say who signs in: --email ADDRESS or --username NAME."))
}

/// The password, asked for if it was not given. The warning that goes with it is printed here, once.
pub(super) async fn password(args: &Args, prompt: String) -> Result<Secret, Failure> {
    if let Some(warning) = args.password.warning() {
        say(warning);
    }
    let options = args.password.clone();
    let _shown_again = ShownTyping::remember();
    in_background(move || Ok(options.read_or_ask(&prompt)?)).await
}

/// Takes the password off standard input where none is needed: what follows it is the command's
/// input, and a password that is left there would be sent to somebody.
async fn pass_over_password(args: &Args) -> Result<(), Failure> {
    if !args.password.password_stdin {
        return Ok(());
    }
    let options = args.password.clone();
    in_background(move || Ok(options.read().map(drop)?)).await
}

/// Does what may wait for a person or a pipe, unless a signal asks to stop before it is done.
pub(super) async fn in_background<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let broken = |error| Failure::new(Exit::Failed, "failed", format!("It broke off: {error}."));
    or_stop(async { tokio::task::spawn_blocking(act).await.map_err(broken)? }).await
}

/// What to call this device.
pub(super) fn named_device(args: &Args) -> String {
    args.device_name.clone().filter(|name| !name.is_empty()).unwrap_or_else(device_name)
}

/// The server that was named, else that of the saved session, else this machine.
pub(super) fn named_server(args: &Args, paths: &Paths) -> Result<ServerUrl, Failure> {
    if let Some(server) = args.server()? {
        return Ok(server);
    }
    match credentials::load_public(paths) {
        Ok(Some(saved)) => Ok(saved.server),
        _ => Ok(ServerUrl::parse(SERVER_DEFAULT, args.allow_plain_http)?),
    }
}

/// The saved session, unless another server or account was named.
pub(super) async fn saved_for(args: &Args, paths: &Paths) -> Result<Option<SavedSession>, Failure> {
    let server = args.server()?;
    let public = match credentials::load_public(paths) {
        Ok(public) => public,
        // What is saved need not be usable for a command that signs in by itself.
        Err(_) if args.login().is_some() => None,
        Err(error) => return Err(error.into()),
    };
    let is_meant = public.is_some_and(|saved| {
        server.is_none_or(|server| server == saved.server)
            && args.username.as_ref().is_none_or(|name| *name == saved.me.username.as_str())
            && args.email.is_none()
    });
    match is_meant {
        true => with_credentials(paths, credentials::load).await,
        false => Ok(None),
    }
}

/// Does something with what is kept of a session; a keyring may take its time.
pub(super) async fn with_credentials<T: Send + 'static>(
    paths: &Paths,
    act: impl FnOnce(&Paths) -> Result<T, CredentialError> + Send + 'static,
) -> Result<T, Failure> {
    let paths = paths.clone();
    match tokio::task::spawn_blocking(move || act(&paths)).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(Failure::local(format!("The session can't be had: {error}."))),
    }
}
