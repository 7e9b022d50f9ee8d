//! Reads Postgres URLs and libpq connection strings, as text only.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::model::failure::failure;

/// Settings by libpq's names.
pub type Settings = BTreeMap<String, String>;

/// `postgres://user:password@host:port/database?name=value&…`
///
/// # Errors
/// It is no such URL.
pub fn parse_url(text: &str) -> Result<Settings> {
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
    let mut ports = Vec::new();
    for host in hosts.split(',').filter(|h| !h.is_empty()) {
        let (name, port) = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
            Some((address, rest)) => (address, rest.strip_prefix(':')),
            None => host.split_once(':').map_or((host, None), |(h, p)| (h, Some(p))),
        };
        names.push(name.to_owned());
        ports.push(port.unwrap_or_default());
    }
    if ports.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(bad("its hosts have different ports; name one host, or give all the same port"));
    }
    put("port", ports.first().unwrap_or(&""))?;
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
///
/// # Errors
/// A quote is open, or a name has no value.
pub fn parse_conninfo(text: &str) -> Result<Settings> {
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
