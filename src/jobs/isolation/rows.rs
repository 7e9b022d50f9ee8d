//! Two tenants, made up: rows for each in every table, and the values of rows
//! that a probe may try to insert. What cannot be made up is said, with the
//! server's words; no table without rows counts as proven.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::jobs::isolation::layout;
use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::stage::SILENT;
use crate::jobs::isolation::stage::Stage;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::isolation::RelationClass;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::plan::values;
use crate::plan::values::Pool;
use crate::plan::values::literals;
use crate::scratch::act::Refusal;

/// Whose a row is: the tenant that acts, the other one, and a third below the first in a tree of tenants.
pub const A: usize = 1;
pub const B: usize = 2;
pub const C: usize = 3;

/// The first of the tenants that the schema names itself.
const NAMED: usize = 4;

/// A tenant that does not exist.
pub const NOBODY: usize = 9;

/// How many values are tried to satisfy the checks of one row.
const TRIES: usize = 40;

/// How many more rows of a tenant there are where others refer to: few of its
/// own tables, more of what is nobody's, for those tables take one each.
const OTHERS: usize = 2;
const OTHERS_OF_NOBODY: usize = 6;

/// How many rows the policies of one table may ask for, per tenant.
const VARIANTS: usize = 16;

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

/// The row that is sought.
#[derive(Clone, Copy)]
struct Wanted<'w, 'a> {
    object: &'a Object,
    table: Option<&'w Tenanted<'a>>,
    owner: usize,
    /// Values that it must have.
    fixed: &'w Row,
}

/// Makes rows.
pub struct Maker<'a> {
    stage: &'a Stage<'a>,
    layout: &'a Layout<'a>,
    pub rows: Rows,
    /// The number of the next row that is not the first of its tenant.
    next: usize,
}

impl<'a> Maker<'a> {
    pub fn new(stage: &'a Stage<'a>, layout: &'a Layout<'a>) -> Maker<'a> {
        Maker { stage, layout, rows: Rows::default(), next: 10 }
    }

    /// The tenants there are: a third where tenants form a tree, and those that the schema names.
    pub fn tenants(&self) -> Vec<usize> {
        let mut tenants = vec![A, B];
        tenants.extend(self.parent_column().map(|_| C));
        tenants.extend(NAMED..NAMED + self.layout.named.len());
        tenants
    }

    fn parent_column(&self) -> Option<String> {
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

    fn tenant_value(&self, owner: usize) -> String {
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
    fn of_type(&self, data_type: &str, owner: usize, n: usize) -> String {
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
        self.stage.ask("SET LOCAL session_replication_role = origin").await?;
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
        for fixed in self.wanted(table, &text, owner).into_iter().take(VARIANTS) {
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
        wanted
    }

    fn choices(&self, table: &Tenanted<'a>, column: &Object, text: &str) -> Vec<String> {
        let data_type = column.text("type").unwrap_or("text");
        let of_user = || {
            let (users, _) = self.layout.users.as_ref()?;
            let (schema, name, _) = self.layout.values.reference(column)?;
            ((schema, name) == (&users.0, &users.1)).then(|| self.user(A))
        };
        if let Some(me) = of_user() {
            // Whoever made a row has no claim on another tenant's; being a member is another matter.
            return if table.class == RelationClass::Member { Vec::new() } else { vec![me] };
        }
        if self.layout.values.reference(column).is_some() {
            return Vec::new();
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
                let found: BTreeSet<String> = literals(text).into_iter().collect();
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
        self.stage.ask("SET LOCAL session_replication_role = origin").await?;
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
        layout::settings(&self.layout.enter, role, &self.tenant(owner), &self.user(owner), &other)
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
                    match self.solve(table.object, Some(&table), owner, n, &fixed, false).await? {
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

    fn number(&mut self) -> usize {
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

    /// The first guess at row `n` of a tenant.
    fn guess(&self, wanted: &Wanted<'_, 'a>, n: usize, pick: usize) -> Row {
        let Wanted { object, table, owner, fixed } = *wanted;
        let mut row = Row::new();
        for column in self.layout.values.needed(object) {
            let name = column.id.name.to_string();
            let data_type = column.text("type").unwrap_or("text");
            let value = match self.layout.values.reference(column) {
                Some(target) => self.referred(object, column, target, owner, pick),
                None if n == owner && table.is_some_and(|table| self.is_user(table, &name)) => Some(self.user(owner)),
                None => Some(self.of_type(data_type, owner, n)),
            };
            if let Some(value) = value {
                row.insert(name, value);
            }
        }
        if let Some(table) = table {
            let new = table.class == RelationClass::Registry && n != owner;
            let tenant = if new { self.tenant_value(n) } else { self.tenant(owner) };
            row.insert(table.tenant.clone(), tenant);
        }
        if let (true, Some(parent)) = (name_of(object) == self.layout.registry, self.parent_column()) {
            // A is below B, and C is below A: a parent or a child is another tenant like any other.
            match owner {
                A => row.insert(parent, self.tenant_value(B)),
                C => row.insert(parent, self.tenant_value(A)),
                _ => None,
            };
        }
        row.extend(self.given(object, owner, n));
        row.extend(fixed.clone());
        row
    }

    /// What `[prove.rows]` says about the rows of a table.
    fn given(&self, object: &Object, owner: usize, n: usize) -> Row {
        let Some(columns) = self.layout.spec.prove_row(&object.id.schema, &object.id.name) else { return Row::new() };
        let (tenant, user) = (self.tenant_value(owner), self.user(owner));
        let fill = |sql: &String| sql.replace("$tenant", &tenant).replace("$user", &user).replace("$n", &n.to_string());
        columns.iter().map(|(column, sql)| (column.clone(), fill(sql))).collect()
    }

    /// The value of the row that a column refers to; `None`: leave it NULL.
    fn referred(
        &self,
        object: &Object,
        column: &Object,
        target: &values::Target,
        owner: usize,
        pick: usize,
    ) -> Option<String> {
        let (schema, table, name) = target;
        let target = (schema.clone(), table.clone());
        if target == self.layout.registry && *name == self.layout.key && target != name_of(object) {
            return Some(self.tenant(owner));
        }
        let rows = self.rows.made.get(&(target.clone(), owner)).map_or(&[][..], Vec::as_slice);
        let made = rows.get(pick.min(rows.len().saturating_sub(1))).and_then(|row| row.get(name));
        if made.is_some() && target != name_of(object) {
            return made.cloned();
        }
        if !column.flag("not_null") {
            return None;
        }
        let data_type = column.text("type").unwrap_or("text");
        Some(made.cloned().unwrap_or_else(|| self.of_type(data_type, owner, owner)))
    }

    /// Finds values that the server accepts; keeps the row where `keep` says so.
    async fn solve(
        &mut self,
        object: &'a Object,
        table: Option<&Tenanted<'a>>,
        owner: usize,
        n: usize,
        fixed: &Row,
        keep: bool,
    ) -> Result<std::result::Result<Row, String>> {
        let wanted = Wanted { object, table, owner, fixed };
        let locked = self.locked(&wanted);
        let mut row = self.guess(&wanted, n, 0);
        let (mut tries, mut pick) = (0, 0);
        loop {
            let Err(refusal) = self.try_row(object, &row, keep).await? else { return Ok(Ok(row)) };
            tries += 1;
            let next = match refusal.code.as_str() {
                "23514" => self.satisfy(object, &row, &refusal, &locked, &mut tries).await?,
                "23505" | "23P01" if tries < TRIES => {
                    pick += 1;
                    Some(self.renumbered(&wanted, &row, pick))
                }
                "23502" if tries < TRIES => self.completed(&wanted, &row, &refusal, n),
                _ => None,
            };
            match next {
                Some(next) => row = next,
                None if fixed.is_empty() && self.drop_check(object, &refusal).await? => {}
                None => return Ok(Err(format!("{} ({})", refusal.message, refusal.code))),
            }
        }
    }

    /// The row with other keys.
    fn renumbered(&mut self, wanted: &Wanted<'_, 'a>, row: &Row, pick: usize) -> Row {
        let n = self.number();
        let mut other = self.guess(wanted, n, pick);
        let keys = self.layout.values.key_columns(wanted.object);
        other.extend(row.iter().filter(|(name, _)| !keys.contains(*name)).map(|(a, b)| (a.clone(), b.clone())));
        other
    }

    /// The row with the column that must not be NULL.
    fn completed(&self, wanted: &Wanted<'_, 'a>, row: &Row, refusal: &Refusal, n: usize) -> Option<Row> {
        let column = refusal.column.as_ref().filter(|column| !row.contains_key(*column))?;
        let mut more = row.clone();
        more.insert(column.clone(), self.of_type(self.layout.type_of(wanted.object, column), wanted.owner, n));
        Some(more)
    }

    /// True for the column of a member table that says who belongs to the tenant.
    fn is_user(&self, table: &Tenanted<'a>, column: &str) -> bool {
        table.class == RelationClass::Member && self.layout.user_column(table).as_deref() == Some(column)
    }

    /// Columns whose values are not ours to change.
    fn locked(&self, wanted: &Wanted<'_, 'a>) -> BTreeSet<String> {
        let Wanted { object, table, fixed, .. } = *wanted;
        let mut locked: BTreeSet<String> = fixed.keys().cloned().collect();
        locked.extend(table.map(|table| table.tenant.clone()));
        let columns = self.layout.values.columns(object).iter();
        locked.extend(columns.filter(|c| self.layout.values.reference(c).is_some()).map(|c| c.id.name.to_string()));
        if let Some(given) = self.layout.spec.prove_row(&object.id.schema, &object.id.name) {
            locked.extend(given.keys().cloned());
        }
        locked
    }

    async fn try_row(&mut self, object: &Object, row: &Row, keep: bool) -> Result<std::result::Result<(), Refusal>> {
        let insert = self.insert(object, row);
        let answer = self.stage.attempt(std::slice::from_ref(&insert), keep).await?;
        if answer.is_ok() && keep {
            let spare_key = self.spare_key(object, row);
            self.rows.setup.push(Made { table: name_of(object), sql: insert, spare_key });
        }
        Ok(answer.map(|_| ()))
    }

    fn spare_key(&self, object: &Object, row: &Row) -> Option<String> {
        if self.layout.table(&name_of(object)).is_some() {
            return None;
        }
        let keys = self.layout.catalog.children(ObjectKind::PrimaryKey, &object.id.schema, &object.id.name);
        row.get(&**keys.first()?.list("columns").first()?).cloned()
    }

    /// A row that does not break this check: it may break the next one.
    async fn satisfy(
        &mut self,
        object: &Object,
        row: &Row,
        refusal: &Refusal,
        locked: &BTreeSet<String>,
        tries: &mut usize,
    ) -> Result<Option<Row>> {
        let mut farther = None;
        for change in self.proposals(object, row, refusal, locked) {
            if *tries >= TRIES {
                break;
            }
            *tries += 1;
            let mut next = row.clone();
            next.extend(change);
            match self.try_row(object, &next, false).await? {
                Ok(()) => return Ok(Some(next)),
                Err(other) if other.code == "23514" && other.constraint == refusal.constraint => {}
                Err(other) if matches!(other.code.as_str(), "23514" | "23505" | "23P01") => {
                    farther.get_or_insert(next);
                }
                // A value that the column cannot hold at all.
                Err(_) => {}
            }
        }
        Ok(farther)
    }

    /// Values to try for the columns of a check: one column at a time, then two.
    fn proposals(&self, object: &Object, row: &Row, refusal: &Refusal, locked: &BTreeSet<String>) -> Vec<Row> {
        let mut single: Vec<(String, String)> = Vec::new();
        for (column, definition) in self.involved(object, row, refusal) {
            if locked.contains(&column) {
                continue;
            }
            let mut pool = Pool::default();
            pool.read(&definition);
            pool.before.extend(pool.after);
            pool.before.extend(long_enough(&definition));
            if self.layout.type_of(object, &column) == "boolean" {
                pool.before = vec!["true".into(), "false".into()];
            }
            pool.before.extend(["1".to_owned(), "'a'".to_owned()]);
            single.extend(pool.before.into_iter().map(|value| (column.clone(), value)));
        }
        let mut rows: Vec<Row> =
            single.iter().map(|(column, value)| Row::from([(column.clone(), value.clone())])).collect();
        for (i, (column, value)) in single.iter().enumerate() {
            let others = single[i + 1..].iter().filter(|(other, _)| other != column);
            rows.extend(
                others.map(|(other, and)| Row::from([(column.clone(), value.clone()), (other.clone(), and.clone())])),
            );
        }
        rows
    }

    /// The columns of the check that was broken, with what it says.
    fn involved(&self, object: &Object, row: &Row, refusal: &Refusal) -> Vec<(String, String)> {
        let id = &object.id;
        let Some(constraint) = &refusal.constraint else {
            // No partition takes the row.
            let pools = self.layout.values.pools(object);
            let bounds = pools.into_iter().filter(|(_, pool)| !pool.before.is_empty());
            return bounds.map(|(column, pool)| (column, pool.before.join(" "))).collect();
        };
        let check = ObjectId::new(ObjectKind::Check, &id.schema, &id.name, constraint);
        if let Some(check) = self.layout.catalog.get(&check) {
            let definition = check.text("definition").unwrap_or_default();
            return check.list("columns").iter().map(|column| (column.to_string(), definition.to_owned())).collect();
        }
        let columns = self.layout.values.columns(object).iter().filter(|c| row.contains_key(&*c.id.name));
        let of_domain = columns.filter_map(|column| {
            let domain = self.layout.values.user_type(column.text("type")?)?;
            let checks = domain.list("checks").join(" ");
            checks.contains(constraint.as_str()).then(|| (column.id.name.to_string(), checks))
        });
        of_domain.collect()
    }

    /// Drops a check that no policy has to do with, here only: it has no bearing on isolation.
    async fn drop_check(&mut self, object: &Object, refusal: &Refusal) -> Result<bool> {
        let (id, Some(constraint)) = (&object.id, &refusal.constraint) else { return Ok(false) };
        let check = ObjectId::new(ObjectKind::Check, &id.schema, &id.name, constraint);
        let Some(check) = self.layout.catalog.get(&check).filter(|_| refusal.code == "23514") else { return Ok(false) };
        let text = self.layout.policy_text(object);
        let tenant = self.layout.table(&name_of(object)).map(|table| table.tenant.clone());
        let matters = |column: &str| mentions(&text, column) || tenant.as_deref() == Some(column);
        if check.list("columns").iter().any(|column| matters(column)) {
            return Ok(false);
        }
        let sql = format!("ALTER TABLE {} DROP CONSTRAINT {}", id.qualified(), quote(constraint));
        if self.stage.attempt(std::slice::from_ref(&sql), true).await?.is_err() {
            return Ok(false);
        }
        self.rows.setup.push(Made { table: name_of(object), sql, spare_key: None });
        self.rows.notes.push(format!(
            "{}: the check {constraint} was dropped in the scratch, because no value was found that satisfies it; no policy speaks of its columns",
            id.dotted()
        ));
        Ok(true)
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

/// Texts for a check on a length.
fn long_enough(definition: &str) -> Vec<String> {
    if !definition.contains("length") {
        return Vec::new();
    }
    let numbers = literals(definition).into_iter().filter_map(|text| text.parse::<usize>().ok());
    numbers.filter(|n| (1..=200).contains(n)).map(|n| literal(&"a".repeat(n))).collect()
}
