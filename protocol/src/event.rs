//! Entries of the user stream: everything that an account must learn, in order.
//!
//! An event carries the newest form of what it is about, so applying one twice, or an older one
//! after a newer, changes nothing: messages, profiles, conversations and mutes by `rev`, receipts by
//! maximum.

use crate::ids::ConversationId;
use crate::model::{Conversation, Me, Message, Receipt, User};
use crate::tagged::tagged;

tagged! {
    #[tag = "kind", name = "Event"]
    /// One entry of the user stream.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Event {
        /// A message was posted, by anybody in the conversation, oneself included.
        MessagePosted {
            /// The message.
            message: Message,
        },
        /// Its sender changed what it says.
        MessageEdited {
            /// The message as it is now.
            message: Message,
        },
        /// Its sender took it back; a tombstone stays.
        MessageDeleted {
            /// The tombstone.
            message: Message,
        },
        /// Somebody has read further, or got messages delivered: oneself on any device, or the peer
        /// of a direct conversation.
        ReceiptMoved {
            /// Where they are now.
            receipt: Receipt,
        },
        /// One is in a conversation from now on.
        ConversationAdded {
            /// The conversation.
            conversation: Conversation,
            /// The people of a direct conversation.
            #[serde(default)]
            users: Vec<User>,
        },
        /// A conversation has another name or other members.
        ConversationChanged {
            /// The conversation as it is now.
            conversation: Conversation,
        },
        /// Somebody with whom one shares a conversation, or oneself, changed their profile.
        ProfileChanged {
            /// The profile as it is now.
            user: User,
        },
        /// What I share, or whom I block, has changed; only my own devices learn it.
        MeChanged {
            /// The account as it is now; of two versions the one with the higher `user.rev` holds.
            me: Me,
        },
        /// I muted or unmuted a conversation; only my own devices learn it.
        MuteChanged {
            /// Which one.
            conversation: ConversationId,
            /// Whether it is muted now.
            muted: bool,
            /// As `mute_rev` of [`ConversationView`](crate::ConversationView).
            rev: u32,
        },
        /// I unblocked somebody: what was kept back of theirs, and whatever became of their
        /// messages meanwhile, can be fetched. Only my own devices learn it, after the
        /// `me_changed`.
        Unblocked {
            /// The profile as it is now.
            user: User,
        },
        /// An event of a newer version; it counts for the position and shows nothing.
        #[serde(other)]
        Unknown,
    }
}

impl Event {
    /// As a token without the right to the account may know it, where that differs.
    pub fn without_private(&self) -> Option<Self> {
        match self {
            Self::MeChanged { me } => Some(Self::MeChanged { me: me.clone().without_private() }),
            Self::Unblocked { .. } => Some(Self::Unknown),
            _ => None,
        }
    }
}
