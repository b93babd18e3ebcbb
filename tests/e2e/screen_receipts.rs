//! What the writer is shown of a message that the reader has not looked at yet.

use chatter_tests::terminal::{Answers, Terminal};

use crate::person::{ENTER, marked, say};
use crate::stage::Stage;

const FOCUS_LOST: &str = "\x1b[O";
const FOCUS_GAINED: &str = "\x1b[I";

fn wait_marked(terminal: &Terminal, text: &str, mark: &str) -> String {
    terminal.wait_until(&format!("{mark} at {text:?}"), |screen| {
        screen.lines().any(|line| line.contains(text) && line.trim_end().ends_with(mark))
    })
}

#[test]
fn the_mark_turns_to_read_only_once_somebody_looks() {
    let stage = Stage::set();
    let ada = stage.client();
    let bob = stage.client_of(&stage.bob, (80, 24), &[], &[], Answers::plain());
    bob.wait_for("ada");
    for terminal in [&ada, &bob] {
        terminal.keys(ENTER);
        terminal.wait_for("Write a message");
    }
    bob.keys(FOCUS_LOST);
    say(&ada, "nobody looks");
    wait_marked(&ada, "nobody looks", "✓✓");
    // A read of the first would have been told with the delivery of the second.
    say(&ada, "still nobody");
    let screen = wait_marked(&ada, "still nobody", "✓✓");
    assert!(!marked(&screen, "nobody looks", '◉'), "read without the focus:\n{screen}");
    bob.keys(FOCUS_GAINED);
    wait_marked(&ada, "nobody looks", "◉");
    wait_marked(&ada, "still nobody", "◉");
}
