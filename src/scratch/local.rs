//! A throw-away cluster from the machine's own PostgreSQL binaries. As root it
//! runs as an unprivileged user, as the server demands.

use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

use crate::files;
use crate::model::failure::failure;
use crate::pg::connect::Target;
use crate::pg::target::SslMode;

/// How long a cluster may take to start.
const START: Duration = Duration::from_secs(30);

/// How long a cluster may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(10);

/// A running cluster; stopped and removed when dropped.
pub struct Local {
    server: Child,
    port: u16,
    identity: Identity,
    bin: PathBuf,
    data: PathBuf,
    /// Removed with everything in it after the server has ended.
    _directory: tempfile::TempDir,
}

/// The newest binaries of this machine: on PATH, where `pg_config` says, and
/// in the usual places of distributions.
fn binaries() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(path) = std::env::var_os("PATH") {
        places.extend(std::env::split_paths(&path));
    }
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        places.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    for (base, inside) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
        ("C:/Program Files/PostgreSQL", "bin"),
    ] {
        let mut versions = files::directories(Path::new(base));
        versions.retain(|p| base != "/usr" || p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("pgsql")));
        versions.sort_by_key(|p| std::cmp::Reverse(major(&p.to_string_lossy())));
        places.extend(versions.into_iter().map(|p| p.join(inside)));
    }
    places.into_iter().find(|place| {
        let program = |name: &str| files::exists(&place.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
        program("initdb") && program("postgres")
    })
}

/// The last number in a path such as `/usr/lib/postgresql/15`.
fn major(path: &str) -> u32 {
    let digits: String =
        path.chars().rev().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or(0)
}

/// True when this machine has PostgreSQL server binaries.
pub fn is_there() -> bool {
    binaries().is_some()
}

/// `15.18`, of the binaries that would be used.
pub fn version() -> Option<String> {
    let output = Command::new(binaries()?.join("postgres")).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).split_whitespace().nth(2)?.to_owned())
}

/// True when the machine's PostgreSQL has an extension installed.
pub fn has_extension(name: &str) -> bool {
    let Some(bin) = binaries() else { return false };
    let share = Command::new(bin.join("pg_config")).arg("--sharedir").output();
    let mut places: Vec<PathBuf> = share
        .ok()
        .filter(|o| o.status.success())
        .map(|o| PathBuf::from(String::from_utf8_lossy(&o.stdout).trim()))
        .into_iter()
        .collect();
    let number = major(&bin.parent().unwrap_or(&bin).to_string_lossy());
    places.push(PathBuf::from(format!("/usr/share/postgresql/{number}")));
    places.push(bin.join("../share"));
    places.push(bin.join("../share/postgresql"));
    places.iter().any(|place| files::exists(&place.join("extension").join(format!("{name}.control"))))
}

impl Local {
    /// Creates and starts a cluster. Blocks for about a second.
    pub fn start() -> Result<Local> {
        let bin = binaries().ok_or_else(|| {
            failure(
                "this machine has no PostgreSQL server binaries (initdb, postgres)",
                "install PostgreSQL, or use --scratch embedded or --scratch with the URL of a server",
            )
        })?;
        let directory = tempfile::Builder::new().prefix("drift-").tempdir().context("no temporary directory")?;
        let data = directory.path().join("data");
        let identity = Identity::unprivileged(&bin)?;
        identity.own(directory.path())?;
        let output = identity
            .command(&bin.join("initdb"))
            .args(["-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .current_dir(directory.path())
            .output()
            .context("initdb does not start")?;
        if !output.status.success() {
            bail!("initdb fails: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).context("no free port")?.port();
        let log = directory.path().join("log");
        let server = identity
            .command(&bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"])
            .args(["-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=20"])
            .args(["-c", "max_locks_per_transaction=512", "-c", "logging_collector=off", "-c", "autovacuum=off"])
            // A copy of a subscription must never reach its publisher.
            .args(["-c", "max_logical_replication_workers=0"])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(files::create(&log)?)
            .spawn()
            .context("the PostgreSQL server does not start")?;
        let mut local = Local { server, port, identity, bin, data, _directory: directory };
        local.wait_until_ready(&log)?;
        Ok(local)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let began = Instant::now();
        loop {
            let text = files::read_optional(log).unwrap_or_default();
            if text.contains("database system is ready to accept connections") {
                return Ok(());
            }
            let ended = self.server.try_wait().context("the PostgreSQL server cannot be watched")?.is_some();
            if ended || began.elapsed() > START {
                bail!("the PostgreSQL server does not start: {}", text.trim());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The superuser in an empty database.
    pub fn target(&self) -> Target {
        Target {
            hosts: vec!["127.0.0.1".to_owned()],
            port: self.port,
            user: "postgres".to_owned(),
            password: None,
            database: "postgres".to_owned(),
            ssl_mode: SslMode::Disable,
            ssl_root_cert: None,
            connect_timeout_s: 10,
            options: None,
            application_name: "drift".to_owned(),
            note: None,
        }
    }

    /// Stops the server and removes its directory.
    pub async fn stop(self) {
        let _ended = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // Nothing in it is worth a checkpoint, but a server that is killed leaves its shared
        // memory behind, of which a machine has only so much.
        let stop = self
            .identity
            .command(&self.bin.join("pg_ctl"))
            .args(["stop", "-m", "immediate", "-W", "-s", "-D"])
            .arg(&self.data)
            .current_dir(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if stop.is_ok_and(|status| status.success()) {
            let began = Instant::now();
            while began.elapsed() < STOP {
                match self.server.try_wait() {
                    Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                    Ok(Some(_)) | Err(_) => return,
                }
            }
        }
        // A server that is gone already is what we want.
        let _may_have_ended = self.server.kill();
        let _may_have_ended = self.server.wait();
    }
}

/// As whom the server runs.
struct Identity {
    #[cfg(unix)]
    user: Option<(u32, u32)>,
}

#[cfg(unix)]
impl Identity {
    /// Root becomes `postgres`, or `nobody` where there is no such user.
    fn unprivileged(bin: &Path) -> Result<Identity> {
        let id = |arguments: &[&str]| -> Option<u32> {
            let output = Command::new("id").args(arguments).output().ok().filter(|o| o.status.success())?;
            String::from_utf8_lossy(&output.stdout).trim().parse().ok()
        };
        if id(&["-u"]) != Some(0) {
            return Ok(Identity { user: None });
        }
        for name in ["postgres", "nobody"] {
            if let (Some(user), Some(group)) = (id(&["-u", name]), id(&["-g", name])) {
                return Ok(Identity { user: Some((user, group)) });
            }
        }
        Err(failure(
            format!("{} does not run as root, and there is no user postgres or nobody", bin.join("postgres").display()),
            "run drift as another user, or use --scratch embedded",
        ))
    }

    fn own(&self, directory: &Path) -> Result<()> {
        match self.user {
            Some((user, group)) => std::os::unix::fs::chown(directory, Some(user), Some(group))
                .with_context(|| format!("cannot give {} to the server's user", directory.display())),
            None => Ok(()),
        }
    }

    fn command(&self, program: &Path) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(program);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        // A Ctrl-C at the terminal is for us; we end the server ourselves.
        command.process_group(0);
        command
    }
}

#[cfg(not(unix))]
impl Identity {
    fn unprivileged(_: &Path) -> Result<Identity> {
        Ok(Identity {})
    }
    fn own(&self, _: &Path) -> Result<()> {
        Ok(())
    }
    fn command(&self, program: &Path) -> Command {
        Command::new(program)
    }
}
