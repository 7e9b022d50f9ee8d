//! The commands to run for each way, as they are pasted into a shell.

use std::path::Path;

use crate::jobs::source::Source;
use crate::model::ident::shell_word;
use crate::plan::additive::AdditivePlan;
use crate::plan::render;
use crate::report::review::facts::Command;

/// Who runs them on what.
pub struct Shell<'a> {
    pub source: &'a Source,
    pub spec: &'a Path,
    pub backfill: &'a [String],
}

const DATABASE: &str = "\"$DATABASE_URL\"";

impl Shell<'_> {
    /// The source as a word: a connection has a password, and is named by the variable that holds it.
    fn from(&self) -> String {
        match self.source {
            Source::Database(_) => DATABASE.to_owned(),
            Source::Sql(path) | Source::Snapshot(path) => shell_word(&path.display().to_string()),
        }
    }

    fn spec(&self) -> String {
        match self.spec == Path::new("expected-schema") {
            true => String::new(),
            false => format!(" --spec {}", shell_word(&self.spec.display().to_string())),
        }
    }

    fn check(&self) -> Command {
        told("check that it is as declared", format!("drift check {DATABASE}{}", self.spec()))
    }

    fn apply(&self, file: &str, flags: &str) -> Command {
        let file = shell_word(file);
        match self.source {
            Source::Database(_) => {
                told("run it; `--yes` runs it on another machine too", format!("drift apply {file} {DATABASE}{flags}"))
            }
            Source::Sql(_) | Source::Snapshot(_) => {
                told("run it, stopping at the first error", format!("psql {DATABASE} -v ON_ERROR_STOP=1 -f {file}"))
            }
        }
    }

    /// Back up, drop, make anew, check; and the way back.
    pub fn reset(&self, migrations: Option<&Path>) -> Vec<Command> {
        let migrations = migrations
            .map(|path| format!(" --migrations {}", shell_word(&path.display().to_string())))
            .unwrap_or_default();
        vec![
            told(
                "write the plan, a directory of files",
                format!("drift fix --reset {}{}{migrations} --output reset", self.from(), self.spec()),
            ),
            told("back up", format!("pg_dump {DATABASE} --format=custom --file=before-reset.dump")),
            told(
                "run the files in their order, stopping at the first error",
                format!("(set -e; for file in reset/0*.sql; do psql {DATABASE} -v ON_ERROR_STOP=1 -f \"$file\"; done)"),
            ),
            self.check(),
            told(
                "only if you want it back as it was",
                format!("pg_restore --clean --if-exists --dbname {DATABASE} before-reset.dump"),
            ),
        ]
    }

    pub fn additive(&self, plan: &AdditivePlan) -> Vec<Command> {
        let backfill: String = self.backfill.iter().map(|value| format!(" --backfill {}", shell_word(value))).collect();
        let write = format!("drift fix --additive {}{}{backfill} --output additive.sql", self.from(), self.spec());
        let mut commands = vec![told("write the plan", write)];
        match plan.phased {
            true => commands.extend(
                render::parts(plan)
                    .into_iter()
                    .map(|(part, _)| self.apply(&format!("additive_{}.sql", part.word()), "")),
            ),
            false => commands.push(self.apply("additive.sql", "")),
        }
        commands.push(self.check());
        commands
    }

    pub fn full(&self, loses: bool) -> Vec<Command> {
        let backfill: String = self.backfill.iter().map(|value| format!(" --backfill {}", shell_word(value))).collect();
        let allow = if loses { " --allow-data-loss" } else { "" };
        let write = format!("drift fix --full{allow} {}{}{backfill} --output full.sql", self.from(), self.spec());
        vec![told("write the plan", write), self.apply("full.sql", allow), self.check()]
    }
}

fn told(does: &str, run: String) -> Command {
    Command { does: does.to_owned(), run }
}
