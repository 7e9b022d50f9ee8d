//! How things are called, and how an expression is written with that.

use drift::model::ident::literal;
use drift::model::ident::quote;
use drift::model::object::ObjectId;

use super::super::model::*;
use super::object;

/// Says how things are called.
pub struct Names<'a> {
    pub model: &'a Model,
    pub typed: bool,
}

/// How a column is written: by itself, or with the name of a row before it.
pub type Alias<'a> = &'a dyn Fn(Id) -> String;

impl<'a> Names<'a> {
    pub fn of(model: &'a Model) -> Self {
        Names { model, typed: false }
    }

    pub fn name(&self, id: Id) -> &str {
        &self.model.get(id).name
    }

    pub fn quoted(&self, id: Id) -> String {
        quote(self.name(id))
    }

    pub fn schema(&self, id: Id) -> &str {
        self.name(self.model.schema_of(id).unwrap_or_else(|| panic!("{id} is in no schema")))
    }

    /// `schema.name`, quoted.
    pub fn path(&self, id: Id) -> String {
        format!("{}.{}", quote(self.schema(id)), self.quoted(id))
    }

    pub fn kind(&self, kind: &Type) -> String {
        match kind {
            Type::Base(name) => (*name).to_owned(),
            Type::Made(id) => self.path(*id),
            Type::List(of) => format!("{}[]", self.kind(of)),
        }
    }

    pub fn expr(&self, expr: &Expr, alias: Alias) -> String {
        let all = |list: &[Expr]| list.iter().map(|e| self.expr(e, alias)).collect::<Vec<_>>().join(", ");
        match expr {
            Expr::Plain(sql) => sql.clone(),
            Expr::Column(id) => {
                let column = self.model.column(*id);
                let kind = if self.typed { self.kind(&column.kind) } else { String::new() };
                format!("{}{}{kind}", alias(column.table), self.quoted(*id))
            }
            Expr::Output(view, n) => match &self.model.get(*view).what {
                What::View(made) => format!("{}{}", alias(*view), quote(&made.columns[n % made.columns.len()].0)),
                other => panic!("{other:?} has no outputs"),
            },
            Expr::Call(id, arguments) => format!("{}({})", self.path(*id), all(arguments)),
            Expr::Built(name, arguments) => format!("{name}({})", all(arguments)),
            Expr::Infix(left, operator, right) => {
                format!("({} {operator} {})", self.expr(left, alias), self.expr(right, alias))
            }
            Expr::In(left, list) => format!("({} IN ({}))", self.expr(left, alias), all(list)),
            Expr::Between(left, low, high) => format!("({} BETWEEN {low} AND {high})", self.expr(left, alias)),
            Expr::Next(id) => format!("nextval({}::regclass)", literal(&self.path(*id))),
            Expr::Label(id, n) => match &self.model.get(*id).what {
                What::Enum { labels, .. } => format!("{}::{}", literal(&labels[n % labels.len()]), self.path(*id)),
                other => panic!("{other:?} has no labels"),
            },
            Expr::Exists(relation, column) => format!(
                "EXISTS (SELECT FROM {} AS other WHERE other.{} IS NOT NULL)",
                self.path(*relation),
                self.quoted(*column)
            ),
        }
    }

    pub fn bare(&self, expr: &Expr) -> String {
        self.expr(expr, &|_| String::new())
    }

    pub fn list(&self, ids: &[Id]) -> String {
        ids.iter().map(|id| self.quoted(*id)).collect::<Vec<_>>().join(", ")
    }

    /// A type as an argument has it: without what is in parentheses.
    fn argument(&self, kind: &Type) -> String {
        match kind {
            Type::Base(name) => match (name.find('('), name.find(')')) {
                (Some(open), Some(close)) => format!("{}{}", &name[..open], &name[close + 1..]),
                (Some(_) | None, _) => (*name).to_owned(),
            },
            Type::Made(id) => self.path(*id),
            Type::List(of) => format!("{}[]", self.argument(of)),
        }
    }

    /// The arguments of a function, as types.
    pub fn arguments(&self, id: Id) -> Vec<String> {
        match &self.model.get(id).what {
            What::Function(function) => match &function.form {
                Form::Test { takes, .. } => vec![self.argument(takes)],
                Form::Fold { .. } => vec!["text".to_owned()],
                Form::OfRow { of, .. } => vec![self.path(*of)],
                Form::Constant { .. } | Form::Count { .. } | Form::Rows { .. } => Vec::new(),
                Form::Trigger { .. } | Form::EventTrigger { .. } => Vec::new(),
            },
            What::Procedure { takes, .. } => vec![self.argument(takes)],
            What::Aggregate { state, .. } => vec![(*state).to_owned()],
            other => panic!("{other:?} takes no arguments"),
        }
    }

    pub fn signature(&self, id: Id) -> String {
        format!("{}({})", self.name(id), self.arguments(id).join(", "))
    }

    /// How `COMMENT ON` names an item, and the object that it is.
    pub fn target(&self, id: Id) -> (String, ObjectId) {
        let name = self.name(id);
        let in_schema =
            |word: &str, kind: &str| (format!("{kind} {}", self.path(id)), object(word, self.schema(id), "", name));
        let on = |relation: Id, word: &str, kind: &str| {
            (
                format!("{kind} {} ON {}", self.quoted(id), self.path(relation)),
                object(word, self.schema(relation), self.name(relation), name),
            )
        };
        let routine = |word: &str, kind: &str| {
            (
                format!("{kind} {}({})", self.path(id), self.arguments(id).join(", ")),
                object(word, self.schema(id), "", &self.signature(id)),
            )
        };
        match &self.model.get(id).what {
            What::Schema | What::Public => (format!("SCHEMA {}", self.quoted(id)), object("schema", "", "", name)),
            What::Enum { .. } => in_schema("enum", "TYPE"),
            What::Domain { .. } => in_schema("domain", "DOMAIN"),
            What::Composite { .. } => in_schema("composite-type", "TYPE"),
            What::Range { .. } => in_schema("range-type", "TYPE"),
            What::Sequence { .. } => in_schema("sequence", "SEQUENCE"),
            What::Function(_) => routine("function", "FUNCTION"),
            What::Procedure { .. } => routine("procedure", "PROCEDURE"),
            What::Aggregate { .. } => routine("aggregate", "AGGREGATE"),
            What::Table(_) => in_schema("table", "TABLE"),
            What::Column(column) => (
                format!("COLUMN {}.{}", self.path(column.table), self.quoted(id)),
                object("column", self.schema(column.table), self.name(column.table), name),
            ),
            What::Key(key) => on(key.table, if key.primary { "primary-key" } else { "unique" }, "CONSTRAINT"),
            What::ForeignKey(key) => on(key.table, "foreign-key", "CONSTRAINT"),
            What::Check { table, .. } => on(*table, "check", "CONSTRAINT"),
            What::Exclusion { table, .. } => on(*table, "exclusion", "CONSTRAINT"),
            What::Index(index) => (
                format!("INDEX {}.{}", quote(self.schema(index.on)), self.quoted(id)),
                object("index", self.schema(index.on), self.name(index.on), name),
            ),
            What::Statistics { table, schema, .. } => {
                let (own, other) = (self.schema(*table), self.name(*schema));
                let full = if own == other { name.to_owned() } else { format!("{other}.{name}") };
                (format!("STATISTICS {}", self.path(id)), object("statistics", own, self.name(*table), &full))
            }
            What::View(view) if view.materialized => in_schema("materialized-view", "MATERIALIZED VIEW"),
            What::View(_) => in_schema("view", "VIEW"),
            What::Trigger(trigger) => on(trigger.on, "trigger", "TRIGGER"),
            What::Rule { on: relation, .. } => on(*relation, "rule", "RULE"),
            What::Policy(policy) => on(policy.on, "policy", "POLICY"),
            What::Publication { .. } => {
                (format!("PUBLICATION {}", self.quoted(id)), object("publication", "", "", name))
            }
            What::EventTrigger { .. } => {
                (format!("EVENT TRIGGER {}", self.quoted(id)), object("event-trigger", "", "", name))
            }
            What::Wrapper { .. } => {
                (format!("FOREIGN DATA WRAPPER {}", self.quoted(id)), object("foreign-data-wrapper", "", "", name))
            }
            What::Server { .. } => (format!("SERVER {}", self.quoted(id)), object("foreign-server", "", "", name)),
            What::ForeignTable { .. } => in_schema("foreign-table", "FOREIGN TABLE"),
            What::Small(small) => self.small_target(id, small),
            What::Grant { .. } | What::DefaultPrivilege { .. } => panic!("{id} cannot be described"),
        }
    }

    pub fn must_be_given(&self, id: Id) -> bool {
        let keys = self.model.ids(|what| matches!(what, What::Key(key) if key.primary && key.columns.contains(&id)));
        self.model.column(id).not_null || !keys.is_empty()
    }
}
