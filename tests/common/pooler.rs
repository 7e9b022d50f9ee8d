//! A connection pooler in transaction mode with one session to the server:
//! what every client gets between two transactions is whoever's turn it is.
//! Knows just enough of the protocol: who trusts everybody asks no password.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;

/// The one session, and what the server said when it began.
struct Session {
    server: TcpStream,
    greeting: Vec<u8>,
}

type Shared = Arc<Mutex<Option<Session>>>;

/// Starts one; its port.
pub fn start(server: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let shared = Shared::default();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let shared = shared.clone();
            // A client that hangs up ends its thread, and nothing else.
            std::thread::spawn(move || serve(client, server, &shared));
        }
    });
    port
}

fn serve(mut client: TcpStream, server: u16, shared: &Shared) -> std::io::Result<()> {
    let mut hello = startup(&mut client)?;
    // A request for TLS: there is none.
    if hello[4..8] == [4, 210, 22, 47] {
        client.write_all(b"N")?;
        hello = startup(&mut client)?;
    }
    let greeting = {
        let mut shared = shared.lock().unwrap();
        let session = match shared.as_ref() {
            Some(session) => session,
            None => {
                let mut server = TcpStream::connect(("127.0.0.1", server))?;
                server.write_all(&hello)?;
                let mut greeting = Vec::new();
                until_ready(&mut server, &mut greeting)?;
                shared.insert(Session { server, greeting })
            }
        };
        session.greeting.clone()
    };
    client.write_all(&greeting)?;
    let mut first = Vec::new();
    loop {
        message(&mut client, &mut first)?;
        if first[0] == b'X' {
            return Ok(());
        }
        // From here to the end of the transaction the session is this client's.
        let mut shared = shared.lock().unwrap();
        let session = shared.as_mut().expect("it was made for the first client");
        let mut pending = std::mem::take(&mut first);
        loop {
            session.server.write_all(&pending)?;
            let asks = matches!(pending[0], b'Q' | b'S');
            if asks {
                let mut answer = Vec::new();
                let idle = until_ready(&mut session.server, &mut answer)?;
                client.write_all(&answer)?;
                if idle {
                    break;
                }
            }
            pending.clear();
            message(&mut client, &mut pending)?;
        }
    }
}

/// The first message has no type.
fn startup(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = vec![0; 4];
    client.read_exact(&mut all)?;
    let length = u32::from_be_bytes(all[..4].try_into().unwrap()) as usize;
    all.resize(length, 0);
    client.read_exact(&mut all[4..])?;
    Ok(all)
}

/// Adds one message; its type.
fn message(from: &mut TcpStream, to: &mut Vec<u8>) -> std::io::Result<u8> {
    let start = to.len();
    to.resize(start + 5, 0);
    from.read_exact(&mut to[start..])?;
    let length = u32::from_be_bytes(to[start + 1..start + 5].try_into().unwrap()) as usize;
    to.resize(start + 1 + length, 0);
    from.read_exact(&mut to[start + 5..])?;
    Ok(to[start])
}

/// Reads until the server is ready again; true where no transaction is open.
fn until_ready(server: &mut TcpStream, answer: &mut Vec<u8>) -> std::io::Result<bool> {
    while message(server, answer)? != b'Z' {}
    Ok(answer.last() == Some(&b'I'))
}
