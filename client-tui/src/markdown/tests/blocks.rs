use super::*;

fn assert_rows(body: &str, rows: &[&str]) {
    assert_eq!(shown(body, 40), rows, "{body}");
}

#[test]
fn lines_stay_lines_and_empty_ones_collapse() {
    assert_rows("a\nb", &["a", "b"]);
    assert_rows("\n\na\n \n\t\n\nb\n\n", &["a", "", "b"]);
    assert_rows("a  \nb\\\nc", &["a", "b\\", "c"]);
    assert_rows("if x:\n    y = 1\n\tz", &["if x:", "‹m     ›y = 1", "‹m     ›z"]);
    assert_rows(
        "Title\n=====\ntext\n---",
        &["Title", "=====", "text", "‹m ────────────────────────›"],
    );
    assert_rows("a  b   c", &["a  b   c"]);
    assert_rows(" ", &[""]);
}

#[test]
fn lists_keep_their_numbers_and_their_place() {
    assert_rows(
        "- one\n* two\n  - three\n7. seven\n1) first\n\n- [x] done",
        &[
            "‹m • ›one",
            "‹m • ›two",
            "‹m   • ›three",
            "‹m 7. ›seven",
            "‹m 1) ›first",
            "",
            "‹m • ›[x] done",
        ],
    );
    assert_rows("- **bold** `x`", &["‹m • ›‹b bold› ‹c x›"]);
}

#[test]
fn headings_are_strong_and_keep_their_signs() {
    assert_rows(
        "# Big *one*\n###### Small",
        &["‹m # ›‹bh Big ›‹bih one›", "‹m ###### ›‹bh Small›"],
    );
    assert_rows("####### seven", &["####### seven"]);
}

#[test]
fn quotations_have_bars() {
    assert_rows("> a\n> b\nanswer", &["‹m ▏ ›‹q a›", "‹m ▏ ›‹q b›", "answer"]);
    assert_rows("> a\n>\n> b", &["‹m ▏ ›‹q a›", "‹m ▏ ›", "‹m ▏ ›‹q b›"]);
    assert_rows(">> a\n> > b\n> c", &["‹m ▏ ▏ ›‹q a›", "‹m ▏ ▏ ›‹q b›", "‹m ▏ ›‹q c›"]);
    assert_rows("> - a\n> ```\n> x\n> ```", &["‹m ▏ ›‹m • ›‹q a›", "‹m ▏ ›‹k x›"]);
    assert_rows(&("> ".repeat(10) + "deep"), &["‹m ▏ ▏ ▏ ▏ ▏ ▏ ▏ ▏ ›‹q > > deep›"]);
}

#[test]
fn code_blocks_show_their_lines_as_they_are() {
    assert_rows("```\n  a *b*\n\n\tc\n```\nd", &["‹k   a *b*›", "", "‹k     c›", "d"]);
    assert_rows("```rust\nfn\n```", &["‹m rust›", "‹k fn›"]);
    assert_rows("```\nnever closed", &["‹k never closed›"]);
    assert_rows("```\n```", &[""]);
    assert_rows("```let a = 1;\nlet b;\n```", &["‹k let a = 1;›", "‹k let b;›"]);
    assert_rows("````\n```\n````", &["‹k ```›"]);
    assert_rows("```one line```", &["‹c one line›"]);
    assert_rows("try: ```\nx\n```\nok", &["try:", "‹k x›", "ok"]);
    assert_rows("- try: ```sh\nx\n```\nok", &["‹m • ›try:", "‹m sh›", "‹k x›", "ok"]);
    assert_rows("a ```\nb", &["a ```", "b"]);
    assert_rows("- item\n  ```\n  x\n    y\n  ```", &["‹m • ›item", "‹k x›", "‹k   y›"]);
}

#[test]
fn code_is_copied_as_it_was_written() {
    let body = "a\n```c\n\tint  *a;  \n\n```\n> ```\n> b\n> ```\n    not code\n```\nopen";
    assert_eq!(code_blocks(body), ["\tint  *a;  \n\n", "b\n", "open\n"]);
}

#[test]
fn kinds_of_rows_for_backgrounds() {
    let kinds: Vec<RowKind> =
        lay_out("a\n> b\n```c\nd\n```", 20).iter().map(|row| row.kind).collect();
    use RowKind::{Code, Quote, Text};
    assert_eq!(kinds, [Text, Quote, Code, Code]);
}
