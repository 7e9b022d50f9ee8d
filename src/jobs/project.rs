//! What kind of project a directory holds: where its migrations are, whether they
//! are SQL, and which variable names its database. Reads a few files by name and never
//! a value of a variable.

use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;

/// One tool that a project uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// As its makers write it: `Supabase`, `sqlx`.
    pub tool: &'static str,
    /// Below the root; `None`: none was found.
    pub migrations: Option<PathBuf>,
    /// False where migrations are programs: then drift cannot run them.
    pub sql: bool,
    /// The variable that the tool reads the database's URL from.
    pub url: String,
    /// What to do where migrations are not SQL.
    pub advice: &'static str,
}

/// How a tool is recognised.
struct Tool {
    name: &'static str,
    /// Files, one of which says that it is used; with a text that the file has to hold.
    marks: &'static [(&'static str, &'static str)],
    /// Where migrations usually are, likeliest first.
    folders: &'static [&'static str],
    /// A file and the text before a quoted folder or variable in it.
    folder_in: &'static [(&'static str, &'static str)],
    url: &'static str,
    url_in: &'static [(&'static str, &'static str)],
    advice: &'static str,
}

const SQL: &str = "";
const PLAIN: Tool =
    Tool { name: "", marks: &[], folders: &[], folder_in: &[], url: "DATABASE_URL", url_in: &[], advice: SQL };

const TOOLS: &[Tool] = &[
    Tool {
        name: "Supabase",
        marks: &[("supabase/config.toml", "")],
        folders: &["supabase/migrations"],
        url: "SUPABASE_DB_URL",
        ..PLAIN
    },
    Tool {
        name: "Prisma",
        marks: &[("prisma/schema.prisma", "")],
        folders: &["prisma/migrations"],
        url_in: &[("prisma/schema.prisma", "env(")],
        ..PLAIN
    },
    Tool {
        name: "Drizzle",
        marks: &[("drizzle.config.ts", ""), ("drizzle.config.js", ""), ("drizzle.config.json", "")],
        folders: &["drizzle"],
        folder_in: &[("drizzle.config.ts", "out:"), ("drizzle.config.js", "out:"), ("drizzle.config.json", "\"out\":")],
        ..PLAIN
    },
    Tool {
        name: "Diesel",
        marks: &[("diesel.toml", ""), ("Cargo.toml", "diesel")],
        folders: &["migrations"],
        folder_in: &[("diesel.toml", "dir =")],
        ..PLAIN
    },
    Tool { name: "sqlx", marks: &[("Cargo.toml", "sqlx")], folders: &["migrations"], ..PLAIN },
    Tool { name: "Refinery", marks: &[("Cargo.toml", "refinery")], folders: &["migrations"], ..PLAIN },
    Tool { name: "Sqitch", marks: &[("sqitch.plan", "")], folders: &["deploy"], url: "SQITCH_TARGET", ..PLAIN },
    Tool { name: "node-pg-migrate", marks: &[("package.json", "node-pg-migrate")], folders: &["migrations"], ..PLAIN },
    Tool {
        name: "Rails",
        marks: &[("config/database.yml", ""), ("Gemfile", "rails")],
        folders: &["db/migrate"],
        advice: "have Rails write db/structure.sql (config.active_record.schema_format = :sql) and check that file",
        ..PLAIN
    },
    Tool {
        name: "Django",
        marks: &[("manage.py", "django")],
        advice: "write the SQL of each migration with `python manage.py sqlmigrate`, and check that directory",
        ..PLAIN
    },
    Tool {
        name: "Alembic",
        marks: &[("alembic.ini", "")],
        folders: &["alembic/versions", "migrations/versions"],
        advice: "write the SQL with `alembic upgrade head --sql`, and check that file",
        ..PLAIN
    },
    Tool {
        name: "Flyway",
        marks: &[("flyway.toml", ""), ("flyway.conf", ""), ("conf/flyway.conf", ""), ("pom.xml", "flyway")],
        folders: &["src/main/resources/db/migration", "sql", "migrations"],
        url: "FLYWAY_URL",
        ..PLAIN
    },
];

/// A tool of which only its marks in the SQL tell, by the first line that it looks for.
const BY_TEXT: &[(&str, &str, &str)] =
    &[("dbmate", "-- migrate:up", "DATABASE_URL"), ("goose", "-- +goose Up", "GOOSE_DBSTRING")];

/// The tools that a directory shows signs of, the most particular first.
///
/// # Errors
/// A directory cannot be listed.
pub fn recognise(root: &Path) -> Result<Vec<Project>> {
    let mut found = Vec::new();
    for tool in TOOLS {
        let marked = |(file, text): &(&str, &str)| {
            files::read_optional(&root.join(file)).is_some_and(|content| text.is_empty() || content.contains(text))
        };
        if tool.marks.iter().any(marked) {
            found.push(of_tool(root, tool));
        }
    }
    for folder in ["db/migrations", "migrations", "db/migration"] {
        let path = root.join(folder);
        let known = found.iter().any(|project: &Project| project.migrations.as_deref() == Some(Path::new(folder)));
        if known || !files::exists(&path) || !files::has_sql(&path)? {
            continue;
        }
        let first = files::read_sql_below(&path)?.into_iter().next().map(|file| file.text).unwrap_or_default();
        let tool = BY_TEXT.iter().find(|(_, mark, _)| first.contains(mark));
        let (tool, url) = tool.map_or(("plain SQL", "DATABASE_URL"), |(tool, _, url)| (*tool, *url));
        let (migrations, url) = (Some(PathBuf::from(folder)), url.to_owned());
        found.push(Project { tool, migrations, sql: true, url, advice: SQL });
    }
    Ok(found)
}

fn of_tool(root: &Path, tool: &Tool) -> Project {
    let said = tool.folder_in.iter().find_map(|(file, before)| quoted(root, file, before));
    let said = said.map(|folder| folder.trim_start_matches("./").trim_end_matches('/').to_owned());
    let usual = tool.folders.iter().map(|folder| (*folder).to_owned());
    let there = said.into_iter().chain(usual).find(|folder| files::exists(&root.join(folder)));
    let url = tool.url_in.iter().find_map(|(file, before)| quoted(root, file, before));
    Project {
        tool: tool.name,
        migrations: there.map(PathBuf::from),
        sql: tool.advice.is_empty(),
        url: url.unwrap_or_else(|| tool.url.to_owned()),
        advice: tool.advice,
    }
}

/// What stands in quotes after a text in a file.
fn quoted(root: &Path, file: &str, before: &str) -> Option<String> {
    let text = files::read_optional(&root.join(file))?;
    let rest = text.split_once(before)?.1.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    rest[1..].split_once(quote).map(|(inside, _)| inside.to_owned()).filter(|inside| !inside.is_empty())
}
