//! The people of the demo, and what they said before it began.

use anyhow::Context;
use chatter::net::{Api, ServerUrl};
use chatter_protocol::rest::{
    OpenConversationRequest, PostMessageRequest, SessionGrant, SignupRequest, UpdateMeRequest,
};
use chatter_protocol::{ClientMsgId, ConversationId, Secret, UserRef, Username};
use uuid::Uuid;

/// Username, display name, status message.
const PEOPLE: [(&str, &str, &str); 5] = [
    ("ada", "Ada Lovelace", "writing notes on the engine"),
    ("grace", "Grace Hopper", "found a moth"),
    ("linus", "Linus", "compiling"),
    ("margaret", "Margaret Hamilton", "go for landing"),
    ("hinata", "日向 ☀️", ""),
];

/// Who says what to whom, in order. Ada has not read the last ones.
const HISTORY: [(&str, &str, &str); 13] = [
    ("margaret", "ada", "The 1202 alarm again. It recovered by itself, as designed."),
    ("ada", "margaret", "Priorities! The important jobs stay, the rest waits."),
    ("margaret", "ada", "Exactly what a chat client should do on a bad line 🙂"),
    ("hinata", "ada", "おはようございます！今日のビルドは緑です ✅"),
    ("ada", "hinata", "Great news 🎉 Thank you!"),
    ("grace", "ada", "Morning! Did the night build pass?"),
    ("ada", "grace", "All green. 1,204 tests in 38 s."),
    ("grace", "ada", "Nanoseconds, please. Here is one: 30 cm of wire."),
    ("ada", "grace", "I'll hang it over the CI machine."),
    (
        "grace",
        "ada",
        "Look what I found in **relay 70**:\n> a moth\n\nThe *first actual case* of a bug being found. \
         So, @ada, in your words:\n```rust\nfn debug(relay: &mut Relay) -> Option<Moth> {\n    \
         relay.contacts.take() // gently\n}\n```",
    ),
    ("ada", "linus", "Which kernel do I need for the new timer?"),
    ("linus", "ada", "6.18 or later."),
    ("linus", "ada", "And please read the commit message. I spent longer on it than on the patch."),
];

/// Everybody, signed in.
pub(crate) struct Cast {
    people: Vec<(Api, SessionGrant)>,
}

impl Cast {
    /// Signs everybody up and lets the history happen.
    pub(crate) async fn assemble(url: &ServerUrl) -> anyhow::Result<Self> {
        let api = Api::new(url.clone(), &crate::net_options())?;
        let mut cast = Self { people: Vec::new() };
        for (name, display_name, status) in PEOPLE {
            cast.people.push(sign_up(&api, name, display_name, status).await?);
        }
        for (from, to, body) in HISTORY {
            cast.say(from, to, body).await?;
        }
        Ok(cast)
    }

    /// Whose client opens.
    pub(crate) fn ada(&self) -> &SessionGrant {
        &self.people[0].1
    }

    /// For the one who answers.
    pub(crate) fn grace_token(&self) -> Secret {
        self.people[1].1.token.clone()
    }

    async fn say(&self, from: &str, to: &str, body: &str) -> anyhow::Result<()> {
        let (api, _) = self
            .people
            .iter()
            .find(|(_, grant)| grant.me.user.username.as_str() == from)
            .context("somebody of the cast")?;
        let conversation = open(api, &to.parse()?).await?;
        let client_msg_id = ClientMsgId::new();
        let request = PostMessageRequest {
            attachments: Vec::new(),
            client_msg_id,
            body: body.to_owned(),
            reply_to: None,
            unattended: false,
        };
        api.post(conversation, &request).await?;
        Ok(())
    }
}

/// The conversation with somebody.
pub(crate) async fn open(api: &Api, with: &Username) -> anyhow::Result<ConversationId> {
    let user = UserRef::Username(with.clone());
    let view = api.open_conversation(&OpenConversationRequest::Direct { user }).await?;
    Ok(view.conversation.id)
}

async fn sign_up(
    api: &Api,
    username: &str,
    display_name: &str,
    status: &str,
) -> anyhow::Result<(Api, SessionGrant)> {
    let request = SignupRequest {
        email: format!("{username}@example.org"),
        username: username.to_owned(),
        password: Secret::new(Uuid::new_v4().to_string()),
        display_name: Some(display_name.to_owned()),
        remember: true,
        device_name: Some("demo".to_owned()),
    };
    let grant = api.signup(&request).await?;
    let api = api.with_token(grant.token.clone());
    if !status.is_empty() {
        let status_message = Some(status.to_owned());
        api.update_me(&UpdateMeRequest { status_message, ..UpdateMeRequest::default() }).await?;
    }
    Ok((api, grant))
}
