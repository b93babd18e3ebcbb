//! What a message looks like, as text: every piece that is not plain is written `‹mark text›`.

mod anything;
mod blocks;
mod colours;
mod everyday;
mod inline;
mod wrapping;

use super::*;

/// The rows of `body`, with a mark for each role. `↩` begins a row that continues.
fn shown(body: &str, columns: usize) -> Vec<String> {
    lay_out(body, columns).iter().map(show_row).collect()
}

/// The same for a message of one row.
fn shown_line(body: &str) -> String {
    shown(body, 200).join(" ⏎ ")
}

fn show_row(row: &Row) -> String {
    let pieces: String = row.pieces.iter().map(show_piece).collect();
    format!("{}{pieces}", if row.continues { "↩" } else { "" })
}

fn show_piece(piece: &Piece) -> String {
    let Role { strong, emphasis, strike, kind } = piece.role;
    let mut marks = String::new();
    for (is_set, mark) in [(strong, "b"), (emphasis, "i"), (strike, "s")] {
        marks += if is_set { mark } else { "" };
    }
    marks += match kind {
        Kind::Text => "",
        Kind::Code => "c",
        Kind::CodeBlock(_) => "k",
        Kind::Link => "l",
        Kind::Destination => "d",
        Kind::Mention => "@",
        Kind::Quote => "q",
        Kind::Heading => "h",
        Kind::Marker => "m",
    };
    match (&piece.link, marks.is_empty()) {
        (Some(link), _) if **link != *piece.text && kind != Kind::Destination => {
            format!("‹{marks} {}→{link}›", piece.text)
        }
        (_, false) => format!("‹{marks} {}›", piece.text),
        _ => piece.text.clone(),
    }
}
