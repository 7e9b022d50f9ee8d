//! Foreign keys and unique keys as the rules ask about them: which columns meet
//! which, and whether the tenant is among them. Facts only, no judgement.

use std::sync::Arc;

use crate::model::ident::split_qualified;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::TableClass;
use crate::tenancy::Scene;
use crate::tenancy::is_key;

/// A foreign key, and the table it refers to.
pub(super) struct ForeignKey<'a> {
    pub object: &'a Object,
    pub schema: String,
    pub table: String,
}

impl<'a> ForeignKey<'a> {
    pub fn columns(&self) -> &'a [Arc<str>] {
        self.object.list("columns")
    }

    pub fn referenced(&self) -> &'a [Arc<str>] {
        self.object.list("referenced_columns")
    }

    /// Column by column, who meets whom.
    fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.columns().iter().map(|c| &**c).zip(self.referenced().iter().map(|c| &**c))
    }

    /// True where the tenant of the row must be the tenant of the row it refers to.
    pub fn carries(&self, tenant: &str) -> bool {
        self.pairs().any(|pair| pair == (tenant, tenant))
    }

    /// The referenced columns beside the tenant's.
    pub fn referenced_beside(&self, tenant: &str) -> Vec<&'a str> {
        self.referenced().iter().map(|c| &**c).filter(|c| *c != tenant).collect()
    }

    pub fn parent(&self) -> ObjectId {
        ObjectId::new(ObjectKind::Table, &self.schema, "", &self.table)
    }

    /// True where `other` refers to the same table by all columns of this one.
    fn within(&self, other: &ForeignKey) -> bool {
        (&self.schema, &self.table) == (&other.schema, &other.table)
            && self.pairs().all(|pair| other.pairs().any(|theirs| theirs == pair))
    }

    /// True where this key, or another one of the table over the same columns,
    /// carries the tenant.
    pub fn is_guarded(&self, of_table: &[ForeignKey], tenant: &str) -> bool {
        self.carries(tenant) || of_table.iter().any(|other| self.within(other) && other.carries(tenant))
    }
}

/// A primary key, a unique constraint or a unique index.
pub(super) struct UniqueKey<'a> {
    pub object: &'a Object,
    /// The columns that are keys as they are.
    pub columns: Vec<&'a str>,
    /// The keys that are expressions, as the server prints them.
    pub expressions: Vec<&'a str>,
}

impl UniqueKey<'_> {
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains(&column)
    }

    /// True where no two rows agree on its columns, whatever else they hold.
    pub fn is_total(&self) -> bool {
        self.expressions.is_empty()
            && self.object.text("predicate").is_none()
            && (self.object.attributes.get("valid").is_none() || self.object.flag("valid"))
    }

    /// True for just these columns, in any order.
    pub fn is_exactly(&self, columns: &[&str]) -> bool {
        self.is_total() && self.columns.len() == columns.len() && columns.iter().all(|c| self.has(c))
    }

    /// The keys as SQL lists them.
    pub fn list(&self) -> String {
        [self.columns.as_slice(), self.expressions.as_slice()].concat().join(", ")
    }
}

impl<'a> Scene<'a> {
    /// The foreign keys of a table whose other end is known.
    pub fn foreign_keys(&self, table: &Object) -> Vec<ForeignKey<'a>> {
        let known = |object: &'a Object| {
            let (schema, table) = split_qualified(object.text("references")?)?;
            Some(ForeignKey { object, schema, table })
        };
        self.children(ObjectKind::ForeignKey, table).iter().filter_map(known).collect()
    }

    /// Whatever makes rows of a table unique.
    pub fn unique_keys(&self, table: &Object) -> Vec<UniqueKey<'a>> {
        let mut keys = Vec::new();
        for kind in [ObjectKind::PrimaryKey, ObjectKind::Unique] {
            keys.extend(self.children(kind, table).iter().map(|object| UniqueKey {
                object,
                columns: object.list("columns").iter().map(|c| &**c).collect(),
                expressions: Vec::new(),
            }));
        }
        let columns = self.children(ObjectKind::Column, table);
        for object in self.children(ObjectKind::Index, table).iter().filter(|index| index.flag("unique")) {
            let mut key = UniqueKey { object, columns: Vec::new(), expressions: Vec::new() };
            for printed in object.list("keys") {
                match columns.iter().find(|column| is_key(printed, &column.id.name)) {
                    Some(column) => key.columns.push(&column.id.name),
                    None => key.expressions.push(printed),
                }
            }
            keys.push(key);
        }
        keys
    }

    /// The table at the other end of a foreign key, where it is under comparison
    /// and its rows belong to tenants, with its class.
    pub fn tenant_parent(&self, key: &ForeignKey) -> Option<(&'a Object, TableClass)> {
        let parent = self.catalog.get(&key.parent())?;
        self.is_ruled(parent).then_some(())?;
        let class = self.class(parent).unwrap_or(TableClass::Owned);
        class.has_tenant().then_some((parent, class))
    }

    /// True where a table has the tenant column.
    pub fn has_tenant_column(&self, table: &Object) -> bool {
        self.tenant_column(table).is_some()
    }

    /// The tenant column of a table.
    pub fn tenant_column(&self, table: &Object) -> Option<&'a Object> {
        self.catalog.get(&self.column(table, &self.tenancy.column))
    }

    /// True where a column's values are made up by the server or are uuids:
    /// nobody chooses one because of what it means.
    pub fn is_surrogate(&self, table: &Object, column: &str) -> bool {
        self.is_uuid(table, column)
            || self.catalog.get(&self.column(table, column)).is_some_and(|column| {
                column.text("identity").is_some() || column.text("default").is_some_and(|d| d.starts_with("nextval("))
            })
    }

    pub fn is_uuid(&self, table: &Object, column: &str) -> bool {
        self.catalog.get(&self.column(table, column)).is_some_and(|column| base_type(column) == "uuid")
    }

    /// The foreign key through which the rows of a table without the tenant column
    /// hang on a tenant, over any number of tables: the registry, or a table that
    /// has the column, is at the end. A lookup table is a parent, and reaches nothing.
    pub fn hangs_on_tenants(&self, table: &Object) -> Option<ForeignKey<'a>> {
        self.way_to_tenants(table, &mut vec![table.id.clone()])
    }

    fn way_to_tenants(&self, table: &Object, seen: &mut Vec<ObjectId>) -> Option<ForeignKey<'a>> {
        let mut keys = self.foreign_keys(table);
        let reaches = |key: &ForeignKey, seen: &mut Vec<ObjectId>| {
            if self.tenancy.is_registry(&key.schema, &key.table) {
                return true;
            }
            let Some((parent, _)) = self.tenant_parent(key).filter(|(parent, _)| !seen.contains(&parent.id)) else {
                return false;
            };
            seen.push(parent.id.clone());
            self.has_tenant_column(parent) || self.way_to_tenants(parent, seen).is_some()
        };
        let at = keys.iter().position(|key| reaches(key, seen))?;
        Some(keys.swap_remove(at))
    }
}

/// The type of a column, or what its domain rests upon; without a length.
pub(super) fn base_type(column: &Object) -> String {
    let text = column.text("base_type").or(column.text("type")).unwrap_or_default();
    match (text.find('('), text.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &text[..open], &text[close + 1..]),
        _ => text.to_owned(),
    }
}
