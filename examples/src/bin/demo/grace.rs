//! Grace, who reads, types and answers at the pace of a person.

use std::time::Duration;

use chatter::headless::Client;
use chatter::net::ServerUrl;
use chatter_protocol::{Event, Message, Secret};

/// What she has to say; after the last she starts over.
const ANSWERS: [&str; 6] = [
    "I saw that. It is easier to ask forgiveness than it is to get permission.",
    "Humans are allergic to change. I keep a clock that runs backwards on my wall.",
    "A ship in port is safe, but that is not what ships are built for ⛵",
    "Let me look into the manual… I wrote it, so it should be in there.",
    "Try quitting and starting again: everything will be where it was.",
    "One accurate measurement is worth a thousand expert opinions 📏",
];

/// How long she takes to notice a message.
const NOTICES_AFTER: Duration = Duration::from_millis(700);
/// How long she types.
const TYPES_FOR: Duration = Duration::from_millis(1_800);

/// See the module.
pub(crate) struct Grace {
    client: Client,
    answered: usize,
}

impl Grace {
    /// Comes online.
    pub(crate) async fn join(url: &ServerUrl, token: Secret) -> anyhow::Result<Self> {
        let mut client = Client::with_token(url.clone(), &crate::net_options(), token).await?;
        anyhow::ensure!(client.online().await, "Grace could not come online");
        Ok(Self { client, answered: 0 })
    }

    /// Answers until the server is gone.
    pub(crate) async fn live(mut self) {
        while let Some(message) = self.hear().await {
            if self.answer(&message).await.is_err() {
                return;
            }
        }
    }

    /// The next message of somebody else.
    pub(crate) async fn hear(&mut self) -> Option<Message> {
        loop {
            match self.client.next_event().await? {
                Event::MessagePosted { message } if message.sender != self.client.me().user.id => {
                    return Some(message);
                }
                _ => {}
            }
        }
    }

    /// Reads the message, types, and says something.
    pub(crate) async fn answer(&mut self, message: &Message) -> anyhow::Result<&'static str> {
        tokio::time::sleep(NOTICES_AFTER).await;
        self.client.mark_read(message.conversation, message.conv_seq).await?;
        self.client.typing(message.conversation);
        tokio::time::sleep(TYPES_FOR).await;
        let answer = ANSWERS[self.answered % ANSWERS.len()];
        self.answered += 1;
        self.client.send(message.conversation, answer).await?;
        Ok(answer)
    }
}
