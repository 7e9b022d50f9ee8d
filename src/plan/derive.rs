//! How the rows of a table find their tenant without anybody saying it: along
//! foreign keys to the nearest table that has one, or from the membership of
//! whoever made them. Writes expressions and never runs one: whether a way
//! leads anywhere is for the rows to say, and nothing here guesses.

use crate::model::catalog::Catalog;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::probes::names_a_maker;
use crate::probes::read;
use crate::probes::referenced;
use crate::spec::TableClass;
use crate::spec::Tenancy;

/// How far a foreign key is followed.
const HOPS: usize = 6;

/// What a way may be built on.
pub struct Ground<'a> {
    pub actual: &'a Catalog,
    pub expected: &'a Catalog,
    pub tenancy: &'a Tenancy,
    /// The tenant of the rows of a table before any patch has run, as far as
    /// it is known from elsewhere: SQL over a row, which goes by the table's
    /// bare name.
    pub known: &'a dyn Fn(&ObjectId) -> Option<String>,
}

/// One way from a row to its tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// As `[backfill]` takes it.
    pub text: String,
    /// SQL over a row of the table once its parents have their tenants.
    pub expression: String,
    /// The same before any patch has run; `None`: the parent's rows get their
    /// tenants in a way that is not known yet.
    pub measured: Option<String>,
    /// True, as SQL, for a row that leads to several tenants.
    pub ambiguous: Option<String>,
    /// Whose tenant it is.
    pub parent: ObjectId,
    /// True where the expression names everything in full.
    pub self_contained: bool,
    /// The column that names the parent.
    pub by: Option<ObjectId>,
    rank: Rank,
}

/// The better way is less: each row has a parent, fewer hops, keys that hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    member: bool,
    partial: bool,
    hops: usize,
    unproven: bool,
}

/// All ways that can be measured, best first.
pub fn ways(ground: &Ground, table: &ObjectId) -> Vec<Way> {
    let mut ways = ground.along_keys(table, std::slice::from_ref(table));
    ways.extend(ground.by_members(table));
    ways.retain(|way| way.measured.is_some());
    ways.sort_by(|a, b| (a.rank, &a.text).cmp(&(b.rank, &b.text)));
    ways.dedup_by(|a, b| a.text == b.text);
    ways
}

/// The way that `PARENT via COLUMN` means.
///
/// # Errors
/// In words: what of it is not there, or cannot be told.
pub fn via(ground: &Ground, table: &ObjectId, parent: &str, column: &str) -> Result<Way, String> {
    let tables = ground.actual.of_kind(ObjectKind::Table).iter().map(|table| &table.id);
    let named: Vec<&ObjectId> = tables.filter(|id| *id.name == *parent || id.dotted() == parent).collect();
    let parent = match named.as_slice() {
        [one] => *one,
        [] => return Err(format!("there is no table {parent}")),
        _ => return Err(format!("several schemas have a table {parent}: write it with its schema")),
    };
    let own = column_id(table, column);
    if ground.actual.get(&own).is_none() {
        return Err(format!("{} has no column {column}", table.dotted()));
    }
    let referenced = ground.matching(table, parent, column).ok_or_else(|| {
        format!("nothing says which column of {} the column {column} names: write it as SQL (sql: …)", parent.dotted())
    })?;
    let hop = Hop { child: table, parent, columns: vec![(column.to_owned(), referenced)] };
    ground.way(&hop).ok_or_else(|| format!("the rows of {} have no tenant themselves", parent.dotted()))
}

/// One step from a row to the row, or the rows, it names.
struct Hop<'a> {
    child: &'a ObjectId,
    parent: &'a ObjectId,
    /// Own column, and the parent's.
    columns: Vec<(String, String)>,
}

impl Hop<'_> {
    /// The parent's name in the expression: its own, unless the child has it.
    fn alias(&self) -> String {
        if self.parent.name == self.child.name { "drift_parent".to_owned() } else { quote(&self.parent.name) }
    }

    /// `FROM … WHERE …` that finds the parent of a row.
    fn found(&self) -> String {
        let (alias, child) = (self.alias(), quote(&self.child.name));
        let pairs = self.columns.iter();
        let same: Vec<String> =
            pairs.map(|(own, other)| format!("{alias}.{} = {child}.{}", quote(other), quote(own))).collect();
        format!("FROM {} AS {alias} WHERE {}", self.parent.qualified(), same.join(" AND "))
    }
}

impl Ground<'_> {
    fn along_keys(&self, table: &ObjectId, seen: &[ObjectId]) -> Vec<Way> {
        let mut ways = Vec::new();
        for key in self.actual.children(ObjectKind::ForeignKey, &table.schema, &table.name) {
            let Some(parent) = referenced(self.actual, key) else { continue };
            if self.tenancy.is_registry(&parent.id.schema, &parent.id.name) || seen.contains(&parent.id) {
                continue;
            }
            let pairs = key.list("columns").iter().zip(key.list("referenced_columns"));
            let columns: Vec<(String, String)> = pairs.map(|(a, b)| (a.to_string(), b.to_string())).collect();
            let partial = !columns.iter().all(|(own, _)| self.flag(table, own, "not_null"));
            let unproven = !key.flag("validated");
            let hop = Hop { child: table, parent: &parent.id, columns };
            let further = match self.way(&hop) {
                Some(way) => vec![way],
                None if seen.len() < HOPS && !self.will_have_tenant(&parent.id) => self.beyond(&hop, seen),
                None => Vec::new(),
            };
            ways.extend(further.into_iter().map(|mut way| {
                way.rank.partial |= partial;
                way.rank.unproven |= unproven;
                way
            }));
        }
        ways
    }

    /// The ways of a parent that belongs to no tenant itself.
    fn beyond(&self, hop: &Hop, seen: &[ObjectId]) -> Vec<Way> {
        let seen = [seen, std::slice::from_ref(hop.parent)].concat();
        let from = hop.found();
        let mut ways = self.along_keys(hop.parent, &seen);
        ways.retain(|_| hop.parent.name != hop.child.name);
        for way in &mut ways {
            way.expression = format!("(SELECT {} {from})", way.expression);
            way.measured = way.measured.take().map(|measured| format!("(SELECT {measured} {from})"));
            way.text = format!("sql: {}", way.expression);
            way.rank.hops += 1;
        }
        ways
    }

    /// From whoever made a row to the tenant that they belong to, if it is one.
    fn by_members(&self, table: &ObjectId) -> Vec<Way> {
        let mut ways = Vec::new();
        for key in self.actual.children(ObjectKind::ForeignKey, &table.schema, &table.name) {
            let [column] = key.list("columns") else { continue };
            if !names_a_maker(column) {
                continue;
            }
            for members in self.actual.of_kind(ObjectKind::Table) {
                let class = self.tenancy.class_of(&members.id.schema, &members.id.name);
                if class != Some(TableClass::Member) || members.id == *table {
                    continue;
                }
                if let Some(user) = self.same_users(key, &members.id) {
                    let columns = vec![(column.to_string(), user)];
                    ways.extend(self.way(&Hop { child: table, parent: &members.id, columns }));
                }
            }
        }
        ways
    }

    /// The way of one hop; `None` where the parent's rows have no tenant.
    fn way(&self, hop: &Hop) -> Option<Way> {
        let (alias, from) = (hop.alias(), hop.found());
        let later = self.tenant_of(hop.parent, &alias, false)?;
        let now = self.tenant_of(hop.parent, &alias, true);
        let one = self.is_key(hop.parent, &hop.columns);
        let pick = |tenant: &str| match one {
            true => format!("(SELECT {tenant} {from})"),
            // Several rows may match: they count only where they agree.
            false => format!(
                "(SELECT (pg_catalog.array_agg(DISTINCT {tenant}))[1] {from} AND {tenant} IS NOT NULL \
                 HAVING pg_catalog.count(DISTINCT {tenant}) = 1)"
            ),
        };
        let class = self.tenancy.class_of(&hop.parent.schema, &hop.parent.name);
        let member = class == Some(TableClass::Member);
        let text = match hop.columns.as_slice() {
            [(own, _)] => format!("{} via {own}", self.short(hop.parent)),
            _ => format!("sql: {}", pick(&later)),
        };
        let own = hop.columns.first().map(|(own, _)| column_id(hop.child, own));
        Some(Way {
            text,
            expression: pick(&later),
            measured: now.as_deref().map(pick),
            ambiguous: now.filter(|_| !one).map(|now| format!("(SELECT pg_catalog.count(DISTINCT {now}) > 1 {from})")),
            parent: hop.parent.clone(),
            self_contained: !self.is_guarded(hop.parent),
            by: own,
            rank: Rank { member, partial: false, hops: 1, unproven: false },
        })
    }

    /// The tenant of a row called `alias`: before any patch, or in its course.
    fn tenant_of(&self, table: &ObjectId, alias: &str, now: bool) -> Option<String> {
        let column = &self.tenancy.column;
        let there = self.actual.get(&column_id(table, column)).is_some();
        let own = format!("{alias}.{}", quote(column));
        let known = || (self.known)(table).filter(|_| *alias == quote(&table.name));
        let value = match (there, now) {
            (true, false) => own,
            (false, false) => self.will_have_tenant(table).then_some(own)?,
            (true, true) => match known() {
                Some(known) => format!("COALESCE({own}, {known})"),
                None => own,
            },
            (false, true) => known()?,
        };
        Some(self.unless_shared(table, alias, value))
    }

    /// A row that is shown to other tenants may be named by any of them.
    fn unless_shared(&self, table: &ObjectId, alias: &str, value: String) -> String {
        let nobody = format!("NULL::{}", self.tenant_type());
        match read::shown_to(self.tenancy, &nobody).filter(|_| self.is_guarded(table)) {
            Some(shown) => {
                format!("CASE WHEN (SELECT ({shown}) FROM (SELECT {alias}.*) AS shared) IS FALSE THEN {value} END")
            }
            None => value,
        }
    }

    /// True where rows of a table may be shown to other tenants already.
    fn is_guarded(&self, table: &ObjectId) -> bool {
        let shareable = self.tenancy.class_of(&table.schema, &table.name) == Some(TableClass::Shareable);
        let columns = &self.tenancy.shareable.columns;
        let complete = columns.iter().all(|c| self.actual.get(&column_id(table, &c.name)).is_some());
        shareable && complete && self.tenancy.shareable.read.is_some()
    }

    fn tenant_type(&self) -> &str {
        let columns = [self.expected, self.actual].into_iter().flat_map(|c| c.of_kind(ObjectKind::Column));
        let mut types = columns.filter(|c| *c.id.name == *self.tenancy.column).filter_map(|c| c.text("type"));
        types.next().unwrap_or("uuid")
    }

    /// True where the declared table has the column, and the plan may fill it.
    fn will_have_tenant(&self, table: &ObjectId) -> bool {
        let column = column_id(table, &self.tenancy.column);
        self.actual.get(&column).is_some() || self.expected.get(&column).is_some()
    }

    /// True where the columns tell the rows of a table apart.
    fn is_key(&self, table: &ObjectId, columns: &[(String, String)]) -> bool {
        let keys = [ObjectKind::PrimaryKey, ObjectKind::Unique].into_iter();
        let mut keys = keys.flat_map(|kind| self.actual.children(kind, &table.schema, &table.name));
        let named = |name: &str| columns.iter().any(|(_, other)| other == name);
        keys.any(|key| !key.list("columns").is_empty() && key.list("columns").iter().all(|name| named(name)))
    }

    /// The parent's column that a column means.
    fn matching(&self, table: &ObjectId, parent: &ObjectId, column: &str) -> Option<String> {
        let keys = self.actual.children(ObjectKind::ForeignKey, &table.schema, &table.name);
        let own = || keys.iter().filter(|key| matches!(key.list("columns"), [one] if **one == *column));
        let direct = own().find(|key| key.text("references") == Some(&parent.qualified()));
        if let Some([other]) = direct.map(|key| key.list("referenced_columns")) {
            return Some(other.to_string());
        }
        if let Some(user) = own().find_map(|key| self.same_users(key, parent)) {
            return Some(user);
        }
        if self.tenancy.class_of(&parent.schema, &parent.name) == Some(TableClass::Member) {
            return self.user_of(parent);
        }
        let key = self.actual.children(ObjectKind::PrimaryKey, &parent.schema, &parent.name).first()?;
        match key.list("columns") {
            [one] if self.type_of(parent, one) == self.type_of(table, column) => Some(one.to_string()),
            _ => None,
        }
    }

    /// The column of `members` that refers to the same users as `key` does.
    fn same_users(&self, key: &Object, members: &ObjectId) -> Option<String> {
        let keys = self.actual.children(ObjectKind::ForeignKey, &members.schema, &members.name);
        let same = |other: &&Object| {
            other.text("references") == key.text("references")
                && other.list("referenced_columns") == key.list("referenced_columns")
        };
        // Of several, the one that is part of the identity: not who invited whom.
        let in_key = |other: &&Object| matches!(other.list("columns"), [one] if self.identifies(members, one));
        let found = keys.iter().filter(same).find(in_key)?;
        found.list("columns").first().map(ToString::to_string)
    }

    /// The column of a membership that names the user.
    fn user_of(&self, members: &ObjectId) -> Option<String> {
        let columns = self.actual.children(ObjectKind::Column, &members.schema, &members.name);
        let users: Vec<&Object> = columns
            .iter()
            .filter(|c| *c.id.name != *self.tenancy.column && self.identifies(members, &c.id.name))
            .filter(|c| c.id.name.contains("user"))
            .collect();
        match users.as_slice() {
            [one] => Some(one.id.name.to_string()),
            _ => None,
        }
    }

    fn identifies(&self, table: &ObjectId, column: &str) -> bool {
        let keys = [ObjectKind::PrimaryKey, ObjectKind::Unique].into_iter();
        let mut keys = keys.flat_map(|kind| self.actual.children(kind, &table.schema, &table.name));
        keys.any(|key| key.list("columns").iter().any(|name| **name == *column))
    }

    fn type_of(&self, table: &ObjectId, column: &str) -> Option<&str> {
        self.actual.get(&column_id(table, column)).and_then(|column| column.text("type"))
    }

    fn flag(&self, table: &ObjectId, column: &str, flag: &str) -> bool {
        self.actual.get(&column_id(table, column)).is_some_and(|column| column.flag(flag))
    }

    /// The bare name, where no other schema has it.
    fn short(&self, table: &ObjectId) -> String {
        let same = self.actual.of_kind(ObjectKind::Table).iter().filter(|other| other.id.name == table.name).count();
        if same > 1 { table.dotted() } else { table.name.to_string() }
    }
}

/// The identity of a column of a table.
pub fn column_id(table: &ObjectId, column: &str) -> ObjectId {
    ObjectId::new(ObjectKind::Column, &table.schema, &table.name, column)
}
