use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;

fn tokens(rows: &[Row]) -> Vec<(String, Token)> {
    let pieces = rows.iter().flat_map(|row| &row.pieces);
    let tokens = pieces.filter_map(|piece| match piece.role.kind {
        Kind::CodeBlock(token) => Some((piece.text.clone(), token)),
        _ => None,
    });
    tokens.collect()
}

/// Nothing waits for colours; they are there once it was said that they are.
#[cfg(feature = "highlight")]
#[test]
fn code_is_plain_until_its_colours_are_ready() {
    let body = "```rust\nlet answer = 42;\n```";
    let (sender, ready) = channel();
    on_highlighting_ready(Box::new(move || sender.send(()).unwrap_or_default()));
    assert_eq!(tokens(&lay_out(body, 80)), [("let answer = 42;".to_owned(), Token::Plain)]);
    loop {
        ready.recv_timeout(Duration::from_secs(60)).expect("colours become ready");
        let tokens = tokens(&lay_out(body, 80));
        if tokens.len() > 1 {
            let is_there = |text: &str, token| tokens.contains(&(text.to_owned(), token));
            assert!(is_there("let", Token::Keyword) && is_there("42", Token::Number), "{tokens:?}");
            let row = lay_out(body, 6);
            assert_eq!(row[1].text(), "let an");
            return;
        }
    }
}

#[test]
fn code_in_no_known_language_is_plain() {
    for body in ["```\nlet a = 1;\n```", "```klingon\nlet a = 1;\n```"] {
        assert_eq!(tokens(&lay_out(body, 80)), [("let a = 1;".to_owned(), Token::Plain)]);
    }
}
