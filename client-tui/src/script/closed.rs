//! Noticing that whoever reads standard output has gone, also while nothing is printed.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

/// Returns once the reader of standard output has closed it. On a terminal or a file: never.
pub(super) async fn by_reader() {
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    // A thread of its own, left behind at the end: nothing else can wait for this without asking
    // again and again.
    let watcher = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
        let stdout = std::io::stdout();
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        // No events are asked for, so what it returns for is an error or a hang-up.
        while poll(&mut watched, None) == Err(Errno::INTR) {}
        if watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
            // Nobody waits any more when the command has ended.
            let _ = sender.send(());
        }
    });
    let is_closed = watcher.is_ok() && receiver.await.is_ok();
    if !is_closed {
        std::future::pending::<()>().await;
    }
}
