//! The machine that this runs on.

use chatter_protocol::limits::DEVICE_NAME_CHARS_MAX;
use chatter_protocol::text::sanitize_line;

/// What a device is called whose host has no name.
const DEVICE_NAME_FALLBACK: &str = "terminal";

/// What to call this device in the list of sessions: the host's name.
pub fn device_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_default();
    let host = sanitize_line(host.trim());
    match host.trim() {
        "" => DEVICE_NAME_FALLBACK.to_owned(),
        host => host.chars().take(DEVICE_NAME_CHARS_MAX).collect(),
    }
}
