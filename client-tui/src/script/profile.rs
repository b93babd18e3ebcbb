//! `profile`, `status`, `avatar`: who somebody is, and changing what others see of oneself.

use chatter_protocol::rest::UpdateMeRequest;
use chatter_protocol::{Timestamp, UserRef};
use jiff::tz::TimeZone;

use super::exit::Failure;
use super::out::{Out, one_line};
use super::records::{PersonRecord, StatusRecord};
use super::session::SignedIn;
use crate::cli::{AvatarCommand, EndArgs, ProfileArgs, ProfileCommand, ProfileSetArgs, StatusArgs};
use crate::clock::{LocalTime, Until, zone_to_share};
use crate::files::Source;

/// Shows or sets the status message.
pub(super) async fn status(
    session: &SignedIn,
    how: &StatusArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let status_message = match how.clear {
        true => Some(String::new()),
        false => how.text.clone(),
    };
    let me = match status_message {
        Some(_) => {
            let status_expires_at = end(how.end, &out.look().zone)?;
            let request = UpdateMeRequest { status_message, status_expires_at, ..unchanged() };
            session.api.update_me(&request).await?
        }
        None => session.api.me().await?,
    };
    out.record(&StatusRecord::new(&me.user, Timestamp::now()))?;
    out.flush()
}

/// Shows a profile, or changes the own one and shows it.
pub(super) async fn profile(
    session: &mut SignedIn,
    how: &ProfileArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    match (&how.command, &how.user) {
        (None, user) => show(session, user.clone().map(UserRef::Username), out).await,
        (Some(ProfileCommand::Set(change)), None) => {
            set(session, change, &out.look().zone).await?;
            show(session, None, out).await
        }
        (Some(ProfileCommand::Set(_)), Some(_)) => {
            Err(Failure::usage("Only your own profile can be set: chatter profile set."))
        }
    }
}

/// Sets the own picture or takes it away, and shows the profile.
pub(super) async fn avatar(
    session: &mut SignedIn,
    how: &AvatarCommand,
    out: &mut Out,
) -> Result<(), Failure> {
    match how {
        AvatarCommand::Set { file } => {
            let source = Source::look_at(file).map_err(Failure::local)?;
            session.api.set_avatar(&source).await?
        }
        AvatarCommand::Clear => session.api.clear_avatar().await?,
    };
    show(session, None, out).await
}

async fn set(session: &SignedIn, change: &ProfileSetArgs, zone: &TimeZone) -> Result<(), Failure> {
    let time_zone = match &change.time_zone {
        Some(name) => Some(zone_to_share(name).map_err(Failure::usage)?),
        None => None,
    };
    let request = UpdateMeRequest {
        display_name: change.display_name.clone(),
        status_message: change.status.clone(),
        status_expires_at: end(change.end, zone)?,
        time_zone,
        privacy: None,
    };
    if request == unchanged() {
        return Err(Failure::usage("Say what to change: --display-name, --status or --time-zone."));
    }
    session.api.update_me(&request).await?;
    Ok(())
}

/// Shows somebody, or oneself.
async fn show(session: &mut SignedIn, user: Option<UserRef>, out: &mut Out) -> Result<(), Failure> {
    let user = match user {
        Some(user) => user,
        None => UserRef::Id(session.user().await?.id),
    };
    let person = session.api.user(&user).await.map_err(|error| {
        let failure = Failure::from(error);
        match failure.code.as_str() {
            "not_found" => failure.told(|_| format!("There is nobody called @{user}.")),
            _ => failure,
        }
    })?;
    let now = Timestamp::now();
    let local = LocalTime::of(&person.user, now, &out.look().zone);
    let record = PersonRecord::new(person, now);
    match out.is_json() {
        true => out.record(&record)?,
        false => lines(&record, local, out)?,
    }
    out.flush()
}

/// A line for each thing that there is to say of somebody.
fn lines(person: &PersonRecord, local: Option<LocalTime>, out: &mut Out) -> Result<(), Failure> {
    let look = out.look().clone();
    let name = look.bold(&format!("@{}", person.username));
    out.text(&format!("{name} {}", one_line(&person.display_name)))?;
    if let Some(status) = &person.status_message {
        out.text(&look.status(&one_line(status), person.status_expires_at))?;
    }
    out.text(&match (person.online, person.last_seen_at) {
        (true, _) => "online".to_owned(),
        (false, Some(at)) => format!("last seen {}", look.time(at)),
        (false, None) => "offline".to_owned(),
    })?;
    if let (Some(local), Some(zone)) = (local, &person.time_zone) {
        out.text(&format!("{} {}", local.sentence(), look.dim(&format!("({zone})"))))?;
    }
    out.text(&look.dim(&format!("member since {}", look.time(person.created_at))))
}

fn end(how: EndArgs, zone: &TimeZone) -> Result<Option<Timestamp>, Failure> {
    let until = match (how.length, how.until) {
        (Some(length), _) => {
            let length = length.try_into();
            Until::In(length.map_err(|_| Failure::usage("That is too long a time."))?)
        }
        (None, until) => until.unwrap_or(Until::Never),
    };
    until.end(Timestamp::now(), zone).map_err(Failure::usage)
}

fn unchanged() -> UpdateMeRequest {
    UpdateMeRequest::default()
}
