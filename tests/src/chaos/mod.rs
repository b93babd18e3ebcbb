//! A bad link on purpose: stands between clients and a server on loopback and does to their bytes
//! and WebSocket frames what bad networks and bad buses do.
//!
//! What it does follows from a seed and can be changed while it runs ([`Chaos::set`]). Plain HTTP
//! passes untouched but for what cuts or slows the whole line.

mod frames;
mod pump;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What goes wrong. Probabilities are per text frame of a WebSocket, from the server unless said
/// otherwise; none of them touches the first frame that a client says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// Added to every chunk of bytes, either way.
    pub delay: Duration,
    /// Bytes per second each way; as fast as it goes if absent.
    pub bytes_per_second: Option<u32>,
    /// A frame comes twice.
    pub duplicate: f64,
    /// A frame is overtaken by up to five that come after it.
    pub reorder: f64,
    /// The connection ends, half of the time in the middle of a frame.
    pub cut: f64,
    /// An `ack` gets lost.
    pub drop_acks: f64,
    /// A client's frame comes twice.
    pub repeat_sends: f64,
}

/// What was done so far.
#[derive(Debug, Default)]
pub struct Done {
    /// Text frames of the server that came by.
    pub frames: AtomicU64,
    /// Frames that came twice, either way.
    pub duplicated: AtomicU64,
    /// Frames that were overtaken.
    pub reordered: AtomicU64,
    /// Connections that were ended by chance.
    pub cut: AtomicU64,
    /// Acknowledgements that got lost.
    pub acks_dropped: AtomicU64,
    /// Connections that came.
    pub connections: AtomicU64,
}

/// What all connections share.
struct Line {
    server: Mutex<SocketAddr>,
    faults: watch::Sender<Faults>,
    /// Rises with each [`Chaos::cut`].
    cuts: watch::Sender<u64>,
    /// Rises with each [`Chaos::freeze`]: connections from before it carry nothing any more.
    freezes: watch::Sender<u64>,
    is_swallowing: watch::Sender<bool>,
    done: Done,
    seed: u64,
}

/// A running proxy; gone, with all its connections, when dropped.
pub struct Chaos {
    addr: SocketAddr,
    line: Arc<Line>,
    task: JoinHandle<()>,
}

impl Chaos {
    /// Listens on a free port of loopback for clients of `server`.
    pub async fn start(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let line = Arc::new(Line {
            server: Mutex::new(server),
            faults: watch::Sender::new(Faults::default()),
            cuts: watch::Sender::new(0),
            freezes: watch::Sender::new(0),
            is_swallowing: watch::Sender::new(false),
            done: Done::default(),
            seed,
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&line)));
        Self { addr, line, task }
    }

    /// `http://ADDR:PORT`, to be used in place of the server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on this goes wrong, also on connections that exist.
    pub fn set(&self, faults: Faults) {
        self.line.faults.send_replace(faults);
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.line.cuts.send_modify(|count| *count += 1);
    }

    /// Every connection of now carries nothing any more, in either direction, and neither side is
    /// told: what a lost NAT entry or a pulled cable does. New ones work.
    pub fn freeze(&self) {
        self.line.freezes.send_modify(|count| *count += 1);
    }

    /// While on, new connections are taken and nothing of them goes anywhere.
    pub fn swallow(&self, on: bool) {
        self.line.is_swallowing.send_replace(on);
    }

    /// What was done so far.
    pub fn done(&self) -> &Done {
        &self.line.done
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.task.abort();
        // The connections hear it too: their channels to here are cut.
        self.cut();
    }
}

impl Done {
    fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it on one line.
    pub fn summary(&self) -> String {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        format!(
            "{} connections, {} frames, {} duplicated, {} reordered, {} cut, {} acks dropped",
            of(&self.connections),
            of(&self.frames),
            of(&self.duplicated),
            of(&self.reordered),
            of(&self.cut),
            of(&self.acks_dropped)
        )
    }
}

async fn accept(listener: TcpListener, line: Arc<Line>) {
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { return };
        Done::count(&line.done.connections);
        let rng = StdRng::seed_from_u64(line.seed.wrapping_add(number));
        tokio::spawn(carry(client, Arc::clone(&line), rng));
    }
}

/// One connection, until it ends or is ended.
async fn carry(mut client: TcpStream, line: Arc<Line>, rng: StdRng) {
    let (mut cuts, mut freezes) = (line.cuts.subscribe(), line.freezes.subscribe());
    let is_swallowed = *line.is_swallowing.borrow();
    let talk = async {
        if is_swallowed {
            return std::future::pending().await;
        }
        let address = *line.server.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(mut server) = TcpStream::connect(address).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let mut talk = std::pin::pin!(pump::both_ways(&mut client, &mut server, &line, rng));
        tokio::select! {
            () = &mut talk => {}
            _ = freezes.changed() => std::future::pending().await,
        }
    };
    tokio::select! {
        () = talk => {}
        _ = cuts.changed() => {}
    }
    let _ = client.shutdown().await;
}
