//! `chatter-server` that acknowledges before the disk has it: what the test of power cuts must see
//! lose messages.

use std::io::Write;

use chatter_server::store::sqlite::Durability;
use chatter_server::{CommandLine, Server};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut settings = CommandLine::parse().settings()?;
    settings.durability = Durability::ProcessEnd;
    let server = Server::start(settings).await?;
    writeln!(std::io::stdout(), "listening on {}", server.url())?;
    // Lives until it is killed.
    std::future::pending().await
}
