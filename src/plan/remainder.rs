//! The statements of migrations that never took effect, as one file. Pure text.

use crate::model::ident::comment_line;
use crate::model::ident::shell_word;
use crate::model::object::Location;

/// What is to be run, in this order, and what is not.
#[derive(Debug, Clone)]
pub struct Remainder {
    /// The database's name in reports.
    pub source: String,
    /// The directory of migrations.
    pub directory: String,
    pub statements: Vec<Statement>,
    pub left: Vec<Left>,
    /// What is there now and no longer after it, in words.
    pub removed: Vec<String>,
}

/// A statement of a migration.
#[derive(Debug, Clone)]
pub struct Statement {
    pub at: Location,
    pub sql: String,
    /// The rows of a `COPY … FROM stdin`.
    pub rows: Option<String>,
    /// It refuses to share a transaction.
    pub alone: bool,
    /// It sets up the session for those after it.
    pub session: bool,
    /// The migration after which it runs, where that is not where it stands.
    pub after: Option<String>,
}

/// A statement that is left out, and why.
#[derive(Debug, Clone)]
pub struct Left {
    pub at: Location,
    pub reason: String,
}

/// The command that runs the file.
pub fn command(plan: &Remainder, path: &str) -> String {
    let one = if plan.statements.iter().any(|statement| statement.alone) { "" } else { " --single-transaction" };
    format!("psql \"$DATABASE_URL\" -v ON_ERROR_STOP=1{one} -f {}", shell_word(path))
}

/// What is left out, with one line for what a file leaves out for one reason.
pub fn grouped(left: &[Left]) -> Vec<(String, &str)> {
    let mut groups: Vec<(&Location, &str, Vec<u32>)> = Vec::new();
    for left in left {
        match groups.iter_mut().find(|(at, reason, _)| at.file == left.at.file && *reason == left.reason) {
            Some((_, _, lines)) => lines.push(left.at.line),
            None => groups.push((&left.at, &left.reason, vec![left.at.line])),
        }
    }
    let place = |at: &Location, lines: &[u32]| match lines {
        [_one] => at.to_string(),
        lines => {
            let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
            format!("{}, lines {}", at.file, lines.join(", "))
        }
    };
    groups.into_iter().map(|(at, reason, lines)| (place(at, &lines), reason)).collect()
}

/// The file.
pub fn text(plan: &Remainder) -> String {
    let mut text = format!(
        "-- What is left of the migrations in {}, for {}: statements that never took effect there.\n\
         -- They were run in this order on a clone. Run the file with:\n--   {}\n",
        comment_line(&plan.directory),
        comment_line(&plan.source),
        comment_line(&command(plan, "FILE")),
    );
    if !plan.removed.is_empty() {
        text.push_str(&format!("-- It removes {}.\n", comment_line(&plan.removed.join(", "))));
    }
    if !plan.left.is_empty() {
        text.push_str("--\n-- Not in it:\n");
    }
    for (place, reason) in grouped(&plan.left) {
        text.push_str(&format!("--   {}: {}\n", comment_line(&place), comment_line(reason)));
    }
    text.push_str("\nSET lock_timeout = '10s';\n");
    let mut file = None;
    let mut set_up = false;
    for statement in &plan.statements {
        if file != Some(&statement.at.file) {
            if set_up {
                // What one migration sets is not set for the next.
                text.push_str("\nRESET ROLE;\nRESET ALL;\nSET lock_timeout = '10s';\n");
                set_up = false;
            }
            file = Some(&statement.at.file);
        }
        set_up |= statement.session;
        let after = statement.after.as_ref().filter(|after| **after != statement.at.file);
        let after = after.map(|after| format!(", which runs only after {}", comment_line(after))).unwrap_or_default();
        text.push_str(&format!("\n-- {}{after}\n{}\n", comment_line(&statement.at.to_string()), statement.sql));
        if let Some(rows) = &statement.rows {
            text.push_str(&format!("{rows}\\.\n"));
        }
    }
    text
}
