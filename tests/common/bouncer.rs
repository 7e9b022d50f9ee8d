//! PgBouncer in transaction mode before a server; ends when dropped.
#![allow(clippy::disallowed_macros)]

use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use crate::common::server::Server;

pub struct Bouncer {
    pub port: u16,
    child: Child,
    directory: tempfile::TempDir,
}

/// The programs of this machine: as packaged, and one that knows prepared
/// statements. None where nobody insists on them (`DRIFT_REQUIRE_WIRE=1` does).
pub fn programs() -> Option<(PathBuf, PathBuf)> {
    let home = match Server::as_root() {
        true => PathBuf::from("/var/cache"),
        false => std::env::var_os("XDG_CACHE_HOME")
            .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"), PathBuf::from),
    };
    let newer = std::env::var_os("DRIFT_PGBOUNCER").map_or_else(|| home.join("drift/pgbouncer"), PathBuf::from);
    let (packaged, newer) = (PathBuf::from("/usr/sbin/pgbouncer"), newer.join("pgbouncer"));
    if packaged.exists() && newer.exists() {
        return Some((packaged, newer));
    }
    assert!(
        std::env::var_os("DRIFT_REQUIRE_WIRE").is_none(),
        "no PgBouncer on this machine; scripts/ci-wire installs it"
    );
    eprintln!("not covered here: this machine has no PgBouncer");
    None
}

impl Bouncer {
    /// `settings` are more lines of its configuration.
    pub fn start(program: &Path, server: &Server, users: &[&str], settings: &str) -> Bouncer {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let users: String = users.iter().map(|user| format!("\"{user}\" \"\"\n")).collect();
        let place = directory.path().display();
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\npool_mode = transaction\nauth_type = trust\nauth_file = {place}/users\n\
             logfile = {place}/log\n{settings}\n",
            server.port
        );
        std::fs::write(directory.path().join("users"), users).unwrap();
        std::fs::write(directory.path().join("ini"), configuration).unwrap();
        let mut command = match Server::as_root() {
            true => {
                assert!(
                    Command::new("chown").args(["-R", "postgres"]).arg(directory.path()).status().unwrap().success()
                );
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        let child = command.arg(directory.path().join("ini")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut bouncer = Bouncer { port, child: child.spawn().unwrap(), directory };
        bouncer.wait();
        bouncer
    }

    fn wait(&mut self) {
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "PgBouncer ended: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PgBouncer does not listen: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        self.child.wait().unwrap();
    }
}
