//! What a role writes: rows for other tenants, and rows of other tenants. None
//! of the statements reads a column: whatever reads is asked of the SELECT
//! policies too, and they would hide what a weak check lets through.

use anyhow::Result;

use crate::jobs::isolation::layout::Tenanted;
use crate::jobs::isolation::probes::Control;
use crate::jobs::isolation::probes::Prover;
use crate::jobs::isolation::probes::Tried;
use crate::jobs::isolation::probes::said;
use crate::jobs::isolation::rights::Rights;
use crate::jobs::isolation::rows::A;
use crate::jobs::isolation::rows::B;
use crate::jobs::isolation::rows::Row;
use crate::jobs::isolation::stage::Act;
use crate::jobs::isolation::stage::Outcome;
use crate::model::ident::quote;
use crate::model::isolation::Probe;
use crate::model::isolation::RelationClass;
use crate::model::isolation::Verdict;

impl<'a> Prover<'a> {
    /// Everything that writes. Returns a row of its own that A may insert.
    pub async fn writes(&mut self, table: &Tenanted<'a>) -> Result<std::result::Result<Row, String>> {
        let own_row = self.inserts(table).await?;
        self.updates(table).await?;
        self.deletes(table).await?;
        self.truncates(table).await?;
        Ok(own_row)
    }

    async fn inserts(&mut self, table: &Tenanted<'a>) -> Result<std::result::Result<Row, String>> {
        let name = table.name();
        let rights = self.rights(&name);
        let unable = if !rights.insert {
            Some("INSERT".to_owned())
        } else if !rights.may_insert(&table.tenant) {
            Some(format!("state {} on INSERT", table.tenant))
        } else {
            None
        };
        if let Some(what) = unable {
            self.by_privilege(&name, Probe::Insert, &what);
            if table.class != RelationClass::Registry {
                self.by_privilege(&name, Probe::InsertNoTenant, &what);
            }
            return Ok(Err(format!("it may not {what}")));
        }
        let (own_row, control) = self.control_insert(table, &rights).await?;
        // A new tenant is nobody's own row: there is nothing to hold it against.
        let control = if table.class == RelationClass::Registry { Ok(()) } else { control };
        let admitted = rights.admits('a');
        let spares = self.maker.rows.spares(&name, B).to_vec();
        let harm =
            if table.class == RelationClass::Registry { "makes a tenant" } else { "inserts a row for another tenant" };
        let tried = self.any_insert(table, &rights, &spares, B).await?;
        self.judge(&name, Probe::Insert, tried, harm, &control, admitted);
        if table.class != RelationClass::Registry {
            let nobody: Vec<Row> =
                self.maker.rows.spares(&name, A).iter().map(|row| with(row, &table.tenant, "NULL")).collect();
            let tried = self.any_insert(table, &rights, &nobody, A).await?;
            self.judge(
                &name,
                Probe::InsertNoTenant,
                tried,
                "inserts a row that belongs to no tenant",
                &control,
                admitted,
            );
        }
        Ok(own_row)
    }

    /// Tries rows until one gets in.
    async fn any_insert(&self, table: &Tenanted<'a>, rights: &Rights, rows: &[Row], owner: usize) -> Result<Tried> {
        let mut last = Tried::Masked(self.maker.rows.no_spare(&table.name()));
        for (i, row) in rows.iter().enumerate() {
            let act = self.act(table, self.insert(table, row, rights));
            let tried = self.attack(&act.after(&self.maker.before_insert(table, owner)), &[]).await?;
            let tried = match tried {
                // NOT NULL keeps out what has no tenant, with or without policies.
                Tried::Masked(reason) if reason.contains("(23502)") => Tried::Held(reason),
                Tried::Nothing(reply) if reply.affected > 0 => Tried::Held("a trigger made it its own row".to_owned()),
                other => other,
            };
            match tried {
                Tried::BrokeIn { .. } => return Ok(tried),
                // Of many rows the plain one says most about why nothing got in.
                other if i == 0 => last = other,
                _ => {}
            }
        }
        Ok(last)
    }

    /// A row of its own that gets in; for nobody's role there is none, and none is needed.
    async fn control_insert(
        &self,
        table: &Tenanted<'a>,
        rights: &Rights,
    ) -> Result<(std::result::Result<Row, String>, Control)> {
        if self.anonymous {
            let row = self.maker.rows.spares(&table.name(), A).first().cloned();
            return Ok((row.ok_or_else(|| self.maker.rows.no_spare(&table.name())), Ok(())));
        }
        let mut why = self.maker.rows.no_spare(&table.name());
        let mut rows = self.maker.rows.spares(&table.name(), A).to_vec();
        if let (RelationClass::Member, Some(user)) = (table.class, self.layout.user_column(table)) {
            // Some may enter only themselves.
            rows.extend(rows.first().map(|row| with(row, &user, &self.me)).into_iter().collect::<Vec<_>>());
        }
        for (i, row) in rows.iter().enumerate() {
            let act = Act { watch: None, ..self.act(table, self.insert(table, row, rights)) };
            let act = act.after(&self.maker.before_insert(table, A));
            let mut outcome = self.stage.act(&act).await?;
            if matches!(&outcome, Outcome::Refused(refusal) if refusal.code != "42501") {
                outcome = self.stage.act(&act.silently(&[])).await?;
            }
            match outcome {
                Outcome::Done { reply, .. } if reply.affected > 0 => return Ok((Ok(row.clone()), Ok(()))),
                // Row security is asked before keys: a duplicate got past it.
                Outcome::Refused(refusal) if refusal.code == "23505" => return Ok((Ok(row.clone()), Ok(()))),
                Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) if i == 0 => {
                    why = said(&refusal);
                }
                _ => {}
            }
        }
        let why = format!("tenant A cannot insert a row of its own either: {why}");
        Ok((Err(why.clone()), Err(why)))
    }

    /// How many of the things that the role has the privilege for, A cannot do with its own rows.
    pub async fn unable(&self, table: &Tenanted<'a>) -> Result<usize> {
        let rights = self.rights(&table.name());
        let mut missing = 0;
        if rights.select && rights.admits('r') {
            missing += usize::from(self.control_read(table, &rights).await?.is_err());
        }
        if rights.insert && rights.may_insert(&table.tenant) && rights.admits('a') {
            missing += usize::from(self.control_insert(table, &rights).await?.1.is_err());
        }
        if let (true, Some((column, value))) = (rights.admits('w'), self.change(table, &rights)) {
            let act = self.act(table, format!("UPDATE {} SET {column} = {value}", table.sql()));
            missing += usize::from(self.control_touch(table, &act, "change", &[]).await?.is_err());
        }
        if rights.delete && rights.admits('d') {
            let act = self.act(table, format!("DELETE FROM {}", table.sql()));
            missing += usize::from(self.control_touch(table, &act, "delete", &[]).await?.is_err());
        }
        Ok(missing)
    }

    async fn updates(&mut self, table: &Tenanted<'a>) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        if !rights.update {
            for probe in [Probe::MoveOut, Probe::Steal, Probe::Update] {
                if table.class != RelationClass::Registry || probe == Probe::Update {
                    self.by_privilege(&name, probe, "UPDATE");
                }
            }
            return Ok(());
        }
        let admitted = rights.admits('w');
        let Some((column, value)) = self.change(table, &rights) else {
            return self.moves(table, &rights, &Ok(())).await;
        };
        let act = self.act(table, format!("UPDATE {} SET {column} = {value}", table.sql()));
        let first = |owner| self.maker.rows.first(&name, owner).map(|row| self.maker.where_is(table, row));
        // One value for all rows breaks a key of one tenant: one row of each is enough.
        let kept: Vec<String> = [A, B].into_iter().filter_map(first).map(|row| format!("NOT ({row})")).collect();
        let room = [format!("DELETE FROM {} WHERE {}", table.sql(), kept.join(" AND "))];
        let control = self.control_touch(table, &act, "change", &room).await?;
        let tried = self.attack(&act, &room).await?;
        self.judge(&name, Probe::Update, tried, "changes {n} of another tenant", &control, admitted);
        self.moves(table, &rights, &control).await
    }

    async fn moves(&mut self, table: &Tenanted<'a>, rights: &Rights, control: &Control) -> Result<()> {
        let name = table.name();
        if table.class == RelationClass::Registry {
            return Ok(());
        }
        let column = quote(&table.tenant);
        if !rights.may_update(&table.tenant) {
            for probe in [Probe::MoveOut, Probe::Steal] {
                self.by_privilege(&name, probe, &format!("UPDATE {}", table.tenant));
            }
            return Ok(());
        }
        let admitted = rights.admits('w');
        let act = self.act(table, format!("UPDATE {} SET {column} = {}", table.sql(), self.maker.tenant(B)));
        let room = [format!("DELETE FROM {} WHERE {}", table.sql(), self.others(table))];
        let tried = self.attack(&act, &room).await?;
        self.judge(&name, Probe::MoveOut, tried, "gives {n} to another tenant", control, admitted);
        let act = self.act(table, format!("UPDATE {} SET {column} = {}", table.sql(), self.maker.tenant(A)));
        let room = [format!("DELETE FROM {} WHERE {}", table.sql(), self.own(table))];
        let tried = self.attack(&act, &room).await?;
        self.judge(&name, Probe::Steal, tried, "takes {n} of another tenant", control, admitted);
        Ok(())
    }

    /// The act reaches rows of its own.
    async fn control_touch(&self, table: &Tenanted<'a>, act: &Act, what: &str, room: &[String]) -> Result<Control> {
        if self.anonymous {
            return Ok(Ok(()));
        }
        let quiet = Act { watch: None, ..act.clone() };
        let mut outcome = self.stage.act(&quiet).await?;
        if matches!(&outcome, Outcome::Refused(refusal) if refusal.code != "42501") {
            outcome = self.stage.act(&quiet.silently(room)).await?;
        }
        if matches!(&outcome, Outcome::Refused(_)) {
            // What it reached may be others' rows: its own alone say whether it can do this at all.
            let own = Act { statement: format!("{} WHERE {}", quiet.statement, self.own(table)), ..quiet };
            outcome = self.stage.act(&own).await?;
        }
        Ok(match outcome {
            Outcome::Done { reply, .. } if reply.affected > 0 => Ok(()),
            Outcome::Done { .. } => Err(format!("tenant A cannot {what} its own rows either: none is touched")),
            Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                Err(format!("tenant A cannot {what} its own rows either: {}", said(&refusal)))
            }
        })
    }

    async fn deletes(&mut self, table: &Tenanted<'a>) -> Result<()> {
        let name = table.name();
        let rights = self.rights(&name);
        if !rights.delete {
            self.by_privilege(&name, Probe::Delete, "DELETE");
            return Ok(());
        }
        let act = self.act(table, format!("DELETE FROM {}", table.sql()));
        let control = self.control_touch(table, &act, "delete", &[]).await?;
        let tried = self.attack(&act, &[]).await?;
        self.judge(&name, Probe::Delete, tried, "deletes {n} of another tenant", &control, rights.admits('d'));
        Ok(())
    }

    async fn truncates(&mut self, table: &Tenanted<'a>) -> Result<()> {
        let name = table.name();
        if !self.rights(&name).truncate {
            self.by_privilege(&name, Probe::Truncate, "TRUNCATE");
            return Ok(());
        }
        let mut last = String::new();
        for how in ["", " CASCADE"] {
            let act = self.act(table, format!("TRUNCATE {}{how}", table.sql()));
            match self.stage.act(&act).await? {
                Outcome::Done { reply, changed } => {
                    let transcript = act.transcript(&act.answer(&reply));
                    let reason =
                        format!("empties the table, {} of other tenants included", super::probes::rows(changed));
                    self.put_with(&name, Probe::Truncate, Verdict::Failed, reason, transcript);
                    return Ok(());
                }
                Outcome::Refused(refusal) | Outcome::NotEntered(refusal) | Outcome::NotPrepared(refusal) => {
                    last = said(&refusal);
                }
            }
        }
        self.put(
            &name,
            Probe::Truncate,
            Verdict::Unproven,
            format!("it has the privilege, but something else refused: {last}"),
        );
        Ok(())
    }
}

/// The row with another value.
pub fn with(row: &Row, column: &str, value: &str) -> Row {
    let mut row = row.clone();
    row.insert(column.to_owned(), value.to_owned());
    row
}
