//! Ways to what is measured: where it listens, whom it is called by, and whether what is said is
//! encrypted.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chatter::net::tls::client_config;
use chatter::net::{NetOptions, ServerUrl};
use chatter_tests::certificates;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

/// Connections from one address: each needs a port of its own there.
const CONNECTIONS_PER_ADDRESS: usize = 20_000;

/// Buffers of each line: most are idle.
pub(crate) const BUFFER_BYTES: usize = 4 * 1024;

/// A WebSocket, encrypted or not.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// See the [module](self).
#[derive(Clone)]
pub(crate) struct Way {
    to: SocketAddr,
    from: IpAddr,
    encrypted: Option<Connector>,
}

impl Way {
    /// To `to`, for the how many-th connection.
    pub(crate) fn new(to: SocketAddr, place: usize, encrypted: Option<Connector>) -> Self {
        let block = u8::try_from(place / CONNECTIONS_PER_ADDRESS).unwrap_or(u8::MAX - 2);
        Self { to, from: Ipv4Addr::new(127, 0, 0, 2 + block).into(), encrypted }
    }

    /// Calls.
    pub(crate) async fn connect(&self) -> anyhow::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(self.from, 0))?;
        let stream = socket.connect(self.to).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Calls, up to a WebSocket of our server's.
    pub(crate) async fn open(&self) -> anyhow::Result<Socket> {
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES);
        let origin = match self.encrypted {
            None => format!("ws://{}", self.to),
            Some(_) => format!("wss://localhost:{}", self.to.port()),
        };
        let (stream, encrypted) = (self.connect().await?, self.encrypted.clone());
        let url = format!("{origin}/api/v1/ws");
        Ok(client_async_tls_with_config(url, stream, Some(config), encrypted).await?.0)
    }
}

/// What trusts the certificates of tests, as the client does.
pub(crate) fn trusting() -> anyhow::Result<Connector> {
    let options = NetOptions { ca_file: Some(certificates::authority()), ..NetOptions::default() };
    let server = ServerUrl::parse("https://localhost", false)?;
    Ok(Connector::Rustls(Arc::new(client_config(&server, &options)?)))
}
