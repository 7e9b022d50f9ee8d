//! Which extensions SQL asks for, and which the embedded Postgres has:
//! bundled ones, and two archives of our own with the functions of `pgcrypto`
//! and `uuid-ossp`.

use crate::history::words::words_with_bodies;

/// An extension that we bring along.
pub struct Archive {
    pub name: &'static str,
    /// File name and contents, for the server's extension directory.
    #[cfg_attr(not(feature = "embedded"), expect(dead_code, reason = "only the embedded Postgres is given files"))]
    pub files: &'static [(&'static str, &'static str)],
}

/// Our own archives.
pub const OURS: &[Archive] = &[
    Archive {
        name: "pgcrypto",
        files: &[
            ("pgcrypto.control", include_str!("extensions/pgcrypto.control")),
            ("pgcrypto--1.3.sql", include_str!("extensions/pgcrypto--1.3.sql")),
        ],
    },
    Archive {
        name: "uuid-ossp",
        files: &[
            ("uuid-ossp.control", include_str!("extensions/uuid-ossp.control")),
            ("uuid-ossp--1.1.sql", include_str!("extensions/uuid-ossp--1.1.sql")),
        ],
    },
];

/// True for what the embedded Postgres can create.
pub fn embedded_has(name: &str) -> bool {
    #[cfg(feature = "embedded")]
    let bundled = pglite_oxide::extensions::by_sql_name(name).is_some();
    #[cfg(not(feature = "embedded"))]
    let bundled = false;
    name == "plpgsql" || bundled || OURS.iter().any(|archive| archive.name == name)
}

/// The names that a text's CREATE EXTENSION statements ask for.
pub fn named(text: &str) -> Vec<String> {
    // Taking the words apart is slow, and most texts ask for none.
    if !text.to_ascii_lowercase().contains("extension") {
        return Vec::new();
    }
    let words = words_with_bodies(text);
    let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w.eq_ignore_ascii_case(word));
    let mut names = Vec::new();
    for at in 0..words.len() {
        if is(at, "create") && is(at + 1, "extension") {
            let skip = if is(at + 2, "if") && is(at + 3, "not") && is(at + 4, "exists") { 5 } else { 2 };
            if let Some(name) = words.get(at + skip) {
                let quoted = name.strip_prefix('"').and_then(|n| n.strip_suffix('"'));
                names.push(quoted.map_or_else(|| name.to_lowercase(), str::to_owned));
            }
        }
    }
    names
}

/// True for PL/pgSQL that catches errors.
pub fn catches_errors(text: &str) -> bool {
    let text = text.to_lowercase();
    text.split("exception").skip(1).any(|rest| rest.trim_start().starts_with("when"))
}

/// True for SQL that makes or changes a subscription: the code that talks to
/// publishers is no part of the embedded Postgres.
pub fn subscribes(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| matches!(pair[0], "create" | "alter") && pair[1] == "subscription")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_asked_for() {
        let sql = "create extension if not exists \"uuid-ossp\" with schema extensions;\n-- CREATE EXTENSION postgis;\nCREATE EXTENSION Vector;";
        assert_eq!(named(sql), ["uuid-ossp", "vector"]);
    }
}
