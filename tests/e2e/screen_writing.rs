//! Nothing that is being written is lost, sent by a slip, or moved by the window.

use chatter_tests::terminal::Answers;

use crate::person::ENTER;
use crate::stage::Stage;

const F10: &str = "\x1b[21~";

#[test]
fn two_hundred_pasted_lines_are_text() {
    let stage = Stage::set();
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    let lines: Vec<_> = (1..=200).map(|number| format!("line {number}")).collect();
    terminal.paste(&lines.join("\r"));
    terminal.wait_for("line 200");
    assert_eq!(stage.wait(stage.ada.view(stage.chat))["head_seq"], 0, "a paste was sent");
    terminal.keys(ENTER);
    terminal.wait_until("sent", |screen| screen.contains("more rows") && screen.contains(" ✓"));
    let path = format!("conversations/{}/messages", stage.chat);
    let page = stage.wait(stage.ada.rest.get(&path)).ok();
    assert_eq!(page["messages"][0]["body"], lines.join("\n"));
}

#[test]
fn a_draft_and_its_cursor_outlive_every_size() {
    let stage = Stage::set();
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys("a draft of some words");
    terminal.keys("\x1b[D");
    for (columns, rows) in [(40, 12), (20, 6), (10, 3), (1, 1), (120, 40), (80, 24)] {
        terminal.resize(columns, rows);
        terminal.keys("-");
    }
    terminal.wait_for("› a draft of some word------s");
}

#[test]
fn a_message_above_the_limit_says_so_while_it_is_written() {
    let stage = Stage::set();
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.paste(&"x".repeat(16_384));
    terminal.wait_for("16384 of 16384 bytes");
    terminal.keys("y");
    terminal.wait_for("16385 of 16384 bytes");
    terminal.keys(ENTER);
    terminal.wait_for("16385 bytes");
    terminal.keys("\x7f");
    terminal.wait_for("16384 of 16384 bytes");
    terminal.keys(ENTER);
    terminal.wait_for("more rows");
}

#[test]
fn a_word_with_a_slash_is_never_sent_by_a_slip() {
    let stage = Stage::set();
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys("/peple");
    terminal.keys(ENTER);
    let screen = terminal.wait_for("Did you mean /people?");
    assert!(screen.contains("› /peple"), "{screen}");
    assert_eq!(stage.wait(stage.ada.view(stage.chat))["head_seq"], 0);
}

#[test]
fn an_editor_gets_the_draft_and_every_key_until_it_ends() {
    let stage = Stage::set();
    let script = stage.server.data().join("editor");
    std::fs::write(&script, "echo editing; read line; printf ' %s' \"$line\" >> \"$1\"")
        .expect("writes");
    let editor = format!("sh '{}'", script.display());
    let variables = [("EDITOR", editor.as_str())];
    let terminal = stage.client_with((80, 24), &variables, &[], Answers::plain());
    terminal.keys(ENTER);
    terminal.wait_for("Write a message");
    terminal.keys("a draft");
    terminal.wait_for("› a draft");
    terminal.keys(F10);
    terminal.wait_for("editing");
    terminal.keys("for the editor\n");
    terminal.wait_for("› a draft for the editor");
    assert_eq!(stage.wait(stage.ada.view(stage.chat))["head_seq"], 0, "the editor's Enter sent it");
    terminal.keys("!");
    terminal.wait_for("› a draft for the editor!");
}
