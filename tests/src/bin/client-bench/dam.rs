//! A proxy that can hold back what the server says and let it all go at once, while the server sees
//! somebody who takes everything.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Bytes that are held back at most, for each connection.
const HELD_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A running proxy on loopback, open at first.
pub(crate) struct Dam {
    addr: SocketAddr,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    changed: Condvar,
}

impl Dam {
    pub(crate) fn before(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let addr = listener.local_addr()?;
        let gate = Arc::new(Gate::default());
        let through = Arc::clone(&gate);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let gate = Arc::clone(&through);
                std::thread::spawn(move || let_through(&client, server, &gate));
            }
        });
        Ok(Self { addr, gate })
    }

    /// `http://ADDR:PORT`, to be used in place of the server's.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Holds back what the server says, or lets it go.
    pub(crate) fn shut(&self, is_shut: bool) {
        *self.gate.is_shut.lock().unwrap_or_else(PoisonError::into_inner) = is_shut;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    fn wait(&self) {
        let is_shut = self.is_shut.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(is_shut, |is_shut| *is_shut));
    }
}

fn let_through(client: &TcpStream, server: SocketAddr, gate: &Gate) {
    let Ok(server) = TcpStream::connect(server) else { return };
    for end in [client, &server] {
        let _ = end.set_nodelay(true);
    }
    let held = Held::default();
    std::thread::scope(|scope| {
        scope.spawn(|| pass(client, &server));
        scope.spawn(|| held.fill(&server));
        held.empty(client, gate);
        for end in [client, &server] {
            let _ = end.shutdown(Shutdown::Both);
        }
    });
}

fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// What was read from the server and not passed on.
#[derive(Default)]
struct Held {
    bytes: Mutex<(Vec<u8>, bool)>,
    changed: Condvar,
}

impl Held {
    fn fill(&self, mut server: &TcpStream) {
        let mut buffer = [0; 64 * 1024];
        loop {
            let count = server.read(&mut buffer).unwrap_or(0);
            let mut held = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            held.0.extend_from_slice(&buffer[..count]);
            held.1 = count == 0 || held.0.len() > HELD_BYTES_MAX;
            self.changed.notify_all();
            if held.1 {
                return;
            }
        }
    }

    fn empty(&self, mut client: &TcpStream, gate: &Gate) {
        loop {
            let held = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let is_idle = |held: &mut (Vec<u8>, bool)| held.0.is_empty() && !held.1;
            let waited = self.changed.wait_while(held, is_idle);
            drop(waited);
            gate.wait();
            let mut held = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let (bytes, is_over) = (std::mem::take(&mut held.0), held.1);
            drop(held);
            if client.write_all(&bytes).is_err() || is_over {
                return;
            }
        }
    }
}
