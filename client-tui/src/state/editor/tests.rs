use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::action::InsertAt;
use crate::state::wrap::wrap;

const WIDTH: usize = 10;

fn editor(text: &str, edits: &[Edit]) -> Editor {
    let mut editor = Editor::new(text);
    for edit in edits {
        editor.apply(*edit, WIDTH);
    }
    editor
}

#[test]
fn one_step_per_picture() {
    let mut editor = Editor::new("a👨‍👩‍👧‍👦");
    editor.apply(Edit::Move(Motion::Left), WIDTH);
    assert_eq!(editor.cursor(), 1);
    editor.apply(Edit::Move(Motion::Right), WIDTH);
    editor.apply(Edit::Delete(Motion::Left), WIDTH);
    assert_eq!(editor.text(), "a");
}

#[test]
fn up_and_down_keep_the_column_over_short_lines() {
    let mut editor = Editor::new("first line\nab\nthird");
    editor.apply(Edit::Move(Motion::Up), 20);
    assert_eq!(editor.cursor_position(20), (1, 2));
    editor.apply(Edit::Move(Motion::Up), 20);
    assert_eq!(editor.cursor_position(20), (0, 5));
    assert!(!editor.apply(Edit::Move(Motion::Up), 20));
    editor.apply(Edit::Move(Motion::Left), 20);
    editor.apply(Edit::Move(Motion::Down), 20);
    editor.apply(Edit::Move(Motion::Down), 20);
    assert_eq!(editor.cursor_position(20), (2, 4));
}

#[test]
fn up_and_down_go_one_row_where_a_line_is_wrapped() {
    let mut editor = Editor::new("one two three four");
    assert_eq!(editor.cursor_position(8), (2, 4));
    editor.place_cursor(0, 40, 8);
    assert_eq!(editor.cursor_position(8), (0, 7));
    editor.apply(Edit::Move(Motion::Down), 8);
    assert_eq!(editor.cursor_position(8).0, 1);
    editor.apply(Edit::Move(Motion::Up), 8);
    assert_eq!(editor.cursor_position(8), (0, 7));
}

#[test]
fn words_and_lines_are_deleted_and_come_back() {
    let mut editor = Editor::new("one two\nthree four");
    editor.apply(Edit::Delete(Motion::WordLeft), WIDTH);
    assert_eq!(editor.text(), "one two\nthree ");
    editor.apply(Edit::Delete(Motion::LineStart), WIDTH);
    assert_eq!(editor.text(), "one two\n");
    editor.apply(Edit::Undo, WIDTH);
    editor.apply(Edit::Undo, WIDTH);
    assert_eq!(editor.text(), "one two\nthree four");
    editor.apply(Edit::Redo, WIDTH);
    assert_eq!(editor.text(), "one two\nthree ");
    editor.insert('x');
    assert!(!editor.apply(Edit::Redo, WIDTH));
}

#[test]
fn an_emoji_is_a_word() {
    let deleted = editor("hello 👋", &[Edit::Delete(Motion::WordLeft)]);
    assert_eq!(deleted.text(), "hello ");
}

#[test]
fn typing_and_erasing_are_undone_word_by_word() {
    let mut editor = Editor::default();
    "one two".chars().for_each(|c| editor.insert(c));
    editor.apply(Edit::Undo, WIDTH);
    assert_eq!(editor.text(), "one");
    editor.apply(Edit::Redo, WIDTH);
    for _ in 0..5 {
        editor.apply(Edit::Delete(Motion::Left), WIDTH);
    }
    assert_eq!(editor.text(), "on");
    editor.apply(Edit::Undo, WIDTH);
    assert_eq!(editor.text(), "one ");
    editor.apply(Edit::Undo, WIDTH);
    assert_eq!(editor.text(), "one two");
}

#[test]
fn moving_begins_another_step() {
    let mut editor = Editor::default();
    editor.insert('a');
    editor.apply(Edit::Move(Motion::Left), WIDTH);
    editor.apply(Edit::Move(Motion::Right), WIDTH);
    editor.insert('b');
    editor.apply(Edit::Undo, WIDTH);
    assert_eq!(editor.text(), "a");
}

#[test]
fn a_selection_grows_collapses_and_is_replaced() {
    let select = Edit::Select(Motion::WordLeft);
    let mut words = editor("one two three", &[select, select]);
    assert_eq!(words.selected_text(), Some("two three"));
    let mut left = words.clone();
    assert!(left.apply(Edit::Move(Motion::Left), WIDTH));
    assert_eq!((left.cursor(), left.selection()), (4, None));
    let mut right = words.clone();
    assert!(right.apply(Edit::Move(Motion::Right), WIDTH));
    assert_eq!((right.cursor(), right.selection()), (13, None));
    words.insert('x');
    words.insert('y');
    assert_eq!(words.text(), "one xy");
    words.apply(Edit::Undo, WIDTH);
    assert_eq!(words.text(), "one two three");
    words.apply(Edit::SelectAll, WIDTH);
    words.insert_text("pasted");
    assert_eq!(words.text(), "pasted");
}

#[test]
fn select_up_in_the_first_row_takes_in_its_start() {
    let selected = editor("one two", &[Edit::Select(Motion::Up)]);
    assert_eq!(selected.selection(), Some(0..7));
}

#[test]
fn deletions_in_a_row_are_pasted_together() {
    let word = Edit::Delete(Motion::WordLeft);
    let pasted = editor("one two three", &[word, word, Edit::Paste]);
    assert_eq!(pasted.text(), "one two three");
    let apart = editor("one two three", &[word, Edit::Move(Motion::Left), word, Edit::Paste]);
    assert_eq!(apart.text(), "one two ");
    let to_end = Edit::Delete(Motion::LineEnd);
    let joined = editor("a\nb", &[Edit::Move(Motion::Start), to_end, to_end, to_end, Edit::Paste]);
    assert_eq!(joined.text(), "a\nb");
}

#[test]
fn what_is_cut_can_be_pasted_and_letters_do_not_displace_it() {
    let mut editor = editor("one two", &[Edit::Select(Motion::WordLeft)]);
    assert_eq!(editor.cut().as_deref(), Some("two"));
    assert_eq!(editor.cut(), None);
    editor.apply(Edit::Delete(Motion::Left), WIDTH);
    editor.apply(Edit::Paste, WIDTH);
    assert_eq!(editor.text(), "onetwo");
}

#[test]
fn lines_are_deleted_and_pasted_as_lines() {
    let first = Edit::Move(Motion::Start);
    let swapped = editor("one\ntwo\nthree", &[first, Edit::DeleteLine, Edit::Paste]);
    assert_eq!((swapped.text(), swapped.cursor()), ("two\none\nthree", 4));
    let last = editor("one\ntwo", &[Edit::DeleteLine]);
    assert_eq!(last.text(), "one");
    assert_eq!(editor("one", &[Edit::DeleteLine, Edit::Undo]).text(), "one");
    assert_eq!(editor("one", &[Edit::DeleteLine, Edit::Paste]).text(), "one");
    assert!(!Editor::default().apply(Edit::DeleteLine, WIDTH));
}

#[test]
fn what_is_taken_can_be_pasted_but_not_undone() {
    let mut editor = Editor::new("sent");
    assert_eq!(editor.take(), "sent");
    assert!(!editor.apply(Edit::Undo, WIDTH));
    editor.apply(Edit::Paste, WIDTH);
    assert_eq!(editor.text(), "sent");
}

#[test]
fn everything_replaced_is_one_step() {
    let mut editor = Editor::new("draft");
    editor.replace_all("from an editor");
    assert_eq!((editor.text(), editor.cursor()), ("from an editor", 14));
    editor.apply(Edit::Undo, WIDTH);
    assert_eq!((editor.text(), editor.cursor()), ("draft", 5));
}

#[test]
fn a_replaced_range_never_cuts_a_picture() {
    let mut editor = Editor::new("a👩‍🔬b");
    editor.replace(3..5, "x");
    assert_eq!((editor.text(), editor.cursor()), ("axb", 2));
}

#[test]
fn writing_goes_on_where_commands_say() {
    let placed = |place| {
        let mut editor = Editor::new("one\ntwo");
        editor.place_cursor(0, 1, WIDTH);
        editor.insert_at(place);
        (editor.text().to_owned(), editor.cursor())
    };
    let same = "one\ntwo".to_owned();
    assert_eq!(placed(InsertAt::Here), (same.clone(), 1));
    assert_eq!(placed(InsertAt::After), (same.clone(), 2));
    assert_eq!(placed(InsertAt::LineStart), (same.clone(), 0));
    assert_eq!(placed(InsertAt::LineEnd), (same, 3));
    assert_eq!(placed(InsertAt::LineBelow), ("one\n\ntwo".to_owned(), 4));
    assert_eq!(placed(InsertAt::LineAbove), ("\none\ntwo".to_owned(), 0));
}

#[test]
fn changing_stays_in_the_line() {
    let mut editor = Editor::new("one\ntwo");
    editor.place_cursor(0, 3, WIDTH);
    editor.change(Motion::WordRight, WIDTH);
    assert_eq!(editor.text(), "one\ntwo");
    editor.change(Motion::WordLeft, WIDTH);
    assert_eq!(editor.text(), "\ntwo");
    editor.place_cursor(1, 2, WIDTH);
    editor.change_line();
    assert_eq!(editor.text(), "\n");
}

#[test]
fn clicks_drags_and_double_clicks() {
    let mut editor = Editor::new("one two\nthree");
    editor.place_cursor(0, 4, WIDTH);
    editor.select_to(1, 99, WIDTH);
    assert_eq!(editor.selected_text(), Some("two\nthree"));
    editor.select_to(0, 0, WIDTH);
    assert_eq!(editor.selected_text(), Some("one "));
    editor.select_word_at(0, 5, WIDTH);
    assert_eq!(editor.selected_text(), Some("two"));
    editor.select_word_at(99, 2, WIDTH);
    assert_eq!(editor.selected_text(), Some("three"));
}

#[test]
fn the_cursor_stays_between_clusters_when_a_mark_is_typed() {
    let mut editor = Editor::new("e");
    editor.insert('\u{301}');
    assert_eq!(editor.cursor(), 3);
    editor.apply(Edit::Move(Motion::Left), WIDTH);
    assert_eq!(editor.cursor(), 0);
}

#[test]
fn a_password_is_not_in_what_is_logged() {
    let mut editor = Editor::new("hunter2");
    editor.apply(Edit::Delete(Motion::WordLeft), WIDTH);
    assert_eq!(format!("{editor:?}"), "Editor(0 bytes)");
}

// --- whatever is done ---

#[derive(Clone, Debug)]
enum Step {
    Edit(Edit),
    Type(char),
    Insert(String),
    ReplaceAll(String),
    Replace(usize, usize, String),
    InsertAt(InsertAt),
    Change(Motion),
    ChangeLine,
    Cut,
    Click(usize, usize),
    Drag(usize, usize),
    DoubleClick(usize, usize),
}

const MOTIONS: [Motion; 10] = [
    Motion::Left,
    Motion::Right,
    Motion::Up,
    Motion::Down,
    Motion::WordLeft,
    Motion::WordRight,
    Motion::LineStart,
    Motion::LineEnd,
    Motion::Start,
    Motion::End,
];

fn any_text() -> impl Strategy<Value = String> {
    // Marks, joiners, flags, jamo, a prepended sign, Thai and Indic vowels: what joins neighbours.
    "[ab .\n\r\t日\u{301}\u{200d}👩🔬🇩🇪\u{1100}\u{1161}\u{600}\u{e01}\u{e33}\u{915}\u{94d}]{0,12}"
}

fn any_step() -> impl Strategy<Value = Step> {
    let motion = || prop::sample::select(&MOTIONS[..]);
    let place = (0usize..6, 0usize..14);
    prop_oneof![
        4 => any_text().prop_filter_map("a character", |text| text.chars().next().map(Step::Type)),
        4 => motion().prop_map(|motion| Step::Edit(Edit::Move(motion))),
        2 => motion().prop_map(|motion| Step::Edit(Edit::Select(motion))),
        3 => motion().prop_map(|motion| Step::Edit(Edit::Delete(motion))),
        1 => motion().prop_map(Step::Change),
        1 => Just(Step::Edit(Edit::SelectAll)),
        1 => Just(Step::Edit(Edit::DeleteLine)),
        1 => Just(Step::Edit(Edit::Paste)),
        2 => Just(Step::Edit(Edit::Undo)),
        2 => Just(Step::Edit(Edit::Redo)),
        1 => any_text().prop_map(Step::Insert),
        1 => any_text().prop_map(Step::ReplaceAll),
        1 => (0usize..40, 0usize..40, any_text()).prop_map(|(a, b, text)| Step::Replace(a, b, text)),
        1 => prop::sample::select(vec![
            InsertAt::After,
            InsertAt::LineStart,
            InsertAt::LineEnd,
            InsertAt::LineBelow,
            InsertAt::LineAbove,
        ])
        .prop_map(Step::InsertAt),
        1 => Just(Step::ChangeLine),
        1 => Just(Step::Cut),
        1 => place.clone().prop_map(|(row, column)| Step::Click(row, column)),
        1 => place.clone().prop_map(|(row, column)| Step::Drag(row, column)),
        1 => place.prop_map(|(row, column)| Step::DoubleClick(row, column)),
    ]
}

fn take_step(editor: &mut Editor, step: &Step) {
    match step {
        Step::Edit(edit) => {
            editor.apply(*edit, WIDTH);
        }
        Step::Type(character) => editor.insert(*character),
        Step::Insert(text) => editor.insert_text(text),
        Step::ReplaceAll(text) => editor.replace_all(text),
        Step::Replace(start, end, text) => {
            let end = (*end).min(editor.text().len());
            editor.replace((*start).min(end)..end, text);
        }
        Step::InsertAt(place) => editor.insert_at(*place),
        Step::Change(motion) => editor.change(*motion, WIDTH),
        Step::ChangeLine => editor.change_line(),
        Step::Cut => drop(editor.cut()),
        Step::Click(row, column) => editor.place_cursor(*row, *column, WIDTH),
        Step::Drag(row, column) => editor.select_to(*row, *column, WIDTH),
        Step::DoubleClick(row, column) => editor.select_word_at(*row, *column, WIDTH),
    }
}

/// All places between clusters, found the slow way.
fn boundaries(text: &str) -> Vec<usize> {
    text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect()
}

/// What a typed character, an erased one and a step to a side do, told as simply as can be: the
/// text, where the cursor is and where the selection began.
fn model(
    text: &str,
    cursor: usize,
    selection: Option<Range<usize>>,
    step: &Step,
) -> Option<(String, usize)> {
    let all = boundaries(text);
    let before = all.iter().rev().find(|at| **at < cursor).copied().unwrap_or(0);
    let after = all.iter().find(|at| **at > cursor).copied().unwrap_or(text.len());
    let put = |range: Range<usize>, with: &str| {
        let whole = [&text[..range.start], with, &text[range.end..]].concat();
        let end = range.start + with.len();
        let cursor = boundaries(&whole).into_iter().find(|at| *at >= end).unwrap_or(0);
        (whole, cursor)
    };
    let selected = selection.clone().unwrap_or(cursor..cursor);
    Some(match step {
        Step::Type(character) => put(selected, &character.to_string()),
        Step::Insert(inserted) if !inserted.is_empty() || selection.is_some() => {
            put(selected, inserted)
        }
        Step::Edit(Edit::Delete(Motion::Left)) if before < cursor || selection.is_some() => {
            put(selection.unwrap_or(before..cursor), "")
        }
        Step::Edit(Edit::Delete(Motion::Right)) if after > cursor || selection.is_some() => {
            put(selection.unwrap_or(cursor..after), "")
        }
        Step::Edit(Edit::Move(Motion::Left)) => {
            (text.to_owned(), selection.map_or(before, |range| range.start))
        }
        Step::Edit(Edit::Move(Motion::Right)) => {
            (text.to_owned(), selection.map_or(after, |range| range.end))
        }
        Step::Edit(Edit::Select(Motion::Left)) => (text.to_owned(), before),
        Step::Edit(Edit::Select(Motion::Right)) => (text.to_owned(), after),
        _ => return None,
    })
}

proptest! {
    #[test]
    fn cursor_and_selection_stay_between_clusters(
        text in any_text(),
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut editor = Editor::new(text);
        for step in steps {
            let expected = model(editor.text(), editor.cursor(), editor.selection(), &step);
            take_step(&mut editor, &step);
            let between = boundaries(editor.text());
            prop_assert!(between.contains(&editor.cursor()), "{step:?} in {:?}", editor.text());
            let range = editor.selection().unwrap_or(0..0);
            let (start, end) = (between.contains(&range.start), between.contains(&range.end));
            prop_assert!(start && end, "{step:?} in {:?}", editor.text());
            if let Some((text, cursor)) = expected {
                prop_assert_eq!((editor.text(), editor.cursor()), (&*text, cursor), "{:?}", step);
            }
            prop_assert_eq!(&*editor.rows(WIDTH), &wrap(editor.text(), WIDTH)[..]);
            let (row, _) = editor.cursor_position(WIDTH);
            prop_assert!(row < editor.rows(WIDTH).len());
        }
    }

    #[test]
    fn undoing_all_leads_to_the_start_and_redoing_all_to_the_end(
        text in any_text(),
        steps in prop::collection::vec(any_step(), 0..60),
    ) {
        let mut editor = Editor::new(text.clone());
        let mut seen = vec![text.clone()];
        for step in steps {
            take_step(&mut editor, &step);
            seen.push(editor.text().to_owned());
        }
        while editor.apply(Edit::Redo, WIDTH) {}
        let end = editor.text().to_owned();
        seen.push(end.clone());
        while editor.apply(Edit::Undo, WIDTH) {
            prop_assert!(seen.contains(&editor.text().to_owned()), "{:?} never was", editor.text());
        }
        prop_assert_eq!(editor.text(), text);
        while editor.apply(Edit::Redo, WIDTH) {}
        prop_assert_eq!(editor.text(), end);
    }
}
