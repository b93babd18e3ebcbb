//! What `chatter` does without a screen: one file for each command or family of commands.
//!
//! Commands use the network as the screen does, and nothing of the screen. Each returns a
//! [`Failure`] that knows its exit code; printing it is [`run`]'s. Except for sessions, and for what
//! is asked to be kept, they need nothing on this device, and may run beside anything else of the
//! same account.

mod ask;
mod blocks;
mod chat;
mod closed;
mod directory;
mod exit;
mod follow;
mod lists;
mod out;
mod profile;
mod queue;
mod read;
mod records;
mod save;
mod send;
mod session;
mod sessions;
mod shell;
mod signals;
mod signing;
mod usage;
mod wait;

pub use exit::{Exit, Failure};
pub use out::{SCHEMA_VERSION, say};
pub use records::Place;
pub use shell::complete_if_asked;
pub use usage::answer;

use std::future::Future;
use std::io;

use out::{Out, say_failure};
use session::SignedIn;
use signals::{or_stop, or_stop_soon};

use crate::cli::{Args, Command, SessionCommand, TokenCommand};
use crate::paths::Paths;

/// Does `command`, and says on standard error why it could not.
pub async fn run(args: &Args, command: &Command, paths: &Paths) -> Exit {
    let mut out = Out::new(args.json);
    match run_command(args, command, paths, &mut out).await {
        Ok(()) => Exit::Done,
        Err(failure) => end(&failure, args.json),
    }
}

/// Says on standard error why something was not done.
pub fn end(failure: &Failure, is_json: bool) -> Exit {
    say_failure(failure, is_json);
    failure.exit
}

/// The same where an answer could not be written; whoever closed it has seen enough.
pub fn end_unwritten(error: &io::Error, is_json: bool) -> Exit {
    end(&out::failed(error), is_json)
}

async fn run_command(
    args: &Args,
    command: &Command,
    paths: &Paths,
    out: &mut Out,
) -> Result<(), Failure> {
    match command {
        Command::Signup(how) => finished(signing::signup(args, how, paths, out)).await,
        Command::Signin => finished(signing::signin(args, paths, out)).await,
        Command::Signout(how) => or_stop(signing::signout(args, *how, paths)).await,
        Command::Completions(how) => shell::completions(how.shell, out),
        Command::Man(how) => shell::man(how, out),
        Command::InSession(command) => with_session(args, command, paths, out).await,
        // Not commands of scripts, see `main`.
        Command::Config(_) | Command::Doctor(_) => Ok(()),
    }
}

async fn with_session(
    args: &Args,
    command: &SessionCommand,
    paths: &Paths,
    out: &mut Out,
) -> Result<(), Failure> {
    // These have something to say before they stop.
    if matches!(command, SessionCommand::Follow(_) | SessionCommand::Ask(_)) {
        let mut session = SignedIn::open(args, paths).await?;
        let done = in_session(&mut session, command, paths, out).await;
        session.finish().await;
        return done;
    }
    let mut session = match or_stop_soon(SignedIn::open(args, paths)).await {
        (opened, None) => opened?,
        (opened, Some(number)) => {
            if let Ok(session) = opened {
                session.finish().await;
            }
            return Err(Failure::signal(number));
        }
    };
    let done = or_stop(in_session(&mut session, command, paths, out)).await;
    // Also after a signal: a session that nobody uses must not stay open.
    session.finish().await;
    done
}

/// Signing in that a signal interrupts is done, if the server has done it: the session before it has
/// ended by then.
async fn finished(signing: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    match or_stop_soon(signing).await {
        (Err(_), Some(number)) => Err(Failure::signal(number)),
        (done, _) => done,
    }
}

async fn in_session(
    session: &mut SignedIn,
    command: &SessionCommand,
    paths: &Paths,
    out: &mut Out,
) -> Result<(), Failure> {
    match command {
        SessionCommand::Whoami => signing::whoami(session, out).await,
        SessionCommand::Sessions(how) => sessions::sessions(session, *how, out).await,
        SessionCommand::Token(TokenCommand::Create(how)) => {
            sessions::create_token(session, how, out).await
        }
        SessionCommand::Send(how) => send::send(session, how, paths, out).await,
        SessionCommand::Ask(how) => ask::ask(session, how, out).await,
        SessionCommand::Read(how) => read::read(session, how, out).await,
        SessionCommand::Chats(how) => lists::chats(session, *how, out).await,
        SessionCommand::People(how) => lists::people(session, how, out).await,
        SessionCommand::Status(how) => profile::status(session, how, out).await,
        SessionCommand::Profile(how) => profile::profile(session, how, out).await,
        SessionCommand::Avatar(how) => profile::avatar(session, &how.command, out).await,
        SessionCommand::Follow(how) => follow::follow(session, how, out).await,
        SessionCommand::Save(how) => save::save(session, how, out).await,
        SessionCommand::Block(how) => blocks::set(session, &how.user, true, out).await,
        SessionCommand::Unblock(how) => blocks::set(session, &how.user, false, out).await,
        SessionCommand::Blocked => blocks::list(session, out).await,
        SessionCommand::Export(how) => read::export(session, how, out).await,
    }
}
