//! The thread that finds colours, what waits for it, and what it found.
//!
//! All of it is bounded: code that finds no room is shown plain.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Tokens;
use super::language::syntax_of;
use super::syntax::Highlighter;

/// Longer code is shown plain. Above what a message can hold today.
const CODE_BYTES_MAX: usize = 64 * 1024;

/// Code whose colours are remembered: several thousand blocks as people send them.
const REMEMBERED_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What was shown more recently is not forgotten for something new. Without that, a screen that
/// shows more than fits would ask for colours without end.
const IN_USE: Duration = Duration::from_secs(10);

/// Blocks that wait for the thread; more are asked for again when the screen is laid out next.
const WAITING_MAX: usize = 64;

static SHARED: LazyLock<Mutex<Shared>> = LazyLock::new(Mutex::default);

static READY: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

#[derive(Default)]
struct Shared {
    blocks: HashMap<Code, Remembered>,
    /// Bytes of all code in `blocks`.
    bytes: usize,
    waiting: Option<SyncSender<Code>>,
}

/// What is to be looked at.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Code {
    /// As the collection of syntaxes names it.
    syntax: &'static str,
    text: Arc<str>,
}

struct Remembered {
    /// None while it waits.
    tokens: Option<Tokens>,
    used_at: Instant,
}

/// Has `ready` called, on another thread, whenever colours of code have become available that
/// [`lay_out`](crate::markdown::lay_out) could not give before. Rows of the kind
/// [`RowKind::Code`](crate::markdown::RowKind::Code) may look different then. Replaces the one
/// before, so it is not the place to call this again.
pub fn on_highlighting_ready(ready: Box<dyn Fn() + Send>) {
    *locked(&READY) = Some(ready);
}

/// What `lines` are in `language`; none if that is not known, or not yet.
pub(in crate::markdown) fn tokens(language: &str, lines: &[&str]) -> Option<Tokens> {
    let syntax = syntax_of(language)?;
    let text: Arc<str> = lines.join("\n").into();
    if text.len() > CODE_BYTES_MAX {
        return None;
    }
    let code = Code { syntax, text };
    let mut shared = shared();
    let now = Instant::now();
    if let Some(remembered) = shared.blocks.get_mut(&code) {
        remembered.used_at = now;
        return remembered.tokens.clone();
    }
    shared.ask(code, now);
    None
}

fn shared() -> MutexGuard<'static, Shared> {
    locked(&SHARED)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn ask(&mut self, code: Code, now: Instant) {
        let bytes = code.text.len();
        if self.bytes + bytes > REMEMBERED_BYTES_MAX {
            self.blocks.retain(|_, block| now.duration_since(block.used_at) < IN_USE);
            self.bytes = self.blocks.keys().map(|code| code.text.len()).sum();
        }
        let has_room = self.bytes + bytes <= REMEMBERED_BYTES_MAX;
        if has_room && self.queue().is_some_and(|queue| queue.try_send(code.clone()).is_ok()) {
            self.bytes += bytes;
            self.blocks.insert(code, Remembered { tokens: None, used_at: now });
        }
    }

    /// The way to the thread, which is started when it is needed first.
    fn queue(&mut self) -> Option<&SyncSender<Code>> {
        if self.waiting.is_none() {
            let (sender, receiver) = sync_channel(WAITING_MAX);
            let thread = thread::Builder::new().name("highlight".to_owned());
            thread.spawn(move || work(&receiver)).ok()?;
            self.waiting = Some(sender);
        }
        self.waiting.as_ref()
    }
}

/// Looks at all that waits, says once that it is done, and sleeps until more comes.
fn work(waiting: &Receiver<Code>) {
    let mut highlighter = Highlighter::new();
    while let Ok(first) = waiting.recv() {
        let mut next = Some(first);
        while let Some(code) = next {
            let tokens = highlighter.tokens(code.syntax, &code.text);
            if let Some(block) = shared().blocks.get_mut(&code) {
                block.tokens = Some(tokens);
            }
            next = waiting.try_recv().ok();
        }
        if let Some(ready) = &*locked(&READY) {
            ready();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: usize) -> Code {
        Code {
            syntax: "rust",
            text: format!("{number:04}{}", "x".repeat(CODE_BYTES_MAX - 4)).into(),
        }
    }

    fn waiting_max(blocks: usize) -> (Shared, Receiver<Code>) {
        let (sender, receiver) = sync_channel(blocks);
        (Shared { waiting: Some(sender), ..Shared::default() }, receiver)
    }

    #[test]
    fn what_shows_is_not_forgotten_for_something_new() {
        let (mut shared, _receiver) = waiting_max(WAITING_MAX);
        let now = Instant::now();
        let fitting = REMEMBERED_BYTES_MAX / CODE_BYTES_MAX;
        for number in 0..=fitting {
            shared.ask(block(number), now);
        }
        assert_eq!(shared.blocks.len(), fitting);
        assert!(!shared.blocks.contains_key(&block(fitting)));
        shared.ask(block(fitting), now + IN_USE);
        assert!(shared.blocks.contains_key(&block(fitting)));
        assert_eq!(shared.bytes, CODE_BYTES_MAX);
    }

    #[test]
    fn what_can_not_wait_is_asked_for_again() {
        let (mut shared, receiver) = waiting_max(1);
        let now = Instant::now();
        shared.ask(block(1), now);
        shared.ask(block(2), now);
        assert!(!shared.blocks.contains_key(&block(2)));
        receiver.recv().unwrap();
        shared.ask(block(2), now);
        assert!(shared.blocks.contains_key(&block(2)));
    }
}
