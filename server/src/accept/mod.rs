//! The way in: accepts connections, with a deadline for each thing that a client could leave
//! undone. `axum::serve` has none, so a silent socket would stay for ever. Knows no routes.

mod admission;
mod proxies;
mod refusal;
mod stream;
mod tls;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::auth::ClientAddress;
use crate::settings::{Settings, millis};
use proxies::TrustedProxies;
use stream::Stream;

pub use admission::{Admission, Ticket};
pub use tls::{TlsError, acceptor as tls_acceptor};

/// How long to wait after `accept` failed, usually for want of file descriptors: the failure stays
/// until a connection closes, so trying at once would only spin.
const ACCEPT_FAILED_WAIT: Duration = Duration::from_millis(100);
/// A request's header; one above it is answered with 431.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// How long a client may take for what.
#[derive(Debug, Clone, Copy)]
struct Deadlines {
    first_byte: Duration,
    header: Duration,
    write: Duration,
}

/// Accepts until told to stop.
pub struct Acceptor {
    router: Router,
    tls: Option<TlsAcceptor>,
    admission: Arc<Admission>,
    proxies: TrustedProxies,
    deadlines: Deadlines,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Acceptor {
    /// Serves `router`, until `shutdown`; what is in flight is counted in `tasks`.
    pub fn new(
        router: Router,
        tls: Option<TlsAcceptor>,
        settings: &Settings,
        shutdown: CancellationToken,
        tasks: TaskTracker,
    ) -> Self {
        let admission = Admission::new(
            admission::connections_max(settings.connections_max),
            settings.unauthenticated_per_address,
        );
        let deadlines = Deadlines {
            first_byte: millis(settings.first_byte_timeout_ms),
            header: millis(settings.header_timeout_ms),
            write: millis(settings.write_timeout_ms),
        };
        let proxies = TrustedProxies::new(&settings.trusted_proxies.0);
        Self { router, tls, admission: Arc::new(admission), proxies, deadlines, shutdown, tasks }
    }

    /// Accepts connections until shutdown; then the listener closes.
    pub async fn run(self, listener: TcpListener) {
        let this = Arc::new(self);
        loop {
            let accepted = tokio::select! {
                () = this.shutdown.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => this.take(socket, peer),
                Err(error) if is_about_the_peer(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(ACCEPT_FAILED_WAIT).await;
                }
            }
        }
    }

    fn take(self: &Arc<Self>, socket: TcpStream, peer: SocketAddr) {
        let counted = (!self.proxies.contains(peer.ip())).then_some(peer.ip());
        match self.admission.admit(counted) {
            Ok(ticket) => {
                let this = Arc::clone(self);
                self.tasks.spawn(async move {
                    if let Err(error) = this.serve(socket, peer.ip(), Arc::new(ticket)).await {
                        tracing::debug!(error = &*error, "a connection ended");
                    }
                });
            }
            Err(full) => {
                tracing::debug!(%peer, ?full, "a connection was refused");
                // Over TLS nothing can be said before a handshake that there is no room for.
                if self.tls.is_none()
                    && let Some(place) = self.admission.refusing()
                {
                    self.tasks.spawn(async move {
                        refusal::tell(socket, full).await;
                        drop(place);
                    });
                }
            }
        }
    }

    async fn serve(
        &self,
        socket: TcpStream,
        peer: IpAddr,
        ticket: Arc<Ticket>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        socket.set_nodelay(true)?;
        tokio::select! {
            () = self.shutdown.cancelled() => return Ok(()),
            ready = timeout(self.deadlines.first_byte, first_byte(&socket)) => ready??,
        }
        let stream = match &self.tls {
            None => Stream::plain(socket, self.deadlines.write),
            Some(acceptor) => {
                let handshake = timeout(self.deadlines.first_byte, acceptor.accept(socket));
                Stream::tls(handshake.await??, self.deadlines.write)
            }
        };
        self.serve_http(stream, peer, ticket).await?;
        Ok(())
    }

    async fn serve_http(
        &self,
        stream: Stream,
        peer: IpAddr,
        ticket: Arc<Ticket>,
    ) -> hyper::Result<()> {
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            let client = self.proxies.client(peer, request.headers());
            request.extensions_mut().insert(ClientAddress::from(client));
            request.extensions_mut().insert(Arc::clone(&ticket));
            self.router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.deadlines.header)
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = self.shutdown.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    }
}

async fn first_byte(socket: &TcpStream) -> io::Result<()> {
    match socket.peek(&mut [0]).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// The connection broke before it was accepted; the next one may be fine.
fn is_about_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
