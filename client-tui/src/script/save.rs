//! `save`: what hangs on a message, written to files.

use std::io::Write;
use std::path::Path;

use chatter_protocol::{Attachment, FileName, MediaId, Message};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::chat::{find, missing, newest};
use super::exit::{Exit, Failure};
use super::out::{self, Out};
use super::records::SavedRecord;
use super::session::SignedIn;
use crate::cli::SaveArgs;
use crate::files::{Place, downloads};
use crate::net::{Api, HistoryQuery};

/// Messages among which the newest with something on it is looked for.
const MESSAGES_MAX: usize = 1_000;

/// Saves what was asked for.
pub(super) async fn save(session: &SignedIn, how: &SaveArgs, out: &mut Out) -> Result<(), Failure> {
    let wanted = match how.media {
        Some(media) => vec![(media, FileName::of(&media.to_string()))],
        None => attachments(&session.api, how).await?.into_iter().map(called).collect(),
    };
    if how.output.as_deref() == Some(Path::new("-")) {
        let [(media, _)] = wanted.as_slice() else { return Err(too_many(wanted.len())) };
        return to_stdout(&session.api, *media).await;
    }
    if how.output.is_some() && wanted.len() != 1 {
        return Err(too_many(wanted.len()));
    }
    for (media, name) in wanted {
        let place = place(how, &name)?;
        let shown = place.path().display().to_string();
        let unwritten = |error: std::io::Error| unwritten(&shown, &error);
        let mut file = tokio::fs::File::from_std(place.file.try_clone().map_err(unwritten)?);
        let bytes = download(&session.api, media, &mut file).await?;
        let path = place.keep().map_err(unwritten)?;
        out.record(&SavedRecord { media, name: name.to_string(), path, bytes })?;
    }
    out.flush()
}

fn called(attachment: Attachment) -> (MediaId, FileName) {
    (attachment.media, attachment.name)
}

/// What hangs on the message that was named, or on the newest one that has something.
async fn attachments(api: &Api, how: &SaveArgs) -> Result<Vec<Attachment>, Failure> {
    let view = find(api, &how.chat()).await?;
    let id = view.conversation.id;
    let found = match how.number {
        Some(number) => {
            let just_before = number.checked_sub(1);
            let query = HistoryQuery { after: just_before, limit: 1, ..HistoryQuery::default() };
            let page = api.messages(id, query).await?;
            page.messages.into_iter().find(|message| message.conv_seq == number)
        }
        None => {
            let has_some = |message: &Message| !message.attachments.is_empty();
            newest(api, id, None, MESSAGES_MAX).await?.into_iter().rfind(has_some)
        }
    };
    match found.map(|message| message.attachments).unwrap_or_default() {
        none if none.is_empty() => {
            let why = "No file hangs on a message there.";
            Err(Failure::new(Exit::NotFound, "not_found", why))
        }
        some => Ok(some),
    }
}

fn place(how: &SaveArgs, name: &FileName) -> Result<Place, Failure> {
    let (made, shown) = match (&how.output, &how.to) {
        (Some(path), _) => (Place::at(path), path.clone()),
        (None, to) => {
            let none =
                || Failure::local("There is no folder for downloads here. Name one with --to.");
            let folder = to.clone().or_else(downloads).ok_or_else(none)?;
            std::fs::create_dir_all(&folder)
                .map_err(|error| unwritten(&folder.display().to_string(), &error))?;
            (Place::in_folder(&folder, name), folder)
        }
    };
    made.map_err(|error| unwritten(&shown.display().to_string(), &error))
}

fn unwritten(path: &str, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::local(format!(
            "{path} is there already and was left as it is. Name another file."
        )),
        _ => Failure::local(format!("{path} can't be written: {error}.")),
    }
}

async fn to_stdout(api: &Api, media: MediaId) -> Result<(), Failure> {
    // Through a file: what is written to a pipe blocks, and a file that breaks off is not told.
    let spool = tempfile(media)?;
    let mut file = tokio::fs::File::from_std(spool.try_clone().map_err(|e| out::failed(&e))?);
    download(api, media, &mut file).await?;
    let copied = tokio::task::spawn_blocking(move || {
        let mut spool = spool;
        std::io::Seek::rewind(&mut spool)?;
        let mut stdout = std::io::stdout().lock();
        std::io::copy(&mut spool, &mut stdout)?;
        stdout.flush()
    });
    let copied = copied.await.map_err(|error| Failure::local(error.to_string()))?;
    copied.map_err(|error| out::failed(&error))
}

/// A file without a name.
fn tempfile(media: MediaId) -> Result<std::fs::File, Failure> {
    let path = std::env::temp_dir().join(format!("chatter-{media}-{:x}", rand::random::<u64>()));
    let made = std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    let made = made.and_then(|file| std::fs::remove_file(&path).map(|()| file));
    made.map_err(|error| unwritten(&path.display().to_string(), &error))
}

async fn download(
    api: &Api,
    media: MediaId,
    into: &mut (impl AsyncWrite + Unpin),
) -> Result<u64, Failure> {
    let bytes = api.download(media, into, |_| {}).await;
    let bytes = bytes.map_err(|error| missing(error, "That file isn't there for you."))?;
    into.shutdown().await.map_err(|error| out::failed(&error))?;
    Ok(bytes)
}

fn too_many(count: usize) -> Failure {
    Failure::usage(format!(
        "{count} files hang on that message; --output is for one. Name it with --media, or take --to."
    ))
}
