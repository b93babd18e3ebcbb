//! The keyrings that the system has.

use std::sync::Arc;

use chatter_protocol::Secret;
use chatter_protocol::text::sanitize_line;
use keyring_core::{CredentialStore, Entry, Error, get_default_store};

use super::keyring::Keyring;
use super::store::Place;

/// What the entries are filed under, as a keyring's own program shows them.
const SERVICE: &str = "chatter";

/// All of them; opened when they are used.
pub(super) fn keyrings() -> Vec<(Place, Arc<dyn Keyring>)> {
    vec![
        (Place::SecretService, Arc::new(Native { open: desktop })),
        #[cfg(target_os = "linux")]
        (Place::Keyutils, Arc::new(Native { open: kernel })),
    ]
}

/// One of them, and how it is opened.
struct Native {
    open: fn() -> Result<Arc<CredentialStore>, Error>,
}

/// The platform's, opened once for the whole run.
fn desktop() -> Result<Arc<CredentialStore>, Error> {
    match keyring::Entry::store_status() {
        Ok(()) => get_default_store().ok_or(Error::NoDefaultStore),
        Err(error) => Err(Error::PlatformFailure(reason(error).into())),
    }
}

#[cfg(target_os = "linux")]
fn kernel() -> Result<Arc<CredentialStore>, Error> {
    Ok(linux_keyutils_keyring_store::Store::new()?)
}

impl Native {
    fn entry(&self, name: &str) -> Result<Entry, String> {
        (self.open)().and_then(|store| store.build(SERVICE, name, None)).map_err(|e| reason(&e))
    }
}

impl Keyring for Native {
    fn write(&self, entry: &str, value: &Secret) -> Result<(), String> {
        self.entry(entry)?.set_password(value.expose()).map_err(|error| reason(&error))
    }

    fn read(&self, entry: &str) -> Result<Option<Secret>, String> {
        match self.entry(entry)?.get_password() {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(reason(&error)),
        }
    }

    fn delete(&self, entry: &str) -> Result<(), String> {
        let all = match self.entry(entry)?.delete_credential() {
            // Something else has made copies.
            Err(Error::Ambiguous(entries)) => entries.iter().try_for_each(Entry::delete_credential),
            other => other,
        };
        match all {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(reason(&error)),
        }
    }
}

/// What went wrong, in words that can be shown. Never what is in the entry.
fn reason(error: &Error) -> String {
    let text = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "its entry is no text".to_owned(),
        Error::Ambiguous(entries) => format!("it has {} entries for it", entries.len()),
        error => error.to_string(),
    };
    sanitize_line(&text).trim_end_matches('.').to_owned()
}
