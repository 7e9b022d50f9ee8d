//! A real server of every major version that drift stands for, as
//! `scripts/pg-matrix` installs them; started once for each file of tests.

use std::path::Path;
use std::path::PathBuf;

use super::server;
use super::server::PerFile;
use super::server::Server;

pub const MAJORS: [u32; 6] = [13, 14, 15, 16, 17, 18];

/// The oldest major version that takes a script: what its first line says,
/// such as `-- Needs PostgreSQL 15`, else the oldest there is.
pub fn needs(sql: &str) -> u32 {
    let first = sql.lines().next().unwrap_or_default();
    let version = first.strip_prefix("-- Needs PostgreSQL ").or_else(|| first.strip_prefix(FORGOTTEN));
    version.map_or(MAJORS[0], |version| version.trim().parse().unwrap())
}

/// Before the version, servers load the script, and forget a part of it.
const FORGOTTEN: &str = "-- Kept whole from PostgreSQL ";

/// True for a script that older servers load too, and forget a part of.
pub fn is_forgotten(sql: &str) -> bool {
    sql.starts_with(FORGOTTEN)
}

/// A running server and its major version.
#[derive(Clone, Copy)]
pub struct Version {
    pub major: u32,
    pub server: &'static Server,
}

pub struct Matrix {
    pub versions: Vec<Version>,
    /// The folder of the real-world schemas.
    pub schemas: PathBuf,
}

/// Where `scripts/pg-matrix` puts things; the same rule as there.
fn directory() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let cache = || match Server::as_root() {
        true => PathBuf::from("/var/cache"),
        false => set("XDG_CACHE_HOME").unwrap_or_else(|| set("HOME").expect("HOME is set").join(".cache")),
    };
    set("DRIFT_PG_MATRIX").unwrap_or_else(|| cache().join("drift/postgres"))
}

/// What of the matrix is not installed.
fn missing(directory: &Path, majors: &[u32]) -> Vec<String> {
    let servers = majors.iter().map(|major| format!("{major}/bin/postgres"));
    let rest = ["client/bin/psql", "client/bin/pg_dump", "schemas"].map(String::from);
    servers.chain(rest).filter(|path| !directory.join(path).exists()).collect()
}

/// The servers, or `None` where they are not installed and nobody insists on
/// them (`DRIFT_REQUIRE_MATRIX=1` insists: then this panics).
#[track_caller]
pub fn matrix() -> Option<&'static Matrix> {
    static MATRIX: PerFile<Option<Matrix>> = PerFile::new();
    MATRIX.get(start).as_ref()
}

/// Where these versions are installed; `None` as for [`matrix`].
fn installed(majors: &[u32]) -> Option<PathBuf> {
    let directory = directory();
    let missing = missing(&directory, majors);
    if missing.is_empty() {
        return Some(directory);
    }
    let what = format!("{} has no {}", directory.display(), missing.join(", "));
    let asked = std::env::var_os("DRIFT_REQUIRE_MATRIX").is_some();
    assert!(!asked, "the version matrix is not installed: {what}; scripts/pg-matrix installs it");
    eprintln!("not covered here: PostgreSQL {majors:?} ({what}; scripts/pg-matrix installs them)");
    None
}

fn start() -> Option<Matrix> {
    let directory = installed(&MAJORS)?;
    let start = |major: u32| Version { major, server: started(&directory, major) };
    let versions = std::thread::scope(|scope| {
        let started = MAJORS.map(|major| scope.spawn(move || start(major)));
        started.into_iter().map(|thread| thread.join().expect("a server of the matrix starts")).collect()
    });
    Some(Matrix { versions, schemas: directory.join("schemas") })
}

fn started(directory: &Path, major: u32) -> &'static Server {
    // Many small databases on two cores: nothing here outlives a power cut.
    let settings = "-c shared_buffers=32MB -c max_connections=20 -c autovacuum=off -c full_page_writes=off \
        -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c client_min_messages=warning";
    let bin = directory.join(major.to_string()).join("bin");
    let server = server::keep(server::start_from(&bin, &directory.join("client/bin"), settings));
    server.rich_roles();
    server
}

/// A server of the newest version alone, for what no older one takes; `None` as for [`matrix`].
#[track_caller]
pub fn newest() -> Option<Version> {
    static NEWEST: PerFile<Option<Version>> = PerFile::new();
    let major = MAJORS[MAJORS.len() - 1];
    *NEWEST.get(|| Some(Version { major, server: started(&installed(&[major])?, major) }))
}
