//! `chats`, `people`: what one would see in the lists of the screen.

use chatter_protocol::{ConversationView, Timestamp, UserId};

use super::directory::{Directory, chat_name};
use super::exit::Failure;
use super::out::{Look, Out, one_line, padded, widest};
use super::records::{ChatRecord, MessageRecord, PersonRecord};
use super::session::SignedIn;
use crate::cli::{ChatsArgs, PeopleArgs};
use crate::net::Patience;
use crate::state::wrap::shorten;

/// Rows asked for at once.
const PAGE_ROWS: usize = 200;

/// Columns of a preview.
const PREVIEW_COLUMNS: usize = 60;

/// Lists chats, the most recently active first.
pub(super) async fn chats(
    session: &mut SignedIn,
    how: ChatsArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let me = session.user().await?.id;
    let mut directory = Directory::new(session.api.clone(), Patience::None);
    let (mut rows, mut after) = (Vec::new(), None);
    while rows.len() < how.limit {
        let page = session.api.conversations(after.as_deref(), PAGE_ROWS).await?;
        for view in page.conversations {
            if (!how.unread || view.unread_count > 0) && rows.len() < how.limit {
                rows.push(chat(view, me, &mut directory).await?);
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    match out.is_json() {
        true => rows.iter().try_for_each(|row| out.record(row))?,
        false => chat_table(&rows, out)?,
    }
    out.flush()
}

async fn chat(
    view: ConversationView,
    me: UserId,
    directory: &mut Directory,
) -> Result<ChatRecord, Failure> {
    directory.learn(&view);
    let chat = chat_name(&view);
    let last_message = match view.last_message {
        Some(message) => {
            let from = match &view.peer {
                Some(peer) if peer.user.id == message.sender => peer.user.username.to_string(),
                _ => directory.username(message.sender).await?,
            };
            Some(MessageRecord::new(message, chat.clone(), from, me))
        }
        None => None,
    };
    let peer = view.peer.as_ref();
    Ok(ChatRecord {
        conversation: view.conversation.id,
        kind: view.conversation.kind,
        display_name: peer.map_or(chat.clone(), |peer| peer.user.display_name.to_string()),
        online: peer.is_some_and(|peer| peer.presence.online),
        chat,
        unread_count: view.unread_count,
        read_seq: view.read_seq,
        head_seq: view.head_seq,
        muted: view.muted,
        last_message,
    })
}

fn chat_table(rows: &[ChatRecord], out: &mut Out) -> Result<(), Failure> {
    let names: Vec<String> = rows.iter().map(|row| one_line(&row.chat)).collect();
    let width = widest(names.iter().map(String::as_str));
    let look = out.look().clone();
    for (row, name) in rows.iter().zip(&names) {
        out.text(chat_line(row, &padded(name, width), &look).trim_end())?;
    }
    Ok(())
}

fn chat_line(row: &ChatRecord, name: &str, look: &Look) -> String {
    let unread = match row.unread_count {
        0 => String::new(),
        count => count.to_string(),
    };
    let name = if row.unread_count > 0 { look.bold(name) } else { name.to_owned() };
    let (time, preview) = match &row.last_message {
        Some(message) if !message.withheld => {
            let said = match message.deleted_at {
                Some(_) => "(deleted)".to_owned(),
                None => one_line(message.body.lines().next().unwrap_or_default()),
            };
            let said = if message.mine { format!("You: {said}") } else { said };
            (look.time(message.created_at), shorten(&said, PREVIEW_COLUMNS))
        }
        _ => (String::new(), String::new()),
    };
    format!("{unread:>4}  {name}  {}  {preview}", look.dim(&format!("{time:16}")))
}

/// Lists people, those who are online first.
pub(super) async fn people(
    session: &SignedIn,
    how: &PeopleArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let prefix = how.prefix.as_deref().unwrap_or_default();
    let prefix = prefix.strip_prefix('@').unwrap_or(prefix);
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = session.api.users(prefix, after.as_deref(), PAGE_ROWS).await?;
        let is_last =
            page.next.is_none() || how.online && page.people.iter().any(|p| !p.presence.online);
        rows.extend(page.people.into_iter().filter(|person| !how.online || person.presence.online));
        if is_last || rows.len() >= how.limit {
            break;
        }
        after = page.next;
    }
    rows.truncate(how.limit);
    let now = Timestamp::now();
    let rows: Vec<_> = rows.into_iter().map(|person| PersonRecord::new(person, now)).collect();
    match out.is_json() {
        true => rows.iter().try_for_each(|row| out.record(row))?,
        false => people_table(&rows, out)?,
    }
    out.flush()
}

fn people_table(rows: &[PersonRecord], out: &mut Out) -> Result<(), Failure> {
    let names: Vec<String> = rows.iter().map(|row| one_line(&row.display_name)).collect();
    let name_width = widest(rows.iter().map(|row| row.username.as_str()));
    let display_width = widest(names.iter().map(String::as_str));
    let look = out.look().clone();
    for (row, name) in rows.iter().zip(&names) {
        let username = padded(row.username.as_str(), name_width);
        let username = if row.online { look.bold(&username) } else { username };
        let seen = match (row.online, row.last_seen_at) {
            (true, _) => "online".to_owned(),
            (false, Some(at)) => look.time(at),
            (false, None) => String::new(),
        };
        let seen = look.dim(&format!("{seen:16}"));
        let status = one_line(row.status_message.as_deref().unwrap_or_default());
        let status = look.status(&status, row.status_expires_at);
        out.text(
            format!("{username}  {}  {seen}  {status}", padded(name, display_width)).trim_end(),
        )?;
    }
    Ok(())
}
