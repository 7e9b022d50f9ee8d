//! Which server, database and role: from a URL, a libpq connection string,
//! the environment and the password file. Never prints a password.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::model::failure::failure;

/// How much TLS is asked for, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
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
    pub connect_timeout_s: u64,
    /// `-c name=value …` for the server.
    pub options: Option<String>,
    pub application_name: String,
}

/// Settings by libpq's names.
type Settings = BTreeMap<String, String>;

/// libpq's names, the variable that gives each, and whether we use it.
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
        let settings = if text.contains("://") { parse_url(text)? } else { parse_conninfo(text)? };
        Target::new(settings)
    }

    /// `$DATABASE_URL`, else the PG* variables.
    ///
    /// # Errors
    /// Neither says anything.
    pub fn from_environment() -> Result<Target> {
        if let Some(url) = variable("DATABASE_URL") {
            return Target::parse(&url);
        }
        if ["PGHOST", "PGHOSTADDR", "PGDATABASE", "PGPORT", "PGUSER"].iter().all(|name| variable(name).is_none()) {
            return Err(failure(
                "no database is named",
                "give a SOURCE (a Postgres URL, a directory of SQL or a snapshot), set DATABASE_URL, or set PGHOST, PGUSER and PGDATABASE",
            ));
        }
        Target::new(Settings::new())
    }

    fn new(mut settings: Settings) -> Result<Target> {
        for name in settings.keys() {
            if !KNOWN.iter().any(|(known, _)| known == name) && !IGNORED.contains(&name.as_str()) {
                return Err(failure(
                    format!("`{name}` is not a connection setting that drift knows"),
                    "remove it; host, port, user, dbname, sslmode, sslrootcert, connect_timeout and options are known",
                ));
            }
        }
        for (name, environment) in KNOWN {
            if let Some(value) = variable(environment) {
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
            .or_else(|| variable("USER"))
            .or_else(|| variable("USERNAME"))
            .unwrap_or_else(|| "postgres".to_owned());
        let port = u16::try_from(number("port", 5432)?)
            .map_err(|_| failure("the port is larger than 65535", "correct the port"))?;
        let host = get("hostaddr").or_else(|| get("host"));
        let mut target = Target {
            hosts: host.map_or_else(|| default_hosts(port), |h| h.split(',').map(str::to_owned).collect()),
            port,
            database: get("dbname").unwrap_or_else(|| user.clone()),
            password: get("password"),
            ssl_mode: ssl_mode(get("sslmode").as_deref())?,
            ssl_root_cert: get("sslrootcert"),
            connect_timeout_s: number("connect_timeout", 10)?.max(1),
            options: get("options"),
            application_name: get("application_name").unwrap_or_else(|| "drift".to_owned()),
            user,
        };
        if target.password.is_none() {
            target.password = password_from_file(get("passfile").map(PathBuf::from), &target);
        }
        Ok(target)
    }

    /// The same server and role, another database.
    pub fn with_database(&self, database: &str) -> Target {
        Target { database: database.to_owned(), ..self.clone() }
    }

    /// `user@host:port/database`, never a password.
    pub fn display(&self) -> String {
        format!("{}@{}/{}", self.user, self.address(), self.database)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.hosts.first().map_or("localhost", String::as_str), self.port)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}, {:?})", self.display(), self.ssl_mode)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where libpq looks when nobody names a host: a socket, else this machine.
fn default_hosts(port: u16) -> Vec<String> {
    for directory in ["/var/run/postgresql", "/tmp"] {
        if files::exists(&Path::new(directory).join(format!(".s.PGSQL.{port}"))) {
            return vec![directory.to_owned()];
        }
    }
    vec!["localhost".to_owned()]
}

fn ssl_mode(text: Option<&str>) -> Result<SslMode> {
    match text {
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

/// `postgres://user:password@host:port/database?name=value&…`
fn parse_url(text: &str) -> Result<Settings> {
    let bad = |what: &str| {
        failure(format!("the Postgres URL cannot be read: {what}"), "write postgres://USER@HOST:PORT/DATABASE")
    };
    let rest = text
        .strip_prefix("postgres://")
        .or_else(|| text.strip_prefix("postgresql://"))
        .ok_or_else(|| bad("it does not start with postgres:// or postgresql://"))?;
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
    let (authority, path) = rest.split_once('/').map_or((rest, ""), |(a, b)| (a, b));
    let mut settings = Settings::new();
    let mut put = |name: &str, value: &str| -> Result<()> {
        if !value.is_empty() {
            settings.insert(
                name.to_owned(),
                percent_decode(value).ok_or_else(|| bad("a % is not followed by two hexadecimal digits"))?,
            );
        }
        Ok(())
    };
    let hosts = match authority.rsplit_once('@') {
        Some((who, hosts)) => {
            let (user, password) = who.split_once(':').unwrap_or((who, ""));
            put("user", user)?;
            put("password", password)?;
            hosts
        }
        None => authority,
    };
    let mut names = Vec::new();
    for host in hosts.split(',').filter(|h| !h.is_empty()) {
        let (name, port) = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
            Some((address, rest)) => (address, rest.strip_prefix(':')),
            None => host.split_once(':').map_or((host, None), |(h, p)| (h, Some(p))),
        };
        names.push(name.to_owned());
        if let Some(port) = port {
            put("port", port)?;
        }
    }
    put("host", &names.join(","))?;
    put("dbname", path)?;
    for pair in query.unwrap_or_default().split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| bad("a parameter has no `=`"))?;
        let name = if name == "ssl" { "sslmode" } else { name };
        put(name, if name == "sslmode" && value == "true" { "require" } else { value })?;
    }
    Ok(settings)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// `host=… port=… dbname='…'`
fn parse_conninfo(text: &str) -> Result<Settings> {
    let bad = || {
        failure(
            "the connection string cannot be read",
            "write it as host=… port=… user=… dbname=…, with quotes around spaces",
        )
    };
    let mut settings = Settings::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(settings);
        }
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        chars.next_if_eq(&'=').ok_or_else(bad)?;
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        let quoted = chars.next_if_eq(&'\'').is_some();
        loop {
            match chars.peek() {
                None if quoted => return Err(bad()),
                None => break,
                Some('\'') if quoted => {
                    chars.next();
                    break;
                }
                Some(c) if !quoted && c.is_whitespace() => break,
                Some('\\') => {
                    chars.next();
                    value.extend(chars.next());
                }
                Some(_) => value.extend(chars.next()),
            }
        }
        settings.insert(name, value);
    }
}

/// The first line of the password file that fits, by libpq's rules: fields
/// `host:port:database:user:password`, `*` for any, `\` before a colon.
fn password_from_file(file: Option<PathBuf>, target: &Target) -> Option<String> {
    let path = file.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".pgpass")))?;
    if files::is_open_to_others(&path) {
        return None;
    }
    let host = target.hosts.first()?;
    let host = if host.starts_with('/') { "localhost" } else { host };
    password_for(&files::read_optional(&path)?, [host, &target.port.to_string(), &target.database, &target.user])
}

fn password_for(text: &str, wanted: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, keys) = fields.split_last().filter(|(_, keys)| keys.len() == 4)?;
        keys.iter().zip(wanted).all(|(key, wanted)| key == "*" || key == wanted).then(|| password.clone())
    })
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, fields.len()) {
            ('\\', _) => fields.last_mut().expect("one at least").extend(chars.next()),
            (':', 1..=4) => fields.push(String::new()),
            _ => fields.last_mut().expect("one at least").push(c),
        }
    }
    fields
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

    #[test]
    fn the_password_file_is_matched_like_libpq_does() {
        let text = "# h:1:d:u:comment\nh:1:other:u:no\nh\\:x:*:*:*:es\\:caped\nh:*:d:u:pass:with:colons\n";
        assert_eq!(password_for(text, ["h", "1", "d", "u"]).as_deref(), Some("pass:with:colons"));
        assert_eq!(password_for(text, ["h:x", "1", "d", "u"]).as_deref(), Some("es:caped"));
        assert_eq!(password_for(text, ["z", "1", "d", "u"]), None);
    }
}
