//! Isolation between tenants, demonstrated: the schema is built in the scratch
//! Postgres, two tenants and rows for each are made up, and then every confined
//! role tries to get at what is not its own. Never on a live database.

pub mod doors;
pub mod keys;
pub mod layout;
pub mod members;
pub mod probes;
pub mod reads;
pub mod rights;
pub mod rows;
pub mod stage;
pub mod writes;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use anyhow::Result;
use chrono::Datelike;

use crate::files;
use crate::files::SqlFile;
use crate::jobs::compare;
use crate::jobs::isolation::doors::Door;
use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::reads::Unset;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Made;
use crate::jobs::isolation::rows::Maker;
use crate::jobs::isolation::stage::Stage;
use crate::jobs::source;
use crate::jobs::source::ReadOptions;
use crate::jobs::source::Reader;
use crate::jobs::source::Source;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::isolation::ISOLATION_VERSION;
use crate::model::isolation::IsolationReport;
use crate::model::isolation::Probe;
use crate::model::isolation::ProbeCounts;
use crate::model::isolation::ProbeResult;
use crate::model::isolation::RelationClass;
use crate::model::isolation::RelationProof;
use crate::model::isolation::Verdict;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role;
use crate::pg::introspect;
use crate::pg::introspect::Scope;
use crate::scratch::Engine;
use crate::scratch::Needs;
use crate::scratch::Scratch;
use crate::scratch::compile;
use crate::scratch::compile::PLATFORM_SCHEMAS;
use crate::scratch::compile::Platform;
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
    let copy = copy(source, &spec, &options, &mut notes).await?;
    let only = tables.iter().cloned().collect();
    let (engine, chosen) = Engine::choose(options.engine.as_ref(), &copy.files)?;
    notes.extend(chosen);
    let job = Job { source, spec, only, copy };
    let report = match job.run(&engine).await {
        Ok(report) => report,
        Err(error) => match engine.after_failure(options.engine.as_ref(), &job.copy.files) {
            Some((other, note)) => {
                notes.push(note);
                job.run(&other).await?
            }
            None => return Err(engine.blame(error, &job.copy.files)),
        },
    };
    Ok(Done { report, notes })
}

/// What the scratch is filled with.
struct Copy {
    files: Vec<SqlFile>,
    platform: Platform,
}

/// SQL as it is; a database or snapshot as the SQL that makes it.
async fn copy(source: &Source, spec: &Spec, options: &ReadOptions, notes: &mut Vec<String>) -> Result<Copy> {
    if let Source::Sql(path) = source {
        let files = files::read_sql(path)?;
        let platform = options.platform.unwrap_or_else(|| compile::detect_platform(&files));
        return Ok(Copy { files, platform });
    }
    if options.reader == Reader::InformationSchema {
        return Err(failure(
            "information_schema does not show enough to rebuild a schema",
            "leave out --reader information-schema, and connect as a role of a real PostgreSQL",
        ));
    }
    // Policies may use functions of any schema: all are rebuilt, and the managed ones are proved.
    let whole = ReadOptions { schemas: Vec::new(), managed: Vec::new(), ..options.clone() };
    let loaded = source::read_all(source, &whole).await?;
    notes.extend(loaded.notes);
    let not_compared: u64 = loaded.catalog.coverage.not_compared.values().map(|n| n.count).sum();
    if not_compared > 0 {
        notes.push(format!("{not_compared} objects of kinds that drift does not model are not in the scratch copy"));
    }
    if !loaded.catalog.coverage.invisible.is_empty() {
        let names = loaded.catalog.coverage.invisible.join(", ");
        notes.push(format!("not in the scratch copy, because the role cannot see them: {names}"));
    }
    let files =
        vec![SqlFile { name: "rebuilt schema".to_owned(), text: rebuilt(&loaded.catalog, spec, options, notes) }];
    Ok(Copy { files, platform: loaded.platform })
}

/// The SQL of a catalog with its roles and owners: what an owner may, nobody granted.
fn rebuilt(catalog: &Catalog, spec: &Spec, options: &ReadOptions, notes: &mut Vec<String>) -> String {
    // Roles belong to a whole server. One that is not ours keeps its own, and what
    // is owned by a role that may be less there stays with the one that may do most.
    let ours = !matches!(options.engine, Some(Engine::Server(_))) && !catalog.roles.is_empty();
    let confined = spec.tenancy.iter().flat_map(|tenancy| &tenancy.roles);
    let reached: BTreeSet<_> = confined.flat_map(|name| role::closure(&catalog.roles, name, false)).collect();
    let kept = |owner: &str| !owner.starts_with("pg_") && (ours || reached.iter().any(|name| **name == *owner));
    if !ours {
        notes.push(
            match catalog.roles.is_empty() {
                true => "the source does not say what its roles may do and whose members they are: that was not proved",
                false => "roles are as the scratch server has them, with its attributes and memberships",
            }
            .to_owned(),
        );
    }
    let mut text = if ours { source::roles_script(catalog) } else { String::new() };
    text.push_str(&source::script(catalog));
    for (kind, word) in [
        (ObjectKind::Schema, "SCHEMA"),
        (ObjectKind::Table, "TABLE"),
        (ObjectKind::View, "VIEW"),
        (ObjectKind::MaterializedView, "MATERIALIZED VIEW"),
        (ObjectKind::Function, "ROUTINE"),
        (ObjectKind::Procedure, "ROUTINE"),
    ] {
        for object in catalog.of_kind(kind) {
            let Some(owner) = object.text("owner").filter(|owner| kept(owner)) else { continue };
            let name = match word {
                "ROUTINE" => format!("{}.{}", quote(&object.id.schema), routine(&object.id.name)),
                _ => object.id.qualified(),
            };
            text.push_str(&format!("ALTER {word} {name} OWNER TO {};\n", quote(owner)));
        }
    }
    text
}

/// A routine's name, which carries the types of its arguments, for SQL.
fn routine(name: &str) -> String {
    match name.split_once('(') {
        Some((name, types)) => format!("{}({types}", quote(name)),
        None => quote(name),
    }
}

struct Job<'a> {
    source: &'a Source,
    spec: Spec,
    only: BTreeSet<String>,
    copy: Copy,
}

impl Job<'_> {
    async fn run(&self, engine: &Engine) -> Result<IsolationReport> {
        let scratch = Scratch::start(engine, &Needs::of(&self.copy.files)).await?;
        let outcome = self.in_scratch(&scratch).await;
        scratch.stop().await;
        outcome
    }

    async fn in_scratch(&self, scratch: &Scratch) -> Result<IsolationReport> {
        compile::load(scratch, &self.copy.files, self.copy.platform)
            .await
            .context("the schema cannot be built in the scratch Postgres")?;
        let scope = Scope { schemas: None };
        let catalog = introspect::introspect(scratch.client(), &scope, Reader::PgCatalog).await?;
        let managed = layout::managed(&catalog, &self.spec.schemas);
        let layout = Layout::new(&catalog, &self.spec, &managed, self.copy.platform)?;
        let stage = Stage::open(scratch).await.map_err(|error| {
            failure(
                format!("{error:#}: the role of the scratch may not silence triggers"),
                "use --scratch embedded or local, or the URL of a superuser",
            )
        })?;
        let roles = roles(&stage, &layout).await?;
        let doors = doors(&stage, &layout).await?;
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
            false => setup(&maker, &closure(&layout, &doors, failed), &results),
        };
        stage.close().await?;
        Ok(self.report(catalog.server_version, &layout, &maker, roles, &doors, results, notes, setup))
    }

    /// A table that was asked for must be one of those that are proved.
    fn known(&self, layout: &Layout<'_>, doors: &[Door]) -> Result<()> {
        let names = layout.tables.iter().map(|table| table.name());
        let lost = layout.lost.iter().map(|(object, _, _)| name_of(object));
        let names: Vec<Name> = names.chain(lost).chain(doors.iter().map(|door| door.name.clone())).collect();
        let is = |asked: &str| names.iter().any(|(s, n)| n == asked || format!("{s}.{n}") == asked);
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

    #[allow(clippy::too_many_arguments)]
    fn report(
        &self,
        server_version: u32,
        layout: &Layout<'_>,
        maker: &Maker<'_>,
        roles: Vec<String>,
        doors: &[Door],
        results: Vec<(Name, ProbeResult)>,
        notes: Vec<String>,
        setup: Vec<String>,
    ) -> IsolationReport {
        let mut by_name: BTreeMap<Name, Vec<ProbeResult>> = BTreeMap::new();
        for (name, result) in results {
            by_name.entry(name).or_default().push(result);
        }
        let wanted = |name: &Name| {
            self.only.is_empty() || self.only.contains(&name.1) || self.only.contains(&format!("{}.{}", name.0, name.1))
        };
        let mut relations = Vec::new();
        let mut add = |name: Name, class: RelationClass, trouble: Option<&String>| {
            if !wanted(&name) {
                return;
            }
            let mut probes = by_name.remove(&name).unwrap_or_default();
            if let Some(reason) = trouble {
                let unproven = |role: &String| ProbeResult {
                    probe: Probe::Read,
                    role: role.clone(),
                    verdict: Verdict::Unproven,
                    reason: reason.clone(),
                    transcript: Vec::new(),
                };
                probes.extend(roles.iter().map(unproven));
            }
            probes.sort_by_key(|probe| (probe.role != roles[0], probe.role.clone(), probe.probe));
            relations.push(RelationProof::new(&name.0, &name.1, class, probes));
        };
        for table in &layout.tables {
            let trouble = maker.rows.trouble.get(&table.name()).map(|why| format!("no row could be made: {why}"));
            add(table.name(), table.class, trouble.as_ref());
        }
        for (object, class, reason) in &layout.lost {
            add(name_of(object), *class, Some(reason));
        }
        for door in doors {
            add(door.name.clone(), door.class, None);
        }
        relations.sort_by(|a, b| (a.verdict, &a.schema, &a.name).cmp(&(b.verdict, &b.schema, &b.name)));
        let counts = ProbeCounts::of(relations.iter().flat_map(|relation| &relation.probes));
        let source = self.source.name();
        IsolationReport { version: ISOLATION_VERSION, source, server_version, roles, relations, counts, notes, setup }
    }
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

/// Partitions of tenants' tables, and all views and foreign tables that are not the platform's.
async fn doors(stage: &Stage<'_>, layout: &Layout<'_>) -> Result<Vec<Door>> {
    let mut doors = Vec::new();
    let mut parents: BTreeMap<String, String> =
        layout.tables.iter().map(|table| (table.sql(), table.object.id.name.to_string())).collect();
    let mut parts: Vec<&Object> = layout.catalog.of_kind(ObjectKind::Table).iter().collect();
    loop {
        let before = parts.len();
        parts.retain(|table| {
            let above = table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|p| &**p));
            let Some(top) = above.filter_map(|parent| parents.get(parent).cloned()).next() else { return true };
            parents.insert(table.id.qualified(), top.clone());
            doors.push(Door { name: name_of(table), class: RelationClass::Partition, shows: top });
            false
        });
        if parts.len() == before {
            break;
        }
    }
    let views = stage
        .ask(
            "SELECT n.nspname, c.relname, c.relkind::text, \
             CASE WHEN c.relkind = 'f' THEN '' ELSE pg_catalog.pg_get_viewdef(c.oid) END \
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e' \
               AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass) \
             ORDER BY c.oid",
        )
        .await?;
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for row in views.rows {
        let text = |i: usize| row[i].clone().unwrap_or_default();
        let (name, mut shows) = ((text(0), text(1)), text(3));
        if PLATFORM_SCHEMAS.contains(&name.0.as_str()) {
            continue;
        }
        // A view on a view shows what that one shows.
        let inner: Vec<&String> =
            shown.iter().filter(|(view, _)| layout::mentions(&shows, view)).map(|(_, below)| below).collect();
        shows = std::iter::once(&shows).chain(inner).cloned().collect::<Vec<_>>().join("\n");
        shown.insert(name.1.clone(), shows.clone());
        let class = match text(2).as_str() {
            "m" => RelationClass::MaterializedView,
            "f" => RelationClass::ForeignTable,
            _ => RelationClass::View,
        };
        doors.push(Door { name, class, shows });
    }
    Ok(doors)
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

/// What the transcripts of what failed stand on, to be run once in an empty copy.
fn setup(maker: &Maker<'_>, needed: &BTreeSet<Name>, results: &[(Name, ProbeResult)]) -> Vec<String> {
    let names = format!("-- tenant A is {}, tenant B is {}", maker.tenant(A), maker.tenant(B));
    let mut lines = vec![names, "BEGIN;".to_owned(), format!("{};", stage::SILENT)];
    let made: Vec<&Made> = maker.rows.setup.iter().filter(|made| needed.contains(&made.table)).collect();
    let referred = |made: &Made, key: &String| {
        maker
            .rows
            .setup
            .iter()
            .any(|other| other.sql != made.sql && needed.contains(&other.table) && other.sql.contains(key.as_str()))
            || results.iter().any(|(_, probe)| probe.transcript.iter().any(|line| line.sql.contains(key.as_str())))
    };
    let kept = made.iter().filter(|made| made.spare_key.as_ref().is_none_or(|key| referred(made, key)));
    lines.extend(kept.map(|made| format!("{};", made.sql)));
    lines.push("COMMIT;".to_owned());
    lines
}

/// The relations whose rows decide about these ones: what they refer to, what
/// their policies look into, and who is a member of what.
fn closure(layout: &Layout<'_>, doors: &[Door], of: BTreeSet<Name>) -> BTreeSet<Name> {
    let mut needed = of;
    needed.insert(layout.registry.clone());
    needed.extend(layout.users.iter().map(|(users, _)| users.clone()));
    let members = layout.tables.iter().filter(|table| table.class == RelationClass::Member);
    needed.extend(members.map(|table| table.name()));
    loop {
        let before = needed.len();
        let mut text = String::new();
        for name in needed.clone() {
            let id = ObjectId::new(ObjectKind::Table, &name.0, "", &name.1);
            if let Some(table) = layout.catalog.get(&id) {
                needed.extend(layout.parents(table).into_iter().map(|(parent, _)| parent));
                text.push_str(&layout.policy_text(table));
            }
            doors.iter().filter(|door| door.name == name).for_each(|door| text.push_str(&door.shows));
        }
        for function in layout.called(&text) {
            text.push_str(function.text("definition").unwrap_or_default());
        }
        let tables = layout.catalog.of_kind(ObjectKind::Table).iter();
        needed.extend(tables.filter(|table| mentions(&text, &table.id.name)).map(name_of));
        if needed.len() == before {
            return needed;
        }
    }
}
