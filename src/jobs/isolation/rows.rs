//! Two tenants, made up: rows for each in every table, and the values of rows
//! that a probe may try to insert. What cannot be made up is said, with the
//! server's words; no table without rows counts as proven.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::jobs::isolation::context;
use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::stage::ORIGIN;
use crate::jobs::isolation::stage::SILENT;
use crate::jobs::isolation::stage::Stage;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::isolation::RelationClass;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::values;
use crate::plan::values::literals;

/// Whose a row is: the tenant that acts, the other one, and a third below the first in a tree of tenants.
pub const A: usize = 1;
pub const B: usize = 2;
pub const C: usize = 3;

/// The first of the tenants that the schema names itself.
const NAMED: usize = 4;

/// A tenant that does not exist.
pub const NOBODY: usize = 9;

/// How many values are tried to satisfy the checks of one row.
pub(super) const TRIES: usize = 40;

/// How many more rows of a tenant there are where others refer to: few of its
/// own tables, more of what is nobody's, for those tables take one each.
const OTHERS: usize = 2;
const OTHERS_OF_NOBODY: usize = 6;

/// How many rows the policies of one table may ask for, per tenant.
const VARIANTS: usize = 32;

/// The columns that a row states, with their values as SQL.
pub type Row = BTreeMap<String, String>;

/// A statement that was run to make rows.
#[derive(Debug)]
pub struct Made {
    pub table: Name,
    pub sql: String,
    /// The key of a row of nobody's table: without a row that has it too, it is not needed.
    pub spare_key: Option<String>,
}

/// The rows that were made.
#[derive(Debug, Default)]
pub struct Rows {
    /// By table and tenant; the first is the plain one, the others are what policies speak of.
    pub made: BTreeMap<(Name, usize), Vec<Row>>,
    /// Rows that could be inserted, and were not.
    pub spare: BTreeMap<(Name, usize), Vec<Row>>,
    /// Tables that hold one row of a tenant, or a few: another one needs room.
    pub crowded: BTreeSet<Name>,
    /// Why there is no row that could be inserted.
    pub no_spare: BTreeMap<Name, String>,
    /// Tables without rows, and why.
    pub trouble: BTreeMap<Name, String>,
    /// What was done, in order.
    pub setup: Vec<Made>,
    pub notes: Vec<String>,
}

impl Rows {
    pub fn first(&self, name: &Name, owner: usize) -> Option<&Row> {
        self.made.get(&(name.clone(), owner))?.first()
    }

    /// That there is none, in words.
    pub fn no_spare(&self, name: &Name) -> String {
        let why = self.no_spare.get(name).map(|why| format!(": {why}")).unwrap_or_default();
        format!("no second row could be made{why}")
    }

    pub fn spares(&self, name: &Name, owner: usize) -> &[Row] {
        self.spare.get(&(name.clone(), owner)).map_or(&[], Vec::as_slice)
    }
}

/// Makes rows.
pub struct Maker<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) layout: &'a Layout<'a>,
    pub rows: Rows,
    /// The number of the next row that is not the first of its tenant.
    next: usize,
    /// What is done before each try.
    pub(super) room: Vec<String>,
}

impl<'a> Maker<'a> {
    pub fn new(stage: &'a Stage<'a>, layout: &'a Layout<'a>) -> Maker<'a> {
        Maker { stage, layout, rows: Rows::default(), next: 10, room: Vec::new() }
    }

    /// The tenants there are: a third where tenants form a tree, and those that the schema names.
    pub fn tenants(&self) -> Vec<usize> {
        let mut tenants = vec![A, B];
        tenants.extend(self.parent_column().map(|_| C));
        tenants.extend(NAMED..NAMED + self.layout.named.len());
        tenants
    }

    pub(super) fn parent_column(&self) -> Option<String> {
        let registry = self.layout.registry().object;
        let to_itself = |column: &&Object| {
            self.layout
                .values
                .reference(column)
                .is_some_and(|(s, t, _)| (s, t) == (&self.layout.registry.0, &self.layout.registry.1))
        };
        self.layout.values.columns(registry).iter().find(to_itself).map(|column| column.id.name.to_string())
    }

    /// The key of a tenant, as SQL.
    pub fn tenant(&self, owner: usize) -> String {
        let made = self.rows.first(&self.layout.registry, owner).and_then(|row| row.get(&self.layout.key));
        made.cloned().unwrap_or_else(|| self.tenant_value(owner))
    }

    pub(super) fn tenant_value(&self, owner: usize) -> String {
        if let Some(named) = owner.checked_sub(NAMED).and_then(|n| self.layout.named.get(n)) {
            return named.clone();
        }
        let data_type = self.layout.type_of(self.layout.registry().object, &self.layout.key);
        match data_type {
            "text" | "citext" | "character varying" if owner <= C => literal(&format!("tenant-{}", letter(owner))),
            other => self.of_type(other, owner, owner),
        }
    }

    /// The key of a tenant's user, as SQL.
    pub fn user(&self, owner: usize) -> String {
        let Some((users, key)) = &self.layout.users else {
            return format!("'{}-0000-4000-8000-00000000000{owner}'", letter(owner).repeat(8));
        };
        let made = self.rows.first(users, owner).and_then(|row| row.get(key));
        made.cloned().unwrap_or_else(|| {
            let id = ObjectId::new(ObjectKind::Table, &users.0, "", &users.1);
            let data_type = self.layout.catalog.get(&id).map_or("uuid", |table| self.layout.type_of(table, key));
            self.of_type(data_type, owner, owner)
        })
    }

    /// Values of different tenants are easy to tell apart.
    pub(super) fn of_type(&self, data_type: &str, owner: usize, n: usize) -> String {
        let value = self.layout.values.of_type(data_type, n);
        match value.strip_prefix("'00000000-") {
            Some(rest) if data_type == "uuid" => format!("'{}-{rest}", letter(owner).repeat(8)),
            _ => value,
        }
    }

    /// Rows for each tenant in every table, what they refer to first.
    pub async fn make(&mut self) -> Result<()> {
        self.stage.ask(SILENT).await?;
        for table in self.layout.ancestors.clone() {
            for owner in self.tenants() {
                self.first(table, None, owner).await?;
                // A key that is made of references needs other rows to refer to.
                self.more(table, None, owner).await?;
            }
        }
        for table in self.layout.tables.clone() {
            for owner in self.tenants() {
                self.first(table.object, Some(&table), owner).await?;
            }
            if !self.rows.trouble.contains_key(&table.name()) {
                for owner in [A, B] {
                    self.variants(&table, owner).await?;
                    if table.class != RelationClass::Registry && self.is_parent(table.object) {
                        self.more(table.object, Some(&table), owner).await?;
                    }
                }
            }
        }
        self.spares().await?;
        self.stage.ask(ORIGIN).await?;
        Ok(())
    }

    async fn first(&mut self, object: &'a Object, table: Option<&Tenanted<'a>>, owner: usize) -> Result<()> {
        let name = name_of(object);
        match self.solve(object, table, owner, owner, &Row::new(), true).await? {
            Ok(row) => self.rows.made.entry((name, owner)).or_default().push(row),
            // A tenant that the schema names may be in the source already.
            Err(_) if owner >= NAMED => {}
            Err(reason) => {
                self.rows.trouble.entry(name).or_insert(reason);
            }
        }
        Ok(())
    }

    /// Rows to refer to: a key that is made of references alone needs several.
    async fn more(&mut self, object: &'a Object, table: Option<&Tenanted<'a>>, owner: usize) -> Result<()> {
        let times = match (owner, table) {
            (A | B, None) => OTHERS_OF_NOBODY,
            (A | B, Some(_)) => OTHERS,
            _ => 0,
        };
        for _ in 0..times {
            let n = self.number();
            if let Ok(row) = self.solve(object, table, owner, n, &Row::new(), true).await? {
                self.rows.made.entry((name_of(object), owner)).or_default().push(row);
            }
        }
        Ok(())
    }

    /// True for a table that keys of junctions are made of.
    fn is_parent(&self, object: &Object) -> bool {
        let mut tables = self.layout.tables.iter().map(|table| table.object);
        tables.any(|child| {
            let keys = self.layout.values.key_columns(child);
            let tenant = self.layout.table(&name_of(child)).map(|table| table.tenant.clone());
            self.layout.values.columns(child).iter().any(|column| {
                keys.contains(&*column.id.name)
                    && tenant.as_deref() != Some(&*column.id.name)
                    && self
                        .layout
                        .values
                        .reference(column)
                        .is_some_and(|(s, t, _)| (&**s, &**t) == (&*object.id.schema, &*object.id.name))
            })
        })
    }

    /// A row for every value that a policy of the table speaks of: a hole may be open for that one only.
    async fn variants(&mut self, table: &Tenanted<'a>, owner: usize) -> Result<()> {
        let text = self.layout.said_of(table.object);
        let wanted = self.wanted(table, &text, owner);
        if wanted.len() > VARIANTS && owner == B {
            self.rows.notes.push(format!(
                "{}: policies speak of {} values and pairs of values; rows were made for the first {VARIANTS}",
                table.object.id.dotted(),
                wanted.len()
            ));
        }
        for fixed in wanted.into_iter().take(VARIANTS) {
            let n = self.number();
            if let Ok(row) = self.solve(table.object, Some(table), owner, n, &fixed, true).await? {
                self.rows.made.entry((table.name(), owner)).or_default().push(row);
            }
        }
        Ok(())
    }

    /// What a row may be like for an expression to treat it differently.
    fn wanted(&self, table: &Tenanted<'a>, text: &str, owner: usize) -> Vec<Row> {
        let first = self.rows.first(&table.name(), owner);
        let mut wanted = Vec::new();
        for column in self.layout.values.columns(table.object) {
            let name = column.id.name.to_string();
            if name == table.tenant || column.attributes.get("generated").is_some() || !mentions(text, &name) {
                continue;
            }
            for value in self.choices(table, column, text) {
                if first.and_then(|row| row.get(&name)) != Some(&value) {
                    wanted.push(Row::from([(name.clone(), value)]));
                }
            }
        }
        // A condition on two columns is met by none of the rows that differ in one.
        let pairs: Vec<Row> = wanted
            .iter()
            .enumerate()
            .flat_map(|(i, one)| wanted[i + 1..].iter().map(move |other| (one, other)))
            .filter(|(one, other)| one.keys().ne(other.keys()))
            .map(|(one, other)| one.iter().chain(other).map(|(a, b)| (a.clone(), b.clone())).collect())
            .collect();
        wanted.extend(pairs);
        wanted
    }

    fn choices(&self, table: &Tenanted<'a>, column: &Object, text: &str) -> Vec<String> {
        let data_type = column.text("type").unwrap_or("text");
        let tenant_type = self.layout.type_of(self.layout.registry().object, &self.layout.key);
        if let Some((schema, name, _)) = self.layout.values.reference(column) {
            let of = |other: &Name| (schema, name) == (&other.0, &other.1);
            return match &self.layout.users {
                _ if of(&self.layout.registry) => vec![self.tenant(A)],
                // Whoever made a row has no claim on another tenant's; being a member is another matter.
                Some((users, _)) if of(users) && table.class != RelationClass::Member => vec![self.user(A)],
                Some(_) | None => Vec::new(),
            };
        }
        if data_type.ends_with("[]") {
            return vec![format!("ARRAY[{}]::{data_type}", self.tenant(A))];
        }
        if data_type == "boolean" {
            return vec!["true".into(), "false".into()];
        }
        match self.layout.values.user_type(data_type) {
            Some(listed) if listed.id.kind == ObjectKind::Enum => {
                listed.list("labels").iter().map(|label| literal(label)).collect()
            }
            _ => {
                let mut found: BTreeSet<String> = literals(text).into_iter().collect();
                if data_type == tenant_type {
                    found.insert(self.tenant(A));
                }
                if data_type == "uuid" && table.class != RelationClass::Member {
                    found.insert(self.user(A));
                }
                found.into_iter().collect()
            }
        }
    }

    /// Rows of other tenants that the declared predicate shows to A.
    pub async fn share(&mut self) -> Result<()> {
        let Some(read) = self.layout.tenancy.shareable.read.clone() else { return Ok(()) };
        self.stage.ask(SILENT).await?;
        let shareable = |table: &&Tenanted| table.class == RelationClass::Shareable;
        for table in self.layout.tables.iter().filter(shareable) {
            if self.rows.trouble.contains_key(&table.name()) {
                continue;
            }
            let wanted = self.combined(table, &read);
            let mut made = 0;
            for fixed in wanted {
                let n = self.number();
                let Ok(row) = self.solve(table.object, Some(table), B, n, &fixed, false).await? else { continue };
                let mut statements = self.enter(A);
                statements.push(self.insert(table.object, &row));
                let key = self.where_is(table, &row);
                statements.push(format!("SELECT count(*) FROM {} WHERE {key} AND ({read})", table.sql()));
                let shown = self.stage.attempt(&statements, false).await?;
                if shown.is_ok_and(|reply| reply.value() == Some("1")) {
                    let insert = self.insert(table.object, &row);
                    self.stage.ask(&insert).await?;
                    self.rows.setup.push(Made { table: table.name(), sql: insert, spare_key: None });
                    self.rows.made.entry((table.name(), B)).or_default().push(row);
                    made += 1;
                    if made == 2 {
                        break;
                    }
                }
            }
            if made == 0 {
                self.rows.notes.push(format!(
                    "no row of {} could be made that `{read}` shows to others: sharing itself was not tried",
                    table.object.id.dotted()
                ));
            }
        }
        self.stage.ask(ORIGIN).await?;
        Ok(())
    }

    /// Choices for all columns of an expression together.
    fn combined(&self, table: &Tenanted<'a>, text: &str) -> Vec<Row> {
        let checks = self.layout.values.pools(table.object);
        let mut rows = vec![Row::new()];
        for column in self.layout.values.columns(table.object) {
            let name = column.id.name.to_string();
            if name == table.tenant || !mentions(text, &name) {
                continue;
            }
            let mut choices = self.choices(table, column, text);
            choices.extend(checks.get(&name).map(|pool| pool.before.clone()).unwrap_or_default());
            choices.dedup();
            let with = |row: &Row, value: &String| {
                let mut row = row.clone();
                row.insert(name.clone(), value.clone());
                row
            };
            if !choices.is_empty() {
                rows = rows.iter().flat_map(|row| choices.iter().map(|value| with(row, value))).take(TRIES).collect();
            }
        }
        rows
    }

    /// What finds just this row again.
    pub fn where_is(&self, table: &Tenanted<'_>, row: &Row) -> String {
        let id = &table.object.id;
        let keys = self.layout.catalog.children(ObjectKind::PrimaryKey, &id.schema, &id.name);
        let columns: Vec<String> = match keys.first() {
            Some(key) => key.list("columns").iter().map(|column| column.to_string()).collect(),
            None => row.keys().cloned().collect(),
        };
        let stated = columns.iter().filter_map(|column| Some((column, row.get(column)?)));
        let equal: Vec<String> = stated.map(|(column, value)| format!("{} = {value}", quote(column))).collect();
        if equal.is_empty() { "true".to_owned() } else { equal.join(" AND ") }
    }

    /// Makes the session that of a tenant's user, still as the superuser.
    pub fn enter(&self, owner: usize) -> Vec<String> {
        let role = self.layout.tenancy.roles.first().map_or("", String::as_str);
        let other = self.tenant(if owner == A { B } else { A });
        context::settings(&self.layout.enter, role, &self.tenant(owner), &self.user(owner), &other)
    }

    /// Rows that would be accepted, for A and for B: one plain, and one for each variant that there is.
    async fn spares(&mut self) -> Result<()> {
        for table in self.layout.tables.clone() {
            if self.rows.trouble.contains_key(&table.name()) {
                continue;
            }
            for owner in [A, B] {
                let text = self.layout.said_of(table.object);
                let mut wanted = vec![Row::new()];
                wanted.extend(self.wanted(&table, &text, owner).into_iter().take(VARIANTS));
                for fixed in wanted {
                    let n = self.number();
                    let mut found = self.solve(table.object, Some(&table), owner, n, &fixed, false).await?;
                    if fixed.is_empty() && found.as_ref().is_err_and(|reason| reason.ends_with("(23505)")) {
                        self.room = self.room_for(&table, owner);
                        found = self.solve(table.object, Some(&table), owner, n, &fixed, false).await?;
                        if found.is_ok() {
                            self.rows.crowded.insert(table.name());
                        }
                        self.room.clear();
                    }
                    match found {
                        Ok(row) => self.rows.spare.entry((table.name(), owner)).or_default().push(row),
                        Err(reason) if fixed.is_empty() => {
                            self.rows.no_spare.insert(table.name(), reason);
                        }
                        // What a policy speaks of need not be a value that a row can have.
                        Err(_) => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes a tenant's rows away, so that there is room for another one.
    fn room_for(&self, table: &Tenanted<'_>, owner: usize) -> Vec<String> {
        let own = format!("{} = {}", quote(&table.tenant), self.tenant(owner));
        vec![SILENT.to_owned(), format!("DELETE FROM {} WHERE {own}", table.sql()), ORIGIN.to_owned()]
    }

    /// What has to be done before a spare row of a tenant fits in: mostly nothing.
    pub fn before_insert(&self, table: &Tenanted<'_>, owner: usize) -> Vec<String> {
        if self.rows.crowded.contains(&table.name()) { self.room_for(table, owner) } else { Vec::new() }
    }

    pub(super) fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    /// An INSERT of a row.
    pub fn insert(&self, object: &Object, row: &Row) -> String {
        let columns: Vec<&Object> =
            self.layout.values.columns(object).iter().filter(|c| row.contains_key(&*c.id.name)).collect();
        let given: Vec<String> = columns.iter().map(|column| row[&*column.id.name].clone()).collect();
        values::insert(object, &columns, &given).trim_end_matches(';').to_owned()
    }
}

/// `a`, `b`, `c`: whose a value is.
fn letter(owner: usize) -> &'static str {
    match owner {
        A => "a",
        B => "b",
        C => "c",
        _ => "f",
    }
}
