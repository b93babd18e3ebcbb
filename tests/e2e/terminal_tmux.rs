//! In tmux: what is copied and told reaches the terminal behind it where tmux allows that, and
//! where it does not, the person hears what to set.

use std::path::PathBuf;
use std::process::Command;

use chatter_tests::binaries::binary;
use chatter_tests::chance::is_skipped;
use chatter_tests::terminal::{Answers, Terminal, command};
use tempfile::TempDir;

use crate::person::ENTER;

/// A tmux server of its own, in a terminal; it is stopped when this is dropped.
pub(crate) struct Tmux {
    home: TempDir,
    pub(crate) terminal: Terminal,
}

impl Tmux {
    /// tmux with these lines in its configuration, running `program`.
    fn start(config: &str, program: &str) -> Self {
        Self::start_answering(config, program, Answers::all())
    }

    /// The same in a terminal that answers questions in its own way.
    pub(crate) fn start_answering(config: &str, program: &str, answers: Answers) -> Self {
        let home = TempDir::new().expect("a home");
        let file = home.path().join("tmux.conf");
        // The terminal's clipboard: xterm's entry for it is not in every terminfo.
        let config = format!(
            "set -g status off\nset -as terminal-overrides ',*:Ms=\\E]52;%p1%s;%p2%s\\007'\n{config}\n"
        );
        std::fs::write(&file, config).expect("writes");
        let mut tmux = command("tmux", home.path());
        tmux.env("SHELL", "/bin/sh");
        tmux.args(["-S", "socket", "-f"]);
        tmux.arg(&file);
        tmux.args(["new-session", &format!("{program}; echo ended; cat")]);
        tmux.cwd(home.path());
        let terminal = Terminal::spawn_answering(tmux, (120, 50), answers);
        Self { home, terminal }
    }

    fn desk(config: &str) -> Self {
        let tmux = Self::start(config, env!("CARGO_BIN_EXE_desk"));
        tmux.terminal.wait_for("ready");
        tmux
    }

    /// Types a line for the program in it and waits for what it says.
    fn line(&self, line: &str, said: &str) {
        self.terminal.keys(line);
        self.terminal.keys(ENTER);
        self.terminal.wait_for(said);
    }

    fn written(&self) -> String {
        String::from_utf8_lossy(&self.terminal.written()).into_owned()
    }

    /// The value of one of its options.
    pub(crate) fn option(&self, name: &str) -> String {
        let mut tmux = Command::new("tmux");
        let shown = tmux.arg("-S").arg(self.socket()).args(["show", "-gv", name]).output();
        String::from_utf8_lossy(&shown.expect("runs").stdout).trim().to_owned()
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("socket")
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(self.socket()).arg("kill-server").output();
    }
}

pub(crate) fn has_tmux() -> bool {
    let asked = Command::new("tmux").arg("-V").output();
    asked.is_ok_and(|output| output.status.success())
}

fn is_left_out(test: &str) -> bool {
    is_skipped(test, "tmux", has_tmux())
}

/// `hello` in base64.
const HELLO: &str = "aGVsbG8=";

#[test]
fn doctor_finds_the_settings_of_tmux_and_the_lines_to_change() {
    if is_left_out("doctor_finds_the_settings_of_tmux_and_the_lines_to_change") {
        return;
    }
    let doctor = format!("{} doctor", binary("chatter").display());
    let tmux = Tmux::start("set -g set-clipboard external", &doctor);
    let screen = tmux.terminal.wait_for("ended");
    for line in ["set -g set-clipboard on", "set -g allow-passthrough on", "set -g focus-events on"]
    {
        assert!(screen.contains(line), "{line} is missing:\n{screen}");
    }
    assert!(screen.contains("through tmux"), "{screen}");

    let good = "set -g set-clipboard on\nset -g allow-passthrough on\nset -g focus-events on\n\
                set -g escape-time 10\nset -g extended-keys on";
    let tmux = Tmux::start(good, &doctor);
    let screen = tmux.terminal.wait_for("ended");
    assert!(!screen.contains("tmux.conf"), "{screen}");
}

#[test]
fn a_copy_reaches_the_terminal_the_way_that_tmux_allows() {
    if is_left_out("a_copy_reaches_the_terminal_the_way_that_tmux_allows") {
        return;
    }
    let tmux = Tmux::desk("set -g set-clipboard on\nset -g allow-passthrough off");
    tmux.line("copy hello", "Copied to tmux");
    tmux.terminal.wait_written("the copy from tmux", |written| written.contains(HELLO));

    let tmux = Tmux::desk("set -g set-clipboard external\nset -g allow-passthrough on");
    tmux.line("copy hello", "Copied to your terminal");
    tmux.terminal.wait_written("the copy around tmux", |written| written.contains(HELLO));

    // tmux's own defaults: nothing arrives, and nobody is told that it did.
    let tmux = Tmux::desk("set -g set-clipboard external\nset -g allow-passthrough off");
    tmux.line("copy hello", "Not copied: tmux");
    assert!(!tmux.written().contains(HELLO));
}

#[test]
fn a_notification_passes_tmux_or_rings_at_least() {
    if is_left_out("a_notification_passes_tmux_or_rings_at_least") {
        return;
    }
    let tmux = Tmux::desk("set -g allow-passthrough on");
    tmux.line("notify hello", "done");
    tmux.terminal.wait_written("the notification", |written| {
        written.contains("\x1b]777;notify;Chatter;hello\x07") && rings(written)
    });
    let tmux = Tmux::desk("set -g allow-passthrough off");
    tmux.line("notify hello", "done");
    tmux.terminal.wait_written("the bell", rings);
    assert!(!tmux.written().contains("777;notify"), "tmux keeps it back");
}

/// Whether a bell rang: a BEL that ends no string.
fn rings(written: &str) -> bool {
    written.split('\x1b').any(|part| part.contains('\x07') && !part.starts_with(']'))
}
