//! Isolation between tenants, demonstrated: the schema is built in the scratch
//! Postgres, two tenants and rows for each are made up, and then every confined
//! role tries to get at what is not its own. Never on a live database.

pub mod context;
pub mod copy;
pub mod doors;
pub mod keys;
pub mod layout;
pub mod members;
pub mod probes;
pub mod reads;
pub mod rights;
pub mod rows;
pub mod setup;
pub mod solve;
pub mod stage;
pub mod writes;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use anyhow::Result;
use chrono::Datelike;

use crate::jobs::compare;
use crate::jobs::isolation::copy::Copy;
use crate::jobs::isolation::doors::Door;
use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::reads::Unset;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::Made;
use crate::jobs::isolation::rows::Maker;
use crate::jobs::isolation::stage::Stage;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Reader;
use crate::jobs::source::Source;
use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::isolation::ISOLATION_VERSION;
use crate::model::isolation::IsolationReport;
use crate::model::isolation::ProbeCounts;
use crate::model::isolation::ProbeResult;
use crate::model::isolation::RelationClass;
use crate::model::isolation::RelationProof;
use crate::model::isolation::Verdict;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::act::Stuck;
use crate::scratch::compile;
use crate::scratch::compile::PLATFORM_SCHEMAS;
use crate::spec::Date;
use crate::spec::Spec;

/// The report, and what a person should know about the run.
pub struct Done {
    pub report: IsolationReport,
    pub notes: Vec<String>,
}

/// Proves the isolation of a source by the tenancy of a spec directory;
/// `tables` are the only ones to prove, where there are any.
///
/// # Errors
/// The source or spec cannot be read, the schema cannot be built, or the spec
/// does not say who is a tenant.
pub async fn prove(source: &Source, spec_dir: &Path, tables: &[String], options: &ReadOptions) -> Result<Done> {
    let spec = compare::read_spec(spec_dir)?;
    let options = options.with_spec(&spec);
    let mut notes = Vec::new();
    let copy = copy::copy(source, &spec, &options, &mut notes).await?;
    let only = tables.iter().cloned().collect();
    let (engine, chosen) = Engine::choose(options.engine.as_ref(), &copy.files)?;
    notes.extend(chosen);
    let schemas = if options.schemas.is_empty() { spec.schemas.clone() } else { options.schemas.clone() };
    let job = Job { source, spec, only, schemas, timeout_s: options.statement_timeout_s, copy };
    // An engine that cannot run part of the SQL can leave something unproven that another one can prove.
    let other = |notes: &mut Vec<String>| {
        let (other, note) = engine.after_failure(options.engine.as_ref(), &job.copy.files)?;
        notes.push(note);
        Some(other)
    };
    let report = match job.run(&engine).await {
        Ok(report) if report.counts.unproven == 0 => report,
        Ok(report) => match other(&mut notes) {
            Some(other) => job.run(&other).await?,
            None => report,
        },
        Err(error) => match other(&mut notes) {
            Some(other) => job.run(&other).await?,
            None => return Err(engine.blame(error, &job.copy.files)),
        },
    };
    Ok(Done { report, notes })
}

struct Job<'a> {
    source: &'a Source,
    spec: Spec,
    only: BTreeSet<String>,
    /// The schemas under proof; none: all of the user's.
    schemas: Vec<String>,
    timeout_s: u64,
    copy: Copy,
}

impl Job<'_> {
    async fn run(&self, engine: &Engine) -> Result<IsolationReport> {
        let scratch = Scratch::start(engine, &Needs::of(&self.copy.files)).await?;
        let outcome = self.in_scratch(&scratch).await;
        match &outcome {
            // It would not stop either: it ends with the program.
            Err(error) if error.downcast_ref::<Stuck>().is_some() => drop(scratch),
            _ => scratch.stop().await,
        }
        outcome
    }

    async fn in_scratch(&self, scratch: &Scratch) -> Result<IsolationReport> {
        compile::load_made(scratch, &self.copy.files, self.copy.platform, self.copy.server_version)
            .await
            .context("the schema cannot be built in the scratch Postgres")?;
        let scope = Scope::default();
        let catalog = introspect::introspect(scratch.client(), &scope, Reader::PgCatalog).await?;
        let managed = layout::managed(&catalog, &self.schemas);
        let layout = Layout::new(&catalog, &self.spec, &managed, self.copy.platform)?;
        let stage = Stage::open(scratch, self.timeout_s).await.map_err(|error| {
            failure(
                format!("{error:#}: the role of the scratch may not silence triggers"),
                "use --scratch embedded or local, or the URL of a superuser",
            )
        })?;
        let roles = roles(&stage, &layout).await?;
        let doors = doors::find(&stage, &layout).await?;
        self.known(&layout, &doors)?;
        let mut maker = Maker::new(&stage, &layout);
        maker.make().await?;
        let results = self.probe(&stage, &layout, &mut maker, &roles, &doors).await?;
        let mut notes = maker.rows.notes.clone();
        notes.extend(definers(&stage, &roles).await?);
        let failed = results.iter().filter(|(_, probe)| probe.verdict == Verdict::Failed);
        let failed: BTreeSet<Name> = failed.map(|(name, _)| name.clone()).collect();
        let setup = match failed.is_empty() {
            true => Vec::new(),
            false => setup::setup(&maker, &setup::closure(&layout, &doors, failed), &results),
        };
        stage.close().await?;
        let report = self.report(listed(&layout, &doors), roles, results, notes, setup);
        Ok(IsolationReport { server_version: catalog.server_version, ..report })
    }

    /// A table that was asked for must be one of those that are proved.
    fn known(&self, layout: &Layout<'_>, doors: &[Door]) -> Result<()> {
        let names: Vec<Name> = listed(layout, doors).into_iter().map(|(name, _)| name).collect();
        let is = |asked: &&String| names.iter().any(|name| is_asked_for(&BTreeSet::from([(*asked).clone()]), name));
        match self.only.iter().find(|asked| !is(asked)) {
            None => Ok(()),
            Some(asked) => Err(failure(
                format!("--table {asked}: no such table holds tenants' rows"),
                format!("there are {}", names.iter().map(|(_, n)| n.as_str()).collect::<Vec<_>>().join(", ")),
            )),
        }
    }

    async fn probe(
        &self,
        stage: &Stage<'_>,
        layout: &Layout<'_>,
        maker: &mut Maker<'_>,
        roles: &[String],
        doors: &[Door],
    ) -> Result<Vec<(Name, ProbeResult)>> {
        let mut unset = Unset::new();
        for role in roles {
            let prover = Prover::new(stage, layout, maker, role, &self.only, today()).await?;
            prover.read_unset(&mut unset).await?;
        }
        maker.share().await?;
        for door in doors.iter().filter(|door| door.class == RelationClass::MaterializedView) {
            let sql = format!("REFRESH MATERIALIZED VIEW {}.{}", quote(&door.name.0), quote(&door.name.1));
            stage.ask(&sql).await?;
            maker.rows.setup.push(Made { table: door.name.clone(), sql, spare_key: None });
        }
        let mut results = Vec::new();
        for role in roles {
            let mut prover = Prover::new(stage, layout, maker, role, &self.only, today()).await?;
            for table in prover.tables() {
                prover.choose_user(&table).await?;
                prover.reads(&table, &mut unset).await?;
                let own_row = prover.writes(&table).await?;
                prover.goes_round(&table, &own_row).await?;
                prover.two_tenants(&table).await?;
                if table.class == RelationClass::Member && !prover.anonymous {
                    prover.membership(&table).await?;
                }
            }
            prover.untried();
            prover.me = maker.user(A);
            for door in doors {
                if prover.wanted(&door.name) {
                    prover.door(door).await?;
                }
            }
            results.append(&mut prover.results);
        }
        Ok(results)
    }

    fn report(
        &self,
        listed: Vec<(Name, RelationClass)>,
        roles: Vec<String>,
        results: Vec<(Name, ProbeResult)>,
        notes: Vec<String>,
        setup: Vec<String>,
    ) -> IsolationReport {
        let mut by_name: BTreeMap<Name, Vec<ProbeResult>> = BTreeMap::new();
        for (name, result) in results {
            by_name.entry(name).or_default().push(result);
        }
        let mut relations = Vec::new();
        for (name, class) in listed.into_iter().filter(|(name, _)| is_asked_for(&self.only, name)) {
            let mut probes = by_name.remove(&name).unwrap_or_default();
            probes.sort_by_key(|probe| (probe.role != roles[0], probe.role.clone(), probe.probe));
            relations.push(RelationProof::new(&name.0, &name.1, class, probes));
        }
        relations.sort_by(|a, b| (a.verdict, &a.schema, &a.name).cmp(&(b.verdict, &b.schema, &b.name)));
        let counts = ProbeCounts::of(relations.iter().flat_map(|relation| &relation.probes));
        let (version, source, server_version) = (ISOLATION_VERSION, self.source.name(), 0);
        IsolationReport { version, source, server_version, roles, relations, counts, notes, setup }
    }
}

/// Every relation that the report speaks of.
fn listed(layout: &Layout<'_>, doors: &[Door]) -> Vec<(Name, RelationClass)> {
    let tables = layout.tables.iter().map(|table| (table.name(), table.class));
    let lost = layout.lost.iter().map(|(object, class, _)| (name_of(object), *class));
    tables.chain(lost).chain(doors.iter().map(|door| (door.name.clone(), door.class))).collect()
}

/// True for a relation that was asked for, bare or qualified, or where none was.
pub fn is_asked_for(only: &BTreeSet<String>, name: &Name) -> bool {
    only.is_empty() || only.contains(&name.1) || only.contains(&format!("{}.{}", name.0, name.1))
}

/// Today, by which an `[[allow]]` may have expired.
fn today() -> Date {
    let now = chrono::Utc::now();
    Date { year: now.year().clamp(0, 9999) as u16, month: now.month() as u8, day: now.day() as u8 }
}

/// The confined roles that exist, then `anon`.
async fn roles(stage: &Stage<'_>, layout: &Layout<'_>) -> Result<Vec<String>> {
    let confined = &layout.tenancy.roles;
    if confined.is_empty() {
        return Err(failure(
            "[tenancy] names no roles: nobody is to be confined to a tenant",
            "add roles = [\"…\"], the roles that applications connect as",
        ));
    }
    let mut found = Vec::new();
    for role in confined.iter().map(String::as_str).chain(["anon"]) {
        let there = stage.ask(&format!("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}", literal(role))).await?;
        if there.value().is_some() && !found.iter().any(|known| known == role) {
            found.push(role.to_owned());
        } else if there.value().is_none() && role != "anon" {
            return Err(failure(
                format!("the role {role} of [tenancy] does not exist in the source"),
                "correct `roles`, or create the role in the SQL: what it may do cannot be proved without it",
            ));
        }
    }
    Ok(found)
}

/// Functions that run with their owner's rights: listed, and never called.
async fn definers(stage: &Stage<'_>, roles: &[String]) -> Result<Vec<String>> {
    let schemas: Vec<String> = PLATFORM_SCHEMAS.iter().map(|schema| literal(schema)).collect();
    let roles: Vec<String> = roles.iter().map(|role| literal(role)).collect();
    let sql = format!(
        "SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc AS p \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE p.prosecdef AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {}) \
         AND p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype \
         AND EXISTS (SELECT FROM unnest(ARRAY[{}]) AS r WHERE pg_catalog.has_function_privilege(r, p.oid, 'EXECUTE')) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.objid = p.oid AND e.deptype = 'e') \
         ORDER BY 1",
        schemas.join(", "),
        roles.join(", ")
    );
    let found = stage.ask(&sql).await?;
    let names: Vec<String> = found.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "not called: functions that run with their owner's rights, whoever calls them: {}",
        names.join(", ")
    )])
}
