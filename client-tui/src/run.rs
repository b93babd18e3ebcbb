//! The loop: events in, state changed, effects done, one frame drawn.
//!
//! Waits for whatever comes first; when nothing comes, nothing runs.

use std::future::Future;
use std::io;
use std::thread;
use std::time::Duration;

use chatter_protocol::Timestamp;
use crossterm::event::{Event as TerminalEvent, KeyEventKind};
use futures_util::FutureExt;
use ratatui::layout::Size;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

use crate::effects::Effects;
use crate::state::{Effect, Event, State};
use crate::terminal::{Screen, hung_up};
use crate::update::update;
use crate::view::{self, Theme};

/// Events applied before a frame is drawn, so that a flood can't keep the screen from moving.
const EVENTS_PER_FRAME_MAX: usize = 1_000;

/// Terminal events that wait to be applied; past it the terminal itself holds them.
const KEYS_MAX: usize = 256;

/// Runs until the person leaves, the terminal is gone, or `stop` is done.
///
/// # Errors
/// If the terminal can't be written to.
pub async fn run(
    screen: &mut Screen,
    state: &mut State,
    effects: &mut Effects,
    theme: &Theme,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut keyboard = keyboard();
    let mut stop = std::pin::pin!(stop);
    let mut hung_up = std::pin::pin!(hung_up());
    state.size = screen.size()?;
    settle(state, effects);
    loop {
        screen.draw(|frame| {
            let places = view::draw(frame, state, theme);
            if state.config.look.links {
                places.write_links(frame.buffer_mut());
            }
        })?;
        let first = tokio::select! {
            () = &mut stop => return Ok(()),
            () = &mut hung_up => return Ok(()),
            event = keyboard.recv() => match event {
                Some(event) => terminal_event(event?),
                None => return Ok(()),
            },
            event = effects.next() => Some(event),
            () = until(state.next_wakeup()) => Some(Event::Woken),
        };
        if !apply_batch(first, state, effects, &mut keyboard)? {
            return Ok(());
        }
    }
}

/// What the terminal reports, read by a thread of its own: reading a terminal that is gone never
/// returns, and a thread, unlike a task, does not hold up the end of the program.
fn keyboard() -> mpsc::Receiver<io::Result<TerminalEvent>> {
    let (sender, receiver) = mpsc::channel(KEYS_MAX);
    thread::spawn(move || {
        loop {
            let event = crossterm::event::read();
            let failed = event.is_err();
            if sender.blocking_send(event).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// Applies an event and all that wait behind it. `false` when it is time to leave.
fn apply_batch(
    first: Option<Event>,
    state: &mut State,
    effects: &mut Effects,
    keyboard: &mut mpsc::Receiver<io::Result<TerminalEvent>>,
) -> io::Result<bool> {
    let mut next = first;
    for _ in 0..EVENTS_PER_FRAME_MAX {
        if let Some(event) = next.take()
            && !apply(state, effects, event)
        {
            return Ok(false);
        }
        next = match keyboard.try_recv() {
            Ok(event) => match terminal_event(event?) {
                Some(event) => Some(event),
                None => continue,
            },
            Err(TryRecvError::Disconnected) => return Ok(false),
            Err(TryRecvError::Empty) => effects.next().now_or_never(),
        };
        if next.is_none() {
            break;
        }
    }
    if let Some(event) = next
        && !apply(state, effects, event)
    {
        return Ok(false);
    }
    settle(state, effects);
    Ok(true)
}

/// `false` when it is time to leave.
fn apply(state: &mut State, effects: &mut Effects, event: Event) -> bool {
    state.now = Timestamp::now();
    let wanted = update(state, event);
    let leave = wanted.contains(&Effect::Quit);
    wanted.into_iter().for_each(|effect| effects.perform(effect));
    !leave
}

fn settle(state: &mut State, effects: &mut Effects) {
    apply(state, effects, Event::Settled);
}

fn terminal_event(event: TerminalEvent) -> Option<Event> {
    match event {
        TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => {
            Some(Event::Key(key.into()))
        }
        TerminalEvent::Key(_) | TerminalEvent::Mouse(_) => None,
        TerminalEvent::Paste(text) => Some(Event::Pasted(text)),
        TerminalEvent::Resize(width, height) => Some(Event::Resized(Size::new(width, height))),
        TerminalEvent::FocusGained => Some(Event::Focus(true)),
        TerminalEvent::FocusLost => Some(Event::Focus(false)),
    }
}

async fn until(at: Option<Timestamp>) {
    match at {
        Some(at) => {
            let left_ms = at.as_millis() - Timestamp::now().as_millis();
            tokio::time::sleep(Duration::from_millis(left_ms.max(0).unsigned_abs())).await;
        }
        None => std::future::pending().await,
    }
}
