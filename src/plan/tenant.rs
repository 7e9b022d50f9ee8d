//! The tenant that rows are given to has to exist: its row comes with the
//! patch, or the patch stops before it gives anything away.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::kinds::Context;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::step::Additive;
use crate::model::step::Lock;
use crate::model::step::Phase;
use crate::plan::additive::must_be_given;
use crate::plan::order::Unit;
use crate::plan::value::cast;

/// Where tenants are registered, and the column by which rows name theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantInfo {
    /// Schema and table of the registry.
    pub registry: (String, String),
    /// The registry's key column.
    pub key: String,
    /// The tenant column of all other tables.
    pub column: String,
}

impl TenantInfo {
    fn id(&self, kind: ObjectKind, name: &str) -> ObjectId {
        ObjectId::new(kind, &self.registry.0, &self.registry.1, name)
    }

    fn table(&self) -> ObjectId {
        ObjectId::new(ObjectKind::Table, &self.registry.0, "", &self.registry.1)
    }

    fn dotted(&self) -> String {
        format!("{}.{}", self.registry.0, self.registry.1)
    }
}

/// What the tenants of existing rows need.
#[derive(Debug, Default)]
pub struct Rows {
    /// Steps that come before everything else.
    pub head: Vec<Additive>,
    /// A unit of steps that the registry and its columns (`after`) precede and
    /// the filled columns (`before`) follow.
    pub unit: Option<Unit>,
    pub after: BTreeSet<ObjectId>,
    pub before: BTreeSet<ObjectId>,
    /// Literals that the registry's key column must hold before the patch runs.
    pub assumed: BTreeMap<ObjectId, Vec<String>>,
    pub warnings: Vec<String>,
}

/// The name of the unit that is no object: nothing in a catalog hangs a table
/// on a table.
const ROW: &str = "tenant rows";

/// True for the unit that [`rows`] makes.
pub fn is_row(id: &ObjectId) -> bool {
    id.kind == ObjectKind::Table && !id.parent.is_empty()
}

/// Plans the tenant rows. `constants` are the literals that columns are filled with.
pub fn rows(
    tenant: &TenantInfo,
    context: &Context,
    constants: &BTreeMap<ObjectId, String>,
    create: &[(String, String)],
) -> Result<Rows> {
    let mut rows = Rows::default();
    let filled = constants.iter().filter(|(id, _)| *id.name == *tenant.column);
    let tenants: BTreeSet<&str> = filled.clone().map(|(_, literal)| literal.as_str()).collect();
    let mut steps = Vec::new();
    if !create.is_empty() {
        steps.push(insert(tenant, context, create)?);
        rows.after.insert(tenant.table());
        rows.after.extend(create.iter().map(|(column, _)| tenant.id(ObjectKind::Column, column)));
    }
    let key = tenant.id(ObjectKind::Column, &tenant.key);
    let key_type = context.expected.get(&key).or_else(|| context.actual.get(&key)).and_then(|c| c.text("type"));
    steps.extend(tenants.iter().map(|value| exists(tenant, value, key_type)));
    if steps.is_empty() {
        return Ok(rows);
    }
    rows.before.extend(filled.map(|(id, _)| id.clone()));
    let created = |value: &str| create.iter().any(|(name, given)| *name == tenant.key && literal(given) == value);
    let assumed: Vec<String> = tenants.iter().filter(|v| !created(v)).map(|v| v.to_string()).collect();
    if !assumed.is_empty() {
        rows.assumed.insert(key.clone(), assumed);
    }
    let there = context.actual.get(&key).is_some();
    if create.is_empty() && (!there || context.actual.rows_of(&tenant.registry.0, &tenant.registry.1) == Some(0)) {
        rows.warnings.push(format!(
            "{} has no rows: the patch stops before it changes a row until the tenant is there; \
             --create-tenant '{}=…' puts it into the patch",
            tenant.dotted(),
            tenant.key
        ));
    }
    if create.is_empty() && there {
        rows.head = steps;
    } else {
        rows.after.insert(tenant.table());
        rows.unit = Some(Unit { id: tenant.id(ObjectKind::Table, ROW), steps });
    }
    Ok(rows)
}

fn exists(tenant: &TenantInfo, value: &str, key_type: Option<&str>) -> Additive {
    let registry = tenant.table().qualified();
    let key = quote(&tenant.key);
    let condition = format!("EXISTS (SELECT FROM {registry} WHERE {key} = {})", cast(value, key_type));
    let message = format!(
        "tenant {} is not in {}, and rows would be given to it: insert it, or write the patch with --create-tenant",
        value.trim_matches('\''),
        tenant.dotted()
    );
    Additive::require(Phase::Backfill, &condition, &message)
}

fn insert(tenant: &TenantInfo, context: &Context, create: &[(String, String)]) -> Result<Additive> {
    let rest = row(tenant, context.expected, create)?;
    Ok(Additive::insert(&rest).lock(Lock::RowExclusive, &tenant.table().qualified()))
}

/// The row of a new tenant, as `INSERT INTO` takes it.
///
/// # Errors
/// The registry could not hold it.
pub fn row(tenant: &TenantInfo, expected: &Catalog, create: &[(String, String)]) -> Result<String> {
    let columns = expected.children(ObjectKind::Column, &tenant.registry.0, &tenant.registry.1);
    refuse(tenant, columns, create)?;
    let names: Vec<String> = create.iter().map(|(name, _)| quote(name)).collect();
    let values: Vec<String> = create.iter().map(|(_, value)| literal(value)).collect();
    Ok(format!("{} ({})\n  VALUES ({})", tenant.table().qualified(), names.join(", "), values.join(", ")))
}

/// Refuses a tenant that the registry could not hold.
fn refuse(tenant: &TenantInfo, columns: &[Object], create: &[(String, String)]) -> Result<()> {
    let known: Vec<&str> = columns.iter().map(|column| &*column.id.name).collect();
    if known.is_empty() {
        let message = format!("--create-tenant: the expected SQL declares no table {}", tenant.dotted());
        return Err(failure(message, "declare it, or correct `registry` under [tenancy] of drift.toml"));
    }
    let mut seen = BTreeSet::new();
    for (name, _) in create {
        if !known.contains(&name.as_str()) {
            let message = format!("--create-tenant: {} has no column {name}", tenant.dotted());
            return Err(failure(message, format!("its columns: {}", known.join(", "))));
        }
        if !seen.insert(name) {
            return Err(failure(format!("--create-tenant: {name} is given twice"), "give each column once"));
        }
    }
    let lacks = |column: &&Object| must_be_given(column) || *column.id.name == *tenant.key;
    let lacking: Vec<&str> = columns
        .iter()
        .filter(lacks)
        .map(|c| &*c.id.name)
        .filter(|name| !create.iter().any(|(n, _)| n == name))
        .collect();
    if !lacking.is_empty() {
        let message = format!("--create-tenant: {} needs a value for {}", tenant.dotted(), lacking.join(", "));
        return Err(failure(
            message,
            format!("add {}", lacking.iter().map(|n| format!("{n}=…")).collect::<Vec<_>>().join(",")),
        ));
    }
    Ok(())
}
