//! The probes of one role: what all of them share. A role acts, the superuser
//! looks, and everything is taken back.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::jobs::isolation::context;
use crate::jobs::isolation::is_asked_for;
use crate::jobs::isolation::layout::Layout;
use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::layout::name_of;
use crate::jobs::isolation::rights;
use crate::jobs::isolation::rights::Columns;
use crate::jobs::isolation::rights::Rights;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Maker;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::stage::Act;
use crate::jobs::isolation::stage::Outcome;
use crate::jobs::isolation::stage::Stage;
use crate::model::ident::quote;
use crate::model::isolation::Exchange;
use crate::model::isolation::Probe;
use crate::model::isolation::ProbeResult;
use crate::model::isolation::Verdict;
use crate::scratch::act::Refusal;
use crate::scratch::act::Reply;
use crate::spec::Date;
use crate::spec::Enter;

/// What came of an attack.
#[derive(Debug)]
pub enum Tried {
    /// It broke in: with what, what came back, and how many rows of others changed.
    BrokeIn { act: Box<Act>, reply: Reply, changed: u64 },
    /// The server refused it.
    Held(String),
    /// It ran, and nothing of another tenant changed.
    Nothing(Reply),
    /// Something that has nothing to do with tenants stood in the way.
    Masked(String),
}

/// Whether the role can do with its own rows what it must not do with others'.
pub type Control = std::result::Result<(), String>;

/// One role's probes.
pub struct Prover<'a> {
    pub stage: &'a Stage<'a>,
    pub layout: &'a Layout<'a>,
    pub maker: &'a Maker<'a>,
    pub role: String,
    /// It may have no tenant's rows at all.
    pub anonymous: bool,
    pub rights: BTreeMap<Name, Rights>,
    pub columns: Columns,
    /// Roles that it may become with SET ROLE without having their rights, with those rights.
    pub becomes: Vec<(String, BTreeMap<Name, Rights>)>,
    /// Only these tables, where not empty.
    pub only: &'a BTreeSet<String>,
    /// What has expired by now is allowed no more.
    pub today: Date,
    /// The user of tenant A who acts.
    pub me: String,
    pub results: Vec<(Name, ProbeResult)>,
}

impl<'a> Prover<'a> {
    /// A role and its rights.
    ///
    /// # Errors
    /// The scratch is gone.
    pub async fn new(
        stage: &'a Stage<'a>,
        layout: &'a Layout<'a>,
        maker: &'a Maker<'a>,
        role: &str,
        only: &'a BTreeSet<String>,
        today: Date,
    ) -> Result<Prover<'a>> {
        let (rights, columns) = rights::read(stage, role).await?;
        let anonymous = !layout.tenancy.roles.iter().any(|confined| confined == role);
        let (role, results) = (role.to_owned(), Vec::new());
        let me = maker.user(A);
        let becomes = rights::becomes(stage, &role).await?;
        Ok(Prover { stage, layout, maker, role, anonymous, rights, columns, becomes, only, today, me, results })
    }

    /// The tables to prove: those that have rows.
    pub fn tables(&self) -> Vec<Tenanted<'a>> {
        let tables = self.layout.tables.iter().filter(|table| self.wanted(&table.name()));
        tables.filter(|table| !self.maker.rows.trouble.contains_key(&table.name())).cloned().collect()
    }

    /// True for a relation that was asked for.
    pub fn wanted(&self, name: &Name) -> bool {
        is_asked_for(self.only, name)
    }

    pub fn rights(&self, name: &Name) -> Rights {
        self.rights.get(name).cloned().unwrap_or_default()
    }

    /// The settings of the session in which the role acts.
    pub fn settings(&self) -> Vec<String> {
        if !self.anonymous {
            return self.settings_of(A);
        }
        match &self.layout.enter {
            Enter::Supabase => context::claims_settings("{\"role\":\"anon\"}", ""),
            Enter::Setting(_) | Enter::Sql(_) => Vec::new(),
        }
    }

    pub fn settings_of(&self, owner: usize) -> Vec<String> {
        let tenant = self.maker.tenant(owner);
        let user = if owner == A { self.me.clone() } else { self.maker.user(owner) };
        let other = self.maker.tenant(if owner == A { B } else { A });
        context::settings(&self.layout.enter, &self.role, &tenant, &user, &other)
    }

    /// Rows that are not the acting tenant's.
    pub fn others(&self, table: &Tenanted) -> String {
        if self.anonymous {
            return "true".to_owned();
        }
        format!("{} IS DISTINCT FROM {}", quote(&table.tenant), self.maker.tenant(A))
    }

    /// Rows of the acting tenant.
    pub fn own(&self, table: &Tenanted) -> String {
        format!("{} = {}", quote(&table.tenant), self.maker.tenant(A))
    }

    /// The query that shows whether rows that match were touched.
    pub fn watch(&self, table: &str, filter: &str) -> String {
        format!(
            "SELECT drift_row.tableoid::regclass::text, drift_row.ctid::text, drift_row::text FROM {table} AS drift_row WHERE {filter}"
        )
    }

    /// An act of the role on a table, with an eye on others' rows.
    pub fn act(&self, table: &Tenanted, statement: String) -> Act {
        Act {
            settings: self.settings(),
            prepare: Vec::new(),
            role: self.role.clone(),
            statement,
            watch: Some(self.watch(&table.sql(), &self.others(table))),
        }
    }

    /// A query of the role.
    pub fn query(&self, settings: Vec<String>, statement: String) -> Act {
        Act { settings, prepare: Vec::new(), role: self.role.clone(), statement, watch: None }
    }

    /// Tries an act. Where foreign keys, keys or triggers stood in the way, it
    /// is tried again without them: they must not be what keeps tenants apart.
    pub async fn attack(&self, act: &Act, make_room: &[String]) -> Result<Tried> {
        let refusal = match self.stage.act(act).await? {
            Outcome::Done { reply, changed: 0 } => return Ok(Tried::Nothing(reply)),
            Outcome::Done { reply, changed } => {
                return Ok(Tried::BrokeIn { act: Box::new(act.clone()), reply, changed });
            }
            Outcome::NotEntered(refusal) => return Ok(Tried::Held(format!("no session: {}", said(&refusal)))),
            Outcome::NotPrepared(refusal) => return Ok(Tried::Masked(said(&refusal))),
            Outcome::Refused(refusal) if refusal.code == "42501" => return Ok(Tried::Held(refused(&refusal))),
            Outcome::Refused(refusal) => refusal,
        };
        let room = if matches!(refusal.code.as_str(), "23505" | "23P01") { make_room } else { &[] };
        let again = act.silently(room);
        Ok(match self.stage.act(&again).await? {
            Outcome::Done { reply, changed: 0 } => Tried::Nothing(reply),
            // What raised the first refusal is silent now: a key that made-up rows happen to break, or a trigger.
            Outcome::Done { reply, changed } if refusal.code.starts_with("23") => {
                Tried::BrokeIn { act: Box::new(again), reply, changed }
            }
            Outcome::Done { .. } => Tried::Held(format!("refused by a trigger: {}", said(&refusal))),
            Outcome::Refused(second) if second.code == "42501" => Tried::Held(refused(&second)),
            Outcome::Refused(second) | Outcome::NotPrepared(second) | Outcome::NotEntered(second) => {
                Tried::Masked(said(&second))
            }
        })
    }

    /// Tables without made-up rows: whoever may not touch one cannot break in.
    pub fn untried(&mut self) {
        // An ancestor without rows shows in the tables that refer to it.
        let trouble = self.maker.rows.trouble.iter().filter(|(name, _)| self.layout.table(name).is_some());
        let trouble = trouble.map(|(name, why)| (name.clone(), format!("no row could be made: {why}")));
        let lost = self.layout.lost.iter().map(|(object, _, why)| (name_of(object), why.clone()));
        let all: Vec<(Name, String)> = trouble.chain(lost).collect();
        for (name, why) in all {
            if !self.wanted(&name) {
                continue;
            }
            match self.rights(&name).any() {
                true => self.put(&name, Probe::Read, Verdict::Unproven, why),
                false => self.by_privilege(&name, Probe::Read, "touch the table"),
            }
        }
    }

    /// Records a verdict.
    pub fn put(&mut self, name: &Name, probe: Probe, verdict: Verdict, reason: impl Into<String>) {
        self.put_with(name, probe, verdict, reason, Vec::new());
    }

    pub fn put_with(
        &mut self,
        name: &Name,
        probe: Probe,
        verdict: Verdict,
        reason: impl Into<String>,
        transcript: Vec<Exchange>,
    ) {
        let role = self.role.clone();
        self.results.push((name.clone(), ProbeResult { probe, role, verdict, reason: reason.into(), transcript }));
    }

    /// The role lacks the privilege: nothing to try.
    pub fn by_privilege(&mut self, name: &Name, probe: Probe, what: &str) {
        self.put(name, probe, Verdict::Proven, format!("by privilege: it may not {what}"));
    }

    /// Records what came of an attack. Without a working control it proves
    /// nothing, unless no policy admits the command at all.
    pub fn judge(&mut self, name: &Name, probe: Probe, tried: Tried, harm: &str, control: &Control, admitted: bool) {
        let held = match tried {
            Tried::BrokeIn { act, reply, changed } => {
                let answer = act.answer(&reply);
                let transcript = act.transcript(&answer);
                let harm = harm.replace("{n}", &rows(changed));
                return self.put_with(name, probe, Verdict::Failed, harm, transcript);
            }
            Tried::Masked(reason) => {
                return self.put(name, probe, Verdict::Unproven, format!("something else stood in the way: {reason}"));
            }
            Tried::Held(reason) => reason,
            Tried::Nothing(_) => "no row of another tenant is touched".to_owned(),
        };
        match control {
            Ok(()) => self.put(name, probe, Verdict::Proven, held),
            Err(_) if !admitted => self.put(name, probe, Verdict::Proven, "no policy admits it"),
            Err(reason) => self.put(name, probe, Verdict::Unproven, format!("vacuous: {reason}")),
        }
    }

    /// An INSERT of the columns that the role may state.
    pub fn insert(&self, table: &Tenanted<'a>, row: &Row, rights: &Rights) -> String {
        let stated = row.iter().filter(|(column, _)| rights.may_insert(column));
        self.maker.insert(table.object, &stated.map(|(a, b)| (a.clone(), b.clone())).collect())
    }
}

/// `1 row`, `3 rows`.
pub fn rows(n: u64) -> String {
    if n == 1 { "1 row".to_owned() } else { format!("{n} rows") }
}

/// The server's words.
pub fn said(refusal: &Refusal) -> String {
    format!("{} ({})", refusal.message, refusal.code)
}

/// Who refused with "insufficient privilege".
fn refused(refusal: &Refusal) -> String {
    let message = &refusal.message;
    if message.contains("row-level security") {
        "refused by row security".to_owned()
    } else if message.contains("permission denied") {
        format!("refused: {message}")
    } else {
        format!("refused by a trigger or function: {message}")
    }
}
