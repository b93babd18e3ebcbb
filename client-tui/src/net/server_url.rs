//! The address of a server: scheme, host and port, nothing else.

use std::fmt;
use std::net::IpAddr;

use chatter_protocol::{SOCKET_PATH, text};
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
    pub fn parse(typed: &str, allow_plain: bool) -> Result<Self, ServerUrlError> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(ServerUrlError::Empty);
        }
        let server = match typed.split_once("://") {
            None => Self::from_bare(typed)?,
            Some((scheme, authority)) => match scheme.to_ascii_lowercase() {
                scheme if scheme == "http" || scheme == "https" => {
                    Self::from_parts(&scheme, authority)?
                }
                other if other.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    return Err(ServerUrlError::Scheme(text::sanitize_line(&other).into_owned()));
                }
                _ => return Err(ServerUrlError::Malformed),
            },
        };
        server.check_plain(allow_plain)?;
        Ok(server)
    }

    fn from_bare(authority: &str) -> Result<Self, ServerUrlError> {
        let secure = Self::from_parts("https", authority)?;
        if secure.is_loopback() { Self::from_parts("http", authority) } else { Ok(secure) }
    }

    fn from_parts(scheme: &str, authority: &str) -> Result<Self, ServerUrlError> {
        // The `url` crate repairs much ("https:///x" has the host "x"); what it would have to repair
        // is refused, so that nobody signs in elsewhere than they read.
        let authority = authority.strip_suffix('/').unwrap_or(authority);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, ServerUrlError> {
        ServerUrl::parse(text, false).map(|server| server.to_string())
    }

    #[test]
    fn what_people_type_becomes_an_address() {
        for (typed, address) in [
            ("chat.example.org", "https://chat.example.org"),
            (" Chat.Example.org:3040/ ", "https://chat.example.org:3040"),
            ("https://chat.example.org:443", "https://chat.example.org"),
            ("HTTPS://chat.example.org", "https://chat.example.org"),
            ("localhost:3040", "http://localhost:3040"),
            ("127.0.0.1:3040", "http://127.0.0.1:3040"),
            ("[::1]:3040", "http://[::1]:3040"),
            ("https://localhost:3040", "https://localhost:3040"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(address), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        assert_eq!(parse("  "), Err(ServerUrlError::Empty));
        assert_eq!(parse("ftp://x"), Err(ServerUrlError::Scheme("ftp".to_owned())));
        for malformed in ["https://", "a b", "host:99999", "://x", "[::1"] {
            assert_eq!(parse(malformed), Err(ServerUrlError::Malformed), "{malformed}");
        }
        for too_much in [
            "https://chat.example.org/path",
            "https://ada@chat.example.org",
            "chat.example.org?x=1",
            "chat.example.org#x",
            "https:///evil.example",
            "https://good.example\\@evil.example",
        ] {
            assert_eq!(parse(too_much), Err(ServerUrlError::TooMuch), "{too_much}");
        }
        assert!(parse(&"x".repeat(300)).is_err());
    }

    #[test]
    fn plain_http_stays_on_this_machine_unless_allowed() {
        for other in ["http://chat.example.org", "http://10.0.0.1", "http://localhost.evil.example"]
        {
            assert!(matches!(parse(other), Err(ServerUrlError::Plain(_))), "{other}");
            assert!(ServerUrl::parse(other, true).is_ok(), "{other}");
        }
    }

    #[test]
    fn addresses_of_routes_and_socket() {
        let server = ServerUrl::parse("[::1]:3040", false).expect("valid");
        assert_eq!(server.socket_url(), "ws://[::1]:3040/api/v1/ws");
        assert_eq!(server.join("/api/v1/me").as_str(), "http://[::1]:3040/api/v1/me");
        let server = ServerUrl::parse("chat.example.org", false).expect("valid");
        assert_eq!(server.socket_url(), "wss://chat.example.org:443/api/v1/ws");
    }

    #[test]
    fn each_server_has_one_file_name_of_its_own() {
        let origin = |text: &str| ServerUrl::parse(text, true).expect("valid").origin();
        assert_eq!(origin("chat.example.org"), "https-443-chat.example.org");
        assert_eq!(origin("chat.example.org"), origin("https://CHAT.example.org:443/"));
        assert_eq!(origin("[::1]:3040"), "http-3040-[__1]");
        assert_ne!(origin("http://chat.example.org:443"), origin("chat.example.org"));
    }

    #[test]
    fn saved_as_text() {
        let server = ServerUrl::parse("http://chat.example.org", true).expect("allowed");
        let text = serde_json::to_string(&server).expect("writes");
        assert_eq!(text, "\"http://chat.example.org\"");
        assert_eq!(serde_json::from_str::<ServerUrl>(&text).expect("reads"), server);
        assert!(server.check_plain(false).is_err(), "what was allowed once is asked again");
    }
}
