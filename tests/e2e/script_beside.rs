//! Scripts of one account beside its screen and beside each other.

use std::collections::BTreeSet;

use chatter_tests::rest::Account;
use chatter_tests::server::Server;
use chatter_tests::shell::{Said, Shell};
use chatter_tests::terminal::Terminal;
use rustix::process::Signal;

use crate::following::{Follower, numbers, two};
use crate::person::ENTER;
use crate::stage::Stage;

/// Scripts of an account that has a screen, too.
struct Scripts {
    shell: Shell,
    token_file: String,
}

impl Scripts {
    fn of(stage: &Stage, account: &Account) -> Self {
        let shell = Shell::new(&stage.server.url());
        let token_file = shell.file("token");
        std::fs::write(&token_file, &account.token).expect("writes");
        Self { token_file: token_file.display().to_string(), shell }
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.shell.run(&[arguments, &["--token-file", &self.token_file]].concat())
    }

    fn follow(&self) -> Follower {
        Follower::start(&self.shell, &["--since", ":0", "--token-file", &self.token_file])
    }
}

/// How often `text` stands in the chat, to the right of the list.
fn times(screen: &str, text: &str) -> usize {
    let chat = screen.lines().filter_map(|line| line.split_once('│'));
    chat.map(|(_, chat)| chat.matches(text).count()).sum()
}

/// Waits until the list of chats shows so many unread messages of bob's.
fn wait_for_unread(screen: &Terminal, count: Option<u32>) {
    screen.wait_until(&format!("{count:?} unread"), |text| {
        let lists = text.lines().filter_map(|line| Some(line.split_once('│')?.0));
        // The entry has two lines; one of them ends with the number.
        let entry = lists.skip_while(|line| !line.contains("bob")).take(2);
        let mut last = entry.filter_map(|line| line.split_whitespace().last()?.parse().ok());
        last.next() == count
    });
}

#[test]
fn the_screen_shows_once_what_scripts_send_and_unread_goes_when_a_script_has_read() {
    let stage = Stage::set();
    let (ada, bob) = (Scripts::of(&stage, &stage.ada), Scripts::of(&stage, &stage.bob));
    let screen = stage.client();
    let mut follower = ada.follow();
    for body in ["one from bob", "two from bob"] {
        bob.run(&["send", "ada", body]).exits(0);
        assert_eq!(follower.message()["body"], body);
    }
    wait_for_unread(&screen, Some(2));
    // Neither following nor sending reads anything.
    ada.run(&["send", "bob", "from a script"]).exits(0);
    assert_eq!(follower.message()["mine"], true);
    screen.wait_for("You: from a script");
    wait_for_unread(&screen, Some(2));
    // The screen's chat was not opened: a script has read it.
    ada.run(&["read", "bob", "--unread", "--mark-read"]).exits(0);
    wait_for_unread(&screen, None);
    screen.keys(ENTER);
    screen.wait_for("Write a message");
    for number in 0..3 {
        let (script, typed) = (format!("script {number}"), format!("typed {number}"));
        ada.run(&["send", "bob", &script]).exits(0);
        screen.keys(&typed);
        screen.wait_for(&typed);
        screen.keys(ENTER);
        assert_eq!(follower.message()["body"], script.as_str());
        assert_eq!(follower.message()["body"], typed.as_str());
        screen
            .wait_until("both, once", |text| times(text, &script) == 1 && times(text, &typed) == 1);
    }
    ada.run(&["send", "bob", "queued beside", "--queue"]).exits(0);
    screen.wait_until("it", |text| times(text, "queued beside") == 1);
    let text = screen.screen();
    for body in ["one from bob", "two from bob", "from a script", "script 2", "typed 2"] {
        assert_eq!(times(&text, body), 1, "{body:?} in\n{text}");
    }
    assert_eq!(follower.message()["body"], "queued beside");
    assert_eq!(numbers(&follower.rest(Signal::TERM)), Vec::<u64>::new(), "nothing twice");
    let read = bob.run(&["read", "ada", "--json"]).exits(0).records();
    assert_eq!(numbers(&read), (1..=10).collect::<Vec<_>>());
}

#[test]
fn two_followers_and_ten_senders_of_one_account_are_not_in_each_other_s_way() {
    let server = Server::start();
    let (ada, bob) = two(&server);
    let follow = || Follower::start(&ada, &["--since", ":0"]);
    let mut followers = [follow(), follow()];
    let send = |number: usize| {
        let body = format!("parallel {number}");
        // Half of them over the disk that all share.
        let arguments: &[&str] = match number % 2 {
            0 => &["send", "bob", &body],
            _ => &["send", "bob", &body, "--queue"],
        };
        ada.run(arguments).exits(0);
        body
    };
    let sent: BTreeSet<String> = std::thread::scope(|scope| {
        let sends: Vec<_> = (0..10).map(|number| scope.spawn(move || send(number))).collect();
        sends.into_iter().map(|send| send.join().expect("sends")).collect()
    });
    let read = bob.json(&["read", "ada"]);
    assert_eq!(read.len(), 10, "{read:?}");
    let shown = read.iter().map(|it| it["body"].as_str().expect("text").to_owned());
    assert_eq!(shown.collect::<BTreeSet<_>>(), sent);
    for follower in &mut followers {
        let heard: Vec<_> = (0..10).map(|_| follower.message()).collect();
        assert_eq!(numbers(&heard), (1..=10).collect::<Vec<_>>());
    }
    for follower in followers {
        assert_eq!(numbers(&follower.rest(Signal::TERM)), Vec::<u64>::new(), "nothing twice");
    }
}
