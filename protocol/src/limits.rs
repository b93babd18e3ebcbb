//! Limits of a server, told to clients in `welcome`.
//!
//! The numbers here are the defaults; a client obeys what it was told, not these.

use serde::{Deserialize, Serialize};

/// Shortest username.
pub const USERNAME_CHARS_MIN: usize = 2;
/// Longest username.
pub const USERNAME_CHARS_MAX: usize = 32;
/// Longest display name, in characters.
pub const DISPLAY_NAME_CHARS_MAX: usize = 64;
/// Longest status message, in characters.
pub const STATUS_MESSAGE_CHARS_MAX: usize = 140;
/// Longest e-mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Longest device name, in characters.
pub const DEVICE_NAME_CHARS_MAX: usize = 64;
/// Most tokens for machines that one account may have at a time.
pub const TOKENS_MAX: usize = 50;
/// Shortest life of a token for a machine, in seconds.
pub const TOKEN_SECONDS_MIN: u64 = 60;
/// Longest life of a token for a machine, in seconds: 366 days.
pub const TOKEN_SECONDS_MAX: u64 = 366 * 24 * 60 * 60;
/// Longest name of a time zone, in bytes.
pub const TIME_ZONE_BYTES_MAX: usize = 64;
/// Longest name of a file, in characters.
pub const FILE_NAME_CHARS_MAX: usize = 128;
/// Longest name of a file, in bytes; file systems take 255, and a number may have to be added.
pub const FILE_NAME_BYTES_MAX: usize = 200;
/// Longest text for those who don't see a picture, in characters.
pub const ALT_CHARS_MAX: usize = 500;
/// Most people that one account may block.
pub const BLOCKED_MAX: usize = 200;
/// Longest room name, in characters.
pub const ROOM_NAME_CHARS_MAX: usize = 64;
/// Most people whose presence one connection may watch.
pub const WATCH_USERS_MAX: usize = 500;
/// Most events that a resume replays; a device further behind gets a `reset`.
pub const RESUME_EVENTS_MAX: u64 = 2_000;

/// What a server accepts. Each number is the last accepted value; one above it is refused with a
/// stable error code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Limits {
    /// Message body, bytes of UTF-8.
    pub body_bytes_max: usize,
    /// One WebSocket message, bytes.
    pub frame_bytes_max: usize,
    /// REST request body, bytes.
    pub rest_body_bytes_max: usize,
    /// Rows of one page.
    pub page_rows_max: usize,
    /// Bytes of message bodies in one page, after which it ends early.
    pub page_bytes_max: usize,
    /// Sends on one connection that are neither acknowledged nor refused.
    pub unacknowledged_sends_max: usize,
    /// Frames per second that a connection may send, sustained.
    pub frames_per_second: u32,
    /// Frames that it may send at once.
    pub frames_burst: u32,
    /// Open connections of one account.
    pub connections_per_account: usize,
    /// One uploaded file, bytes.
    pub upload_bytes_max: u64,
    /// Files that hang on one message.
    pub attachments_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 16 * 1024,
            frame_bytes_max: 64 * 1024,
            rest_body_bytes_max: 64 * 1024,
            page_rows_max: 200,
            page_bytes_max: 256 * 1024,
            unacknowledged_sends_max: 32,
            frames_per_second: 20,
            frames_burst: 60,
            connections_per_account: 20,
            upload_bytes_max: 10 * 1024 * 1024,
            attachments_max: 10,
        }
    }
}
