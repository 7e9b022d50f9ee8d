//! Why a statement fails: from the server's words, and from what the history
//! knows of the object that they name.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::history::History;
use crate::history::Outcome;
use crate::history::Refusal;
use crate::history::Statement;
use crate::history::words;
use crate::model::kind::ObjectKind;
use crate::model::object::Location;
use crate::model::object::ObjectId;

/// Why a statement fails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Cause {
    /// The same file makes what it needs further down.
    Ordering { object: String, made_at: Location },
    /// A later migration makes what it needs.
    Later { object: String, made_at: Location },
    /// An earlier migration makes what it needs, and was not applied here.
    NotApplied { object: String, made_at: Location },
    /// A statement that would have made it found something in place and did nothing.
    Silent { object: String, at: Location },
    /// The statement that makes it fails too.
    Failed { object: String, at: Location },
    /// No migration makes what it needs.
    Missing { object: String },
    /// What it makes is there already.
    AlreadyThere { object: String, since: Option<Location> },
    /// It is not SQL.
    NotSql { hint: String },
    /// The rows are in its way.
    Rows,
    /// The server's words are all there is.
    Other,
}

impl Cause {
    /// The cause as the end of a sentence about a statement of `file`; `None` where the server's words say it all.
    pub fn says(&self, file: &str) -> Option<String> {
        let place = |at: &Location| if at.file == file { format!("line {}", at.line) } else { at.to_string() };
        Some(match self {
            Cause::Ordering { object, made_at } => {
                format!("ordering: it needs {object}, which the same file makes further down, in {}", place(made_at))
            }
            Cause::Later { object, made_at } => {
                format!("ordering: it needs {object}, which only {} makes", place(made_at))
            }
            Cause::NotApplied { object, made_at } => {
                format!("it needs {object}, which {} makes: that migration was never applied here", place(made_at))
            }
            Cause::Silent { object, at } => {
                format!("it needs {object}, which {} would have made: that did nothing, silently", place(at))
            }
            Cause::Failed { object, at } => {
                format!("it needs {object}, which {} should make: that fails itself", place(at))
            }
            Cause::Missing { object } => format!("it needs {object}, which no migration makes"),
            Cause::AlreadyThere { object, since: Some(since) } => {
                format!("{object} is there already, since {}", place(since))
            }
            Cause::AlreadyThere { object, since: None } => format!("{object} is there already"),
            Cause::NotSql { hint } => format!("not valid SQL: {hint}"),
            Cause::Rows => "the rows do not allow it".to_owned(),
            Cause::Other => return None,
        })
    }

    /// What the statement needs, or makes.
    pub fn object(&self) -> Option<&str> {
        match self {
            Cause::Ordering { object, .. }
            | Cause::Later { object, .. }
            | Cause::NotApplied { object, .. }
            | Cause::Silent { object, .. }
            | Cause::Failed { object, .. }
            | Cause::Missing { object }
            | Cause::AlreadyThere { object, .. } => Some(object),
            Cause::NotSql { .. } | Cause::Rows | Cause::Other => None,
        }
    }

    /// The same cause, said of other objects.
    pub fn of(&self, objects: String) -> Cause {
        match self.clone() {
            Cause::Ordering { made_at, .. } => Cause::Ordering { object: objects, made_at },
            Cause::Later { made_at, .. } => Cause::Later { object: objects, made_at },
            Cause::NotApplied { made_at, .. } => Cause::NotApplied { object: objects, made_at },
            Cause::Silent { at, .. } => Cause::Silent { object: objects, at },
            Cause::Failed { at, .. } => Cause::Failed { object: objects, at },
            Cause::Missing { .. } => Cause::Missing { object: objects },
            Cause::AlreadyThere { since, .. } => Cause::AlreadyThere { object: objects, since },
            other @ (Cause::NotSql { .. } | Cause::Rows | Cause::Other) => other,
        }
    }
}

/// What a statement lacks, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lacking {
    schema: Option<String>,
    name: String,
    column: Option<String>,
}

impl Lacking {
    fn matches(&self, id: &ObjectId) -> bool {
        if self.schema.as_deref().is_some_and(|schema| schema != &*id.schema) {
            return false;
        }
        match &self.column {
            Some(column) => id.kind == ObjectKind::Column && *id.parent == *self.name && *id.name == **column,
            None if id.kind == ObjectKind::Column || id.kind.is_said_of_another() => false,
            // A routine's name goes on with its arguments.
            None => id.name.split('(').next() == Some(self.name.as_str()),
        }
    }

    fn says(&self) -> String {
        let table = match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        };
        match &self.column {
            Some(column) => format!("column {column} of {table}"),
            None => table,
        }
    }
}

/// Why `statement` of `run` was refused. `all` is the history in which every migration was applied.
pub fn cause(statement: &Statement, refusal: &Refusal, run: &History, all: &History) -> Cause {
    match refusal.code.as_str() {
        "42601" if words::is_procedural(&statement.words) => {
            let word = statement.words.first().map(|word| word.to_uppercase()).unwrap_or_default();
            Cause::NotSql {
                hint: format!("{word} is a statement of PL/pgSQL and stands outside of a DO block or function"),
            }
        }
        "42601" => Cause::NotSql { hint: "the server cannot parse it".to_owned() },
        "42P07" | "42710" | "42701" | "42723" | "42P06" => already_there(statement, refusal, run),
        "42P01" | "42703" | "42883" | "42704" | "3F000" => match lacking(statement, refusal, run) {
            Some(lacking) => needs(statement, &lacking, run, all),
            None => Cause::Other,
        },
        code if code.starts_with("23") => Cause::Rows,
        _ => Cause::Other,
    }
}

fn already_there(statement: &Statement, refusal: &Refusal, run: &History) -> Cause {
    let Some(name) = quoted(&refusal.message).into_iter().next() else { return Cause::Other };
    let (schema, name) = split(&name);
    let lacking = Lacking { schema, name, column: None };
    let known = |id: &ObjectId| lacking.matches(id) || id.kind == ObjectKind::Column && *id.name == *lacking.name;
    let since = run.maker(known).filter(|maker| maker.at != statement.at).map(|maker| maker.at.clone());
    Cause::AlreadyThere { object: lacking.says(), since }
}

fn needs(statement: &Statement, lacking: &Lacking, run: &History, all: &History) -> Cause {
    let object = lacking.says();
    if let Some(maker) = all.maker(|id| lacking.matches(id)) {
        let made_at = maker.at.clone();
        let same = maker.at.file == statement.at.file;
        let applied = run.statement(&made_at).is_some();
        let later = position(all, &maker.at.file) > position(all, &statement.at.file);
        return match (same, applied, later) {
            (true, _, _) if made_at.line > statement.at.line => Cause::Ordering { object, made_at },
            (false, _, true) => Cause::Later { object, made_at },
            (false, false, false) => Cause::NotApplied { object, made_at },
            // It is made before, and fails to be in this run.
            (_, true, _) | (true, false, _) => failed(lacking, run).unwrap_or(Cause::Other),
        };
    }
    failed(lacking, run).unwrap_or(Cause::Missing { object })
}

fn position(history: &History, file: &str) -> Option<usize> {
    history.statements.iter().find(|s| s.at.file == file).map(|s| s.migration)
}

/// The statement that should have made it and did not.
fn failed(lacking: &Lacking, run: &History) -> Option<Cause> {
    let object = lacking.says();
    for statement in &run.statements {
        let wanted = statement.silent.iter().filter_map(|silent| silent.wanted.as_ref()).flatten();
        if wanted.into_iter().any(|object| lacking.matches(&object.id)) {
            return Some(Cause::Silent { object, at: statement.at.clone() });
        }
        let makes = match &lacking.column {
            Some(column) => words::adds_column(&statement.words, &lacking.name, column),
            None => words::creates(&statement.words, lacking.schema.as_deref(), &lacking.name),
        };
        if makes && matches!(statement.outcome, Outcome::Failed(_)) {
            return Some(Cause::Failed { object, at: statement.at.clone() });
        }
    }
    None
}

/// What the server says is not there.
fn lacking(statement: &Statement, refusal: &Refusal, run: &History) -> Option<Lacking> {
    let quoted = quoted(&refusal.message);
    match refusal.code.as_str() {
        "42703" => column(statement, refusal, &quoted, run),
        "42883" => {
            let rest = refusal.message.split_once("function ").map_or("", |(_, rest)| rest);
            let (schema, name) = split(rest.split('(').next().filter(|name| !name.is_empty())?);
            Some(Lacking { schema, name, column: None })
        }
        "3F000" => Some(Lacking { schema: None, name: quoted.first()?.clone(), column: None }),
        _ => {
            let (schema, name) = split(quoted.first()?);
            // The server drops the schema from some of its messages; the statement has it.
            let schema = schema.or_else(|| {
                let at = statement.words.iter().position(|word| words::bare(word) == name)?;
                let dot = at.checked_sub(1).filter(|dot| statement.words[*dot] == ".")?;
                Some(words::bare(&statement.words[dot.checked_sub(1)?]))
            });
            Some(Lacking { schema, name, column: None })
        }
    }
}

fn column(statement: &Statement, refusal: &Refusal, quoted: &[String], run: &History) -> Option<Lacking> {
    if let [column, table, ..] = quoted {
        let (schema, name) = split(table);
        let schema = schema.or_else(|| words::subject(&statement.words).and_then(|(schema, _)| schema));
        return Some(Lacking { schema, name, column: Some(column.clone()) });
    }
    let words: Vec<&str> = refusal.message.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "column")? + 1;
    let word = words.get(at)?.trim_matches('"');
    let (alias, column) = match word.rsplit_once('.') {
        Some((alias, column)) => (Some(alias), column),
        None => (None, word),
    };
    let candidates = match alias {
        Some(alias) => words::called(&statement.words, alias),
        None => words::subject(&statement.words).into_iter().collect(),
    };
    let has = |schema: &Option<String>, table: &str| {
        let schema = schema.as_deref().unwrap_or("public");
        run.end.get(&ObjectId::new(ObjectKind::Column, schema, table, column)).is_some()
    };
    let (schema, name) = candidates.into_iter().find(|(schema, table)| !has(schema, table))?;
    Some(Lacking { schema, name, column: Some(column.to_owned()) })
}

/// What stands between double quotes.
fn quoted(message: &str) -> Vec<String> {
    message.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn split(name: &str) -> (Option<String>, String) {
    match name.split_once('.') {
        Some((schema, name)) => (Some(words::bare(schema)), words::bare(name)),
        None => (None, name.to_owned()),
    }
}
