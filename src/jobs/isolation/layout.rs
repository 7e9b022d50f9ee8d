//! What there is to prove: the tables that hold tenants' rows, how they hang
//! together, and how a session becomes a tenant's.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::jobs::isolation::context;
use crate::model::catalog::Catalog;
use crate::model::failure::failure;
use crate::model::ident::quote;
use crate::model::ident::split_routine;
use crate::model::isolation::RelationClass;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::order;
use crate::plan::values::Values;
use crate::plan::values::literals;
use crate::scratch::compile::PLATFORM_SCHEMAS;
use crate::scratch::compile::Platform;
use crate::spec::Enter;
use crate::spec::Spec;
use crate::spec::TableClass;
use crate::spec::Tenancy;

/// How many tenants that the schema itself names get rows.
const NAMED: usize = 3;

/// A table by schema and name.
pub type Name = (String, String);

/// A table whose rows belong to tenants.
#[derive(Debug, Clone)]
pub struct Tenanted<'a> {
    pub object: &'a Object,
    pub class: RelationClass,
    /// The column that says whose a row is.
    pub tenant: String,
}

impl Tenanted<'_> {
    pub fn name(&self) -> Name {
        name_of(self.object)
    }

    /// Quoted for SQL.
    pub fn sql(&self) -> String {
        self.object.id.qualified()
    }
}

/// The name of a table's object.
pub fn name_of(object: &Object) -> Name {
    (object.id.schema.to_string(), object.id.name.to_string())
}

/// What there is to prove.
pub struct Layout<'a> {
    pub catalog: &'a Catalog,
    pub values: Values<'a>,
    pub spec: &'a Spec,
    pub tenancy: &'a Tenancy,
    pub enter: Enter,
    pub registry: Name,
    /// The registry's key.
    pub key: String,
    /// What rows refer to comes first.
    pub tables: Vec<Tenanted<'a>>,
    /// Tables that should hold tenants' rows, and why nothing can be said about them.
    pub lost: Vec<(&'a Object, RelationClass, String)>,
    /// Tables of no tenant that rows refer to, in the same order.
    pub ancestors: Vec<&'a Object>,
    /// Where users are, and their key.
    pub users: Option<(Name, String)>,
    /// Tenants that policies, contexts or defaults name, as SQL: whoever falls back on one is that one.
    pub named: Vec<String>,
    /// The functions that policies ask.
    asked: Vec<&'a Object>,
}

impl<'a> Layout<'a> {
    /// Sorts the tables of a catalog.
    ///
    /// # Errors
    /// `drift.toml` says too little, or its registry is not there.
    pub fn new(
        catalog: &'a Catalog,
        spec: &'a Spec,
        managed: &BTreeSet<String>,
        platform: Platform,
    ) -> Result<Layout<'a>> {
        let Some(tenancy) = &spec.tenancy else {
            return Err(failure(
                "drift.toml has no [tenancy]: nothing says who is a tenant",
                "add [tenancy] with registry, column, roles and enter (docs/drift-toml.md)",
            ));
        };
        let registry = registry(catalog, tenancy, managed)?;
        let keys = catalog.children(ObjectKind::PrimaryKey, &registry.id.schema, &registry.id.name);
        let key = keys.first().and_then(|key| key.list("columns").first()).ok_or_else(|| {
            failure(
                format!("the registry {} has no primary key", registry.id.dotted()),
                "its primary key is the tenant: add one",
            )
        })?;
        let mut layout = Layout {
            catalog,
            values: Values::new(catalog),
            spec,
            tenancy,
            enter: context::enter(tenancy, platform)?,
            registry: name_of(registry),
            key: key.to_string(),
            tables: Vec::new(),
            lost: Vec::new(),
            ancestors: Vec::new(),
            users: None,
            named: Vec::new(),
            asked: Vec::new(),
        };
        layout.sort_tables(managed);
        layout.find_ancestors();
        layout.users = layout.find_users(platform);
        let policies = catalog.of_kind(ObjectKind::Policy).iter();
        let texts = policies.flat_map(|policy| [policy.text("using"), policy.text("check")]).flatten();
        layout.asked = layout.called(&texts.collect::<Vec<_>>().join("\n"));
        layout.named = layout.find_named();
        Ok(layout)
    }

    fn sort_tables(&mut self, managed: &BTreeSet<String>) {
        for (schema, name) in order::relations(self.catalog) {
            let id = ObjectId::new(ObjectKind::Table, schema, "", name);
            let Some(object) = self.catalog.get(&id) else { continue };
            let part = object.text("partition_of").is_some() || !object.list("inherits").is_empty();
            if !managed.contains(schema) || part || self.spec.ignores(&id) {
                continue;
            }
            let class = match self.tenancy.class_of(schema, name).unwrap_or(TableClass::Owned) {
                _ if name_of(object) == self.registry => RelationClass::Registry,
                TableClass::Owned => RelationClass::Owned,
                TableClass::Shareable => RelationClass::Shareable,
                TableClass::Member => RelationClass::Member,
                TableClass::Global | TableClass::Ignore => continue,
            };
            match self.tenant_column(object) {
                Some(tenant) => self.tables.push(Tenanted { object, class, tenant }),
                None => {
                    let reason = format!("it has no {}: nothing says whose its rows are", self.tenancy.column);
                    self.lost.push((object, class, reason));
                }
            }
        }
    }

    /// The tenant column by its name, else the one column that refers to the registry.
    fn tenant_column(&self, table: &Object) -> Option<String> {
        if name_of(table) == self.registry {
            return Some(self.key.clone());
        }
        let columns = self.values.columns(table);
        if columns.iter().any(|column| *column.id.name == *self.tenancy.column) {
            return Some(self.tenancy.column.clone());
        }
        let registry = format!("{}.{}", quote(&self.registry.0), quote(&self.registry.1));
        let keys = self.catalog.children(ObjectKind::ForeignKey, &table.id.schema, &table.id.name);
        let mut to_registry =
            keys.iter().filter(|key| key.text("references") == Some(&registry) && key.list("columns").len() == 1);
        match (to_registry.next(), to_registry.next()) {
            (Some(key), None) => Some(key.list("columns")[0].to_string()),
            _ => None,
        }
    }

    fn find_ancestors(&mut self) {
        let mut found: BTreeSet<Name> = BTreeSet::new();
        let mut open: Vec<&Object> = self.tables.iter().map(|table| table.object).collect();
        while let Some(table) = open.pop() {
            for (name, parent) in self.parents(table) {
                if self.table(&name).is_none() && found.insert(name) {
                    open.push(parent);
                }
            }
        }
        let ordered = order::relations(self.catalog).into_iter();
        let names = ordered.map(|(schema, name)| (schema.to_owned(), name.to_owned())).filter(|n| found.contains(n));
        self.ancestors = names.filter_map(|name| self.object(&name)).collect();
    }

    /// The tables that a table refers to.
    pub fn parents(&self, table: &Object) -> Vec<(Name, &'a Object)> {
        let targets = self.values.columns(table).iter().filter_map(|column| self.values.reference(column));
        let names = targets.map(|(schema, name, _)| (schema.clone(), name.clone()));
        names.filter_map(|name| Some((name.clone(), self.object(&name)?))).collect()
    }

    fn object(&self, name: &Name) -> Option<&'a Object> {
        self.catalog.get(&ObjectId::new(ObjectKind::Table, &name.0, "", &name.1))
    }

    /// Users: the platform's, else the one table of no tenant that a member table refers to.
    fn find_users(&self, platform: Platform) -> Option<(Name, String)> {
        if platform == Platform::Supabase {
            let users = ("auth".to_owned(), "users".to_owned());
            return self.object(&users).map(|_| (users, "id".to_owned()));
        }
        let members = self.tables.iter().filter(|table| table.class == RelationClass::Member);
        let mut targets = members.flat_map(|table| {
            self.values.columns(table.object).iter().filter_map(|column| self.values.reference(column))
        });
        let target = targets.find(|(schema, table, _)| self.table(&(schema.clone(), table.clone())).is_none())?;
        Some(((target.0.clone(), target.1.clone()), target.2.clone()))
    }

    fn find_named(&self) -> Vec<String> {
        let mut text = self.tenancy.context.clone().unwrap_or_default();
        for table in &self.tables {
            text.push_str(&format!("\n{}\n", self.policy_text(table.object)));
            let id = &table.object.id;
            let column = ObjectId::new(ObjectKind::Column, &id.schema, &id.name, &table.tenant);
            let default = self.catalog.get(&column).and_then(|column| column.text("default"));
            text.push_str(default.unwrap_or_default());
        }
        for function in self.called(&text) {
            text.push('\n');
            text.push_str(function.text("definition").unwrap_or_default());
        }
        let data_type = self.type_of(self.registry().object, &self.key);
        let falls_back = ["coalesce", "case"].iter().any(|word| text.to_lowercase().contains(word));
        let fits = |value: &String| match data_type {
            "uuid" => value.len() == 38 && value.matches('-').count() == 4,
            "smallint" | "integer" | "bigint" => falls_back && value.parse::<i64>().is_ok(),
            _ => falls_back && value.len() > 2 && value.starts_with('\'') && !value.contains('.'),
        };
        let found: BTreeSet<String> = literals(&text).into_iter().filter(fits).collect();
        found.into_iter().take(NAMED).collect()
    }

    /// The functions that an expression calls, and those that they call.
    pub fn called(&self, text: &str) -> Vec<&'a Object> {
        let functions = self.catalog.of_kind(ObjectKind::Function);
        let mut found: Vec<&Object> = Vec::new();
        let mut text = text.to_owned();
        loop {
            let called = |function: &&Object| {
                let name = split_routine(&function.id.name).0;
                mentions(&text, name) && !PLATFORM_SCHEMAS.contains(&&*function.id.schema)
            };
            let new: Vec<&Object> =
                functions.iter().filter(called).filter(|f| !found.iter().any(|g| g.id == f.id)).collect();
            if new.is_empty() {
                return found;
            }
            text = new.iter().filter_map(|function| function.text("definition")).collect::<Vec<_>>().join("\n");
            found.extend(new);
        }
    }

    /// A table of tenants' rows.
    pub fn table(&self, name: &Name) -> Option<&Tenanted<'a>> {
        self.tables.iter().find(|table| table.name() == *name)
    }

    /// The registry as a table.
    pub fn registry(&self) -> &Tenanted<'a> {
        self.table(&self.registry).expect("the registry is one of the tables")
    }

    /// The column of a member table that says which user a row is about.
    pub fn user_column(&self, table: &Tenanted<'_>) -> Option<String> {
        let columns = self.values.columns(table.object);
        let named = |name: &str| columns.iter().find(|column| *column.id.name == *name);
        let usual = ["user_id", "member_id", "account_user_id", "profile_id"].iter().find_map(|name| named(name));
        let keys = self.values.key_columns(table.object);
        let referring = || {
            let (users, _) = self.users.as_ref()?;
            let refers = |column: &&Object| {
                self.values.reference(column).is_some_and(|(s, t, _)| (s, t) == (&users.0, &users.1))
            };
            columns.iter().filter(refers).max_by_key(|column| keys.contains(&*column.id.name))
        };
        usual.or_else(referring).map(|column| column.id.name.to_string())
    }

    /// Everything that policies of a table say.
    pub fn policy_text(&self, table: &Object) -> String {
        let policies = self.catalog.children(ObjectKind::Policy, &table.id.schema, &table.id.name);
        let texts = policies.iter().flat_map(|policy| [policy.text("using"), policy.text("check")]);
        texts.flatten().collect::<Vec<_>>().join("\n")
    }

    /// Everything that policies say of a table: its own, and those of others and
    /// the functions they ask, as far as they look into it.
    pub fn said_of(&self, table: &Object) -> String {
        let mut text = self.policy_text(table);
        for policy in self.catalog.of_kind(ObjectKind::Policy).iter().filter(|p| p.id.group() != table.id.group()) {
            for expression in [policy.text("using"), policy.text("check")].into_iter().flatten() {
                if mentions(expression, &table.id.name) {
                    text.push('\n');
                    text.push_str(expression);
                }
            }
        }
        for definition in self.asked.iter().filter_map(|function| function.text("definition")) {
            if mentions(definition, &table.id.name) {
                text.push('\n');
                text.push_str(definition);
            }
        }
        text
    }

    /// The type of a column.
    pub fn type_of(&self, table: &Object, column: &str) -> &'a str {
        let id = ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, column);
        self.catalog.get(&id).and_then(|column| column.text("type")).unwrap_or("text")
    }
}

/// True where an expression names a column.
pub fn mentions(text: &str, column: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(column)
        .any(|(at, found)| !text[..at].ends_with(is_part) && !text[at + found.len()..].starts_with(is_part))
}

fn registry<'a>(catalog: &'a Catalog, tenancy: &Tenancy, managed: &BTreeSet<String>) -> Result<&'a Object> {
    let tables = catalog.of_kind(ObjectKind::Table).iter();
    let mut found = tables.filter(|table| tenancy.is_registry(&table.id.schema, &table.id.name));
    found.find(|table| tenancy.registry.contains('.') || managed.contains(&*table.id.schema)).ok_or_else(|| {
        failure(
            format!("the registry of tenants, {}, is not there", tenancy.registry),
            "without it there are no tenants to keep apart: `drift check` says what else is missing",
        )
    })
}

/// The schemas under proof: those asked for, else those of `drift.toml`, else all but the platform's.
pub fn managed(catalog: &Catalog, asked: &[String]) -> BTreeSet<String> {
    if !asked.is_empty() {
        return asked.iter().cloned().collect();
    }
    let schemas = catalog.objects().iter().map(|object| object.id.schema.to_string());
    schemas.filter(|schema| !schema.is_empty() && !PLATFORM_SCHEMAS.contains(&schema.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word() {
        assert!(mentions("(tenant_id = x)", "tenant_id") && !mentions("(my_tenant_id = x)", "tenant_id"));
    }
}
