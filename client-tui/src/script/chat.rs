//! Which chat a command is about, and a walk through its messages.

use chatter_protocol::rest::MessagesPage;
use chatter_protocol::{ConversationId, ConversationView, Message, UserRef};

use super::exit::{Exit, Failure};
use crate::cli::ChatArgs;
use crate::net::{Api, HistoryQuery, NetError, Patience};

/// Rows asked for at once.
const PAGE_ROWS: usize = 200;

/// The chat with `user`, or the conversation that was named. None is made.
pub(super) async fn find(api: &Api, chat: &ChatArgs) -> Result<ConversationView, Failure> {
    if let Some(id) = chat.conversation {
        return api
            .conversation(id)
            .await
            .map_err(|error| missing(error, "No such chat is yours."));
    }
    let Some(user) = &chat.user else {
        return Err(Failure::usage("Name a person or, with --conversation, a chat."));
    };
    let found = api.direct_with(&UserRef::Username(user.clone())).await;
    found.map_err(|error| {
        missing(error, &format!("There is no chat with @{user} yet, or nobody of that name."))
    })
}

/// The failure, in words that say what was looked for.
pub(super) fn missing(error: NetError, why: &str) -> Failure {
    let failure = Failure::from(error);
    match failure.exit {
        Exit::NotFound => failure.told(|_| why.to_owned()),
        _ => failure,
    }
}

/// A walk through a conversation's messages towards the newest.
pub(super) struct Walk {
    api: Api,
    conversation: ConversationId,
    patience: Patience,
    next: Next,
    /// Only messages before this number.
    end: u64,
}

enum Next {
    Query(HistoryQuery),
    Over,
}

impl Walk {
    /// From the messages that `first` asks for up to `end`, which is not shown any more.
    pub(super) fn new(api: &Api, id: ConversationId, first: HistoryQuery, end: u64) -> Self {
        let first = HistoryQuery { limit: PAGE_ROWS, ..first };
        let (api, patience) = (api.clone(), Patience::None);
        Self { api, conversation: id, patience, next: Next::Query(first), end }
    }

    /// The same, over the server's absence.
    pub(super) fn patient(self) -> Self {
        Self { patience: Patience::Endless, ..self }
    }

    /// The next messages, in order; none at the end. Tombstones are among them.
    pub(super) async fn next(&mut self) -> Result<Vec<Message>, Failure> {
        let Next::Query(query) = self.next else { return Ok(Vec::new()) };
        let page = || self.api.messages(self.conversation, query);
        let page = self.patience.ask(page).await?;
        let MessagesPage { mut messages, to_seq, head_seq, from_seq } = page;
        let is_last = to_seq >= head_seq || to_seq + 1 >= self.end || to_seq < from_seq;
        self.next = match is_last {
            true => Next::Over,
            false => Next::Query(HistoryQuery {
                after: Some(to_seq),
                limit: PAGE_ROWS,
                ..HistoryQuery::default()
            }),
        };
        messages.retain(|message| message.conv_seq < self.end);
        Ok(messages)
    }
}

/// The newest `count` messages before `end`, in order.
pub(super) async fn newest(
    api: &Api,
    id: ConversationId,
    end: Option<u64>,
    count: usize,
) -> Result<Vec<Message>, Failure> {
    let mut pages = Vec::new();
    let (mut left, mut before) = (count, end);
    while left > 0 {
        let query = HistoryQuery { before, limit: left.min(PAGE_ROWS), ..HistoryQuery::default() };
        let page = api.messages(id, query).await?;
        left = left.saturating_sub(page.messages.len());
        before = Some(page.from_seq);
        let is_last = page.messages.is_empty() || page.from_seq <= 1;
        pages.push(page.messages);
        if is_last {
            break;
        }
    }
    Ok(pages.into_iter().rev().flatten().collect())
}
