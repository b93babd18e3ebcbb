//! How many connections may be open: altogether, and by people who have not said who they are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::ClientAddress;

/// Files that a process may open where the system does not tell.
const OPEN_FILES_ASSUMED: usize = 1024;
/// Files that the server needs beside connections (about 25 for the database, the listener and the
/// runtime) and for those that it is just refusing; where few may be open, a fifth is not enough.
const OTHER_FILES: usize = 40;
/// Refusals that may be under way; one more connection is closed without a word.
const REFUSALS_MAX: usize = 64;

/// Counts connections.
pub struct Admission {
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    strangers_max: usize,
    strangers: Arc<Mutex<HashMap<ClientAddress, usize>>>,
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The server has as many connections as it may.
    Server,
    /// The address has as many without a session as it may.
    Address,
}

/// An admitted connection; its place is free again when it is dropped.
pub struct Ticket {
    address: Option<ClientAddress>,
    is_stranger: AtomicBool,
    strangers: Arc<Mutex<HashMap<ClientAddress, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl Admission {
    /// At most `connections_max` altogether and `strangers_max` (0: any number) per address on
    /// which nobody has signed in.
    pub fn new(connections_max: usize, strangers_max: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(connections_max)),
            refusals: Arc::new(Semaphore::new(REFUSALS_MAX)),
            strangers_max,
            strangers: Arc::default(),
        }
    }

    /// Takes a connection in. Without an address it counts for none: it is a proxy's, and carries
    /// the requests of many.
    ///
    /// # Errors
    /// When there is no room.
    pub fn admit(&self, address: Option<IpAddr>) -> Result<Ticket, Full> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full::Server)?;
        let address = address.map(ClientAddress::from);
        if let Some(address) = &address {
            self.count_stranger(address)?;
        }
        Ok(Ticket {
            is_stranger: AtomicBool::new(address.is_some()),
            address,
            strangers: Arc::clone(&self.strangers),
            _place: place,
        })
    }

    fn count_stranger(&self, address: &ClientAddress) -> Result<(), Full> {
        let mut strangers = lock(&self.strangers);
        let count = strangers.entry(address.clone()).or_default();
        if self.strangers_max > 0 && *count >= self.strangers_max {
            return Err(Full::Address);
        }
        *count += 1;
        Ok(())
    }

    /// A place for telling somebody that there is no room.
    pub(super) fn refusing(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.refusals).try_acquire_owned().ok()
    }
}

impl Ticket {
    /// Somebody signed in on this connection, or had before: it no longer counts as a stranger's.
    pub fn signed_in(&self) {
        if !self.is_stranger.swap(false, Ordering::AcqRel) {
            return;
        }
        let Some(address) = &self.address else { return };
        let mut strangers = lock(&self.strangers);
        if let Some(count) = strangers.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                strangers.remove(address);
            }
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.signed_in();
    }
}

fn lock(
    strangers: &Mutex<HashMap<ClientAddress, usize>>,
) -> MutexGuard<'_, HashMap<ClientAddress, usize>> {
    strangers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `asked`, or for 0 four fifths of the files that the process may open, less where that would leave
/// too few for the server itself: without a file left it could not even refuse.
pub(super) fn connections_max(asked: usize) -> usize {
    match asked {
        0 => among_files(open_files_max().unwrap_or(OPEN_FILES_ASSUMED)),
        asked => asked,
    }
    .min(Semaphore::MAX_PERMITS)
}

fn among_files(files: usize) -> usize {
    (files * 4 / 5).min(files.saturating_sub(OTHER_FILES)).max(1)
}

fn open_files_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[test]
    fn strangers_are_few_people_who_signed_in_are_not() {
        let admission = Admission::new(10, 2);
        let (one, two) = (admission.admit(HERE).expect("one"), admission.admit(HERE).expect("two"));
        assert_eq!(admission.admit(HERE).err(), Some(Full::Address));
        assert!(admission.admit("192.0.2.1".parse().ok()).is_ok());
        one.signed_in();
        one.signed_in();
        let _three = admission.admit(HERE).expect("one is known");
        assert_eq!(admission.admit(HERE).err(), Some(Full::Address));
        let proxied: Vec<_> = (0..3).map(|_| admission.admit(None).expect("a proxy's")).collect();
        assert_eq!(admission.admit(HERE).err(), Some(Full::Address));
        drop(proxied);
        drop((one, two));
        assert!(admission.admit(HERE).is_ok());
    }

    #[test]
    fn connections_leave_files_for_the_server_itself() {
        let all = [(8, 1), (64, 24), (256, 204), (1_024, 819), (65_536, 52_428)];
        for (files, connections) in all {
            assert_eq!(among_files(files), connections);
        }
    }

    #[test]
    fn there_is_an_end_to_connections_and_leaving_makes_room() {
        let admission = Admission::new(1, 0);
        let only = admission.admit(HERE).expect("one");
        assert_eq!(admission.admit(HERE).err(), Some(Full::Server));
        drop(only);
        assert!(admission.admit(HERE).is_ok());
        assert!(lock(&admission.strangers).is_empty(), "nothing is left of who is gone");
    }
}
