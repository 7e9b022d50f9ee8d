//! The text of a `drift.toml` becomes a [`Spec`], or an error that carries file,
//! line and key. Never guesses: a key that is not known is an error, because a
//! misspelt exception would otherwise be no exception at all.

pub mod renames;

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::model::failure::Failure;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::spec::Allow;
use crate::spec::CoverageLimits;
use crate::spec::Date;
use crate::spec::Enter;
use crate::spec::IgnoreRule;
use crate::spec::OnDelete;
use crate::spec::Platform;
use crate::spec::References;
use crate::spec::ShareColumn;
use crate::spec::Shareable;
use crate::spec::Spec;
use crate::spec::SystemRows;
use crate::spec::TableClass;
use crate::spec::Tenancy;

/// The name of the file, beside the declared SQL.
pub const FILE_NAME: &str = "drift.toml";

/// Parses the text of a `drift.toml`; `file` is its name in errors.
pub fn parse(file: &str, text: &str) -> Result<Spec, Failure> {
    let source = Source { file, text };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        source.failure(&at, format!("not valid TOML: {}", error.message()), "correct the syntax (https://toml.io)")
    })?;
    let root = Section::new(&source, String::new(), document.span(), document.get_ref());
    root.known(&[
        "platform",
        "schemas",
        "ignore",
        "tenancy",
        "tables",
        "shareable",
        "backfill",
        "allow",
        "coverage",
        "prove",
        "renames",
    ])?;
    let spec = Spec {
        platform: root.word("platform", "platform", Platform::ALL, Platform::word)?,
        schemas: root.strings("schemas")?.unwrap_or_else(|| Spec::default().schemas),
        ignore: root.list("ignore")?.iter().map(ignore_rule).collect::<Result<_, _>>()?,
        tenancy: tenancy(&root)?,
        backfill: root.section("backfill")?.map(|s| by_table(&s, backfill)).transpose()?.unwrap_or_default(),
        allow: root.list("allow")?.iter().map(allow).collect::<Result<_, _>>()?,
        coverage: root.section("coverage")?.map(|s| coverage(&s)).transpose()?.unwrap_or_default(),
        prove_rows: root.section("prove")?.map(|s| prove_rows(&s)).transpose()?.unwrap_or_default(),
        renames: root.section("renames")?.map(|s| renames::renames(&s)).transpose()?.unwrap_or_default(),
    };
    if spec.schemas.is_empty() {
        let help = "name at least one schema, or leave the key out for [\"public\"]";
        return Err(root.failure("schemas", "`schemas` names no schema: nothing would be compared", help));
    }
    Ok(spec)
}

fn tenancy(root: &Section) -> Result<Option<Tenancy>, Failure> {
    let Some(section) = root.section("tenancy")? else {
        return match ["tables", "shareable"].iter().find(|key| root.get(key).is_some()) {
            Some(key) => Err(root.failure(
                key,
                format!("[{key}] has no meaning without [tenancy]"),
                "add [tenancy] with `registry`, the table of tenants",
            )),
            None => Ok(None),
        };
    };
    section.known(&["registry", "column", "aliases", "roles", "context", "enter", "on_delete"])?;
    let tenancy = Tenancy {
        registry: section.required("registry", "name the table of tenants: registry = \"tenants\"")?,
        column: section.string("column")?.unwrap_or_else(|| "tenant_id".to_owned()),
        aliases: aliases(&section)?,
        roles: section.strings("roles")?.unwrap_or_default(),
        context: section.string("context")?,
        enter: enter(&section)?,
        on_delete: section.word("on_delete", "action", OnDelete::ALL, OnDelete::word)?,
        tables: root.section("tables")?.map(|s| by_table(&s, class)).transpose()?.unwrap_or_default(),
        shareable: root.section("shareable")?.map(|s| shareable(&s)).transpose()?.unwrap_or_default(),
    };
    if let Some(table) = tenancy.tables.keys().find(|table| **table == tenancy.registry) {
        let message = format!("`{table}` is the registry of tenants and has no class");
        return Err(root.failure("tables", message, "remove its line from [tables]"));
    }
    Ok(Some(tenancy))
}

/// A column cannot be an alias of itself: then every table would be excused.
fn aliases(section: &Section) -> Result<Vec<String>, Failure> {
    let aliases = section.strings("aliases")?.unwrap_or_default();
    let column = section.string("column")?.unwrap_or_else(|| "tenant_id".to_owned());
    if aliases.contains(&column) {
        let message = format!("`aliases` of [tenancy] lists `{column}`, which is the tenant column itself");
        return Err(section.failure("aliases", message, "list only other columns that refer to a tenant"));
    }
    Ok(aliases)
}

fn enter(section: &Section) -> Result<Option<Enter>, Failure> {
    let Some(text) = section.string("enter")? else { return Ok(None) };
    if text == "supabase" {
        return Ok(Some(Enter::Supabase));
    }
    if let Some(setting) = text.strip_prefix("guc:") {
        return Ok(Some(Enter::Setting(setting.trim().to_owned())));
    }
    if text.contains("$tenant") || text.contains("$user") {
        return Ok(Some(Enter::Sql(text)));
    }
    let message = format!("`enter` of [tenancy] does not say how a session becomes one tenant's: {text:?}");
    Err(section.failure("enter", message, "write \"supabase\", \"guc:<setting>\", or SQL that names $tenant or $user"))
}

fn shareable(section: &Section) -> Result<Shareable, Failure> {
    section.known(&["columns", "check", "read", "system", "refs", "private"])?;
    let mut columns = Vec::new();
    if let Some(section) = section.section("columns")? {
        for entry in &section.entries {
            let declaration = section.text(entry)?;
            columns.push(ShareColumn { name: entry.key.to_owned(), declaration });
        }
    }
    Ok(Shareable {
        columns,
        check: section.string("check")?,
        read: section.string("read")?,
        system: section.word("system", "mark of system rows", SystemRows::ALL, SystemRows::word)?,
        refs: section.word("refs", "reach of references", References::ALL, References::word)?.unwrap_or_default(),
        private: section.strings("private")?.unwrap_or_default(),
    })
}

fn class(section: &Section, entry: &Entry) -> Result<TableClass, Failure> {
    let what = format!("class of table `{}`", entry.key);
    section.one_of(entry, &what, TableClass::ALL, TableClass::word)
}

fn backfill(section: &Section, entry: &Entry) -> Result<String, Failure> {
    section.text(entry)
}

/// `[prove.rows]`: a table, and the values of its columns as SQL.
fn prove_rows(section: &Section) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    section.known(&["rows"])?;
    let Some(rows) = section.section("rows")? else { return Ok(BTreeMap::new()) };
    let is_table = |entry: &Entry| matches!(entry.value.get_ref(), DeValue::Table(_));
    let mut map = BTreeMap::new();
    for entry in &rows.entries {
        let Some(inner) = rows.section(entry.key)? else { continue };
        // `public.tools = { … }` without quotes is a table of tables to TOML.
        if !inner.entries.is_empty() && inner.entries.iter().all(is_table) {
            for table in &inner.entries {
                if let Some(columns) = inner.section(table.key)? {
                    map.insert(format!("{}.{}", entry.key, table.key), row(&columns)?);
                }
            }
        } else {
            map.insert(entry.key.to_owned(), row(&inner)?);
        }
    }
    Ok(map)
}

fn row(section: &Section) -> Result<BTreeMap<String, String>, Failure> {
    section.entries.iter().map(|entry| Ok((entry.key.to_owned(), section.text(entry)?))).collect()
}

/// A map from tables to something. `public.tools = …` without quotes is a
/// table in a table to TOML, and `public.tools` to us.
fn by_table<T>(
    section: &Section,
    value: fn(&Section, &Entry) -> Result<T, Failure>,
) -> Result<BTreeMap<String, T>, Failure> {
    let mut map = BTreeMap::new();
    for entry in &section.entries {
        let DeValue::Table(inner) = entry.value.get_ref() else {
            map.insert(entry.key.to_owned(), value(section, entry)?);
            continue;
        };
        let schema = Section::new(section.source, section.path_of(entry.key), entry.span(), inner);
        for entry in &schema.entries {
            let schema_name = schema.path.rsplit('.').next().unwrap_or_default();
            map.insert(format!("{schema_name}.{}", entry.key), value(&schema, entry)?);
        }
    }
    Ok(map)
}

fn ignore_rule(section: &Section) -> Result<IgnoreRule, Failure> {
    section.known(&["object", "kind", "why"])?;
    Ok(IgnoreRule {
        object: section.required("object", "name what to ignore: object = \"public.legacy_*\"")?,
        kind: section.word("kind", "kind of object", ObjectKind::ALL, ObjectKind::word)?,
        why: section.required("why", "say why: whoever reads the report has to trust what it leaves out")?,
    })
}

fn allow(section: &Section) -> Result<Allow, Failure> {
    section.known(&["rule", "on", "why", "until"])?;
    Ok(Allow {
        rule: section.required("rule", "name the finding code that is allowed: rule = \"rls-disabled\"")?,
        on: section.required("on", "name the object: on = \"public.tools\"")?,
        why: section.required("why", "say why: an exception that nobody can explain cannot be reviewed")?,
        until: section.date("until")?,
        at: section.source.location(&section.span),
    })
}

fn coverage(section: &Section) -> Result<CoverageLimits, Failure> {
    section.known(&["max_invisible", "strict"])?;
    let strict = section.truth("strict")?;
    let Some(entry) = section.get("max_invisible") else { return Ok(CoverageLimits { max_invisible: 0.0, strict }) };
    let number: Option<f64> = match entry.value.get_ref() {
        DeValue::Integer(integer) => integer.as_str().parse().ok(),
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            return Err(section.wrong_type(entry, "a number of percent"));
        }
    };
    match number {
        Some(max_invisible) if (0.0..=100.0).contains(&max_invisible) => Ok(CoverageLimits { max_invisible, strict }),
        Some(_) | None => Err(section.failure(
            "max_invisible",
            "`max_invisible` of [coverage] is not between 0 and 100",
            "state the share of relations, in percent, that a check may be unable to see",
        )),
    }
}

/// The text, for errors.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn failure(&self, at: &Range<usize>, message: impl AsRef<str>, help: impl Into<String>) -> Failure {
        Failure { message: format!("{}: {}", self.location(at), message.as_ref()), help: help.into() }
    }

    fn location(&self, at: &Range<usize>) -> Location {
        let before = &self.text.as_bytes()[..at.start.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Location { file: self.file.to_owned(), line: line as u32 }
    }
}

/// One key and its value.
struct Entry<'a> {
    key: &'a str,
    key_span: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

impl Entry<'_> {
    fn span(&self) -> Range<usize> {
        self.key_span.clone()
    }
}

/// One TOML table, its entries in the order of the file.
struct Section<'a> {
    source: &'a Source<'a>,
    /// Dotted; empty for the document itself.
    path: String,
    span: Range<usize>,
    entries: Vec<Entry<'a>>,
}

impl<'a> Section<'a> {
    fn new(source: &'a Source<'a>, path: String, span: Range<usize>, table: &'a DeTable<'a>) -> Section<'a> {
        let mut entries: Vec<Entry> =
            table.iter().map(|(key, value)| Entry { key: key.get_ref(), key_span: key.span(), value }).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Section { source, path, span, entries }
    }

    /// A value that is true or false; false where it is not given.
    fn truth(&self, key: &str) -> Result<bool, Failure> {
        match self.get(key) {
            None => Ok(false),
            Some(entry) => match entry.value.get_ref() {
                DeValue::Boolean(truth) => Ok(*truth),
                _ => Err(self.wrong_type(entry, "true or false")),
            },
        }
    }

    fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// ` of [tenancy]`, or nothing at the top of the file.
    fn of(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" of [{}]", self.path) }
    }

    /// Refuses the first key that is not in the list.
    fn known(&self, keys: &[&str]) -> Result<(), Failure> {
        let Some(entry) = self.entries.iter().find(|entry| !keys.contains(&entry.key)) else { return Ok(()) };
        let place = if self.path.is_empty() { "at the top".to_owned() } else { format!("in [{}]", self.path) };
        let message = format!("unknown key `{}` {place}", entry.key);
        Err(self.source.failure(&entry.span(), message, nearest_help(entry.key, keys)))
    }

    /// A failure at a key, or at the section where the key is absent.
    fn failure(&self, key: &str, message: impl AsRef<str>, help: impl Into<String>) -> Failure {
        let at = self.get(key).map_or_else(|| self.span.clone(), Entry::span);
        self.source.failure(&at, message, help)
    }

    fn wrong_type(&self, entry: &Entry, wanted: &str) -> Failure {
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
    fn text(&self, entry: &Entry) -> Result<String, Failure> {
        match entry.value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                let message = format!("`{}`{} is empty", entry.key, self.of());
                Err(self.source.failure(&entry.span(), message, "give it a value or remove the key"))
            }
            DeValue::String(text) => Ok(text.trim().to_owned()),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => Err(self.wrong_type(entry, "a string")),
        }
    }

    fn string(&self, key: &str) -> Result<Option<String>, Failure> {
        self.get(key).map(|entry| self.text(entry)).transpose()
    }

    fn required(&self, key: &str, help: &str) -> Result<String, Failure> {
        match self.string(key)? {
            Some(text) => Ok(text),
            None => Err(self.failure(key, format!("[{}] lacks `{key}`", self.path), help)),
        }
    }

    fn strings(&self, key: &str) -> Result<Option<Vec<String>>, Failure> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        let DeValue::Array(items) = entry.value.get_ref() else {
            return Err(self.wrong_type(entry, "an array of strings"));
        };
        let item = |value| self.text(&Entry { key: entry.key, key_span: entry.span(), value });
        items.iter().map(item).collect::<Result<_, _>>().map(Some)
    }

    fn date(&self, key: &str) -> Result<Option<Date>, Failure> {
        let Some(entry) = self.get(key) else { return Ok(None) };
        let DeValue::Datetime(value) = entry.value.get_ref() else {
            return Err(self.wrong_type(entry, "a date without quotes, as 2027-03-31"));
        };
        match value.date {
            Some(date) => Ok(Some(Date { year: date.year, month: date.month, day: date.day })),
            None => Err(self.wrong_type(entry, "a date without quotes, as 2027-03-31")),
        }
    }

    fn word<T: Copy>(
        &self,
        key: &str,
        what: &str,
        all: &[T],
        word: fn(T) -> &'static str,
    ) -> Result<Option<T>, Failure> {
        self.get(key).map(|entry| self.one_of(entry, what, all, word)).transpose()
    }

    fn one_of<T: Copy>(&self, entry: &Entry, what: &str, all: &[T], word: fn(T) -> &'static str) -> Result<T, Failure> {
        let text = self.text(entry)?;
        all.iter().copied().find(|value| word(*value) == text).ok_or_else(|| {
            let words: Vec<&str> = all.iter().map(|value| word(*value)).collect();
            let message = format!("unknown {what}: {text:?}");
            self.source.failure(&entry.span(), message, nearest_help(&text, &words))
        })
    }

    /// A table under this one.
    fn section(&self, key: &str) -> Result<Option<Section<'a>>, Failure> {
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
    fn list(&self, key: &str) -> Result<Vec<Section<'a>>, Failure> {
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
fn nearest_help(word: &str, known: &[&str]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: &str = r#"
platform = "supabase"
schemas  = ["public", "app"]

[tenancy]
registry = "tenants"
column   = "tenant_id"
aliases  = ["billing_tenant_id"]
roles    = ["authenticated"]
context  = "(select app.tenant_id())"
enter    = "guc:app.tenant_id"
on_delete = "cascade"

[tables]
user_tenants = "member"
tools        = "shareable"
audit.log    = "global"
"audit.raw"  = "ignore"

[shareable]
columns = { sharing_mode = "text not null default 'private'", is_shared = "boolean not null default false" }
check   = "is_shared = (sharing_mode <> 'private')"
read    = "is_shared"
system  = "null"
refs    = "same"
private = ["chunks"]

[backfill]
workflows = "projects via project_id"

[[ignore]]
object = "public.legacy_*"
kind = "index"
why = "going away"

[[allow]]
rule  = "rls-disabled"
on    = "tools"
why   = "public directory"
until = 2027-03-31

[coverage]
max_invisible = 2.5

[prove.rows]
workflows = { code = "'WF-' || $n", kind = "'x'" }
audit.log = { code = "1" }
"#;

    #[test]
    fn reads_every_key() {
        let spec = parse("drift.toml", COMPLETE).unwrap();
        assert_eq!(spec.platform, Some(Platform::Supabase));
        assert_eq!(spec.schemas, ["public", "app"]);
        assert_eq!(spec.backfill_of("public", "workflows"), Some("projects via project_id"));
        assert_eq!(spec.ignore[0].kind, Some(ObjectKind::Index));
        assert_eq!(spec.allow[0].until, Some(Date { year: 2027, month: 3, day: 31 }));
        assert_eq!(spec.allow[0].at, Location { file: "drift.toml".into(), line: 36 });
        assert!(spec.allow[0].expired(Date { year: 2027, month: 4, day: 1 }));
        assert_eq!(spec.coverage.max_invisible, 2.5);
        assert_eq!(spec.prove_row("public", "workflows").unwrap()["code"], "'WF-' || $n");
        assert_eq!(spec.prove_row("audit", "log").unwrap()["code"], "1");
        let tenancy = spec.tenancy.unwrap();
        assert!(tenancy.is_registry("public", "tenants"));
        assert_eq!(
            (tenancy.aliases.as_slice(), tenancy.roles.as_slice()),
            (&["billing_tenant_id".into()][..], &["authenticated".into()][..])
        );
        assert_eq!(tenancy.enter, Some(Enter::Setting("app.tenant_id".into())));
        assert_eq!(tenancy.on_delete, Some(OnDelete::Cascade));
        assert_eq!(tenancy.class_of("public", "tools"), Some(TableClass::Shareable));
        assert_eq!(tenancy.class_of("audit", "log"), Some(TableClass::Global));
        assert_eq!(tenancy.class_of("audit", "raw"), Some(TableClass::Ignore));
        assert_eq!(tenancy.class_of("public", "agents"), None);
        let columns: Vec<&str> = tenancy.shareable.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!((tenancy.shareable.system, tenancy.shareable.refs), (Some(SystemRows::Null), References::Same));
        assert!(tenancy.shareable.keeps_private("public", "chunks") && !tenancy.shareable.keeps_private("public", "x"));
        assert_eq!(columns, ["sharing_mode", "is_shared"], "in the order in which they are written");
    }

    #[test]
    fn an_empty_file_manages_public_and_knows_no_tenants() {
        assert_eq!(parse("drift.toml", "").unwrap(), Spec::default());
    }

    #[test]
    fn the_tenant_column_has_a_usual_name() {
        let spec = parse("drift.toml", "[tenancy]\nregistry = \"tenants\"").unwrap();
        assert_eq!(spec.tenancy.unwrap().column, "tenant_id");
    }

    /// Each text, and what is said about it.
    #[test]
    fn every_error_names_its_line_and_the_way_out() {
        let tenancy = "[tenancy]\nregistry = \"tenants\"\n";
        let cases: &[(&str, &str, &str)] = &[
            ("schemas = [\"a\"\n", "drift.toml:1: not valid TOML", "toml.io"),
            (
                "\nplatfrom = \"supabase\"",
                "drift.toml:2: unknown key `platfrom` at the top",
                "did you mean `platform`?",
            ),
            ("zzz = 1", "drift.toml:1: unknown key `zzz` at the top", "known are: platform, schemas"),
            ("platform = \"supbase\"", "drift.toml:1: unknown platform: \"supbase\"", "did you mean `supabase`?"),
            ("platform = 3", "`platform` must be a string, and is an integer", "write a string"),
            ("schemas = \"public\"", "`schemas` must be an array of strings, and is a string", "write an array"),
            ("schemas = [1]", "`schemas` must be a string, and is an integer", "write a string"),
            ("schemas = []", "drift.toml:1: `schemas` names no schema", "at least one"),
            ("[tenancy]\n", "drift.toml:1: [tenancy] lacks `registry`", "registry = \"tenants\""),
            ("[tenancy]\nregistry = \"\"", "drift.toml:2: `registry` of [tenancy] is empty", "give it a value"),
            (
                &format!("{tenancy}colum = \"x\""),
                "drift.toml:3: unknown key `colum` in [tenancy]",
                "did you mean `column`?",
            ),
            (
                &format!("{tenancy}on_delete = \"set null\""),
                "drift.toml:3: unknown action: \"set null\"",
                "known are: cascade, restrict, no action",
            ),
            (&format!("{tenancy}enter = \"magic\""), "drift.toml:3: `enter` of [tenancy] does not say", "\"supabase\""),
            (
                &format!("{tenancy}[tables]\ntools = \"sharable\""),
                "drift.toml:4: unknown class of table `tools`: \"sharable\"",
                "did you mean `shareable`?",
            ),
            (
                &format!("{tenancy}[tables]\npublic.tools = \"sharable\""),
                "drift.toml:4: unknown class of table `tools`",
                "did you mean `shareable`?",
            ),
            (&format!("{tenancy}[tables]\ntenants = \"global\""), "is the registry of tenants", "remove its line"),
            ("tables = { tools = \"global\" }", "drift.toml:1: [tables] has no meaning without [tenancy]", "registry"),
            (
                &format!("{tenancy}[shareable]\ncolumns = {{ is_shared = true }}"),
                "drift.toml:4: `is_shared` of [shareable.columns] must be a string, and is a boolean",
                "write a string",
            ),
            (
                &format!("{tenancy}aliases = [\"tenant_id\"]"),
                "drift.toml:3: `aliases` of [tenancy] lists `tenant_id`, which is the tenant column itself",
                "only other columns",
            ),
            (
                &format!("{tenancy}[shareable]\nsystem = \"nul\""),
                "drift.toml:4: unknown mark of system rows: \"nul\"",
                "did you mean `null`?",
            ),
            (
                &format!("{tenancy}[shareable]\nrefs = \"sme\""),
                "drift.toml:4: unknown reach of references: \"sme\"",
                "did you mean `same`?",
            ),
            ("[ignore]\nobject = \"x\"", "drift.toml:1: `ignore` must be a list of tables, each headed [[ignore]]", ""),
            ("[[ignore]]\nobject = \"x\"", "drift.toml:1: [[ignore]] lacks `why`", "say why"),
            (
                "[[ignore]]\nobject = \"x\"\nwhy = \"y\"\nkind = \"tabel\"",
                "drift.toml:4: unknown kind of object: \"tabel\"",
                "did you mean `table`?",
            ),
            ("[[backfill]]\nx = \"y\"", "drift.toml:1: `backfill` is one table, not a list", "write [backfill]"),
            ("[[allow]]\nrule = \"rls-disabled\"\non = \"x\"", "drift.toml:1: [[allow]] lacks `why`", "say why"),
            (
                "[[allow]]\nrule = \"a\"\non = \"x\"\nwhy = \"y\"\nuntil = \"2027-03-31\"",
                "drift.toml:5: `until` of [[allow]] must be a date without quotes",
                "2027-03-31",
            ),
            (
                "[coverage]\nmax_invisible = 101",
                "drift.toml:2: `max_invisible` of [coverage] is not between",
                "percent",
            ),
            ("[coverage]\nmax_invisible = \"all\"", "must be a number of percent, and is a string", "write a number"),
            ("[prove]\nrow = 1", "drift.toml:2: unknown key `row` in [prove]", "did you mean `rows`?"),
            (
                "[prove.rows]\ntools = \"x\"",
                "drift.toml:2: `tools` of [prove.rows] must be a table, [prove.rows.tools]",
                "",
            ),
            (
                "[prove.rows]\ntools = { code = 1 }",
                "drift.toml:2: `code` of [prove.rows.tools] must be a string, and is an integer",
                "write a string",
            ),
            ("coverage = 3", "`coverage` must be a table, [coverage], and is an integer", ""),
        ];
        for (text, message, help) in cases {
            let failure = parse("drift.toml", text).expect_err(text);
            assert!(failure.message.contains(message), "{text}\n  says: {}\n  not:  {message}", failure.message);
            assert!(failure.help.contains(help), "{text}\n  helps: {}\n  not:   {help}", failure.help);
        }
    }
}
