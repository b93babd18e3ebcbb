//! `ask`: a question to a person. Prints the answer, and exits by it.

use std::pin::pin;
use std::time::Duration;

use chatter_protocol::frame::Ack;
use chatter_protocol::rest::PostMessageRequest;
use chatter_protocol::{ClientMsgId, Message, UserId};
use tokio::time::{Instant, timeout, timeout_at};

use super::chat::Walk;
use super::exit::{Exit, Failure};
use super::out::Out;
use super::records::AnswerRecord;
use super::send::{To, post};
use super::session::SignedIn;
use super::signals;
use super::wait::{listen, next_message};
use crate::cli::AskArgs;
use crate::headless::key_for;
use crate::listener::Listener;
use crate::net::{HistoryQuery, Patience};

/// Most choices of a question; a person has to read them.
const CHOICES_MAX: usize = 20;

/// How long what is said about a question is tried to be said, and how long one who is told to
/// stop waits for the question that is on its way, to take it back.
const LAST_WORDS_PATIENCE: Duration = Duration::from_secs(2);

/// What the chat says once nobody waits because the asker was told to stop.
const TAKEN_BACK: &str = "Never mind: the question was taken back.";

/// A question that was put.
struct Asked<'a> {
    session: &'a SignedIn,
    how: &'a AskArgs,
    ack: Ack,
}

/// What a message says to a question.
enum Said {
    /// Its answer, and which choice that is; none for a free one.
    Answer(Option<usize>),
    /// No choice of it.
    SomethingElse,
    /// It is about something else.
    Nothing,
}

/// Asks, waits, prints.
pub(super) async fn ask(session: &SignedIn, how: &AskArgs, out: &mut Out) -> Result<(), Failure> {
    check(how)?;
    let deadline = Instant::now() + how.timeout;
    // Before the question is put, so that no answer is missed.
    let mut listener = listen(session).await?;
    let (mut stop, mut asking) = (pin!(signals::interrupted()), pin!(put(session, how)));
    let asked = tokio::select! {
        asked = &mut asking => asked?,
        number = &mut stop => {
            // It may be in the chat already.
            if let Ok(Ok(asked)) = timeout(LAST_WORDS_PATIENCE, asking).await {
                asked.say(TAKEN_BACK).await;
            }
            return Err(Failure::signal(number));
        }
    };
    let (message, choice) = tokio::select! {
        answered = timeout_at(deadline, asked.answer(&mut listener)) => match answered {
            Ok(answer) => answer?,
            Err(_) => {
                asked.say("Too late: nobody waits for an answer to this question any more.").await;
                return Err(Failure::timed_out(format!(
                    "@{} has not answered in time.", how.user
                )));
            }
        },
        number = &mut stop => {
            asked.say(TAKEN_BACK).await;
            return Err(Failure::signal(number));
        }
    };
    asked.tell(message, choice, out)
}

/// Puts the question into the chat.
async fn put<'a>(session: &'a SignedIn, how: &'a AskArgs) -> Result<Asked<'a>, Failure> {
    let to = To::Person(how.user.clone());
    let request = PostMessageRequest {
        attachments: Vec::new(),
        client_msg_id: how.key.as_deref().map_or_else(ClientMsgId::new, key_for),
        body: question(how),
        reply_to: None,
        unattended: true,
    };
    let ack = post(&session.api, &to, &request, how.timeout).await?;
    Ok(Asked { session, how, ack })
}

fn check(how: &AskArgs) -> Result<(), Failure> {
    let are_words = how.choices.iter().all(|choice| !choice.trim().is_empty());
    match how.free || are_words && (1..=CHOICES_MAX).contains(&how.choices.len()) {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "--choices takes 1 to {CHOICES_MAX} words with commas between them, as in yes,no."
        ))),
    }
}

fn question(how: &AskArgs) -> String {
    match how.free {
        true => how.question.clone(),
        false => format!("{}\n\nAnswer: {}", how.question, choices(how)),
    }
}

fn choices(how: &AskArgs) -> String {
    how.choices.iter().map(|choice| choice.trim()).collect::<Vec<_>>().join(" / ")
}

/// The choice that a message makes; none if it is something else. A full stop or an exclamation
/// mark behind it, and how it is capitalised, make no difference.
fn choice_of(choices: &[String], body: &str) -> Option<usize> {
    let said = body.trim().trim_end_matches(['.', '!']).trim_end().to_lowercase();
    choices.iter().position(|choice| choice.trim().to_lowercase() == said)
}

impl Asked<'_> {
    /// The answer, and which choice it is. One that was given before, to the same question under
    /// the same key, counts. What is none is explained once, whichever run does it.
    async fn answer(&self, listener: &mut Listener) -> Result<(Message, Option<usize>), Failure> {
        let peer = self.peer().await?;
        let explanation = format!("Please answer with one of: {}", choices(self.how));
        let (mut is_unclear, mut is_explained) = (false, false);
        let first = HistoryQuery { after: Some(self.ack.conv_seq), ..HistoryQuery::default() };
        let walk = Walk::new(&self.session.api, self.ack.conversation, first, u64::MAX);
        let (mut walk, mut seen) = (walk.patient(), self.ack.conv_seq);
        loop {
            let messages = walk.next().await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                seen = message.conv_seq;
                is_explained |= message.sender != peer
                    && message.reply_to == Some(self.ack.conv_seq)
                    && message.body == explanation;
                match self.judge(&message, peer) {
                    Said::Answer(choice) => return Ok((message, choice)),
                    Said::SomethingElse => is_unclear = true,
                    Said::Nothing => {}
                }
            }
        }
        loop {
            if is_unclear && !std::mem::replace(&mut is_explained, true) {
                self.say(&explanation).await;
            }
            let message = next_message(listener, peer, &self.ack).await?;
            match self.judge(&message, peer) {
                _ if message.conv_seq <= seen => {}
                Said::Answer(choice) => return Ok((message, choice)),
                Said::SomethingElse => is_unclear = true,
                Said::Nothing => {}
            }
        }
    }

    /// Who was asked.
    async fn peer(&self) -> Result<UserId, Failure> {
        let view = || self.session.api.conversation(self.ack.conversation);
        let peer = Patience::Endless.ask(view).await?.peer;
        Ok(peer.ok_or_else(|| Failure::usage("A question goes to one person."))?.user.id)
    }

    /// What answers another message is no answer.
    fn judge(&self, message: &Message, peer: UserId) -> Said {
        if message.sender != peer
            || message.deleted_at.is_some()
            || message.reply_to.is_some_and(|seq| seq != self.ack.conv_seq)
        {
            return Said::Nothing;
        }
        if self.how.free {
            return Said::Answer(None);
        }
        match choice_of(&self.how.choices, &message.body) {
            Some(choice) => Said::Answer(Some(choice)),
            None => Said::SomethingElse,
        }
    }

    /// Says something about the question; whether that gets through does not matter.
    async fn say(&self, body: &str) {
        let request = PostMessageRequest {
            attachments: Vec::new(),
            client_msg_id: ClientMsgId::new(),
            body: body.to_owned(),
            reply_to: Some(self.ack.conv_seq),
            unattended: true,
        };
        let to = To::Conversation(self.ack.conversation);
        let posted = post(&self.session.api, &to, &request, LAST_WORDS_PATIENCE).await;
        tracing::debug!(?posted, "said about the question");
    }

    fn tell(&self, message: Message, choice: Option<usize>, out: &mut Out) -> Result<(), Failure> {
        let answer = match choice.and_then(|at| self.how.choices.get(at)) {
            Some(choice) => choice.trim().to_owned(),
            None => message.body,
        };
        let approved = choice.is_none_or(|at| at == 0);
        out.record(&AnswerRecord {
            answer,
            approved,
            from: self.how.user.clone(),
            conversation: self.ack.conversation,
            question_seq: self.ack.conv_seq,
            conv_seq: message.conv_seq,
        })?;
        out.flush()?;
        match approved {
            true => Ok(()),
            // The answer says it all.
            false => Err(Failure::new(Exit::Rejected, "rejected", "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_whole_message_however_it_is_written() {
        let choices = ["yes".to_owned(), "No way".to_owned()];
        for (body, choice) in [
            ("yes", Some(0)),
            (" YES!\n", Some(0)),
            ("no way.", Some(1)),
            ("yes, but not today", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(choice_of(&choices, body), choice, "{body:?}");
        }
    }
}
