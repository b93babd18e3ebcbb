//! What was typed, clicked or pasted, decoded from bytes into crossterm's events.
//!
//! crossterm decodes only what it reads itself, and takes answers that it does not know for typed
//! text; so termina decodes here, and only the names are translated.

use crossterm::event as to;
use termina::escape::csi::{Csi, Cursor};
use termina::event as from;

/// A decoded event; none for what no program of ours has a use for.
pub(super) fn translate(event: termina::Event) -> Option<to::Event> {
    match event {
        termina::Event::Key(key) => key_event(key).map(to::Event::Key),
        termina::Event::Mouse(mouse) => Some(to::Event::Mouse(mouse_event(mouse))),
        termina::Event::FocusIn => Some(to::Event::FocusGained),
        termina::Event::FocusOut => Some(to::Event::FocusLost),
        termina::Event::Paste(text) => Some(to::Event::Paste(text)),
        // Old terminals send F3 with a modifier in the shape of an answer about the cursor; such
        // answers were taken out before.
        termina::Event::Csi(Csi::Cursor(Cursor::ActivePositionReport { line, col }))
            if line.get() == 1 =>
        {
            let held = u8::try_from(col.get().saturating_sub(1)).unwrap_or_default();
            let held = modifiers(from::Modifiers::from_bits_truncate(held));
            Some(to::Event::Key(to::KeyEvent::new(to::KeyCode::F(3), held)))
        }
        _ => None,
    }
}

fn key_event(key: from::KeyEvent) -> Option<to::KeyEvent> {
    Some(to::KeyEvent {
        code: key_code(key.code)?,
        modifiers: modifiers(key.modifiers),
        kind: match key.kind {
            from::KeyEventKind::Press => to::KeyEventKind::Press,
            from::KeyEventKind::Repeat => to::KeyEventKind::Repeat,
            from::KeyEventKind::Release => to::KeyEventKind::Release,
        },
        state: to::KeyEventState::NONE,
    })
}

fn key_code(code: from::KeyCode) -> Option<to::KeyCode> {
    Some(match code {
        from::KeyCode::Char(character) => to::KeyCode::Char(character),
        from::KeyCode::Enter => to::KeyCode::Enter,
        from::KeyCode::Backspace => to::KeyCode::Backspace,
        from::KeyCode::Tab => to::KeyCode::Tab,
        from::KeyCode::Escape => to::KeyCode::Esc,
        from::KeyCode::Left => to::KeyCode::Left,
        from::KeyCode::Right => to::KeyCode::Right,
        from::KeyCode::Up => to::KeyCode::Up,
        from::KeyCode::Down => to::KeyCode::Down,
        from::KeyCode::Home => to::KeyCode::Home,
        from::KeyCode::End => to::KeyCode::End,
        from::KeyCode::BackTab => to::KeyCode::BackTab,
        from::KeyCode::PageUp => to::KeyCode::PageUp,
        from::KeyCode::PageDown => to::KeyCode::PageDown,
        from::KeyCode::Insert => to::KeyCode::Insert,
        from::KeyCode::Delete => to::KeyCode::Delete,
        from::KeyCode::KeypadBegin => to::KeyCode::KeypadBegin,
        from::KeyCode::Menu => to::KeyCode::Menu,
        from::KeyCode::PrintScreen => to::KeyCode::PrintScreen,
        from::KeyCode::Pause => to::KeyCode::Pause,
        from::KeyCode::Null => to::KeyCode::Null,
        from::KeyCode::Function(number) => to::KeyCode::F(number),
        from::KeyCode::CapsLock
        | from::KeyCode::ScrollLock
        | from::KeyCode::NumLock
        | from::KeyCode::Modifier(_)
        | from::KeyCode::Media(_) => return None,
    })
}

fn modifiers(modifiers: from::Modifiers) -> to::KeyModifiers {
    let pairs = [
        (from::Modifiers::SHIFT, to::KeyModifiers::SHIFT),
        (from::Modifiers::ALT, to::KeyModifiers::ALT),
        (from::Modifiers::CONTROL, to::KeyModifiers::CONTROL),
        (from::Modifiers::SUPER, to::KeyModifiers::SUPER),
        (from::Modifiers::HYPER, to::KeyModifiers::HYPER),
        (from::Modifiers::META, to::KeyModifiers::META),
    ];
    pairs.into_iter().filter(|(held, _)| modifiers.contains(*held)).map(|(_, held)| held).collect()
}

fn mouse_event(mouse: from::MouseEvent) -> to::MouseEvent {
    to::MouseEvent {
        kind: match mouse.kind {
            from::MouseEventKind::Down(which) => to::MouseEventKind::Down(button(which)),
            from::MouseEventKind::Up(which) => to::MouseEventKind::Up(button(which)),
            from::MouseEventKind::Drag(which) => to::MouseEventKind::Drag(button(which)),
            from::MouseEventKind::Moved => to::MouseEventKind::Moved,
            from::MouseEventKind::ScrollDown => to::MouseEventKind::ScrollDown,
            from::MouseEventKind::ScrollUp => to::MouseEventKind::ScrollUp,
            from::MouseEventKind::ScrollLeft => to::MouseEventKind::ScrollLeft,
            from::MouseEventKind::ScrollRight => to::MouseEventKind::ScrollRight,
        },
        column: mouse.column,
        row: mouse.row,
        modifiers: modifiers(mouse.modifiers),
    }
}

fn button(button: from::MouseButton) -> to::MouseButton {
    match button {
        from::MouseButton::Left => to::MouseButton::Left,
        from::MouseButton::Right => to::MouseButton::Right,
        from::MouseButton::Middle => to::MouseButton::Middle,
    }
}
