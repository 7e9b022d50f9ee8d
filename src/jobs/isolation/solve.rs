//! Finds values that the server accepts: guessed from types and keys first,
//! then from what it says was wrong with them.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::C;
use crate::jobs::isolation::rows::Made;
use crate::jobs::isolation::rows::Maker;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::rows::TRIES;
use crate::jobs::isolation::stage::ORIGIN;
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

/// The row that is sought.
#[derive(Clone, Copy)]
struct Wanted<'w, 'a> {
    object: &'a Object,
    table: Option<&'w Tenanted<'a>>,
    owner: usize,
    /// Values that it must have.
    fixed: &'w Row,
}

impl<'a> Maker<'a> {
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
    pub(super) async fn solve(
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
        let mut statements: Vec<String> = self.room.iter().filter(|sql| *sql != ORIGIN).cloned().collect();
        statements.push(insert.clone());
        let answer = self.stage.attempt(&statements, keep).await?;
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
            let usual: &[&str] = match self.layout.type_of(object, &column) {
                "boolean" => &["true", "false"],
                "json" | "jsonb" => &["'[]'", "'{}'", "'1'", "'\"a\"'", "'null'"],
                _ => &["1", "'a'"],
            };
            pool.before.extend(usual.iter().map(|value| value.to_string()));
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

/// Texts for a check on a length.
fn long_enough(definition: &str) -> Vec<String> {
    if !definition.contains("length") {
        return Vec::new();
    }
    let numbers = literals(definition).into_iter().filter_map(|text| text.parse::<usize>().ok());
    numbers.filter(|n| (1..=200).contains(n)).map(|n| literal(&"a".repeat(n))).collect()
}
