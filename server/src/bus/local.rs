//! The bus of a single node: a function call, so there is nothing to bound and nothing to lose.

use std::sync::{PoisonError, RwLock};

use super::{Bus, Notice, Receiver};

/// Hands each notice to its receivers before `publish` returns.
#[derive(Default)]
pub struct LocalBus {
    receivers: RwLock<Vec<Receiver>>,
}

impl Bus for LocalBus {
    fn publish(&self, notice: Notice) {
        for receiver in self.receivers.read().unwrap_or_else(PoisonError::into_inner).iter() {
            receiver(&notice);
        }
    }

    fn subscribe(&self, receiver: Receiver) {
        self.receivers.write().unwrap_or_else(PoisonError::into_inner).push(receiver);
    }
}
