//! The terminal: taken over at the start, given back on every way out.
//!
//! Knows nothing of what is drawn.

use std::io::{self, Stdout, Write, stdout};
use std::thread;

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

/// The terminal while it is ours; dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over, and makes sure that a panic gives it back before it is reported.
    ///
    /// # Errors
    /// If standard output is no terminal that can be written to.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        let screen = Self { terminal: Terminal::new(CrosstermBackend::new(stdout()))? };
        enable_raw_mode()?;
        // Asked for without asking whether the terminal knows it: one that doesn't ignores it, and
        // one that doesn't answer would hold up the first frame.
        let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
        execute!(
            stdout(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            PushKeyboardEnhancementFlags(flags),
        )?;
        Ok(screen)
    }

    /// Its size in columns and rows.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws a frame in one go, so that no half of it ever shows.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(stdout(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(render).map(drop);
        execute!(stdout(), EndSynchronizedUpdate)?;
        drawn
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Each step is tried though another failed: after a hang-up nobody is
/// there to be told.
fn restore() {
    let _ = execute!(stdout(), EndSynchronizedUpdate, PopKeyboardEnhancementFlags);
    let _ = execute!(stdout(), DisableFocusChange, DisableBracketedPaste);
    let _ = execute!(stdout(), LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}

/// A panic that ends the program gives the terminal back first; one in a background task, which
/// does not, goes to the log and leaves the screen alone.
fn restore_on_panic() {
    let screen_thread = thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == screen_thread {
            restore();
            report(panic);
        } else {
            tracing::error!("a background task failed: {panic}");
        }
    }));
}
