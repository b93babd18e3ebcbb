//! The loop: events in, state changed, effects done, one frame drawn.
//!
//! Waits for whatever comes first; when nothing comes, nothing runs. What a person does is painted
//! at once; what only the network brings is painted at once, too, unless it comes in a flood.

mod frames;
mod look;
mod pictures;

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::time::Duration;

use chatter_protocol::Timestamp;
use crossterm::event::{Event as TerminalEvent, KeyEventKind};
use futures_util::FutureExt;
use ratatui::layout::Size;
use tokio::time::Instant;

use crate::effects::Effects;
use crate::pictures::{Failed, Gallery, Painted};
use crate::state::{Answer, Effect, Event, State};
use crate::terminal::{
    Desk, ExternalEditor, Finish, Input, Keyboard, Screen, Signal, Signals, stop_until_continued,
};
use crate::update::update;
use crate::view;

pub use look::Looks;

use frames::Frames;

/// Events applied before a frame is drawn, so that a flood can't keep the screen from moving.
const EVENTS_PER_FRAME_MAX: usize = 1_000;

/// What is done at the terminal and waits while an editor has it; of more the oldest is dropped.
const PUT_OFF_MAX: usize = 32;

/// Everything that the loop works on.
pub struct Client<'a> {
    /// Where it is drawn.
    pub screen: &'a mut Screen,
    /// What a person does.
    pub keyboard: Keyboard,
    /// What the system says.
    pub signals: Signals,
    /// What is done at the terminal.
    pub desk: Desk,
    /// What is shown.
    pub state: &'a mut State,
    /// What is done elsewhere.
    pub effects: &'a mut Effects,
    /// In which colours.
    pub look: Looks,
    /// Pictures, wanted and finished.
    pub gallery: Gallery,
}

/// What came, and from whom.
enum Came {
    /// From the person: painted at once.
    Person(Option<Event>),
    /// From network or disk: painted at once unless it comes in floods.
    Others(Event),
    /// A picture was made, or could not be.
    Picture(Option<Failed>),
    /// tmux answered; these effects waited for it.
    Ready(Vec<Effect>),
    Signal(Signal),
    /// Something is to be done of which nothing shows.
    Chore,
    /// A frame that was put off is due.
    FrameDue,
    /// The terminal is gone.
    Gone,
}

/// Whether to go on after a batch of events.
enum Next {
    /// Draw, at once if a person waits for it.
    Draw {
        is_urgent: bool,
    },
    /// Nothing looks different.
    Wait,
    /// Let the person edit this text elsewhere, then draw.
    Edit(String),
    Leave,
}

impl Client<'_> {
    /// Runs until the person leaves, the terminal is gone, or the system asks to end.
    ///
    /// # Errors
    /// If the terminal can't be written to.
    pub async fn run(&mut self) -> io::Result<()> {
        let ended = self.run_until_end().await;
        // A terminal that is gone has no pictures either.
        let _ = self.screen.write(&self.gallery.leave());
        ended
    }

    async fn run_until_end(&mut self) -> io::Result<()> {
        let mut frames = Frames::new();
        self.state.size = self.screen.size()?;
        self.screen.set_mouse(self.desk.config().mouse.enabled)?;
        self.settle()?;
        loop {
            if frames.is_due(Instant::now()) {
                let is_done = self.draw()?;
                frames.drawn(Instant::now());
                if !is_done {
                    frames.owe(false);
                }
            }
            let next = match self.wait(&frames).await {
                Came::FrameDue => continue,
                Came::Gone => Next::Leave,
                Came::Person(event) => self.apply_batch(event, true)?,
                Came::Others(event) => {
                    let is_urgent = !comes_in_floods(&event);
                    self.apply_batch(Some(event), is_urgent)?
                }
                Came::Picture(failed) => {
                    match self.apply_batch(failed.map(Event::PictureFailed), false)? {
                        // It is made, and nothing is to be done but to draw it.
                        Next::Wait => Next::Draw { is_urgent: false },
                        other => other,
                    }
                }
                Came::Ready(effects) => self.perform_all(effects)?,
                Came::Chore => self.do_chores()?,
                Came::Signal(signal) => self.obey(signal).await?,
            };
            match next {
                Next::Leave => return Ok(()),
                Next::Draw { is_urgent } => frames.owe(is_urgent),
                Next::Wait => {}
                Next::Edit(text) => match self.edit(&text).await? {
                    Next::Leave => return Ok(()),
                    _ => frames.owe(true),
                },
            }
        }
    }

    /// Draws a frame; whether all of it is there.
    fn draw(&mut self) -> io::Result<bool> {
        self.look.follow(self.state);
        self.follow_pictures()?;
        let Self { screen, state, look, gallery, .. } = self;
        let mut painted = Painted::default();
        screen.draw(|buffer| {
            look.places = view::draw_on(buffer, state, &look.theme);
            if state.config.look.links {
                look.places.write_links(buffer);
            }
            painted = gallery.paint(look.places.pictures(), buffer);
            Finish { cursor: look.places.cursor(), scrolled: look.places.scrolled() }
        })?;
        self.go_on_with_pictures(&painted)
    }

    async fn wait(&mut self, frames: &Frames) -> Came {
        tokio::select! {
            // A person is heard before anybody else.
            biased;
            signal = self.signals.next() => Came::Signal(signal),
            input = self.keyboard.next() => match input {
                Some(input) => Came::Person(self.input_event(input)),
                None => Came::Gone,
            },
            effects = self.desk.ready() => Came::Ready(effects.into()),
            event = self.effects.next() => Came::Others(event),
            made = self.gallery.next() => Came::Picture(made),
            () = until(self.state.next_change()) => Came::Person(Some(Event::Woken)),
            () = until(self.state.next_chore()) => Came::Chore,
            () = frames.until_due() => Came::FrameDue,
        }
    }

    /// Applies an event and those that wait behind it, a person's first. Ends early once something
    /// urgent has happened and nothing more of a person's waits: they are to see it.
    fn apply_batch(&mut self, first: Option<Event>, mut is_urgent: bool) -> io::Result<Next> {
        let mut next = first;
        let mut looks_different = false;
        for _ in 0..EVENTS_PER_FRAME_MAX {
            if let Some(event) = next.take() {
                looks_different |= !matches!(event, Event::Kept);
                match self.apply(event)? {
                    Next::Draw { .. } => {}
                    other => return Ok(other),
                }
            }
            match self.keyboard.next_waiting() {
                Err(_) => return Ok(Next::Leave),
                Ok(Some(input)) => {
                    is_urgent = true;
                    next = self.input_event(input);
                }
                Ok(None) if is_urgent => break,
                Ok(None) => match self.effects.next().now_or_never() {
                    Some(event) => {
                        is_urgent |= !comes_in_floods(&event);
                        next = Some(event);
                    }
                    None => break,
                },
            }
        }
        if let Some(event) = next {
            looks_different |= !matches!(event, Event::Kept);
            match self.apply(event)? {
                Next::Draw { .. } => {}
                other => return Ok(other),
            }
        }
        self.settle()?;
        Ok(if looks_different || is_urgent { Next::Draw { is_urgent } } else { Next::Wait })
    }

    /// Does what time asks for. What it changes on screen, if that is due, too, is drawn.
    fn do_chores(&mut self) -> io::Result<Next> {
        let now = Timestamp::now();
        let shows = self.state.next_change().is_some_and(|at| at <= now);
        self.apply(Event::Woken)?;
        self.settle()?;
        Ok(if shows { Next::Draw { is_urgent: true } } else { Next::Wait })
    }

    fn apply(&mut self, event: Event) -> io::Result<Next> {
        self.state.now = Timestamp::now();
        let wanted = update(self.state, event);
        self.perform_all(wanted)
    }

    fn settle(&mut self) -> io::Result<()> {
        self.apply(Event::Settled).map(drop)
    }

    fn perform_all(&mut self, effects: Vec<Effect>) -> io::Result<Next> {
        let mut next = Next::Draw { is_urgent: true };
        for effect in effects {
            match effect {
                Effect::Quit => next = Next::Leave,
                Effect::EditExternally { text } if !matches!(next, Next::Leave) => {
                    next = Next::Edit(text);
                }
                effect if is_at_terminal(&effect) => {
                    if effect == Effect::Redraw {
                        self.gallery.forget_sent();
                    }
                    if let Some(event) = self.desk.perform(effect, self.screen)? {
                        self.apply(event)?;
                    }
                }
                effect => self.effects.perform(effect),
            }
        }
        Ok(next)
    }

    async fn obey(&mut self, signal: Signal) -> io::Result<Next> {
        match signal {
            Signal::Stop | Signal::Interrupt => return Ok(Next::Leave),
            Signal::Resized => self.resized()?,
            Signal::Suspend => self.step_aside(stop_until_continued).await?,
            // The shell had the terminal meanwhile, and has left it as it likes it.
            Signal::Continued => self.step_aside(|| Ok(())).await?,
        }
        self.settle()?;
        Ok(Next::Draw { is_urgent: true })
    }

    /// Gives the terminal back, does `meanwhile`, and takes it over again.
    async fn step_aside(&mut self, meanwhile: fn() -> io::Result<()>) -> io::Result<()> {
        self.keyboard.pause().await?;
        self.screen.suspended(async { meanwhile() }).await??;
        self.keyboard.go_on()?;
        self.resized()
    }

    /// Leaves the terminal to the person's editor. Network and disk go on meanwhile, unseen.
    async fn edit(&mut self, text: &str) -> io::Result<Next> {
        let configured = &self.desk.config().composer.editor;
        let editor = ExternalEditor::choose(configured, |name| std::env::var(name).ok());
        let folder = self.desk.paths().state_dir().map(|folder| folder.to_owned());
        let (editor, folder) = match (editor, folder) {
            (Ok(editor), Ok(folder)) => (editor, folder),
            (Err(problem), _) => return self.apply(Event::Edited(Err(problem))),
            (_, Err(error)) => {
                let problem = format!("No file for the editor: {error}.");
                return self.apply(Event::Edited(Err(problem)));
            }
        };
        self.keyboard.pause().await?;
        // What arrives now is not seen, so it is not read.
        self.apply(Event::Focus(false))?;
        self.settle()?;
        let mut put_off = VecDeque::new();
        let Self { screen, signals, state, effects, .. } = self;
        let edited = screen
            .suspended(async {
                let mut edited = pin!(editor.edit(text, &folder));
                loop {
                    tokio::select! {
                        edited = &mut edited => return Some(edited),
                        signal = signals.next() => match signal {
                            Signal::Stop => return None,
                            // The editor stopped, and so does the client with it.
                            Signal::Suspend => drop(stop_until_continued()),
                            Signal::Interrupt | Signal::Resized | Signal::Continued => {}
                        },
                        event = effects.next() => apply_unseen(state, effects, event, &mut put_off),
                        () = until(state.next_chore()) => {
                            apply_unseen(state, effects, Event::Woken, &mut put_off);
                        }
                    }
                }
            })
            .await?;
        self.keyboard.go_on()?;
        let Some(edited) = edited else { return Ok(Next::Leave) };
        self.resized()?;
        self.perform_all(put_off.into())?;
        self.apply(Event::Focus(true))?;
        let next = self.apply(Event::Edited(edited))?;
        self.settle()?;
        Ok(next)
    }

    /// The terminal has another size, or had one for a moment: what it cut off then is not there
    /// any more, so everything is written again.
    fn resized(&mut self) -> io::Result<()> {
        self.screen.redraw();
        self.gallery.forget_sent();
        let size = self.screen.size()?;
        self.apply(Event::Resized(size)).map(drop)
    }

    fn input_event(&mut self, input: Input) -> Option<Event> {
        match input {
            Input::Event(TerminalEvent::Mouse(mouse)) => self.look.mouse_event(mouse),
            Input::Event(event) => terminal_event(event),
            Input::Paused => None,
            // What an earlier run learned is better than the little that came in time.
            Input::Probed(probed) if !probed.is_complete && self.state.probed.is_some() => None,
            Input::Probed(probed) => {
                self.desk.learn(&probed, self.state.probed.as_ref());
                Some(Event::Probed(probed))
            }
        }
    }
}

/// Applies what network or disk brought while somebody else has the terminal. What is to be done at
/// the terminal is put off: it is not ours to write to.
fn apply_unseen(
    state: &mut State,
    effects: &mut Effects,
    event: Event,
    put_off: &mut VecDeque<Effect>,
) {
    state.now = Timestamp::now();
    for event in [event, Event::Settled] {
        for effect in update(state, event) {
            match is_at_terminal(&effect) {
                true => {
                    if put_off.len() == PUT_OFF_MAX {
                        put_off.pop_front();
                    }
                    put_off.push_back(effect);
                }
                false => effects.perform(effect),
            }
        }
    }
}

/// Whether others can make so many of these that a frame for each would be a flood. The rest is what
/// a person waits for: the answer to what they asked, the line that is lost or back.
fn comes_in_floods(event: &Event) -> bool {
    match event {
        Event::Frame(_) | Event::Kept | Event::Upload { .. } => true,
        // Asked for because of what others said.
        Event::Answered(answer) => matches!(**answer, Answer::Conversation(_)),
        _ => false,
    }
}

fn is_at_terminal(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Notify(_)
            | Effect::Copy(_)
            | Effect::Title(_)
            | Effect::TakeMouse(_)
            | Effect::Redraw
            | Effect::EditExternally { .. }
    )
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
