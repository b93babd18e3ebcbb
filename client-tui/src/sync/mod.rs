//! What this device knows of its account, and what it still has to tell the server.
//!
//! Pure state: frames and REST answers go in, [`Need`]s come out, nothing here waits, draws or
//! reads a clock. Applying anything twice, or late, changes nothing: messages, profiles and
//! conversations by `rev`, receipts by maximum, numbers by range. Text from others is made safe
//! to show here, once, when it enters ([`chatter_protocol::text`]).

mod apply;
mod blocks;
mod change;
mod chat;
mod coverage;
mod history;
mod journal;
mod load;
mod outbox;
mod replica;
#[cfg(test)]
mod tests;
mod window;

pub use change::{Change, ChatState, Kept, KeptUnsent, UnreadCount};
pub use chat::{Chat, Mark};
pub use coverage::Coverage;
pub use history::HistoryRange;
pub use outbox::{Outbox, Unsent, UnsentState};
pub use replica::{Applied, Need, Replica};
