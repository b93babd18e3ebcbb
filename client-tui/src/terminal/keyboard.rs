//! The keyboard's thread: reads the terminal and reports what a person does and what the terminal
//! answers. Rests in poll(2) while nothing comes, and steps aside while another program has the
//! terminal.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{Event, MouseEvent, MouseEventKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use super::Probed;
use super::decoder::{Decoded, Decoder};

/// Events that wait to be applied; past it the terminal itself holds what is typed.
const EVENTS_MAX: usize = 256;

/// Bytes read in one go.
const READ_BYTES: usize = 4096;

/// How long the terminal's answers are waited for before what is known so far is reported. Later
/// ones are reported when they come.
const PROBE_DEADLINE: Duration = Duration::from_secs(1);

/// How long after an escape character more may come that belongs to it: enough for a packet that
/// was cut in two, too little to be felt.
const KEY_PATIENCE: Duration = Duration::from_millis(25);

/// The same for an answer that has begun; the rest of it would be text.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

const PAUSE: u8 = b'p';
const GO_ON: u8 = b'g';

/// What the keyboard's thread reports.
#[derive(Debug)]
pub enum Input {
    /// Something that a person did.
    Event(Event),
    /// What the terminal answered.
    Probed(Box<Probed>),
    /// The thread has stepped aside.
    Paused,
}

/// The keyboard's thread as others see it. It ends when this is dropped.
#[derive(Debug)]
pub struct Keyboard {
    inputs: mpsc::Receiver<Input>,
    /// Taken from `inputs` before its time.
    waiting: VecDeque<Input>,
    control: PipeWriter,
}

impl Keyboard {
    /// Starts to read. Answers are awaited if `is_probing`, because questions were written.
    ///
    /// # Errors
    /// If there is no terminal to read from, or the system refuses a pipe.
    pub fn start(is_probing: bool) -> io::Result<Self> {
        let (commands, control) = io::pipe()?;
        let (sender, inputs) = mpsc::channel(EVENTS_MAX);
        let reader = Reader {
            terminal: File::from(terminal()?),
            commands,
            inputs: sender,
            decoder: Decoder::default(),
            probe_until: is_probing.then(|| Instant::now() + PROBE_DEADLINE),
        };
        // A thread, unlike a task, does not hold up the end of the program.
        thread::Builder::new().name("keyboard".to_owned()).spawn(move || reader.run())?;
        Ok(Self { inputs, waiting: VecDeque::new(), control })
    }

    /// The next input; none when the terminal is gone.
    pub async fn next(&mut self) -> Option<Input> {
        match self.waiting.pop_front() {
            Some(input) => Some(input),
            None => self.inputs.recv().await,
        }
    }

    /// The next input that waits. Of several drags in a row only the last counts.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn next_waiting(&mut self) -> Result<Option<Input>, TerminalGone> {
        let Some(mut input) = self.take_waiting()? else { return Ok(None) };
        while let Some(drag) = dragged(&input) {
            match self.take_waiting()? {
                Some(next) if dragged(&next).is_some_and(|next| next.kind == drag.kind) => {
                    input = next;
                }
                Some(next) => {
                    self.waiting.push_front(next);
                    break;
                }
                None => break,
            }
        }
        Ok(Some(input))
    }

    /// Leaves the terminal to somebody else: once this is done, nothing that is typed comes here.
    ///
    /// # Errors
    /// If the thread is gone.
    pub async fn pause(&mut self) -> io::Result<()> {
        self.control.write_all(&[PAUSE])?;
        while let Some(input) = self.inputs.recv().await {
            match input {
                Input::Paused => return Ok(()),
                input => self.waiting.push_back(input),
            }
        }
        Err(io::ErrorKind::BrokenPipe.into())
    }

    /// Reads again.
    ///
    /// # Errors
    /// If the thread is gone.
    pub fn go_on(&mut self) -> io::Result<()> {
        self.control.write_all(&[GO_ON])
    }

    fn take_waiting(&mut self) -> Result<Option<Input>, TerminalGone> {
        if let Some(input) = self.waiting.pop_front() {
            return Ok(Some(input));
        }
        match self.inputs.try_recv() {
            Ok(input) => Ok(Some(input)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(TerminalGone),
        }
    }
}

/// Nothing is typed any more, and nobody sees what is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalGone;

fn dragged(input: &Input) -> Option<&MouseEvent> {
    match input {
        Input::Event(Event::Mouse(mouse)) if matches!(mouse.kind, MouseEventKind::Drag(_)) => {
            Some(mouse)
        }
        _ => None,
    }
}

/// Where keys come from: standard input, or the terminal itself where a password was piped in.
fn terminal() -> io::Result<OwnedFd> {
    match io::stdin().is_terminal() {
        true => io::stdin().as_fd().try_clone_to_owned(),
        false => File::open("/dev/tty").map(OwnedFd::from),
    }
}

struct Reader {
    terminal: File,
    commands: PipeReader,
    inputs: mpsc::Sender<Input>,
    decoder: Decoder,
    /// Until when answers are awaited; none once they are reported.
    probe_until: Option<Instant>,
}

/// What poll(2) woke for.
enum Woken {
    Terminal,
    Command,
    Deadline,
}

impl Reader {
    /// Ends when the terminal is gone or nobody listens.
    fn run(mut self) {
        while self.step().is_some() {}
    }

    fn step(&mut self) -> Option<()> {
        match self.wait().ok()? {
            Woken::Command => self.obey(),
            Woken::Terminal => {
                let mut bytes = [0; READ_BYTES];
                let count = match self.terminal.read(&mut bytes) {
                    Ok(0) => return None,
                    Ok(count) => count,
                    Err(error) if is_passing(&error) => return Some(()),
                    Err(_) => return None,
                };
                let decoded = self.decoder.feed(&bytes[..count]);
                decoded.into_iter().try_for_each(|decoded| self.report(decoded))
            }
            Woken::Deadline => self.give_up_waiting(),
        }
    }

    fn wait(&mut self) -> io::Result<Woken> {
        let timeout = self.patience().and_then(|patience| Timespec::try_from(patience).ok());
        let mut watched = [
            PollFd::new(&self.commands, PollFlags::IN),
            PollFd::new(&self.terminal, PollFlags::IN),
        ];
        loop {
            match poll(&mut watched, timeout.as_ref()) {
                Ok(0) => return Ok(Woken::Deadline),
                Ok(_) if watched[0].revents().is_empty() => return Ok(Woken::Terminal),
                Ok(_) => return Ok(Woken::Command),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// How long to wait at most; for ever while nothing is incomplete.
    fn patience(&self) -> Option<Duration> {
        let held = match (self.decoder.is_holding(), self.decoder.may_be_key()) {
            (false, _) => None,
            (true, true) => Some(KEY_PATIENCE),
            (true, false) => Some(ANSWER_PATIENCE),
        };
        let probe = self.probe_until.map(|until| until.saturating_duration_since(Instant::now()));
        held.into_iter().chain(probe).min()
    }

    fn give_up_waiting(&mut self) -> Option<()> {
        if self.probe_until.is_some_and(|until| until <= Instant::now()) {
            return self.report(Decoded::Answered);
        }
        match self.decoder.give_up_waiting() {
            Some(decoded) => self.report(decoded),
            None => Some(()),
        }
    }

    fn report(&mut self, decoded: Decoded) -> Option<()> {
        let input = match decoded {
            Decoded::Event(event) => Input::Event(event),
            Decoded::Answered => {
                self.probe_until = None;
                Input::Probed(Box::new(self.decoder.probe.probed()))
            }
        };
        self.inputs.blocking_send(input).ok()
    }

    /// Steps aside until told to go on.
    fn obey(&mut self) -> Option<()> {
        let mut command = [0];
        self.commands.read_exact(&mut command).ok()?;
        if command != [PAUSE] {
            return Some(());
        }
        self.inputs.blocking_send(Input::Paused).ok()?;
        while command != [GO_ON] {
            self.commands.read_exact(&mut command).ok()?;
        }
        Some(())
    }
}

/// Worth another try: somebody made the terminal non-blocking, or a signal came.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
