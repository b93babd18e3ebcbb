//! Tells a person of alerts: a monitoring system posts them to a loopback address as JSON.
//!
//! Shows how a program tells a person something, once, with a token that may do nothing else. It
//! answers 200 only when the chat server has stored the message; an alert that is posted again,
//! because that answer was lost or because the alert goes on, is not told again.
//!
//! ```sh
//! chatter token create --name alerts --rights send > alerts.token
//! cargo run --bin alert-relay -- --server chat.example.org --token-file alerts.token --to grace
//! curl http://127.0.0.1:9095/alerts -d '{ "title": "Disk full", "severity": "critical",
//!     "text": "/var on db1 has 2 % left", "fingerprint": "db1/var 2026-11-24" }'
//! ```

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, serve};
use chatter::cli::parse_username;
use chatter::headless::key_for;
use chatter::net::{Api, NetError, NetOptions, ServerUrl};
use chatter_protocol::rest::PostMessageRequest;
use chatter_protocol::{ErrorCode, Secret, UserRef, Username};
use clap::Parser;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

/// Largest body of a request, bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long the chat server may take; who posts an alert waits that long.
const PATIENCE: Duration = Duration::from_secs(10);

/// When to post an alert again that could not be told.
const RETRY_AFTER_S: u64 = 5;

/// Tells a person of alerts that are posted to /alerts
#[derive(Parser)]
struct Args {
    /// Chat server to talk to
    #[arg(long, env = "CHATTER_SERVER", value_name = "URL")]
    server: String,

    /// The token in this file lets the relay send
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,

    /// Whom to tell
    #[arg(long, value_name = "USER", value_parser = parse_username)]
    to: Username,

    /// Where to listen; an address of this machine only, since whoever reaches it may post
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9095")]
    listen: SocketAddr,
}

/// An alert, as it is posted.
#[derive(Deserialize)]
struct Alert {
    title: String,
    severity: String,
    text: String,
    /// Names the alert: the same one with the same text is told once.
    fingerprint: String,
}

/// Whom to tell, and by what.
struct Relay {
    api: Api,
    to: UserRef,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    anyhow::ensure!(args.listen.ip().is_loopback(), "Listen on 127.0.0.1 or [::1].");
    chatter::net::tls::install_default();
    let options = NetOptions { request_timeout: PATIENCE, ..NetOptions::default() };
    let token = std::fs::read_to_string(&args.token_file)
        .with_context(|| format!("No token in {}", args.token_file.display()))?;
    let api = Api::new(ServerUrl::parse(&args.server, false)?, &options)?
        .with_token(Secret::new(token.trim()));
    let relay = Arc::new(Relay { api, to: UserRef::Username(args.to) });

    let app = Router::new()
        .route("/alerts", post(take))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(relay);
    let listener = TcpListener::bind(args.listen).await.context("It can't listen")?;
    let (mut stop, mut late) = (signal(SignalKind::terminate())?, signal(SignalKind::terminate())?);
    tell(&format!("listening on http://{}", listener.local_addr()?));
    tokio::select! {
        // What is being told is finished.
        served = serve(listener, app).with_graceful_shutdown(async move {
            stop.recv().await;
        }) => served?,
        () = async {
            late.recv().await;
            sleep(PATIENCE).await;
        } => tell("Not all who posted have heard the end."),
    }
    Ok(())
}

/// Answers 200 once the alert is stored, so that whoever posted it may forget it.
async fn take(
    State(relay): State<Arc<Relay>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<&'static str, Response> {
    let body = body.map_err(IntoResponse::into_response)?;
    let alert: Alert =
        serde_json::from_slice(&body).map_err(|error| refused(&error.to_string()))?;
    if alert.title.trim().is_empty() || alert.fingerprint.is_empty() {
        return Err(refused("An alert has a title and a fingerprint."));
    }
    match relay.tell(&alert).await {
        Ok(()) => Ok("told\n"),
        Err(error) => Err(not_told(&error)),
    }
}

impl Relay {
    async fn tell(&self, alert: &Alert) -> Result<(), NetError> {
        let Alert { title, severity, text, fingerprint } = alert;
        // Both parts in quotes, so that no two alerts make the same text.
        let key = key_for(&format!("alert {fingerprint:?} {text:?}"));
        let body = format!("**{}: {}**\n\n{}", severity.trim(), title.trim(), text.trim());
        let request = PostMessageRequest {
            attachments: Vec::new(),
            client_msg_id: key,
            body,
            reply_to: None,
            unattended: true,
        };
        match self.api.post_to(&self.to, &request).await {
            // Told before, under another title.
            Err(error) if error.code() == Some(ErrorCode::IdempotencyConflict) => Ok(()),
            told => told.map(drop),
        }
    }
}

/// The alert is wrong: posting it again would not help.
fn refused(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response()
}

/// The alert was not told, and may be told later; or not before somebody mends something.
fn not_told(error: &NetError) -> Response {
    tell(&format!("not told: {error}"));
    let why = format!("{error}\n");
    match error.code() {
        _ if error.is_retryable() => {
            let wait = error.retry_after().as_secs().max(RETRY_AFTER_S).to_string();
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, wait)], why).into_response()
        }
        Some(ErrorCode::BodyTooLong | ErrorCode::TextRefused | ErrorCode::TooLarge) => {
            refused(&why)
        }
        _ => (StatusCode::BAD_GATEWAY, why).into_response(),
    }
}

/// A line for the log; nobody may be there to read it.
fn tell(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
