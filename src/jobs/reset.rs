//! `drift fix --reset`: a plan that starts clean, tried in the scratch
//! Postgres first. It writes files and never executes anything.

use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use crate::diff;
use crate::files;
use crate::files::SqlFile;
use crate::history::folder;
use crate::jobs::compare;
use crate::jobs::compare::Comparison;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Source;
use crate::jobs::status;
use crate::model::failure::failure;
use crate::model::object::ObjectId;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::plan::reset;
use crate::plan::reset::Outcome;
use crate::plan::reset::PlanFile;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::Platform;

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

/// Writes the reset plan of a source into a directory.
///
/// # Errors
/// As `check`; the directory holds something already.
pub async fn reset(
    source: &Source,
    spec: &Path,
    migrations: Option<&Path>,
    output: Option<&Path>,
    options: &ReadOptions,
) -> Result<Done> {
    let directory = output.map_or_else(|| PathBuf::from("reset"), Path::to_owned);
    if files::exists(&directory) && !files::is_empty_directory(&directory)? {
        return Err(failure(
            format!("{} exists and is not empty", directory.display()),
            "name a new directory with --output DIR; nothing is overwritten",
        ));
    }
    let comparison = compare::check_counting_rows(source, spec, options).await?;
    let plan = planned(source, spec, &steps(spec, migrations)?, &comparison).await?;
    files::create_directory(&directory)?;
    for file in &plan.files {
        files::write_atomically(&directory.join(&file.name), file.text.as_bytes())?;
    }
    let summary = summary(&directory, &plan.files, &plan.rehearsal);
    Ok(Done { works: plan.rehearsal.works(), summary, notes: comparison.notes })
}

/// The SQL that a reset runs: the migrations where there are any, else what is declared.
///
/// # Errors
/// It cannot be read.
pub fn steps(spec: &Path, migrations: Option<&Path>) -> Result<Vec<SqlFile>> {
    let Some(directory) = migrations else { return folder::sql(spec) };
    let mut steps = status::as_files(&status::read(directory)?.1);
    // The plan is one directory: what is in folders is told apart by their names.
    steps.iter_mut().for_each(|step| step.name = step.name.replace('/', "_"));
    Ok(steps)
}

/// A reset plan that is not written yet.
pub struct Planned {
    pub files: Vec<PlanFile>,
    pub rehearsal: Rehearsal,
    /// Objects outside of the managed schemas that go with them, in words.
    pub outside: Vec<String>,
}

/// Tries `steps` in an empty scratch database, and makes the plan of a source that was compared already,
/// with its rows counted.
///
/// # Errors
/// The scratch does not start; the source cannot be read.
pub async fn planned(source: &Source, spec: &Path, steps: &[SqlFile], comparison: &Comparison) -> Result<Planned> {
    let rehearsal = rehearse(steps, comparison).await?;
    let outside = outside(source, comparison).await?;
    let files = reset::plan(&reset::Input {
        source: &comparison.report.actual.name,
        spec: &spec.display().to_string(),
        actual: &comparison.actual,
        managed: &comparison.managed,
        outside: &outside,
        outcomes: &rehearsal.outcomes,
        remaining: &rehearsal.remaining,
    });
    Ok(Planned { files, rehearsal, outside })
}

/// What running the SQL in an empty database showed.
pub struct Rehearsal {
    pub outcomes: Vec<Outcome>,
    /// What would still differ from the declared schema.
    pub remaining: Vec<String>,
}

impl Rehearsal {
    /// True where every statement ran, and the declared schema came out.
    pub fn works(&self) -> bool {
        self.remaining.is_empty() && self.outcomes.iter().all(|outcome| outcome.failures.is_empty())
    }
}

/// Runs the files in an empty scratch database, going on after errors.
async fn rehearse(files: &[SqlFile], comparison: &Comparison) -> Result<Rehearsal> {
    let asked = comparison.options.engine.as_ref();
    let (engine, _) = Engine::choose(asked, files)?;
    let rehearsal = rehearse_in(&engine, files, comparison).await?;
    let failed = rehearsal.outcomes.iter().any(|o| !o.failures.is_empty());
    match engine.after_failure(asked, files) {
        Some((other, _)) if failed => rehearse_in(&other, files, comparison).await,
        _ => Ok(rehearsal),
    }
}

async fn rehearse_in(engine: &Engine, files: &[SqlFile], comparison: &Comparison) -> Result<Rehearsal> {
    let platform = comparison.options.platform.unwrap_or(Platform::None);
    let scratch = Scratch::start(engine, &Needs::of(files)).await?;
    let run = async {
        let failures = compile::load_collecting(&scratch, files, platform).await?;
        let scope = Scope { schemas: None };
        let catalog = introspect::introspect(scratch.client(), &scope, introspect::Reader::PgCatalog).await?;
        anyhow::Ok((failures, catalog))
    };
    let outcome = run.await;
    scratch.stop().await;
    let (failures, catalog) = outcome?;
    let catalog = source::without_platform(catalog, platform, &comparison.options).await?;
    let catalog = compare::keep_managed(catalog, &comparison.spec, &comparison.managed);
    let remaining =
        diff::diff(&comparison.expected, &catalog).iter().map(|d| format!("{} ({})", d.id(), d.word())).collect();
    let outcomes = files
        .iter()
        .map(|file| Outcome {
            name: Path::new(&file.name)
                .file_name()
                .map_or_else(|| file.name.clone(), |n| n.to_string_lossy().into_owned()),
            text: file.text.clone(),
            failures: failures
                .iter()
                .filter(|f| f.file == file.name)
                .map(|f| reset::Failure { line: f.line, statement: f.statement.clone(), message: f.message.clone() })
                .collect(),
        })
        .collect();
    Ok(Rehearsal { outcomes, remaining })
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

fn summary(directory: &Path, plan: &[PlanFile], rehearsal: &Rehearsal) -> String {
    let mut text =
        format!("wrote the reset plan to {}: {} files, start with README.md\n", directory.display(), plan.len());
    let failures: Vec<(&Outcome, &reset::Failure)> =
        rehearsal.outcomes.iter().flat_map(|o| o.failures.iter().map(move |f| (o, f))).collect();
    if failures.is_empty() && rehearsal.remaining.is_empty() {
        text.push_str("  proved in the scratch Postgres: every statement runs, and the declared schema comes out\n");
        return text;
    }
    if !failures.is_empty() {
        text.push_str(&format!("  {} statements fail in the scratch Postgres; correct them first:\n", failures.len()));
    }
    let more = failures.len().saturating_sub(SHOWN);
    for (outcome, failure) in failures.into_iter().take(SHOWN) {
        text.push_str(&format!(
            "  - {}:{}: {}\n      {}\n",
            outcome.name, failure.line, failure.message, failure.statement
        ));
    }
    if more > 0 {
        text.push_str(&format!("  … and {more} more; README.md lists them all\n"));
    }
    if !rehearsal.remaining.is_empty() {
        text.push_str(&format!(
            "  {} things would still differ from the declared schema; README.md lists them\n",
            rehearsal.remaining.len()
        ));
    }
    text
}
