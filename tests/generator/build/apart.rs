//! What stands beside tables: types, sequences, publications, foreign data, privileges.

use super::super::model::*;
use super::super::render::ROLES;
use super::Builder;

impl Builder<'_> {
    pub fn grant(&mut self) -> Option<()> {
        let on = self.any(|what| {
            matches!(
                what,
                What::Table(_)
                    | What::View(_)
                    | What::Sequence { .. }
                    | What::Schema
                    | What::Function(_)
                    | What::ForeignTable { .. }
                    | What::Enum { .. }
                    | What::Domain { .. }
                    | What::Composite { .. }
                    | What::Range { .. }
                    | What::Procedure { .. }
                    | What::Aggregate { .. }
                    | What::Server { .. }
                    | What::Wrapper { .. }
            )
        })?;
        let role = self.random.below(ROLES.len());
        let table = matches!(self.model.get(on).what, What::Table(_));
        let own = if table { self.model.columns(on) } else { Vec::new() };
        let column = if self.random.chance(20) { self.random.one(&own) } else { None };
        let columns: Vec<Id> = column.into_iter().collect();
        let possible: &[&str] = match &self.model.get(on).what {
            What::Sequence { .. } => &["USAGE", "SELECT"],
            What::Schema => &["USAGE", "CREATE"],
            What::Function(_) | What::Procedure { .. } | What::Aggregate { .. } => &["EXECUTE"],
            What::Enum { .. } | What::Domain { .. } | What::Composite { .. } | What::Range { .. } => &["USAGE"],
            What::Server { .. } | What::Wrapper { .. } => &["USAGE"],
            _ if !columns.is_empty() => &["SELECT", "UPDATE", "INSERT"],
            _ => &["SELECT", "INSERT", "UPDATE", "DELETE", "TRIGGER"],
        };
        let privileges = self.random.some(possible, 3);
        let same = |what: &What| matches!(what, What::Grant { on: o, columns: c, role: r, .. } if *o == on && *c == columns && *r == role);
        if !self.model.ids(same).is_empty() {
            return None;
        }
        let option = self.random.chance(10);
        self.named(What::Grant { on, columns, role, privileges, option })
    }

    pub fn sequence(&mut self) -> Option<()> {
        let schema = self.schema();
        let tables = self.model.ids(|what| {
            matches!(what, What::Table(t) if t.schema == schema && !t.unlogged && !matches!(t.place, Place::Part { .. }))
        });
        let owner = match self.random.one(&tables) {
            Some(table) if self.random.chance(40) => {
                let columns = self.model.own_columns(table);
                self.random.one(&columns)
            }
            _ => None,
        };
        let kind = self.random.word(&["bigint", "integer"]);
        let (increment, cycle) = (self.random.between(1, 5) as i64, self.random.chance(15));
        self.named(What::Sequence { schema, kind, increment, cycle, owner })
    }

    pub fn domain(&mut self) -> Option<()> {
        let base = Type::Base(self.random.word(&["text", "integer", "character varying(40)", "numeric", "date"]));
        let family = self.model.family(&base);
        let default = if self.random.chance(30) { self.default(&base) } else { None };
        // A default of a table's sequence would make a circle.
        let default = default.filter(|expr| matches!(expr, Expr::Plain(_)));
        let mut checks = Vec::new();
        for _ in 0..self.random.between(0, 2) {
            let test = self.truth(Expr::Plain("VALUE".to_owned()), family);
            checks.push((self.name(), test));
        }
        let schema = self.schema();
        self.named(What::Domain { schema, base, not_null: false, default, checks })
    }

    pub fn publication(&mut self) -> Option<()> {
        let tables = self.model.ids(|what| {
            matches!(what, What::Table(t) if !t.unlogged && matches!(t.place, Place::Alone | Place::Divided { .. }))
        });
        let chosen = self.random.some(&tables, 2);
        let mut tables = Vec::new();
        for table in &chosen {
            let mut columns = self.model.columns(*table);
            columns.retain(|id| !self.model.column(*id).generated.is_computed());
            let whole = self.model.table(*table).place == Place::Alone;
            let columns = if whole && self.random.chance(30) { self.random.some(&columns, 3) } else { Vec::new() };
            tables.push((*table, columns));
        }
        let listed = tables.iter().any(|(_, columns)| !columns.is_empty());
        let schemas = self.model.ids(|what| matches!(what, What::Schema));
        let schemas = if !listed && self.random.chance(20) { self.random.some(&schemas, 1) } else { Vec::new() };
        // What is filtered must be identified by its columns: inserts need no identity.
        let publish = self.random.word(&["insert", "insert, truncate"]);
        let plain = self.columns_of(*chosen.first()?, &[Family::Number]);
        let mut filter = None;
        // Beside its whole schema, a table's filter is without effect.
        if schemas.is_empty()
            && self.random.chance(30)
            && let Some(column) = self.random.one(&plain)
            // A divided table is filtered by its parts.
            && self.model.table(chosen[0]).place == Place::Alone
            && matches!(self.model.column(column).kind, Type::Base(_))
        {
            let number = self.number();
            filter = Some(Expr::Infix(Box::new(Expr::Column(column)), ">", Box::new(Expr::Plain(number.to_string()))));
        }
        self.named(What::Publication { tables, schemas, publish, filter })
    }

    pub fn event_trigger(&mut self) -> Option<()> {
        let function =
            self.any(|what| matches!(what, What::Function(f) if matches!(f.form, Form::EventTrigger { .. })))?;
        let (event, tags): (_, Vec<&'static str>) = match self.random.below(3) {
            0 => ("ddl_command_end", vec!["CREATE TABLE", "DROP TABLE"]),
            1 => ("sql_drop", Vec::new()),
            _ => ("ddl_command_start", vec!["ALTER TABLE"]),
        };
        let disabled = self.random.chance(30);
        self.named(What::EventTrigger { function, event, tags, disabled })
    }

    pub fn foreign(&mut self) -> Option<()> {
        let option = self.random.chance(50).then(|| "it's".to_owned());
        let servers = self.model.ids(|what| matches!(what, What::Server { .. }));
        let wrappers = self.model.ids(|what| matches!(what, What::Wrapper { .. }));
        match (self.random.one(&servers), self.random.one(&wrappers)) {
            (Some(server), _) if self.random.chance(70) => {
                let schema = self.schema();
                let columns = (0..2).map(|_| (self.name(), self.random.word(&["integer", "text"]))).collect();
                self.named(What::ForeignTable { schema, server, columns, option })
            }
            (_, Some(wrapper)) => {
                let version = self.random.chance(50).then(|| "1.0 \"x\"".to_owned());
                self.named(What::Server { wrapper, version, option })
            }
            (_, None) => self.named(What::Wrapper { option }),
        }
    }

    pub fn default_privilege(&mut self) -> Option<()> {
        let schema = self.schema();
        let role = self.random.below(ROLES.len());
        let same = |what: &What| matches!(what, What::DefaultPrivilege { schema: s, role: r, .. } if *s == schema && *r == role);
        if !self.model.ids(same).is_empty() {
            return None;
        }
        let privilege = self.random.word(&["SELECT", "DELETE, SELECT"]);
        self.named(What::DefaultPrivilege { schema, role, privilege })
    }

    pub fn comment(&mut self) -> Option<()> {
        let id = self.any(|what| what.is_describable() && !matches!(what, What::Public))?;
        let text = format!("{} it's\n\"so\" \\ {}", self.random.word(&["about;", "--", "名"]), self.number());
        self.model.items.get_mut(&id)?.comment = Some(text);
        Some(())
    }
}
