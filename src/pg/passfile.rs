//! The password file (`~/.pgpass`), by libpq's rules.

use std::path::Path;

use crate::files;

/// The server's usual socket directories: in the password file they are `localhost`.
pub const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Whose password is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// What a password file gives.
#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    /// No file, or no line that fits.
    Nothing,
    /// The password of the first line that fits.
    Password(String),
    /// The file was not used; why, for a person.
    Ignored(String),
}

/// Looks a password up. A file that others may read is not used.
pub fn look_up(path: &Path, wanted: Wanted<'_>) -> Found {
    let Some(text) = files::read_optional(path) else { return Found::Nothing };
    if files::is_open_to_others(path) {
        return Found::Ignored(format!(
            "the password file {} was ignored: others may read it; run chmod 0600 on it",
            path.display()
        ));
    }
    password(&text, wanted).map_or(Found::Nothing, Found::Password)
}

/// The password in the text of a password file: of the first line that fits.
pub fn password(text: &str, wanted: Wanted<'_>) -> Option<String> {
    let host = if SOCKET_DIRECTORIES.contains(&wanted.host) { "localhost" } else { wanted.host };
    let port = wanted.port.to_string();
    let fields = [host, &port, wanted.database, wanted.user];
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| fields.iter().try_fold(line, |rest, field| after(rest, field)))
        .map(unescape)
}

/// What follows the first field of a line, where that field is `*` or says `wanted`.
fn after<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut wanted = wanted.chars();
    let mut chars = line.chars();
    loop {
        let is = match chars.next()? {
            ':' => return wanted.next().is_none().then_some(chars.as_str()),
            '\\' => chars.next()?,
            other => other,
        };
        if wanted.next() != Some(is) {
            return None;
        }
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, host: &str, database: &str) -> Option<String> {
        password(text, Wanted { host, port: 1, database, user: "u" })
    }

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let text =
            "# h:1:d:u:comment\nh:1:other:u:no\nh\\:x:*:*:*:es\\:ca\\\\ped\nh:*:d:u:pass:with:colons\nh:1:d:u:late\n";
        assert_eq!(of(text, "h", "d").as_deref(), Some("pass:with:colons"));
        assert_eq!(of(text, "h:x", "d").as_deref(), Some("es:ca\\ped"));
        assert_eq!(of(text, "z", "d"), None);
        assert_eq!(of("h:1:d", "h", "d"), None);
        assert_eq!(of("h:1:d:u", "h", "d"), None);
        assert_eq!(of("hh:1:d:u:p\nh:1:dd:u:p\r\n", "h", "d"), None);
        assert_eq!(of("h:1:d:u:p\r\n", "h", "d").as_deref(), Some("p"));
    }

    #[test]
    fn an_escaped_star_is_a_star() {
        assert_eq!(of("h:1:\\*:u:p", "h", "d"), None);
        assert_eq!(of("h:1:\\*:u:p", "h", "*").as_deref(), Some("p"));
    }

    #[test]
    fn the_usual_socket_directories_are_localhost_and_others_themselves() {
        assert_eq!(of("localhost:1:d:u:p", "/tmp", "d").as_deref(), Some("p"));
        assert_eq!(of("localhost:1:d:u:p", "/srv/pg", "d"), None);
        assert_eq!(of("/srv/pg:1:d:u:p", "/srv/pg", "d").as_deref(), Some("p"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_ignored_with_a_note() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "*:*:*:*:s3cret\n").unwrap();
        let wanted = Wanted { host: "h", port: 1, database: "d", user: "u" };
        let mode = |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o600);
        assert!(look_up(file.path(), wanted) == Found::Password("s3cret".to_owned()));
        for open in [0o640, 0o604, 0o620] {
            mode(open);
            let Found::Ignored(note) = look_up(file.path(), wanted) else { panic!("{open:o} was used") };
            assert!(note.contains("ignored") && note.contains("0600") && !note.contains("s3cret"));
        }
        assert!(look_up(Path::new("/nonexistent/pgpass"), wanted) == Found::Nothing);
    }
}
