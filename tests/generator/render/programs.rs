//! Functions, what calls them, and who may do what, as SQL.

use drift::model::ident::literal;
use drift::model::ident::quote;
use drift::model::object::ObjectId;

use super::super::model::*;
use super::Names;
use super::ROLES;
use super::object;
use super::pieces::Pieces;

impl Names<'_> {
    pub fn function(&self, id: Id, function: &Function, pieces: &mut Pieces) {
        let (returns, language, volatility, body) = match &function.form {
            Form::Test { number, atomic: true, .. } => {
                ("boolean".to_owned(), "sql", "IMMUTABLE", format!("RETURN (\"In\" IS NOT NULL OR {number} > 0)"))
            }
            Form::Test { number, atomic: false, .. } => {
                ("boolean".to_owned(), "sql", "IMMUTABLE", literal(&format!("SELECT $1 IS NOT NULL OR {number} > 0")))
            }
            Form::Fold { upper } => {
                let name = if *upper { "upper" } else { "lower" };
                ("text".to_owned(), "sql", "IMMUTABLE", literal(&format!("SELECT pg_catalog.{name}($1)")))
            }
            Form::Constant { number, calls } => {
                let more = calls.map(|id| format!(" + {}()", self.path(id))).unwrap_or_default();
                ("integer".to_owned(), "sql", "STABLE", literal(&format!("SELECT {number}{more}")))
            }
            Form::Count { of, atomic } => {
                let select = format!("SELECT count(*) FROM {}", self.path(*of));
                let body = if *atomic { format!("BEGIN ATOMIC {select}; END") } else { literal(&select) };
                ("bigint".to_owned(), "sql", "STABLE", body)
            }
            Form::OfRow { number, .. } => {
                ("text".to_owned(), "sql", "STABLE", literal(&format!("SELECT ($1)::text || '{number}'")))
            }
            Form::Rows { of, limit } => {
                let select = format!("SELECT * FROM {} LIMIT {limit}", self.path(*of));
                (format!("SETOF {}", self.path(*of)), "sql", "STABLE", literal(&select))
            }
            Form::Trigger { number } => {
                let body =
                    format!("BEGIN\n  IF {number} < 0 THEN RAISE 'never; '';'; END IF;\n  RETURN NEW; -- $$\nEND");
                ("trigger".to_owned(), "plpgsql", "VOLATILE", literal(&body))
            }
            Form::EventTrigger { number } => {
                ("event_trigger".to_owned(), "plpgsql", "VOLATILE", literal(&format!("BEGIN PERFORM {number}; END")))
            }
        };
        let arguments: Vec<String> = self.arguments(id).iter().map(|kind| format!("\"In\" {kind}")).collect();
        let mut sql = format!(
            "CREATE FUNCTION {}({}) RETURNS {returns} LANGUAGE {language} {volatility}",
            self.path(id),
            arguments.join(", ")
        );
        sql += if function.strict { " STRICT" } else { "" };
        sql += if function.definer { " SECURITY DEFINER" } else { "" };
        sql += if function.parallel_safe { " PARALLEL SAFE" } else { "" };
        sql += &function.cost.map(|cost| format!(" COST {cost}")).unwrap_or_default();
        sql += if function.path { " SET search_path = ''" } else { "" };
        let as_text = !body.starts_with("RETURN") && !body.starts_with("BEGIN ATOMIC");
        sql += &format!(" {}{body}", if as_text { "AS " } else { "" });
        pieces.create.push(sql);
        pieces.facts.push((self.target(id).1, pieces.create.concat()));
        if function.closed {
            let target = format!("{}({})", self.path(id), self.arguments(id).join(", "));
            // That is a grant less, and nothing about the function itself.
            pieces.later.push(format!("REVOKE ALL ON FUNCTION {target} FROM PUBLIC"));
        } else {
            pieces.facts.push(self.executable(id));
        }
    }

    /// Everybody may execute a new routine.
    pub fn executable(&self, id: Id) -> (ObjectId, String) {
        (object("grant", self.schema(id), &self.signature(id), "public"), String::new())
    }

    pub fn trigger(&self, id: Id, trigger: &Trigger) -> String {
        let of = if trigger.of.is_empty() { String::new() } else { format!(" OF {}", self.list(&trigger.of)) };
        let when = trigger.when.as_ref().map(|e| format!(" WHEN ({})", self.expr(e, &|_| "NEW.".to_owned())));
        format!(
            "CREATE TRIGGER {} {} {}{of} ON {} FOR EACH {}{} EXECUTE FUNCTION {}({})",
            self.quoted(id),
            trigger.timing,
            trigger.events,
            self.path(trigger.on),
            if trigger.row { "ROW" } else { "STATEMENT" },
            when.unwrap_or_default(),
            self.path(trigger.function),
            trigger.argument.as_ref().map(|text| literal(text)).unwrap_or_default(),
        )
    }

    pub fn policy(&self, id: Id, policy: &Policy) -> String {
        let role = if policy.role < ROLES.len() { quote(ROLES[policy.role]) } else { "PUBLIC".to_owned() };
        let part = |word: &str, e: &Option<Expr>| {
            e.as_ref().map(|e| format!(" {word} ({})", self.bare(e))).unwrap_or_default()
        };
        format!(
            "CREATE POLICY {} ON {} AS {} FOR {} TO {role}{}{}",
            self.quoted(id),
            self.path(policy.on),
            if policy.restrictive { "RESTRICTIVE" } else { "PERMISSIVE" },
            policy.command,
            part("USING", &policy.using),
            part("WITH CHECK", &policy.check),
        )
    }

    pub fn granted(&self, on: Id, columns: &[Id], role: &str) -> ObjectId {
        let (schema, parent) = match &self.model.get(on).what {
            What::Schema | What::Public => (self.name(on), String::new()),
            What::Function(_) | What::Procedure { .. } | What::Aggregate { .. } => {
                (self.schema(on), self.signature(on))
            }
            What::Server { .. } | What::Wrapper { .. } => ("", self.name(on).to_owned()),
            _ => (self.schema(on), self.name(on).to_owned()),
        };
        let name = match columns {
            [] => role.to_owned(),
            [column, ..] => format!("{role} ({})", self.name(*column)),
        };
        object("grant", schema, &parent, &name)
    }

    pub fn grant(&self, on: Id, columns: &[Id], role: usize, privileges: &[&str], option: bool) -> String {
        let columns = if columns.is_empty() { String::new() } else { format!(" ({})", self.list(columns)) };
        let target = match &self.model.get(on).what {
            What::Schema | What::Public => format!("SCHEMA {}", self.quoted(on)),
            What::Sequence { .. } => format!("SEQUENCE {}", self.path(on)),
            What::Function(_) | What::Aggregate { .. } => {
                format!("FUNCTION {}({})", self.path(on), self.arguments(on).join(", "))
            }
            What::Procedure { .. } => format!("PROCEDURE {}({})", self.path(on), self.arguments(on).join(", ")),
            What::Enum { .. } | What::Domain { .. } | What::Composite { .. } | What::Range { .. } => {
                format!("TYPE {}", self.path(on))
            }
            What::Server { .. } => format!("FOREIGN SERVER {}", self.quoted(on)),
            What::Wrapper { .. } => format!("FOREIGN DATA WRAPPER {}", self.quoted(on)),
            _ => format!("TABLE {}", self.path(on)),
        };
        let list: Vec<String> = privileges.iter().map(|privilege| format!("{privilege}{columns}")).collect();
        let option = if option { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {} ON {target} TO {}{option}", list.join(", "), quote(ROLES[role]))
    }
}
