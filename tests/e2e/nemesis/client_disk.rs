//! The client's disk is full, from the start or in the middle: it says so, goes on, and keeps
//! everything again once there is room.

use std::path::Path;

use chatter_tests::binaries::binary;
use chatter_tests::chance::is_skipped;
use chatter_tests::server::Server;
use chatter_tests::small_disk::SmallDisk;
use chatter_tests::terminal::{Terminal, command};

use crate::person::{CTRL_Q, ENTER, Person, find, marked, say};

/// Ada's client with its data on the disk.
fn start(ada: &Person, disk: &Path) -> Terminal {
    let mut client = command(binary("chatter"), ada.home());
    client.env("XDG_DATA_HOME", disk);
    Terminal::spawn(client, 110, 24)
}

#[test]
fn a_client_without_room_says_so_and_keeps_everything_once_there_is() {
    const TEST: &str = "a_client_without_room_says_so_and_keeps_everything_once_there_is";
    let disk = SmallDisk::mount(4);
    if is_skipped(TEST, "the right to mount a tmpfs", disk.is_some()) {
        return;
    }
    let Some(disk) = disk else { return };
    let mut server = Server::start();
    let (ada, bob) = (Person::new(&server), Person::new(&server));
    let mut at_ada = ada.sign_up("ada", 110, 24);
    at_ada.keys(CTRL_Q);
    assert_eq!(at_ada.wait_exit(), 0);
    let at_bob = bob.sign_up("bob", 80, 24);

    // Full in the middle: said, and the chat goes on.
    let mut at_ada = start(&ada, disk.path());
    at_ada.wait_for("connected");
    find(&at_ada, "bob");
    disk.fill();
    // More than what a page that was there already still takes.
    let long = "no room for this ".repeat(400);
    at_ada.paste(&long);
    at_ada.keys(ENTER);
    at_ada.wait_for("Not saved on this device");
    say(&at_ada, "but it arrives");
    at_bob.wait_for("but it arrives");

    // Room again: everything is kept, and there without the server.
    disk.free();
    say(&at_ada, "room again");
    at_ada.wait_until("sent", |screen| marked(screen, "room again", '✓'));
    at_ada.wait_until("nothing at risk", |screen| !screen.contains("Not saved"));
    at_ada.keys(CTRL_Q);
    assert_eq!(at_ada.wait_exit(), 0);
    server.kill();
    let at_ada = start(&ada, disk.path());
    at_ada.wait_for("room again");
    at_ada.keys(ENTER);
    at_ada.wait_for("but it arrives");
}
