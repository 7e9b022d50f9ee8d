//! What a team has decided not to hear of: objects that are ignored, and
//! findings that are allowed.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::ObjectId;

/// The objects that an exception is about: all that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Which {
    /// A name with `*` for any run of characters: `legacy_*`, `public.tools.debug_*`.
    pub object: Option<String>,
    /// Only objects of this kind.
    pub kind: Option<ObjectKind>,
    /// Only objects in schemas of this name, with `*` as above.
    pub schema: Option<String>,
    /// Only what this role owns in the database, with what hangs on it.
    pub owner: Option<String>,
    /// What that is, as `(schema, name)`: nobody knows before the database has been read.
    pub owned: BTreeSet<(String, String)>,
}

impl Which {
    pub fn matches(&self, id: &ObjectId) -> bool {
        let (schema, relation) = id.group();
        let in_schema = |pattern: &String| match id.kind {
            ObjectKind::Schema => glob(pattern, &id.name),
            _ => glob(pattern, schema),
        };
        self.kind.is_none_or(|kind| kind == id.kind)
            && self.object.as_ref().is_none_or(|pattern| names(pattern, id))
            && self.schema.as_ref().is_none_or(in_schema)
            && (self.owner.is_none() || self.owned.contains(&(schema.to_owned(), relation.to_owned())))
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.map(|kind| format!("kind {kind}"));
        let schema = self.schema.as_ref().map(|schema| format!("schema {schema}"));
        let owner = self.owner.as_ref().map(|owner| format!("owner {owner}"));
        let said: Vec<String> = [self.object.clone(), kind, schema, owner].into_iter().flatten().collect();
        f.write_str(&said.join(", "))
    }
}

/// `[[ignore]]`: objects that are neither compared nor judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    pub which: Which,
    pub why: String,
    /// Where `drift.toml` says so.
    pub at: Location,
}

/// `[[allow]]`, or `[[ignore]]` with a code: a finding that somebody has looked at and accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// The finding code.
    pub rule: String,
    /// The objects, as in `[[ignore]]`.
    pub which: Which,
    pub why: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Where `drift.toml` says so.
    pub at: Location,
}

impl Allow {
    pub fn matches(&self, code: &str, id: &ObjectId) -> bool {
        self.rule == code && self.which.matches(id)
    }

    pub fn expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

/// A calendar day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl std::str::FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Date, String> {
        let wrong = || format!("{text:?} is no day; write one as 2027-03-31");
        let day: toml::value::Datetime = text.parse().map_err(|_| wrong())?;
        match (day.date, day.time) {
            (Some(date), None) => Ok(Date { year: date.year, month: date.month, day: date.day }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Whether a pattern names an object or the relation it hangs on, bare or
/// qualified.
fn names(pattern: &str, id: &ObjectId) -> bool {
    let (schema, relation) = id.group();
    [&id.dotted(), &format!("{schema}.{relation}"), relation, &id.name].iter().any(|name| glob(pattern, name))
}

/// `*` is any run of characters, all else is itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run_of_characters() {
        for (pattern, text) in [("a", "a"), ("*", ""), ("a*", "abc"), ("*c", "abc"), ("a*b*c", "a..b..c"), ("**", "x")]
        {
            assert!(glob(pattern, text), "{pattern} should match {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*b", "a"), ("ab*bc", "abc"), ("", "a"), ("a?", "ab")] {
            assert!(!glob(pattern, text), "{pattern} should not match {text}");
        }
    }
}
