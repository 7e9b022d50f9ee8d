//! What goes round row security: unique keys and foreign keys are checked
//! against every row, whoever may see it.

use anyhow::Result;

use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::probes::Control;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::probes::Tried;
use crate::jobs::isolation::probes::said;
use crate::jobs::isolation::rights::Rights;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::stage::Act;
use crate::jobs::isolation::stage::ORIGIN;
use crate::jobs::isolation::stage::Outcome;
use crate::jobs::isolation::stage::SILENT;
use crate::model::ident::quote;
use crate::model::isolation::Probe;
use crate::model::isolation::Verdict;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;

/// A key that tells rows of all tenants apart together.
struct Key {
    name: String,
    columns: Vec<String>,
    /// What follows ON CONFLICT.
    target: String,
    /// Nobody can guess another tenant's value: a uuid, or a number that the database gives out.
    surrogate: bool,
    /// Why somebody allows it.
    allowed: Option<String>,
}

impl<'a> Prover<'a> {
    /// Unique keys without the tenant, foreign keys to tenants' rows, and their cascades.
    pub async fn goes_round(&mut self, table: &Tenanted<'a>, own_row: &std::result::Result<Row, String>) -> Result<()> {
        for key in self.shared_keys(table) {
            self.oracle(table, &key, own_row).await?;
            self.upsert(table, &key, own_row).await?;
        }
        let id = &table.object.id;
        for key in self.layout.catalog.children(ObjectKind::ForeignKey, &id.schema, &id.name) {
            let Some(parent) = self.parent(key) else { continue };
            let named = |column: &&std::sync::Arc<str>| ***column != *table.tenant;
            if parent.name() == self.layout.registry || !key.list("columns").iter().any(|c| named(&c)) {
                continue;
            }
            self.refer(table, key, &parent, own_row).await?;
            if !self.anonymous {
                self.cascade(table, key, &parent).await?;
            }
        }
        Ok(())
    }

    fn parent(&self, key: &Object) -> Option<Tenanted<'a>> {
        let target = key.text("references")?;
        let found = self.layout.tables.iter().find(|table| table.sql() == target)?;
        (!self.maker.rows.trouble.contains_key(&found.name())).then(|| found.clone())
    }

    fn shared_keys(&self, table: &Tenanted<'a>) -> Vec<Key> {
        let id = &table.object.id;
        let children = |kind| self.layout.catalog.children(kind, &id.schema, &id.name).iter();
        let mut keys = Vec::new();
        for key in children(ObjectKind::PrimaryKey).chain(children(ObjectKind::Unique)) {
            let columns = key.list("columns").iter().map(|column| column.to_string()).collect();
            keys.push(self.key(table, key, columns, format!("ON CONSTRAINT {}", quote(&key.id.name))));
        }
        for index in children(ObjectKind::Index).filter(|index| index.flag("unique")) {
            let text = index.list("keys").join(", ");
            let known = self.layout.values.columns(table.object).iter().map(|column| column.id.name.to_string());
            let columns = known.filter(|column| mentions(&text, column)).collect();
            let predicate = index.text("predicate").map(|p| format!(" WHERE {p}")).unwrap_or_default();
            keys.push(self.key(table, index, columns, format!("({text}){predicate}")));
        }
        keys.retain(|key| !key.columns.contains(&table.tenant) || table.name() == self.layout.registry);
        keys.retain(|key| !(table.name() == self.layout.registry && key.columns == [table.tenant.clone()]));
        keys
    }

    fn key(&self, table: &Tenanted<'a>, object: &Object, columns: Vec<String>, target: String) -> Key {
        let given_out = |name: &String| {
            let found = self.layout.values.columns(table.object).iter().find(|column| *column.id.name == **name);
            found.is_some_and(|column| {
                column.text("type") == Some("uuid")
                    || column.attributes.get("identity").is_some()
                    || column.text("default").is_some_and(|default| default.starts_with("nextval("))
            })
        };
        let allowed = ["unique-not-tenant-scoped", "pk-not-tenant-scoped"]
            .iter()
            .find_map(|code| self.layout.spec.allowed(code, &object.id))
            .filter(|allow| !allow.expired(self.today))
            .map(|allow| allow.why.clone());
        Key { name: object.id.name.to_string(), surrogate: columns.iter().all(given_out), columns, target, allowed }
    }

    /// A row that A may insert, with B's key.
    fn colliding(&self, table: &Tenanted<'a>, key: &Key, own_row: &Row) -> Option<Row> {
        let theirs = self.maker.rows.first(&table.name(), B)?;
        let mut row = own_row.clone();
        for column in &key.columns {
            row.insert(column.clone(), theirs.get(column).filter(|value| *value != "NULL")?.clone());
        }
        Some(row)
    }

    async fn oracle(
        &mut self,
        table: &Tenanted<'a>,
        key: &Key,
        own_row: &std::result::Result<Row, String>,
    ) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        if let Some(why) = &key.allowed {
            self.put(&name, Probe::UniqueOracle, Verdict::Proven, format!("{} is allowed: {why}", key.name));
            return Ok(());
        }
        if !rights.insert && !rights.update {
            self.by_privilege(&name, Probe::UniqueOracle, "INSERT or UPDATE");
            return Ok(());
        }
        if key.surrogate {
            let reason = format!("nobody can guess another tenant's {}", key.columns.join(", "));
            self.put(&name, Probe::UniqueOracle, Verdict::Proven, reason);
            return Ok(());
        }
        let mut acts = Vec::new();
        if rights.insert && rights.may_insert(&table.tenant) {
            let row = match own_row {
                Ok(row) => self.colliding(table, key, row),
                Err(_) if rights.admits('a') => None,
                Err(_) => self.maker.rows.spares(&name, A).first().and_then(|row| self.colliding(table, key, row)),
            };
            let Some(row) = row else {
                let reason = format!("{}: no row could be made that has another tenant's key", key.name);
                self.put(&name, Probe::UniqueOracle, Verdict::Unproven, reason);
                return Ok(());
            };
            let act = self.query(self.settings(), self.insert(table, &row, &rights));
            acts.push(act.after(&self.maker.before_insert(table, A)));
        }
        let theirs = self.maker.rows.first(&name, B).cloned().unwrap_or_default();
        if key.columns.iter().all(|column| rights.may_update(column) && theirs.contains_key(column))
            && let Some(own) = self.maker.rows.first(&name, A)
        {
            let set: Vec<String> =
                key.columns.iter().map(|column| format!("{} = {}", quote(column), theirs[column])).collect();
            let found = self.maker.where_is(table, own);
            acts.push(
                self.query(self.settings(), format!("UPDATE {} SET {} WHERE {found}", table.sql(), set.join(", "))),
            );
        }
        if acts.is_empty() {
            self.by_privilege(&name, Probe::UniqueOracle, &format!("write {}", key.columns.join(", ")));
            return Ok(());
        }
        self.listen(table, key, acts).await
    }

    /// Hears the duplicate-key error, if there is one.
    async fn listen(&mut self, table: &Tenanted<'a>, key: &Key, acts: Vec<Act>) -> Result<()> {
        let name = table.name();
        let mut held = None;
        for act in acts {
            match self.stage.act(&act).await? {
                Outcome::Refused(refusal) if refusal.code == "23505" => {
                    let reason = format!("learns from {} that another tenant has this row", key.name);
                    let transcript = act.transcript(&format!("ERROR: {}", said(&refusal)));
                    self.put_with(&name, Probe::UniqueOracle, Verdict::Failed, reason, transcript);
                    return Ok(());
                }
                Outcome::Refused(refusal) if refusal.code == "42501" => held = Some(said(&refusal)),
                Outcome::Done { reply, .. } if reply.affected == 0 => {
                    held = held.or(Some("no row is touched".to_owned()))
                }
                Outcome::Done { .. } => {
                    let reason = format!("vacuous: no row of another tenant is under {}", key.name);
                    self.put(&name, Probe::UniqueOracle, Verdict::Unproven, reason);
                    return Ok(());
                }
                Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                    let reason = format!("something else stood in the way: {}", said(&refusal));
                    self.put(&name, Probe::UniqueOracle, Verdict::Unproven, reason);
                    return Ok(());
                }
            }
        }
        self.put(&name, Probe::UniqueOracle, Verdict::Proven, held.unwrap_or_default());
        Ok(())
    }

    async fn upsert(
        &mut self,
        table: &Tenanted<'a>,
        key: &Key,
        own_row: &std::result::Result<Row, String>,
    ) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        let change = self.change(table, &rights);
        let (true, true, Some((column, value))) = (rights.insert, rights.may_insert(&table.tenant), change) else {
            self.by_privilege(&name, Probe::UpsertTheft, "INSERT … ON CONFLICT DO UPDATE");
            return Ok(());
        };
        let (row, control): (Option<Row>, Control) = match own_row {
            Ok(row) => (self.colliding(table, key, row), Ok(())),
            Err(why) => (
                self.maker.rows.spares(&name, A).first().and_then(|row| self.colliding(table, key, row)),
                Err(why.clone()),
            ),
        };
        let Some(row) = row else {
            let reason = format!("{}: no row could be made that has another tenant's key", key.name);
            self.put(&name, Probe::UpsertTheft, Verdict::Unproven, reason);
            return Ok(());
        };
        let value = if value == "DEFAULT" { value } else { format!("excluded.{column}") };
        let value = if row.contains_key(column.trim_matches('"')) { value } else { "DEFAULT".to_owned() };
        let insert = self.insert(table, &row, &rights);
        let act = self.act(table, format!("{insert} ON CONFLICT {} DO UPDATE SET {column} = {value}", key.target));
        let act = act.after(&self.maker.before_insert(table, A));
        let tried = match self.attack(&act, &[]).await? {
            // Some other key of the made-up row, or a conflict that is no error here.
            Tried::Nothing(reply) if reply.affected > 0 => {
                Tried::Masked("no row of another tenant is under it".to_owned())
            }
            other => other,
        };
        let harm = format!("overwrites {{n}} of another tenant through {}", key.name);
        self.judge(&name, Probe::UpsertTheft, tried, &harm, &control, rights.admits('a'));
        Ok(())
    }

    async fn refer(
        &mut self,
        table: &Tenanted<'a>,
        key: &Object,
        parent: &Tenanted<'a>,
        own_row: &std::result::Result<Row, String>,
    ) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        let allow =
            ["fk-crosses-tenants", "fk-to-shareable"].iter().find_map(|code| self.layout.spec.allowed(code, &key.id));
        if let Some(allow) = allow.filter(|allow| !allow.expired(self.today)) {
            self.put(&name, Probe::ForeignKey, Verdict::Proven, format!("{} is allowed: {}", key.id.name, allow.why));
            return Ok(());
        }
        let Some(pointing) = self.pointing(table, key, parent, B) else {
            let reason = format!("{}: no row to refer to", key.id.name);
            self.put(&name, Probe::ForeignKey, Verdict::Unproven, reason);
            return Ok(());
        };
        let columns: Vec<&String> = pointing.keys().collect();
        let Some((statement, own)) = self.referring(table, &rights, &pointing, own_row) else {
            let columns: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
            self.by_privilege(&name, Probe::ForeignKey, &format!("write {}", columns.join(", ")));
            return Ok(());
        };
        let mut now = self.maker.before_insert(table, A);
        now.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
        let act = Act { prepare: now.clone(), ..self.query(self.settings(), statement) };
        match self.stage.act(&act).await? {
            Outcome::Done { reply, .. } if reply.affected > 0 => {
                let reason = format!("refers to a row of another tenant in {}", parent.object.id.dotted());
                let transcript = act.transcript(&act.answer(&reply));
                self.put_with(&name, Probe::ForeignKey, Verdict::Failed, reason, transcript);
            }
            Outcome::Done { .. } => {
                let verdict = if rights.admits('w') { Verdict::Unproven } else { Verdict::Proven };
                self.put(&name, Probe::ForeignKey, verdict, "no row of its own is touched");
            }
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                let control = self.stage.act(&Act { prepare: now, ..self.query(self.settings(), own) }).await?;
                let works = self.anonymous || matches!(&control, Outcome::Done { reply, .. } if reply.affected > 0);
                let admitted = rights.admits('a') || rights.admits('w');
                let verdict = if works || !admitted { Verdict::Proven } else { Verdict::Unproven };
                let why = if verdict == Verdict::Proven { "refused" } else { "vacuous, its own row is refused too" };
                self.put(&name, Probe::ForeignKey, verdict, format!("{}: {why}: {}", key.id.name, said(&refusal)));
            }
        }
        Ok(())
    }

    /// The columns of a foreign key with the values of a tenant's row; the tenant column keeps its own.
    fn pointing(&self, table: &Tenanted<'a>, key: &Object, parent: &Tenanted<'a>, owner: usize) -> Option<Row> {
        let theirs = self.maker.rows.first(&parent.name(), owner)?;
        let pairs = key.list("columns").iter().zip(key.list("referenced_columns"));
        let pairs = pairs.filter(|(column, _)| ***column != *table.tenant);
        pairs.map(|(column, referenced)| Some((column.to_string(), theirs.get(&**referenced)?.clone()))).collect()
    }

    /// A statement that makes a row of A refer to another one, and the same without the harm.
    fn referring(
        &self,
        table: &Tenanted<'a>,
        rights: &Rights,
        pointing: &Row,
        own_row: &std::result::Result<Row, String>,
    ) -> Option<(String, String)> {
        let name = table.name();
        if rights.insert && pointing.keys().all(|column| rights.may_insert(column)) {
            let row = match own_row {
                Ok(row) => row,
                Err(_) => self.maker.rows.spares(&name, A).first()?,
            };
            let mut crossing = row.clone();
            crossing.extend(pointing.clone());
            return Some((self.insert(table, &crossing, rights), self.insert(table, row, rights)));
        }
        if !pointing.keys().all(|column| rights.may_update(column)) {
            return None;
        }
        let own = self.maker.rows.first(&name, A)?;
        let set = |value: &dyn Fn(&str) -> String| {
            let set: Vec<String> =
                pointing.keys().map(|column| format!("{} = {}", quote(column), value(column))).collect();
            format!("UPDATE {} SET {}", table.sql(), set.join(", "))
        };
        let theirs = |column: &str| pointing[column].clone();
        let ours = |column: &str| own.get(column).cloned().unwrap_or_else(|| "NULL".to_owned());
        Some((set(&theirs), set(&ours)))
    }

    /// B deletes its own row, and A loses one: foreign keys act with the rights of the table's owner.
    async fn cascade(&mut self, table: &Tenanted<'a>, key: &Object, parent: &Tenanted<'a>) -> Result<()> {
        let definition = key.text("definition").unwrap_or_default();
        if !["CASCADE", "SET NULL", "SET DEFAULT"]
            .iter()
            .any(|action| definition.contains(&format!("ON DELETE {action}")))
        {
            return Ok(());
        }
        let name = table.name();
        let rights = self.rights(&parent.name());
        if !rights.delete {
            self.by_privilege(&name, Probe::Cascade, &format!("DELETE FROM {}", parent.object.id.dotted()));
            return Ok(());
        }
        let row = self.maker.rows.spares(&name, A).first();
        let (Some(mut row), Some(pointing)) = (row.cloned(), self.pointing(table, key, parent, B)) else {
            self.put(&name, Probe::Cascade, Verdict::Unproven, format!("{}: no row could be made", key.id.name));
            return Ok(());
        };
        row.extend(pointing);
        let plant = self.maker.insert(table.object, &row);
        let mut planting = self.maker.before_insert(table, A);
        planting.push(plant.clone());
        if let Err(refusal) = self.stage.attempt(&planting, false).await? {
            let verdict = if refusal.code == "23503" { Verdict::Proven } else { Verdict::Unproven };
            let reason = format!("a row of A under a row of B cannot be: {}", said(&refusal));
            self.put(&name, Probe::Cascade, verdict, reason);
            return Ok(());
        }
        let act = Act {
            settings: self.settings_of(B),
            prepare: self.room_for_delete(parent, table, &plant),
            role: self.role.clone(),
            statement: format!("DELETE FROM {}", parent.sql()),
            watch: Some(self.watch(&table.sql(), &self.own(table))),
        };
        let control = match self.stage.act(&Act { watch: None, ..act.clone() }).await? {
            Outcome::Done { reply, .. } if reply.affected > 0 => Ok(()),
            _ => Err(format!("tenant B cannot delete its rows of {} either", parent.object.id.dotted())),
        };
        let tried = match self.stage.act(&act).await? {
            Outcome::Done { reply, changed: 0 } => Tried::Nothing(reply),
            Outcome::Done { reply, changed } => Tried::BrokeIn { act: Box::new(act), reply, changed },
            Outcome::Refused(refusal) if refusal.code == "42501" => Tried::Held(said(&refusal)),
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                Tried::Masked(said(&refusal))
            }
        };
        let harm = format!("tenant B deletes its row of {} and with it {{n}} of tenant A", parent.object.id.dotted());
        self.judge(&name, Probe::Cascade, tried, &harm, &control, rights.admits('d'));
        Ok(())
    }

    /// Rows of other tables that would forbid the delete go first; then the row of A is planted.
    fn room_for_delete(&self, parent: &Tenanted<'a>, table: &Tenanted<'a>, plant: &str) -> Vec<String> {
        let target = parent.sql();
        let mut statements = vec![SILENT.to_owned()];
        for key in self.layout.catalog.of_kind(ObjectKind::ForeignKey) {
            let forbids = !key.text("definition").unwrap_or_default().contains("ON DELETE");
            let restricts = key.text("definition").unwrap_or_default().contains("ON DELETE RESTRICT");
            if key.text("references") == Some(&target) && key.id.relation() != table.sql() && (forbids || restricts) {
                statements.push(format!("DELETE FROM {}", key.id.relation()));
            }
        }
        if statements.len() == 1 {
            statements.clear();
        } else {
            statements.push(ORIGIN.to_owned());
        }
        statements.extend(self.maker.before_insert(table, A));
        statements.push(plant.to_owned());
        statements
    }
}
