//! Carries bytes between one client and the server, and on a WebSocket meddles with the frames.

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::{sleep, timeout};

use super::frames::Frame;
use super::{Done, Faults, Line};

/// How long an overtaken frame waits for those that overtake it.
const HELD_TIME_MAX: Duration = Duration::from_millis(40);

/// Most frames that overtake one.
const OVERTAKEN_BY_MAX: usize = 5;

/// The connection is over.
struct Over;

/// Carries until either side ends, or chance does.
pub(super) async fn both_ways(
    client: &mut TcpStream,
    server: &mut TcpStream,
    line: &Line,
    mut rng: StdRng,
) {
    let back = StdRng::seed_from_u64(rng.random());
    let (client_in, client_out) = client.split();
    let (server_in, server_out) = server.split();
    let mut up = Pump { from: client_in, to: server_out, line, rng, buffer: Vec::new() };
    let mut down = Pump { from: server_in, to: client_out, line, rng: back, buffer: Vec::new() };
    let Ok(head) = up.head().await else { return };
    let is_socket = head.windows(8).any(|part| part.eq_ignore_ascii_case(b"upgrade:"));
    if up.write(&head).await.is_err() {
        return;
    }
    if !is_socket {
        tokio::select! { _ = up.bytes() => {}, _ = down.bytes() => {} }
        return;
    }
    let Ok(head) = down.head().await else { return };
    if down.write(&head).await.is_err() {
        return;
    }
    tokio::select! { _ = up.said_frames() => {}, _ = down.told_frames() => {} }
}

/// One direction.
struct Pump<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    line: &'a Line,
    rng: StdRng,
    /// Read and not yet dealt with.
    buffer: Vec<u8>,
}

impl Pump<'_> {
    fn faults(&self) -> Faults {
        *self.line.faults.borrow()
    }

    fn happens(&mut self, chance: f64) -> bool {
        self.rng.random_bool(chance)
    }

    async fn read(&mut self) -> Result<(), Over> {
        match self.from.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(Over),
            Ok(_) => Ok(()),
        }
    }

    /// Writes as late and as slowly as the faults say.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let Faults { delay, bytes_per_second, .. } = self.faults();
        if delay > Duration::ZERO {
            sleep(delay).await;
        }
        // Slices of a twentieth of a second, so that a slow line trickles.
        let slice = bytes_per_second.map_or(bytes.len(), |rate| (rate as usize / 20).max(1));
        for part in bytes.chunks(slice.max(1)) {
            self.to.write_all(part).await.map_err(|_| Over)?;
            if let Some(rate) = bytes_per_second {
                sleep(Duration::from_secs_f64(part.len() as f64 / f64::from(rate))).await;
            }
        }
        Ok(())
    }

    /// A request's or answer's first line and headers.
    async fn head(&mut self) -> Result<Vec<u8>, Over> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|part| part == b"\r\n\r\n") {
                let rest = self.buffer.split_off(end + 4);
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            self.read().await?;
        }
    }

    async fn bytes(&mut self) -> Result<(), Over> {
        loop {
            let bytes = std::mem::take(&mut self.buffer);
            self.write(&bytes).await?;
            self.read().await?;
        }
    }

    async fn frame(&mut self) -> Result<Frame, Over> {
        loop {
            if let Some(frame) = Frame::take(&mut self.buffer) {
                return Ok(frame);
            }
            self.read().await?;
        }
    }

    /// What a client says.
    async fn said_frames(&mut self) -> Result<(), Over> {
        let hello = self.frame().await?;
        self.write(&hello.bytes).await?;
        loop {
            let frame = self.frame().await?;
            self.write(&frame.bytes).await?;
            let repeat_sends = self.faults().repeat_sends;
            if frame.is_text() && self.happens(repeat_sends) {
                Done::count(&self.line.done.duplicated);
                self.write(&frame.bytes).await?;
            }
        }
    }

    /// What a server tells.
    async fn told_frames(&mut self) -> Result<(), Over> {
        let mut held: VecDeque<(usize, Frame)> = VecDeque::new();
        loop {
            let next = match held.is_empty() {
                true => Ok(self.frame().await),
                false => timeout(HELD_TIME_MAX, self.frame()).await,
            };
            match next {
                Ok(frame) => {
                    if let Some(frame) = self.meddle(frame?).await? {
                        Done::count(&self.line.done.reordered);
                        held.push_back((self.rng.random_range(1..=OVERTAKEN_BY_MAX), frame));
                        continue;
                    }
                    held.iter_mut().for_each(|(left, _)| *left -= 1);
                }
                // Nothing comes that could overtake.
                Err(_) => held.iter_mut().for_each(|(left, _)| *left = 0),
            }
            while let Some(at) = held.iter().position(|(left, _)| *left == 0) {
                if let Some((_, frame)) = held.remove(at) {
                    self.write(&frame.bytes).await?;
                }
            }
        }
    }

    /// Writes a frame, or not; one that is to be overtaken comes back.
    async fn meddle(&mut self, frame: Frame) -> Result<Option<Frame>, Over> {
        if !frame.is_text() {
            self.write(&frame.bytes).await?;
            return Ok(None);
        }
        let (faults, done) = (self.faults(), &self.line.done);
        Done::count(&done.frames);
        if self.happens(faults.cut) {
            Done::count(&done.cut);
            if self.happens(0.5) {
                self.write(&frame.bytes[..frame.bytes.len() / 2]).await?;
            }
            return Err(Over);
        }
        if frame.is_ack() && self.happens(faults.drop_acks) {
            Done::count(&done.acks_dropped);
            return Ok(None);
        }
        if self.happens(faults.reorder) {
            return Ok(Some(frame));
        }
        self.write(&frame.bytes).await?;
        if self.happens(faults.duplicate) {
            Done::count(&done.duplicated);
            self.write(&frame.bytes).await?;
        }
        Ok(None)
    }
}
