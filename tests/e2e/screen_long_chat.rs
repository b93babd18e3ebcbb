//! A chat of weeks: a day is one question away, and what is read stays while others go on writing.

use chatter_tests::terminal::Terminal;

use crate::person::ENTER;
use crate::stage::Stage;

const PAGE_UP: &str = "\x1b[5~";
const CTRL_G: &str = "\x07";
const CTRL_HOME: &str = "\x1b[1;5H";
const CTRL_END: &str = "\x1b[1;5F";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const DAYS: i64 = 30;
const MESSAGES: i64 = 3_000;

/// The rows of the messages, without the list beside them and what is written below.
fn messages(screen: &str) -> Vec<String> {
    let rows = screen.lines().skip(2).take(19);
    rows.filter_map(|line| Some(line.split_once('│')?.1.trim_end().to_owned())).collect()
}

fn shows(screen: &str, text: &str) -> bool {
    messages(screen).iter().any(|row| row.ends_with(text))
}

fn say_numbered(stage: &Stage, from: i64, to: i64) {
    stage.wait(async {
        for number in from..=to {
            stage.bob.say(stage.chat, &format!("message {number}")).await;
        }
    });
}

/// Moves the messages back, so that each day up to today has as many.
fn spread_over_days(stage: &Stage) {
    let back = "UPDATE messages SET created_at = created_at - (?1 - 1 - (seq - 1) / ?2) * ?3";
    stage.database().execute(back, [DAYS, MESSAGES / DAYS, DAY_MS]).expect("writes");
}

fn open(stage: &Stage) -> Terminal {
    let terminal = stage.client();
    terminal.keys(ENTER);
    terminal.wait_until("the first unread", |screen| shows(screen, "message 1"));
    terminal
}

#[test]
fn a_day_and_the_beginning_are_one_question_away() {
    let stage = Stage::set();
    say_numbered(&stage, 1, MESSAGES);
    spread_over_days(&stage);
    let terminal = open(&stage);
    terminal.keys(CTRL_END);
    terminal.wait_until("the last", |screen| shows(screen, "message 3000"));
    terminal.keys(CTRL_G);
    terminal.wait_for("Go to a day");
    terminal.keys("10 days ago");
    terminal.keys(ENTER);
    // The twentieth of thirty days, of a hundred messages each.
    terminal.wait_until("the first of that day", |screen| shows(screen, "message 1901"));
    terminal.keys(CTRL_HOME);
    terminal.wait_until("the beginning", |screen| {
        screen.contains("The beginning") && shows(screen, "message 1")
    });
    terminal.keys(CTRL_END);
    terminal.wait_until("the last again", |screen| shows(screen, "message 3000"));
}

#[test]
fn what_is_read_stays_while_two_hundred_messages_come() {
    let stage = Stage::set();
    say_numbered(&stage, 1, 60);
    let terminal = open(&stage);
    terminal.keys(CTRL_END);
    terminal.wait_until("the last", |screen| shows(screen, "message 60"));
    terminal.keys(PAGE_UP);
    let before = messages(&terminal.wait_for("newer messages"));
    assert!(before.iter().any(|row| row.contains("message")), "{before:?}");
    for (from, to, below) in [(61, 100, "40 new below"), (101, 260, "200 new below")] {
        say_numbered(&stage, from, to);
        let screen = terminal.wait_for(below);
        assert_eq!(messages(&screen), before, "what is read has moved");
    }
    // The line between read and new stays where it was when the chat was opened.
    terminal.keys(CTRL_HOME);
    terminal.wait_until("the divider above the first", |screen| {
        let rows = messages(screen);
        let at = |text: &str| rows.iter().position(|row| row.contains(text));
        at("New messages").zip(at("message 1")).is_some_and(|(divider, first)| divider < first)
    });
    terminal.keys(CTRL_END);
    terminal.wait_until("the last of all", |screen| {
        shows(screen, "message 260") && !screen.contains("below")
    });
}
