//! The reset plan as files: what is lost, the backup, the drop and re-creation
//! of the managed schemas, the SQL in order, re-seeding, the closing check.
//! Pure text: nothing here runs anything.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::catalog::Catalog;
use crate::model::ident::comment_line;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::ident::shell_word;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::step::dollar_quote;
use crate::plan::keep;
use crate::plan::keep::Fate;
use crate::plan::keep::Kept;

/// The file that drops what is there.
pub const DROP: &str = "01_drop.sql";

/// The file that puts rows back.
pub const ROWS: &str = "03_rows.sql";

/// A file of SQL that the plan runs, and how it went in the rehearsal.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The file's own name, without directories.
    pub name: String,
    pub text: String,
    pub failures: Vec<Failure>,
}

/// A statement that failed in the rehearsal.
#[derive(Debug, Clone)]
pub struct Failure {
    pub line: u32,
    /// Its first line.
    pub statement: String,
    pub message: String,
    /// Why, where that is more than the server's words.
    pub cause: Option<String>,
}

/// A statement that runs at the end of a file, and not where it stood.
#[derive(Debug, Clone)]
pub struct Moved {
    /// File and line.
    pub from: String,
    pub to: String,
    /// What the server said where it stood.
    pub message: String,
}

/// What the plan is made of.
pub struct Input<'a> {
    /// The database's name in reports.
    pub source: &'a str,
    /// The spec's directory.
    pub spec: &'a str,
    pub actual: &'a Catalog,
    pub managed: &'a BTreeSet<String>,
    /// Those of them that the SQL creates itself.
    pub made: &'a BTreeSet<String>,
    /// Objects outside of the managed schemas that go with them, in words.
    pub outside: &'a [String],
    pub outcomes: &'a [Outcome],
    pub moved: &'a [Moved],
    /// Differences that the closing check would find after the rehearsal.
    pub remaining: &'a [String],
    /// Rows that are put aside and put back, and what came of trying it: the rows of the clone, or the failure.
    pub kept: Option<(&'a Kept, &'a Result<u64, String>)>,
}

/// A file of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    pub name: String,
    pub text: String,
}

/// All files, in the order in which they are run.
pub fn plan(input: &Input) -> Vec<PlanFile> {
    let mut files = vec![PlanFile { name: DROP.to_owned(), text: drop_script(input) }];
    for (number, outcome) in input.outcomes.iter().enumerate() {
        let text = format!("SET lock_timeout = '10s';\nRESET search_path;\n\n{}", outcome.text);
        files.push(PlanFile { name: format!("02_{:03}_{}", number + 1, outcome.name), text });
    }
    files.push(PlanFile { name: "03_reseed.sql".to_owned(), text: reseed(input) });
    if let Some((kept, _)) = input.kept.filter(|(kept, _)| !kept.back.is_empty()) {
        files.push(PlanFile { name: ROWS.to_owned(), text: kept.back.clone() });
    }
    files.push(PlanFile { name: "04_check.sh".to_owned(), text: check_script(input) });
    let readme = PlanFile { name: "README.md".to_owned(), text: readme(input, &files) };
    files.insert(0, readme);
    files
}

/// The tables that go, with their rows, largest first.
fn tables<'a>(input: &'a Input) -> Vec<(&'a Object, Option<u64>)> {
    let mut tables: Vec<_> = input
        .actual
        .of_kind(ObjectKind::Table)
        .iter()
        .map(|t| (t, input.actual.rows_of(&t.id.schema, &t.id.name)))
        .collect();
    tables.sort_by(|a, b| (std::cmp::Reverse(a.1), &a.0.id).cmp(&(std::cmp::Reverse(b.1), &b.0.id)));
    tables
}

fn drop_script(input: &Input) -> String {
    let mut text = String::from(
        "-- Drops and re-creates the managed schemas: everything in them is gone afterwards.\n\
         -- Run the backup of README.md first. One transaction: it happens whole or not at all.\n\
         BEGIN;\nSET LOCAL lock_timeout = '10s';\n\n",
    );
    text.extend(input.kept.map(|(kept, _)| kept.aside.as_str()));
    for schema in input.managed {
        text.push_str(&format!("{}\n\n", recreate(schema, input.made)));
    }
    for extension in lost_extensions(input) {
        text.push_str(&format!("{extension}\n"));
    }
    text.push_str("COMMIT;\n");
    text
}

/// Drops and creates one schema with the owner, the privileges and the default
/// privileges that it has when the script runs. One that the SQL creates itself is only dropped.
pub fn recreate(schema: &str, made: &BTreeSet<String>) -> String {
    if made.contains(schema) {
        return format!("-- The SQL creates it itself.\nDROP SCHEMA IF EXISTS {} CASCADE;", quote(schema));
    }
    let (name, quoted) = (literal(schema), quote(schema));
    let body = format!(
        "DECLARE
  old pg_catalog.pg_namespace%ROWTYPE;
  words text;
  defaults text[];
BEGIN
  SELECT n.* INTO old FROM pg_catalog.pg_namespace AS n WHERE n.nspname = {name};
  SELECT pg_catalog.array_agg(pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT %s ON %s TO %s%s',
      pg_catalog.pg_get_userbyid(d.defaclrole), {name}, a.privilege_type,
      CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END,
      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END))
    INTO defaults
    FROM pg_catalog.pg_default_acl AS d, pg_catalog.aclexplode(d.defaclacl) AS a
    WHERE d.defaclnamespace = old.oid;
  IF old.oid IS NOT NULL THEN
    DROP SCHEMA {quoted} CASCADE;
  END IF;
  CREATE SCHEMA {quoted};
  IF old.oid IS NULL THEN
    RETURN;
  END IF;
  EXECUTE pg_catalog.format('ALTER SCHEMA %I OWNER TO %I', {name}, pg_catalog.pg_get_userbyid(old.nspowner));
  FOR words IN
    SELECT pg_catalog.format('GRANT %s ON SCHEMA %I TO %s%s', a.privilege_type, {name},
      CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
      CASE WHEN a.is_grantable AND a.grantee <> 0 THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_catalog.aclexplode(old.nspacl) AS a
    WHERE a.grantee <> old.nspowner
  LOOP
    EXECUTE words;
  END LOOP;
  FOREACH words IN ARRAY COALESCE(defaults, '{{}}') LOOP
    EXECUTE words;
  END LOOP;
END"
    );
    format!("DO {};", dollar_quote(&body))
}

/// Extensions that live in a managed schema and that the SQL does not create itself.
fn lost_extensions(input: &Input) -> Vec<String> {
    let sql: String = input.outcomes.iter().map(|o| o.text.to_lowercase()).collect::<Vec<_>>().join("\n");
    input
        .actual
        .of_kind(ObjectKind::Extension)
        .iter()
        .filter(|e| e.text("installed_in").is_some_and(|schema| input.managed.contains(schema)))
        .filter(|e| !(sql.contains("create extension") && sql.contains(&e.id.name.to_lowercase())))
        .map(|e| {
            let schema = e.text("installed_in").unwrap_or("public");
            format!("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {};", quote(&e.id.name), quote(schema))
        })
        .collect()
}

fn reseed(input: &Input) -> String {
    let mut text = String::from(
        "-- Rows that the application cannot start without. Nothing here is made up: fill in what is yours.\n\
         -- What had rows before, largest first:\n",
    );
    for (table, rows) in tables(input).into_iter().filter(|(_, rows)| *rows != Some(0)) {
        let rows = rows.map_or_else(|| "not counted".to_owned(), |n| format!("{n} rows"));
        text.push_str(&format!("--   {} ({rows})\n", comment_line(&table.id.dotted())));
    }
    text.push_str("SELECT 'add the rows that you need to 03_reseed.sql' AS reseed WHERE false;\n");
    text
}

fn check_script(input: &Input) -> String {
    format!(
        "#!/bin/sh\n# Exit 0: the reset led to the declared schema.\nexec drift check \"$DATABASE_URL\" --spec {}\n",
        shell_word(input.spec)
    )
}

/// Text in a Markdown table or list: one line, nothing that formats.
fn cell(text: &str) -> String {
    let line = comment_line(text);
    line.replace('\\', "\\\\").replace('|', "\\|").replace('`', "\\`").replace('<', "&lt;").replace('*', "\\*")
}

fn readme(input: &Input, files: &[PlanFile]) -> String {
    let mut text = format!("# Reset of {}\n\n", cell(input.source));
    text.push_str(
        "This plan starts clean. It was written by `drift fix --reset`, which has executed nothing. Set `DATABASE_URL` to the \
         database and run the steps in their order; stop at the first that fails. `drift apply` runs none of them: \
         where a reset was stopped, it could not go on.\n\n",
    );
    text.push_str(&rehearsal(input));
    text.push_str(&losses(input));
    text.extend(input.kept.map(|(kept, tried)| kept_rows(kept, tried)));
    text.push_str("## 1. Back up\n\n```sh\npg_dump \"$DATABASE_URL\" --format=custom --file=before-reset.dump\npg_restore --list before-reset.dump >/dev/null && echo 'the backup is readable'\n```\n\n");
    text.push_str("## 2. Drop, re-create, re-seed\n\n```sh\nset -e\n");
    for file in files.iter().filter(|f| f.name.ends_with(".sql")) {
        text.push_str(&format!("psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -f {}\n", shell_word(&file.name)));
    }
    text.push_str("```\n\n## 3. Check\n\n```sh\nsh 04_check.sh\n```\n\n");
    if input.kept.is_some_and(|(kept, _)| !kept.tables.is_empty()) {
        text.push_str(&format!(
            "When nobody misses anything, drop what was put aside; until then a check of all schemas names it:\n\n```sh\npsql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -c 'DROP SCHEMA {} CASCADE'\n```\n\n",
            keep::SCHEMA
        ));
    }
    text.push_str(
        "## Back to where it was\n\nThe backup holds everything in the managed schemas. `--clean` drops what is there now.\n\n\
         ```sh\npg_restore --clean --if-exists --dbname \"$DATABASE_URL\" before-reset.dump\n```\n",
    );
    text
}

/// What runs elsewhere than it stood.
fn reordered(moved: &[Moved]) -> String {
    if moved.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "Statements that fail where they stand, and run later, were moved. The files of this plan have them there; \
         move them in your own files too:\n\n",
    );
    for moved in moved {
        let to = if moved.from.starts_with(&format!("{}:", moved.to)) { "its file" } else { &cell(&moved.to) };
        text.push_str(&format!("- {} to the end of {to}: {}\n", cell(&moved.from), cell(&moved.message)));
    }
    text.push('\n');
    text
}

/// How the SQL went in the scratch Postgres.
fn rehearsal(input: &Input) -> String {
    let failures: usize = input.outcomes.iter().map(|o| o.failures.len()).sum();
    let mut text = String::from("## Does it work?\n\n");
    text.push_str(&reordered(input.moved));
    if failures == 0 && input.remaining.is_empty() {
        text.push_str(
            "Yes: every statement ran in an empty scratch Postgres, in this order, and what came out is the declared schema.\n\n",
        );
        return text;
    }
    if failures > 0 {
        text.push_str(&format!(
            "No: {failures} statements fail in an empty scratch Postgres. Correct them, then write the plan again.\n\n"
        ));
        for outcome in input.outcomes {
            for failure in &outcome.failures {
                text.push_str(&format!(
                    "- {}:{}: {} — {}\n",
                    cell(&outcome.name),
                    failure.line,
                    cell(&failure.message),
                    cell(&failure.statement)
                ));
                text.extend(failure.cause.iter().map(|cause| format!("  Why: {}\n", cell(cause))));
            }
        }
        text.push('\n');
    }
    if !input.remaining.is_empty() {
        text.push_str(&format!(
            "After the last file, {} things differ from the declared schema:\n\n",
            input.remaining.len()
        ));
        for line in input.remaining {
            text.push_str(&format!("- {}\n", cell(line)));
        }
        text.push('\n');
    }
    text
}

/// What becomes of the rows.
fn kept_rows(kept: &Kept, tried: &Result<u64, String>) -> String {
    let mut text = String::from("## What is kept\n\n");
    if kept.tables.is_empty() {
        text.push_str("No table holds rows.\n\n");
        return text;
    }
    text.push_str(&format!(
        "The rows of these tables are put aside in the schema `{}` by the transaction that drops, and put back by `03_rows.sql` \
         where they fit. What cannot be put back stays there.\n\n| table | afterwards |\n|---|---|\n",
        keep::SCHEMA
    ));
    for table in &kept.tables {
        let fate = match &table.fate {
            Fate::Back { without } if without.is_empty() => "put back".to_owned(),
            Fate::Back { without } => format!("put back without {}", without.join(", ")),
            Fate::Aside(reason) => format!("stays aside: {reason}"),
        };
        text.push_str(&format!("| {} | {} |\n", cell(&table.id.dotted()), cell(&fate)));
    }
    text.push_str(&match tried {
        Ok(rows) => format!("\nTried on a clone: {rows} rows were put aside and put back, and no row was missing.\n\n"),
        Err(error) => format!("\nTried on a clone, and it failed: {}\n\n", cell(error)),
    });
    text
}

fn losses(input: &Input) -> String {
    let schemas: Vec<String> = input.managed.iter().map(|s| cell(s)).collect();
    let mut text = format!(
        "## What is lost\n\nEverything in the schemas {}{}:\n\n| table | rows |\n|---|---|\n",
        schemas.join(", "),
        if input.kept.is_some() { ", but for the rows that are kept (below)" } else { "" },
    );
    for (table, rows) in tables(input) {
        let rows = rows.map_or_else(|| "not counted".to_owned(), |n| n.to_string());
        text.push_str(&format!("| {} | {rows} |\n", cell(&table.id.dotted())));
    }
    let mut counts: BTreeMap<ObjectKind, usize> = BTreeMap::new();
    for object in input.actual.objects().iter().filter(|o| o.id.parent.is_empty() && !o.id.schema.is_empty()) {
        if object.id.kind != ObjectKind::Table {
            *counts.entry(object.id.kind).or_default() += 1;
        }
    }
    let others: Vec<String> = counts.iter().map(|(kind, n)| format!("{n} of kind {}", kind.prose())).collect();
    if !others.is_empty() {
        text.push_str(&format!("\nAlso: {}.\n", others.join(", ")));
    }
    for (kind, not_compared) in &input.actual.coverage.not_compared {
        text.push_str(&format!(
            "\nNot looked into by drift, and possibly lost: {} of kind {} ({}).\n",
            not_compared.count,
            cell(kind),
            cell(&not_compared.examples.join(", "))
        ));
    }
    if !input.outside.is_empty() {
        text.push_str("\nOutside of these schemas, but hanging on what is in them, and dropped with it:\n\n");
        for line in input.outside {
            text.push_str(&format!("- {}\n", cell(line)));
        }
    }
    text.push('\n');
    text
}
