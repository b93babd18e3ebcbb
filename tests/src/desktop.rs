//! What a desktop session has and a server has not: a session bus and a keyring behind it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::wait_until;

/// A session bus with GNOME's keyring, both of the test's own; stopped when dropped.
pub struct Desktop {
    folder: TempDir,
    address: String,
    bus: Child,
    keyring: Child,
}

/// Whether this machine has what a [`Desktop`] needs.
pub fn is_there() -> bool {
    ["dbus-daemon", "dbus-send", "gnome-keyring-daemon"].iter().all(|program| {
        let mut tried = Command::new(program);
        // Each of them says how it is used, not each calls that a success.
        tried.arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    })
}

impl Desktop {
    /// Starts one with an unlocked, empty keyring.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a directory");
        let config = folder.path().join("bus.conf");
        std::fs::write(&config, BUS_CONFIG).expect("writes");
        let mut bus = quiet("dbus-daemon", folder.path());
        let mut bus = bus
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a session bus");
        let mut address = String::new();
        let stdout = bus.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut address).expect("it says where it is");
        let address = address.trim().to_owned();
        let mut keyring = quiet("gnome-keyring-daemon", folder.path());
        let mut keyring = keyring
            .args(["--foreground", "--unlock", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a keyring");
        keyring.stdin.take().expect("it is piped").write_all(b"password").expect("it is read");
        let desktop = Self { folder, address, bus, keyring };
        wait_until("the unlocked keyring", || {
            let default = ["/org/freedesktop/secrets", SERVICE_READ_ALIAS, "string:default"];
            desktop.ask("org.freedesktop.secrets", &default).contains("/collection/")
        });
        desktop
    }

    /// Where the bus is, as `DBUS_SESSION_BUS_ADDRESS` has it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The folder in which the keyring keeps its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How many entries the keyring has under `chatter`.
    pub fn entries(&self) -> usize {
        let search = "org.freedesktop.Secret.Service.SearchItems";
        let ours = "dict:string:string:service,chatter";
        let found =
            self.ask("org.freedesktop.secrets", &["/org/freedesktop/secrets", search, ours]);
        found.matches("object path").count()
    }

    /// Locks the keyring: from here on it asks for its password.
    pub fn lock(&self) {
        let lock = "org.freedesktop.Secret.Service.Lock";
        let all = "array:objpath:/org/freedesktop/secrets/collection/login";
        self.ask("org.freedesktop.secrets", &["/org/freedesktop/secrets", lock, all]);
    }

    /// Has the keyring answer nothing, as one that waits for a person does.
    pub fn hang(&self) {
        self.signal(Signal::STOP);
    }

    /// Has it answer again.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    /// What the bus answers; nothing if it refuses.
    fn ask(&self, name: &str, call: &[&str]) -> String {
        let mut sent = quiet("dbus-send", self.folder.path());
        sent.args(["--session", "--print-reply", &format!("--dest={name}")]).args(call);
        sent.env("DBUS_SESSION_BUS_ADDRESS", &self.address).stdout(Stdio::piped());
        String::from_utf8_lossy(&sent.output().expect("it is there").stdout).into_owned()
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.keyring.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("it runs");
    }
}

/// A session's bus that starts no services: asked for the keyring before it is there, another would start a
/// second one, locked and empty, in its place.
const BUS_CONFIG: &str = r#"<busconfig>
    <type>session</type>
    <listen>unix:tmpdir=/tmp</listen>
    <policy context="default">
        <allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/>
        <allow own="*"/>
    </policy>
</busconfig>"#;

const SERVICE_READ_ALIAS: &str = "org.freedesktop.Secret.Service.ReadAlias";

impl Drop for Desktop {
    fn drop(&mut self) {
        for child in [&mut self.keyring, &mut self.bus] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A program whose home is `folder`, with nothing of the developer's.
fn quiet(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("XDG_DATA_HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
