//! What the catalog cannot say and only the rows can: each probe is a pair of
//! files, `<probe>.rs` that asks and `<probe>.md` that explains. A probe reads
//! the catalog and the spec and writes questions; it never runs one.

pub mod question;
pub mod read;

use crate::model::catalog::Catalog;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::probes::question::Question;
use crate::spec::Spec;
use crate::spec::TableClass;
use crate::spec::Tenancy;

/// One probe.
pub struct Probe {
    /// The code of its findings.
    pub code: &'static str,
    /// What `drift explain` prints.
    pub page: &'static str,
    ask: Ask,
}

/// Whom a probe is about.
enum Ask {
    /// The tenants: asked where the spec says who they are.
    Tenants(fn(&Scene) -> Vec<Question>),
    /// Any database.
    Anybody(fn(&Catalog) -> Vec<Question>),
}

macro_rules! register {
    ($($module:ident $code:literal $whom:ident)*) => {
        $(mod $module;)*

        /// Every probe, in the order in which they are asked.
        pub const PROBES: &[Probe] = &[$(
            Probe { code: $code, page: include_str!(concat!(stringify!($module), ".md")), ask: Ask::$whom($module::ask) }
        ),*];
    };
}
register! {
    tenant_rows_without    "tenant-rows-without" Tenants
    tenant_rows_orphaned   "tenant-rows-orphaned" Tenants
    tenant_rows_cross      "tenant-rows-cross" Tenants
    share_rows_contradict  "share-rows-contradict" Tenants
    tenant_rows_duplicate  "tenant-rows-duplicate" Tenants
    member_rows_missing    "member-rows-missing" Tenants
    sequence_behind        "sequence-behind"       Anybody
}

/// All questions about the rows of a database, of which `actual` holds what is compared. `expected` is the declared
/// catalog: what is declared and missing may be impossible to add. Without
/// `[tenancy]` in the spec nothing is asked about tenants.
pub fn questions(actual: &Catalog, expected: &Catalog, spec: &Spec) -> Vec<Question> {
    let scene = spec.tenancy.as_ref().map(|tenancy| Scene { actual, expected, spec, tenancy });
    let asked = |probe: &Probe| match (&probe.ask, &scene) {
        (Ask::Tenants(ask), Some(scene)) => ask(scene),
        (Ask::Tenants(_), None) => Vec::new(),
        (Ask::Anybody(ask), _) => ask(actual),
    };
    PROBES.iter().flat_map(asked).collect()
}

/// What a probe may look at.
struct Scene<'a> {
    actual: &'a Catalog,
    expected: &'a Catalog,
    spec: &'a Spec,
    tenancy: &'a Tenancy,
}

impl<'a> Scene<'a> {
    /// The tables whose rows belong to tenants and that have the column which
    /// says so. A partition's rows are read through its parent.
    fn tenant_tables(&self) -> impl Iterator<Item = (&'a Object, TableClass)> {
        self.actual
            .of_kind(ObjectKind::Table)
            .iter()
            .filter(|table| table.text("partition_of").is_none())
            .filter_map(|table| Some((table, self.tenant_class(table)?)))
    }

    /// The class of a table that has the tenant column; `None` where its rows
    /// belong to nobody, or nobody has said whether they do.
    fn tenant_class(&self, table: &Object) -> Option<TableClass> {
        let class = self.tenancy.class_of(&table.id.schema, &table.id.name);
        let known = class.is_some() || self.expected.get(&table.id).is_some();
        let class = class.unwrap_or(TableClass::Owned);
        let ours = self.spec.schemas.iter().any(|schema| **schema == *table.id.schema);
        let registry = self.tenancy.is_registry(&table.id.schema, &table.id.name);
        let has_column = self.column(&table.id, &self.tenancy.column).is_some();
        (known && ours && !registry && has_column && class.has_tenant()).then_some(class)
    }

    fn column(&self, table: &ObjectId, name: &str) -> Option<&'a Object> {
        self.actual.get(&ObjectId::new(ObjectKind::Column, &table.schema, &table.name, name))
    }

    /// The table of tenants and its key, where both are there.
    fn registry(&self) -> Option<(&'a Object, &'a str)> {
        let tables = self.actual.of_kind(ObjectKind::Table).iter();
        let mut tables = tables.filter(|t| self.spec.schemas.iter().any(|schema| **schema == *t.id.schema));
        let table = tables.find(|t| self.tenancy.is_registry(&t.id.schema, &t.id.name))?;
        let key = self.actual.children(ObjectKind::PrimaryKey, &table.id.schema, &table.id.name).first()?;
        match key.list("columns") {
            [column] => Some((table, column)),
            _ => None,
        }
    }

    /// True where an index that is led by the tenant column finds rows by it.
    fn has_tenant_index(&self, table: &ObjectId) -> bool {
        has_index_led_by(self.actual, table, &self.tenancy.column)
    }
}

/// True where an index that a column leads finds rows by it.
fn has_index_led_by(catalog: &Catalog, table: &ObjectId, column: &str) -> bool {
    let leads = |key: &Object| key.list("columns").first().is_some_and(|first| **first == *column);
    let constraints = [ObjectKind::PrimaryKey, ObjectKind::Unique];
    let children = |kind| catalog.children(kind, &table.schema, &table.name);
    constraints.into_iter().any(|kind| children(kind).iter().any(leads))
        || children(ObjectKind::Index).iter().any(|index| {
            let btree = index.text("method").is_none_or(|method| method == "btree");
            let first = index.list("keys").first().is_some_and(|key| **key == *quote(column));
            btree && first && index.flag("valid") && index.text("predicate").is_none()
        })
}

/// The columns by which a person can find a row again; none where the table
/// has no primary key.
pub fn key_of(catalog: &Catalog, table: &ObjectId) -> Vec<String> {
    let keys = catalog.children(ObjectKind::PrimaryKey, &table.schema, &table.name);
    keys.first().map(|key| key.list("columns").iter().map(ToString::to_string).collect()).unwrap_or_default()
}

/// The table that a foreign key refers to, where it is in the catalog.
pub fn referenced<'a>(catalog: &'a Catalog, key: &Object) -> Option<&'a Object> {
    let name = key.text("references")?;
    catalog.of_kind(ObjectKind::Table).iter().find(|table| table.id.qualified() == name)
}

/// True for a column that by its name says who made a row, or whose it is:
/// not who reviewed it, was invited, or changed it last.
pub fn names_a_maker(column: &str) -> bool {
    let column = column.to_lowercase();
    column == "user_id" || ["creat", "owner", "author", "added_by", "inserted_by"].iter().any(|w| column.contains(w))
}

#[cfg(test)]
mod tests;
