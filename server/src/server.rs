//! Putting the parts together, and taking them apart again in order.

use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chatter_protocol::{Event, Timestamp};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::{self, Acceptor, TlsError};
use crate::app::App;
use crate::auth::{Auth, AuthError};
use crate::bus::{Bus, LocalBus, Notice};
use crate::chat::Chat;
use crate::http;
use crate::hub::Hub;
use crate::media::{self, Media};
use crate::presence::{self, Roster};
use crate::settings::{Settings, SettingsError, millis};
use crate::socket::SocketSettings;
use crate::store::sqlite::{SqliteStore, StoreOpenError};
use crate::store::{Appended, Store};

/// How long requests and sockets may take to end; with closing the store it stays under ten
/// seconds.
const DRAIN_DEADLINE: Duration = Duration::from_secs(7);
/// How long the store may take to finish writing.
const STORE_DEADLINE: Duration = Duration::from_secs(2);
/// How often old attempts are forgotten and "last seen" of those who stay is stored.
const HOUSEKEEPING_EVERY: Duration = Duration::from_secs(5 * 60);

/// The server, not yet running.
pub struct Server;

/// A server that serves. Dropping it stops it without waiting; [`RunningServer::stop`] waits.
pub struct RunningServer {
    /// Where it listens.
    pub addr: SocketAddr,
    scheme: &'static str,
    shutdown: CancellationToken,
    stopped: Option<JoinHandle<()>>,
}

/// Why the server did not start; each is a sentence for the operator.
#[derive(Debug, Error)]
pub enum StartError {
    /// The settings don't fit together.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The data directory, or the one of uploads in it, can't be made.
    #[error("The data directory {path} can't be made: {source}")]
    Data {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The database can't be opened.
    #[error("The database can't be opened: {0}")]
    Store(#[from] StoreOpenError),
    /// The address can't be listened on.
    #[error("{address} can't be listened on: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificate or key can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Passwords can't be hashed here.
    #[error("Passwords can't be hashed: {0}")]
    Auth(#[from] AuthError),
}

impl Server {
    /// Opens the store, listens and serves, in the background of the current runtime.
    ///
    /// # Errors
    /// Whatever is in the way, as a sentence for the operator.
    pub async fn start(settings: Settings) -> Result<RunningServer, StartError> {
        Self::start_on(Arc::new(LocalBus::default()), settings).await
    }

    /// As [`Server::start`], on another bus than that of a single node.
    ///
    /// # Errors
    /// As there.
    pub async fn start_on(
        bus: Arc<dyn Bus>,
        settings: Settings,
    ) -> Result<RunningServer, StartError> {
        settings.check()?;
        let tls = match (&settings.tls_cert, &settings.tls_key) {
            (Some(certificate), Some(key)) => Some(accept::tls_acceptor(certificate, key)?),
            _ => None,
        };
        // Listening first: a second server on the same address must not touch the database.
        let address = settings.listen;
        let listen_failed = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_failed)?;
        let addr = listener.local_addr().map_err(listen_failed)?;

        let parts = Parts::build(bus, &settings)?;
        let shutdown = CancellationToken::new();
        let tasks = TaskTracker::new();
        let app = Arc::new(App {
            chat: Arc::clone(&parts.chat),
            hub: Arc::clone(&parts.hub),
            body_timeout: millis(settings.body_timeout_ms),
            upload_timeout: millis(settings.upload_timeout_ms),
            allowed_origins: settings.allowed_origins.0.clone(),
            socket: SocketSettings::from(&settings),
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let acceptor =
            Acceptor::new(http::router(app), tls, &settings, shutdown.clone(), tasks.clone());
        let stopped = tokio::spawn(run(parts, acceptor, listener, tasks));
        Ok(RunningServer { addr, scheme, shutdown, stopped: Some(stopped) })
    }
}

impl RunningServer {
    /// Where it is, as in `http://127.0.0.1:3040`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// Stops accepting, tells sockets to come back, finishes what is in flight and closes the
    /// store; takes less than ten seconds.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        if let Some(stopped) = self.stopped.take()
            && let Err(error) = stopped.await
        {
            tracing::error!(%error, "the server did not stop in order");
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// What outlives any connection.
struct Parts {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    roster: Arc<Roster>,
    hub: Arc<Hub>,
    media: Arc<Media>,
    chat: Arc<Chat>,
}

impl Parts {
    /// Blocks for as long as opening the store takes: nothing is served before.
    fn build(bus: Arc<dyn Bus>, settings: &Settings) -> Result<Self, StartError> {
        make_data_directory(&settings.data)?;
        let roster = Arc::new(Roster::new(millis(settings.presence_grace_ms)));
        let hub = Arc::new(Hub::new(Arc::clone(&roster), settings.connections_per_account));
        let receiver = Arc::clone(&hub);
        bus.subscribe(Box::new(move |notice| receiver.deliver(notice)));

        let publisher = Arc::clone(&bus);
        let sink = Arc::new(move |appended: Appended| {
            if let Event::MeChanged { me } = &appended.event {
                publisher.publish(Notice::MeChanged { me: Arc::new(me.clone()) });
            }
            if let Some(notice) = Notice::appended(&appended) {
                publisher.publish(notice);
            }
        });
        let store: Arc<dyn Store> =
            SqliteStore::open_with(&settings.data, sink, settings.durability)?;
        let media = Media::open(&settings.data, settings.media()).map_err(|source| {
            StartError::Data { path: settings.data.join("media").display().to_string(), source }
        })?;
        let media = Arc::new(media);
        let auth = Auth::new(Arc::clone(&store), settings.auth())?;
        let chat = Chat::new(
            Arc::clone(&store),
            Arc::clone(&bus),
            auth,
            Arc::clone(&roster),
            Arc::clone(&media),
            settings.limits(),
        );
        Ok(Self { store, bus, roster, hub, media, chat: Arc::new(chat) })
    }
}

/// Serves until the acceptor returns, then ends everything in order.
async fn run(parts: Parts, acceptor: Acceptor, listener: TcpListener, tasks: TaskTracker) {
    let Parts { store, bus, roster, hub: _hub, media, chat } = parts;
    let announcing = tokio::spawn(presence::announce(Arc::clone(&roster), Arc::clone(&store), bus));
    let housekeeping =
        tokio::spawn(keep_house(Arc::clone(&store), Arc::clone(&roster), Arc::clone(&chat)));
    let cleaning = tokio::spawn(media::keep_clean(media, Arc::clone(&store)));
    acceptor.run(listener).await;

    let online = roster.online_since(Timestamp::now());
    tasks.close();
    if timeout(DRAIN_DEADLINE, tasks.wait()).await.is_err() {
        tracing::warn!(open = tasks.len(), "some connections did not end in time");
    }
    announcing.abort();
    housekeeping.abort();
    cleaning.abort();
    let closing = async {
        presence::note_last_seen(&*store, online.into_iter().collect(), Timestamp::now()).await;
        store.close().await;
    };
    if timeout(STORE_DEADLINE, closing).await.is_err() {
        tracing::error!("the store did not close in time");
    }
}

/// Now and then: a crash must not cost "last seen" of those who stay for days.
async fn keep_house(store: Arc<dyn Store>, roster: Arc<Roster>, chat: Arc<Chat>) {
    let mut ticks = interval(HOUSEKEEPING_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        chat.auth().forget_old_attempts();
        let now = Timestamp::now();
        let online = roster.online_since(now).into_iter().collect();
        presence::note_last_seen(&*store, online, now).await;
    }
}

/// Only for the server's own eyes, where the system knows such a thing.
fn make_data_directory(path: &Path) -> Result<(), StartError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|source| StartError::Data { path: path.display().to_string(), source })
}
