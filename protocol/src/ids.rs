//! Identifiers: UUIDv7 (RFC 9562), on the wire as lower-case hyphenated strings.
//!
//! To everybody but their maker they are opaque: order comes from sequence numbers, never from the
//! time inside an id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = "uuid"))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id, made from the clock and the operating system's random numbers.
            #[expect(clippy::new_without_default, reason = "a fresh id is no default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id's 16 bytes, for compact storage.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id back from its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A person's account.
    UserId
}
id! {
    /// One signed-in device. Names the session in lists; the secret is its token.
    SessionId
}
id! {
    /// A direct conversation or a room.
    ConversationId
}
id! {
    /// A message, given by the server when it is stored.
    MessageId
}
id! {
    /// A picture or another file, given by the server when it is uploaded. What it names never changes.
    MediaId
}
id! {
    /// The key that makes a send safe to repeat: chosen by the client, unique per sender, kept for
    /// as long as the message.
    ClientMsgId
}
