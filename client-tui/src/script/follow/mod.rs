//! `follow`: prints what happens, as it happens, each thing once, over reconnects and from wherever
//! the last run ended.

mod hook;
mod position;
mod state_file;

use std::time::Duration;

use chatter_protocol::{ConversationId, Event, Message, Position, Timestamp, UserId, UserRef};
use tokio::time::{Instant, sleep_until};

use super::chat::missing;
use super::directory::Directory;
use super::exit::{Exit, Failure};
use super::out::{Out, Record};
use super::records::{
    ConversationRecord, MessageRecord, OtherRecord, Placed, ProfileRecord, ReceiptRecord,
    ResetRecord,
};
use super::session::SignedIn;
use super::{closed, signals};
use crate::cli::FollowArgs;
use crate::listener::{Heard, Listener};
use crate::net::{NetOptions, Patience};
use hook::Hook;
use state_file::StateFile;

/// Longest time that can be waited; more is for ever.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

struct Follow<'a> {
    how: &'a FollowArgs,
    me: UserId,
    only: Option<Only>,
    directory: Directory,
    state: Option<StateFile>,
    hook: Option<Hook>,
    /// Messages still to be printed, if they are counted.
    left: Option<u64>,
}

/// What `--from` leaves.
struct Only {
    user: UserId,
    /// The direct conversation with them, once it is known.
    conversation: Option<ConversationId>,
}

/// Follows until told to stop.
pub(super) async fn follow(
    session: &mut SignedIn,
    how: &FollowArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let me = session.user().await?;
    let state = how
        .state
        .as_deref()
        .map(|path| StateFile::open(path, session.api.server(), me.username.as_str()));
    let state = state.transpose()?;
    let since = match (&how.since, &state) {
        (Some(text), _) => Some(position::parse(text)?),
        (None, Some(state)) => state.position().cloned(),
        (None, None) => None,
    };
    let options = NetOptions { unattended: !how.online, ..session.options.clone() };
    let mut listener =
        Listener::begin(&session.api, session.token.clone(), &options, since).await?;
    let mut directory = Directory::new(session.api.clone(), Patience::Endless);
    directory.learn_user(&me);
    let mut follow = Follow {
        how,
        me: me.id,
        only: only(session, how).await?,
        directory,
        state,
        hook: Hook::new(how),
        left: how.count,
    };
    // What a run that hears nothing ends with is where it began.
    follow.keep(listener.position())?;
    let deadline = Instant::now() + how.timeout.unwrap_or(FOR_EVER).min(FOR_EVER);
    let ended = tokio::select! {
        ended = follow.run(&mut listener, out) => ended,
        () = sleep_until(deadline) => Err(Failure::timed_out("")),
        () = closed::by_reader() => Err(Failure::closed()),
        number = signals::interrupted() => Err(Failure::signal(number)),
    };
    // Printing and keeping the position follow each other without a wait between, so nothing is
    // printed here that the state does not know.
    if let Some(hook) = &mut follow.hook {
        hook.finish().await;
    }
    ended
}

async fn only(session: &SignedIn, how: &FollowArgs) -> Result<Option<Only>, Failure> {
    let Some(name) = &how.from else { return Ok(None) };
    let user = UserRef::Username(name.clone());
    let person = session.api.user(&user).await;
    let person = person.map_err(|e| missing(e, &format!("There is nobody called @{name}.")))?;
    let conversation = match session.api.direct_with(&user).await {
        Ok(view) => Some(view.conversation.id),
        Err(error) => {
            let failure = Failure::from(error);
            if failure.exit != Exit::NotFound {
                return Err(failure);
            }
            None
        }
    };
    Ok(Some(Only { user: person.user.id, conversation }))
}

impl Follow<'_> {
    async fn run(&mut self, listener: &mut Listener, out: &mut Out) -> Result<(), Failure> {
        while self.left != Some(0) {
            match listener.next().await? {
                Heard::Event { event, is_replayed } => {
                    self.take(event, is_replayed, listener.position(), out).await?;
                }
                Heard::Reset(reason) => {
                    self.print(ResetRecord { reason }, false, listener.position(), out)?;
                }
            }
        }
        Ok(())
    }

    async fn take(
        &mut self,
        event: Event,
        replayed: bool,
        position: &Position,
        out: &mut Out,
    ) -> Result<(), Failure> {
        self.directory.learn_event(&event);
        self.learn(&event);
        if !self.is_wanted(&event) {
            return self.keep(position);
        }
        match event {
            Event::MessagePosted { message } => {
                let (sender, is_withheld) = (message.sender, message.withheld);
                let record = self.message(message).await?;
                if is_withheld {
                    return self.print(record, replayed, position, out);
                }
                if sender != self.me && (!replayed || self.how.exec_replayed) {
                    self.run_hook(&record, replayed, position).await?;
                }
                self.print(record, replayed, position, out)?;
                self.left = self.left.map(|left| left.saturating_sub(1));
                Ok(())
            }
            Event::MessageEdited { message } => {
                let record = Edited(self.message(message).await?);
                self.print(record, replayed, position, out)
            }
            Event::MessageDeleted { message } => {
                let record = Deleted(self.message(message).await?);
                self.print(record, replayed, position, out)
            }
            Event::ReceiptMoved { receipt } => {
                let record = ReceiptRecord {
                    conversation: receipt.conversation,
                    chat: self.directory.chat(receipt.conversation).await?,
                    from: self.directory.username(receipt.user).await?,
                    read_seq: receipt.read_seq,
                    delivered_seq: receipt.delivered_seq,
                };
                self.print(record, replayed, position, out)
            }
            Event::ConversationAdded { conversation, .. }
            | Event::ConversationChanged { conversation } => {
                let record = ConversationRecord {
                    conversation: conversation.id,
                    kind: conversation.kind,
                    chat: self.directory.chat(conversation.id).await?,
                    member_count: conversation.member_count,
                };
                self.print(record, replayed, position, out)
            }
            Event::ProfileChanged { user } => {
                self.print(ProfileRecord::new(user, Timestamp::now()), replayed, position, out)
            }
            Event::MeChanged { .. }
            | Event::MuteChanged { .. }
            | Event::Unblocked { .. }
            | Event::Unknown => self.print(OtherRecord {}, replayed, position, out),
        }
    }

    async fn message(&mut self, message: Message) -> Result<MessageRecord, Failure> {
        let chat = self.directory.chat(message.conversation).await?;
        let from = self.directory.username(message.sender).await?;
        Ok(MessageRecord::new(message, chat, from, self.me))
    }

    /// A chat with the person that is followed may come only now.
    fn learn(&mut self, event: &Event) {
        if let (Some(only), Event::ConversationAdded { conversation, users }) =
            (&mut self.only, event)
            && users.iter().any(|user| user.id == only.user)
        {
            only.conversation = Some(conversation.id);
        }
    }

    fn is_wanted(&self, event: &Event) -> bool {
        let Some(only) = &self.only else { return true };
        match event {
            Event::MessagePosted { message }
            | Event::MessageEdited { message }
            | Event::MessageDeleted { message } => {
                message.sender == only.user && Some(message.conversation) == only.conversation
            }
            _ => false,
        }
    }

    async fn run_hook(
        &mut self,
        record: &MessageRecord,
        replayed: bool,
        position: &Position,
    ) -> Result<(), Failure> {
        let Some(hook) = &mut self.hook else { return Ok(()) };
        let position = position::written(position);
        hook.run(&Placed { record: record.clone(), replayed, position }).await
    }

    /// Prints a record, and then keeps the position: a run that is killed between the two prints it
    /// again, with the same position.
    fn print<R: Record>(
        &mut self,
        record: R,
        replayed: bool,
        position: &Position,
        out: &mut Out,
    ) -> Result<(), Failure> {
        out.record(&Placed { record, replayed, position: position::written(position) })?;
        out.flush()?;
        self.keep(position)
    }

    fn keep(&mut self, position: &Position) -> Result<(), Failure> {
        match &mut self.state {
            Some(state) => state.keep(position),
            None => Ok(()),
        }
    }
}

/// A message as it is after an edit.
#[derive(serde::Serialize)]
struct Edited(MessageRecord);

impl Record for Edited {
    const TYPE: &'static str = "message_edited";

    fn plain(&self, look: &super::out::Look) -> Option<String> {
        self.0.plain(look)
    }
}

/// What is left of a message that was taken back.
#[derive(serde::Serialize)]
struct Deleted(MessageRecord);

impl Record for Deleted {
    const TYPE: &'static str = "message_deleted";

    fn plain(&self, look: &super::out::Look) -> Option<String> {
        self.0.plain(look)
    }
}
