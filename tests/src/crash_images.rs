//! What a power cut leaves of a server's files: rebuilt from the log of its writes, syncs, and of
//! what it had told its clients by then.
//!
//! A sync makes everything written before it durable, nothing else does. The shared-memory file is
//! left out, as SQLite makes it anew; removals and renamings hold at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use chatter_protocol::ClientMsgId;

/// The calls that the log must have.
pub const CALLS: &str =
    "pwrite64,fsync,fdatasync,ftruncate,unlink,rename,sendto,sendmsg,writev,write,pwritev";

/// What a disk writes whole or not at all.
const SECTOR_BYTES: u64 = 512;

/// Names of the files that make up the database.
const FILES: [&str; 3] = ["chatter.sqlite3", "chatter.sqlite3-wal", "chatter.sqlite3-journal"];

/// What precedes a message's key in whatever the server sends.
const KEY_FIELD: &str = "\"client_msg_id\":\"";

/// One thing that happened, in order.
#[derive(Debug)]
pub enum Moment {
    /// Bytes were written, but are not on the disk yet.
    Write(String, u64, Vec<u8>),
    /// A file was cut or grown.
    Truncate(String, u64),
    /// A sync began: it concerns what was written before.
    SyncBegins(String),
    /// It succeeded.
    SyncEnds(String),
    /// A file was removed.
    Remove(String),
    /// Clients were told of these messages.
    Told(Vec<ClientMsgId>),
}

/// Reads the log of a server with this data directory.
pub fn moments(log: &str, data: &Path) -> Vec<Moment> {
    let mut unfinished: HashMap<&str, String> = HashMap::new();
    let mut moments = Vec::new();
    for line in log.lines() {
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(begun) = text.strip_suffix("<unfinished ...>") {
            moments.extend(beginning(begun, data));
            unfinished.insert(thread, begun.to_owned());
        } else if let Some((_, rest)) = text.split_once(" resumed>") {
            let begun = unfinished.remove(thread).unwrap_or_default();
            moments.extend(end(&begun, &(begun.clone() + rest), data));
        } else {
            moments.extend(beginning(text, data));
            moments.extend(end(text, text, data));
        }
    }
    moments
}

/// What a call does as soon as it is made; whatever it returns, it may have been done.
fn beginning(text: &str, data: &Path) -> Option<Moment> {
    let (call, arguments) = text.split_once('(')?;
    match call {
        "pwrite64" => {
            let file = file(arguments, data)?;
            let (_, quoted) = arguments.split_once(">, \"")?;
            let (bytes, numbers) = quoted.split_once('"')?;
            let mut numbers = numbers.trim_start_matches("...").split(", ").skip(2);
            let offset = number(numbers.next()?)?;
            Some(Moment::Write(file, offset, unescaped(bytes)))
        }
        "ftruncate" => {
            let (_, length) = arguments.split_once(">, ")?;
            Some(Moment::Truncate(file(arguments, data)?, number(length)?))
        }
        "fsync" | "fdatasync" => Some(Moment::SyncBegins(file(arguments, data)?)),
        "unlink" => {
            let path = unescaped(arguments.split('"').nth(1)?);
            Some(Moment::Remove(named(&String::from_utf8(path).ok()?, data)?))
        }
        "sendto" | "sendmsg" | "writev" | "write" => {
            let parts = arguments.split('"').skip(1).step_by(2);
            let sent: Vec<u8> = parts.flat_map(unescaped).collect();
            let keys = keys(&String::from_utf8_lossy(&sent));
            (!keys.is_empty()).then_some(Moment::Told(keys))
        }
        // Would have to be understood, too.
        "rename" | "pwritev" => panic!("unexpected: {text}"),
        _ => None,
    }
}

/// What a call has done when it is over.
fn end(begun: &str, text: &str, data: &Path) -> Option<Moment> {
    let (call, arguments) = begun.split_once('(')?;
    let is_sync = matches!(call, "fsync" | "fdatasync");
    let is_done = text.trim_end().ends_with("= 0");
    if is_sync && is_done { Some(Moment::SyncEnds(file(arguments, data)?)) } else { None }
}

/// Which of the database's files a call with these arguments is about.
fn file(arguments: &str, data: &Path) -> Option<String> {
    let (_, path) = arguments.split_once('<')?;
    let (path, _) = path.split_once('>')?;
    named(&String::from_utf8(unescaped(path)).ok()?, data)
}

fn named(path: &str, data: &Path) -> Option<String> {
    let name = Path::new(path).strip_prefix(data).ok()?.to_str()?;
    FILES.contains(&name).then(|| name.to_owned())
}

fn number(text: &str) -> Option<u64> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The bytes of `\x48\x69`; text that is not escaped stays as it is.
fn unescaped(text: &str) -> Vec<u8> {
    if !text.starts_with("\\x") {
        return text.as_bytes().to_vec();
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let escapes = text.as_bytes().chunks_exact(4);
    let bytes = escapes.filter_map(|it| Some(digit(it[2])? << 4 | digit(it[3])?));
    bytes.collect()
}

fn keys(text: &str) -> Vec<ClientMsgId> {
    let fields = text.split(KEY_FIELD).skip(1);
    fields.filter_map(|field| field.split('"').next()?.parse().ok()).collect()
}

/// A disk as far as it is known what is on it.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<String, File>,
    told: BTreeSet<ClientMsgId>,
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Change>,
    /// How many of the changes the sync under way concerns.
    syncing: usize,
}

enum Change {
    Write(u64, Vec<u8>),
    Truncate(u64),
}

impl Disk {
    /// Something more happens.
    pub fn pass(&mut self, moment: &Moment) {
        match moment {
            Moment::Write(name, offset, bytes) => {
                self.file(name).pending.push(Change::Write(*offset, bytes.clone()));
            }
            Moment::Truncate(name, length) => {
                self.file(name).pending.push(Change::Truncate(*length));
            }
            Moment::SyncBegins(name) => {
                let file = self.file(name);
                file.syncing = file.pending.len();
            }
            Moment::SyncEnds(name) => self.file(name).sync(),
            Moment::Remove(name) => drop(self.files.remove(name)),
            Moment::Told(keys) => self.told.extend(keys),
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        self.files.entry(name.to_owned()).or_default()
    }

    /// The messages that clients know to be stored.
    pub fn told(&self) -> &BTreeSet<ClientMsgId> {
        &self.told
    }

    /// How many changes are not on the disk for certain.
    pub fn pending_count(&self) -> usize {
        self.files.values().map(|file| file.pending.len()).sum()
    }

    /// Writes what a power cut would leave now; of what is not synced, the sectors for which
    /// `survives` says so.
    pub fn write_image(&self, folder: &Path, mut survives: impl FnMut() -> bool) {
        fs::create_dir_all(folder).expect("makes the directory");
        for (name, file) in &self.files {
            fs::write(folder.join(name), file.content(&mut survives)).expect("writes");
        }
    }
}

impl File {
    fn sync(&mut self) {
        let later = self.pending.split_off(self.syncing.min(self.pending.len()));
        for change in std::mem::replace(&mut self.pending, later) {
            change.apply(&mut self.synced, &mut || true);
        }
    }

    fn content(&self, survives: &mut impl FnMut() -> bool) -> Vec<u8> {
        let mut content = self.synced.clone();
        self.pending.iter().for_each(|change| change.apply(&mut content, survives));
        content
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>, survives: &mut impl FnMut() -> bool) {
        match self {
            Self::Truncate(length) if survives() => content.resize(place(*length), 0),
            Self::Truncate(_) => {}
            Self::Write(offset, bytes) => {
                let (mut from, end) = (*offset, offset + bytes.len() as u64);
                while from < end {
                    let to = end.min((from / SECTOR_BYTES + 1) * SECTOR_BYTES);
                    if survives() {
                        let bytes = &bytes[place(from - offset)..place(to - offset)];
                        content.resize(content.len().max(place(to)), 0);
                        content[place(from)..place(to)].copy_from_slice(bytes);
                    }
                    from = to;
                }
            }
        }
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("files of tests are small")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"7  pwrite64(3<\x2f\x64\x2f\x63\x68\x61\x74\x74\x65\x72\x2e\x73\x71\x6c\x69\x74\x65\x33>, "\x61\x62", 2, 511) = 2
8  fsync(3</d/chatter.sqlite3> <unfinished ...>
7  pwrite64(3</d/chatter.sqlite3>, "\x63", 1, 0) = 1
8  <... fsync resumed>)     = 0
7  fsync(3</d/chatter.sqlite3>) = -1 EIO (Input/output error)
7  sendto(9<TCP>, "\x22\x63\x6c\x69\x65\x6e\x74\x5f\x6d\x73\x67\x5f\x69\x64\x22\x3a\x22\x30\x31\x39\x62\x30\x30\x30\x30\x2d\x30\x30\x30\x30\x2d\x37\x30\x30\x30\x2d\x38\x30\x30\x30\x2d\x30\x30\x30\x30\x30\x30\x30\x30\x30\x30\x30\x30\x22", 53, 0, NULL, 0) = 53
7  unlink("/d/chatter.sqlite3-journal") = 0
7  ftruncate(3</d/chatter.sqlite3>, 4) = 0
"#;

    #[test]
    fn only_what_was_written_before_a_sync_that_succeeded_is_certain() {
        let mut disk = Disk::default();
        for moment in moments(LOG, Path::new("/d")) {
            disk.pass(&moment);
        }
        assert_eq!(disk.told().len(), 1);
        assert_eq!(disk.pending_count(), 2, "the byte written during the sync, and the cut");
        let file = &disk.files["chatter.sqlite3"];
        let certain = file.content(&mut || false);
        assert_eq!((certain.len(), certain[0], &certain[511..]), (513, 0, b"ab".as_slice()));
        assert_eq!(file.content(&mut || true), [b'c', 0, 0, 0]);
        let mut is_first = true;
        let only_first = file.content(&mut || std::mem::take(&mut is_first));
        assert_eq!((only_first.len(), only_first[0]), (513, b'c'));
    }
}
