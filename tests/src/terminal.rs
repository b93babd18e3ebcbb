//! A program in a terminal of its own: types keys, reads the screen.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::PATIENCE;

/// What a terminal answers when it is asked; a question without an answer is ignored.
#[derive(Clone, Default)]
pub struct Answers {
    /// To what it is (DA1), such as `62;22`.
    pub attributes: Option<String>,
    /// To its background (OSC 11), such as `rgb:ffff/ffff/ffff`.
    pub background: Option<String>,
    /// To its name (XTVERSION).
    pub name: Option<String>,
    /// Whether it knows kitty's keyboard protocol.
    pub keyboard: bool,
    /// Whether it knows synchronized output.
    pub synchronized: bool,
    /// Whether it tells where its cursor is.
    pub cursor: bool,
    /// Whether it takes pictures by kitty's protocol.
    pub graphics: bool,
    /// To how many pixels a cell has (XTWINOPS 16), down and across, such as `20;10`.
    pub cell: Option<String>,
    /// How long each answer takes.
    pub delay: Duration,
}

impl Answers {
    /// Of a terminal that knows only what all know.
    pub fn plain() -> Self {
        Self { attributes: Some("62;22".to_owned()), ..Self::default() }
    }

    /// Of one that never answers.
    pub fn none() -> Self {
        Self::default()
    }

    /// Of one that answers everything, on a light background.
    pub fn all() -> Self {
        Self {
            background: Some("rgb:fdfd/f6f6/e3e3".to_owned()),
            name: Some("ghostty 1.0.1".to_owned()),
            keyboard: true,
            synchronized: true,
            cursor: true,
            ..Self::plain()
        }
    }

    fn to(&self, question: Question, (row, column): (u16, u16)) -> Option<String> {
        match question {
            Question::Attributes => self.attributes.as_ref().map(|all| format!("\x1b[?{all}c")),
            Question::Background => {
                self.background.as_ref().map(|colour| format!("\x1b]11;{colour}\x1b\\"))
            }
            Question::Name => self.name.as_ref().map(|name| format!("\x1bP>|{name}\x1b\\")),
            Question::Keyboard => self.keyboard.then(|| "\x1b[?1u".to_owned()),
            Question::Synchronized => self.synchronized.then(|| "\x1b[?2026;2$y".to_owned()),
            Question::Graphics => self.graphics.then(|| "\x1b_Gi=31;OK\x1b\\".to_owned()),
            Question::Cell => self.cell.as_ref().map(|size| format!("\x1b[6;{size}t")),
            Question::Cursor => self.cursor.then(|| format!("\x1b[{};{}R", row + 1, column + 1)),
        }
    }
}

#[derive(Clone, Copy)]
enum Question {
    Attributes,
    Background,
    Name,
    Keyboard,
    Synchronized,
    Graphics,
    Cell,
    Cursor,
}

const QUESTIONS: [(&[u8], Question); 9] = [
    (b"\x1b[c", Question::Attributes),
    (b"\x1b]11;?\x1b\\", Question::Background),
    (b"\x1b[>0q", Question::Name),
    (b"\x1b[>q", Question::Name),
    (b"\x1b[?u", Question::Keyboard),
    (b"\x1b[?2026$p", Question::Synchronized),
    (b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", Question::Graphics),
    (b"\x1b[16t", Question::Cell),
    (b"\x1b[6n", Question::Cursor),
];

/// A pseudo-terminal with a program in it; the program is killed when this is dropped.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    shown: Arc<Shown>,
}

/// What the program has drawn so far.
struct Shown {
    state: Mutex<Drawing>,
    changed: Condvar,
}

struct Drawing {
    parser: vt100::Parser,
    /// Every byte that the program wrote.
    written: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Starts `command` in a terminal of `columns` x `rows`.
    pub fn spawn(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        Self::spawn_answering(command, (columns, rows), Answers::plain())
    }

    /// The same in a terminal that answers questions in its own way.
    pub fn spawn_answering(
        command: CommandBuilder,
        (columns, rows): (u16, u16),
        answers: Answers,
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let drawing = Drawing {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            written: Vec::new(),
            ended: false,
        };
        let shown = Arc::new(Shown { state: Mutex::new(drawing), changed: Condvar::new() });
        let (drawn, answered) = (shown.clone(), writer.clone());
        std::thread::spawn(move || read_all(reader, &drawn, &answers, &answered));
        Self { master: pair.master, child, writer, shown }
    }

    /// Types text or escape sequences, as they are.
    pub fn keys(&self, keys: &str) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_all(keys.as_bytes()).expect("the program reads");
        writer.flush().expect("the program reads");
    }

    /// Pastes text, as a terminal with bracketed paste does.
    pub fn paste(&self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// The screen as text, without trailing blanks.
    pub fn screen(&self) -> String {
        self.drawing().parser.screen().contents()
    }

    /// Every byte that the program wrote to the terminal.
    pub fn written(&self) -> Vec<u8> {
        self.drawing().written.clone()
    }

    /// Whether the program is on the alternate screen, hides the cursor, or has the mouse: what a
    /// shell must not be left with.
    pub fn is_taken_over(&self) -> bool {
        let drawing = self.drawing();
        let screen = drawing.parser.screen();
        screen.alternate_screen()
            || screen.hide_cursor()
            || screen.bracketed_paste()
            || screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
    }

    /// Changes the size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.drawing().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(size).expect("resizes");
    }

    /// Waits until the screen shows `text`; returns the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows `text`.
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("no {text:?}"), |screen| !screen.contains(text))
    }

    /// Waits until `is_there` holds of the screen; `what` says what was waited for.
    pub fn wait_until(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        self.wait(what, |drawing| is_there(&drawing.parser.screen().contents()))
    }

    /// Waits until `is_there` holds of all that the program wrote; returns the screen.
    pub fn wait_written(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        self.wait(what, |drawing| is_there(&String::from_utf8_lossy(&drawing.written)))
    }

    fn wait(&self, what: &str, is_there: impl Fn(&Drawing) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut drawing = self.drawing();
        loop {
            let screen = drawing.parser.screen().contents();
            if is_there(&drawing) {
                return screen;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {what} in vain; the screen:\n{screen}");
            assert!(
                !drawing.ended,
                "waited for {what}, but the program ended; the screen:\n{screen}"
            );
            drawing = self
                .shown
                .changed
                .wait_timeout(drawing, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until the program has ended; returns its exit code.
    pub fn wait_exit(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        let mut drawing = self.shown.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !drawing.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            let screen = drawing.parser.screen().contents();
            assert!(!left.is_zero(), "the program does not end; the screen:\n{screen}");
            let wait = left.min(Duration::from_secs(1));
            drawing = self
                .shown
                .changed
                .wait_timeout(drawing, wait)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        drop(drawing);
        self.child.wait().expect("waits").exit_code()
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("it was started")
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.expect("a process id"), signal).expect("it runs");
    }

    fn drawing(&self) -> MutexGuard<'_, Drawing> {
        self.shown.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Not the hang-up that `Child::kill` begins with: a stopped program would not notice it.
        let pid = self.child.process_id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// A command with a clean environment: nothing of the developer's terminal or home leaks in.
pub fn command(program: impl AsRef<OsStr>, home: &std::path::Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.env("HOME", home);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("TZ", "UTC");
    // Without it a bus is looked for in the developer's own session, and a keyring behind it.
    command.env("DBUS_SESSION_BUS_ADDRESS", no_bus(home));
    command.env("CHATTER_CREDENTIAL_STORE", "file");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (variable, folder) in [
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
    ] {
        command.env(variable, home.join(folder));
    }
    command
}

/// The address of a session bus that is not there.
pub fn no_bus(home: &std::path::Path) -> String {
    format!("unix:path={}", home.join("no-bus").display())
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has at least one cell")
}

fn read_all(
    mut reader: Box<dyn Read + Send>,
    shown: &Shown,
    answers: &Answers,
    writer: &Arc<Mutex<Box<dyn Write + Send>>>,
) {
    let mut buffer = [0; 16 * 1024];
    let mut held = Vec::new();
    let mut answered = Vec::new();
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        held.extend_from_slice(&buffer[..count]);
        let mut drawing = shown.state.lock().unwrap_or_else(PoisonError::into_inner);
        drawing.written.extend_from_slice(&buffer[..count]);
        while let Some((end, question)) = first_question(&held) {
            drawing.parser.process(&held[..end]);
            held.drain(..end);
            answered.extend(answers.to(question, drawing.parser.screen().cursor_position()));
        }
        let whole = held.len() - cut_question(&held);
        drawing.parser.process(&held[..whole]);
        held.drain(..whole);
        shown.changed.notify_all();
        drop(drawing);
        answer(std::mem::take(&mut answered), answers.delay, writer);
    }
    shown.state.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
    shown.changed.notify_all();
}

/// Types the answers, each by itself, as a line that is slow brings them.
fn answer(answers: Vec<String>, delay: Duration, writer: &Arc<Mutex<Box<dyn Write + Send>>>) {
    if answers.is_empty() {
        return;
    }
    let writer = writer.clone();
    std::thread::spawn(move || {
        for answer in answers {
            std::thread::sleep(delay);
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = writer.write_all(answer.as_bytes()).and_then(|()| writer.flush());
        }
    });
}

/// Where the first question ends, and which it is.
fn first_question(bytes: &[u8]) -> Option<(usize, Question)> {
    let found = QUESTIONS.iter().filter_map(|(text, question)| {
        let start = bytes.windows(text.len()).position(|window| window == *text)?;
        Some((start + text.len(), *question))
    });
    found.min_by_key(|(end, _)| *end)
}

/// Bytes at the end that may begin a question.
fn cut_question(bytes: &[u8]) -> usize {
    let cut = |text: &[u8]| {
        (1..text.len()).rev().find(|count| bytes.ends_with(&text[..*count])).unwrap_or(0)
    };
    QUESTIONS.iter().map(|(text, _)| cut(text)).max().unwrap_or(0)
}
