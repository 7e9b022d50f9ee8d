//! Membership: whoever can write his own, is in every tenant.

use anyhow::Result;

use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::probes::Tried;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::stage::Act;
use crate::jobs::isolation::stage::ORIGIN;
use crate::jobs::isolation::stage::SILENT;
use crate::jobs::isolation::writes::with;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::isolation::Probe;
use crate::model::isolation::RelationClass;
use crate::model::isolation::Verdict;
use crate::model::kind::ObjectKind;

/// Parts of the names of columns that say what a member may do.
const RANKS: &[&str] = &["role", "admin", "owner", "level", "rank", "permission", "privilege"];

impl<'a> Prover<'a> {
    /// Joining a tenant and rising in one, on a member table.
    pub async fn membership(&mut self, table: &Tenanted<'a>) -> Result<()> {
        let Some(user) = self.layout.user_column(table) else {
            let reason = "no column says which user a row is about";
            self.put(&table.name(), Probe::JoinTenant, Verdict::Unproven, reason);
            return Ok(());
        };
        let ranks = self.ranks(table);
        self.join(table, &user, &ranks).await?;
        if !ranks.is_empty() {
            self.promote(table, &user, &ranks).await?;
        }
        Ok(())
    }

    /// Columns that say what a member may do, with the values they may have.
    fn ranks(&self, table: &Tenanted<'a>) -> Vec<(String, Vec<String>)> {
        let pools = self.layout.values.pools(table.object);
        let columns = self.layout.values.columns(table.object).iter();
        let named = columns.filter(|column| RANKS.iter().any(|part| column.id.name.to_lowercase().contains(part)));
        let own = named.filter(|column| self.layout.values.reference(column).is_none());
        own.filter_map(|column| {
            let data_type = column.text("type").unwrap_or("text");
            let name = column.id.name.to_string();
            let values = match self.layout.values.user_type(data_type) {
                Some(listed) if listed.id.kind == ObjectKind::Enum => {
                    listed.list("labels").iter().map(|label| literal(label)).collect()
                }
                _ if data_type == "boolean" => vec!["true".to_owned(), "false".to_owned()],
                _ => pools.get(&name).map(|pool| pool.before.clone()).unwrap_or_else(|| vec!["'owner'".to_owned()]),
            };
            (!values.is_empty()).then_some((name, values))
        })
        .collect()
    }

    async fn join(&mut self, table: &Tenanted<'a>, user: &str, ranks: &[(String, Vec<String>)]) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        if !rights.insert || !rights.may_insert(&table.tenant) || !rights.may_insert(user) {
            self.by_privilege(&name, Probe::JoinTenant, "INSERT");
            return Ok(());
        }
        let Some(theirs) = self.maker.rows.spares(&name, B).first() else {
            self.put(&name, Probe::JoinTenant, Verdict::Unproven, self.maker.rows.no_spare(&name));
            return Ok(());
        };
        let me = with(theirs, user, &self.me);
        let mut rows = vec![me.clone()];
        for (column, values) in ranks {
            rows.extend(values.iter().map(|value| with(&me, column, value)));
        }
        let mut held = String::new();
        for row in &rows {
            let act = self.act(table, self.insert(table, row, &rights));
            match self.attack(&act, &[]).await? {
                broke @ Tried::BrokeIn { .. } => {
                    self.judge(&name, Probe::JoinTenant, broke, "a user joins another tenant", &Ok(()), true);
                    return Ok(());
                }
                Tried::Held(reason) | Tried::Masked(reason) => held = reason,
                Tried::Nothing(_) => held = "nothing is inserted".to_owned(),
            }
        }
        // Whether it may insert at all is asked by the probe that inserts.
        self.put(&name, Probe::JoinTenant, Verdict::Proven, held);
        Ok(())
    }

    /// As a plain member: all that was made to be more is gone.
    async fn promote(&mut self, table: &Tenanted<'a>, user: &str, ranks: &[(String, Vec<String>)]) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        let (Some(own), me) = (self.maker.rows.first(&name, A).cloned(), self.maker.user(A)) else { return Ok(()) };
        self.me = me.clone();
        let mut acts: Vec<Act> = Vec::new();
        let prepare = self.plain_member();
        let watch = self.watch(&table.sql(), &format!("{} = {me}", quote(user)));
        for (column, values) in ranks {
            for value in values.iter().filter(|value| own.get(column) != Some(value)) {
                if rights.update && rights.may_update(column) {
                    acts.push(self.act(table, format!("UPDATE {} SET {} = {value}", table.sql(), quote(column))));
                }
                let spare = self.maker.rows.spares(&name, A).first();
                if let (true, Some(spare)) = (rights.insert && rights.may_insert(column), spare) {
                    let mine: Row = with(&with(spare, user, &me), column, value);
                    acts.push(self.act(table, self.insert(table, &mine, &rights)));
                }
            }
        }
        if acts.is_empty() {
            let columns: Vec<&str> = ranks.iter().map(|(column, _)| column.as_str()).collect();
            self.by_privilege(&name, Probe::Promote, &format!("write {}", columns.join(", ")));
            return Ok(());
        }
        let mut held = String::new();
        for act in acts {
            let act = Act { watch: Some(watch.clone()), prepare: prepare.clone(), ..act };
            match self.attack(&act, &[]).await? {
                broke @ Tried::BrokeIn { .. } => {
                    let harm = "a user gives itself another role in its tenant";
                    self.judge(&name, Probe::Promote, broke, harm, &Ok(()), true);
                    return Ok(());
                }
                Tried::Held(reason) | Tried::Masked(reason) => held = reason,
                Tried::Nothing(_) => held = "nothing of its own is changed".to_owned(),
            }
        }
        self.put(&name, Probe::Promote, Verdict::Proven, held);
        Ok(())
    }

    /// Takes away what variants gave to A's user.
    fn plain_member(&self) -> Vec<String> {
        let mut statements = vec![SILENT.to_owned()];
        for table in self.members() {
            let (Some(user), Some(first)) = (self.layout.user_column(&table), self.maker.rows.first(&table.name(), A))
            else {
                continue;
            };
            let kept = self.maker.where_is(&table, first);
            let me = self.maker.user(A);
            statements.push(format!("DELETE FROM {} WHERE {} = {me} AND NOT ({kept})", table.sql(), quote(&user)));
        }
        statements.push(ORIGIN.to_owned());
        statements
    }

    /// The user of A who may do most with the table: some policies want more than
    /// a member, and who may do nothing proves nothing.
    pub async fn choose_user(&mut self, table: &Tenanted<'a>) -> Result<()> {
        self.me = self.maker.user(A);
        if self.anonymous {
            return Ok(());
        }
        let mut users = vec![self.me.clone()];
        for member in self.members() {
            let Some(column) = self.layout.user_column(&member) else { continue };
            let rows = self.maker.rows.made.get(&(member.name(), A)).into_iter().flatten();
            users.extend(rows.filter_map(|row| row.get(&column).cloned()));
        }
        let mut best = (usize::MAX, self.me.clone());
        for (i, user) in users.iter().enumerate() {
            if users[..i].contains(user) {
                continue;
            }
            self.me = user.clone();
            let missing = self.unable(table).await?;
            if missing < best.0 {
                best = (missing, user.clone());
            }
            if missing == 0 {
                break;
            }
        }
        self.me = best.1;
        Ok(())
    }

    fn members(&self) -> Vec<Tenanted<'a>> {
        let members = self.layout.tables.iter().filter(|table| table.class == RelationClass::Member);
        members.cloned().collect()
    }

    /// A user who is in both tenants carries rows from one to the other.
    pub async fn two_tenants(&mut self, table: &Tenanted<'a>) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        let joins = self.joins();
        if self.anonymous || joins.is_empty() || table.class == RelationClass::Registry {
            return Ok(());
        }
        if !rights.update || !rights.may_update(&table.tenant) {
            self.by_privilege(&name, Probe::TwoTenants, &format!("UPDATE {}", table.tenant));
            return Ok(());
        }
        let mut held = String::new();
        let mut masked = None;
        for (owner, filter) in [(B, self.others(table)), (A, self.own(table))] {
            let statement =
                format!("UPDATE {} SET {} = {}", table.sql(), quote(&table.tenant), self.maker.tenant(owner));
            let act = Act { prepare: joins.clone(), ..self.act(table, statement) };
            match self.attack(&act, &[format!("DELETE FROM {} WHERE {filter}", table.sql())]).await? {
                broke @ Tried::BrokeIn { .. } => {
                    let harm = "a member of two tenants moves {n} from one to the other";
                    self.judge(&name, Probe::TwoTenants, broke, harm, &Ok(()), true);
                    return Ok(());
                }
                Tried::Held(reason) => held = reason,
                Tried::Nothing(reply) if reply.affected > 0 || owner == A => {
                    held = "no row changes its tenant".to_owned();
                }
                Tried::Nothing(_) if !rights.admits('w') => held = "no policy admits it".to_owned(),
                Tried::Nothing(_) => masked = Some("vacuous: none of its own rows is touched".to_owned()),
                Tried::Masked(reason) => masked = Some(format!("something else stood in the way: {reason}")),
            }
        }
        match masked {
            Some(reason) => self.put(&name, Probe::TwoTenants, Verdict::Unproven, reason),
            None => self.put(&name, Probe::TwoTenants, Verdict::Proven, held),
        }
        Ok(())
    }

    /// Makes A's user a member of B.
    fn joins(&self) -> Vec<String> {
        let mut statements = vec![SILENT.to_owned()];
        for table in self.members() {
            let (Some(user), Some(theirs)) =
                (self.layout.user_column(&table), self.maker.rows.spares(&table.name(), B).first())
            else {
                continue;
            };
            statements.push(self.maker.insert(table.object, &with(theirs, &user, &self.me)));
        }
        if statements.len() == 1 {
            return Vec::new();
        }
        statements.push(ORIGIN.to_owned());
        statements
    }
}
