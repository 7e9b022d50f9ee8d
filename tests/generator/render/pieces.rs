//! Each item as statements, and the objects that those make.

use std::collections::BTreeSet;

use drift::model::ident::literal;
use drift::model::ident::quote;
use drift::model::object::ObjectId;

use super::super::model::*;
use super::Names;
use super::ROLES;
use super::object;

#[derive(Default)]
pub struct Pieces {
    pub create: Vec<String>,
    pub later: Vec<String>,
    pub last: Vec<String>,
    pub facts: Vec<(ObjectId, String)>,
}

impl Names<'_> {
    pub fn pieces(&self, id: Id) -> Pieces {
        let mut pieces = Pieces::default();
        let name = self.quoted(id);
        match &self.model.get(id).what {
            What::Public => return pieces,
            What::Schema => pieces.create.push(format!("CREATE SCHEMA {name}")),
            What::Enum { labels, .. } => {
                let list: Vec<String> = labels.iter().map(|label| literal(label)).collect();
                pieces.create.push(format!("CREATE TYPE {} AS ENUM ({})", self.path(id), list.join(", ")));
            }
            What::Domain { base, not_null, default, checks, .. } => {
                let mut sql = format!("CREATE DOMAIN {} AS {}", self.path(id), self.kind(base));
                sql += &default.as_ref().map(|e| format!(" DEFAULT {}", self.bare(e))).unwrap_or_default();
                sql += if *not_null { " NOT NULL" } else { "" };
                for (check, test) in checks {
                    sql += &format!(" CONSTRAINT {} CHECK ({})", quote(check), self.bare(test));
                }
                pieces.create.push(sql);
            }
            What::Composite { fields, .. } => {
                let list: Vec<String> =
                    fields.iter().map(|(field, kind)| format!("{} {}", quote(field), self.kind(kind))).collect();
                pieces.create.push(format!("CREATE TYPE {} AS ({})", self.path(id), list.join(", ")));
            }
            What::Range { of, .. } => {
                pieces.create.push(format!("CREATE TYPE {} AS RANGE (SUBTYPE = {of})", self.path(id)));
            }
            What::Sequence { kind, increment, cycle, owner, .. } => {
                let cycle = if *cycle { " CYCLE" } else { "" };
                pieces
                    .create
                    .push(format!("CREATE SEQUENCE {} AS {kind} INCREMENT BY {increment}{cycle}", self.path(id)));
                if let Some(column) = owner {
                    let owner = format!("{}.{}", self.path(self.model.column(*column).table), self.quoted(*column));
                    pieces.later.push(format!("ALTER SEQUENCE {} OWNED BY {owner}", self.path(id)));
                }
            }
            What::Function(function) => {
                self.function(id, function, &mut pieces);
                return pieces;
            }
            What::Procedure { number, .. } => {
                let body = format!("BEGIN PERFORM {number}; END");
                let takes = self.arguments(id).join(", ");
                pieces.create.push(format!(
                    "CREATE PROCEDURE {}(\"In\" {takes}) LANGUAGE plpgsql AS {}",
                    self.path(id),
                    literal(&body)
                ));
                pieces.facts.push(self.executable(id));
            }
            What::Aggregate { state, .. } => {
                let step = if *state == "integer" { "int4pl" } else { "float8pl" };
                pieces
                    .create
                    .push(format!("CREATE AGGREGATE {}({state}) (SFUNC = {step}, STYPE = {state})", self.path(id)));
            }
            What::Table(table) => {
                self.table(id, table, &mut pieces);
                return pieces;
            }
            What::Column(_) => return pieces,
            What::Key(key) => pieces.create.push(self.key(id, key)),
            What::ForeignKey(key) => pieces.create.push(self.foreign_key(id, key)),
            What::Check { table, test, no_inherit, not_valid, enforced } => pieces.create.push(format!(
                "ALTER TABLE {} ADD CONSTRAINT {name} CHECK ({}){}{}",
                self.path(*table),
                self.bare(test),
                if *no_inherit { " NO INHERIT" } else { "" },
                validity(*not_valid, *enforced),
            )),
            What::Exclusion { table, column, filter, deferrable } => pieces.create.push(format!(
                "ALTER TABLE {} ADD CONSTRAINT {name} EXCLUDE USING gist ({} WITH &&){}{}",
                self.path(*table),
                self.quoted(*column),
                filter.as_ref().map(|e| format!(" WHERE ({})", self.bare(e))).unwrap_or_default(),
                if *deferrable { " DEFERRABLE" } else { "" },
            )),
            What::Index(index) => pieces.create.push(self.index(id, index)),
            What::Statistics { table, columns, kinds, .. } => pieces.create.push(format!(
                "CREATE STATISTICS {} ({kinds}) ON {} FROM {}",
                self.path(id),
                self.list(&columns.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()),
                self.path(*table),
            )),
            What::View(view) => {
                self.view(id, view, &mut pieces);
                return pieces;
            }
            What::Trigger(trigger) => {
                pieces.create.push(self.trigger(id, trigger));
                let state = trigger.state;
                if !state.is_empty() {
                    pieces.create.push(format!("ALTER TABLE {} {state} TRIGGER {name}", self.path(trigger.on)));
                }
            }
            What::Rule { on, event, action, disabled } => {
                let relation = self.path(*on);
                pieces.create.push(format!("CREATE RULE {name} AS ON {event} TO {relation} DO {action}"));
                if *disabled {
                    pieces.create.push(format!("ALTER TABLE {relation} DISABLE RULE {name}"));
                }
            }
            What::Policy(policy) => pieces.create.push(self.policy(id, policy)),
            What::Grant { on, columns, role, privileges, option } => {
                pieces.create.push(self.grant(*on, columns, *role, privileges, *option));
                let object = self.granted(*on, columns, ROLES[*role]);
                pieces.facts.push((object, pieces.create.concat()));
                return pieces;
            }
            What::Publication { tables, schemas, publish, filter } => {
                let mut members: Vec<String> = Vec::new();
                for (n, (table, columns)) in tables.iter().enumerate() {
                    let places: BTreeSet<Id> = columns.iter().copied().collect();
                    let columns = self.list(&places.into_iter().collect::<Vec<_>>());
                    let columns = if columns.is_empty() { columns } else { format!(" ({columns})") };
                    let filter = filter.as_ref().filter(|_| n == 0);
                    let filter = filter.map(|e| format!(" WHERE ({})", self.bare(e))).unwrap_or_default();
                    members.push(format!("TABLE ONLY {}{columns}{filter}", self.path(*table)));
                }
                members.extend(schemas.iter().map(|schema| format!("TABLES IN SCHEMA {}", self.quoted(*schema))));
                members.sort();
                let list = if members.is_empty() { String::new() } else { format!(" FOR {}", members.join(", ")) };
                pieces.create.push(format!("CREATE PUBLICATION {name}{list} WITH (publish = '{publish}')"));
            }
            What::EventTrigger { function, event, tags, disabled } => {
                let tags: Vec<String> = tags.iter().map(|tag| literal(tag)).collect();
                let when = if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
                pieces.last.push(format!(
                    "CREATE EVENT TRIGGER {name} ON {event}{when} EXECUTE FUNCTION {}()",
                    self.path(*function)
                ));
                if *disabled {
                    pieces.last.push(format!("ALTER EVENT TRIGGER {name} DISABLE"));
                }
            }
            What::Wrapper { option } => {
                pieces.create.push(format!("CREATE FOREIGN DATA WRAPPER {name}{}", options("debug", option)));
            }
            What::Server { wrapper, version, option } => pieces.create.push(format!(
                "CREATE SERVER {name}{} FOREIGN DATA WRAPPER {}{}",
                version.as_ref().map(|v| format!(" VERSION {}", literal(v))).unwrap_or_default(),
                self.quoted(*wrapper),
                options("Host", option),
            )),
            What::ForeignTable { server, columns, option, .. } => {
                let list: Vec<String> = columns.iter().map(|(n, kind)| format!("{} {kind}", quote(n))).collect();
                let server = self.quoted(*server);
                let rest = format!(" SERVER {server}{}", options("table_name", option));
                pieces.create.push(format!("CREATE FOREIGN TABLE {} ({}){rest}", self.path(id), list.join(", ")));
                pieces.facts.push((self.target(id).1, rest));
                for ((column, _), text) in columns.iter().zip(&list) {
                    let object = object("column", self.schema(id), self.name(id), column);
                    pieces.facts.push((object, text.clone()));
                }
                return pieces;
            }
            What::Small(small) => {
                pieces.create.extend(self.small(id, small));
                let text = pieces.create.concat();
                pieces.facts.extend(self.small_companion(id, small).map(|family| (family, "family".to_owned())));
                pieces.facts.push((self.small_target(id, small).1, text));
                return pieces;
            }
            What::DefaultPrivilege { schema, role, privilege } => {
                let grantee = quote(ROLES[*role]);
                pieces.last.push(format!(
                    "ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT {privilege} ON TABLES TO {grantee}",
                    self.quoted(*schema)
                ));
                let object =
                    object("default-privilege", self.name(*schema), "", &format!("tables to {}", ROLES[*role]));
                pieces.facts.push((object, privilege.to_string()));
                return pieces;
            }
        }
        let text = [&pieces.create[..], &pieces.later, &pieces.last].concat().join(";\n");
        pieces.facts.push((self.target(id).1, text));
        pieces
    }
}

fn options(name: &str, value: &Option<String>) -> String {
    value.as_ref().map(|value| format!(" OPTIONS ({} {})", quote(name), literal(value))).unwrap_or_default()
}

/// What is not enforced is never valid.
pub fn validity(not_valid: bool, enforced: bool) -> &'static str {
    match (enforced, not_valid) {
        (false, _) => " NOT ENFORCED",
        (true, true) => " NOT VALID",
        (true, false) => "",
    }
}
