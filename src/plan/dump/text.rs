//! The text of a dump. It holds no time, no host and no meta-command: the same
//! catalog gives the same bytes.

use crate::model::catalog::Catalog;
use crate::model::ident::comment_line;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::role::Role;
use crate::model::step::dollar_quote;
use crate::plan::dump::Options;
use crate::plan::dump::Part;
use crate::plan::dump::Script;
use crate::plan::rebuild;

/// What a reader should know about where a dump comes from.
#[derive(Debug, Clone)]
pub struct About {
    /// `The schema of a database`.
    pub what: &'static str,
    /// The only schemas that were read; empty: all.
    pub schemas: Vec<String>,
    /// What else is not in it, in words.
    pub without: Vec<String>,
}

/// A file of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Empty where there is only one.
    pub name: String,
    pub text: String,
}

/// The session that a dump is loaded in: as it is on every server, and nothing
/// found by luck on a path.
const SETTINGS: &[&str] = &[
    "SET statement_timeout = 0;",
    "SET lock_timeout = 0;",
    "SET client_encoding = 'UTF8';",
    "SET standard_conforming_strings = on;",
    "SET check_function_bodies = off;",
    "SET xmloption = content;",
    "SET client_min_messages = warning;",
    "SET row_security = off;",
    "SET search_path = '';",
    "SET default_tablespace = '';",
    "SET default_table_access_method = heap;",
];

pub fn write(catalog: &Catalog, about: &About, options: Options, script: &Script) -> Vec<File> {
    let roles = roles(catalog, options);
    let head = header(catalog, about, options, script, &roles);
    let settings = SETTINGS.join("\n");
    let create: Vec<String> =
        if options.roles { roles.iter().map(|role| create_role(&role.name)).collect() } else { Vec::new() };
    if !options.split {
        let mut text = format!("{head}\n{settings}\n");
        if !create.is_empty() {
            text += &section("Roles that the server lacks", &create);
        }
        text.extend(script.parts.iter().map(|part| section(&part.section.title(), &part.statements)));
        return vec![File { name: String::new(), text }];
    }
    let mut files = vec![("start".to_owned(), head)];
    if !create.is_empty() {
        files[0].1 += &section("Roles that the server lacks", &create);
    }
    for parts in script.parts.chunk_by(|a, b| a.file == b.file) {
        files.push((parts[0].file.name.clone(), split_file(parts, &settings)));
    }
    let width = files.len().to_string().len().max(2);
    let numbered = |(n, (name, text)): (usize, (String, String))| File {
        name: format!("{n:0width$}_{}.sql", file_name(&name)),
        text,
    };
    files.into_iter().enumerate().map(numbered).collect()
}

fn split_file(parts: &[Part], settings: &str) -> String {
    let mut text = format!("-- {}\n\n{settings}\n", comment_line(&parts[0].file.name));
    for part in parts {
        text += &section(&part.section.title(), &part.statements);
    }
    text
}

/// What every file system takes.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
    name.chars().map(plain).collect()
}

fn section(title: &str, statements: &[String]) -> String {
    let rule = "-".repeat(title.chars().count() + 3);
    let mut text = format!("\n{rule}\n-- {title}\n{rule}\n\n");
    let mut long = false;
    for (n, statement) in statements.iter().enumerate() {
        let is_long = statement.contains('\n');
        if n > 0 && (long || is_long) {
            text.push('\n');
        }
        long = is_long;
        text.push_str(statement);
        text.push('\n');
    }
    text
}

/// The roles that what is written down names.
fn roles(catalog: &Catalog, options: Options) -> Vec<Role> {
    let mut roles = match (options.owners, options.privileges) {
        (true, true) => rebuild::roles_and_owners(catalog),
        (false, true) => rebuild::roles_needed(catalog),
        (owners, false) => {
            let kept = catalog.clone().retain(|object| !rebuild::is_about_access(object.id.kind));
            if owners { rebuild::roles_and_owners(&kept) } else { rebuild::roles_needed(&kept) }
        }
    };
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles
}

fn create_role(name: &str) -> String {
    let body = format!(
        "BEGIN\n  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {}) THEN\n    CREATE ROLE {};\n  END IF;\nEND",
        literal(name),
        quote(name)
    );
    format!("DO {};", dollar_quote(&body))
}

fn header(catalog: &Catalog, about: &About, options: Options, script: &Script, roles: &[Role]) -> String {
    let mut lines = Lines::default();
    lines.add(&format!("{}, PostgreSQL {}, written by `drift dump`.", about.what, major(catalog)));
    match options.split {
        true => {
            lines.add("Run the files in the order of their names, in an empty database of that version or a newer one:")
        }
        false => lines.add("Run it in an empty database of that version or a newer one:"),
    }
    let file = if options.split { "<file>" } else { "<this file>" };
    lines.add(&format!("  psql -X -v ON_ERROR_STOP=1 -f {file} <database>"));
    if !roles.is_empty() {
        let how = if options.roles {
            "made here where the server lacks them, without any right"
        } else {
            "which the server must have"
        };
        lines.add("");
        lines.add(&format!("It names these roles, {how}:"));
        lines.list(roles.iter().map(|role| quote(&role.name)));
    }
    if !about.schemas.is_empty() {
        lines.add("");
        lines.add("Only these schemas are in it; what they use elsewhere must be there already:");
        lines.list(about.schemas.iter().map(|schema| quote(schema)));
    }
    let missing = missing(catalog, about, options, script);
    if !missing.is_empty() {
        lines.add("");
        lines.add("Not in it:");
        for line in missing {
            lines.add(&format!("  {line}"));
        }
    }
    lines.0
}

/// What a reader would look for in vain.
pub fn missing(catalog: &Catalog, about: &About, options: Options, script: &Script) -> Vec<String> {
    let mut missing = about.without.clone();
    let coverage = &catalog.coverage;
    for (what, kind) in &coverage.not_compared {
        let more = if kind.count > kind.examples.len() as u64 { ", …" } else { "" };
        missing.push(format!("{} {what}: {}{more}", kind.count, kind.examples.join(", ")));
    }
    if !coverage.invisible.is_empty() {
        let names = coverage.invisible.join(", ");
        missing.push(format!("rights that could not be read, of {} relations: {names}", coverage.invisible.len()));
    }
    missing.extend(coverage.limits.iter().cloned());
    missing.extend(script.left.iter().map(|(id, left)| match left.attribute {
        "" => format!("{id}: {}", left.reason),
        attribute => format!("{id} ({}): {}", attribute.replace('_', " "), left.reason),
    }));
    if !options.owners {
        missing.push("who owns what".to_owned());
    }
    if !options.privileges {
        missing.push("grants and default privileges".to_owned());
    }
    if !options.tablespaces {
        missing.push("in which tablespace anything is kept".to_owned());
    }
    missing.push("rows, and how far sequences have counted".to_owned());
    if !catalog.of_kind(ObjectKind::MaterializedView).is_empty() {
        missing.push("what materialized views hold: REFRESH MATERIALIZED VIEW fills them".to_owned());
    }
    missing
}

fn major(catalog: &Catalog) -> u32 {
    catalog.server_version / 10_000
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, text: &str) {
        self.0.push_str(format!("-- {}", comment_line(text)).trim_end());
        self.0.push('\n');
    }

    /// Names one behind the other, broken where a line is full.
    fn list(&mut self, names: impl Iterator<Item = String>) {
        let mut line = String::new();
        for name in names {
            if !line.is_empty() && line.chars().count() + name.chars().count() > 90 {
                self.add(&format!("  {line},"));
                line.clear();
            }
            line += if line.is_empty() { "" } else { ", " };
            line += &name;
        }
        self.add(&format!("  {line}"));
    }
}
