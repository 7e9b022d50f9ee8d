//! `drift fix --remainder`: of existing migrations, the statements that never
//! took effect in a database, in an order that runs. Tried on a clone first; it
//! writes a file and never executes anything.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;

use crate::files;
use crate::files::SqlFile;
use crate::history::folder::Migration;
use crate::history::status::EffectState;
use crate::history::status::MigrationStatus;
use crate::history::status::Verdict;
use crate::history::words;
use crate::history::words::Class;
use crate::jobs::clone;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::jobs::status;
use crate::model::failure::failure;
use crate::model::object::Location;
use crate::pg::introspect;
use crate::plan::remainder;
use crate::plan::remainder::Left;
use crate::plan::remainder::Remainder;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::arrange;
use crate::scratch::arrange::Order;
use crate::scratch::compile;
use crate::scratch::compile::Platform;
use crate::scratch::replay::Progress;
use crate::scratch::split;
use crate::scratch::split::Piece;

/// What `drift fix --remainder` was asked for.
#[derive(Debug, Clone)]
pub struct RemainderOptions {
    pub migrations: PathBuf,
    /// A directory, a `.sql` file, or `-`; `None`: the directory `migrations`.
    pub output: Option<PathBuf>,
    /// The name in the file name of a migration.
    pub name: String,
    /// Write it even where it removes something that is there.
    pub allow_data_loss: bool,
}

/// What became of it.
#[derive(Debug)]
pub struct Done {
    /// The SQL, where it goes to stdout.
    pub stdout: Option<String>,
    /// For a person, on stderr.
    pub summary: String,
    pub notes: Vec<String>,
}

/// Finds, orders, proves and writes the statements that never took effect.
///
/// # Errors
/// As `status` and `check`; what would remove something that is there, unless that is allowed. Nothing is written then.
pub async fn remainder(
    source: &Source,
    spec: &Path,
    asked: &RemainderOptions,
    options: &ReadOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Done> {
    let found = status::status(source, &asked.migrations, spec, options, progress).await?;
    let comparison = compare::check_counting_rows(source, spec, options).await?;
    let (_, migrations) = status::read(&asked.migrations)?;
    let mut left = Vec::new();
    let mut chosen = Vec::new();
    for (migration, status) in migrations.iter().zip(&found.status.migrations) {
        chosen.push(choose(migration, status, &mut left)?);
    }
    let mut notes = [found.notes, comparison.notes.clone()].concat();
    notes.sort();
    notes.dedup();
    if chosen.iter().all(|file| file.text.is_empty()) {
        let summary = format!("every statement of {} took effect, or does nothing here\n", asked.migrations.display());
        return Ok(Done { stdout: None, summary: summary + &listed(&left), notes });
    }
    let tried = try_out(source, &comparison, &chosen).await?;
    if tried.order.placed.is_empty() {
        left.extend(failed(&tried.order, &found.status.migrations));
        let summary = format!("nothing of {} can be run here yet:\n", asked.migrations.display());
        return Ok(Done { stdout: None, summary: summary + &listed(&left), notes });
    }
    if !tried.removed.is_empty() && !asked.allow_data_loss {
        return Err(failure(
            format!("the remainder would remove {}; it was not written", tried.removed.join(", ")),
            "add --allow-data-loss if that is meant, or write an additive repair: drift fix --additive",
        ));
    }
    left.extend(failed(&tried.order, &found.status.migrations));
    left.sort_by(|a, b| a.at.cmp(&b.at));
    let plan = Remainder {
        source: comparison.report.actual.name.clone(),
        directory: asked.migrations.display().to_string(),
        statements: statements(&tried.order, &chosen),
        left,
        removed: tried.removed,
    };
    let text = remainder::text(&plan);
    let path = target(asked);
    if let Some(path) = &path {
        files::write_atomically(path, text.as_bytes())?;
    }
    let summary = summary(&plan, &tried.proof, path.as_deref());
    Ok(Done { stdout: path.is_none().then_some(text), summary, notes })
}

/// Of a migration, the statements that never took effect, each on its own line of
/// the file, and what sets up the session for them.
fn choose(migration: &Migration, status: &MigrationStatus, left: &mut Vec<Left>) -> Result<SqlFile> {
    let pieces = split::pieces(&migration.sql, &migration.file)?;
    let silent: BTreeSet<u32> = status.silent.iter().map(|silent| silent.at.line).collect();
    for silent in status.silent.iter().filter(|silent| silent.matters()) {
        let reason = format!(
            "it found {} {} in place and would do nothing again; drift fix --additive brings its shape",
            silent.object.kind,
            silent.object.dotted()
        );
        left.push(Left { at: silent.at.clone(), reason });
    }
    let wanted: BTreeSet<u32> = match status.verdict {
        Verdict::NotApplied => pieces.iter().map(|piece| piece.line).collect(),
        Verdict::Complete | Verdict::WithoutEffect | Verdict::Unverifiable => BTreeSet::new(),
        Verdict::Partial | Verdict::Undone => {
            let missing = status.effects.iter().filter(|effect| effect.state == EffectState::Missing);
            let failed = status.failures.iter().filter(|failure| !failure.resolved);
            missing.map(|effect| effect.at.line).chain(failed.map(|failure| failure.at.line)).collect()
        }
    };
    for effect in status.effects.iter().filter(|effect| effect.state == EffectState::Undone) {
        let reason = format!("it ran, and {} {} was taken away since", effect.object.kind, effect.object.dotted());
        left.push(Left { at: effect.at.clone(), reason });
    }
    if matches!(status.verdict, Verdict::Partial | Verdict::Undone | Verdict::Unverifiable) {
        for piece in pieces.iter().filter(|piece| class(piece) == Class::Data && !wanted.contains(&piece.line)) {
            let at = Location { file: migration.file.clone(), line: piece.line };
            let reason = "it is about rows, and nothing shows whether it ran".to_owned();
            left.push(Left { at, reason });
        }
    }
    let takes = |piece: &&Piece| wanted.contains(&piece.line) && !silent.contains(&piece.line);
    if !pieces.iter().any(|piece| takes(&piece) && class(piece) != Class::Session) {
        return Ok(SqlFile { name: migration.file.clone(), text: String::new() });
    }
    let mut text = String::new();
    let mut line = 1;
    for piece in pieces.iter().filter(|piece| takes(piece) || class(piece) == Class::Session) {
        let rows = piece.copy_data.as_ref().map(|data| format!("\n{data}\\.")).unwrap_or_default();
        let gap = piece.line.saturating_sub(line);
        text.push_str(&"\n".repeat(gap as usize));
        text.push_str(&format!("{}{rows} ", piece.sql));
        line += gap + (piece.sql.matches('\n').count() + rows.matches('\n').count()) as u32;
    }
    Ok(SqlFile { name: migration.file.clone(), text: text.trim_end().to_owned() + "\n" })
}

fn class(piece: &Piece) -> Class {
    words::class(&words::words(&piece.sql))
}

/// What came of running the statements on a clone.
struct Tried {
    order: Order,
    /// What was there, and is no longer.
    removed: Vec<String>,
    proof: Proof,
}

struct Proof {
    rows: u64,
    tables: usize,
    /// Objects that are there afterwards, and were not.
    made: usize,
    limits: Vec<String>,
}

async fn try_out(source: &Source, comparison: &Comparison, chosen: &[SqlFile]) -> Result<Tried> {
    let mut limits = Vec::new();
    let clone = clone::files(source, comparison, comparison.there(), &mut limits)?;
    let all = [clone.as_slice(), chosen].concat();
    let asked = comparison.options.engine.as_ref();
    let (engine, _) = Engine::choose(asked, &all)?;
    let tried = try_out_in(&engine, source, comparison, &clone, chosen, limits.clone()).await?;
    match engine.after_failure(asked, &all) {
        Some((other, _)) if !tried.order.failed.is_empty() => {
            try_out_in(&other, source, comparison, &clone, chosen, limits).await
        }
        _ => Ok(tried),
    }
}

async fn try_out_in(
    engine: &Engine,
    source: &Source,
    comparison: &Comparison,
    clone: &[SqlFile],
    chosen: &[SqlFile],
    mut limits: Vec<String>,
) -> Result<Tried> {
    let all = [clone, chosen].concat();
    let scratch = Scratch::start(engine, &Needs::of(&all)).await?;
    let run = async {
        let platform = comparison.options.platform.unwrap_or(Platform::None);
        let version = comparison.there().server_version;
        compile::load_made(&scratch, clone, platform, version)
            .await
            .context("the clone of the database cannot be built")?;
        if !matches!(source, Source::Sql(_)) {
            clone::fill(&scratch, comparison.there(), &BTreeMap::new(), &mut limits).await?;
        }
        let before = clone::read(&scratch, comparison).await?;
        let rows_before = introspect::count_rows(scratch.client(), &before, 0).await?;
        let order = arrange::arrange(&scratch, chosen, Platform::None).await?;
        let after = clone::read(&scratch, comparison).await?;
        let rows_after = introspect::count_rows(scratch.client(), &after, 0).await?;
        let gone = before.objects().iter().filter(|object| after.get(&object.id).is_none());
        let mut removed: Vec<String> = gone.map(|object| object.id.to_string()).collect();
        for (table, rows) in &rows_before {
            let now = rows_after.get(table).copied().unwrap_or(0);
            if now < *rows {
                removed.push(format!("{} of {rows} rows of {}.{}", rows - now, table.0, table.1));
            }
        }
        let proof = Proof {
            rows: rows_before.values().sum(),
            tables: rows_before.values().filter(|rows| **rows > 0).count(),
            made: after.objects().iter().filter(|object| before.get(&object.id).is_none()).count(),
            limits,
        };
        anyhow::Ok(Tried { order, removed, proof })
    };
    let tried = run.await;
    scratch.stop().await;
    tried
}

fn statements(order: &Order, files: &[SqlFile]) -> Vec<remainder::Statement> {
    let one = |placed: &arrange::Placed| remainder::Statement {
        at: placed.at.clone(),
        sql: placed.piece.sql.clone(),
        rows: placed.piece.copy_data.clone(),
        alone: placed.piece.runs_alone(),
        session: class(&placed.piece) == Class::Session,
        after: placed.moved.is_some().then(|| files[placed.file].name.clone()),
    };
    order.placed.iter().map(one).collect()
}

/// What runs nowhere, with the reason that the history knows, else the server's.
fn failed(order: &Order, migrations: &[MigrationStatus]) -> Vec<Left> {
    let why = |file: &str, line: u32| {
        let migration = migrations.iter().find(|migration| migration.file == file)?;
        let known = migration.failures.iter().find(|failure| failure.line == line)?;
        known.cause.says(file)
    };
    let one = |failed: &compile::StatementFailure| Left {
        at: Location { file: failed.file.clone(), line: failed.line },
        reason: match why(&failed.file, failed.line) {
            Some(cause) => format!("{} — {cause}", failed.message),
            None => failed.message.clone(),
        },
    };
    order.failed.iter().map(one).collect()
}

/// Where the file goes; `None`: stdout.
fn target(asked: &RemainderOptions) -> Option<PathBuf> {
    let output = asked.output.clone().unwrap_or_else(|| PathBuf::from("migrations"));
    if output.as_os_str() == "-" {
        return None;
    }
    if output.extension().is_some_and(|extension| extension == "sql") {
        return Some(output);
    }
    Some(output.join(format!("{}_{}.sql", chrono::Utc::now().format("%Y%m%d%H%M%S"), asked.name)))
}

fn listed(left: &[Left]) -> String {
    remainder::grouped(left).iter().map(|(place, reason)| format!("  - {place}: {reason}\n")).collect()
}

fn summary(plan: &Remainder, proof: &Proof, path: Option<&Path>) -> String {
    let mut text: String = path.iter().map(|path| format!("wrote {}\n", path.display())).collect();
    let n = plan.statements.iter().filter(|statement| !statement.session).count();
    let files: BTreeSet<&str> = plan.statements.iter().map(|statement| &*statement.at.file).collect();
    text.push_str(&format!(
        "  {n} statements of {} migrations that never took effect; they make {} objects\n  run on a clone in this order, with {} rows in {} tables: {}\n",
        files.len(),
        proof.made,
        proof.rows,
        proof.tables,
        match plan.removed.is_empty() {
            true => "none lost, nothing dropped".to_owned(),
            false => format!("removed: {}", plan.removed.join(", ")),
        },
    ));
    for limit in &proof.limits {
        text.push_str(&format!("  not covered by that: {limit}\n"));
    }
    if !plan.left.is_empty() {
        text.push_str(&format!("not in it:\n{}", listed(&plan.left)));
    }
    if let Some(path) = path {
        text.push_str(&format!("next: {}\n", remainder::command(plan, &path.display().to_string())));
    }
    text
}
