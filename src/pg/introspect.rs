//! A database to a [`Catalog`], in one snapshot and one round trip whatever
//! the size. Reads only; never writes, never asks once per table.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::time::Instant;

use anyhow::Context as _;
use tokio_postgres::Client;
use tokio_postgres::RowStream;
use tokio_postgres::types::Type;
use tracing::debug;

use crate::history::ledger::Found;
use crate::kinds;
use crate::model::catalog::Catalog;
use crate::model::catalog::Coverage;
use crate::model::catalog::NotCompared;
use crate::model::catalog::RowCounts;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role::Membership;
use crate::model::role::Role;
use crate::pg::connect::ms;
use crate::pg::decode::Interner;
use crate::pg::decode::Shape;
use crate::pg::dependencies::Address;
use crate::pg::dependencies::Places;
use crate::pg::journal;
use crate::pg::ledgers;
use crate::pg::pipeline;
use crate::pg::pipeline::for_each;
use crate::pg::pipeline::rows;
use crate::pg::pipeline::send;

/// Which schemas to read, and for how long.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `None`: all that are not the system's.
    pub schemas: Option<Vec<String>>,
    /// After how many seconds the server gives up on a query; 0: never.
    pub statement_timeout_s: u64,
}

/// Whose description of the database to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// PostgreSQL's own catalogs: everything.
    PgCatalog,
    /// The standard's views: what the role may touch, on any engine.
    InformationSchema,
}

/// The transaction that made each object, where that is known.
pub type Origins = HashMap<ObjectId, u32>;

const VERSION: &str = "SELECT pg_catalog.current_setting('server_version_num')::int4";
const CLASSES: &str = "SELECT c.oid, c.relname::text FROM pg_catalog.pg_class AS c \
    WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'";

/// Reads the catalog. The session must not be inside a transaction.
pub async fn introspect(client: &Client, scope: &Scope, reader: Reader) -> anyhow::Result<Catalog> {
    match reader {
        Reader::PgCatalog => in_snapshot(client, scope, false, None).await.map(|(catalog, _)| catalog),
        Reader::InformationSchema => read_standard(client, scope).await,
    }
}

/// Reads the catalog, and in the same snapshot the ledgers of migration tools. Through the
/// standard's views, in the next one.
///
/// # Errors
/// As [`introspect`].
pub async fn introspect_with_ledgers(
    client: &Client,
    scope: &Scope,
    reader: Reader,
) -> anyhow::Result<(Catalog, Vec<Found>)> {
    match reader {
        Reader::PgCatalog => {
            pipeline::begin(client, scope.statement_timeout_s).await.context("cannot begin a read-only transaction")?;
            let (catalog, _) = read(client, scope, false, None).await?;
            let found = ledgers::read_in_transaction(client).await?;
            pipeline::commit(client).await.context("cannot end the read-only transaction")?;
            Ok((catalog, found))
        }
        Reader::InformationSchema => {
            Ok((read_standard(client, scope).await?, ledgers::read(client, scope.statement_timeout_s).await?))
        }
    }
}

/// Reads the catalog, and which transaction made each object.
pub async fn introspect_with_origins(client: &Client, scope: &Scope) -> anyhow::Result<(Catalog, Origins)> {
    in_snapshot(client, scope, true, None).await
}

/// Where the server keeps each object that is a catalog row of its own: that stays
/// the same whatever its name becomes.
pub type Addresses = HashMap<ObjectId, Address>;

/// Reads the catalog, and where the server keeps each object.
///
/// # Errors
/// As [`introspect`].
pub async fn introspect_with_addresses(client: &Client, scope: &Scope) -> anyhow::Result<(Catalog, Addresses)> {
    let mut addresses = Addresses::new();
    let (catalog, _) = in_snapshot(client, scope, false, Some(&mut addresses)).await?;
    Ok((catalog, addresses))
}

/// Reads the catalog inside of the caller's transaction, so what that has
/// changed so far is seen before it is committed. Settings of the transaction
/// are changed.
///
/// # Errors
/// A query fails; the transaction is then the caller's to take back.
pub async fn introspect_uncommitted(client: &Client, scope: &Scope) -> anyhow::Result<Catalog> {
    pipeline::settings(client).await.context("cannot set up the reading")?;
    Ok(read(client, scope, false, None).await?.0)
}

/// The query of one kind, planned once for many readings.
#[derive(Clone)]
pub struct Prepared {
    pub kind: ObjectKind,
    statement: tokio_postgres::Statement,
}

/// Prepares the queries of all kinds: planning them takes longer than running them.
///
/// # Errors
/// The server refuses one.
pub async fn prepare(client: &Client) -> anyhow::Result<Vec<Prepared>> {
    let mut prepared = Vec::new();
    for kind in ObjectKind::ALL {
        let statement = client.prepare_typed(kinds::query(*kind), &[Type::TEXT_ARRAY]).await;
        let statement = statement.with_context(|| format!("cannot prepare to read objects of kind {kind}"))?;
        prepared.push(Prepared { kind: *kind, statement });
    }
    Ok(prepared)
}

/// Reads the objects of some kinds, each kind sorted by identity, in one round trip. Inside of a
/// transaction of the caller's, its settings are as they were afterwards.
///
/// # Errors
/// A query fails; the transaction is then the caller's to take back.
pub async fn read_kinds(
    client: &Client,
    kinds: &[&Prepared],
    in_transaction: bool,
) -> anyhow::Result<Vec<(ObjectKind, Vec<Object>)>> {
    let everything: Option<Vec<String>> = None;
    let begin = match in_transaction {
        true => send(futures_util::future::Either::Left(pipeline::hold(client))).await,
        false => send(futures_util::future::Either::Right(pipeline::begin_prepared(client))).await,
    };
    let mut queries = Vec::new();
    for prepared in kinds {
        let rows = client.query_raw(&prepared.statement, [&everything]);
        queries.push((prepared.kind, send(rows).await));
    }
    let end = match in_transaction {
        true => send(futures_util::future::Either::Left(pipeline::let_go(client))).await,
        false => send(futures_util::future::Either::Right(pipeline::commit(client))).await,
    };
    begin.answer().await.context("cannot begin to read what changed")?;
    let mut found = Vec::new();
    for (kind, query) in queries {
        let mut reading = Reading::default();
        reading.objects(kind, query.answer().await).await?;
        reading.objects.sort_by(|a, b| a.id.cmp(&b.id));
        found.push((kind, reading.objects));
    }
    end.answer().await.context("cannot end the reading of what changed")?;
    Ok(found)
}

async fn in_snapshot(
    client: &Client,
    scope: &Scope,
    with_origins: bool,
    addresses: Option<&mut Addresses>,
) -> anyhow::Result<(Catalog, Origins)> {
    let began = Instant::now();
    let begin = send(pipeline::begin(client, scope.statement_timeout_s)).await;
    let reading = send(read(client, scope, with_origins, addresses)).await;
    let commit = send(pipeline::commit(client)).await;
    begin.answer().await.context("cannot begin a read-only transaction")?;
    let answer = reading.answer().await?;
    commit.answer().await.context("cannot end the read-only transaction")?;
    let (queries, objects) = (ObjectKind::ALL.len(), answer.0.objects().len());
    debug!(queries, objects, round_trips = 1, ms = ms(began), "read a catalog");
    Ok(answer)
}

async fn read(
    client: &Client,
    scope: &Scope,
    with_origins: bool,
    addresses: Option<&mut Addresses>,
) -> anyhow::Result<(Catalog, Origins)> {
    let schemas = scope.schemas.as_deref();
    let version = send(rows(client, VERSION, schemas)).await;
    let classes = send(rows(client, CLASSES, schemas)).await;
    let mut queries = Vec::new();
    for kind in ObjectKind::ALL {
        queries.push((*kind, send(rows(client, kinds::query(*kind), schemas)).await));
    }
    let dependencies = send(rows(client, include_str!("dependencies.sql"), schemas)).await;
    let roles = send(rows(client, include_str!("roles.sql"), schemas)).await;
    let coverage = send(rows(client, include_str!("coverage.sql"), schemas)).await;
    let not_compared = send(rows(client, include_str!("not_compared.sql"), schemas)).await;
    let origins = match with_origins {
        true => Some(send(rows(client, include_str!("origins.sql"), schemas)).await),
        false => None,
    };

    let version = read_version(version.answer().await).await?;
    let mut reading = Reading { classes: read_classes(classes.answer().await).await?, ..Reading::default() };
    for (kind, query) in queries {
        reading.objects(kind, query.answer().await).await?;
    }
    reading.dependencies(dependencies.answer().await).await?;
    let roles = read_roles(roles.answer().await).await?;
    let mut coverage = read_coverage(coverage.answer().await).await?;
    coverage.not_compared = read_not_compared(not_compared.answer().await).await?;
    let origins = match origins {
        Some(query) => reading.origins(query.answer().await).await?,
        None => Origins::new(),
    };

    if let Some(addresses) = addresses {
        let all = reading.places.all();
        addresses.extend(all.map(|(address, object)| (reading.objects[object as usize].id.clone(), address)));
    }
    let edges = reading.places.edges(&reading.objects);
    let mut catalog = Catalog::new(version, reading.objects, edges)?;
    catalog.roles = roles;
    catalog.coverage = coverage;
    Ok((journal::without(catalog), origins))
}

/// Reads what the standard's views show. No edges, no origins: they know neither.
async fn read_standard(client: &Client, scope: &Scope) -> anyhow::Result<Catalog> {
    let schemas = scope.schemas.as_deref();
    let begin = send(pipeline::begin(client, scope.statement_timeout_s)).await;
    // The views are joins of joins: a nested loop over two of them takes minutes.
    let settings = send(client.batch_execute("SET LOCAL enable_nestloop = off")).await;
    let version = send(rows(client, VERSION, schemas)).await;
    let mut queries = Vec::new();
    for kind in ObjectKind::ALL {
        if let Some(standard) = &kinds::of(*kind).standard {
            queries.push((*kind, send(rows(client, standard.query, schemas)).await));
        }
    }
    let coverage = send(rows(client, include_str!("coverage.sql"), schemas)).await;
    let commit = send(pipeline::commit(client)).await;

    begin.answer().await.context("cannot begin a read-only transaction")?;
    settings.answer().await.context("cannot set up the reading")?;
    let version = read_version(version.answer().await).await?;
    let mut reading = Reading::default();
    for (kind, query) in queries {
        reading.objects(kind, query.answer().await).await?;
    }
    let coverage = read_coverage(coverage.answer().await).await?;
    commit.answer().await.context("cannot end the read-only transaction")?;
    let mut catalog = Catalog::new(version, reading.objects, Vec::new())?;
    catalog.coverage = coverage;
    let unseen: Vec<String> =
        ObjectKind::ALL.iter().filter(|kind| kinds::of(**kind).standard.is_none()).map(|kind| kind.prose()).collect();
    catalog.coverage.limits = vec![
        format!("information_schema shows nothing of the kinds {}", unseen.join(", ")),
        "information_schema shows only what the role may touch, no comments, no row-level security, and of keys, types and \
         routines only a part"
            .to_owned(),
    ];
    Ok(journal::without(catalog))
}

/// What one introspection has read so far.
#[derive(Default)]
struct Reading {
    interner: Interner,
    classes: HashMap<String, u32>,
    objects: Vec<Object>,
    places: Places,
}

impl Reading {
    async fn objects(&mut self, kind: ObjectKind, stream: Answer) -> anyhow::Result<()> {
        let what = format!("objects of kind {kind}");
        let stream = stream.with_context(|| format!("cannot read {what}"))?;
        let class = self.classes.get(kinds::of(kind).catalog).copied();
        let mut shape = None;
        for_each(stream, &what, |row| {
            let shape = match &shape {
                Some(shape) => shape,
                None => shape.insert(Shape::of(kind, &row)?),
            };
            let (object, (oid, subid)) = shape.object(&row, &mut self.interner)?;
            if let Some(class) = class.filter(|_| oid != 0) {
                self.places.insert((class, oid, subid), self.objects.len() as u32);
            }
            self.objects.push(object);
            Ok(())
        })
        .await
    }

    async fn dependencies(&mut self, stream: Answer) -> anyhow::Result<()> {
        for_each(stream.context("cannot read dependencies")?, "dependencies", |row| {
            let from: Address = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let to: Address = (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
            self.places.add(from, to, row.try_get(6)?);
            Ok(())
        })
        .await
    }

    async fn origins(&self, stream: Answer) -> anyhow::Result<Origins> {
        let mut origins = Origins::new();
        for_each(stream.context("cannot read who made what")?, "who made what", |row| {
            let address: Address = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if let Some(object) = self.places.object(address) {
                let transaction: i64 = row.try_get(3)?;
                origins.insert(self.objects[object as usize].id.clone(), transaction as u32);
            }
            Ok(())
        })
        .await?;
        Ok(origins)
    }
}

type Answer = Result<RowStream, tokio_postgres::Error>;

async fn read_version(stream: Answer) -> anyhow::Result<u32> {
    let mut version = 0i32;
    for_each(stream.context("cannot ask for the server's version")?, "the server's version", |row| {
        version = row.try_get(0)?;
        Ok(())
    })
    .await?;
    Ok(version as u32)
}

async fn read_classes(stream: Answer) -> anyhow::Result<HashMap<String, u32>> {
    let mut classes = HashMap::new();
    for_each(stream.context("cannot read the system catalogs")?, "the system catalogs", |row| {
        classes.insert(row.try_get(1)?, row.try_get(0)?);
        Ok(())
    })
    .await?;
    Ok(classes)
}

async fn read_roles(stream: Answer) -> anyhow::Result<Vec<Role>> {
    let mut roles = Vec::new();
    for_each(stream.context("cannot read the roles")?, "the roles", |row| {
        let of: Option<Vec<String>> = row.try_get("roles")?;
        let inherit: Option<Vec<bool>> = row.try_get("inherit")?;
        let set: Option<Vec<bool>> = row.try_get("set")?;
        let settings: Option<Vec<String>> = row.try_get("settings")?;
        let members = of.into_iter().flatten().zip(inherit.into_iter().flatten().zip(set.into_iter().flatten()));
        roles.push(Role {
            name: row.try_get::<_, &str>("name")?.into(),
            superuser: row.try_get("superuser")?,
            bypass_row_security: row.try_get("bypass_row_security")?,
            login: row.try_get("login")?,
            settings: settings.into_iter().flatten().map(Into::into).collect(),
            member_of: members.map(|(role, (inherit, set))| Membership { role: role.into(), inherit, set }).collect(),
        });
        Ok(())
    })
    .await?;
    Ok(roles)
}

async fn read_coverage(stream: Answer) -> anyhow::Result<Coverage> {
    let mut coverage = Coverage::default();
    for_each(stream.context("cannot ask what the role may see")?, "what the role may see", |row| {
        coverage.relations = row.try_get::<_, i64>(0)? as u64;
        coverage.invisible = row.try_get(1)?;
        Ok(())
    })
    .await?;
    Ok(coverage)
}

async fn read_not_compared(stream: Answer) -> anyhow::Result<BTreeMap<String, NotCompared>> {
    let what = "objects of kinds that are not compared";
    let mut found = BTreeMap::new();
    for_each(stream.with_context(|| format!("cannot count {what}"))?, what, |row| {
        let count = row.try_get::<_, i64>(1)? as u64;
        found.insert(row.try_get(0)?, NotCompared { count, examples: row.try_get(2)? });
        Ok(())
    })
    .await?;
    Ok(found)
}

/// How many tables one counting query covers.
const COUNTED_AT_ONCE: usize = 100;

/// Counts the rows of every table, exactly, whoever may see them: a count
/// that row-level security would falsify is an error. Nothing is fetched from
/// elsewhere: a table with foreign partitions is not counted. A query may take `timeout_s` seconds; 0: as long as it takes.
pub async fn count_rows(client: &Client, catalog: &Catalog, timeout_s: u64) -> anyhow::Result<RowCounts> {
    let far = reaching_out(catalog);
    let tables: Vec<&Object> =
        catalog.of_kind(ObjectKind::Table).iter().filter(|table| !far.contains(&table.id.qualified())).collect();
    let queries: Vec<String> = tables.chunks(COUNTED_AT_ONCE).map(count_query).collect();
    let began = Instant::now();
    let begin = send(pipeline::begin(client, timeout_s)).await;
    let mut sent = Vec::new();
    for query in &queries {
        sent.push(send(rows(client, query, None)).await);
    }
    let commit = send(pipeline::commit(client)).await;
    begin.answer().await.context("cannot begin a read-only transaction")?;
    let mut counts = BTreeMap::new();
    for (chunk, query) in tables.chunks(COUNTED_AT_ONCE).zip(sent) {
        for_each(query.answer().await.context("cannot count rows")?, "row counts", |row| {
            let n: i32 = row.try_get(0)?;
            let table = usize::try_from(n).ok().and_then(|n| chunk.get(n));
            let id = &table.with_context(|| format!("the server counts a table {n}, which nobody asked for"))?.id;
            counts.insert((id.schema.clone(), id.name.clone()), row.try_get::<_, i64>(1)? as u64);
            Ok(())
        })
        .await?;
    }
    commit.answer().await.context("cannot end the read-only transaction")?;
    debug!(tables = counts.len(), round_trips = 1, ms = ms(began), "counted rows");
    Ok(counts)
}

/// Tables, as SQL names them, whose rows are partly on foreign servers.
fn reaching_out(catalog: &Catalog) -> BTreeSet<String> {
    let parent = |object: &Object| object.text("partition_of").map(str::to_owned);
    let parents: BTreeMap<String, String> =
        catalog.of_kind(ObjectKind::Table).iter().filter_map(|t| Some((t.id.qualified(), parent(t)?))).collect();
    let mut far = BTreeSet::new();
    for foreign in catalog.of_kind(ObjectKind::ForeignTable) {
        let mut next = parent(foreign);
        while let Some(table) = next.filter(|table| far.insert(table.clone())) {
            next = parents.get(&table).cloned();
        }
    }
    far
}

fn count_query(tables: &[&Object]) -> String {
    let one = |(i, table): (usize, &&Object)| {
        // A partitioned table's rows are those of its partitions; others count their own.
        let only = if table.text("partition_key").is_some() { "" } else { "ONLY " };
        format!("SELECT {i} AS n, pg_catalog.count(*) AS rows FROM {only}{}", table.id.qualified())
    };
    tables.iter().enumerate().map(one).collect::<Vec<_>>().join(" UNION ALL ")
}
