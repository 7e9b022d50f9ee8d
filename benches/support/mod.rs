//! What benchmarks share: a large schema, medians, a slow line, and the program from outside.

use std::fmt::Write as _;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

/// The middle of some times.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The SQL of a schema of `tables` tables. Each has ten columns, three indexes,
/// two foreign keys, a policy and a trigger.
pub fn schema(tables: usize) -> String {
    let mut sql = String::from(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;\n\
         CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT current_setting('app.tenant')::uuid $$;\n\
         CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);\n",
    );
    for n in 0..tables {
        let parent = if n == 0 { 0 } else { (n - 1) / 2 };
        let _infallible = write!(
            sql,
            "CREATE TABLE t{n} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL REFERENCES tenants, \
             parent_id uuid REFERENCES t{parent} ON DELETE CASCADE, name text NOT NULL, kind text DEFAULT 'plain', \
             amount numeric(12,2) DEFAULT 0, tags text[], is_shared boolean NOT NULL DEFAULT false, \
             created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz);\n\
             CREATE INDEX t{n}_tenant ON t{n} (tenant_id, name);\n\
             CREATE INDEX t{n}_lower ON t{n} (lower(name)) WHERE is_shared;\n\
             CREATE INDEX t{n}_tags ON t{n} USING gin (tags);\n\
             ALTER TABLE t{n} ENABLE ROW LEVEL SECURITY;\n\
             CREATE POLICY t{n}_own ON t{n} USING (tenant_id = (SELECT current_tenant()));\n\
             CREATE TRIGGER t{n}_touch BEFORE UPDATE ON t{n} FOR EACH ROW EXECUTE FUNCTION touch();\n\
             GRANT SELECT ON t{n} TO app;\n"
        );
    }
    sql
}

/// A line to a server that delivers everything late, each way, at full width.
pub struct SlowLine {
    pub port: u16,
}

impl SlowLine {
    /// Opens one for all further connections of this program.
    pub fn to(server: u16, delay: Duration) -> SlowLine {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    std::thread::spawn(move || carry(from, to, delay));
                }
            }
        });
        SlowLine { port }
    }
}

/// Carries bytes, each `delay` after it came, until either end is gone.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, parcels) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let _no_delay_is_a_favour = to.set_nodelay(true);
        for (due, bytes) in parcels {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _may_be_gone = to.shutdown(std::net::Shutdown::Write);
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if sender.send((Instant::now() + delay, buffer[..n].to_vec())).is_err() {
            return;
        }
    }
}

/// Runs the program; wall time, and peak memory in KiB as the kernel counts it.
pub fn run(arguments: &[&str]) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_drift"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        // The high-water mark only grows, so the last look before the end is the one that counts.
        peak = peak.max(high_water_mark(&status).unwrap_or(0));
        match child.try_wait().expect("the program can be watched") {
            Some(ended) => break ended,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let time = began.elapsed();
    let mut message = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut message).expect("text");
    assert!(ended.success(), "{arguments:?}: {ended}: {message}");
    (time, peak)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    text.lines().find(|line| line.starts_with("VmHWM:"))?.split_whitespace().nth(1)?.parse().ok()
}
