//! What a role reads: rows of other tenants, and rows without any tenant's context.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::jobs::isolation::context;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::probes::Control;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::probes::rows;
use crate::jobs::isolation::probes::said;
use crate::jobs::isolation::rights::Rights;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::NOBODY;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::stage::Act;
use crate::jobs::isolation::stage::ORIGIN;
use crate::jobs::isolation::stage::Outcome;
use crate::jobs::isolation::stage::SILENT;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::isolation::Probe;
use crate::model::isolation::RelationClass;
use crate::model::isolation::Verdict;
use crate::spec::Enter;

/// What a query showed that it must not.
pub enum Seen {
    /// Nothing, or it was refused with these words.
    Nothing(Option<String>),
    Rows {
        act: Box<Act>,
        count: u64,
    },
}

/// What was seen before any session had a context: a setting that was ever
/// made is never unset again in the same session.
pub type Unset = BTreeMap<(String, Name), Seen>;

impl<'a> Prover<'a> {
    /// Reads every table in a session that nobody prepared.
    pub async fn read_unset(&self, unset: &mut Unset) -> Result<()> {
        for table in self.tables() {
            let rights = self.rights(&table.name());
            if rights.select {
                let seen = self.look(&table, &rights, Vec::new(), Vec::new(), "true").await?;
                unset.insert((self.role.clone(), table.name()), seen);
            }
        }
        Ok(())
    }

    /// Row security, and everything that reads.
    pub async fn reads(&mut self, table: &Tenanted<'a>, unset: &mut Unset) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        self.row_security(table, &rights).await?;
        if !rights.select {
            for probe in [Probe::Read, Probe::ReadNoContext, Probe::ReadEmptyContext, Probe::ReadGarbageContext] {
                self.by_privilege(&name, probe, "SELECT");
            }
            return Ok(());
        }
        let control = self.control_read(table, &rights).await?;
        let others = self.others(table);
        let seen = self.look(table, &rights, self.settings(), Vec::new(), &others).await?;
        self.judge_seen(&name, Probe::Read, vec![seen], &control, &rights);
        let seen = unset.remove(&(self.role.clone(), name.clone()));
        self.judge_seen(&name, Probe::ReadNoContext, seen.into_iter().collect(), &control, &rights);
        if self.anonymous {
            return Ok(());
        }
        let mut seen = Vec::new();
        for settings in self.empty_contexts() {
            let planted = self.planted(table).await?;
            seen.push(self.look(table, &rights, settings, planted, "true").await?);
        }
        self.judge_seen(&name, Probe::ReadEmptyContext, seen, &control, &rights);
        let mut seen = Vec::new();
        for settings in self.garbage_contexts() {
            seen.push(self.look(table, &rights, settings, Vec::new(), "true").await?);
        }
        self.judge_seen(&name, Probe::ReadGarbageContext, seen, &control, &rights);
        Ok(())
    }

    async fn row_security(&mut self, table: &Tenanted<'a>, rights: &Rights) -> Result<()> {
        let name = table.name();
        let sql = format!("SELECT row_security_active({})", literal(&table.sql()));
        for other in self.becomes.clone().iter().filter(|(_, rights)| rights.get(&name).is_some_and(Rights::any)) {
            let may = format!("SELECT pg_has_role({}, {}, 'MEMBER')", literal(&self.role), literal(&other.0));
            let act = Act { role: other.0.clone(), ..self.query(vec![may], sql.clone()) };
            if let Outcome::Done { reply, .. } = self.stage.act(&act).await?
                && reply.value() != Some("t")
            {
                let reason = format!("it may become {}, to which row security does not apply", other.0);
                let transcript = act.transcript(&act.answer(&reply));
                self.put_with(&name, Probe::RowSecurity, Verdict::Failed, reason, transcript);
                return Ok(());
            }
        }
        if !rights.any() {
            self.put(&name, Probe::RowSecurity, Verdict::Proven, "by privilege: it may do nothing with the table");
            return Ok(());
        }
        let act = self.query(Vec::new(), sql);
        match self.stage.act(&act).await? {
            Outcome::Done { reply, .. } if reply.value() == Some("t") => {
                self.put(&name, Probe::RowSecurity, Verdict::Proven, "row security applies to it");
            }
            Outcome::Done { reply, .. } => {
                let reason = "row security does not apply to it: it is off, or the role looks past it";
                let transcript = act.transcript(&act.answer(&reply));
                self.put_with(&name, Probe::RowSecurity, Verdict::Failed, reason, transcript);
            }
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                self.put(&name, Probe::RowSecurity, Verdict::Unproven, said(&refusal));
            }
        }
        Ok(())
    }

    /// A sees a row of its own.
    pub async fn control_read(&self, table: &Tenanted<'a>, rights: &Rights) -> Result<Control> {
        if self.anonymous {
            return Ok(Ok(()));
        }
        let filter = if rights.may_select(&table.tenant) { self.own(table) } else { "true".to_owned() };
        let act = self.query(self.settings(), format!("SELECT count(*) FROM {} WHERE {filter}", table.sql()));
        Ok(match self.stage.act(&act).await? {
            Outcome::Done { reply, .. } if reply.value() != Some("0") => Ok(()),
            Outcome::Done { .. } => Err("tenant A does not see its own rows either".to_owned()),
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                Err(format!("tenant A cannot read its own rows either: {}", said(&refusal)))
            }
        })
    }

    /// Counts rows that match and that nobody declared to be shared.
    async fn look(
        &self,
        table: &Tenanted<'a>,
        rights: &Rights,
        settings: Vec<String>,
        prepare: Vec<String>,
        filter: &str,
    ) -> Result<Seen> {
        let count = |filter: &str| format!("SELECT count(*) FROM {} WHERE {filter}", table.sql());
        let by_tenant = filter == "true" || rights.may_select(&table.tenant);
        let mut act = self.query(settings, count(if by_tenant { filter } else { "true" }));
        act.prepare = prepare;
        if !by_tenant {
            // The role cannot ask for others' rows, so only they are left.
            act.prepare.extend([SILENT.to_owned(), format!("DELETE FROM {} WHERE {}", table.sql(), self.own(table))]);
        }
        let mut seen = self.seen(&act).await?;
        let read = self.layout.tenancy.shareable.read.as_deref();
        let shared = read.filter(|_| table.class == RelationClass::Shareable && !self.anonymous);
        if let (Seen::Rows { .. }, Some(read)) = (&seen, shared) {
            let private = self.query(act.settings.clone(), count(&format!("{filter} AND ({read}) IS NOT TRUE")));
            let private = Act { prepare: act.prepare.clone(), ..private };
            seen = match (self.seen(&private).await?, by_tenant) {
                (Seen::Nothing(None), true) => Seen::Nothing(None),
                (rows @ Seen::Rows { .. }, true) => rows,
                // The role may not evaluate the predicate itself: the shared rows go before it looks.
                _ => {
                    let gone = format!("DELETE FROM {} WHERE {} AND ({read})", table.sql(), self.others(table));
                    act.prepare.extend([SILENT.to_owned(), gone]);
                    self.seen(&act).await?
                }
            };
        }
        Ok(seen)
    }

    async fn seen(&self, act: &Act) -> Result<Seen> {
        Ok(match self.stage.act(act).await? {
            Outcome::Done { reply, .. } => match reply.value().and_then(|count| count.parse().ok()) {
                Some(0) | None => Seen::Nothing(None),
                Some(count) => Seen::Rows { act: Box::new(act.clone()), count },
            },
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                Seen::Nothing(Some(said(&refusal)))
            }
        })
    }

    fn judge_seen(&mut self, name: &Name, probe: Probe, seen: Vec<Seen>, control: &Control, rights: &Rights) {
        let mut words = None;
        for seen in seen {
            match seen {
                Seen::Rows { act, count } => {
                    let whose = match (self.anonymous, probe) {
                        (true, _) => "of tenants",
                        (false, Probe::Read) => "of another tenant",
                        (false, _) => "without being any tenant",
                    };
                    let reason = format!("reads {} {whose}", rows(count));
                    let transcript = act.transcript(&count.to_string());
                    return self.put_with(name, probe, Verdict::Failed, reason, transcript);
                }
                Seen::Nothing(refusal) => words = words.or(refusal),
            }
        }
        match control {
            Err(_) if !rights.admits('r') => self.put(name, probe, Verdict::Proven, "no policy admits it"),
            Err(reason) => self.put(name, probe, Verdict::Unproven, format!("vacuous: {reason}")),
            Ok(()) => {
                let reason = words.map_or("reads none".to_owned(), |words| format!("refused: {words}"));
                self.put(name, probe, Verdict::Proven, reason);
            }
        }
    }

    fn empty_contexts(&self) -> Vec<Vec<String>> {
        match &self.layout.enter {
            Enter::Supabase => vec![
                context::claims_settings("", ""),
                context::claims_settings("{\"role\":\"authenticated\",\"app_metadata\":{\"tenant_id\":\"\"}}", ""),
            ],
            Enter::Setting(_) | Enter::Sql(_) => {
                vec![context::settings(&self.layout.enter, &self.role, "''", "''", "''")]
            }
        }
    }

    /// A tenant that is no value of the type, one that does not exist, and a user who belongs nowhere.
    fn garbage_contexts(&self) -> Vec<Vec<String>> {
        let (tenant, user) = (self.maker.tenant(NOBODY), self.maker.user(NOBODY));
        let mut contexts = vec![
            context::settings(&self.layout.enter, &self.role, "'garbage'", &user, &self.maker.tenant(B)),
            context::settings(&self.layout.enter, &self.role, &tenant, &user, &self.maker.tenant(B)),
        ];
        if self.layout.enter == Enter::Supabase {
            let user = user.trim_matches('\'');
            let claims = serde_json::json!({ "sub": user, "role": self.role });
            contexts.push(context::claims_settings(&claims.to_string(), user));
        }
        contexts
    }

    /// Where the tenant is a text, a row of the tenant that the empty text is: if there can be one.
    async fn planted(&self, table: &Tenanted<'a>) -> Result<Vec<String>> {
        let data_type = self.layout.type_of(table.object, &table.tenant);
        let is_text = ["text", "citext", "character varying"].iter().any(|name| data_type.starts_with(name));
        let (true, Some(spare)) = (is_text, self.maker.rows.spares(&table.name(), A).first()) else {
            return Ok(Vec::new());
        };
        let mut statements = vec![SILENT.to_owned()];
        let registry = self.layout.registry();
        let named = |row: &Row, column: &str| {
            let mut row = row.clone();
            row.insert(column.to_owned(), "''".to_owned());
            row
        };
        if table.class != RelationClass::Registry {
            let Some(row) = self.maker.rows.spares(&registry.name(), A).first() else { return Ok(Vec::new()) };
            statements.push(self.maker.insert(registry.object, &named(row, &registry.tenant)));
        }
        statements.push(self.maker.insert(table.object, &named(spare, &table.tenant)));
        statements.push(ORIGIN.to_owned());
        // A check that refuses the empty tenant closes this door by itself.
        let possible = self.stage.attempt(&statements, false).await?.is_ok();
        Ok(if possible { statements } else { Vec::new() })
    }

    /// A column that the role may change, and a value for it that reads nothing.
    pub fn change(&self, table: &Tenanted<'a>, rights: &Rights) -> Option<(String, String)> {
        let keys = self.layout.values.key_columns(table.object);
        let row = self.maker.rows.first(&table.name(), A)?;
        let columns = self.layout.values.columns(table.object);
        let open = columns.iter().filter(|column| {
            let name = &*column.id.name;
            rights.may_update(name) && name != table.tenant && column.attributes.get("generated").is_none()
        });
        let mut open: Vec<_> = open.collect();
        open.sort_by_key(|column| (keys.contains(&*column.id.name), self.layout.values.reference(column).is_some()));
        let column = open.first()?;
        let name = column.id.name.to_string();
        let value = match row.get(&name) {
            Some(value) => value.clone(),
            None => "DEFAULT".to_owned(),
        };
        Some((quote(&name), value))
    }
}
