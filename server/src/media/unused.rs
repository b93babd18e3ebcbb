//! Taking away what nothing uses: uploads without a message, and files without a row, which a crash
//! between the two leaves behind.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use chatter_protocol::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use super::Media;
use crate::store::{Collected, FileHash, Store, StoreError};

/// How often unused uploads are looked for.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// Uploads that are forgotten in one transaction, and files looked at before others get a turn.
const BATCH: usize = 100;

/// Runs until it is aborted: once over all files, then now and then over what nothing uses.
pub async fn keep_clean(media: Arc<Media>, store: Arc<dyn Store>) {
    if let Err(error) = sweep(&media, &*store).await {
        tracing::warn!(%error, "the media directory was not looked through");
    }
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = collect(&media, &*store).await {
            tracing::warn!(%error, "unused uploads were not taken away");
        }
    }
}

async fn collect(media: &Media, store: &dyn Store) -> Result<(), StoreError> {
    let unused_ms = i64::try_from(media.settings.unused_for.as_millis()).unwrap_or(i64::MAX);
    loop {
        let now = Timestamp::now().as_millis();
        let before = Timestamp::from_millis(now.saturating_sub(unused_ms));
        let _alone = media.named.write().await;
        let Collected { uploads, files } = store.collect_media(before, BATCH).await?;
        if uploads == 0 {
            return Ok(());
        }
        tracing::info!(uploads, files = files.len(), "unused uploads taken away");
        remove(media, files).await;
    }
}

/// Takes away the files that no row tells of.
async fn sweep(media: &Media, store: &dyn Store) -> Result<(), StoreError> {
    let files = Arc::clone(&media.files);
    let list = move || files.kept().map(|kept| kept.collect::<Vec<_>>());
    let kept = tokio::task::spawn_blocking(list).await.map_err(io::Error::other);
    let kept =
        kept.and_then(|it| it).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    for batch in kept.chunks(BATCH) {
        let _alone = media.named.write().await;
        let mut orphans = Vec::new();
        for hash in batch {
            if !store.is_media_known(*hash).await? {
                orphans.push(*hash);
            }
        }
        remove(media, orphans).await;
    }
    Ok(())
}

async fn remove(media: &Media, hashes: Vec<FileHash>) {
    let files = Arc::clone(&media.files);
    let remove = move || hashes.into_iter().try_for_each(|hash| files.remove(hash));
    match tokio::task::spawn_blocking(remove).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "a file of the media directory stays"),
        Err(error) => tracing::error!(%error, "taking files away failed"),
    }
}
