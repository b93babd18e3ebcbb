//! Waiting for people: until a message has reached them or was read, and until they answer.

use std::time::Duration;

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::PostMessageRequest;
use chatter_protocol::{Event, Message, Receipt, UserId};
use tokio::time::{Instant, timeout_at};

use super::exit::Failure;
use super::records::Place;
use super::send::{To, post};
use super::session::SignedIn;
use crate::listener::{Heard, Listener};
use crate::net::{NetOptions, Patience};

/// Listens from now on, without showing the account as online.
pub(super) async fn listen(session: &SignedIn) -> Result<Listener, Failure> {
    let options = NetOptions { unattended: true, ..session.options.clone() };
    let listener = Listener::begin(&session.api, session.token.clone(), &options, None).await?;
    // It looks for one thing only; messages are for a device that keeps or shows them.
    Ok(listener.without_confirming())
}

/// Posts a message, and waits until it has come as far as `place`.
pub(super) async fn post_and_wait(
    session: &SignedIn,
    to: &To,
    request: &PostMessageRequest,
    (place, patience): (Place, Duration),
) -> Result<Ack, Failure> {
    let deadline = Instant::now() + patience;
    // Before it is posted, so that nothing between is missed.
    let mut listener = listen(session).await?;
    let ack = post(&session.api, to, request, patience).await?;
    // It is stored: a server that goes away now is waited for.
    let view = || session.api.conversation(ack.conversation);
    let view = Patience::Until(deadline).ask(view).await?;
    let Some(peer) = view.peer else {
        return Err(Failure::usage("--wait goes by one person, and this chat has several."));
    };
    let me = view.conversation.members.len() < 2;
    let so_far = Receipt {
        conversation: ack.conversation,
        user: peer.user.id,
        read_seq: view.peer_read_seq,
        delivered_seq: view.peer_delivered_seq,
    };
    // Notes to oneself are where they should be.
    if me || has_come(&so_far, &ack, place) {
        return Ok(ack);
    }
    let arrived = async {
        loop {
            if let Heard::Event { event: Event::ReceiptMoved { receipt }, .. } =
                listener.next().await?
                && receipt.user == peer.user.id
                && has_come(&receipt, &ack, place)
            {
                return Ok::<_, Failure>(());
            }
        }
    };
    match timeout_at(deadline, arrived).await {
        Ok(Ok(())) => Ok(ack),
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::timed_out(format!(
            "The server has the message (number {}), but @{} has not {} it in time.",
            ack.conv_seq,
            peer.user.username,
            if place == Place::Read { "read" } else { "received" },
        ))),
    }
}

fn has_come(receipt: &Receipt, ack: &Ack, place: Place) -> bool {
    let seq = match place {
        Place::Read => receipt.read_seq,
        _ => receipt.delivered_seq,
    };
    receipt.conversation == ack.conversation && seq >= ack.conv_seq
}

/// The next message that `from` posts in a conversation behind number `after`.
pub(super) async fn next_message(
    listener: &mut Listener,
    from: UserId,
    ack: &Ack,
) -> Result<Message, Failure> {
    loop {
        if let Heard::Event { event: Event::MessagePosted { message }, .. } =
            listener.next().await?
            && message.conversation == ack.conversation
            && message.sender == from
            && message.conv_seq > ack.conv_seq
        {
            return Ok(message);
        }
    }
}
