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
mod painter;
mod passthrough;
mod probe;
mod remembered;
mod signals;
mod tmux;

use std::fs::File;
use std::io::{self, Write, stdout};
use std::os::fd::AsFd;
use std::thread;

use chatter_protocol::text::sanitize_line;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
    KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::style::Print;
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

pub use capabilities::{Capabilities, Emulator, Multiplexer};
pub use clipboard::{COPY_BASE64_BYTES_MAX, CopyOutcome};
pub use desk::{Desk, notify_method};
pub use editor::ExternalEditor;
pub use graphics::{CellSize, Choice, Graphics, Protocol, Surroundings};
pub use keyboard::{Input, Keyboard, TerminalGone};
pub use notify::{HAS_DESKTOP, Notification};
pub use painter::{Finish, Painter};
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

/// Ends the colours that the last frame was written in.
const LOOK_RESTORE: &str = "\x1b[m";

/// The terminal while it is ours; dropping it gives it back.
pub struct Screen {
    painter: Painter,
    /// Standard output, without a buffer between: a frame is one write.
    output: File,
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
        let output = File::from(stdout().as_fd().try_clone_to_owned()?);
        let screen = Self { painter: Painter::default(), output, has_mouse: false, title: None };
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
        if sequence.is_empty() {
            return Ok(());
        }
        self.painter.interrupted();
        self.output.write_all(sequence.as_bytes())
    }

    /// Has everything written again with the next frame, whatever the terminal shows.
    pub fn redraw(&mut self) {
        self.painter.forget();
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
        self.redraw();
        Ok(done)
    }

    /// Its size in columns and rows.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn size(&self) -> io::Result<Size> {
        let size = rustix::termios::tcgetwinsize(&self.output)?;
        Ok(Size { width: size.ws_col, height: size.ws_row })
    }

    /// Pixels of a cell, if the system knows (TIOCGWINSZ).
    pub fn cell_size(&self) -> Option<CellSize> {
        let size = rustix::termios::tcgetwinsize(&self.output).ok()?;
        let pixels = |pixels: u16, cells: u16| pixels.checked_div(cells).unwrap_or(0);
        CellSize::new(pixels(size.ws_xpixel, size.ws_col), pixels(size.ws_ypixel, size.ws_row))
    }

    /// Draws a frame into blank cells and has the terminal show it, in one go.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Buffer) -> Finish) -> io::Result<()> {
        let size = self.size()?;
        self.output.write_all(self.painter.paint(size, render).as_bytes())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
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
    let _ = execute!(stdout(), Print(LOOK_RESTORE), LeaveAlternateScreen, cursor::Show);
    let _ = execute!(stdout(), Print(TITLE_RESTORE));
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
