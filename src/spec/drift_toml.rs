//! The text of a `drift.toml` becomes a [`Spec`], or an error that carries file,
//! line and key. Never guesses: a key that is not known is an error, because a
//! misspelt exception would otherwise be no exception at all.

mod exceptions;
pub mod renames;

use std::collections::BTreeMap;

use toml::de::DeValue;

use crate::model::failure::Failure;
use crate::spec::Allow;
use crate::spec::CoverageLimits;
use crate::spec::Enter;
use crate::spec::OnDelete;
use crate::spec::Platform;
use crate::spec::References;
use crate::spec::ShareColumn;
use crate::spec::Shareable;
use crate::spec::Spec;
use crate::spec::SystemRows;
use crate::spec::TableClass;
use crate::spec::Tenancy;
use crate::spec::drift_toml::exceptions::Ignored;
use crate::spec::section;
use crate::spec::section::Entry;
use crate::spec::section::Section;
use crate::spec::section::Source;

/// The name of the file, beside the declared SQL.
pub const FILE_NAME: &str = "drift.toml";

/// Parses the text of a `drift.toml`; `file` is its name in errors.
pub fn parse(file: &str, text: &str) -> Result<Spec, Failure> {
    let source = Source { file, text };
    let document = section::document(&source)?;
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
    let mut ignore = Vec::new();
    let mut allow: Vec<Allow> = root.list("allow")?.iter().map(exceptions::allow).collect::<Result<_, _>>()?;
    for section in root.list("ignore")? {
        match exceptions::ignore(&section)? {
            Ignored::Objects(rule) => ignore.push(rule),
            Ignored::Findings(entry) => allow.push(entry),
        }
    }
    let spec = Spec {
        platform: root.word("platform", "platform", Platform::ALL, Platform::word)?,
        schemas: root.strings("schemas")?.unwrap_or_else(|| Spec::default().schemas),
        ignore,
        tenancy: tenancy(&root)?,
        backfill: root.section("backfill")?.map(|s| by_table(&s, backfill)).transpose()?.unwrap_or_default(),
        allow,
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

#[cfg(test)]
mod tests;
