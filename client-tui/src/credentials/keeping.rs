//! Saves, loads and deletes a session in two parts: what is public in its file, the token where it is
//! kept.
//!
//! The keyring is written before the file, so that the file never promises what is not there. The
//! entry names its session: a token is never used with a server that it does not belong to.

use std::path::PathBuf;

use chatter_protocol::{Secret, Session};

use super::error::CredentialError;
use super::file::{self, Record};
use super::keyring::Keyrings;
use super::store::{Place, Store};
use super::{PublicSession, SavedSession};
use crate::paths::Paths;

/// Where a session is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    place: Option<Place>,
    file: PathBuf,
    left_in: Option<Place>,
}

impl Kept {
    /// Where its token is; `None` if it is not kept.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The keyring that still has the session of before, because it did not answer.
    pub fn left_in(&self) -> Option<Place> {
        self.left_in
    }

    /// The same for a person, in one line.
    pub fn sentence(&self) -> String {
        let mut sentence = match self.place {
            None => "The session is not kept.".to_owned(),
            Some(Place::File) => {
                format!("The session is kept in {}, which only you can read.", self.file.display())
            }
            Some(place @ Place::SecretService) => format!("The session is kept in {place}."),
            Some(place @ Place::Keyutils) => {
                format!("The session is kept in {place}, until the next restart of this machine.")
            }
        };
        if let Some(place) = self.left_in {
            sentence.push_str(&format!(" The one of before is still in {place}."));
        }
        sentence
    }
}

/// A profile's session, and the keyrings that it can be in.
pub(super) struct Keeping<'a> {
    pub(super) paths: &'a Paths,
    pub(super) keyrings: &'a Keyrings,
}

impl Keeping<'_> {
    pub(super) fn save(
        &self,
        session: &SavedSession,
        store: Store,
    ) -> Result<Kept, CredentialError> {
        let file = file::path(self.paths, "saved")?;
        if store == Store::None {
            self.delete()?;
            return Ok(Kept { place: None, file, left_in: None });
        }
        // A file that can't be trusted is replaced, whatever it says.
        let before = file::load(self.paths).ok().flatten().map(|record| record.kept_in);
        let entry = self.entry()?;
        let place = self.write_token(&entry, session, store)?;
        let record = Record {
            server: session.server.clone(),
            session: session.session.clone(),
            me: session.me.clone(),
            kept_in: place,
            token: (place == Place::File).then(|| session.token.clone()),
        };
        if let Err(error) = file::save(self.paths, &record) {
            self.forget_in(place, &entry);
            return Err(error.into());
        }
        let other = before.filter(|before| *before != place);
        let left_in = other.filter(|before| !self.forget_in(*before, &entry));
        Ok(Kept { place: Some(place), file, left_in })
    }

    pub(super) fn load(&self) -> Result<Option<SavedSession>, CredentialError> {
        let Some(record) = file::load(self.paths)? else { return Ok(None) };
        let place = record.kept_in;
        let token = match record.token {
            Some(token) if place == Place::File => token,
            _ => {
                let read = self.keyrings.read(place, &self.entry()?);
                let value = read.map_err(|cause| CredentialError::NotRead { place, cause })?;
                value
                    .and_then(|value| token_of(&value, &record.session))
                    .ok_or(CredentialError::Gone(place))?
            }
        };
        let Record { server, session, me, .. } = record;
        Ok(Some(SavedSession { server, token, session, me }))
    }

    pub(super) fn load_public(&self) -> Result<Option<PublicSession>, CredentialError> {
        let record = file::load(self.paths)?;
        Ok(record.map(|Record { server, session, me, kept_in, .. }| PublicSession {
            server,
            session,
            me,
            kept_in,
        }))
    }

    pub(super) fn delete(&self) -> Result<(), CredentialError> {
        let said = file::load(self.paths).ok().flatten().map(|record| record.kept_in);
        let entry = self.entry()?;
        let mut left = Vec::new();
        if let Err(error) = file::delete(self.paths) {
            left.push(error.to_string());
        }
        for place in Place::KEYRINGS {
            match self.keyrings.delete(place, &entry) {
                Err(cause) if said == Some(place) => left.push(format!(
                    "In {place} it can't be deleted: {cause}. Delete \"{entry}\" there yourself."
                )),
                // One that was not used, and may not even be there.
                Err(cause) => tracing::debug!(%place, cause, "not asked to forget"),
                Ok(()) => {}
            }
        }
        match left.is_empty() {
            true => Ok(()),
            false => Err(CredentialError::NotDeleted(left)),
        }
    }

    /// Puts the token where it belongs, if that is a keyring; says where it belongs.
    fn write_token(
        &self,
        entry: &str,
        session: &SavedSession,
        store: Store,
    ) -> Result<Place, CredentialError> {
        let value = value_of(session);
        let place = match store {
            Store::Auto => return Ok(self.write_where_it_lasts(entry, session, &value)),
            Store::SecretService => Place::SecretService,
            Store::Keyutils => Place::Keyutils,
            Store::File | Store::None => return Ok(Place::File),
        };
        match self.keyrings.write(place, entry, &value) {
            Ok(()) => Ok(place),
            Err(cause) => Err(CredentialError::NotWritten { place, cause }),
        }
    }

    /// The kernel's keyring is for sessions that may end with it.
    fn write_where_it_lasts(&self, entry: &str, session: &SavedSession, value: &Secret) -> Place {
        let last_first = match session.session.remember {
            true => &Place::KEYRINGS[..1],
            false => &Place::KEYRINGS[..],
        };
        let takes = |place: &Place| {
            let written = self
                .keyrings
                .probe(*place)
                .and_then(|()| self.keyrings.write(*place, entry, value));
            if let Err(cause) = &written {
                tracing::info!(%place, cause, "not used");
            }
            written.is_ok()
        };
        last_first.iter().copied().find(takes).unwrap_or(Place::File)
    }

    /// Whether nothing is left there.
    fn forget_in(&self, place: Place, entry: &str) -> bool {
        place == Place::File || self.keyrings.delete(place, entry).is_ok()
    }

    /// Apart for each profile and each home, and telling to who looks through the keyring.
    fn entry(&self) -> Result<String, CredentialError> {
        let file = file::path(self.paths, "read")?;
        Ok(format!("session of {}", file.display()))
    }
}

fn value_of(session: &SavedSession) -> Secret {
    Secret::new(format!("{} {}", session.session.id, session.token.expose()))
}

/// The token, if it is the one of `session`.
fn token_of(value: &Secret, session: &Session) -> Option<Secret> {
    let token = value.expose().strip_prefix(&session.id.to_string())?.strip_prefix(' ')?;
    Some(Secret::new(token))
}
