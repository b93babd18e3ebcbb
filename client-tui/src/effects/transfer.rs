//! Files on their way to the server and back, each in a task of its own that can be stopped.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chatter_protocol::text::sanitize_line;
use chatter_protocol::{Attachment, MediaId};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::files::{self, Place, Source, downloads};
use crate::net::Api;
use crate::state::{Event, UploadStep};

/// Files that are uploaded at a time; more wait.
const UPLOADS_MAX: usize = 2;
/// Progress is told when this share of a file is on its way, in parts of a whole.
const PROGRESS_PARTS: u64 = 50;
/// Largest picture that is handed to a viewer.
const OPENED_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The transfers under way.
pub(super) struct Transfers {
    answers: mpsc::Sender<Event>,
    uploads: HashMap<u64, JoinHandle<()>>,
    turns: Arc<Semaphore>,
}

impl Transfers {
    pub(super) fn new(answers: mpsc::Sender<Event>) -> Self {
        Self { answers, uploads: HashMap::new(), turns: Arc::new(Semaphore::new(UPLOADS_MAX)) }
    }

    /// Looks whether these are files; answered in any case.
    pub(super) fn look(&self, paths: Vec<PathBuf>, text: String) {
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let all_there = |paths: Vec<PathBuf>| {
                let is_there = paths.iter().all(|path| Source::look_at(path).is_ok());
                if is_there { paths } else { Vec::new() }
            };
            let found = spawn_blocking(move || all_there(paths)).await.unwrap_or_default();
            // Nobody listens when the program ends.
            let _ = answers.send(Event::LookedForFiles { found, text }).await;
        });
    }

    pub(super) fn upload(&mut self, api: Option<Api>, id: u64, path: PathBuf, alt: Option<String>) {
        self.uploads.retain(|_, task| !task.is_finished());
        let (answers, turns) = (self.answers.clone(), Arc::clone(&self.turns));
        let task = tokio::spawn(async move {
            let step = match api {
                None => Err("You are not signed in.".to_owned()),
                Some(api) => upload(&api, &turns, id, path, alt, &answers).await,
            };
            let step = step.map_or_else(
                |why| UploadStep::Failed(sanitize_line(&why).into_owned()),
                |attachment| UploadStep::Done(Box::new(attachment)),
            );
            // Nobody listens when the program ends.
            let _ = answers.send(Event::Upload { id, step }).await;
        });
        self.uploads.insert(id, task);
    }

    pub(super) fn cancel(&mut self, id: u64) {
        if let Some(task) = self.uploads.remove(&id) {
            task.abort();
        }
    }

    /// Saves files one after the other, and tells where they are.
    pub(super) fn save(&self, api: Option<Api>, wanted: Vec<Attachment>) {
        self.tell(async move {
            let api = api.ok_or("You are not signed in.")?;
            let folder = downloads().ok_or("There is no folder for downloads here.")?;
            let mut saved = Vec::new();
            for attachment in &wanted {
                saved.push(save(&api, attachment, &folder).await?);
            }
            Ok(match saved.as_slice() {
                [one] => format!("Saved as {}.", one.display()),
                more => format!("{} files saved in {}.", more.len(), folder.display()),
            })
        });
    }

    /// Shows a picture in the desktop's viewer.
    pub(super) fn open(&self, api: Option<Api>, media: MediaId, cache: PathBuf) {
        self.tell(async move {
            let api = api.ok_or("You are not signed in.")?;
            let picture = api.media(media, false, OPENED_BYTES_MAX).await;
            let picture = picture.map_err(|error| error.to_string())?;
            let open = move || files::open(&picture, &media.to_string(), &cache);
            spawn_blocking(open)
                .await
                .map_err(|error| error.to_string())?
                .map_err(|error| error.to_string())?;
            Ok("Opened in the desktop's viewer.".to_owned())
        });
    }

    /// Tells the person what came of it.
    fn tell(&self, act: impl Future<Output = Result<String, String>> + Send + 'static) {
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let told = act.await.unwrap_or_else(|why| why);
            // Nobody listens when the program ends.
            let _ = answers.send(Event::Notice(sanitize_line(&told).into_owned())).await;
        });
    }
}

async fn upload(
    api: &Api,
    turns: &Semaphore,
    id: u64,
    path: PathBuf,
    alt: Option<String>,
    answers: &mpsc::Sender<Event>,
) -> Result<Attachment, String> {
    let looked = spawn_blocking(move || Source::look_at(&path)).await;
    let source = looked.map_err(|error| error.to_string())??;
    let name = sanitize_line(source.name.as_str()).into_owned();
    let began = UploadStep::Began { name, bytes: source.bytes };
    // Nobody listens when the program ends.
    let _ = answers.send(Event::Upload { id, step: began }).await;
    let _turn = turns.acquire().await.map_err(|error| error.to_string())?;
    let (answers, told) = (answers.clone(), AtomicU64::new(0));
    let every = (source.bytes / PROGRESS_PARTS).max(1);
    let sent = move |bytes: u64| {
        if bytes >= told.load(Ordering::Relaxed) + every {
            told.store(bytes, Ordering::Relaxed);
            // One that is lost is followed by another.
            let _ = answers.try_send(Event::Upload { id, step: UploadStep::Sent(bytes) });
        }
    };
    api.upload(&source, alt.as_deref(), sent).await.map_err(|error| error.to_string())
}

async fn save(api: &Api, attachment: &Attachment, folder: &Path) -> Result<PathBuf, String> {
    let (folder, name) = (folder.to_owned(), attachment.name.clone());
    let unwritten = |error: std::io::Error| format!("{} can't be saved: {error}.", attachment.name);
    let place = spawn_blocking(move || {
        std::fs::create_dir_all(&folder)?;
        Place::in_folder(&folder, &name)
    });
    let place = place.await.map_err(|error| error.to_string())?.map_err(unwritten)?;
    let mut file = tokio::fs::File::from_std(place.file.try_clone().map_err(unwritten)?);
    let saved = api.download(attachment.media, &mut file, |_| {}).await;
    saved.map_err(|error| error.to_string())?;
    spawn_blocking(move || place.keep())
        .await
        .map_err(|error| error.to_string())?
        .map_err(unwritten)
}
