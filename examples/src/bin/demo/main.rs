//! The demo: a server in a temporary directory, a few people with a history, one of whom answers
//! like a person, and the client signed in as `ada`. Without a terminal the same as text.

mod cast;
mod grace;
mod text;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use chatter::cli::Args;
use chatter::credentials::{self, SavedSession, Store};
use chatter::net::{NetOptions, ServerUrl};
use chatter::paths::Paths;
use chatter_server::{Server, Settings};

use cast::Cast;
use grace::Grace;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the one place that prints errors")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("The demo needs a temporary directory")?;
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        data: folder.path().join("server"),
        ..Settings::default()
    };
    let server = Server::start(settings).await?;
    let url = ServerUrl::parse(&server.url(), false)?;
    chatter::net::tls::install_default();
    let cast = Cast::assemble(&url).await?;
    let grace = Grace::join(&url, cast.grace_token()).await?;
    if std::io::stdout().is_terminal() {
        tokio::spawn(grace.live());
        open_client(&url, &cast, &Paths::below(&folder.path().join("client"))).await?;
    } else {
        text::exchange(&url, &cast, grace).await?;
    }
    server.stop().await;
    Ok(())
}

async fn open_client(url: &ServerUrl, cast: &Cast, paths: &Paths) -> anyhow::Result<()> {
    let ada = cast.ada();
    credentials::save(
        paths,
        &SavedSession {
            server: url.clone(),
            token: ada.token.clone(),
            session: ada.session.clone(),
            me: ada.me.user.clone(),
        },
        Store::File,
    )?;
    let args = Args::default();
    let config = args.sources(paths).load().map_err(|problems| {
        let sentences: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(sentences.join("\n"))
    })?;
    chatter::app::run(&args, paths.clone(), config).await
}

/// How everybody in the demo talks to the server.
fn net_options() -> NetOptions {
    NetOptions::default()
}
