//! Every picture of the corpus is taken or refused as expected, in time and in little memory.
//!
//! A process of its own reads them: memory that was taken before would hide what they take.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, io};

use chatter_server::media::image::{self as pictures, Bounds};

use super::{BUSY_MAX, BYTES_MAX, PATIENCE, corpus, verdict};

const FOLDER: &str = "CHATTER_TEST_PICTURES";
const KIB_MAX: u64 = 96 * 1024;

#[test]
#[expect(clippy::print_stdout, reason = "figures for whoever asks with --nocapture")]
fn each_picture_is_taken_or_refused_in_time_and_96_mib() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = corpus::all();
    assert!(cases.len() >= 60, "{}", cases.len());
    for case in cases {
        let name = format!("{}: {}", case.name, case.expected);
        fs::write(folder.path().join(name), case.file).expect("written");
    }
    let child = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "memory::in_a_process_of_its_own", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    let counted = said.lines().find(|line| line.contains("pictures took")).expect("it read them");
    println!("{counted}");
}

/// What the child does; without the folder there is nothing to do.
#[test]
#[expect(clippy::print_stdout, reason = "this is how it tells its parent")]
fn in_a_process_of_its_own() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let before = peak_kib();
    let mut wrong = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let expected = name.rsplit(": ").next().expect("what is expected");
        let begun = busy();
        let became = became(&path);
        let took = busy() - begun;
        let as_expected = match expected {
            "refused" => became != "taken",
            "either" => became != "storage",
            exact => became == exact,
        };
        let kib = peak_kib() - before;
        if !as_expected || took > BUSY_MAX || kib > KIB_MAX {
            wrong.push(format!("{name}, and is {became} in {took:?}, memory {kib} KiB"));
        }
        slowest = slowest.max((took, name));
        count += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(slowest.0 > Duration::ZERO, "this system does not count");
    let kib = peak_kib() - before;
    println!("{count} pictures took {kib} KiB, the slowest {:?}: {}", slowest.0, slowest.1);
}

fn became(path: &Path) -> &'static str {
    let file = File::open(path).expect("a file");
    let mut head = [0; 16];
    let read = io::Read::read(&mut &file, &mut head).expect("read");
    io::Seek::rewind(&mut &file).expect("rewound");
    let format = pictures::sniff(&head[..read]).expect("it begins as a picture");
    let bounds = Bounds { bytes_max: BYTES_MAX, deadline: Instant::now() + PATIENCE };
    verdict(&pictures::remake(&file, format, io::sink(), io::sink(), bounds))
}

/// How long a processor was busy with this thread: proc(5), `schedstat`, in nanoseconds.
fn busy() -> Duration {
    let numbers = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let first = numbers.split(' ').next().expect("a number");
    Duration::from_nanos(first.parse().expect("a number"))
}

/// The most memory that this process ever had.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
