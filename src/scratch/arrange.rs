//! Finds an order in which statements run: what fails because something is not
//! there yet is tried again when its file, and each later one, has been run.

use std::collections::BTreeMap;

use anyhow::Context;
use anyhow::Result;

use crate::files::SqlFile;
use crate::history::words;
use crate::model::object::Location;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::scratch::compile::StatementFailure;
use crate::scratch::gone;
use crate::scratch::split;
use crate::scratch::split::Piece;

/// A statement where it ran.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Where it stands.
    pub at: Location,
    pub piece: Piece,
    /// The file at whose end it ran, by position; its own, unless it was moved there.
    pub file: usize,
    /// What the server said where it stands, if it had to be moved.
    pub moved: Option<String>,
}

/// All statements that run, in the order in which they do.
#[derive(Debug, Default)]
pub struct Order {
    pub placed: Vec<Placed>,
    /// What runs nowhere.
    pub failed: Vec<StatementFailure>,
}

impl Order {
    /// What had to be moved.
    pub fn moved(&self) -> impl Iterator<Item = &Placed> {
        self.placed.iter().filter(|placed| placed.moved.is_some())
    }
}

/// True for errors that say that something is not there: it may be later.
pub(super) fn waits(code: &str) -> bool {
    matches!(code, "42P01" | "42703" | "42883" | "42704" | "3F000")
}

/// Runs the statements of `files` in the scratch. Each has a transaction of its own, so that no
/// failure hides another; what begins or ends one in a file stays where it is.
///
/// # Errors
/// The connection breaks, or a file cannot be split into statements.
pub async fn arrange(scratch: &Scratch, files: &[SqlFile], platform: Platform) -> Result<Order> {
    compile::stand_ins(scratch, platform).await?;
    let mut order = Order::default();
    let mut waiting: Vec<(SqlFile, Piece, StatementFailure)> = Vec::new();
    for (position, file) in files.iter().enumerate() {
        compile::fresh_session(scratch).await?;
        for piece in split::pieces(&file.text, &file.name)? {
            if words::is_transaction(&words::words(&piece.sql)) {
                continue;
            }
            match run(scratch, file, &piece).await? {
                Ok(()) => order.placed.push(placed(file, piece, position, None)),
                Err(failure) if waits(&failure.code) => {
                    waiting.push((SqlFile { name: file.name.clone(), text: String::new() }, piece, failure));
                }
                Err(failure) => order.failed.push(failure),
            }
        }
        loop {
            let mut left = Vec::new();
            let before = waiting.len();
            for (file, piece, failure) in waiting {
                match run(scratch, &file, &piece).await? {
                    Ok(()) => order.placed.push(placed(&file, piece, position, Some(failure.message))),
                    Err(_same_or_next) => left.push((file, piece, failure)),
                }
            }
            waiting = left;
            if waiting.len() == before || waiting.is_empty() {
                break;
            }
        }
    }
    compile::fresh_session(scratch).await?;
    order.failed.extend(waiting.into_iter().map(|(_, _, failure)| failure));
    order.failed.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(order)
}

fn placed(file: &SqlFile, piece: Piece, position: usize, moved: Option<String>) -> Placed {
    Placed { at: Location { file: file.name.clone(), line: piece.line }, piece, file: position, moved }
}

async fn run(scratch: &Scratch, file: &SqlFile, piece: &Piece) -> Result<Result<(), StatementFailure>> {
    match compile::execute(scratch, file, piece).await {
        Ok(_ran) => Ok(Ok(())),
        Err(failed) => {
            if scratch.client().is_closed() {
                return Err(gone(&failed.message));
            }
            compile::rollback(scratch.client()).await;
            Ok(Err(failed))
        }
    }
}

/// The files with what was moved at the end of the file after which it runs. A line of a file that
/// is not moved keeps its number. An error where a statement does not stand where it was read.
pub fn rewritten(files: &[SqlFile], order: &Order) -> Result<Vec<SqlFile>> {
    let mut texts: Vec<String> = files.iter().map(|file| file.text.clone()).collect();
    let by_name: BTreeMap<&str, usize> = files.iter().enumerate().map(|(n, file)| (&*file.name, n)).collect();
    for placed in order.moved() {
        let whose = by_name[&*placed.at.file];
        let to = match placed.file == whose {
            true => "the end of this file".to_owned(),
            false => format!("the end of {}", files[placed.file].name),
        };
        take_out(&mut texts[whose], placed, &format!("-- moved to {to}"))?;
    }
    for placed in order.moved() {
        let text = &mut texts[placed.file];
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let why = placed.moved.as_deref().unwrap_or_default().replace('\n', " ");
        text.push_str(&format!("\n-- from {}, where it fails: {why}\n{}\n", placed.at, placed.piece.sql));
        if let Some(data) = &placed.piece.copy_data {
            text.push_str(&format!("{data}\\.\n"));
        }
    }
    Ok(files.iter().zip(texts).map(|(file, text)| SqlFile { name: file.name.clone(), text }).collect())
}

/// Puts a remark where a statement stands, and empty lines for the rest of it.
fn take_out(text: &mut String, placed: &Placed, remark: &str) -> Result<()> {
    let line = placed.at.line.saturating_sub(1) as usize;
    let begin = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let rows = placed.piece.copy_data.as_ref().map(|data| format!("\n{data}\\.")).unwrap_or_default();
    let whole = format!("{}{rows}", placed.piece.sql);
    let at = text[begin..].find(&whole).map(|n| begin + n);
    let at = at.with_context(|| {
        format!("the statement of {} is not in its file: a file without it cannot be written", placed.at)
    })?;
    let lines = whole.matches('\n').count();
    text.replace_range(at..at + whole.len(), &format!("{remark}{}", "\n".repeat(lines)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> SqlFile {
        SqlFile { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn what_moves_leaves_its_lines_and_says_where_it_went() {
        let files = [file("1.sql", "SELECT 1;\nSELECT\n  b;\nSELECT 3;"), file("2.sql", "SELECT 2;\n")];
        let [first, ..] = files.clone();
        let piece = Piece { sql: "SELECT\n  b;".to_owned(), line: 2, copy_data: None };
        let order = Order {
            placed: vec![placed(&first, piece, 1, Some("relation \"b\" does not exist".to_owned()))],
            failed: Vec::new(),
        };
        let [one, two] = rewritten(&files, &order).unwrap().try_into().unwrap();
        assert_eq!(one.text, "SELECT 1;\n-- moved to the end of 2.sql\n\nSELECT 3;");
        assert_eq!(
            two.text,
            "SELECT 2;\n\n-- from 1.sql:2, where it fails: relation \"b\" does not exist\nSELECT\n  b;\n"
        );
    }
}
