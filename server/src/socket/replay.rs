//! Reading the user stream from the store: after hello, and wherever a hint was lost.

use chatter_protocol::{Event, ServerFrame};

use super::connection::Connection;
use super::end::{End, Step, broken};
use super::wire::encode;

impl Connection<'_> {
    /// Writes the events after the last one, up to `target` or further.
    pub(super) async fn catch_up(&mut self, target: u64) -> Step {
        while self.last < target {
            if let Some(reason) = self.attachment.mailbox().closing() {
                return Err(End::Close(reason));
            }
            let page = self.app.chat.events_after(&self.who, self.last).await;
            let page = page.map_err(broken)?;
            let Some((newest, _)) = page.last() else {
                // The head is above what can be read: nothing is skipped in silence.
                tracing::error!(user = %self.who.user(), after = self.last, "a stream has a hole");
                return Err(End::Close(chatter_protocol::CloseCode::Internal));
            };
            let newest = *newest;
            for (_, event) in &page {
                if let Event::MeChanged { me } = event {
                    self.go_by(me).await?;
                }
            }
            let frames = page
                .into_iter()
                .filter_map(|(seq, event)| encode(&ServerFrame::Event { seq, event }));
            self.wire.write(frames).await?;
            self.last = newest;
        }
        Ok(())
    }
}
