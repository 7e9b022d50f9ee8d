//! The formats of a status report. Each writes one [`Status`].

mod batch;
pub(super) mod ledgers;
pub(super) mod markdown;
mod table;

use std::io;
use std::io::Write;

use serde_json::Value;

use crate::history::cause::Cause;
use crate::history::status::Because;
use crate::history::status::ByHand;
use crate::history::status::Change;
use crate::history::status::Did;
use crate::history::status::EffectState;
use crate::history::status::EffectStatus;
use crate::history::status::FailureStatus;
use crate::history::status::MigrationStatus;
use crate::history::status::STATUS_VERSION;
use crate::history::status::SeedStatus;
use crate::history::status::SilentStatus;
use crate::history::status::Status;
use crate::history::status::Verdict;
use crate::model::finding::AttributeDrift;
use crate::model::finding::ObjectRef;
use crate::model::object::Location;
use crate::report::Format;
use crate::report::Frame;
use crate::report::forge;
use crate::report::text;

/// Writes the report in one format. Only the table has a style.
pub fn write(status: &Status, format: Format, frame: &Frame, out: &mut dyn Write) -> io::Result<()> {
    let batch = || batch::batch(status, frame);
    match format {
        Format::Table => table::write(status, frame.style, out),
        Format::Json => json(status, out),
        Format::Markdown => markdown::write(status, out),
        Format::Sarif => forge::sarif::write(&batch(), out),
        Format::Junit => forge::junit::write(&batch(), frame.fails, out),
        Format::Github => forge::github::write(&batch(), out),
        Format::Gitlab => forge::gitlab::write(&batch(), out),
    }
}

/// Indented JSON.
fn json(status: &Status, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, status)?;
    writeln!(out)
}

/// The JSON Schema of the contract, `docs/status.schema.json`.
pub fn schema() -> Value {
    super::schema_of::<Status>(STATUS_VERSION, "drift status", "What `drift status --format json` writes.")
}

/// The mark in front of a migration.
pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Complete => "✓",
        Verdict::Partial | Verdict::Undone => "≠",
        Verdict::NotApplied => "✗",
        Verdict::WithoutEffect => "∅",
        Verdict::Unverifiable => "?",
    }
}

/// What became of a migration, in words; of a program that is what the ledger says.
pub(super) fn verdict(status: &Status, migration: &MigrationStatus) -> String {
    match (status.is_pending(migration), &migration.program) {
        (true, Some(language)) => format!("pending ({language})"),
        (true, None) => "pending".to_owned(),
        (false, Some(language)) => format!("not SQL ({language})"),
        (false, None) => migration.verdict.word().to_owned(),
    }
}

/// The same behind its mark.
fn marked(status: &Status, migration: &MigrationStatus) -> String {
    let seen = if status.is_pending(migration) { Verdict::NotApplied } else { migration.verdict };
    format!("{} {}", mark(seen), verdict(status, migration))
}

/// Rows that were looked up, in words.
pub(super) fn seed(seed: &SeedStatus) -> String {
    let key = text::list(&seed.key);
    let there = match (seed.rows, seed.there) {
        (1, 1) => "the row is there".to_owned(),
        (1, _) => "the row is not there".to_owned(),
        (rows, there) if rows == there => format!("all {} rows are there", text::number(rows)),
        (rows, there) => format!("{} of {} rows are there", text::number(there), text::number(rows)),
    };
    format!("rows of {}, looked up by {key}: {there} (line {})", seed.table, seed.at.line)
}

/// The lines of statements about rows that nothing shows.
pub(super) fn unseen(migration: &MigrationStatus) -> Vec<u32> {
    let looked_up = |at: &Location| migration.seeds.iter().any(|seed| seed.at == *at);
    migration.data.iter().filter(|at| !looked_up(at)).map(|at| at.line).collect()
}

/// True for a migration of which there is more to tell than that it is complete.
pub(super) fn is_told(migration: &MigrationStatus) -> bool {
    migration.is_drift()
        || !migration.failures.is_empty()
        || !silent(migration).is_empty()
        || migration.seeds.iter().any(|seed| seed.there < seed.rows)
}

/// What it comes to, in one sentence.
pub(super) fn headline(status: &Status) -> String {
    let all = status.migrations.len() as u64;
    let of = |verdict| status.migrations.iter().filter(|m| m.verdict == verdict).count() as u64;
    if of(Verdict::Complete) == all && status.by_hand.is_empty() {
        return format!("{}: {} complete", status.source, text::count(all, "migration"));
    }
    let parts: Vec<String> = Verdict::ALL
        .iter()
        .filter(|verdict| of(**verdict) > 0)
        .map(|verdict| format!("{} {}{}", text::number(of(*verdict)), verdict.word(), recorded(status, *verdict)))
        .collect();
    format!("{}: of {}, {}", status.source, text::count(all, "migration"), text::list(&parts))
}

/// Of what cannot be looked for, the ledgers are the only evidence.
fn recorded(status: &Status, verdict: Verdict) -> String {
    match (verdict, ledgers::any_judged(status)) {
        (Verdict::Unverifiable, true) => {
            let recorded = status.migrations.iter().filter(|m| m.verdict == verdict && !status.is_pending(m));
            format!(" ({} recorded)", text::number(recorded.count() as u64))
        }
        _ => String::new(),
    }
}

/// How many of its effects are there, and how many there should be.
pub(super) fn counts(migration: &MigrationStatus) -> (u64, u64) {
    let of = |wanted: &dyn Fn(EffectState) -> bool| migration.effects.iter().filter(|e| wanted(e.state)).count() as u64;
    let there = of(&|state| matches!(state, EffectState::There | EffectState::Altered));
    (there, of(&|state| state != EffectState::Superseded))
}

/// Statements that fail and still leave something undone.
pub(super) fn failing(migration: &MigrationStatus) -> u64 {
    migration.failures.iter().filter(|failure| !failure.resolved).count() as u64
}

/// Silent statements after which the database is not as they say, or that are all there is to a migration.
pub(super) fn silent(migration: &MigrationStatus) -> Vec<&SilentStatus> {
    let nothing_else = migration.verdict == Verdict::WithoutEffect;
    migration.silent.iter().filter(|silent| nothing_else || silent.matters() || !silent.tried).collect()
}

/// Effects of one state on one relation, together.
pub(super) struct Group<'a> {
    pub(super) because: Option<&'a Because>,
    /// `table public.tools: 31 columns and 4 indexes`.
    pub(super) words: String,
    /// The statements, as lines.
    pub(super) lines: Vec<u32>,
    pub(super) attributes: Vec<(&'a ObjectRef, &'a AttributeDrift)>,
}

pub(super) fn groups(migration: &MigrationStatus, state: EffectState) -> Vec<Group<'_>> {
    let mut by_relation: Vec<((&str, &str), Vec<&EffectStatus>)> = Vec::new();
    for effect in migration.effects.iter().filter(|e| e.state == state) {
        let key = effect.object.group();
        match by_relation.iter_mut().find(|(other, _)| *other == key) {
            Some((_, effects)) => effects.push(effect),
            None => by_relation.push((key, vec![effect])),
        }
    }
    by_relation.into_iter().map(|(key, effects)| group(key, &effects)).collect()
}

fn group<'a>(key: (&str, &str), effects: &[&'a EffectStatus]) -> Group<'a> {
    let root = effects.iter().find(|e| e.object.parent.is_empty() && e.did == Did::Created);
    let parts: Vec<&&EffectStatus> =
        effects.iter().filter(|e| root.is_none_or(|root| e.object != root.object)).collect();
    let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
    for part in &parts {
        let kind = part.object.kind.replace('-', " ");
        let kind = match part.did {
            Did::Created => kind,
            Did::Changed => format!("changed {kind}"),
            Did::Removed if part.state == EffectState::Missing => format!("undropped {kind}"),
            Did::Removed => format!("dropped {kind}"),
        };
        match kinds.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, names)) => names.push(&part.object.name),
            None => kinds.push((kind, vec![&part.object.name])),
        }
    }
    let named = |(kind, names): &(String, Vec<&str>)| match names.as_slice() {
        [name] if root.is_none() => format!("{kind} {name}"),
        names => text::count(names.len() as u64, kind),
    };
    let words = text::list(&kinds.iter().map(named).collect::<Vec<_>>());
    let relation = [key.0, key.1].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".");
    let words = match (root, words.is_empty()) {
        (Some(root), true) => format!("{} {relation}", root.object.kind.replace('-', " ")),
        (Some(root), false) => format!("{} {relation} with {words}", root.object.kind.replace('-', " ")),
        (None, _) if parts.len() == 1 && parts[0].object.parent.is_empty() => {
            format!("{} {relation}", kinds[0].0)
        }
        (None, _) => format!("{relation}: {words}"),
    };
    let mut lines: Vec<u32> = effects.iter().map(|e| e.at.line).collect();
    lines.sort_unstable();
    lines.dedup();
    Group {
        because: effects.iter().find_map(|e| e.because.as_ref()),
        words,
        lines,
        attributes: effects.iter().flat_map(|e| e.attributes.iter().map(|a| (&e.object, a))).collect(),
    }
}

/// Failures of one cause, together.
pub(super) struct Failures<'a> {
    cause: &'a Cause,
    all: Vec<&'a FailureStatus>,
}

pub(super) fn failures(migration: &MigrationStatus) -> Vec<Failures<'_>> {
    let mut groups: Vec<Failures> = Vec::new();
    for failure in &migration.failures {
        let same = groups.iter_mut().find(|group| {
            let first = group.all[0];
            // Of what no statement makes each object is a cause of its own.
            let alike = match &failure.cause {
                Cause::Missing { .. } => group.cause == &failure.cause,
                Cause::Other => false,
                other => group.cause.of(String::new()) == other.of(String::new()),
            };
            first.resolved == failure.resolved && alike
        });
        match same {
            Some(group) => group.all.push(failure),
            None => groups.push(Failures { cause: &failure.cause, all: vec![failure] }),
        }
    }
    groups
}

impl Failures<'_> {
    /// The statements, in the order of the file.
    pub(super) fn statements(&self) -> &[&FailureStatus] {
        &self.all
    }

    /// `8 statements fail (lines 8, 19 and 22)`, and why.
    pub(super) fn says(&self) -> String {
        let first = self.all[0];
        let n = self.all.len() as u64;
        let verb = match (n == 1, first.resolved) {
            (true, false) => "fails",
            (false, false) => "fail",
            (true, true) => "fails at first, and runs when the file is run again",
            (false, true) => "fail at first, and run when the file is run again",
        };
        let lines = lines(&self.all.iter().map(|failure| failure.at.line).collect::<Vec<_>>());
        let cause = self.cause.of(self.objects()).says(&first.at.file);
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        let cause = if n == 1 { cause } else { cause.replacen("it needs", "they need", 1) };
        format!("{} {verb} ({lines}){cause}", text::count(n, "statement"))
    }

    /// What they need: `public.agents`, `columns a and b of public.workflows`.
    fn objects(&self) -> String {
        let mut columns: Vec<(&str, Vec<String>)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        for object in self.all.iter().filter_map(|failure| failure.cause.object()) {
            match object.strip_prefix("column ").and_then(|rest| rest.split_once(" of ")) {
                None if others.iter().any(|other| other == object) => {}
                None => others.push(object.to_owned()),
                Some((column, table)) => match columns.iter_mut().find(|(other, _)| *other == table) {
                    Some((_, names)) if names.iter().any(|name| name == column) => {}
                    Some((_, names)) => names.push(column.to_owned()),
                    None => columns.push((table, vec![column.to_owned()])),
                },
            }
        }
        others.extend(columns.iter().map(|(table, names)| match names.as_slice() {
            [name] => format!("column {name} of {table}"),
            names => format!("columns {} of {table}", text::list(names)),
        }));
        text::list(&others)
    }
}

/// `line 8`, `lines 8, 19 and 22`, `lines 8 to 240`.
pub(super) fn lines(lines: &[u32]) -> String {
    let words: Vec<String> = lines.iter().map(u32::to_string).collect();
    match words.as_slice() {
        [line] => format!("line {line}"),
        words if words.len() <= 8 => format!("lines {}", text::list(words)),
        words => format!("lines {} to {}", words[0], words[words.len() - 1]),
    }
}

/// What was in place, since when, and what that means.
pub(super) fn found(silent: &SilentStatus, not_applied: bool) -> String {
    let since = match &silent.since {
        Some(since) => format!("since {since}"),
        None => "made by no migration".to_owned(),
    };
    let name = format!("{} {}", silent.object.kind.replace('-', " "), silent.object.dotted());
    let was = if not_applied { "is" } else { "was" };
    let so = match (silent.tried, silent.matters()) {
        (false, _) => "what it would have made could not be tried without it",
        (true, true) => "it keeps the shape it had",
        (true, false) => "it is as the statement would have made it",
    };
    format!("{name} {was} in place, {since}: {so}")
}

/// One attribute that differs, on one line.
pub(super) fn differs(attribute: &AttributeDrift) -> String {
    let value = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), |v| text::short(v, 60));
    format!("{}: expected {}, actual {}", attribute.attribute, value(&attribute.expected), value(&attribute.actual))
}

pub(super) fn by_hand(found: &ByHand) -> String {
    let with = match found.with.len() as u64 {
        0 => String::new(),
        n => format!(" with {}", text::count(n, "part")),
    };
    let changed = found.changed.as_ref().map(changed).unwrap_or_default();
    format!("{} {}{with}{changed}", found.object.kind.replace('-', " "), found.object.dotted())
}

fn changed(change: &Change) -> String {
    let part = |word: &str, value: &Option<String>| value.as_ref().map_or_else(String::new, |v| format!("{word} {v}"));
    let by = part(" by", &change.by) + &part(" from", &change.from) + &part(" with", &change.application);
    let statement = change.statement.as_ref().map(|statement| format!(": {}", text::short(statement, 100)));
    format!(", changed last at {}{by}{}", change.at, statement.unwrap_or_default())
}
