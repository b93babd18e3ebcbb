//! The examples, run as their users would: with restarts, and with the server away in the middle.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chatter_tests::PATIENCE;
use chatter_tests::binaries::binary;
use chatter_tests::server::Server;
use chatter_tests::shell::{Said, Shell};
use chatter_tests::wait_until;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

/// A program that runs until it is stopped; killed when dropped.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("it starts"))
    }

    /// Its first line.
    fn first_line(&mut self) -> String {
        let mut line = String::new();
        let out = self.0.stdout.as_mut().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("reads");
        line.trim_end().to_owned()
    }

    fn kill(mut self) {
        self.0.kill().expect("kills");
        self.0.wait().expect("ends");
    }

    fn stop(&mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.0), Signal::TERM).expect("there");
        self.0.wait().expect("ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn two(server: &Server) -> (Shell, Shell) {
    (Shell::signed_up(&server.url(), "ada"), Shell::signed_up(&server.url(), "grace"))
}

fn token_file(shell: &Shell, rights: &str) -> PathBuf {
    let token = shell.run(&["token", "create", "--name", "example", "--rights", rights]).exits(0);
    let path = shell.file("token");
    fs::write(&path, token.out).expect("writes");
    path
}

/// What both said in the chat with `peer`, once there are as many messages.
fn bodies(shell: &Shell, peer: &str, count: usize) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = shell.run(&["read", peer, "--json", "--limit", "1000"]);
        let bodies: Vec<String> = match said.code {
            Some(0) => said
                .records()
                .iter()
                .map(|it| it["body"].as_str().unwrap_or("").to_owned())
                .collect(),
            _ => vec![],
        };
        if bodies.len() >= count {
            return bodies;
        }
        assert!(Instant::now() < deadline, "waited for {count} messages; {bodies:?}");
    }
}

fn script(name: &str) -> String {
    format!("{}/../examples/scripts/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A shell script of the examples, with `chatter` in its path.
fn run_script(shell: &Shell, name: &str, arguments: &[&str]) -> Command {
    let plain = shell.command(&[]);
    let mut command = Command::new("sh");
    command.arg(script(name)).args(arguments).env_clear();
    for (variable, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(variable, value);
        }
    }
    let folder = binary("chatter").parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").expect("a path");
    command.env("PATH", format!("{folder}:{path}")).env("TAIL_LOG_WAIT", "0.1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn the_echo_bot_answers_each_message_once_also_after_a_kill_and_a_restart_of_the_server() {
    let mut server = Server::start();
    let (bot, grace) = two(&server);
    let (token, position) = (token_file(&bot, "send,read"), bot.file("position"));
    let start = || {
        let mut command = Command::new(binary("echo-bot"));
        command.args(["--server", &server_url(&bot)]).arg("--token-file").arg(&token);
        command.arg("--position").arg(&position).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running::start(&mut command);
        assert_eq!(running.first_line(), "@ada listens");
        running
    };
    let running = start();
    grace.run(&["send", "ada", "hello"]).exits(0);
    assert_eq!(bodies(&grace, "ada", 2), ["hello", "hello"]);
    running.kill();
    grace.run(&["send", "ada", "while you were away"]).exits(0);
    let mut running = start();
    assert_eq!(bodies(&grace, "ada", 4)[2..], ["while you were away", "while you were away"]);
    server.kill();
    server.restart();
    grace.run(&["send", "ada", "after a restart", "--timeout", "20s"]).exits(0);
    assert_eq!(bodies(&grace, "ada", 6)[4..], ["after a restart", "after a restart"]);
    assert_eq!(grace.json(&["chats"])[0]["unread_count"], 3, "its answers, and nothing twice");
    running.stop();
}

fn server_url(shell: &Shell) -> String {
    shell.json(&["whoami"])[0]["server"].as_str().expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alert_relay_tells_each_alert_once_and_says_200_only_when_it_is_stored() {
    let mut server = Server::start();
    let (ada, grace) = two(&server);
    let token = token_file(&ada, "send");
    let mut command = Command::new(binary("alert-relay"));
    command.args(["--server", &server.url(), "--to", "grace", "--listen", "127.0.0.1:0"]);
    command.arg("--token-file").arg(&token).stdout(Stdio::piped());
    let mut relay = Running::start(&mut command);
    let address = relay.first_line().replace("listening on ", "") + "/alerts";
    chatter::net::tls::install_default();
    let http = reqwest::Client::new();
    let post = async |body: String| {
        let answer = http.post(&address).body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.headers().contains_key("retry-after"))
    };
    let alert = |title: &str, text: &str| {
        let alert =
            json!({ "title": title, "severity": "critical", "text": text, "fingerprint": "db1" });
        alert.to_string()
    };
    for _ in 0..3 {
        assert_eq!(post(alert("Disk full", "2 % left")).await, (200, false));
    }
    assert_eq!(post("{".to_owned()).await.0, 400);
    assert_eq!(post(alert(" ", "no title")).await.0, 400);
    assert_eq!(post("x".repeat(65 * 1024)).await.0, 413);
    server.kill();
    assert_eq!(post(alert("Disk full", "1 % left")).await, (503, true));
    server.restart();
    assert_eq!(post(alert("Disk full", "1 % left")).await, (200, false));
    let told = bodies(&grace, "ada", 2);
    assert_eq!(
        told,
        ["**critical: Disk full**\n\n2 % left", "**critical: Disk full**\n\n1 % left"]
    );
    assert_eq!(relay.stop(), Some(0));
}

#[test]
fn a_deployment_waits_for_a_yes() {
    let mut server = Server::start();
    let (ada, grace) = two(&server);
    let mut asked = 0;
    let mut deploy = |answer: Option<&str>, timeout: &str| -> Said {
        let mut command = run_script(
            &ada,
            "deploy-approval.sh",
            &["grace", "4.2", "sh", "-c", "echo deployed; exit 3"],
        );
        let child = command.env("APPROVAL_TIMEOUT", timeout).spawn().expect("it starts");
        if let Some(answer) = answer {
            bodies(&grace, "ada", asked + 1);
            grace.run(&["send", "ada", answer]).exits(0);
        }
        let said = Said::from(child.wait_with_output().expect("ends"));
        asked += 2;
        said
    };
    let approved = deploy(Some("yes"), "30s").exits(3);
    assert!(approved.out.ends_with("deployed\n"), "{approved:?}");
    let refused = deploy(Some("no"), "30s").exits(10);
    assert!(!refused.out.contains("deployed"), "{refused:?}");
    deploy(None, "1s").exits(11);
    server.kill();
    deploy(None, "1s").exits(12);
    let nobody =
        run_script(&ada, "deploy-approval.sh", &["no such person", "4.2", "true"]).output();
    Said::from(nobody.expect("it starts")).exits(13);
}

#[test]
fn a_log_tells_of_what_matches_once_over_restarts_and_rotation() {
    let mut server = Server::start();
    let (ada, grace) = two(&server);
    let (log, state) = (ada.file("app.log"), ada.file("tail"));
    let write = |text: &str| {
        let mut file = OpenOptions::new().create(true).append(true).open(&log).expect("opens");
        file.write_all(text.as_bytes()).expect("writes");
    };
    write("error: from before the first start\n");
    let (log_name, state_name) = (log.display().to_string(), state.display().to_string());
    let arguments = ["grace", &log_name, "error|panic", &state_name];
    let start = || Running::start(&mut run_script(&ada, "tail-log.sh", &arguments));
    let all = |count: usize| {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = grace.run(&["read", "ada", "--json"]);
            let text: Vec<String> = match said.code {
                Some(0) => said
                    .records()
                    .iter()
                    .flat_map(|it| {
                        it["body"]
                            .as_str()
                            .unwrap_or("")
                            .lines()
                            .map(str::to_owned)
                            .collect::<Vec<_>>()
                    })
                    .collect(),
                _ => vec![],
            };
            if text.len() >= count {
                return text;
            }
            assert!(Instant::now() < deadline, "waited for {count} lines: {text:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let running = start();
    wait_until("the first position", || state.join("position").exists());
    write("error: one\nfine\npanic: two\n");
    all(2);
    running.kill();
    write("error: three\n");
    let running = start();
    all(3);
    server.kill();
    write("error: four\n");
    fs::rename(&log, ada.file("app.log.1")).expect("rotates");
    write("error: five\n");
    server.restart();
    let told = all(5);
    running.kill();
    let words = ["error: one", "panic: two", "error: three", "error: four", "error: five"];
    assert_eq!(told, words);
    let running = start();
    write("error: six\n");
    assert_eq!(all(6)[5], "error: six");
    running.kill();
}
