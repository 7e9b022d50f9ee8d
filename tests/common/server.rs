//! A real PostgreSQL server over TCP, from the binaries of this machine.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// A throw-away cluster; stopped and removed when dropped.
pub struct Server {
    bin: PathBuf,
    /// Where psql and pg_dump are: not every package of a server brings them.
    client: PathBuf,
    directory: tempfile::TempDir,
    pub port: u16,
}

/// The newest PostgreSQL binaries of this machine.
pub fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|e| e.ok())
        .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

/// A server, or `None` where the machine has no binaries and nobody insists
/// on them (`DRIFT_REQUIRE_LOCAL=1` insists: then this panics).
pub fn start() -> Option<Server> {
    let Some(bin) = binaries() else {
        assert!(
            std::env::var_os("DRIFT_REQUIRE_LOCAL").is_none(),
            "no PostgreSQL binaries on this machine; scripts/ci-postgres installs them"
        );
        eprintln!("not covered here: this machine has no PostgreSQL binaries");
        return None;
    };
    Some(start_from(&bin, &bin, ""))
}

/// A port that nobody listens on, below those that the system gives to clients: one of
/// these could have it by the time the server starts.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let port = 10_000 + (std::process::id() * 131 + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let port = u16::try_from(port).expect("below 30,000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A server from the programs in `bin`, with settings as `postgres` takes them.
pub fn start_from(bin: &Path, client: &Path, settings: &str) -> Server {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let server = Server { bin: bin.to_owned(), client: client.to_owned(), directory, port };
    server.chown(server.directory.path());
    let data = server.directory.path().join("data");
    server.server_command(
        "initdb",
        &["-D", data.to_str().unwrap(), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
    );
    let provider = server.label_provider();
    let options = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
         -c shared_preload_libraries={} {settings}",
        provider.display()
    );
    let log = server.directory.path().join("log");
    server.server_command(
        "pg_ctl",
        &["-D", data.to_str().unwrap(), "-l", log.to_str().unwrap(), "-w", "-o", &options, "start"],
    );
    // Cases name it; what is in it is below the server's own directory.
    server.psql("postgres", &["-c", "SET allow_in_place_tablespaces = on", "-c", "CREATE TABLESPACE fast LOCATION ''"]);
    server
}

/// Keeps a server until the test program ends, however its tests end: what a
/// static holds is never dropped.
pub fn keep(server: Server) -> &'static Server {
    static KEPT: Mutex<Vec<&'static Server>> = Mutex::new(Vec::new());
    extern "C" fn stop() {
        for server in KEPT.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).drain(..) {
            server.stop();
            let _best_effort = std::fs::remove_dir_all(server.directory.path());
        }
    }
    unsafe extern "C" {
        fn atexit(callback: extern "C" fn()) -> i32;
    }
    let server: &'static Server = Box::leak(Box::new(server));
    let mut kept = KEPT.lock().unwrap();
    if kept.is_empty() {
        assert_eq!(unsafe { atexit(stop) }, 0);
    }
    kept.push(server);
    server
}

/// One server for all tests of a file, which is the one that calls this.
#[track_caller]
pub fn shared() -> Option<&'static Server> {
    static SERVERS: PerFile<Option<&'static Server>> = PerFile::new();
    *SERVERS.get(|| start().map(keep))
}

/// One of something for each file of tests that asks, so that names in it are the file's own.
pub struct PerFile<T: 'static>(Mutex<BTreeMap<&'static str, &'static OnceLock<T>>>);

impl<T> PerFile<T> {
    pub const fn new() -> PerFile<T> {
        PerFile(Mutex::new(BTreeMap::new()))
    }

    /// That of the calling file; made when it is first asked for.
    #[track_caller]
    pub fn get(&self, make: impl FnOnce() -> T) -> &'static T {
        let file = std::panic::Location::caller().file();
        let one = *self.0.lock().unwrap().entry(file).or_insert_with(|| Box::leak(Box::default()));
        one.get_or_init(make)
    }
}

/// The same SQL where a server may have its roles already: they belong to all of it.
pub fn roles_may_exist(sql: &str) -> String {
    let one = |line: &str| match line.strip_prefix("CREATE ROLE ") {
        Some(role) => format!(
            "DO $$ BEGIN CREATE ROLE {role} EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
        ),
        None => line.to_owned(),
    };
    // Names may hold the line breaks of another system: those are left as they are.
    sql.split('\n').map(one).collect::<Vec<_>>().join("\n")
}

impl Server {
    pub fn as_root() -> bool {
        let id = Command::new("id").arg("-u").output().unwrap();
        String::from_utf8_lossy(&id.stdout).trim() == "0"
    }

    /// Compiles what lets SECURITY LABEL be used on the server: no provider comes with PostgreSQL.
    fn label_provider(&self) -> PathBuf {
        let version = Command::new(self.bin.join("postgres")).arg("--version").output().unwrap();
        let version = String::from_utf8(version.stdout).unwrap();
        let number = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let major: String = number.unwrap().chars().take_while(char::is_ascii_digit).collect();
        let library = self.directory.path().join("label_provider.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", &format!("-DMAJOR={major}"), "-o"])
            .args([&library, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/label_provider.c")])
            .output()
            .expect("a C compiler makes the label provider of test servers");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        library
    }

    fn chown(&self, path: &Path) {
        if Self::as_root() {
            assert!(Command::new("chown").args(["-R", "postgres"]).arg(path).status().unwrap().success());
        }
    }

    /// Runs a server program; as root, as the unprivileged user.
    fn server_command(&self, program: &str, arguments: &[&str]) {
        let program = self.bin.join(program);
        let mut command = if Self::as_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // No pipes: the server would inherit and hold them.
        let status = command
            .args(arguments)
            .current_dir("/")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        let log = || std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        assert!(status.success(), "{} {arguments:?} failed\n{}", program.display(), log());
    }

    fn stop(&self) {
        let data = self.directory.path().join("data");
        self.server_command("pg_ctl", &["-D", data.to_str().unwrap(), "-m", "immediate", "-w", "stop"]);
    }

    /// A server that follows this one, and can be read.
    pub fn standby(&self) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let standby = Server { bin: self.bin.clone(), client: self.client.clone(), directory, port };
        standby.chown(standby.directory.path());
        let data = standby.directory.path().join("data");
        let data = data.to_str().unwrap();
        let from = ["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-D", data, "-R", "-c", "fast"];
        standby.server_command("pg_basebackup", &from);
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
             -c allow_in_place_tablespaces=on"
        );
        let log = standby.directory.path().join("log");
        standby.server_command("pg_ctl", &["-D", data, "-l", log.to_str().unwrap(), "-w", "-o", &options, "start"]);
        standby
    }

    /// Ends the server as a power cut does, and starts it again.
    pub fn crash(&self) {
        self.stop();
        let data = self.directory.path().join("data");
        let log = self.directory.path().join("log");
        // What it was started with is what it is started with again.
        self.server_command("pg_ctl", &["-D", data.to_str().unwrap(), "-l", log.to_str().unwrap(), "-w", "restart"]);
    }

    /// Ends the server as an administrator does who cannot wait, and starts it again.
    pub fn restart(&self) {
        let (data, log) = (self.directory.path().join("data"), self.directory.path().join("log"));
        let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
        self.server_command("pg_ctl", &["-D", data, "-l", log, "-m", "fast", "-w", "restart"]);
    }

    /// The URL of a database, as superuser or as another role.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// A new empty database; its URL.
    pub fn database(&self, name: &str) -> String {
        self.psql("postgres", &["-c", &format!("CREATE DATABASE {name}")]);
        self.url("postgres", name)
    }

    /// Drops a database if it is there. One that subscribes to something has to end that first.
    pub fn drop_database(&self, name: &str) {
        let there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if self.psql("postgres", &["-c", &there]).is_empty() {
            return;
        }
        let end = "DO $$ DECLARE s name; BEGIN \
            FOR s IN SELECT subname FROM pg_subscription JOIN pg_database b ON b.oid = subdbid \
              WHERE datname = current_database() LOOP \
              EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', s); \
              EXECUTE format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', s); \
              EXECUTE format('DROP SUBSCRIPTION %I', s); \
            END LOOP; END $$";
        self.psql(name, &["-c", end]);
        self.psql("postgres", &["-c", &format!("DROP DATABASE {name} WITH (FORCE)")]);
    }

    /// Plain `psql -v ON_ERROR_STOP=1` that must succeed; its stdout.
    pub fn psql(&self, database: &str, arguments: &[&str]) -> String {
        let output = self.try_psql(database, arguments);
        assert!(output.status.success(), "psql {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn try_psql(&self, database: &str, arguments: &[&str]) -> Output {
        self.psql_command(database).args(arguments).output().unwrap()
    }

    /// Plain `psql -v ON_ERROR_STOP=1`, to be started.
    pub fn psql_command(&self, database: &str) -> Command {
        let mut command = Command::new(self.client.join("psql"));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-d", database]).args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
        ]);
        command
    }

    /// The roles that tests/rich.sql grants to.
    pub fn rich_roles(&self) {
        for role in ["drift_app", "drift \"odd\""] {
            let (name, quoted) = (role.replace('\'', "''"), role.replace('"', "\"\""));
            self.psql(
                "postgres",
                &["-c", &format!("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE \"{quoted}\"; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")],
            );
        }
    }

    /// `pg_dump` of a schema, to a file.
    pub fn dump(&self, database: &str, file: &Path) {
        let status = Command::new(self.client.join("pg_dump"))
            .args(["-s", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-f"])
            .arg(file)
            .arg(database)
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// From now on this role has to give its password.
    pub fn require_password(&self, role: &str) {
        self.first_rule(&format!("host all {role} 127.0.0.1/32 scram-sha-256"));
    }

    /// From now on this line of pg_hba.conf comes before all others.
    pub fn first_rule(&self, rule: &str) {
        let hba = self.directory.path().join("data/pg_hba.conf");
        let rules = std::fs::read_to_string(&hba).unwrap();
        std::fs::write(&hba, format!("{rule}\n{rules}")).unwrap();
        self.reload();
    }

    /// From now on the server offers TLS with this certificate and key (PEM).
    pub fn offer_tls(&self, certificate: &str, key: &str) {
        use std::os::unix::fs::PermissionsExt;
        let data = self.directory.path().join("data");
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = data.join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            self.chown(&path);
        }
        self.psql("postgres", &["-c", "ALTER SYSTEM SET ssl = on"]);
        self.reload();
        assert_eq!(self.psql("postgres", &["-c", "SHOW ssl"]).trim(), "on");
    }

    fn reload(&self) {
        self.psql("postgres", &["-c", "SELECT pg_reload_conf()"]);
        // The reload is asynchronous.
        std::thread::sleep(std::time::Duration::from_millis(300));
    }

    /// Loads SQL whose roles may exist already: they belong to the whole server.
    pub fn load_case(&self, database: &str, sql: &str) {
        let output = self.try_load_case(database, sql);
        assert!(output.status.success(), "{database}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// As [`Server::load_case`], where the server may refuse.
    pub fn try_load_case(&self, database: &str, sql: &str) -> Output {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("case.sql");
        std::fs::write(&path, roles_may_exist(sql)).unwrap();
        self.try_psql(database, &["-f", path.to_str().unwrap()])
    }

    /// Runs every .sql file of a directory in lexical order.
    pub fn load(&self, database: &str, directory: &Path) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "sql"))
            .collect();
        files.sort();
        assert!(!files.is_empty(), "no SQL in {}", directory.display());
        for file in files {
            self.psql(database, &["-f", file.to_str().unwrap()]);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A second panic would end all tests, and hide what the first one says.
        let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.stop()));
        assert!(stopped.is_ok() || std::thread::panicking(), "the server on port {} cannot be stopped", self.port);
    }
}
