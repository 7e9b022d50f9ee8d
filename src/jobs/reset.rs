//! `drift fix --reset`: a plan that starts clean, tried in the scratch
//! Postgres first. It writes files and never executes anything.

mod kept;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::files::SqlFile;
use crate::history::folder;
use crate::history::words;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::fix;
use crate::jobs::rehearsal;
use crate::jobs::rehearsal::Explained;
use crate::jobs::rehearsal::Rehearsal;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::jobs::status;
use crate::model::failure::failure;
use crate::model::object::ObjectId;
use crate::plan::reset;
use crate::plan::reset::Outcome;
use crate::plan::reset::PlanFile;
use crate::plan::value;
use crate::plan::value::Value;
use crate::scratch::split;

/// How many failing statements the terminal shows; the plan has them all.
const SHOWN: usize = 12;

/// What was written.
#[derive(Debug)]
pub struct Done {
    /// True when every statement of the plan ran in the scratch.
    pub works: bool,
    pub summary: String,
    pub notes: Vec<String>,
}

/// What `drift fix --reset` was asked for.
#[derive(Debug, Clone, Default)]
pub struct ResetOptions {
    /// The migrations to run after the drop; `None`: the declared SQL.
    pub migrations: Option<PathBuf>,
    /// A directory; `None`: `reset`.
    pub output: Option<PathBuf>,
    /// Put the rows aside, and back.
    pub keep_rows: bool,
    /// `TABLE=VALUE` or `TABLE.COLUMN=VALUE`, for rows that are put back.
    pub backfill: Vec<String>,
    /// `id=…,slug=…,name=…`: a tenant to create before rows are put back.
    pub create_tenant: Option<String>,
}

/// Writes the reset plan of a source into a directory.
///
/// # Errors
/// As `check`; the directory holds something already.
pub async fn reset(source: &Source, spec: &Path, asked: &ResetOptions, options: &ReadOptions) -> Result<Done> {
    let directory = asked.output.clone().unwrap_or_else(|| PathBuf::from("reset"));
    let rows = RowsBack::parse(asked)?;
    if files::exists(&directory) && !files::is_empty_directory(&directory)? {
        return Err(failure(
            format!("{} exists and is not empty", directory.display()),
            "name a new directory with --output DIR; nothing is overwritten",
        ));
    }
    let comparison = compare::check_counting_rows(source, spec, options).await?;
    let plan = planned(source, spec, asked.migrations.as_deref(), rows.as_ref(), &comparison).await?;
    files::create_directory(&directory)?;
    for file in &plan.files {
        files::write_atomically(&directory.join(&file.name), file.text.as_bytes())?;
    }
    let mut summary = summary(&directory, &plan.files, &plan.rehearsal);
    let mut works = plan.rehearsal.works();
    if let Some(kept) = &plan.kept {
        works &= kept.tried.is_ok();
        summary.push_str(&kept.says());
    }
    Ok(Done { works, summary, notes: comparison.notes })
}

/// What rows that are put back are told.
pub struct RowsBack {
    values: BTreeMap<String, String>,
    tenant: Vec<(String, String)>,
}

impl RowsBack {
    /// `None`: no row is put back.
    fn parse(asked: &ResetOptions) -> Result<Option<RowsBack>> {
        let values = constants(fix::parse_backfill(&asked.backfill)?)?;
        let tenant = asked.create_tenant.as_deref().map(fix::parse_tenant).transpose()?.unwrap_or_default();
        Ok(asked.keep_rows.then_some(RowsBack { values, tenant }))
    }
}

/// A reset plan that is not written yet.
pub struct Planned {
    pub files: Vec<PlanFile>,
    pub rehearsal: Rehearsal,
    /// Objects outside of the managed schemas that go with them, in words.
    pub outside: Vec<String>,
    kept: Option<kept::KeptRows>,
}

/// Tries the migrations, or else what is declared, in an empty scratch database, and makes the plan of a source that
/// was compared already, with its rows counted.
///
/// # Errors
/// The SQL or the source cannot be read; the scratch does not start.
pub async fn planned(
    source: &Source,
    spec: &Path,
    migrations: Option<&Path>,
    rows: Option<&RowsBack>,
    comparison: &Comparison,
) -> Result<Planned> {
    let steps = match migrations {
        None => folder::sql(spec)?,
        Some(directory) => {
            let mut steps = status::as_files(&status::read(directory)?.1);
            // The plan is one directory: what is in folders is told apart by their names.
            steps.iter_mut().for_each(|step| step.name = step.name.replace('/', "_"));
            steps
        }
    };
    let made = made_by(&steps)?;
    // In the scratch, as in the database, the schemas that are managed are there before the SQL runs; it has the one
    // that every database has.
    let schemas = comparison.managed.iter().filter(|schema| *schema != "public" || made.contains(*schema));
    let text: String = schemas.map(|schema| reset::recreate(schema, &made) + "\n").collect();
    let before = SqlFile { name: reset::DROP.to_owned(), text };
    let rehearsal = rehearsal::rehearse(&before, &steps, comparison).await?;
    let outcomes = outcomes(&rehearsal);
    let moved: Vec<reset::Moved> = rehearsal.moved.iter().map(moved).collect();
    let outside = outside(source, comparison).await?;
    let kept = match rows {
        Some(rows) => Some(kept::kept(source, comparison, &rehearsal, &rows.values, &rows.tenant).await?),
        None => None,
    };
    let files = reset::plan(&reset::Input {
        source: &comparison.report.actual.name,
        spec: &spec.display().to_string(),
        actual: &comparison.actual,
        managed: &comparison.managed,
        made: &made,
        outside: &outside,
        outcomes: &outcomes,
        moved: &moved,
        remaining: &rehearsal.remaining,
        kept: kept.as_ref().map(|kept| (&kept.plan, &kept.tried)),
    });
    Ok(Planned { files, rehearsal, outside, kept })
}

/// The schemas that SQL creates itself.
fn made_by(files: &[SqlFile]) -> Result<BTreeSet<String>> {
    let mut made = BTreeSet::new();
    for file in files {
        let pieces = split::pieces(&file.text, &file.name)?;
        made.extend(pieces.iter().filter_map(|piece| words::creates_schema(&words::words(&piece.sql))));
    }
    Ok(made)
}

/// Objects of other schemas that depend on what is dropped: `CASCADE` takes
/// them along, so a person has to know. The platform's own are named too.
async fn outside(source: &Source, comparison: &Comparison) -> Result<Vec<String>> {
    let everything =
        ReadOptions { platform: None, managed: Vec::new(), schemas: Vec::new(), ..comparison.options.clone() };
    let catalog = source::read_whole(source, &everything).await?;
    let managed = |id: &ObjectId| comparison.managed.contains(&*id.schema);
    let mut lines: Vec<String> = catalog
        .dependencies()
        .iter()
        .map(|d| (&catalog.at(d.from).id, &catalog.at(d.to).id))
        .filter(|(from, to)| !from.schema.is_empty() && !managed(from) && managed(to))
        .map(|(from, to)| format!("{from}, because of {to}"))
        .collect();
    lines.sort();
    lines.dedup();
    Ok(lines)
}

/// Values as SQL that cannot end the statement it stands in.
fn constants(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let one = |(key, text): (String, String)| match value::parse(&key, &text)? {
        Value::Constant(sql) | Value::Expression(sql) => Ok((key, sql)),
        Value::Via { .. } => Err(failure(
            format!("--backfill {key}: a reset does not follow a parent to its tenant"),
            "give a tenant, or an SQL expression",
        )),
    };
    given.into_iter().map(one).collect()
}

/// The files with what fails in each.
fn outcomes(rehearsal: &Rehearsal) -> Vec<Outcome> {
    let failures = |file: &SqlFile| {
        let of = rehearsal.failures.iter().filter(|explained| explained.failure.file == file.name);
        of.map(|explained| reset::Failure {
            line: explained.failure.line,
            statement: explained.failure.statement.clone(),
            message: explained.failure.message.clone(),
            cause: explained.cause.clone(),
        })
        .collect()
    };
    let one =
        |file: &SqlFile| Outcome { name: own_name(&file.name), text: file.text.clone(), failures: failures(file) };
    rehearsal.files.iter().map(one).collect()
}

fn moved(moved: &rehearsal::Moved) -> reset::Moved {
    reset::Moved {
        from: format!("{}:{}", own_name(&moved.from.file), moved.from.line),
        to: own_name(&moved.to),
        message: moved.message.clone(),
    }
}

/// A file's name without directories.
pub fn own_name(file: &str) -> String {
    Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn summary(directory: &Path, plan: &[PlanFile], rehearsal: &Rehearsal) -> String {
    let mut text =
        format!("wrote the reset plan to {}: {} files, start with README.md\n", directory.display(), plan.len());
    text.push_str("  it is for a person to run, beside a backup: `drift apply` runs no reset\n");
    if !rehearsal.moved.is_empty() {
        let n = rehearsal.moved.len();
        text.push_str(&format!(
            "  {n} {} moved to where {} run; README.md lists {}\n",
            if n == 1 { "statement was" } else { "statements were" },
            if n == 1 { "it" } else { "they" },
            if n == 1 { "it" } else { "them" },
        ));
    }
    if rehearsal.works() {
        text.push_str("  proved in the scratch Postgres: every statement runs, and the declared schema comes out\n");
        return text;
    }
    let failures = &rehearsal.failures;
    match failures.len() {
        0 => {}
        1 => text.push_str("  1 statement fails in the scratch Postgres; correct it first:\n"),
        n => text.push_str(&format!("  {n} statements fail in the scratch Postgres; correct them first:\n")),
    }
    for Explained { failure, cause } in failures.iter().take(SHOWN) {
        text.push_str(&format!(
            "  - {}:{}: {}\n      {}\n",
            own_name(&failure.file),
            failure.line,
            failure.message,
            failure.statement
        ));
        text.extend(cause.iter().map(|cause| format!("      {cause}\n")));
    }
    if failures.len() > SHOWN {
        text.push_str(&format!("  … and {} more; README.md lists them all\n", failures.len() - SHOWN));
    }
    if !rehearsal.remaining.is_empty() {
        text.push_str(&format!(
            "  {} things would still differ from the declared schema; README.md lists them\n",
            rehearsal.remaining.len()
        ));
    }
    text
}
