//! Side doors: partitions, views, materialized views and foreign tables show
//! rows of tables whose policies they need not ask.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::layout::mentions;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::probes::Tried;
use crate::jobs::isolation::probes::rows;
use crate::jobs::isolation::probes::said;
use crate::jobs::isolation::rights::Rights;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::stage::Act;
use crate::jobs::isolation::stage::ORIGIN;
use crate::jobs::isolation::stage::Outcome;
use crate::jobs::isolation::stage::SILENT;
use crate::jobs::isolation::stage::Stage;
use crate::jobs::isolation::stage::shown;
use crate::model::ident::quote;
use crate::model::isolation::Exchange;
use crate::model::isolation::Probe;
use crate::model::isolation::RelationClass;
use crate::model::isolation::Verdict;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::scratch::compile::PLATFORM_SCHEMAS;

/// Another way to tenants' rows.
#[derive(Debug, Clone)]
pub struct Door {
    pub name: Name,
    pub class: RelationClass,
    /// What it shows, as text: a view's query, a partition's parent.
    pub shows: String,
}

impl Door {
    fn sql(&self) -> String {
        format!("{}.{}", quote(&self.name.0), quote(&self.name.1))
    }
}

/// Partitions of tenants' tables, and all views and foreign tables that are not the platform's.
pub async fn find(stage: &Stage<'_>, layout: &Layout<'_>) -> Result<Vec<Door>> {
    let mut doors = Vec::new();
    let mut parents: BTreeMap<String, String> =
        layout.tables.iter().map(|table| (table.sql(), table.object.id.name.to_string())).collect();
    let mut parts: Vec<&Object> = layout.catalog.of_kind(ObjectKind::Table).iter().collect();
    loop {
        let before = parts.len();
        parts.retain(|table| {
            let above = table.text("partition_of").into_iter().chain(table.list("inherits").iter().map(|p| &**p));
            let Some(top) = above.filter_map(|parent| parents.get(parent).cloned()).next() else { return true };
            parents.insert(table.id.qualified(), top.clone());
            doors.push(Door { name: name_of(table), class: RelationClass::Partition, shows: top });
            false
        });
        if parts.len() == before {
            break;
        }
    }
    let views = stage
        .ask(
            "SELECT n.nspname, c.relname, c.relkind::text, \
             CASE WHEN c.relkind = 'f' THEN '' ELSE pg_catalog.pg_get_viewdef(c.oid) END \
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.objid = c.oid AND e.deptype = 'e' \
               AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass) \
             ORDER BY c.oid",
        )
        .await?;
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for row in views.rows {
        let text = |i: usize| row[i].clone().unwrap_or_default();
        let (name, mut shows) = ((text(0), text(1)), text(3));
        if PLATFORM_SCHEMAS.contains(&name.0.as_str()) {
            continue;
        }
        // A view on a view shows what that one shows.
        let inner: Vec<&String> =
            shown.iter().filter(|(view, _)| mentions(&shows, view)).map(|(_, below)| below).collect();
        shows = std::iter::once(&shows).chain(inner).cloned().collect::<Vec<_>>().join("\n");
        shown.insert(name.1.clone(), shows.clone());
        let class = match text(2).as_str() {
            "m" => RelationClass::MaterializedView,
            "f" => RelationClass::ForeignTable,
            _ => RelationClass::View,
        };
        doors.push(Door { name, class, shows });
    }
    Ok(doors)
}

impl<'a> Prover<'a> {
    /// What a role sees and changes through a door.
    pub async fn door(&mut self, door: &Door) -> Result<()> {
        let rights = self.rights(&door.name);
        let columns = self.columns.get(&door.name).cloned().unwrap_or_default();
        let tenant = self.door_tenant(door).filter(|column| columns.contains(column));
        if !rights.select {
            self.by_privilege(&door.name, Probe::Read, "SELECT");
        } else if door.class == RelationClass::ForeignTable {
            let reason = "its rows are elsewhere, and no policy can be put on it";
            self.put(&door.name, Probe::Read, Verdict::Unproven, reason);
        } else {
            match tenant.as_ref().filter(|column| rights.may_select(column)) {
                Some(column) => self.door_read(door, column).await?,
                None => self.door_compare(door, &columns, &rights).await?,
            }
        }
        if door.class != RelationClass::MaterializedView {
            self.door_writes(door, tenant.as_deref(), &rights).await?;
        }
        Ok(())
    }

    /// The tenant column as the tables behind the door have it.
    fn door_tenant(&self, door: &Door) -> Option<String> {
        let behind = self.layout.tables.iter().filter(|table| mentions(&door.shows, &table.object.id.name));
        let owned = behind.filter(|table| table.class != RelationClass::Registry);
        owned.map(|table| table.tenant.clone()).next().or_else(|| Some(self.layout.tenancy.column.clone()))
    }

    async fn door_read(&mut self, door: &Door, tenant: &str) -> Result<()> {
        let filter = match self.anonymous {
            true => "true".to_owned(),
            false => format!("{} IS DISTINCT FROM {}", quote(tenant), self.maker.tenant(A)),
        };
        let statement = format!("SELECT count(*) FROM {} WHERE {filter}", door.sql());
        let mut act = self.query(self.settings(), statement);
        let mut seen = self.counted(&act).await?;
        if !self.anonymous && matches!(seen, Ok(1..)) && self.layout.tenancy.shareable.read.is_some() {
            act.prepare = self.unshared(door);
            seen = self.counted(&act).await?;
        }
        match seen {
            Ok(0) => {
                let there =
                    format!("SELECT count(*) FROM {} WHERE {} = {}", door.sql(), quote(tenant), self.maker.tenant(B));
                self.judge_door(door, Ok(()), &there).await
            }
            Ok(count) => {
                let whose = if self.anonymous { "of tenants" } else { "of another tenant" };
                let transcript = act.transcript(&count.to_string());
                let reason = format!("shows {} {whose}", rows(count));
                self.put_with(&door.name, Probe::Read, Verdict::Failed, reason, transcript);
                Ok(())
            }
            Err(reason) => {
                let there = format!("SELECT count(*) FROM {}", door.sql());
                self.judge_door(door, Err(reason), &there).await
            }
        }
    }

    /// It showed nothing: that says something only if there was something to show.
    async fn judge_door(&mut self, door: &Door, seen: std::result::Result<(), String>, there: &str) -> Result<()> {
        let mut statements = self.settings_of(B);
        statements.push(there.to_owned());
        let shown = self.stage.attempt(&statements, false).await?;
        match (seen, shown) {
            (Err(reason), _) => self.put(&door.name, Probe::Read, Verdict::Proven, format!("refused: {reason}")),
            (Ok(()), Ok(reply)) if reply.value() != Some("0") => {
                self.put(&door.name, Probe::Read, Verdict::Proven, "shows no row of another tenant");
            }
            (Ok(()), Ok(_)) => {
                let reason = "vacuous: none of the made-up rows is in it";
                self.put(&door.name, Probe::Read, Verdict::Unproven, reason);
            }
            (Ok(()), Err(refusal)) => self.put(&door.name, Probe::Read, Verdict::Unproven, said(&refusal)),
        }
        Ok(())
    }

    async fn counted(&self, act: &Act) -> Result<std::result::Result<u64, String>> {
        Ok(match self.stage.act(act).await? {
            Outcome::Done { reply, .. } => Ok(reply.value().and_then(|count| count.parse().ok()).unwrap_or(0)),
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                Err(said(&refusal))
            }
        })
    }

    /// Without a tenant column: what it shows must not depend on others' rows at all.
    async fn door_compare(&mut self, door: &Door, columns: &[String], rights: &Rights) -> Result<()> {
        let readable: Vec<String> = columns.iter().filter(|c| rights.may_select(c)).map(|c| quote(c)).collect();
        let statement = format!("SELECT {} FROM {}", readable.join(", "), door.sql());
        let mut with = self.query(self.settings(), statement);
        with.prepare = self.unshared(door);
        let mut without = with.clone();
        without.prepare.push(SILENT.to_owned());
        for table in self.layout.tables.iter().rev() {
            without.prepare.push(format!("DELETE FROM {} WHERE {}", table.sql(), self.others(table)));
        }
        without.prepare.push(ORIGIN.to_owned());
        without.prepare.extend(self.refresh(door));
        let (first, again, then) =
            (self.stage.act(&with).await?, self.stage.act(&with).await?, self.stage.act(&without).await?);
        let (Outcome::Done { reply: first, .. }, Outcome::Done { reply: again, .. }, Outcome::Done { reply: then, .. }) =
            (first, again, then)
        else {
            let act = Act { statement: format!("SELECT count(*) FROM {}", door.sql()), ..with };
            let reason = self.counted(&act).await?.err().unwrap_or_else(|| "it cannot be read".to_owned());
            self.put(&door.name, Probe::Read, Verdict::Unproven, reason);
            return Ok(());
        };
        let sorted = |mut rows: Vec<Vec<Option<String>>>| {
            rows.sort();
            rows
        };
        let (first, again, then) = (sorted(first.rows), sorted(again.rows), sorted(then.rows));
        if first != again {
            let reason = "it shows something else each time: whose rows it shows cannot be told";
            self.put(&door.name, Probe::Read, Verdict::Unproven, reason);
        } else if first != then {
            let reason = "what it shows depends on rows of another tenant";
            // The same question twice, with and without those rows.
            let mut transcript = with.transcript(&shown(&first));
            let rest = without.transcript(&shown(&then)).split_off(1 + with.settings.len() + with.prepare.len());
            transcript.pop();
            let line = |sql: &str| Exchange { sql: sql.to_owned(), answer: None };
            transcript.push(line("SET LOCAL ROLE NONE;"));
            transcript.extend(rest);
            self.put_with(&door.name, Probe::Read, Verdict::Failed, reason, transcript);
        } else {
            let there = format!("SELECT count(*) FROM {}", door.sql());
            self.judge_door(door, Ok(()), &there).await?;
        }
        Ok(())
    }

    /// Takes away what is declared to be shared.
    fn unshared(&self, door: &Door) -> Vec<String> {
        let Some(read) = self.layout.tenancy.shareable.read.as_deref() else { return Vec::new() };
        let mut statements = vec![SILENT.to_owned()];
        let shareable = self.layout.tables.iter().filter(|table| table.class == RelationClass::Shareable);
        let shown = shareable.filter(|table| mentions(&door.shows, &table.object.id.name));
        statements.extend(shown.map(|t| format!("DELETE FROM {} WHERE {} AND ({read})", t.sql(), self.others(t))));
        if statements.len() == 1 {
            return Vec::new();
        }
        statements.push(ORIGIN.to_owned());
        statements.extend(self.refresh(door));
        statements
    }

    fn refresh(&self, door: &Door) -> Vec<String> {
        let stored = door.class == RelationClass::MaterializedView;
        stored.then(|| format!("REFRESH MATERIALIZED VIEW {}", door.sql())).into_iter().collect()
    }

    async fn door_writes(&mut self, door: &Door, tenant: Option<&str>, rights: &Rights) -> Result<()> {
        let tables: Vec<Tenanted<'a>> =
            self.layout.tables.iter().filter(|t| mentions(&door.shows, &t.object.id.name)).cloned().collect();
        let watches: Vec<String> = tables.iter().map(|table| self.watch(&table.sql(), &self.others(table))).collect();
        let (false, Some(base)) = (watches.is_empty(), tables.first()) else { return Ok(()) };
        let mut acts = Vec::new();
        if rights.delete {
            acts.push((Probe::Delete, "deletes {n} of another tenant", format!("DELETE FROM {}", door.sql())));
        }
        if let Some(column) = tenant.filter(|column| rights.may_update(column)) {
            let set = format!("UPDATE {} SET {} = {}", door.sql(), quote(column), self.maker.tenant(A));
            acts.push((Probe::Steal, "takes {n} of another tenant", set));
        }
        let spare = self.maker.rows.spares(&base.name(), B).first();
        if let (true, Some(spare)) = (rights.insert, spare) {
            let stated: Row =
                spare.iter().filter(|(c, _)| rights.may_insert(c)).map(|(a, b)| (a.clone(), b.clone())).collect();
            let insert = self.maker.insert(base.object, &stated).replacen(&base.sql(), &door.sql(), 1);
            acts.push((Probe::Insert, "inserts a row for another tenant", insert));
        }
        for (probe, harm, statement) in acts {
            let act = Act { watch: Some(watches.join("\nUNION ALL\n")), ..self.query(self.settings(), statement) };
            let tried = match self.attack(&act, &[]).await? {
                // A view that cannot be written to, or a partition that takes no such row.
                Tried::Masked(reason) if reason.contains("(55000)") || reason.contains("(23514)") => {
                    Tried::Held(reason)
                }
                other => other,
            };
            self.judge(&door.name, probe, tried, harm, &Ok(()), true);
        }
        Ok(())
    }
}
