//! The terminal: taken over at the start, given back on every way out.
//!
//! Knows nothing of what is drawn.

use std::fs::File;
use std::io::{self, IsTerminal, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, OwnedFd};
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
use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The terminal while it is ours; dropping it gives it back.
pub struct Screen {
    /// Never dropped: its own drop prints where it can't restore, and panics when the terminal is
    /// gone. [`restore`] does all that it would do.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    /// Rows of the last frame in which something stood whose width terminals disagree about.
    uncertain_rows: Vec<bool>,
}

impl Screen {
    /// Takes the terminal over, and makes sure that a panic gives it back before it is reported.
    ///
    /// # Errors
    /// If standard output is no terminal that can be written to.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        let screen = Self {
            terminal: ManuallyDrop::new(Terminal::new(CrosstermBackend::new(stdout()))?),
            uncertain_rows: Vec::new(),
        };
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
        let uncertain_rows = &mut self.uncertain_rows;
        let drawn = self.terminal.draw(|frame| {
            render(frame);
            *uncertain_rows = repaint_uncertain_rows(frame.buffer_mut(), uncertain_rows);
        });
        let drawn = drawn.map(drop);
        execute!(stdout(), EndSynchronizedUpdate)?;
        drawn
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Has the rows written in full that have, or had in the last frame, a character whose width
/// terminals disagree about: a terminal that gives it more columns than we count leaves the rest of
/// it in cells that would count as unchanged. Returns the rows that have one now.
fn repaint_uncertain_rows(buffer: &mut Buffer, before: &[bool]) -> Vec<bool> {
    let area = buffer.area;
    let mut now = Vec::with_capacity(area.height.into());
    for (index, y) in area.rows().map(|row| row.y).enumerate() {
        let is_uncertain =
            (area.left()..area.right()).any(|x| has_uncertain_width(&buffer[(x, y)]));
        if is_uncertain || before.get(index) == Some(&true) {
            for x in area.left()..area.right() {
                buffer[(x, y)].set_diff_option(CellDiffOption::AlwaysUpdate);
            }
        }
        now.push(is_uncertain);
    }
    now
}

/// Flags, joined pictures, and characters that were asked to be pictures.
fn has_uncertain_width(cell: &Cell) -> bool {
    let joins = |character| matches!(character, '\u{200D}' | '\u{FE0F}' | '\u{1F1E6}'..='\u{1F1FF}' | '\u{1F3FB}'..='\u{1F3FF}');
    !cell.symbol().is_ascii() && cell.symbol().chars().any(joins)
}

/// Done when the terminal is gone. Not every program is told by a signal, and reading tells nothing.
pub async fn hung_up() {
    let Ok(keyboard) = keyboard() else { return std::future::pending().await };
    // What can't be watched, such as a file, does not hang up either.
    #[expect(deprecated, reason = "the descriptor is owned and never replaced, as is asked for")]
    let Ok(watched) = AsyncFd::with_interest(keyboard, Interest::READABLE) else {
        return std::future::pending().await;
    };
    while let Ok(mut guard) = watched.readable().await {
        if guard.ready().is_read_closed() {
            return;
        }
        guard.clear_ready();
    }
}

/// Where keys come from: standard input, or the terminal itself where a password was piped in.
fn keyboard() -> io::Result<OwnedFd> {
    match io::stdin().is_terminal() {
        true => io::stdin().as_fd().try_clone_to_owned(),
        false => File::open("/dev/tty").map(OwnedFd::from),
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

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn rows_with_flags_are_written_in_full_once_more_after_the_flag_is_gone() {
        let area = Rect::new(0, 0, 10, 2);
        let blank = Buffer::empty(area);
        let mut flag = Buffer::empty(area);
        flag.set_string(2, 0, "\u{1F1E9}\u{1F1EA}", Style::new());
        let rows = repaint_uncertain_rows(&mut flag, &[]);
        assert_eq!(rows, [true, false]);
        let mut after = Buffer::empty(area);
        assert_eq!(repaint_uncertain_rows(&mut after, &rows), [false, false]);
        let written: Vec<_> = blank.diff_iter(&after).map(|(x, y, _)| (x, y)).collect();
        assert_eq!(written, (0..10).map(|x| (x, 0)).collect::<Vec<_>>());
    }
}
