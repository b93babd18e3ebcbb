//! Commands where something is missing or in the way: no terminal to ask on, a full disk, a kill in
//! the middle, other processes that watch; and the commands that the README shows.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chatter_tests::binaries::binary;
use chatter_tests::chance::is_skipped;
use chatter_tests::rest::PICTURE;
use chatter_tests::server::Server;
use chatter_tests::shell::{PASSWORD, Said, Shell};
use chatter_tests::small_disk::SmallDisk;
use chatter_tests::terminal::{Terminal, command};
use chatter_tests::wait_until;
use tempfile::TempDir;

#[test]
fn a_password_that_nothing_gives_is_asked_for_and_not_shown() {
    let server = Server::start();
    Shell::signed_up(&server.url(), "ada");
    let home = TempDir::new().expect("a home");
    let mut signin = command(binary("chatter"), home.path());
    signin.args(["signin", "--username", "ada", "--server", &server.url()]);
    let mut terminal = Terminal::spawn(signin, 100, 24);
    terminal.wait_for("Password of ada at http://127.0.0.1");
    terminal.keys(PASSWORD);
    terminal.keys("\r");
    let screen = terminal.wait_for("@ada");
    assert_eq!(terminal.wait_exit(), 0);
    assert!(!String::from_utf8_lossy(&terminal.written()).contains("1843"), "{screen}");
}

#[test]
fn a_full_disk_keeps_no_half_of_a_session_and_leaves_none_open() {
    const TEST: &str = "a_full_disk_keeps_no_half_of_a_session_and_leaves_none_open";
    let disk = SmallDisk::mount(1);
    if is_skipped(TEST, "the right to mount a tmpfs", disk.is_some()) {
        return;
    }
    let Some(disk) = disk else { return };
    let server = Server::start();
    let ada = Shell::signed_up(&server.url(), "ada");
    let signin = ["signin", "--username", "ada", "--password", PASSWORD];
    let on_disk = |arguments: &[&str]| {
        let mut command = ada.command(arguments);
        command.env("HOME", disk.path());
        Said::from(command.output().expect("it starts"))
    };
    on_disk(&["whoami"]).exits(3);
    disk.fill();
    let refused = on_disk(&signin).exits(8);
    assert!(refused.err.contains("Signed out again"), "{refused:?}");
    assert_eq!(ada.json(&["sessions"]).len(), 1, "only the one from before");
    // One that needs nothing on disk works meanwhile.
    let one_off = ["send", "ada", "note", "--username", "ada", "--password", PASSWORD];
    on_disk(&one_off).exits(0);
    disk.free();
    on_disk(&signin).exits(0);
    on_disk(&["whoami"]).exits(0);
}

/// Every command line and environment of the machine's processes in which `secret` stands, but for
/// the environment of processes that have it from us.
fn seen_in(secret: &str, is_given_to: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = vec![];
    for process in fs::read_dir("/proc").expect("lists").flatten() {
        let read = |name: &str| fs::read(process.path().join(name)).unwrap_or_default();
        let line = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
        if line.contains(secret) {
            found.push(format!("command line: {line}"));
        }
        if String::from_utf8_lossy(&read("environ")).contains(secret) && !is_given_to(&line) {
            found.push(format!("environment of: {line}"));
        }
    }
    found
}

#[test]
fn nobody_who_watches_processes_files_or_logs_sees_a_secret() {
    let server = Server::start();
    let ada = Shell::signed_up(&server.url(), "ada");
    let token = ada.run(&["token", "create", "--name", "watched"]).exits(0).out.trim().to_owned();
    let secret_file = ada.file("secret");
    let password = "a secret of nobody else 4711";
    fs::write(&secret_file, password).expect("writes");
    let by_command = format!("cat {}", secret_file.display());
    let is_over = AtomicBool::new(false);
    // A process that is just being made has no command line yet.
    let is_given_to = |line: &str| line.is_empty() || line.contains("chatter");
    let (told, seen) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = vec![];
            while !is_over.load(Ordering::Relaxed) {
                for secret in [token.as_str(), password] {
                    seen.extend(seen_in(secret, &is_given_to));
                }
            }
            seen
        });
        let run = |arguments: &[&str]| {
            let mut command = ada.command(arguments);
            command.env("CHATTER_TOKEN", &token).env("CHATTER_LOG", "trace");
            let said = Said::from(command.output().expect("it starts"));
            format!("{}{}", said.out, said.err)
        };
        let mut told = vec![
            run(&["send", "ada", "hello"]),
            run(&[
                "follow",
                "--since",
                ":0",
                "--count",
                "1",
                "--exec-replayed",
                "--exec",
                "sleep",
                "0.2",
            ]),
            run(&["whoami", "--json"]),
            run(&["sessions"]),
        ];
        let signin = ["signin", "--username", "ada", "--password-command", &by_command];
        told.push(format!("{:?}", ada.run(&signin).exits(3)));
        is_over.store(true, Ordering::Relaxed);
        (told, watching.join().expect("watches"))
    });
    assert_eq!(seen, Vec::<String>::new());
    let mut texts = told;
    let session = ada.home().join(".local/state/chatter/session.json");
    for file in ada.files() {
        if file != session && file != secret_file {
            texts.push(String::from_utf8_lossy(&fs::read(file).expect("reads")).into_owned());
        }
    }
    let log = ada.home().join(".local/state/chatter/chatter.log");
    assert!(log.exists(), "the log is among them");
    for text in texts.iter().chain([&server.log()]) {
        assert!(!text.contains(&token) && !text.contains(password), "{text}");
    }
    // The control: one that is careless is seen.
    let mut careless = Command::new("sleep").arg("60").env("X", password).spawn().expect("starts");
    wait_until("the environment of sleep", || {
        seen_in(password, &|line| line.contains("chatter")).iter().any(|it| it.contains("sleep"))
    });
    careless.kill().expect("kills");
    careless.wait().expect("ends");
    let mut careless = Command::new("sh");
    careless.args(["-c", "read line", "sh", password]).stdin(std::process::Stdio::piped());
    let mut careless = careless.spawn().expect("starts");
    wait_until("its command line", || {
        seen_in(password, &|_| true).iter().any(|line| line.starts_with("command line"))
    });
    drop(careless.stdin.take());
    careless.wait().expect("ends");
}

/// Programs that the README's lines use and this test has no need of.
fn stubs(folder: &Path) {
    fs::create_dir(folder).expect("makes");
    let has_jq = Command::new("jq").arg("--version").output().is_ok();
    let jq = if has_jq { "exec jq \"$@\"" } else { "exec cat" };
    for (name, script) in [
        ("make", "echo it is built"),
        ("journalctl", "echo a line"),
        ("pass", "echo engine analytical 1843"),
        ("deploy.sh", "echo deployed"),
        ("on-message.sh", "cat"),
        ("jq", jq),
    ] {
        if name == "jq" && has_jq {
            continue;
        }
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("writes");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("sets");
    }
    std::os::unix::fs::symlink(binary("chatter"), folder.join("chatter")).expect("links");
    for picture in ["me.png", "screenshot.png"] {
        fs::write(folder.join(picture), PICTURE).expect("writes");
    }
}

/// The lines of the shell blocks of the README's part on scripting.
fn readme_lines() -> Vec<String> {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let text = fs::read_to_string(readme).expect("reads");
    let part = text.split("\n## Scripting\n").nth(1).expect("a part on scripting");
    let part = part.split("\n## ").next().expect("its end");
    let blocks = part.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

const COMMANDS_WITH_EXAMPLES: [&[&str]; 10] = [
    &[],
    &["send"],
    &["ask"],
    &["read"],
    &["follow"],
    &["status"],
    &["profile"],
    &["avatar"],
    &["block"],
    &["save"],
];

/// The examples that `--help` shows; what opens the screen is left out.
fn help_lines(shell: &Shell) -> Vec<String> {
    let mut lines = vec![];
    for command in COMMANDS_WITH_EXAMPLES {
        let help = shell.run(&[command, &["--help"]].concat()).exits(0).out;
        let shown = help.split("Examples:").nth(1).or(help.split("Example:").nth(1));
        let shown = shown.unwrap_or_else(|| panic!("no examples: {help}"));
        let examples = shown.lines().map(str::trim).filter(|line| line.contains("chatter "));
        lines.extend(examples.map(str::to_owned));
    }
    lines.retain(|line| *line != "chatter --server chat.example.org");
    lines
}

/// Ends what goes on until then, when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn what_readme_and_help_show_of_scripting_works_as_it_stands() {
    let server = Server::start();
    let (ada, grace) =
        (Shell::signed_up(&server.url(), "ada"), Shell::signed_up(&server.url(), "grace"));
    let folder = ada.file("bin");
    stubs(&folder);
    let path = std::env::var("PATH").expect("a path");
    let lines = [readme_lines(), help_lines(&ada)].concat();
    assert!(lines.len() >= 20, "{lines:?}");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Also when a line fails: who answers must not go on for ever.
        let _over = Over(&is_over);
        // Grace, who says yes to everything, so that what waits for a message or an answer goes on.
        let answering = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                // While she is blocked she is refused.
                let said = grace.run(&["send", "ada", "yes"]);
                assert!(matches!(said.code, Some(0 | 3)), "{said:?}");
                grace.run(&["read", "ada", "--unread", "--mark-read"]);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        for line in &lines {
            // What would go on for ever ends with the first message.
            let line = line
                .replace("chatter follow", "chatter follow --count 1")
                .replace("chat.example.org", &server.url());
            let mut shell = ada.command(&[]);
            let environment: Vec<_> = shell
                .get_envs()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
                .collect();
            shell = Command::new("sh");
            shell
                .args(["-c", &line])
                .env_clear()
                .envs(environment)
                .env("CHATTER_PASSWORD", PASSWORD)
                .env("PATH", format!("{}:{path}", folder.display()))
                .current_dir(&folder);
            let said = Said::from(shell.output().expect("it starts"));
            assert_eq!(said.code, Some(0), "{line}\n{said:?}");
            if line.contains("deploy.sh") {
                assert_eq!(said.out, "yes\ndeployed\n", "{line}");
            }
        }
        is_over.store(true, Ordering::Relaxed);
        answering.join().expect("answers");
    });
    let bodies: Vec<_> = grace.json(&["read", "ada", "--limit", "1000"]);
    for body in ["The build is green.", "it is built"] {
        assert!(bodies.iter().any(|it| it["body"] == body), "{body} did not arrive");
    }
}
