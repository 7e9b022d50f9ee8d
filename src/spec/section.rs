//! A text of TOML as tables whose every key has a place: what `drift.toml` and
//! baselines are read through. Knows no key; each reader refuses those that it does not know.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::model::failure::Failure;
use crate::model::object::Location;
use crate::spec::Date;

/// The text, for errors.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn failure(&self, at: &Range<usize>, message: impl AsRef<str>, help: impl Into<String>) -> Failure {
        Failure { message: format!("{}: {}", self.location(at), message.as_ref()), help: help.into() }
    }

    pub(super) fn location(&self, at: &Range<usize>) -> Location {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Location { file: self.file.to_owned(), line: line as u32 }
    }
}

/// One key and its value.
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) key_span: Range<usize>,
    pub(super) value: &'a Spanned<DeValue<'a>>,
}

impl Entry<'_> {
    pub(super) fn span(&self) -> Range<usize> {
        self.key_span.clone()
    }
}

/// One TOML table, its entries in the order of the file.
pub(super) struct Section<'a> {
    pub(super) source: &'a Source<'a>,
    /// Dotted; empty for the document itself.
    pub(super) path: String,
    pub(super) span: Range<usize>,
    pub(super) entries: Vec<Entry<'a>>,
}

/// The whole text, parsed.
///
/// # Errors
/// It is no TOML.
pub(super) fn document<'a>(source: &Source<'a>) -> Result<Spanned<DeTable<'a>>, Failure> {
    DeTable::parse(source.text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        source.failure(&at, format!("not valid TOML: {}", error.message()), "correct the syntax (https://toml.io)")
    })
}

impl<'a> Section<'a> {
    pub(super) fn new(source: &'a Source<'a>, path: String, span: Range<usize>, table: &'a DeTable<'a>) -> Section<'a> {
        let mut entries: Vec<Entry> =
            table.iter().map(|(key, value)| Entry { key: key.get_ref(), key_span: key.span(), value }).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Section { source, path, span, entries }
    }

    /// A value that is true or false; false where it is not given.
    pub(super) fn truth(&self, key: &str) -> Result<bool, Failure> {
        match self.get(key) {
            None => Ok(false),
            Some(entry) => match entry.value.get_ref() {
                DeValue::Boolean(truth) => Ok(*truth),
                _ => Err(self.wrong_type(entry, "true or false")),
            },
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// ` of [tenancy]`, or nothing at the top of the file.
    pub(super) fn of(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" of [{}]", self.path) }
    }

    /// Refuses the first key that is not in the list.
    pub(super) fn known(&self, keys: &[&str]) -> Result<(), Failure> {
        let Some(entry) = self.entries.iter().find(|entry| !keys.contains(&entry.key)) else { return Ok(()) };
        let place = if self.path.is_empty() { "at the top".to_owned() } else { format!("in [{}]", self.path) };
        let message = format!("unknown key `{}` {place}", entry.key);
        Err(self.source.failure(&entry.span(), message, nearest_help(entry.key, keys)))
    }

    /// A failure at a key, or at the section where the key is absent.
    pub(super) fn failure(&self, key: &str, message: impl AsRef<str>, help: impl Into<String>) -> Failure {
        let at = self.get(key).map_or_else(|| self.span.clone(), Entry::span);
        self.source.failure(&at, message, help)
    }

    pub(super) fn wrong_type(&self, entry: &Entry, wanted: &str) -> Failure {
        let found = match entry.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}`{} must be {wanted}, and is {found}", entry.key, self.of());
        self.source.failure(&entry.span(), message, format!("write {wanted}"))
    }

    /// The text of an entry; not empty.
    pub(super) fn text(&self, entry: &Entry) -> Result<String, Failure> {
        match entry.value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                let message = format!("`{}`{} is empty", entry.key, self.of());
                Err(self.source.failure(&entry.span(), message, "give it a value or remove the key"))
            }
            // As it is: a name may begin or end with a blank.
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => Err(self.wrong_type(entry, "a string")),
        }
    }

    pub(super) fn string(&self, key: &str) -> Result<Option<String>, Failure> {
        self.get(key).map(|entry| self.text(entry)).transpose()
    }

    pub(super) fn required(&self, key: &str, help: &str) -> Result<String, Failure> {
        match self.string(key)? {
            Some(text) => Ok(text),
            None => Err(self.failure(key, format!("[{}] lacks `{key}`", self.path), help)),
        }
    }

    pub(super) fn strings(&self, key: &str) -> Result<Option<Vec<String>>, Failure> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        let DeValue::Array(items) = entry.value.get_ref() else {
            return Err(self.wrong_type(entry, "an array of strings"));
        };
        let item = |value| self.text(&Entry { key: entry.key, key_span: entry.span(), value });
        items.iter().map(item).collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn date(&self, key: &str) -> Result<Option<Date>, Failure> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        let DeValue::Datetime(value) = entry.value.get_ref() else {
            return Err(self.wrong_type(entry, "a date without quotes, as 2027-03-31"));
        };
        match value.date {
            Some(date) => Ok(Some(Date { year: date.year, month: date.month, day: date.day })),
            None => Err(self.wrong_type(entry, "a date without quotes, as 2027-03-31")),
        }
    }

    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        what: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Result<Option<T>, Failure> {
        self.get(key).map(|entry| self.one_of(entry, what, all, word)).transpose()
    }

    pub(super) fn one_of<T: Copy>(
        &self,
        entry: &Entry,
        what: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Result<T, Failure> {
        let text = self.text(entry)?;
        all.iter().copied().find(|value| word(*value) == text).ok_or_else(|| {
            let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
            let message = format!("unknown {what}: {text:?}");
            self.source.failure(&entry.span(), message, nearest_help(&text, &words))
        })
    }

    /// A table under this one.
    pub(super) fn section(&self, key: &str) -> Result<Option<Section<'a>>, Failure> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        match entry.value.get_ref() {
            DeValue::Table(table) => Ok(Some(Section::new(self.source, self.path_of(key), entry.span(), table))),
            DeValue::Array(_) => {
                let message = format!("`{key}` is one table, not a list of them");
                Err(self.source.failure(&entry.span(), message, format!("write [{}]", self.path_of(key))))
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => Err(self.wrong_type(entry, &format!("a table, [{}]", self.path_of(key)))),
        }
    }

    /// The tables of an array of tables; none where the key is absent.
    pub(super) fn list(&self, key: &str) -> Result<Vec<Section<'a>>, Failure> {
        let Some(entry) = self.get(key) else { return Ok(Vec::new()) };
        let wanted = format!("a list of tables, each headed [[{key}]]");
        let DeValue::Array(items) = entry.value.get_ref() else { return Err(self.wrong_type(entry, &wanted)) };
        let section = |item: &'a Spanned<DeValue<'a>>| match item.get_ref() {
            DeValue::Table(table) => Ok(Section::new(self.source, format!("[{key}]"), item.span(), table)),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => Err(self.wrong_type(entry, &wanted)),
        };
        items.iter().map(section).collect()
    }
}

/// The nearest known word where one is near, and all of them.
pub(super) fn nearest_help(word: &str, known: &[&str]) -> String {
    let list = known.join(", ");
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known are: {list}"),
        None => format!("known are: {list}"),
    }
}

/// The known word that a person most probably meant.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(&word.to_lowercase(), candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
