//! The objects of a database, kept up to date while statements run. After each
//! one, the system catalogs are asked in one query which of them changed, and
//! only the kinds of object that are read from those are read anew.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Context as _;
use tokio_postgres::Client;

use crate::history;
use crate::history::Effect;
use crate::kinds;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::pg::introspect;
use crate::pg::introspect::Prepared;
use crate::pg::pipeline::for_each;
use crate::pg::pipeline::rows;

/// System catalogs on which text that the server prints depends, whatever object it is of.
const PRINTED_FROM: &[&str] =
    &["pg_attribute", "pg_class", "pg_constraint", "pg_namespace", "pg_proc", "pg_rewrite", "pg_type"];

/// All objects of a database as of the last reading.
#[derive(Clone)]
pub struct Mirror {
    objects: BTreeMap<ObjectKind, Vec<Object>>,
    /// What each system catalog held, in short.
    marks: BTreeMap<String, String>,
    /// For each kind, the marks on which it depends.
    sources: BTreeMap<ObjectKind, BTreeSet<String>>,
    query: tokio_postgres::Statement,
    prepared: Vec<Prepared>,
    /// Who runs the SQL owns what it makes: the SQL does not say who that is.
    owner: String,
}

impl Mirror {
    /// Reads everything. The session must not be inside a transaction.
    ///
    /// # Errors
    /// A query fails.
    pub async fn read(client: &Client, owner: &str) -> anyhow::Result<Mirror> {
        let catalogs = catalogs(client).await?;
        let sources = ObjectKind::ALL.iter().map(|kind| (*kind, sources(kinds::query(*kind), &catalogs))).collect();
        let mut mirror = Mirror {
            objects: BTreeMap::new(),
            marks: BTreeMap::new(),
            sources,
            query: client.prepare(&query(&catalogs)).await.context("cannot ask which system catalogs changed")?,
            prepared: introspect::prepare(client).await?,
            owner: owner.to_owned(),
        };
        mirror.refresh(client, false).await?;
        Ok(mirror)
    }

    /// All objects, sorted by identity.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().flatten()
    }

    /// Reads what changed since the last reading, and says it.
    ///
    /// # Errors
    /// A query fails.
    pub async fn refresh(&mut self, client: &Client, in_transaction: bool) -> anyhow::Result<Vec<Effect>> {
        let marks = marks(client, &self.query).await?;
        let names: BTreeSet<&String> = marks.keys().chain(self.marks.keys()).collect();
        let changed: BTreeSet<&String> =
            names.into_iter().filter(|name| marks.get(*name) != self.marks.get(*name)).collect();
        let concerned: Vec<&Prepared> = self
            .prepared
            .iter()
            .filter(|prepared| changed.iter().any(|name| self.sources[&prepared.kind].contains(*name)))
            .collect();
        if concerned.is_empty() {
            self.marks = marks;
            return Ok(Vec::new());
        }
        let mut effects = Vec::new();
        for (kind, mut objects) in introspect::read_kinds(client, &concerned, in_transaction).await? {
            for object in &mut objects {
                if object.text("owner") == Some(&*self.owner) {
                    object.attributes = object.attributes.without("owner");
                }
            }
            let before = self.objects.insert(kind, objects).unwrap_or_default();
            effects.extend(history::effects(&before, &self.objects[&kind]));
        }
        self.marks = marks;
        Ok(effects)
    }
}

/// The system catalogs that some kind is read from.
async fn catalogs(client: &Client) -> anyhow::Result<Vec<String>> {
    const ALL: &str = "SELECT c.relname::text FROM pg_catalog.pg_class AS c \
        WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'";
    let mut found = Vec::new();
    let stream = rows(client, ALL, None).await.context("cannot list the system catalogs")?;
    for_each(stream, "the system catalogs", |row| {
        found.push(row.try_get::<_, String>(0)?);
        Ok(())
    })
    .await?;
    found.retain(|name| ObjectKind::ALL.iter().any(|kind| mentions(kinds::query(*kind), name)));
    found.sort();
    Ok(found)
}

fn mentions(query: &str, catalog: &str) -> bool {
    let name = format!("pg_catalog.{catalog}");
    query
        .match_indices(&name)
        .any(|(at, found)| !query[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The marks on which a kind depends. Of the comments only those on what it is made of count.
fn sources(query: &str, catalogs: &[String]) -> BTreeSet<String> {
    let mut sources = BTreeSet::new();
    for catalog in catalogs.iter().filter(|catalog| mentions(query, catalog)) {
        if catalog != "pg_description" {
            sources.insert(catalog.clone());
            continue;
        }
        let classes = catalogs.iter().filter(|class| query.contains(&format!("'pg_catalog.{class}'")));
        sources.extend(classes.map(|class| format!("pg_description of {class}")));
    }
    let prints = ["pg_get_", "format_type", "pg_catalog.reg"].iter().any(|word| query.contains(word));
    if prints {
        sources.extend(PRINTED_FROM.iter().map(|name| (*name).to_owned()));
    }
    sources
}

/// One row per system catalog: how many rows it has, and the sum of the transactions that
/// wrote them. Whatever is added, changed or removed changes one of the two.
fn query(catalogs: &[String]) -> String {
    let of = |name: &String| match name.as_str() {
        "pg_description" => {
            "SELECT 'pg_description of ' || k.relname, pg_catalog.count(*), pg_catalog.sum(c.xmin::text::int8) \
             FROM pg_catalog.pg_description AS c JOIN pg_catalog.pg_class AS k ON k.oid = c.classoid GROUP BY k.relname"
                .to_owned()
        }
        _ => format!(
            "SELECT '{name}', pg_catalog.count(*), pg_catalog.sum(c.xmin::text::int8) FROM pg_catalog.{name} AS c"
        ),
    };
    let parts = catalogs.iter().map(of).collect::<Vec<_>>().join(" UNION ALL ");
    format!("SELECT m.name::text, m.rows || ' ' || COALESCE(m.written, 0) FROM ({parts}) AS m(name, rows, written)")
}

async fn marks(client: &Client, query: &tokio_postgres::Statement) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let stream = client
        .query_raw(query, std::iter::empty::<&str>())
        .await
        .context("cannot ask which system catalogs changed")?;
    for_each(stream, "which system catalogs changed", |row| {
        found.insert(row.try_get(0)?, row.try_get(1)?);
        Ok(())
    })
    .await?;
    Ok(found)
}
