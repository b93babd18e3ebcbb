//! `send --queue`: the message is on this device's disk before its first byte goes out, and stays
//! there until the server has stored it; the next chatter of the account that comes online sends it.

use std::time::Duration;

use chatter_protocol::rest::OpenConversationRequest;
use chatter_protocol::{ConversationId, UserRef, Username};
use tokio::time::{Instant, timeout, timeout_at};

use super::chat::missing;
use super::exit::{Exit, Failure};
use super::send::To;
use super::session::SignedIn;
use crate::device::{Device, DeviceError};
use crate::net::{NetError, NetOptions};
use crate::paths::Paths;
use crate::store::store_path;
use crate::sync::UnsentState;

/// How long the server may take to say which chat is meant, when this device does not know it.
const LOOK_UP_PATIENCE: Duration = Duration::from_secs(10);

/// Keeps `body`, and sends it if that works within `patience`, with all that waited before it.
pub(super) async fn queue(
    session: &mut SignedIn,
    paths: &Paths,
    to: &To,
    (body, patience): (String, Duration),
) -> Result<(), Failure> {
    let me = session.user().await.map_err(not_kept)?;
    let data_dir = paths
        .data_dir()
        .map_err(|error| Failure::local(format!("Nothing can be kept on this device: {error}.")))?;
    let path = store_path(data_dir, &session.api.server().origin(), me.username.as_str());
    let options = NetOptions { unattended: true, ..session.options.clone() };
    let mut device = Device::open(session.api.server(), &options, session.token.clone(), &path)?;
    if let Some(notice) = device.notice() {
        return Err(Failure::local(notice));
    }
    let conversation = match to {
        To::Conversation(id) => *id,
        To::Person(user) => conversation_with(session, &device, user).await.map_err(not_kept)?,
    };
    let key = device.queue(conversation, body).await?;
    let deadline = Instant::now() + patience;
    loop {
        match device.replica().outbox().iter().find(|unsent| unsent.send.client_msg_id == key) {
            None => return Ok(()),
            Some(unsent) => {
                if let UnsentState::Refused(error) = &unsent.state {
                    return Err(NetError::Refused(error.clone()).into());
                }
            }
        }
        match timeout_at(deadline, device.step()).await {
            Ok(stepped) => drop(stepped?),
            Err(_) => {
                return Err(Failure::new(
                    Exit::Unreachable,
                    "queued",
                    "The server can't be reached. The message is kept on this device; the next \
                     chatter that comes online sends it.",
                ));
            }
        }
    }
}

/// The chat with `user`, from this device if it knows it, so that it works offline too.
async fn conversation_with(
    session: &SignedIn,
    device: &Device,
    user: &Username,
) -> Result<ConversationId, Failure> {
    let replica = device.replica();
    let known = replica.users().find(|known| known.username == *user);
    if let Some(chat) = known.and_then(|known| replica.chat_with(known.id)) {
        return Ok(chat.id());
    }
    let request = OpenConversationRequest::Direct { user: UserRef::Username(user.clone()) };
    match timeout(LOOK_UP_PATIENCE, session.api.open_conversation(&request)).await {
        Ok(Ok(view)) => Ok(view.conversation.id),
        Ok(Err(error)) => Err(missing(error, &format!("There is nobody called @{user}."))),
        Err(_) => Err(NetError::TimedOut.into()),
    }
}

/// What could not be kept must not look like what was: both end as unreachable.
fn not_kept(failure: Failure) -> Failure {
    match failure.exit {
        Exit::Unreachable => failure.told(|why| {
            format!("{why} Nothing was kept: this device has to ask the server once who that is.")
        }),
        _ => failure,
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Net(error) => error.into(),
            DeviceError::Forbidden(_) => Self::new(Exit::Refused, "forbidden", error.to_string()),
            DeviceError::SessionEnded => {
                Self::new(Exit::Refused, "session_ended", error.to_string())
            }
            DeviceError::Store(_) | DeviceError::NotKept(_) | DeviceError::Thread(_) => {
                Self::local(error.to_string())
            }
        }
    }
}
