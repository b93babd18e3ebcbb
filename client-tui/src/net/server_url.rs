//! The address of a server: scheme, host and port, nothing else.

use std::fmt;
use std::net::IpAddr;

use chatter_protocol::SOCKET_PATH;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;
use url::{Host, Url};

/// Longest host name taken; leaves room for scheme and port in a file name of 255 bytes.
const HOST_BYTES_MAX: usize = 240;

/// Why an address was refused, as a sentence for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ServerUrlError {
    /// Nothing there.
    #[error("Type the server's address, for example chat.example.org.")]
    Empty,
    /// Not understood as an address.
    #[error(
        "This is no server address; try it like chat.example.org or https://chat.example.org:3040."
    )]
    Malformed,
    /// Another scheme than http or https.
    #[error("A server address starts with https://, not with {0}://.")]
    Scheme(String),
    /// A path, query, fragment, user name or password in it.
    #[error("A server address is only host and port, for example https://chat.example.org:3040.")]
    TooMuch,
    /// `http` to another machine.
    #[error(
        "http:// to {0} would send your password readable to everybody on the way. Use https://, or \
         start chatter with --allow-plain-http if you trust the network."
    )]
    Plain(String),
}

/// The address of a server. Parsed once and valid ever after.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl(Url);

impl ServerUrl {
    /// Reads `https://host[:port]`, `http://…`, or a bare `host[:port]`, which means https, and
    /// http for this machine. `http` to other machines only if `allow_plain`.
    pub fn parse(text: &str, allow_plain: bool) -> Result<Self, ServerUrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ServerUrlError::Empty);
        }
        let server = match text.split_once("://") {
            Some((scheme @ ("http" | "https"), _)) => Self::from_full(text, scheme)?,
            Some((scheme, _)) => {
                return Err(match scheme.to_ascii_lowercase() {
                    lower if lower == "http" || lower == "https" => {
                        return Self::parse(&text.replacen(scheme, &lower, 1), allow_plain);
                    }
                    lower if lower.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                        ServerUrlError::Scheme(lower)
                    }
                    _ => ServerUrlError::Malformed,
                });
            }
            None => Self::from_bare(text)?,
        };
        server.check_plain(allow_plain)?;
        Ok(server)
    }

    fn from_bare(text: &str) -> Result<Self, ServerUrlError> {
        let secure = Self::from_full(&format!("https://{text}"), "https")?;
        if secure.is_loopback() {
            return Self::from_full(&format!("http://{text}"), "http");
        }
        Ok(secure)
    }

    fn from_full(text: &str, scheme: &str) -> Result<Self, ServerUrlError> {
        // The `url` crate repairs much ("https:///x" has the host "x"); what it had to repair in
        // the authority is refused, so that nobody signs in elsewhere than they read.
        let authority = text[scheme.len() + "://".len()..].trim_end_matches('/');
        if authority.contains(['@', '?', '#', '/', '\\']) {
            return Err(ServerUrlError::TooMuch);
        }
        let url: Url =
            format!("{scheme}://{authority}").parse().map_err(|_| ServerUrlError::Malformed)?;
        match url.host_str() {
            Some(host) if host.len() <= HOST_BYTES_MAX => Ok(Self(url)),
            _ => Err(ServerUrlError::Malformed),
        }
    }

    /// Refuses `http` to another machine unless `allow_plain`.
    pub fn check_plain(&self, allow_plain: bool) -> Result<(), ServerUrlError> {
        if self.is_secure() || self.is_loopback() || allow_plain {
            return Ok(());
        }
        Err(ServerUrlError::Plain(self.host().to_owned()))
    }

    /// Whether the way to the server is encrypted.
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the server is on this machine.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
            None => false,
        }
    }

    /// Host name or address, IPv6 in brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Port, also where the scheme implies it.
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// The address of `path` (absolute, already encoded) on this server.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// The address of the WebSocket.
    pub fn socket_url(&self) -> String {
        let scheme = if self.is_secure() { "wss" } else { "ws" };
        format!("{scheme}://{}:{}{SOCKET_PATH}", self.host(), self.port())
    }

    /// A name for directories: a server's own, the same for each way of writing its address, and
    /// safe in a file system. `https-443-chat.example.org`.
    pub fn origin(&self) -> String {
        format!("{}-{}-{}", self.0.scheme(), self.port(), self.host().replace(':', "_"))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ServerUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ServerUrl {
    /// Plain addresses pass: whether one may be used is asked again when it is.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, true).map_err(de::Error::custom)
    }
}
