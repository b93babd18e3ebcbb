//! `read` and `export`: messages of a chat, some or all.

use std::io::{self, BufWriter, Write};

use chatter_protocol::text::sanitize;
use chatter_protocol::{ConversationView, Message, Timestamp, UserId};
use jiff::ToSpan;

use super::chat::{Walk, find, newest};
use super::directory::{Directory, chat_name};
use super::exit::Failure;
use super::out::{self, Look, Out, Record, json_line, one_line, say_to_person};
use super::records::MessageRecord;
use super::session::SignedIn;
use crate::cli::{ExportArgs, ExportFormat, ReadArgs, parse_duration};
use crate::command::parse_day;
use crate::net::{HistoryQuery, Patience};
use crate::private_file;

/// Makes records of a chat's messages.
struct Teller {
    directory: Directory,
    chat: String,
    me: UserId,
}

impl Teller {
    async fn new(session: &mut SignedIn, view: &ConversationView) -> Result<Self, Failure> {
        let mut directory = Directory::new(session.api.clone(), Patience::None);
        directory.learn(view);
        let me = session.user().await?;
        directory.learn_user(&me);
        Ok(Self { directory, chat: chat_name(view), me: me.id })
    }

    async fn record(&mut self, message: Message) -> Result<MessageRecord, Failure> {
        let from = self.directory.username(message.sender).await?;
        Ok(MessageRecord::new(message, self.chat.clone(), from, self.me))
    }
}

/// Prints messages, and marks them as read if that was asked for.
pub(super) async fn read(
    session: &mut SignedIn,
    how: &ReadArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let view = find(&session.api, &how.chat).await?;
    let id = view.conversation.id;
    let mut teller = Teller::new(session, &view).await?;
    let limit = usize::try_from(how.limit).unwrap_or(usize::MAX);
    let mut last = None;
    match start(how, &view, out.look())? {
        None => {
            for message in newest(&session.api, id, how.before, limit).await? {
                last = Some(message.conv_seq);
                out.record(&teller.record(message).await?)?;
            }
        }
        Some(first) => {
            let mut walk = Walk::new(&session.api, id, first, how.before.unwrap_or(u64::MAX));
            let mut left = limit;
            while left > 0 {
                let messages = walk.next().await?;
                if messages.is_empty() {
                    break;
                }
                let me = teller.me;
                let asked = messages.into_iter().filter(|message| is_asked(how, message, me));
                for message in asked.take(left) {
                    left -= 1;
                    last = Some(message.conv_seq);
                    out.record(&teller.record(message).await?)?;
                }
            }
        }
    }
    // Only what has left this program counts as read.
    out.flush()?;
    if let (true, Some(seq)) = (how.mark_read, last) {
        session.api.mark_read(id, seq).await?;
    }
    Ok(())
}

fn is_asked(how: &ReadArgs, message: &Message, me: UserId) -> bool {
    !how.unread || message.sender != me && message.deleted_at.is_none()
}

/// Where to begin; none for "at the newest".
fn start(
    how: &ReadArgs,
    view: &ConversationView,
    look: &Look,
) -> Result<Option<HistoryQuery>, Failure> {
    let after = match how.unread {
        true => Some(view.read_seq),
        false => how.after,
    };
    if let Some(after) = after {
        return Ok(Some(HistoryQuery { after: Some(after), ..HistoryQuery::default() }));
    }
    let Some(when) = &how.since else { return Ok(None) };
    let from_time = Some(moment(when, look)?);
    Ok(Some(HistoryQuery { from_time, ..HistoryQuery::default() }))
}

/// A moment as people write it: so long ago, a day, or a full date with time and zone.
fn moment(when: &str, look: &Look) -> Result<Timestamp, Failure> {
    let now = jiff::Timestamp::now();
    let from = |at: jiff::Timestamp| Timestamp::from_millis(at.as_millisecond());
    if let Ok(at) = when.parse::<jiff::Timestamp>() {
        return Ok(from(at));
    }
    if let Ok(ago) = parse_duration(when) {
        let millis = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        let at = now.checked_sub(millis.milliseconds());
        return Ok(from(at.unwrap_or(jiff::Timestamp::MIN)));
    }
    let today = now.to_zoned(look.zone.clone()).date();
    let day = parse_day(when, today).map_err(|why| {
        Failure::usage(format!("{why} Write it as in 2h, yesterday or 2026-11-24."))
    })?;
    let start = day.to_zoned(look.zone.clone());
    start.map(|start| from(start.timestamp())).map_err(|error| Failure::usage(error.to_string()))
}

/// Writes a whole chat, from the first message to what is the newest now.
pub(super) async fn export(
    session: &mut SignedIn,
    how: &ExportArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let view = find(&session.api, &how.chat).await?;
    let mut teller = Teller::new(session, &view).await?;
    let mut file = match &how.output {
        Some(path) => Some(new_file(path)?),
        None => None,
    };
    let look = Look { is_styled: false, zone: out.look().zone.clone() };
    let mut write = |text: &str| match &mut file {
        Some(file) => file.write_all(text.as_bytes()).map_err(|error| out::failed(&error)),
        None => out.text(text.trim_end_matches('\n')),
    };
    let format = how.format;
    if format == ExportFormat::Md {
        write(&format!("# {}\n", markdown_line(&chat_title(&view))))?;
    }
    let first = HistoryQuery { after: Some(0), ..HistoryQuery::default() };
    let mut walk = Walk::new(&session.api, view.conversation.id, first, view.head_seq + 1);
    let (mut day, mut count) = (String::new(), 0_u64);
    loop {
        let messages = walk.next().await?;
        if messages.is_empty() {
            break;
        }
        for message in messages {
            let record = teller.record(message).await?;
            if let (ExportFormat::Md, Some(heading)) = (format, next_day(&record, &look, &mut day))
            {
                write(&format!("\n## {heading}\n"))?;
            }
            write(&exported(&record, format, &look)?)?;
            count += 1;
        }
    }
    match file {
        Some(file) => finish(file)?,
        None => out.flush()?,
    }
    say_to_person(&format!("{count} messages exported."));
    Ok(())
}

/// A file that was not there before, for its owner alone.
fn new_file(path: &std::path::Path) -> Result<BufWriter<std::fs::File>, Failure> {
    private_file::create(path).map(BufWriter::new).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::local(format!(
            "{} is there already and was left as it is. Name another file.",
            path.display()
        )),
        _ => Failure::local(format!("{} can't be written: {error}.", path.display())),
    })
}

fn finish(file: BufWriter<std::fs::File>) -> Result<(), Failure> {
    let synced =
        file.into_inner().map_err(|error| error.into_error()).and_then(|file| file.sync_all());
    synced.map_err(|error| out::failed(&error))
}

fn chat_title(view: &ConversationView) -> String {
    match &view.peer {
        Some(peer) => format!("{} @{}", peer.user.display_name, peer.user.username),
        None => chat_name(view),
    }
}

fn next_day(record: &MessageRecord, look: &Look, day: &mut String) -> Option<String> {
    let this = look.time(record.created_at).chars().take("2026-11-24".len()).collect::<String>();
    (*day != this).then(|| {
        day.clone_from(&this);
        this
    })
}

/// A message as an export has it, with a line feed at the end.
fn exported(record: &MessageRecord, format: ExportFormat, look: &Look) -> Result<String, Failure> {
    Ok(match format {
        ExportFormat::Json => json_line(record)? + "\n",
        ExportFormat::Txt => record.plain(look).unwrap_or_default() + "\n",
        ExportFormat::Md => markdown(record, look),
    })
}

/// As a message with its author and time above it; what it says is Markdown already.
fn markdown(record: &MessageRecord, look: &Look) -> String {
    let time = look.time(record.created_at).split_off("2026-11-24 ".len());
    let edited = if record.edited_at.is_some() { " (edited)" } else { "" };
    let body = match record.deleted_at {
        Some(_) => "*(deleted)*".to_owned(),
        None => sanitize(&record.all()).trim_end().to_owned(),
    };
    format!("\n**{}** {time}{edited}\n\n{body}\n", markdown_line(&record.from))
}

/// One line in which nothing is markup.
fn markdown_line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '@' | '.' | '-' | ',' | ':') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let look = Look { is_styled: false, zone: TimeZone::UTC };
        let ago = |when: &str| {
            Timestamp::now().as_millis() - moment(when, &look).expect(when).as_millis()
        };
        assert!((7_200_000..7_300_000).contains(&ago("2h")));
        assert!((86_400_000..2 * 86_400_000 + 1_000).contains(&ago("yesterday")));
        let exact = moment("2026-03-01T09:30:00Z", &look).expect("exact");
        assert_eq!(exact.to_string(), "2026-03-01T09:30:00.000Z");
        let day = moment("2026-03-01", &look).expect("a day");
        assert_eq!(day.to_string(), "2026-03-01T00:00:00.000Z");
        assert!(moment("whenever", &look).expect_err("none").message.contains("yesterday"));
    }

    #[test]
    fn names_are_no_markup_in_an_export() {
        assert_eq!(markdown_line("a_b*c [x](y)\n# z"), r"a\_b\*c \[x\]\(y\) \# z");
    }
}
