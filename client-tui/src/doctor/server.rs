//! Whether the server can be reached, agrees on the time, and knows the session.

use std::time::{Duration, Instant};

use chatter_protocol::{Secret, ServerFrame, Timestamp};

use crate::cli::Args;
use crate::credentials::SavedSession;
use crate::net::{Api, Link, LinkEvent, LinkStatus, NetError, NetOptions, ServerUrl};

use super::finding::Finding;

/// Limit for each question to the server; a person waits.
const DEADLINE: Duration = Duration::from_secs(10);

/// Clocks further apart than this show wrong times. Answers tell whole seconds and take a while.
const CLOCK_SKEW_MAX_MS: i64 = 5_000;

const SERVER: &str = "server";

/// All findings about the server that is named, else the one of the saved session.
pub(super) async fn check(args: &Args, saved: Option<SavedSession>) -> Vec<Finding> {
    let named = match args.server() {
        Ok(named) => named,
        Err(error) => return vec![Finding::problem(SERVER, error.to_string())],
    };
    let saved = saved.filter(|saved| named.as_ref().is_none_or(|named| *named == saved.server));
    let token = match args.token() {
        Ok(token) => token.or_else(|| saved.as_ref().map(|saved| saved.token.clone())),
        Err(error) => return vec![Finding::problem("session", error.to_string())],
    };
    match named.or_else(|| saved.map(|saved| saved.server)) {
        Some(server) => ask(&server, token, args.net_options()).await,
        None => vec![
            Finding::note(SERVER, "none is known; skipped").advise("Name one: --server ADDRESS"),
        ],
    }
}

async fn ask(server: &ServerUrl, token: Option<Secret>, options: NetOptions) -> Vec<Finding> {
    let options = NetOptions { connect_timeout: DEADLINE, request_timeout: DEADLINE, ..options };
    let api = match Api::new(server.clone(), &options) {
        Ok(api) => api,
        Err(error) => return vec![Finding::problem(SERVER, error.to_string())],
    };
    let started = Instant::now();
    let health = api.health().await;
    let took = started.elapsed();
    let mut findings = vec![reached(server, &health, took)];
    let Ok(clock) = health else { return findings };
    findings.push(encryption(server));
    findings.push(skew(clock, Timestamp::now()));
    let Some(token) = token else {
        findings.push(Finding::note("session", "nobody is signed in; skipped"));
        return findings;
    };
    match api.with_token(token.clone()).session().await {
        Ok(answer) => {
            let name = answer.me.user.username;
            findings.push(Finding::ok("session", format!("valid, of @{name}")));
            findings.push(link(server, options, token).await);
        }
        Err(error) => {
            findings.push(Finding::problem("session", error.to_string()).advise("Sign in again."));
        }
    }
    findings
}

fn reached<T>(server: &ServerUrl, health: &Result<T, NetError>, took: Duration) -> Finding {
    match health {
        Ok(_) => {
            let ms = took.as_millis();
            Finding::ok(SERVER, format!("{server} is ready, protocol version 1, {ms} ms"))
        }
        Err(error) => Finding::problem(SERVER, error.to_string()),
    }
}

fn encryption(server: &ServerUrl) -> Finding {
    const WHAT: &str = "encryption";
    match (server.is_secure(), server.is_loopback()) {
        (true, _) => Finding::ok(WHAT, "TLS, with a certificate that was verified"),
        (false, true) => Finding::ok(WHAT, "none, and none is needed on this machine"),
        (false, false) => Finding::note(WHAT, "none: everybody on the way can read along")
            .advise("Use an https:// address."),
    }
}

fn skew(server: Option<Timestamp>, here: Timestamp) -> Finding {
    const WHAT: &str = "clock";
    let Some(server) = server else {
        return Finding::note(WHAT, "the server does not tell its time");
    };
    let ahead_ms = here.as_millis() - server.as_millis();
    let seconds = (ahead_ms.abs() + 500) / 1_000;
    match ahead_ms {
        _ if ahead_ms.abs() <= CLOCK_SKEW_MAX_MS => Finding::ok(WHAT, "agrees with the server's"),
        1.. => Finding::note(WHAT, format!("{seconds} s ahead of the server's"))
            .advise("Order and delivery don't depend on it; shown times do. Set the clock."),
        _ => Finding::note(WHAT, format!("{seconds} s behind the server's"))
            .advise("Order and delivery don't depend on it; shown times do. Set the clock."),
    }
}

/// Proxies that pass REST on but not WebSockets are common.
async fn link(server: &ServerUrl, options: NetOptions, token: Secret) -> Finding {
    const WHAT: &str = "live link";
    let (_link, mut events) = Link::start(server.clone(), options, token, None);
    let welcome = async {
        while let Some(event) = events.recv().await {
            match event {
                LinkEvent::Frame(frame) => {
                    if let ServerFrame::Welcome(welcome) = *frame {
                        return Ok(welcome.server);
                    }
                }
                LinkEvent::Status(
                    LinkStatus::Waiting { reason, .. } | LinkStatus::Forbidden { reason },
                ) => return Err(reason),
                LinkEvent::Status(_) => {}
            }
        }
        Err("it ended".to_owned())
    };
    let answered = tokio::time::timeout(DEADLINE, welcome).await;
    let cause = match answered {
        Ok(Ok(name)) => {
            let name = chatter_protocol::text::sanitize_line(&name).into_owned();
            return Finding::ok(WHAT, format!("up, with {name}"));
        }
        Ok(Err(cause)) => chatter_protocol::text::sanitize_line(&cause).into_owned(),
        Err(_) => "no answer in time".to_owned(),
    };
    Finding::problem(WHAT, format!("can't be opened: {cause}"))
        .advise("A proxy in between must pass WebSockets on (Upgrade and Connection headers).")
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_noted_with_its_direction() {
        let at = Timestamp::from_millis;
        assert_eq!(skew(Some(at(100_000)), at(104_900)).level, Level::Ok);
        assert!(skew(Some(at(100_000)), at(160_400)).finding.contains("60 s ahead"));
        assert!(skew(Some(at(160_000)), at(100_000)).finding.contains("60 s behind"));
        assert_eq!(skew(None, at(0)).level, Level::Note);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_problem_and_none_named_is_not() {
        let none = check(&Args::default(), None).await;
        assert!(none.iter().all(|finding| finding.level == Level::Note), "{none:?}");
        let args = Args { server: Some("http://127.0.0.1:1".to_owned()), ..Args::default() };
        let gone = check(&args, None).await;
        assert!(gone[0].is_problem() && gone[0].finding.contains("127.0.0.1"), "{gone:?}");
    }
}
