//! Pictures in a chat: each terminal gets them in the way that it shows best, also through tmux, and
//! where there is no way, words stand for them.

use std::path::{Path, PathBuf};

use chatter_tests::binaries::binary;
use chatter_tests::chance::is_skipped;
use chatter_tests::terminal::{Answers, Terminal};
use image::{ImageFormat, Rgb, RgbImage};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::person::{CTRL_Q, ENTER};
use crate::stage::{Stage, place_of};
use crate::terminal_tmux::{Tmux, has_tmux};

const ALT_I: &str = "\x1bi";
const F9: &str = "\x1b[20~";
const PAGE_UP: &str = "\x1b[5~";
const PAGE_DOWN: &str = "\x1b[6~";
/// Of the environment.
type Variables = &'static [(&'static str, &'static str)];

const COLOURS: Variables = &[("COLORTERM", "truecolor")];
const SIZE: (u16, u16) = (100, 30);

/// What kitty takes for a cell of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';

/// How each protocol begins to send a picture.
const KITTY: &str = "\x1b_Gq=2,i=";
const SIXEL: &str = "q\"1;1;";
const ITERM2: &str = "\x1b]1337;File=inline=1";

/// A picture of many colours, as a camera makes them.
fn png(width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, (x * y % 251) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

/// Bob sends a message with pictures of these sizes.
fn bob_sends(stage: &Stage, body: &str, sizes: &[(u32, u32)]) {
    stage.wait(async {
        let mut attachments = Vec::new();
        for (number, (width, height)) in sizes.iter().enumerate() {
            let part = Part::bytes(png(*width, *height)).file_name(format!("moth{number}.png"));
            let form = Form::new().text("alt", "a moth").part("file", part);
            let request = stage.bob.rest.request(Method::POST, "media").multipart(form);
            let uploaded: Value = stage.bob.rest.answer(request).await.ok();
            attachments.push(uploaded["media"].clone());
        }
        let key = chatter_protocol::ClientMsgId::new();
        let message = json!({ "client_msg_id": key, "body": body, "attachments": attachments });
        let path = format!("conversations/{}/messages", stage.chat);
        stage.bob.rest.post(&path, message).await.ok();
    });
}

fn kitty() -> Answers {
    let name = Some("kitty(0.35.2)".to_owned());
    Answers { name, graphics: true, cell: Some("20;10".to_owned()), ..Answers::plain() }
}

fn named(name: &str) -> Answers {
    Answers { name: Some(name.to_owned()), ..Answers::plain() }
}

fn with_sixel() -> Answers {
    Answers { attributes: Some("62;4;22".to_owned()), ..Answers::plain() }
}

fn open_chat(stage: &Stage, options: &[&str], answers: Answers) -> Terminal {
    let terminal = stage.client_with(SIZE, COLOURS, options, answers);
    terminal.keys(ENTER);
    terminal.wait_for("Look at this");
    terminal
}

fn written(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.written()).into_owned()
}

/// Whether half-blocks in colours were drawn.
fn has_blocks(written: &str) -> bool {
    written.contains('▀') || written.contains('▄')
}

#[test]
fn each_terminal_gets_pictures_in_its_own_way_and_in_no_other() {
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480)]);
    for (answers, options, sent) in [
        (kitty(), &[][..], KITTY),
        (with_sixel(), &[], SIXEL),
        (named("WezTerm 20240203"), &[], ITERM2),
        (Answers::plain(), &[], ""),
        (Answers::plain(), &["--set", "look.pictures=sixel"], SIXEL),
        (kitty(), &["--set", "look.pictures=blocks"], ""),
    ] {
        let terminal = open_chat(&stage, options, answers);
        terminal.wait_written(&format!("the picture by {sent:?}"), |written| match sent {
            "" => has_blocks(written),
            sent => written.contains(sent),
        });
        let screen = terminal.wait_for("▧ moth0.png · 640x480");
        assert!(screen.contains("a moth"), "what it shows is said:\n{screen}");
        let written = written(&terminal);
        for other in [KITTY, SIXEL, ITERM2].iter().filter(|other| **other != sent) {
            assert!(!written.contains(other), "{sent:?} and {other:?}");
        }
    }
}

#[test]
fn where_there_are_no_pictures_words_stand_for_them_and_nothing_is_fetched() {
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480)]);
    let words = "[picture: a moth, 640x480, ";
    let cases: [(Variables, &[&str]); 4] = [
        (COLOURS, &["--no-images"]),
        (COLOURS, &["--ascii"]),
        (&[("TERM", "xterm")], &[]),
        (&[("NO_COLOR", "1")], &[]),
    ];
    for (variables, options) in cases {
        let terminal = stage.client_with(SIZE, variables, options, Answers::plain());
        terminal.keys(ENTER);
        terminal.wait_for(words);
        let written = written(&terminal);
        assert!(!has_blocks(&written) && !written.contains(KITTY), "{variables:?} {options:?}");
    }
    assert!(kept(&stage).is_empty());
}

#[test]
fn pictures_are_turned_off_and_on_by_a_key() {
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480)]);
    let terminal = open_chat(&stage, &[], Answers::plain());
    terminal.wait_until("the picture", has_blocks);
    terminal.keys(ALT_I);
    terminal.wait_for("[picture: a moth, 640x480, ");
    terminal.wait_until("no picture", |screen| !has_blocks(screen));
    terminal.keys(ALT_I);
    terminal.wait_until("the picture again", has_blocks);
}

/// What the client keeps of pictures.
fn kept(stage: &Stage) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![stage.home().join("ada/cache/chatter/media")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push(path),
            }
        }
    }
    found
}

#[test]
fn kitty_gets_a_picture_once_and_loses_it_at_the_end() {
    let stage = Stage::set();
    for number in 0..40 {
        stage.bob_says(&format!("before {number}"));
    }
    bob_sends(&stage, "Look at this", &[(640, 480)]);
    let mut terminal = open_chat(&stage, &[], kitty());
    terminal.keys("\x1b[1;5F");
    terminal.wait_until("the picture", |screen| screen.contains(PLACEHOLDER));
    for _ in 0..3 {
        terminal.keys(PAGE_UP);
        terminal.wait_until("text alone", |screen| !screen.contains(PLACEHOLDER));
        terminal.keys(PAGE_DOWN);
        terminal.wait_until("the picture again", |screen| screen.contains(PLACEHOLDER));
    }
    assert_eq!(written(&terminal).matches("a=T").count(), 1, "sent once");
    terminal.keys("half a sentence");
    terminal.wait_for("half a sentence");
    terminal.keys("\x0c");
    terminal.wait_written("again, when the screen is drawn anew", |written| {
        written.matches("a=T").count() == 2
    });
    terminal.keys(CTRL_Q);
    assert_eq!(terminal.wait_exit(), 0);
    assert!(written(&terminal).contains("a=d,d=I,i="), "taken back");
    assert!(!terminal.is_taken_over());
    use std::os::unix::fs::PermissionsExt;
    let [file] = &kept(&stage)[..] else { panic!("one picture is kept: {:?}", kept(&stage)) };
    let mode = std::fs::metadata(file).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn one_picture_fills_the_screen_and_arrows_lead_to_the_next() {
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480), (300, 900)]);
    let terminal = open_chat(&stage, &[], kitty());
    terminal.wait_until("a picture", |screen| screen.contains(PLACEHOLDER));
    terminal.keys(F9);
    terminal.wait_for("Esc");
    terminal.keys("o");
    terminal.wait_until("the first of two and nothing else", |screen| {
        screen.contains("1/2")
            && screen.contains("moth0.png · 640x480")
            && !screen.contains("Look at this")
    });
    terminal.wait_until("it fills the screen", |screen| {
        screen.lines().filter(|line| line.contains(PLACEHOLDER)).count() > 20
    });
    terminal.keys("\x1b[C");
    terminal.wait_for("moth1.png · 300x900");
    terminal.wait_until("the other one", |screen| {
        screen.lines().filter(|line| line.contains(PLACEHOLDER)).count() > 20
    });
    terminal.keys("q");
    terminal.wait_for("Look at this");
}

#[test]
fn a_file_that_is_no_picture_is_said_and_harms_nothing() {
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480), (64, 64)]);
    // The disk of the server has gone bad, or the server has.
    let small = |path: &Path| std::fs::metadata(path).is_ok_and(|file| file.len() > 5_000);
    let spoiled = media(&stage.server.data()).into_iter().filter(|path| small(path));
    for path in spoiled {
        let length = std::fs::metadata(&path).expect("there").len();
        std::fs::write(&path, vec![0x1b; length as usize]).expect("writes");
    }
    let terminal = open_chat(&stage, &[], Answers::plain());
    terminal.wait_for("not shown: ");
    terminal.wait_until("the other one", has_blocks);
    terminal.keys("still here");
    terminal.wait_for("still here");
}

/// Every file that the server keeps beside its database.
fn media(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_database = path.to_string_lossy().contains("sqlite3");
            match path.is_dir() {
                true => folders.push(path),
                false if !is_database => found.push(path),
                false => {}
            }
        }
    }
    found
}

/// Ada's client in a tmux of her own, in a terminal that answers like this.
fn in_tmux(stage: &Stage, config: &str, answers: Answers) -> Tmux {
    let client = format!(
        "env COLORTERM=truecolor CHATTER_TOKEN={} {} --server {}",
        stage.ada.token,
        binary("chatter").display(),
        stage.server.url()
    );
    let config = format!("set -as terminal-features ',*:RGB'\n{config}");
    let tmux = Tmux::start_answering(&config, &client, answers);
    tmux.terminal.wait_until("the list of chats", |screen| {
        screen.contains("connected") && screen.contains("bob")
    });
    tmux.terminal.keys(ENTER);
    tmux.terminal.wait_for("Look at this");
    tmux
}

#[test]
fn through_tmux_go_the_pictures_that_it_lets_through() {
    if is_skipped("through_tmux_go_the_pictures_that_it_lets_through", "tmux", has_tmux()) {
        return;
    }
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480)]);
    let open = "set -g allow-passthrough on";
    let tmux = in_tmux(&stage, open, kitty());
    tmux.terminal.wait_written("the picture and its cells", |written| {
        written.contains(KITTY) && written.contains(PLACEHOLDER)
    });
    let closed = "set -g allow-passthrough off";
    let tmux = in_tmux(&stage, closed, kitty());
    tmux.terminal.wait_written("half-blocks", has_blocks);
    assert!(!written(&tmux.terminal).contains(KITTY), "tmux keeps pictures back");
    assert_eq!(tmux.option("allow-passthrough"), "off", "nobody changed what was set");
}

#[test]
fn through_tmux_a_picture_stands_where_its_place_was_kept() {
    if is_skipped("through_tmux_a_picture_stands_where_its_place_was_kept", "tmux", has_tmux()) {
        return;
    }
    let stage = Stage::set();
    bob_sends(&stage, "Look at this", &[(640, 480)]);
    // A second pane above moves everything down, and the line of tmux stands at the top.
    let config = "set -g allow-passthrough on\nset -g status on\nset -g status-position top";
    let tmux = in_tmux(&stage, config, named("WezTerm 20240203"));
    tmux.terminal.wait_written("the picture", |written| written.contains(ITERM2));
    let screen = tmux.terminal.wait_for("▧ moth0.png");
    let caption = place_of(&screen, "▧ moth0.png");
    let text = place_of(&screen, "Look at this");
    let bytes = tmux.terminal.written();
    let at = bytes.windows(ITERM2.len()).position(|part| part == ITERM2.as_bytes());
    let mut parser = vt100::Parser::new(
        std::num::NonZero::new(50).expect("rows"),
        std::num::NonZero::new(120).expect("columns"),
        0,
    );
    parser.process(&bytes[..at.expect("sent")]);
    let (row, column) = parser.screen().cursor_position();
    assert_eq!(usize::from(column), caption.0, "the column of the caption below it");
    assert!(usize::from(row) > text.1 && usize::from(row) < caption.1, "between text and caption");
    assert_eq!(usize::from(row), text.1 + 1, "right below the text");
}
