//! A schema as values: items that refer to one another by number, so that a
//! new name shows wherever the item is used, and taking an item away takes
//! along just what cannot exist without it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::small::Small;

pub type Id = u32;

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub name: String,
    pub comment: Option<String>,
    pub what: What,
}

/// A type of a column or argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// As `format_type` prints it.
    Base(&'static str),
    Made(Id),
    List(Box<Type>),
}

/// What values a type has, and so which expressions take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Number,
    Text,
    Flag,
    Uuid,
    Date,
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// SQL without a reference.
    Plain(String),
    Column(Id),
    /// The `n`th column of a view.
    Output(Id, usize),
    Call(Id, Vec<Expr>),
    Built(&'static str, Vec<Expr>),
    Infix(Box<Expr>, &'static str, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    Between(Box<Expr>, i64, i64),
    Next(Id),
    Label(Id, usize),
    /// `EXISTS (SELECT … FROM relation WHERE column IS NOT NULL)`.
    Exists(Id, Id),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// An immutable test of one value.
    Test {
        takes: Type,
        number: usize,
        atomic: bool,
    },
    /// An immutable text from a text.
    Fold {
        upper: bool,
    },
    /// A constant number, or that of another function and more.
    Constant {
        number: usize,
        calls: Option<Id>,
    },
    /// How many rows a relation has.
    Count {
        of: Id,
        atomic: bool,
    },
    /// The text of a row, or of some column of it.
    OfRow {
        of: Id,
        number: usize,
    },
    /// The rows of a relation.
    Rows {
        of: Id,
        limit: usize,
    },
    Trigger {
        number: usize,
    },
    EventTrigger {
        number: usize,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub schema: Id,
    pub form: Form,
    pub definer: bool,
    pub strict: bool,
    pub cost: Option<usize>,
    pub parallel_safe: bool,
    pub path: bool,
    pub closed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Generated {
    No,
    Identity {
        always: bool,
        start: i64,
    },
    Stored(Expr),
    /// Since 18: computed when it is read.
    Virtual(Expr),
}

/// Another collation than the database's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Collation {
    Posix,
    Made(Id),
}

impl Generated {
    pub fn is_computed(&self) -> bool {
        matches!(self, Generated::Stored(_) | Generated::Virtual(_))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub table: Id,
    pub place: i64,
    pub kind: Type,
    pub not_null: bool,
    pub default: Option<Expr>,
    pub generated: Generated,
    pub collation: Option<Collation>,
    pub external: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Split {
    Range,
    List,
    Hash,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    Range(i64, i64),
    List(Vec<i64>),
    Hash(usize, usize),
    Default,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Alone,
    Divided { by: Split, column: Id },
    Part { of: Id, bound: Bound },
    Child { of: Id },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub schema: Id,
    pub place: Place,
    pub unlogged: bool,
    pub row_security: bool,
    pub forced: bool,
    pub fillfactor: Option<usize>,
    pub full_identity: bool,
    /// There was a column once: the numbers of the others have a gap.
    pub gap: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub table: Id,
    pub primary: bool,
    pub columns: Vec<Id>,
    pub include: Vec<Id>,
    pub nulls_equal: bool,
    pub deferrable: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKey {
    pub table: Id,
    pub columns: Vec<Id>,
    pub key: Id,
    pub on_delete: &'static str,
    pub on_update: &'static str,
    pub full: bool,
    pub deferred: bool,
    pub not_valid: bool,
    /// Since 18 it need not be.
    pub enforced: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IndexKey {
    pub expr: Expr,
    pub order: &'static str,
    pub class: &'static str,
    /// An operator class that the schema makes, instead.
    pub made: Option<Id>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    pub on: Id,
    pub method: &'static str,
    pub keys: Vec<IndexKey>,
    pub include: Vec<Id>,
    pub unique: bool,
    pub predicate: Option<Expr>,
    pub fillfactor: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub schema: Id,
    pub materialized: bool,
    pub from: Id,
    pub join: Option<(Id, Expr)>,
    pub columns: Vec<(String, Expr)>,
    pub filter: Option<Expr>,
    pub invoker: bool,
    pub populated: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    pub on: Id,
    pub function: Id,
    pub timing: &'static str,
    pub events: &'static str,
    pub of: Vec<Id>,
    pub row: bool,
    pub when: Option<Expr>,
    pub argument: Option<String>,
    pub state: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub on: Id,
    pub command: &'static str,
    pub restrictive: bool,
    pub role: usize,
    pub using: Option<Expr>,
    pub check: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Schema,
    /// Every database has it.
    Public,
    Enum {
        schema: Id,
        labels: Vec<String>,
    },
    Domain {
        schema: Id,
        base: Type,
        not_null: bool,
        default: Option<Expr>,
        checks: Vec<(String, Expr)>,
    },
    Composite {
        schema: Id,
        fields: Vec<(String, Type)>,
    },
    Range {
        schema: Id,
        of: &'static str,
    },
    Sequence {
        schema: Id,
        kind: &'static str,
        increment: i64,
        cycle: bool,
        owner: Option<Id>,
    },
    Function(Function),
    Procedure {
        schema: Id,
        number: usize,
        takes: Type,
    },
    Aggregate {
        schema: Id,
        state: &'static str,
    },
    Table(Table),
    Column(Column),
    Key(Key),
    ForeignKey(ForeignKey),
    Check {
        table: Id,
        test: Expr,
        no_inherit: bool,
        not_valid: bool,
        /// Since 18 it need not be.
        enforced: bool,
    },
    Exclusion {
        table: Id,
        column: Id,
        filter: Option<Expr>,
        deferrable: bool,
    },
    Index(Index),
    Statistics {
        table: Id,
        schema: Id,
        columns: Vec<Id>,
        kinds: &'static str,
    },
    View(View),
    Trigger(Trigger),
    Rule {
        on: Id,
        event: &'static str,
        action: &'static str,
        disabled: bool,
    },
    Policy(Policy),
    /// On a relation, a schema or a function; the name is not used.
    Grant {
        on: Id,
        columns: Vec<Id>,
        role: usize,
        privileges: Vec<&'static str>,
        option: bool,
    },
    Publication {
        tables: Vec<(Id, Vec<Id>)>,
        schemas: Vec<Id>,
        publish: &'static str,
        filter: Option<Expr>,
    },
    EventTrigger {
        function: Id,
        event: &'static str,
        tags: Vec<&'static str>,
        disabled: bool,
    },
    Wrapper {
        option: Option<String>,
    },
    Server {
        wrapper: Id,
        version: Option<String>,
        option: Option<String>,
    },
    ForeignTable {
        schema: Id,
        server: Id,
        columns: Vec<(String, &'static str)>,
        option: Option<String>,
    },
    DefaultPrivilege {
        schema: Id,
        role: usize,
        privilege: &'static str,
    },
    Small(Small),
}

impl What {
    /// True where `COMMENT ON` takes it.
    pub fn is_describable(&self) -> bool {
        match self {
            What::Grant { .. } | What::DefaultPrivilege { .. } => false,
            What::Small(small) => small.is_describable(),
            _ => true,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    pub items: BTreeMap<Id, Item>,
    /// Numbers are never used again: a mutation may refer to what is gone here.
    next: Id,
}

impl Model {
    pub fn get(&self, id: Id) -> &Item {
        &self.items[&id]
    }

    pub fn add(&mut self, name: String, what: What) -> Id {
        let id = self.next;
        self.next += 1;
        self.items.insert(id, Item { name, comment: None, what });
        id
    }

    pub fn ids(&self, accept: impl Fn(&What) -> bool) -> Vec<Id> {
        self.items.iter().filter(|(_, item)| accept(&item.what)).map(|(id, _)| *id).collect()
    }

    pub fn table(&self, id: Id) -> &Table {
        match &self.get(id).what {
            What::Table(table) => table,
            other => panic!("{id} is no table: {other:?}"),
        }
    }

    pub fn column(&self, id: Id) -> &Column {
        match &self.get(id).what {
            What::Column(column) => column,
            other => panic!("{id} is no column: {other:?}"),
        }
    }

    /// The table whose columns this one has too.
    pub fn parent(&self, table: Id) -> Option<Id> {
        match &self.table(table).place {
            Place::Part { of, .. } | Place::Child { of } => Some(*of),
            Place::Alone | Place::Divided { .. } => None,
        }
    }

    /// True for an index like one of a whole, or of a part, of its table: the server makes one of them, whatever
    /// their orders are, and that one is no part's own.
    pub fn is_taken_over(&self, index: &Index, own: Option<Id>) -> bool {
        let exprs = |index: &Index| index.keys.iter().map(|key| key.expr.clone()).collect::<Vec<_>>();
        let alike = |id: &Id| match &self.get(*id).what {
            What::Index(other) if Some(*id) != own => {
                let related =
                    self.descendants(index.on).contains(&other.on) || self.descendants(other.on).contains(&index.on);
                related && other.method == index.method && exprs(other) == exprs(index)
            }
            _ => false,
        };
        self.ids(|what| matches!(what, What::Index(_))).iter().any(alike)
    }

    /// The columns that a table declares by itself, in order.
    pub fn own_columns(&self, table: Id) -> Vec<Id> {
        let mut columns = self.ids(|what| matches!(what, What::Column(c) if c.table == table));
        columns.sort_by_key(|id| (self.column(*id).place, *id));
        columns
    }

    /// All columns of a table, those of its parents first.
    pub fn columns(&self, table: Id) -> Vec<Id> {
        let mut columns = self.parent(table).map(|parent| self.columns(parent)).unwrap_or_default();
        columns.extend(self.own_columns(table));
        columns
    }

    /// Those that have a table for their parent, directly or not.
    pub fn descendants(&self, table: Id) -> Vec<Id> {
        let mut found = Vec::new();
        for id in self.ids(|what| matches!(what, What::Table(_))) {
            let mut up = self.parent(id);
            while let Some(parent) = up {
                if parent == table {
                    found.push(id);
                }
                up = self.parent(parent);
            }
        }
        found
    }

    /// The type below domains.
    pub fn base<'a>(&'a self, kind: &'a Type) -> &'a Type {
        match kind {
            Type::Made(id) => match &self.get(*id).what {
                What::Domain { base, .. } => self.base(base),
                _ => kind,
            },
            Type::Base(_) | Type::List(_) => kind,
        }
    }

    /// True for a domain that denies NULL, or one made of such, that gives no value by itself.
    pub fn denies_null(&self, kind: &Type) -> bool {
        let Type::Made(id) = kind else { return false };
        let What::Domain { base, not_null, default, .. } = &self.get(*id).what else { return false };
        default.is_none() && (*not_null || self.denies_null(base))
    }

    pub fn family(&self, kind: &Type) -> Family {
        match self.base(kind) {
            Type::Base(name) => match *name {
                "smallint" | "integer" | "bigint" => Family::Number,
                name if name.starts_with("numeric") => Family::Number,
                name if name == "text" || name.starts_with("character varying") => Family::Text,
                "boolean" => Family::Flag,
                "uuid" => Family::Uuid,
                "date" => Family::Date,
                _ => Family::Other,
            },
            Type::Made(_) | Type::List(_) => Family::Other,
        }
    }

    /// The schema of an item that lives in one by itself.
    pub fn schema_of(&self, id: Id) -> Option<Id> {
        match &self.get(id).what {
            What::Enum { schema, .. }
            | What::Domain { schema, .. }
            | What::Composite { schema, .. }
            | What::Range { schema, .. }
            | What::Sequence { schema, .. }
            | What::Procedure { schema, .. }
            | What::Aggregate { schema, .. }
            | What::Statistics { schema, .. }
            | What::ForeignTable { schema, .. } => Some(*schema),
            What::Function(function) => Some(function.schema),
            What::Table(table) => Some(table.schema),
            What::View(view) => Some(view.schema),
            What::Small(small) => small.schema(),
            _ => None,
        }
    }

    /// Takes away what refers to something that is not there, until nothing does.
    pub fn prune(&mut self) {
        loop {
            let gone: Vec<Id> = self
                .items
                .iter()
                .filter(|(_, item)| refers(&item.what).iter().any(|id| !self.items.contains_key(id)))
                .map(|(id, _)| *id)
                .collect();
            if gone.is_empty() {
                return;
            }
            for id in gone {
                self.items.remove(&id);
            }
        }
    }

    pub fn remove(&mut self, id: Id) {
        self.items.remove(&id);
        self.prune();
    }

    /// What an item needs, directly or not.
    pub fn needs(&self, id: Id) -> BTreeSet<Id> {
        let mut seen = BTreeSet::new();
        let mut work = vec![id];
        while let Some(id) = work.pop() {
            for other in refers(&self.get(id).what) {
                if seen.insert(other) {
                    work.push(other);
                }
            }
        }
        seen
    }
}

fn of_type(kind: &Type, into: &mut Vec<Id>) {
    match kind {
        Type::Base(_) => {}
        Type::Made(id) => into.push(*id),
        Type::List(of) => of_type(of, into),
    }
}

pub fn of_expr(expr: &Expr, into: &mut Vec<Id>) {
    match expr {
        Expr::Plain(_) => {}
        Expr::Column(id) | Expr::Output(id, _) | Expr::Next(id) | Expr::Label(id, _) => into.push(*id),
        Expr::Call(id, arguments) => {
            into.push(*id);
            arguments.iter().for_each(|argument| of_expr(argument, into));
        }
        Expr::Built(_, arguments) => arguments.iter().for_each(|argument| of_expr(argument, into)),
        Expr::Infix(left, _, right) => {
            of_expr(left, into);
            of_expr(right, into);
        }
        Expr::In(left, list) => {
            of_expr(left, into);
            list.iter().for_each(|one| of_expr(one, into));
        }
        Expr::Between(left, _, _) => of_expr(left, into),
        Expr::Exists(relation, column) => into.extend([*relation, *column]),
    }
}

/// Everything that an item cannot exist without.
pub fn refers(what: &What) -> Vec<Id> {
    let mut ids = Vec::new();
    let into = &mut ids;
    match what {
        What::Schema | What::Public | What::Wrapper { .. } => {}
        What::Enum { schema, .. } | What::Range { schema, .. } | What::Aggregate { schema, .. } => into.push(*schema),
        What::Domain { schema, base, default, checks, .. } => {
            into.push(*schema);
            of_type(base, into);
            default.iter().chain(checks.iter().map(|(_, test)| test)).for_each(|expr| of_expr(expr, into));
        }
        What::Composite { schema, fields } => {
            into.push(*schema);
            fields.iter().for_each(|(_, kind)| of_type(kind, into));
        }
        What::Sequence { schema, owner, .. } => {
            into.push(*schema);
            into.extend(owner);
        }
        What::Function(function) => {
            into.push(function.schema);
            match &function.form {
                Form::Test { takes, .. } => of_type(takes, into),
                Form::Constant { calls, .. } => into.extend(calls),
                Form::Count { of, .. } | Form::OfRow { of, .. } | Form::Rows { of, .. } => into.push(*of),
                Form::Fold { .. } | Form::Trigger { .. } | Form::EventTrigger { .. } => {}
            }
        }
        What::Procedure { schema, takes, .. } => {
            into.push(*schema);
            of_type(takes, into);
        }
        What::Table(table) => {
            into.push(table.schema);
            match &table.place {
                Place::Alone => {}
                Place::Divided { column, .. } => into.push(*column),
                Place::Part { of, .. } | Place::Child { of } => into.push(*of),
            }
        }
        What::Column(column) => {
            into.push(column.table);
            of_type(&column.kind, into);
            column.default.iter().for_each(|expr| of_expr(expr, into));
            if let Some(Collation::Made(collation)) = column.collation {
                into.push(collation);
            }
            match &column.generated {
                Generated::No | Generated::Identity { .. } => {}
                Generated::Stored(expr) | Generated::Virtual(expr) => of_expr(expr, into),
            }
        }
        What::Key(key) => {
            into.push(key.table);
            into.extend(key.columns.iter().chain(&key.include));
        }
        What::ForeignKey(key) => {
            into.extend([key.table, key.key]);
            into.extend(&key.columns);
        }
        What::Check { table, test, .. } => {
            into.push(*table);
            of_expr(test, into);
        }
        What::Exclusion { table, column, filter, .. } => {
            into.extend([*table, *column]);
            filter.iter().for_each(|expr| of_expr(expr, into));
        }
        What::Index(index) => {
            into.push(index.on);
            into.extend(&index.include);
            into.extend(index.keys.iter().filter_map(|key| key.made));
            index.keys.iter().map(|key| &key.expr).chain(&index.predicate).for_each(|expr| of_expr(expr, into));
        }
        What::Statistics { table, schema, columns, .. } => {
            into.extend([*table, *schema]);
            into.extend(columns);
        }
        What::View(view) => {
            into.extend([view.schema, view.from]);
            let join = view.join.iter().map(|(relation, on)| {
                into.push(*relation);
                on
            });
            let on: Vec<&Expr> = join.collect();
            on.into_iter()
                .chain(view.columns.iter().map(|(_, e)| e))
                .chain(&view.filter)
                .for_each(|e| of_expr(e, into));
        }
        What::Trigger(trigger) => {
            into.extend([trigger.on, trigger.function]);
            into.extend(&trigger.of);
            trigger.when.iter().for_each(|expr| of_expr(expr, into));
        }
        What::Rule { on, .. } => into.push(*on),
        What::Policy(policy) => {
            into.push(policy.on);
            policy.using.iter().chain(&policy.check).for_each(|expr| of_expr(expr, into));
        }
        What::Grant { on, columns, .. } => {
            into.push(*on);
            into.extend(columns);
        }
        What::Publication { tables, schemas, filter, .. } => {
            into.extend(schemas);
            for (table, columns) in tables {
                into.push(*table);
                into.extend(columns);
            }
            filter.iter().for_each(|expr| of_expr(expr, into));
        }
        What::EventTrigger { function, .. } => into.push(*function),
        What::Server { wrapper, .. } => into.push(*wrapper),
        What::ForeignTable { schema, server, .. } => into.extend([*schema, *server]),
        What::DefaultPrivilege { schema, .. } => into.push(*schema),
        What::Small(small) => into.extend(small.refers()),
    }
    ids
}
