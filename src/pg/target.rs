//! Which server, database and role: from a URL, a libpq connection string,
//! the environment and the password file. Never prints a password.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::model::failure::failure;
use crate::pg::conninfo::Settings;
use crate::pg::conninfo::parse_conninfo;
use crate::pg::conninfo::parse_url;
use crate::pg::passfile;
use crate::pg::passfile::Found;
use crate::pg::passfile::Wanted;

/// How much TLS is asked for, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only where the server refuses a plain connection.
    Allow,
    /// Where the server offers it.
    Prefer,
    /// Always, whoever answers; with a root certificate, like `verify-ca`.
    Require,
    /// Always, and the certificate has to come from a known authority.
    VerifyCa,
    /// Always, and the certificate has to be for this host too.
    VerifyFull,
}

/// Everything needed to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Host names, addresses or socket directories (starting with `/`).
    pub hosts: Vec<String>,
    pub port: u16,
    pub user: String,
    pub password: Option<String>,
    pub database: String,
    pub ssl_mode: SslMode,
    /// A PEM file; `None` or `system`: the machine's own roots.
    pub ssl_root_cert: Option<String>,
    /// 0: as long as it takes.
    pub connect_timeout_s: u64,
    /// `-c name=value …` for the server.
    pub options: Option<String>,
    pub application_name: String,
    /// What a person should know about how this was put together.
    pub note: Option<Box<str>>,
}

/// Reads an environment variable; `None` when unset or empty.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// libpq's names, and the variable that gives each.
const KNOWN: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("dbname", "PGDATABASE"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("passfile", "PGPASSFILE"),
];

/// Names that libpq knows and that change nothing here.
const IGNORED: &[&str] = &[
    "channel_binding",
    "client_encoding",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "pgbouncer",
    "schema",
    "sslcompression",
    "sslnegotiation",
    "sslsni",
    "supa",
    "target_session_attrs",
    "tcp_user_timeout",
];

impl Target {
    /// A Postgres URL or libpq connection string; what it does not say comes
    /// from the PG* variables and the password file.
    ///
    /// # Errors
    /// It cannot be parsed, or names a setting that does not exist.
    pub fn parse(text: &str) -> Result<Target> {
        Target::parse_in(text, &variable)
    }

    fn parse_in(text: &str, environment: Environment<'_>) -> Result<Target> {
        let settings = if text.contains("://") { parse_url(text)? } else { parse_conninfo(text)? };
        Target::new(settings, environment)
    }

    /// True where [`Target::from_environment`] has something to go by.
    pub fn is_in_environment() -> bool {
        variable("DATABASE_URL").is_some() || NAMING.iter().any(|name| variable(name).is_some())
    }

    /// `$DATABASE_URL`, else the PG* variables.
    ///
    /// # Errors
    /// Neither says anything.
    pub fn from_environment() -> Result<Target> {
        Target::from_environment_in(&variable)
    }

    fn from_environment_in(environment: Environment<'_>) -> Result<Target> {
        if let Some(url) = environment("DATABASE_URL") {
            return Target::parse_in(&url, environment);
        }
        if !NAMING.iter().any(|name| environment(name).is_some()) {
            return Err(failure(
                "no database is named",
                "give a SOURCE (a Postgres URL, a directory of SQL or a snapshot), set DATABASE_URL, or set PGHOST, PGUSER and PGDATABASE",
            ));
        }
        Target::new(Settings::new(), environment)
    }

    fn new(mut settings: Settings, environment: Environment<'_>) -> Result<Target> {
        for name in settings.keys() {
            if !KNOWN.iter().any(|(known, _)| known == name) && !IGNORED.contains(&name.as_str()) {
                return Err(failure(
                    format!("`{name}` is not a connection setting that drift knows"),
                    "remove it; host, port, user, dbname, sslmode, sslrootcert, connect_timeout and options are known",
                ));
            }
        }
        let names_a_server = settings.contains_key("host") || settings.contains_key("hostaddr");
        for (name, variable) in KNOWN {
            // Who names a server means that one, whatever PGHOSTADDR says.
            if names_a_server && *name == "hostaddr" {
                continue;
            }
            if let Some(value) = environment(variable) {
                settings.entry((*name).to_owned()).or_insert(value);
            }
        }
        let get = |name: &str| settings.get(name).filter(|v| !v.is_empty()).cloned();
        let number = |name: &str, default: u64| match get(name) {
            Some(text) => text.trim().parse::<u64>().map_err(|_| {
                failure(format!("`{text}` is not a number for {name}"), format!("write {name} in digits"))
            }),
            None => Ok(default),
        };
        let user = get("user")
            .or_else(|| environment("USER"))
            .or_else(|| environment("USERNAME"))
            .unwrap_or_else(|| "postgres".to_owned());
        let port = u16::try_from(number("port", 5432)?)
            .map_err(|_| failure("the port is larger than 65535", "correct the port"))?;
        let host = get("hostaddr").or_else(|| get("host"));
        let ssl_root_cert = get("sslrootcert");
        let mut target = Target {
            hosts: host.map_or_else(|| default_hosts(port), |h| h.split(',').map(str::to_owned).collect()),
            port,
            database: get("dbname").unwrap_or_else(|| user.clone()),
            password: get("password"),
            ssl_mode: ssl_mode(get("sslmode").as_deref(), ssl_root_cert.as_deref())?,
            ssl_root_cert,
            connect_timeout_s: number("connect_timeout", 10)?,
            options: get("options"),
            application_name: get("application_name").unwrap_or_else(|| "drift".to_owned()),
            note: None,
            user,
        };
        let file = get("passfile")
            .map(PathBuf::from)
            .or_else(|| environment("HOME").map(|home| Path::new(&home).join(".pgpass")));
        if let (None, Some(file)) = (&target.password, file) {
            let host = target.hosts.first().map_or("localhost", String::as_str);
            let wanted = Wanted { host, port: target.port, database: &target.database, user: &target.user };
            match passfile::look_up(&file, wanted) {
                Found::Password(password) => target.password = Some(password),
                Found::Ignored(note) => target.note = Some(note.into()),
                Found::Nothing => {}
            }
        }
        Ok(target)
    }

    /// The same server and role, another database.
    pub fn with_database(&self, database: &str) -> Target {
        Target { database: database.to_owned(), ..self.clone() }
    }

    /// True for a server on this machine: whoever else uses it sits here too.
    pub fn is_local(&self) -> bool {
        let local = |host: &String| {
            host.starts_with('/')
                || host == "localhost"
                || host == "::1"
                || host.starts_with("127.") && is_address(host)
        };
        self.hosts.iter().all(local)
    }

    /// `user@host:port/database`, never a password.
    pub fn display(&self) -> String {
        format!("{}@{}/{}", self.user, self.address(), self.database)
    }

    /// `host:port`; of several hosts all, of an IPv6 address `[address]:port`.
    pub fn address(&self) -> String {
        let host = self.hosts.join(",");
        let brackets = self.hosts.len() == 1 && host.contains(':') && !host.starts_with('/');
        if brackets { format!("[{host}]:{}", self.port) } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}, {:?})", self.display(), self.ssl_mode)
    }
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Each of these says that a database is meant.
const NAMING: [&str; 5] = ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGPORT", "PGUSER"];

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where libpq looks when nobody names a host: a socket, else this machine.
fn default_hosts(port: u16) -> Vec<String> {
    for directory in passfile::SOCKET_DIRECTORIES {
        if files::exists(&Path::new(directory).join(format!(".s.PGSQL.{port}"))) {
            return vec![directory.to_owned()];
        }
    }
    vec!["localhost".to_owned()]
}

fn ssl_mode(text: Option<&str>, root: Option<&str>) -> Result<SslMode> {
    match text {
        None | Some("verify-full") if root == Some("system") => Ok(SslMode::VerifyFull),
        // Anybody can get a certificate from a public authority: without the name it says nothing.
        Some(weak) if root == Some("system") => Err(failure(
            format!("sslmode={weak} is too weak for sslrootcert=system"),
            "use sslmode=verify-full, or name the authority's PEM file with sslrootcert=FILE",
        )),
        None | Some("prefer") => Ok(SslMode::Prefer),
        Some("disable") => Ok(SslMode::Disable),
        Some("allow") => Ok(SslMode::Allow),
        Some("require") => Ok(SslMode::Require),
        Some("verify-ca") => Ok(SslMode::VerifyCa),
        Some("verify-full") => Ok(SslMode::VerifyFull),
        Some(other) => Err(failure(
            format!("`{other}` is not an sslmode"),
            "use disable, allow, prefer, require, verify-ca or verify-full",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_connection_strings_say_the_same() {
        let url =
            parse_url("postgres://ap%40p:s%3Acret@db.internal:6543/my%20shop?sslmode=verify-full&connect_timeout=3")
                .unwrap();
        let info = parse_conninfo("user=ap@p password='s:cret' host = db.internal port=6543 dbname='my shop' sslmode=verify-full connect_timeout=3").unwrap();
        assert_eq!(url, info);
        assert_eq!(parse_url("postgresql://[::1]:5433/x").unwrap()["host"], "::1");
        assert!(parse_conninfo("host='open").is_err());
        assert!(Target::parse("host=a nonsense=1").unwrap_err().to_string().contains("nonsense"));
    }

    #[test]
    fn a_password_is_never_shown() {
        let target = Target::parse("postgres://app:hunter2@h:1/d").unwrap();
        assert_eq!(target.display(), "app@h:1/d");
        assert!(!format!("{target:?}").contains("hunter2"));
        assert_eq!(target.password.as_deref(), Some("hunter2"));
    }

    fn environment(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_environment_says_what_the_text_does_not() {
        let set = environment(&[
            ("PGHOST", "other"),
            ("PGHOSTADDR", "10.0.0.1"),
            ("PGPORT", "6000"),
            ("PGUSER", "env"),
            ("PGPASSWORD", "hunter2"),
            ("PGDATABASE", "envdb"),
            ("PGSSLMODE", "require"),
            ("PGCONNECT_TIMEOUT", "0"),
            ("PGOPTIONS", "-c a=b"),
            ("PGAPPNAME", "app"),
        ]);
        let target = Target::parse_in("postgres://me@named/", &set).unwrap();
        assert_eq!(target.display(), "me@named:6000/envdb");
        assert_eq!((target.password.as_deref(), target.ssl_mode), (Some("hunter2"), SslMode::Require));
        assert_eq!((target.connect_timeout_s, target.options.as_deref()), (0, Some("-c a=b")));
        assert_eq!(target.application_name, "app");
        assert_eq!(Target::from_environment_in(&set).unwrap().address(), "10.0.0.1:6000");
        let url = environment(&[("DATABASE_URL", "postgres://u@db/x"), ("PGHOST", "no")]);
        assert_eq!(Target::from_environment_in(&url).unwrap().display(), "u@db:5432/x");
    }

    #[test]
    fn an_empty_environment_is_told_the_three_ways() {
        let error = Target::from_environment_in(&environment(&[("HOME", "/nonexistent")])).unwrap_err();
        let help = crate::model::failure::help(&error).unwrap();
        for way in ["SOURCE", "DATABASE_URL", "PGHOST", "PGDATABASE"] {
            assert!(help.contains(way), "{help}");
        }
    }

    #[test]
    fn without_settings_there_are_defaults() {
        let target = Target::parse_in("host=h", &environment(&[("USER", "me")])).unwrap();
        assert_eq!(target.display(), "me@h:5432/me");
        assert_eq!((target.connect_timeout_s, target.ssl_mode), (10, SslMode::Prefer));
        assert_eq!(target.application_name, "drift");
        assert_eq!(target.with_database("z").display(), "me@h:5432/z");
    }

    #[test]
    fn every_sslmode_is_read_and_system_roots_ask_for_the_name() {
        let mode = |text: &str| Target::parse_in(&format!("host=h {text}"), &environment(&[])).map(|t| t.ssl_mode);
        for (word, wanted) in [
            ("disable", SslMode::Disable),
            ("allow", SslMode::Allow),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::VerifyCa),
            ("verify-full", SslMode::VerifyFull),
        ] {
            assert_eq!(mode(&format!("sslmode={word}")).unwrap(), wanted);
        }
        assert!(mode("sslmode=none").is_err());
        assert_eq!(mode("sslrootcert=system").unwrap(), SslMode::VerifyFull);
        assert!(mode("sslrootcert=system sslmode=require").unwrap_err().to_string().contains("too weak"));
    }

    #[test]
    fn sockets_several_hosts_and_addresses_are_named() {
        let display = |text: &str| Target::parse_in(text, &environment(&[("USER", "u")])).map(|t| t.display());
        assert_eq!(display("postgres:///d?host=/srv/pg").unwrap(), "u@/srv/pg:5432/d");
        assert_eq!(display("postgres://%2Fsrv%2Fpg/d").unwrap(), "u@/srv/pg:5432/d");
        assert_eq!(display("postgres://[::1]:5433/d").unwrap(), "u@[::1]:5433/d");
        assert_eq!(display("postgres://a:1,b:1/d").unwrap(), "u@a,b:1/d");
        assert!(display("postgres://a:1,b:2/d").unwrap_err().to_string().contains("different ports"));
    }

    #[test]
    fn a_password_stays_out_of_errors() {
        for text in ["postgres://u:hunter2%zz@h/d", "user=u password='hunter2", "host=h port=x password=hunter2"] {
            let error = Target::parse_in(text, &environment(&[])).unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
