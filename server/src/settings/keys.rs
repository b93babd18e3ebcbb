//! Every key, with its environment variable, default and meaning, once.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use directories::ProjectDirs;
use serde::Deserialize;

use crate::store::sqlite::Durability;

/// Makes the settings, the flags and the file's form from one list.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $env:literal, $heading:literal;)+) => {
        /// Everything that an operator may choose, resolved.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $key: $type,)+
            /// PEM file with the certificate chain; makes the server speak https.
            pub tls_cert: Option<PathBuf>,
            /// PEM file with the certificate's private key.
            pub tls_key: Option<PathBuf>,
            /// How much an acknowledgement is worth. No flag, variable or key changes it.
            #[doc(hidden)]
            pub durability: Durability,
        }

        impl Default for Settings {
            fn default() -> Self {
                Self {
                    $($key: $default,)+
                    tls_cert: None,
                    tls_key: None,
                    durability: Durability::default(),
                }
            }
        }

        /// One layer of settings: flags with environment, or the file.
        #[derive(Debug, Default, clap::Args, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Layer {
            $($(#[doc = $doc])+
            #[arg(long, env = $env, help_heading = $heading, hide_env_values = true)]
            $key: Option<$type>,)+
            /// PEM file with the certificate chain; makes the server speak https
            #[arg(long, env = "CHATTER_SERVER_TLS_CERT", help_heading = "TLS")]
            tls_cert: Option<PathBuf>,
            /// PEM file with the certificate's private key
            #[arg(long, env = "CHATTER_SERVER_TLS_KEY", help_heading = "TLS")]
            tls_key: Option<PathBuf>,
        }

        impl Layer {
            /// This layer over `under`.
            pub(super) fn over(self, under: Settings) -> Settings {
                Settings {
                    $($key: self.$key.unwrap_or(under.$key),)+
                    tls_cert: self.tls_cert.or(under.tls_cert),
                    tls_key: self.tls_key.or(under.tls_key),
                    durability: under.durability,
                }
            }
        }

        #[cfg(test)]
        pub(super) const ENVIRONMENT: &[(&str, &str)] = &[$((stringify!($key), $env),)+];
    };
}

keys! {
    /// Address to listen on; port 0 picks a free one.
    listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 3040)), "CHATTER_SERVER_LISTEN", "Server";
    /// Directory of the database.
    data: PathBuf = default_data_directory(), "CHATTER_SERVER_DATA", "Server";
    /// What to log, as in `info,chatter_server=debug`.
    log: String = "info,refinery_core=warn".to_owned(), "CHATTER_SERVER_LOG", "Server";
    /// Serve plain http on addresses that are not loopback, for a proxy on another machine.
    allow_plain: bool = false, "CHATTER_SERVER_ALLOW_PLAIN", "Server";
    /// Origin of a web page that may use the API, such as `https://chat.example.org`; all others are refused. More than one: an array in the file, separated by commas elsewhere.
    allowed_origins: List<String> = List(Vec::new()), "CHATTER_SERVER_ALLOWED_ORIGINS", "Server";
    /// Address of a proxy whose X-Forwarded-For tells where a client comes from; nobody else's is believed. More than one: an array in the file, separated by commas elsewhere.
    trusted_proxies: List<IpAddr> = List(Vec::new()), "CHATTER_SERVER_TRUSTED_PROXIES", "Server";

    /// Longest message body, in bytes of UTF-8.
    body_bytes_max: usize = 16 * 1024, "CHATTER_SERVER_BODY_BYTES_MAX", "Limits";
    /// Longest WebSocket message, in bytes.
    frame_bytes_max: usize = 64 * 1024, "CHATTER_SERVER_FRAME_BYTES_MAX", "Limits";
    /// Longest body of a REST request, in bytes.
    rest_body_bytes_max: usize = 64 * 1024, "CHATTER_SERVER_REST_BODY_BYTES_MAX", "Limits";
    /// Most rows of a page.
    page_rows_max: usize = 200, "CHATTER_SERVER_PAGE_ROWS_MAX", "Limits";
    /// Bytes of message bodies after which a page ends early.
    page_bytes_max: usize = 256 * 1024, "CHATTER_SERVER_PAGE_BYTES_MAX", "Limits";
    /// Sends of one connection that may wait for their acknowledgement.
    unacknowledged_sends_max: usize = 32, "CHATTER_SERVER_UNACKNOWLEDGED_SENDS_MAX", "Limits";
    /// Frames per second that a connection may send, sustained; 0 means no limit.
    frames_per_second: u32 = 20, "CHATTER_SERVER_FRAMES_PER_SECOND", "Limits";
    /// Frames that it may send at once.
    frames_burst: u32 = 60, "CHATTER_SERVER_FRAMES_BURST", "Limits";
    /// Open WebSockets of one account.
    connections_per_account: usize = 20, "CHATTER_SERVER_CONNECTIONS_PER_ACCOUNT", "Limits";
    /// Open connections altogether; 0 takes 80 % of the files that the process may open.
    connections_max: usize = 0, "CHATTER_SERVER_CONNECTIONS_MAX", "Limits";
    /// Open connections of one address on which nobody has signed in; 0 means no limit. A trusted proxy's are not counted: they are not one client's.
    unauthenticated_per_address: usize = 16, "CHATTER_SERVER_UNAUTHENTICATED_PER_ADDRESS", "Limits";
    /// Largest file that can be uploaded, in bytes.
    upload_bytes_max: u64 = 10 * 1024 * 1024, "CHATTER_SERVER_UPLOAD_BYTES_MAX", "Limits";
    /// Files that can hang on one message.
    attachments_max: usize = 10, "CHATTER_SERVER_ATTACHMENTS_MAX", "Limits";
    /// Uploads that one account can have on the server.
    media_files_per_account: u64 = 500, "CHATTER_SERVER_MEDIA_FILES_PER_ACCOUNT", "Limits";
    /// Bytes that they can have together.
    media_bytes_per_account: u64 = 200 * 1024 * 1024, "CHATTER_SERVER_MEDIA_BYTES_PER_ACCOUNT", "Limits";
    /// Failed sign-ins of one account; 0 means no limit.
    signin_failures_per_account: usize = 5, "CHATTER_SERVER_SIGNIN_FAILURES_PER_ACCOUNT", "Limits";
    /// How long they count, in milliseconds.
    signin_account_window_ms: u64 = 15 * 60 * 1000, "CHATTER_SERVER_SIGNIN_ACCOUNT_WINDOW_MS", "Limits";
    /// Failed sign-ins from one address; 0 means no limit.
    signin_failures_per_address: usize = 20, "CHATTER_SERVER_SIGNIN_FAILURES_PER_ADDRESS", "Limits";
    /// How long they count, in milliseconds.
    signin_address_window_ms: u64 = 10 * 60 * 1000, "CHATTER_SERVER_SIGNIN_ADDRESS_WINDOW_MS", "Limits";
    /// Sign-ups from one address; 0 means no limit.
    signups_per_address: usize = 20, "CHATTER_SERVER_SIGNUPS_PER_ADDRESS", "Limits";
    /// How long they count, in milliseconds.
    signup_window_ms: u64 = 60 * 60 * 1000, "CHATTER_SERVER_SIGNUP_WINDOW_MS", "Limits";

    /// How often a WebSocket's heartbeat comes, in milliseconds.
    heartbeat_ms: u32 = 15_000, "CHATTER_SERVER_HEARTBEAT_MS", "Times";
    /// How long after a heartbeat was due a silent client is given up, in milliseconds.
    heartbeat_grace_ms: u64 = 5_000, "CHATTER_SERVER_HEARTBEAT_GRACE_MS", "Times";
    /// How long a WebSocket may take to say hello, in milliseconds.
    hello_timeout_ms: u64 = 5_000, "CHATTER_SERVER_HELLO_TIMEOUT_MS", "Times";
    /// How long a new connection may be silent, in milliseconds.
    first_byte_timeout_ms: u64 = 5_000, "CHATTER_SERVER_FIRST_BYTE_TIMEOUT_MS", "Times";
    /// How long a request's header may take, and a connection may idle before it, in milliseconds.
    header_timeout_ms: u64 = 10_000, "CHATTER_SERVER_HEADER_TIMEOUT_MS", "Times";
    /// How long a request's body may take, in milliseconds; one that comes at less than 1 KiB/s after 5 s is cut sooner.
    body_timeout_ms: u64 = 30_000, "CHATTER_SERVER_BODY_TIMEOUT_MS", "Times";
    /// How long an upload may take, in milliseconds; the same least speed holds.
    upload_timeout_ms: u64 = 15 * 60 * 1000, "CHATTER_SERVER_UPLOAD_TIMEOUT_MS", "Times";
    /// How long an upload that no message uses is kept, in milliseconds.
    media_unused_ms: u64 = 24 * 60 * 60 * 1000, "CHATTER_SERVER_MEDIA_UNUSED_MS", "Times";
    /// How long a client may take to read what waits for it, in milliseconds.
    write_timeout_ms: u64 = 10_000, "CHATTER_SERVER_WRITE_TIMEOUT_MS", "Times";
    /// How long a person without a connection still counts as online, in milliseconds.
    presence_grace_ms: u64 = 10_000, "CHATTER_SERVER_PRESENCE_GRACE_MS", "Times";
    /// How long a session lives that is not remembered, in hours.
    session_hours: u32 = 24, "CHATTER_SERVER_SESSION_HOURS", "Times";
    /// How long a remembered session lives unused, in hours.
    session_remembered_idle_hours: u32 = 30 * 24, "CHATTER_SERVER_SESSION_REMEMBERED_IDLE_HOURS", "Times";
    /// How long a remembered session lives at most, in hours.
    session_remembered_max_hours: u32 = 365 * 24, "CHATTER_SERVER_SESSION_REMEMBERED_MAX_HOURS", "Times";
}

/// Any number of values: an array in the file, separated by commas elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// The platform's place for an application's data, or one below the current directory where there
/// is no home.
fn default_data_directory() -> PathBuf {
    match ProjectDirs::from("", "", "chatter-server") {
        Some(directories) => directories.data_dir().to_owned(),
        None => PathBuf::from("chatter-server-data"),
    }
}
