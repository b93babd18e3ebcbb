//! Bob on one WebSocket, who says messages at their times whatever became of the earlier ones, or as
//! fast as the server takes them.

use std::time::{Duration, Instant};

use chatter_protocol::frame::Send;
use chatter_protocol::{ClientFrame, ClientMsgId, ServerFrame};
use chatter_tests::socket::Socket;

use crate::stage::Stage;

/// Messages on their way at a time: what a server takes by default.
const UNACKNOWLEDGED_MAX: usize = 32;

/// When messages were said.
pub(crate) struct Said {
    pub(crate) first_at: Instant,
    pub(crate) last_acknowledged_at: Instant,
}

/// Says `bodies`, each `every` so long after the one before, or at once.
pub(crate) async fn say(
    stage: &Stage,
    bodies: Vec<String>,
    every: Option<Duration>,
) -> anyhow::Result<Said> {
    let mut socket = Socket::live(&stage.server, &stage.bob).await;
    let first_at = Instant::now();
    let mut bodies = bodies.into_iter().peekable();
    let (mut said, mut waiting) = (0_u32, 0);
    while bodies.peek().is_some() || waiting > 0 {
        let due = first_at + every.unwrap_or_default() * said;
        let may_say = waiting < UNACKNOWLEDGED_MAX && bodies.peek().is_some();
        if may_say && Instant::now() >= due {
            let send = bodies.next().map(|body| message(stage, body));
            socket
                .say(&ClientFrame::Send(send.unwrap_or_else(|| message(stage, String::new()))))
                .await;
            (said, waiting) = (said + 1, waiting + 1);
            continue;
        }
        let heard = match may_say {
            true => tokio::time::timeout_at(due.into(), socket.read()).await.ok(),
            false => Some(socket.read().await),
        };
        match heard {
            None => {}
            Some(Ok(ServerFrame::Ack(_))) => waiting -= 1,
            Some(Ok(ServerFrame::Heartbeat { .. })) => socket.say(&ClientFrame::Heartbeat).await,
            Some(Ok(ServerFrame::Refused { error, .. })) => anyhow::bail!("refused: {error:?}"),
            Some(Ok(_)) => {}
            Some(Err(close)) => anyhow::bail!("the server closed: {close:?}"),
        }
    }
    Ok(Said { first_at, last_acknowledged_at: Instant::now() })
}

fn message(stage: &Stage, body: String) -> Send {
    Send {
        attachments: Vec::new(),
        conversation: stage.chat,
        client_msg_id: ClientMsgId::new(),
        body,
        reply_to: None,
    }
}
