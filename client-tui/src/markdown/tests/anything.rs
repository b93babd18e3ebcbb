use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::state::wrap::columns;

/// Bodies of what could mean something, and of what could be cut wrongly.
fn bodies() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "*",
        "**",
        "_",
        "__",
        "~~",
        "~",
        "`",
        "``",
        "```",
        "```rust",
        "[",
        "]",
        "](",
        "(",
        ")",
        "<",
        ">",
        "> ",
        ">> ",
        "- ",
        "* ",
        "1. ",
        "# ",
        "---",
        "!",
        "![",
        "\\",
        "&amp;",
        "|",
        "\n",
        "\n\n",
        "\n",
        "\t",
        " ",
        "  ",
        "    ",
        "a",
        "word",
        "two words",
        "x1",
        "@ada",
        "@",
        "https://a.example/b_c",
        "https://é.example",
        "mailto:a@b.example",
        "<https://c.example>",
        "日本",
        "e\u{301}",
        "👩\u{200d}🔬",
        "🇩",
        "🇪",
        "\u{301}",
        "\u{a0}",
        "=",
        ".",
        ":-)",
    ]);
    prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn assert_laid_out(body: &str, columns_max: usize) -> Result<(), TestCaseError> {
    let rows = lay_out(body, columns_max);
    prop_assert!(!rows.is_empty());
    for row in &rows {
        let text = row.text();
        prop_assert!(!text.contains(char::is_control), "{row:?}");
        // However a row is drawn, piece by piece or at once, it has the same width.
        let drawn: usize = row.pieces.iter().map(|piece| columns(&piece.text)).sum();
        prop_assert_eq!(drawn, columns(&text), "{:?}", row);
        let is_one = text.graphemes(true).count() <= 1;
        prop_assert!(drawn <= columns_max || is_one, "{drawn} columns: {row:?}");
        for link in row.pieces.iter().filter_map(|piece| piece.link.as_deref()) {
            prop_assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_body_fits_any_width(body in bodies(), columns in 1usize..120) {
        assert_laid_out(&body, columns)?;
        prop_assert!(plain_line(&body, columns).chars().count() <= columns);
    }

    #[test]
    fn any_text_at_all_fits(body in any::<String>(), columns in 1usize..40) {
        let body = chatter_protocol::text::sanitize(&body);
        assert_laid_out(&body, columns)?;
    }

    /// Without links, whose targets stand elsewhere, and hosts that are spelt out, what a person
    /// typed is what shows.
    #[test]
    fn nothing_that_was_typed_disappears(body in bodies(), columns in 1usize..120) {
        let body = body.replace("](", "] (").replace("https://é.example", "e");
        let body = body.replace("mailto:", "mail:");
        let shown: String = lay_out(&body, columns).iter().map(Row::text).collect();
        prop_assert_eq!(letters(&shown), letters(&body));
    }

    /// With them, every letter shows that is not part of a target, and the target's host does.
    #[test]
    fn links_hide_only_their_targets(text in "[a-z *_`]{1,12}", host in "[a-z]{2,8}") {
        let body = format!("[{text}](https://{host}.example/path)");
        let shown: String = lay_out(&body, 200).iter().map(Row::text).collect();
        prop_assert!(letters(&shown).starts_with(&letters(&text)), "{shown}");
        prop_assert!(shown.contains(&format!("{host}.example")), "{shown}");
    }
}

/// As much of each sign as a message can hold.
#[test]
fn towers_of_signs_are_laid_out_fast() {
    let body_bytes = 16 * 1024;
    for part in [
        "*",
        "**a",
        "*a ",
        "a* ",
        "_a ",
        "*(",
        "~~a ",
        "`",
        "`a",
        "``a` ",
        "[",
        "[a](",
        "]",
        "![",
        "[a](https://b.example) ",
        "<",
        "<a:",
        "<!--",
        "<a href='",
        "\\",
        "&",
        "(",
        ">",
        "> ",
        "> a\n",
        "- ",
        "- a\n",
        "  - a\n",
        "\n",
        "\n\na",
        "a\n",
        "1. a\n",
        "# a\n",
        "```\n",
        "``` a b\n",
        "a ```\n",
        "http://",
        "https://a.example/",
        "https://a.example ",
        "http://%",
        "@",
        "@ada ",
        "@aa",
        "\t",
        "日",
        "🇩",
        "**🇩**",
        "\u{301}",
        "*a*\u{301}",
        "🇩\n",
    ] {
        let body = part.repeat(body_bytes / part.len());
        let started = Instant::now();
        for columns in [1, 80] {
            lay_out(&body, columns);
        }
        links(&body);
        plain_line(&body, 80);
        code_blocks(&body);
        // Some hundred times what it takes; only what is not linear takes longer.
        let taken = started.elapsed();
        assert!(taken < Duration::from_secs(4), "{part:?} takes {taken:?}");
    }
}
