//! Two sources in, one report out.

mod overview;
mod promise;
mod scope;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::diff;
use crate::diff::Renames;
use crate::files;
use crate::findings;
use crate::jobs::allow;
use crate::jobs::renames;
use crate::jobs::renames::Renamed;
use crate::jobs::settle;
use crate::jobs::source;
use crate::jobs::source::Loaded;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Reader;
use crate::jobs::source::Source;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::difference::Difference;
use crate::model::failure::failure;
use crate::model::finding::Finding;
use crate::model::finding::Fix;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::report::LeftOut;
use crate::model::report::Probes;
use crate::model::report::REPORT_VERSION;
use crate::model::report::Report;
use crate::plan::additive;
use crate::plan::additive::AdditivePlan;
use crate::plan::renames as resolver;
use crate::plan::renames::Resolved;
use crate::plan::tenant::TenantInfo;
use crate::probes;
use crate::scratch::compile::Platform;
use crate::spec;
use crate::spec::Spec;
use crate::spec::drift_toml;
use crate::tenancy;
use crate::tenancy::RuleFinding;

pub use scope::keep_managed;

use overview::sort;
use overview::summary;
use overview::tables;
use promise::as_planned;
use scope::drop_invisible;
use scope::managed_schemas;
use scope::refuse_unknown_schemas;

/// Everything a comparison learned: the report, and what a repair needs.
#[derive(Clone)]
pub struct Comparison {
    pub report: Report,
    pub spec: Spec,
    pub expected: Catalog,
    pub actual: Catalog,
    pub differences: Vec<Difference>,
    pub rules: Vec<RuleFinding>,
    pub notes: Vec<String>,
    /// What `drift.toml` leaves out, entry by entry.
    pub left_out: Vec<LeftOut>,
    /// False where only a part was looked at: some schemas, or what `information_schema` shows.
    pub complete: bool,
    /// The share of relations (percent) that may be invisible.
    pub max_invisible: f64,
    /// The schemas under comparison.
    pub managed: BTreeSet<String>,
    /// How the sources were read, the spec's word included.
    pub options: ReadOptions,
    /// What `[renames]` asks for.
    pub renames: Resolved,
    /// What is there, where `actual` is that under its new names already.
    pub renamed: Option<Renamed>,
}

impl Comparison {
    /// What is there, under the names that it has.
    pub fn there(&self) -> &Catalog {
        self.renamed.as_ref().map_or(&self.actual, |renamed| &renamed.before)
    }

    /// Goes on as if what `[renames]` asks for had been done: what is still to be
    /// compared is what differs then. Findings stay as they were reported.
    ///
    /// # Errors
    /// A line that cannot be followed, or a renaming that a scratch Postgres refuses.
    pub async fn rename(&mut self) -> Result<()> {
        if let Some(conflict) = self.renames.conflicts.first() {
            return Err(conflict.clone().into());
        }
        let Some(group) = self.renames.group(&self.actual) else { return Ok(()) };
        let actual = std::mem::take(&mut self.actual);
        let (actual, renamed) = renames::renamed(actual, &group, &self.options).await?;
        (self.actual, self.renamed) = (actual, Some(renamed));
        self.differences =
            differences(&self.expected, &self.actual, &Renames::new(), &self.options, &mut self.notes).await?;
        Ok(())
    }

    /// Goes on as if another catalog were declared: what differs is what differs from that.
    ///
    /// # Errors
    /// Text that only a scratch Postgres can compare, and none is to be had.
    pub async fn lead_to(&mut self, expected: Catalog) -> Result<()> {
        self.expected = expected;
        self.differences =
            differences(&self.expected, &self.actual, &Renames::new(), &self.options, &mut self.notes).await?;
        Ok(())
    }

    /// What was not compared though it had to be, in words; `None`: nothing, or nobody insisted.
    pub fn not_covered(&self) -> Option<String> {
        if !self.options.strict_coverage {
            return None;
        }
        let sides = [("expected", &self.expected.coverage), ("actual", &self.actual.coverage)];
        let kinds = sides.iter().flat_map(|(side, coverage)| {
            coverage.not_compared.iter().map(move |(what, found)| {
                let more = if found.count > found.examples.len() as u64 { ", …" } else { "" };
                format!("{side}: {} {what} ({}{more})", found.count, found.examples.join(", "))
            })
        });
        let unseen = sides.iter().filter(|(_, coverage)| !coverage.invisible.is_empty()).map(|(side, coverage)| {
            format!(
                "{side}: {} relations that the role may not use ({})",
                coverage.invisible.len(),
                coverage.invisible.join(", ")
            )
        });
        let all: Vec<String> = kinds.chain(unseen).collect();
        (!all.is_empty()).then(|| format!("not compared: {}", all.join("; ")))
    }

    /// Before anything is repaired: nothing may be left out of sight where that was asked.
    ///
    /// # Errors
    /// Names what was not compared.
    pub fn insist_on_coverage(&self) -> Result<()> {
        match self.not_covered() {
            None => Ok(()),
            Some(what) => Err(failure(what, NOT_COVERED)),
        }
    }
}

/// What to do about something that was not compared.
pub const NOT_COVERED: &str =
    "leave out --strict-coverage (or `strict` of [coverage] in drift.toml), and look after these by other means";

/// Compares a source with a declared schema, tenancy rules included.
///
/// # Errors
/// The spec or the source cannot be read.
pub async fn check(actual: &Source, spec_dir: &Path, options: &ReadOptions) -> Result<Comparison> {
    let spec = read_spec(spec_dir)?;
    allow::known(&spec.allow)?;
    let options = options.with_spec(&spec);
    let declared = Source::declared(spec_dir)?;
    if spec.tenancy.is_some() && !files::has_sql(spec_dir)? {
        let actual = source::read_all(actual, &options).await?;
        let nothing = Loaded { name: declared.name(), ..Loaded::new(Catalog::default(), actual.platform, Vec::new()) };
        return compare(Asked::Rules, spec, nothing, actual, &options).await;
    }
    let (expected, actual) = source::read_both(&declared, actual, &options).await?;
    compare(Asked::Check, spec, expected, actual, &options).await
}

/// What a comparison is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Differences from the declared SQL, and the rules of `drift.toml` on both sides.
    Check,
    /// The rules alone: nothing is declared.
    Rules,
    /// Differences alone.
    Diff,
}

/// As [`check`], with the rows of live tables counted: what a repair needs.
///
/// # Errors
/// As [`check`].
pub async fn check_counting_rows(actual: &Source, spec_dir: &Path, options: &ReadOptions) -> Result<Comparison> {
    if options.reader == Reader::InformationSchema {
        return Err(failure(
            "information_schema does not show enough to write a repair",
            "leave out --reader information-schema, and connect as a role of a real PostgreSQL",
        ));
    }
    if files::exists(spec_dir) && !files::has_sql(spec_dir)? {
        return Err(failure(
            format!("there is no .sql file in {}: nothing says what a repair should lead to", spec_dir.display()),
            "declare the schema beside drift.toml, or write a first declaration with `drift init`",
        ));
    }
    check(actual, spec_dir, &ReadOptions { count_rows: true, ..options.clone() }).await
}

/// Compares any two sources, without tenancy rules.
///
/// # Errors
/// A source cannot be read.
pub async fn diff(actual: &Source, expected: &Source, options: &ReadOptions) -> Result<Comparison> {
    let (expected, actual) = source::read_both(expected, actual, options).await?;
    compare(Asked::Diff, everything(), expected, actual, options).await
}

/// Two catalogs held against each other.
pub struct Held {
    pub expected: Catalog,
    pub actual: Catalog,
    pub differences: Vec<Difference>,
    /// The schemas under comparison.
    pub managed: BTreeSet<String>,
}

/// The differences alone of two catalogs that were read already, the platform's own left out.
///
/// # Errors
/// A schema that was asked for is on neither side.
pub async fn hold(
    expected: Catalog,
    actual: Catalog,
    platform: Platform,
    spec: &Spec,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Held> {
    let managed = managed_schemas(spec, options, &expected, &actual);
    refuse_unknown_schemas(&options.schemas, &[&expected, &actual])?;
    let expected = keep_managed(expected, spec, &managed);
    let actual = keep_managed(actual, spec, &managed);
    let options = &ReadOptions { platform: Some(platform), ..options.clone() };
    let differences = differences(&expected, &actual, &Renames::new(), options, notes).await?;
    Ok(Held { expected, actual, differences, managed })
}

/// Reads `drift.toml` of a spec directory; without one, the defaults.
///
/// # Errors
/// The directory is missing, or the file says something drift does not understand.
pub fn read_spec(dir: &Path) -> Result<Spec> {
    if !files::exists(dir) {
        return Err(spec::no_declared_schema(dir));
    }
    let path = dir.join("drift.toml");
    if !files::exists(&path) {
        return Ok(everything());
    }
    Ok(drift_toml::parse(&path.display().to_string(), &files::read_text(&path)?)?)
}

/// Without a drift.toml all schemas are managed, and nobody is a tenant.
fn everything() -> Spec {
    Spec { schemas: Vec::new(), ..Spec::default() }
}

async fn compare(
    asked: Asked,
    mut spec: Spec,
    expected: Loaded,
    actual: Loaded,
    options: &ReadOptions,
) -> Result<Comparison> {
    let platform = actual.platform;
    let mut notes = expected.notes;
    notes.extend(actual.notes);
    let managed = managed_schemas(&spec, options, &expected.catalog, &actual.catalog);
    refuse_unknown_schemas(&options.schemas, &[&expected.catalog, &actual.catalog])?;
    let complete = options.schemas.is_empty() && options.reader == Reader::PgCatalog;
    let owners = actual.catalog.objects().iter().filter_map(|object| {
        let (schema, name) = object.id.group();
        Some((object.text("owner")?, schema, name))
    });
    spec.owned(owners);
    let (left_out, unused) = allow::ignored(&spec, [&expected.catalog, &actual.catalog], complete);
    let expected_catalog = keep_managed(expected.catalog, &spec, &managed);
    let actual_catalog = keep_managed(actual.catalog, &spec, &managed);
    let (expected_catalog, actual_catalog) = match options.reader {
        Reader::PgCatalog => (expected_catalog, actual_catalog),
        Reader::InformationSchema => (kinds::as_standard(expected_catalog), kinds::as_standard(actual_catalog)),
    };
    // What drift itself put there, or is asked to, is as good as declared: see tenancy::guard.
    let guards = tenancy::guards(&actual_catalog, &expected_catalog, &spec, options.guard);
    let expected_catalog = expected_catalog.with(guards)?;
    let renames = match asked {
        Asked::Check => resolver::resolve(&spec, &expected_catalog, &actual_catalog)?,
        Asked::Diff | Asked::Rules => Resolved::default(),
    };
    notes.extend(renames.notes.iter().cloned());
    notes.extend(renames.conflicts.iter().map(|conflict| conflict.message.clone()));
    let options = &ReadOptions { platform: Some(platform), ..options.clone() };
    let differences = match asked {
        Asked::Check | Asked::Diff => {
            differences(&expected_catalog, &actual_catalog, &renames.declared(), options, &mut notes).await?
        }
        Asked::Rules => Vec::new(),
    };
    let (mut rules, at_home) = match asked {
        Asked::Check => (
            tenancy::check(&actual_catalog, Some(&expected_catalog), &spec),
            tenancy::check(&expected_catalog, None, &spec),
        ),
        Asked::Rules => (tenancy::check(&actual_catalog, None, &spec), Vec::new()),
        Asked::Diff => (Vec::new(), Vec::new()),
    };
    let mut actual_catalog = actual_catalog;
    for advisory in rules.extract_if(.., |rule| rule.code == tenancy::SERVER_ADVISORY) {
        let RuleFinding { message, help, code, .. } = advisory;
        actual_catalog.coverage.limits.push(format!("{message}; {help} (`drift explain {code}`)"));
    }
    if matches!(asked, Asked::Check | Asked::Diff) {
        scope::name_unsaid(&expected_catalog, &mut actual_catalog);
    }
    let reported =
        without_followers(&expected_catalog, &actual_catalog, &differences, &renames, options, &mut notes).await?;
    let no_fill = |_: &Object| None;
    let context =
        kinds::Context { expected: &expected_catalog, actual: &actual_catalog, fill: &no_fill, offline: false };
    let mut found = findings::findings(&context, &reported, &rules, &at_home);
    let options_of_plan = additive::Options {
        standing_backfill: spec.backfill.clone(),
        tenant: tenant(&spec, &expected_catalog),
        tenancy: spec.tenancy.clone(),
        ..Default::default()
    };
    // Nothing found is nothing to plan, and a plan of a big schema takes its time.
    let plan = match found.is_empty() {
        true => AdditivePlan::default(),
        false => additive::additive(&expected_catalog, &actual_catalog, &differences, &found, &options_of_plan)?,
    };
    as_planned(&mut found, &plan);
    if asked == Asked::Rules {
        for finding in &mut found {
            finding.fix = Fix::None { reason: "nothing is declared that a repair could lead to".to_owned() };
        }
    }
    let allowed = allow::apply(&mut found, &spec.allow, allow::today(), |code| complete && !of_rows(code));
    found.extend(unused);
    sort(&mut found);
    let report = Report {
        version: REPORT_VERSION,
        command: if asked == Asked::Diff { "diff" } else { "check" }.to_owned(),
        expected: summary(expected.name, &expected_catalog),
        actual: summary(actual.name, &actual_catalog),
        tables: tables(&expected_catalog, &actual_catalog, &found, &renames, asked),
        counts: Report::count(&found),
        findings: found,
        probes: None,
        allowed,
        baseline: None,
        rules_only: asked == Asked::Rules,
    };
    let max_invisible = spec.coverage.max_invisible;
    Ok(Comparison {
        report,
        spec,
        expected: expected_catalog,
        actual: actual_catalog,
        differences,
        rules,
        notes,
        complete,
        left_out,
        max_invisible,
        managed,
        options: options.clone(),
        renames,
        renamed: None,
    })
}

/// What differs, less what is nobody's doing and what is the same in other words.
async fn differences(
    expected: &Catalog,
    actual: &Catalog,
    renames: &Renames,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<Difference>> {
    let mut differences = diff::diff_renaming(expected, actual, renames);
    source::drop_platform_defaults(&mut differences, options.platform.unwrap_or(Platform::None));
    drop_invisible(&mut differences, actual, options, notes);
    if diff::has_printed_change(&differences) {
        differences = settle::settle(expected, actual, differences, options, notes).await?;
    }
    Ok(differences)
}

/// The differences less what ends by itself once what `[renames]` asks for is done:
/// the text of a view, the end of a foreign key.
async fn without_followers(
    expected: &Catalog,
    actual: &Catalog,
    differences: &[Difference],
    renames: &Resolved,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<Difference>> {
    let all = differences.to_vec();
    let group = renames.group(actual).filter(|_| options.reader == Reader::PgCatalog);
    let Some(group) = group else { return Ok(all) };
    let (later, renamed) = match renames::renamed(actual.clone(), &group, options).await {
        Ok(renamed) => renamed,
        Err(error) => {
            notes.push(format!(
                "what follows a new name by itself is not known, and reported as if it did not: {error:#}"
            ));
            return Ok(all);
        }
    };
    let left = self::differences(expected, &later, &Renames::new(), options, &mut Vec::new()).await?;
    Ok(all.into_iter().filter_map(|difference| renames::still_there(difference, &left, &renamed)).collect())
}

/// True for what only the rows can say: they may not have been asked.
pub fn of_rows(code: &str) -> bool {
    probes::PROBES.iter().any(|probe| probe.code == code)
}

/// Adds what the rows said to a report.
pub fn add(comparison: &mut Comparison, mut findings: Vec<Finding>, probes: Probes) {
    for finding in &mut findings {
        finding.near = findings::near(&comparison.expected, &finding.object);
    }
    let report = &mut comparison.report;
    // Whether an exception excuses anything was asked of the rest already.
    report.allowed.extend(allow::apply(&mut findings, &comparison.spec.allow, allow::today(), |_| false));
    report.findings.extend(findings);
    report.probes = Some(probes);
    count(comparison);
}

/// Sorts and counts the findings anew, after some came or went.
pub fn count(comparison: &mut Comparison) {
    let report = &mut comparison.report;
    sort(&mut report.findings);
    report.counts = Report::count(&report.findings);
    let asked = if report.rules_only { Asked::Rules } else { Asked::Check };
    report.tables = tables(&comparison.expected, &comparison.actual, &report.findings, &comparison.renames, asked);
}

/// Where tenants are registered, by the spec and its registry's primary key.
pub fn tenant(spec: &Spec, expected: &Catalog) -> Option<TenantInfo> {
    let tenancy = spec.tenancy.as_ref()?;
    let (schema, table) = match tenancy.registry.split_once('.') {
        Some((schema, table)) => (schema.to_owned(), table.to_owned()),
        None => {
            let schema = spec.schemas.first().map_or("public", String::as_str);
            (schema.to_owned(), tenancy.registry.clone())
        }
    };
    let keys = expected.children(ObjectKind::PrimaryKey, &schema, &table);
    let key = keys.first().and_then(|key| key.list("columns").first()).map_or("id", |name| name);
    Some(TenantInfo { registry: (schema, table), key: key.to_owned(), column: tenancy.column.clone() })
}
