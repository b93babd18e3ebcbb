//! Prints the token of the session that is kept here, as `chatter` would find it: what the tests look
//! for where it must not be.

use std::io::Write;

use chatter::{credentials, paths::Paths};

fn main() -> anyhow::Result<()> {
    let saved = credentials::load(&Paths::new(None)?)?;
    let token = saved.as_ref().map_or("", |saved| saved.token.expose());
    Ok(std::io::stdout().write_all(token.as_bytes())?)
}
