use super::*;

fn assert_rows(body: &str, columns: usize, rows: &[&str]) {
    assert_eq!(shown(body, columns), rows, "{body}");
}

#[test]
fn rows_break_at_spaces_and_go_on_under_the_text() {
    assert_rows("one two three", 8, &["one two", "↩three"]);
    assert_rows("a **bold move** b", 8, &["a ‹b bold›", "↩‹b move› b"]);
    assert_rows("- one two three", 8, &["‹m • ›one", "↩‹m   ›two", "↩‹m   ›three"]);
    assert_rows("10. one two", 9, &["‹m 10. ›one", "↩‹m     ›two"]);
    assert_rows("> one two", 6, &["‹m ▏ ›‹q one›", "↩‹m ▏ ›‹q two›"]);
    assert_rows("  one two", 6, &["‹m   ›one", "↩‹m   ›two"]);
    assert_rows("# one two", 5, &["‹m # ›‹bh one›", "↩‹m   ›‹bh two›"]);
}

#[test]
fn long_words_and_code_are_cut() {
    assert_rows("abcdefgh", 3, &["abc", "↩def", "↩gh"]);
    assert_rows("```\nab cdef\n```", 4, &["‹k ab c›", "↩‹k def›"]);
    assert_rows("```\n日本語\n```", 5, &["‹k 日本›", "↩‹k 語›"]);
    assert_rows(
        "https://a.example/bc",
        18,
        &["‹l https://a.example/→https://a.example/bc›", "↩‹l bc→https://a.example/bc›"],
    );
}

#[test]
fn where_there_is_no_room_what_stands_before_the_text_gives_way() {
    assert_rows("          x", 8, &["‹m     ›x"]);
    assert_rows("> > > a", 5, &["‹m ▏ ›‹q a›"]);
    assert_rows("> a", 3, &["‹q a›"]);
    assert_rows("1000. ab", 6, &["‹m 1000.›", "↩ab"]);
}

#[test]
fn copying_can_put_rows_together_again() {
    let body = "one   two three";
    let rows = lay_out(body, 5);
    let copied: String = rows.iter().map(|row| row.text() + &" ".repeat(row.hanging)).collect();
    assert_eq!(copied, body);
    assert!(!rows[0].continues && rows[1..].iter().all(|row| row.continues));
}

#[test]
fn a_picture_that_markup_would_split_stays_whole() {
    for (body, pieces) in [
        ("**e**\u{301}x", ["e\u{301}", "x"]),
        ("**🇩**🇪x", ["🇩🇪", "x"]),
        ("~~日~~\u{301}`\u{301}x`", ["日\u{301}\u{301}", "x"]),
    ] {
        let rows = lay_out(body, 9);
        let texts: Vec<&str> = rows[0].pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts, pieces, "{body}");
    }
}
