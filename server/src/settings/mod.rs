//! What an operator may choose. Flags win over `CHATTER_SERVER_*` environment variables, these
//! over the TOML file, and that over the defaults. The three have the same keys; an unknown key or
//! a bad value is refused by its name.

mod keys;
mod layers;

use std::time::Duration;

use chatter_protocol::Limits;

use crate::auth::{AttemptLimit, AuthSettings, SessionLife};
use crate::media::MediaSettings;
use crate::store::MediaUse;

pub use keys::{List, Settings};
pub use layers::{CommandLine, SettingsError};

impl Settings {
    /// What the server accepts, as told to clients.
    pub fn limits(&self) -> Limits {
        Limits {
            body_bytes_max: self.body_bytes_max,
            frame_bytes_max: self.frame_bytes_max,
            rest_body_bytes_max: self.rest_body_bytes_max,
            page_rows_max: self.page_rows_max,
            page_bytes_max: self.page_bytes_max,
            unacknowledged_sends_max: self.unacknowledged_sends_max,
            frames_per_second: self.frames_per_second,
            frames_burst: self.frames_burst,
            connections_per_account: self.connections_per_account,
            upload_bytes_max: self.upload_bytes_max,
            attachments_max: self.attachments_max,
        }
    }

    /// The part that `auth` needs.
    pub fn auth(&self) -> AuthSettings {
        let per = |count_max, window_ms| AttemptLimit { count_max, window: millis(window_ms) };
        let life_ms = |hours: u32| i64::from(hours) * 60 * 60 * 1000;
        AuthSettings {
            session_life: SessionLife {
                plain_ms: life_ms(self.session_hours),
                remembered_idle_ms: life_ms(self.session_remembered_idle_hours),
                remembered_max_ms: life_ms(self.session_remembered_max_hours),
            },
            signin_account: per(self.signin_failures_per_account, self.signin_account_window_ms),
            signin_address: per(self.signin_failures_per_address, self.signin_address_window_ms),
            signup_address: per(self.signups_per_address, self.signup_window_ms),
        }
    }

    /// The part that `media` needs.
    pub fn media(&self) -> MediaSettings {
        MediaSettings {
            upload_bytes_max: self.upload_bytes_max,
            quota: MediaUse {
                files: self.media_files_per_account,
                bytes: self.media_bytes_per_account,
            },
            unused_for: millis(self.media_unused_ms),
        }
    }

    /// Whether the settings fit together.
    ///
    /// # Errors
    /// The key that does not fit.
    pub fn check(&self) -> Result<(), SettingsError> {
        let refuse = |key: &'static str, message: &str| {
            Err(SettingsError::Refused { key, message: message.to_owned() })
        };
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return refuse(
                "tls_cert",
                "A certificate needs its key and the other way round: give tls_cert and tls_key.",
            );
        }
        if self.tls_cert.is_none() && !self.allow_plain && !self.listen.ip().is_loopback() {
            return refuse(
                "listen",
                "Plain http is served on loopback only. Give tls_cert and tls_key, put a proxy in front, or say allow_plain.",
            );
        }
        let positive = [
            ("body_bytes_max", self.body_bytes_max),
            ("frame_bytes_max", self.frame_bytes_max),
            ("rest_body_bytes_max", self.rest_body_bytes_max),
            ("page_rows_max", self.page_rows_max),
            ("page_bytes_max", self.page_bytes_max),
            ("unacknowledged_sends_max", self.unacknowledged_sends_max),
            ("connections_per_account", self.connections_per_account),
            ("attachments_max", self.attachments_max),
            ("frames_burst", self.frames_burst as usize),
            ("heartbeat_ms", self.heartbeat_ms as usize),
            ("session_hours", self.session_hours as usize),
            ("session_remembered_idle_hours", self.session_remembered_idle_hours as usize),
            ("session_remembered_max_hours", self.session_remembered_max_hours as usize),
        ];
        match positive.iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => refuse(key, "This can't be 0."),
            None => Ok(()),
        }
    }
}

/// A duration from a setting.
pub(crate) fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
