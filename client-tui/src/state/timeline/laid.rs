//! Messages laid out in rows, remembered as long as neither they nor the width change: what is
//! drawn again and again is laid out once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::entry::{Entry, EntryKey};
use crate::markdown::{Kind, Piece, Role, Row, RowKind, lay_out};
use crate::state::wrap::columns;

/// Messages remembered; a screen shows far fewer, and the next frame lays out again what it needs.
const LAID_MAX: usize = 1_000;

/// What stands for a message that was taken back.
const DELETED: &str = "(message deleted)";

/// What follows a message that was changed.
const EDITED: &str = " (edited)";

/// The rows of messages in one chat. Holds nothing that could not be computed again, so that
/// reading the state may fill it.
#[derive(Clone, Debug, Default)]
pub struct LaidMessages {
    known: RefCell<Known>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    columns: usize,
    rows: HashMap<EntryKey, (u32, Rc<[Row]>)>,
}

impl LaidMessages {
    /// The rows of a message in `columns`.
    pub(super) fn rows(&self, entry: &Entry<'_>, columns: usize) -> Rc<[Row]> {
        let mut known = self.known.borrow_mut();
        if known.columns != columns || known.rows.len() >= LAID_MAX {
            *known = Known { columns, rows: HashMap::new() };
        }
        match known.rows.get(&entry.key) {
            Some((rev, rows)) if *rev == entry.rev => rows.clone(),
            _ => {
                let rows: Rc<[Row]> = shown_rows(entry, columns).into();
                known.rows.insert(entry.key, (entry.rev, rows.clone()));
                rows
            }
        }
    }

    /// Forgets everything: what rows look like has changed.
    pub fn forget(&self) {
        *self.known.borrow_mut() = Known::default();
    }
}

fn shown_rows(entry: &Entry<'_>, columns_max: usize) -> Vec<Row> {
    if entry.deleted {
        return vec![row_of(aside(DELETED))];
    }
    // A picture needs no words.
    let is_silent = entry.body.is_empty() && !entry.attachments.is_empty();
    let mut rows = if is_silent { Vec::new() } else { lay_out(entry.body, columns_max) };
    if entry.edited {
        push_edited(&mut rows, columns_max);
    }
    rows
}

fn push_edited(rows: &mut Vec<Row>, columns_max: usize) {
    match rows.last_mut().filter(|row| row_columns(row) + columns(EDITED) <= columns_max) {
        Some(row) => row.pieces.push(aside(EDITED)),
        None => rows.push(row_of(aside(EDITED.trim_start()))),
    }
}

/// Columns that a row takes.
pub fn row_columns(row: &Row) -> usize {
    row.pieces.iter().map(|piece| columns(&piece.text)).sum()
}

fn row_of(piece: Piece) -> Row {
    Row { pieces: vec![piece], continues: false, hanging: 0, kind: RowKind::Text }
}

fn aside(text: &str) -> Piece {
    let role = Role { kind: Kind::Marker, ..Role::default() };
    Piece { text: text.to_owned(), role, link: None }
}
