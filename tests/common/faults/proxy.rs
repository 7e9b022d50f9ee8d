//! A network that is gone after so many messages: it stands before the server
//! and hangs up on both sides.

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Passes everything on until it has seen enough.
pub struct Proxy {
    pub port: u16,
    seen: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Line {
    seen: Arc<AtomicUsize>,
    limit: usize,
    /// Every socket there is: all of them are cut at once.
    sockets: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub fn start(server: u16, limit: usize) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(AtomicUsize::new(0));
        let line = Line { seen: seen.clone(), limit, sockets: Arc::default() };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if line.is_cut() {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (client_too, server_too) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                line.sockets.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                let (there, back) = (line.clone(), line.clone());
                std::thread::spawn(move || there.pass(client, server, true));
                std::thread::spawn(move || back.pass(server_too, client_too, false));
            }
        });
        Proxy { port, seen }
    }

    /// How many messages to the server it has seen.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Line {
    fn is_cut(&self) -> bool {
        self.seen.load(Ordering::SeqCst) >= self.limit
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, counts: bool) {
        let mut buffer = vec![0; 65536];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            if counts {
                self.seen.fetch_add(1, Ordering::SeqCst);
            }
            if self.is_cut() {
                for socket in self.sockets.lock().unwrap().iter() {
                    let _already_closed = socket.shutdown(Shutdown::Both);
                }
                return;
            }
            if to.write_all(&buffer[..n]).is_err() {
                break;
            }
        }
        let _already_closed = to.shutdown(Shutdown::Both);
    }
}
