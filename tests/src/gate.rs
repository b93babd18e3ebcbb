//! A gate before the server: counts who comes through and what they ask, and can be shut.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A running proxy on loopback; takes nobody new once it is dropped.
pub struct Gate {
    addr: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    server: SocketAddr,
    is_shut: AtomicBool,
    connections: AtomicUsize,
    requests: AtomicUsize,
    live: AtomicUsize,
    /// Connections over which requests go, but no WebSocket.
    plain: Mutex<Vec<TcpStream>>,
}

impl Gate {
    /// Before `server`, open.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let inner = Arc::new(Inner {
            server,
            is_shut: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
            plain: Mutex::new(Vec::new()),
        });
        let through = Arc::clone(&inner);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let through = Arc::clone(&through);
                std::thread::spawn(move || through.let_in(client));
            }
        });
        Self { addr, inner }
    }

    /// `http://ADDR:PORT`, to be used in place of the server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Connections and requests so far.
    pub fn counts(&self) -> (usize, usize) {
        (self.inner.connections.load(Ordering::SeqCst), self.inner.requests.load(Ordering::SeqCst))
    }

    /// WebSockets that were asked for so far.
    pub fn live(&self) -> usize {
        self.inner.live.load(Ordering::SeqCst)
    }

    /// Ends all connections but WebSockets, and lets nobody in.
    pub fn shut(&self) {
        self.inner.is_shut.store(true, Ordering::SeqCst);
        for connection in self.inner.plain().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Lets everybody in again.
    pub fn open(&self) {
        self.inner.is_shut.store(false, Ordering::SeqCst);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shut();
    }
}

impl Inner {
    fn plain(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.plain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn let_in(&self, client: TcpStream) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        if self.is_shut.load(Ordering::SeqCst) {
            return;
        }
        let Ok(server) = TcpStream::connect(self.server) else { return };
        for end in [&client, &server] {
            let _ = end.set_nodelay(true);
        }
        let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) else { return };
        std::thread::spawn(move || pass(&from, &to, |_| {}));
        let (mut asked, mut is_plain) = (Vec::new(), false);
        pass(&client, &server, |bytes| {
            asked.extend_from_slice(bytes);
            while let Some(end) = asked.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&asked[..end]).to_ascii_lowercase();
                self.requests.fetch_add(head.matches(" http/1.1\r\n").count(), Ordering::SeqCst);
                if head.contains("upgrade: websocket") {
                    self.live.fetch_add(1, Ordering::SeqCst);
                } else if !std::mem::replace(&mut is_plain, true) {
                    self.plain().extend(client.try_clone());
                    if self.is_shut.load(Ordering::SeqCst) {
                        let _ = client.shutdown(Shutdown::Both);
                    }
                }
                asked.drain(..end + 4);
            }
        });
    }
}

/// Everything from one end to the other, until either is closed.
fn pass(mut from: &TcpStream, mut to: &TcpStream, mut see: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        see(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
