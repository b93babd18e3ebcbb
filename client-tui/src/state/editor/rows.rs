//! The rows of a text for the width that was asked for last. Update and view ask several times
//! for each key; the text is wrapped once.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use crate::state::wrap::wrap;

/// Byte ranges of the rows.
pub(super) type Rows = Arc<[Range<usize>]>;

/// Must be cleared whenever the text changes.
#[derive(Clone, Default)]
pub(super) struct RowCache(RefCell<Option<(usize, Rows)>>);

impl RowCache {
    pub(super) fn clear(&mut self) {
        self.0.get_mut().take();
    }

    pub(super) fn rows(&self, text: &str, columns_max: usize) -> Rows {
        let mut cached = self.0.borrow_mut();
        match &*cached {
            Some((columns, rows)) if *columns == columns_max => Arc::clone(rows),
            _ => {
                let rows: Rows = wrap(text, columns_max).into();
                *cached = Some((columns_max, Arc::clone(&rows)));
                rows
            }
        }
    }
}
