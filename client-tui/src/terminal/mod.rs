//! The terminal: taken over at the start, given back on every way out; and what it can do.
//!
//! Knows nothing of what is drawn.

mod answers;
mod capabilities;
mod clipboard;
mod decoder;
mod desk;
mod editor;
mod graphics;
mod keyboard;
mod keys;
mod notify;
mod passthrough;
mod probe;
mod remembered;
mod signals;
mod tmux;

use std::io::{self, Stdout, Write, stdout};
use std::mem::ManuallyDrop;
use std::thread;

use chatter_protocol::text::sanitize_line;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::{Rect, Size};
use ratatui::{Frame, Terminal};

pub use capabilities::{Capabilities, Emulator, Multiplexer};
pub use clipboard::{COPY_BASE64_BYTES_MAX, CopyOutcome};
pub use desk::{Desk, notify_method};
pub use editor::ExternalEditor;
pub use graphics::{CellSize, Choice, Graphics, Protocol, Surroundings};
pub use keyboard::{Input, Keyboard, TerminalGone};
pub use notify::{HAS_DESKTOP, Notification};
pub use probe::{Background, Probed, query};
pub use signals::{Signal, Signals, stop_until_continued};
pub use tmux::TmuxFacts;
pub(crate) use tmux::is_on;

use crate::state::wrap::shorten;

/// Longest title of the window, columns.
const TITLE_COLUMNS_MAX: usize = 80;

/// Clicks, drags and the wheel, told with coordinates of any size (XTerm control sequences, modes
/// 1002 and 1006). Not 1003: every move of the mouse would wake the program.
const MOUSE_ON: &str = "\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l";

/// The window's title is kept by the terminal (XTWINOPS 22 and 23).
const TITLE_KEEP: &str = "\x1b[22;2t";
const TITLE_RESTORE: &str = "\x1b[23;2t";

/// The terminal while it is ours; dropping it gives it back.
pub struct Screen {
    /// Never dropped: its own drop prints where it can't restore, and panics when the terminal is
    /// gone. [`restore`] does all that it would do.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Stdout>>>,
    /// Rows of the last frame in which something stood whose width terminals disagree about.
    uncertain_rows: Vec<bool>,
    has_mouse: bool,
    title: Option<String>,
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
            has_mouse: false,
            title: None,
        };
        take_over()?;
        Ok(screen)
    }

    /// Takes the mouse, or hands it back to the terminal.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn set_mouse(&mut self, has_mouse: bool) -> io::Result<()> {
        self.has_mouse = has_mouse;
        self.write(if has_mouse { MOUSE_ON } else { MOUSE_OFF })
    }

    /// Names the window; the name is made safe and short.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn set_title(&mut self, title: &str) -> io::Result<()> {
        let title = shorten(&sanitize_line(title), TITLE_COLUMNS_MAX);
        if self.title.as_ref() == Some(&title) {
            return Ok(());
        }
        self.write(&format!("\x1b]2;{title}\x07"))?;
        self.title = Some(title);
        Ok(())
    }

    /// Writes a sequence between two frames.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn write(&mut self, sequence: &str) -> io::Result<()> {
        execute!(stdout(), Print(sequence))
    }

    /// Has everything written again with the next frame, whatever the terminal shows.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `clear`, which would ask where the cursor is and wait for the answer.
        let size = self.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Gives the terminal back while `work` is done, such as an editor, and takes it over again.
    /// The keyboard's thread must have stepped aside.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub async fn suspended<T>(&mut self, work: impl Future<Output = T>) -> io::Result<T> {
        restore();
        let done = work.await;
        take_over()?;
        if self.has_mouse {
            self.set_mouse(true)?;
        }
        if let Some(title) = self.title.take() {
            self.set_title(&title)?;
        }
        self.redraw()?;
        Ok(done)
    }

    /// Its size in columns and rows.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Pixels of a cell, if the system knows (TIOCGWINSZ).
    pub fn cell_size(&self) -> Option<CellSize> {
        let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
        let pixels = |pixels: u16, cells: u16| pixels.checked_div(cells).unwrap_or(0);
        CellSize::new(pixels(size.ws_xpixel, size.ws_col), pixels(size.ws_ypixel, size.ws_row))
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
                let cell = &mut buffer[(x, y)];
                // Pictures and links know themselves when they are to be written.
                if cell.diff_option == CellDiffOption::None {
                    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
                }
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

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    // Asked for without asking whether the terminal knows it: one that doesn't ignores it, and
    // one that doesn't answer would hold up the first frame.
    let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
    execute!(
        stdout(),
        Print(TITLE_KEEP),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        PushKeyboardEnhancementFlags(flags),
    )
}

/// Gives the terminal back. Each step is tried though another failed: after a hang-up nobody is
/// there to be told.
fn restore() {
    let _ = execute!(stdout(), EndSynchronizedUpdate, PopKeyboardEnhancementFlags);
    let _ = execute!(stdout(), Print(MOUSE_OFF), DisableFocusChange, DisableBracketedPaste);
    let _ = execute!(stdout(), LeaveAlternateScreen, cursor::Show, Print(TITLE_RESTORE));
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
