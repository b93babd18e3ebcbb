//! From an address to an open WebSocket: name lookup, TCP, TLS, upgrade, all within one limit.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

use super::ending::Ending;
use super::{NetOptions, ServerUrl, cause, tls};

/// Read buffer, bytes. A chat frame is below 1 KiB; the library's default is 128 KiB.
const READ_BUFFER_BYTES: usize = 8 * 1024;

/// Largest message taken from a server, bytes.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Bytes that may wait to be written.
const WRITE_BUFFER_BYTES_MAX: usize = 1024 * 1024;

/// An open WebSocket.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens WebSockets to one server.
pub(super) struct Dialer {
    server: ServerUrl,
    options: NetOptions,
    /// Made at the first use and kept: reading the system's certificates takes a while, and TLS
    /// sessions are resumed.
    connector: Option<Connector>,
}

impl Dialer {
    pub(super) fn new(server: ServerUrl, options: NetOptions) -> Self {
        Self { server, options, connector: None }
    }

    /// Limit for the answer to `hello`.
    pub(super) fn welcome_timeout(&self) -> Duration {
        self.options.request_timeout
    }

    /// Opens one connection.
    pub(super) async fn dial(&mut self) -> Result<Socket, Ending> {
        let connector = self.connector()?;
        let attempt = async {
            let stream = self.connect().await?;
            self.upgrade(stream, connector).await
        };
        timeout(self.options.connect_timeout, attempt)
            .await
            .map_err(|_| Ending::lost("The server took too long to answer."))?
    }

    fn connector(&mut self) -> Result<Connector, Ending> {
        if let Some(connector) = &self.connector {
            return Ok(connector.clone());
        }
        let config = tls::client_config(&self.server, &self.options)
            .map_err(|error| Ending::lost(error.to_string()))?;
        let connector = match self.server.is_secure() {
            true => Connector::Rustls(Arc::new(config)),
            false => Connector::Plain,
        };
        Ok(self.connector.insert(connector).clone())
    }

    async fn connect(&self) -> Result<TcpStream, Ending> {
        let unreachable =
            |error: io::Error| Ending::lost(format!("The server can't be reached ({error})."));
        let host = self.server.host().trim_matches(['[', ']']);
        let addresses: Vec<_> =
            lookup_host((host, self.server.port())).await.map_err(unreachable)?.collect();
        // An address that swallows packets must leave time for the others.
        let limit =
            self.options.connect_timeout / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        for address in addresses {
            match timeout(limit, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true).map_err(unreachable)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = error,
                Err(_) => failure = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(unreachable(failure))
    }

    async fn upgrade(&self, stream: TcpStream, connector: Connector) -> Result<Socket, Ending> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let url = self.server.socket_url();
        match client_async_tls_with_config(url, stream, Some(config), Some(connector)).await {
            Ok((socket, _)) => Ok(socket),
            Err(error) => Err(match cause::tls(&error) {
                Some(cause) => Ending::lost(format!("There is no safe connection ({cause}).")),
                None => Ending::from_socket_error(&error),
            }),
        }
    }
}
