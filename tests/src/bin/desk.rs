//! A program that does at the terminal what `chatter` is asked to, one thing after the other: what
//! the tests of copying, notifications and the editor must see arrive.
//!
//! Lines of standard input: `copy TEXT`, `notify TEXT`, `edit TEXT`, `end`.

use std::path::Path;

use chatter::config::Config;
use chatter::paths::Paths;
use chatter::state::{Effect, Event};
use chatter::terminal::{Desk, ExternalEditor, Finish, Input, Keyboard, Notification, Screen};
use crossterm::event::{Event as TerminalEvent, KeyCode};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut screen = Screen::enter()?;
    let mut keyboard = Keyboard::start(false)?;
    let mut desk = Desk::new(Config::default(), Paths::new(None)?);
    let mut said = "ready".to_owned();
    loop {
        screen.draw(|buffer| {
            let style = buffer[(0, 0)].style();
            buffer.set_string(0, 0, &said, style);
            Finish::default()
        })?;
        let Some(line) = line(&mut keyboard).await else { return Ok(()) };
        said = match line.split_once(' ') {
            Some(("copy", text)) => {
                perform(Effect::Copy(text.to_owned()), &mut desk, &mut screen).await?
            }
            Some(("notify", text)) => {
                let notification = Notification::new("Chatter", text);
                perform(Effect::Notify(notification), &mut desk, &mut screen).await?
            }
            Some(("edit", text)) => {
                let editor = ExternalEditor::choose("", |name| std::env::var(name).ok());
                let editor = editor.map_err(|problem| anyhow::anyhow!(problem))?;
                keyboard.pause().await?;
                let edited = screen.suspended(editor.edit(text, Path::new("."))).await?;
                keyboard.go_on()?;
                format!("edited: {edited:?}")
            }
            _ => return Ok(()),
        };
    }
}

/// Does `effect`, after tmux was asked where that is needed; what is said of it.
async fn perform(effect: Effect, desk: &mut Desk, screen: &mut Screen) -> anyhow::Result<String> {
    let mut event = desk.perform(effect, screen)?;
    if desk.is_waiting() {
        for effect in desk.ready().await {
            event = desk.perform(effect, screen)?;
        }
    }
    Ok(match event {
        Some(Event::Notice(notice)) => notice,
        _ => "done".to_owned(),
    })
}

/// A line as it is typed.
async fn line(keyboard: &mut Keyboard) -> Option<String> {
    let mut line = String::new();
    loop {
        if let Input::Event(TerminalEvent::Key(key)) = keyboard.next().await? {
            match key.code {
                KeyCode::Enter => return Some(line),
                KeyCode::Char(character) => line.push(character),
                _ => {}
            }
        }
    }
}
