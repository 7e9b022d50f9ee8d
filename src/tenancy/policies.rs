//! What the policies of each table let through, command by command and role by
//! role: permissive ones widen, restrictive ones narrow, and a row passes where
//! one of the former and all of the latter are TRUE. Worked out once, for all
//! rules about policies.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::rc::Rc;

use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::TableClass;
use crate::spec::Tenancy;
use crate::tenancy::Confined;
use crate::tenancy::Scene;
use crate::tenancy::access::Access;
use crate::tenancy::context::Sessions;
use crate::tenancy::context_fallback as fallback;
use crate::tenancy::expression;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Is;
use crate::tenancy::functions::Functions;
use crate::tenancy::membership_self_service as self_service;
use crate::tenancy::policy_user_metadata as user_metadata;
use crate::tenancy::proof;
use crate::tenancy::proof::Claim;
use crate::tenancy::proof::Escapes;
use crate::tenancy::proof::Proof;
use crate::tenancy::proof::Visible;

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    Select,
    Insert,
    Update,
    Delete,
}

impl Command {
    pub const ALL: [Command; 4] = [Command::Select, Command::Insert, Command::Update, Command::Delete];

    /// The word in SQL.
    pub const fn word(self) -> &'static str {
        match self {
            Command::Select => "SELECT",
            Command::Insert => "INSERT",
            Command::Update => "UPDATE",
            Command::Delete => "DELETE",
        }
    }

    /// True where a policy is for this command, alone or among all.
    pub fn is_of(self, policy: &Object) -> bool {
        policy.text("command").is_some_and(|command| command == "all" || command.eq_ignore_ascii_case(self.word()))
    }
}

/// Which rows an expression is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Rows that are there.
    Using,
    /// Rows as they are written.
    Check,
}

impl Part {
    pub const fn word(self) -> &'static str {
        match self {
            Part::Using => "USING",
            Part::Check => "WITH CHECK",
        }
    }

    /// The rows of which a command asks.
    fn of(command: Command) -> &'static [Part] {
        match command {
            Command::Select | Command::Delete => &[Part::Using],
            Command::Insert => &[Part::Check],
            Command::Update => &[Part::Using, Part::Check],
        }
    }

    /// The text that a policy has for it. Without a `WITH CHECK`, `USING` is it.
    fn text(self, policy: &Object) -> Option<(Part, &str)> {
        let using = || policy.text("using").map(|text| (Part::Using, text));
        match self {
            Part::Using => using(),
            Part::Check => policy.text("check").map(|text| (Part::Check, text)).or_else(using),
        }
    }
}

/// Why a policy does not confine: the one thing that is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    AlwaysTrue,
    SharedWrite,
    NullTenant,
    IgnoresTenant,
    WeakCheck,
    NotImplied,
}

/// A permissive policy that lets other tenants' rows through.
#[derive(Debug)]
pub struct Verdict<'a> {
    pub table: &'a Object,
    pub class: TableClass,
    pub policy: &'a Object,
    pub fault: Fault,
    pub part: Part,
    /// The commands for which it does, and the roles.
    pub commands: Vec<Command>,
    pub roles: Vec<String>,
    /// What it is true for beside the tenant's rows.
    pub escapes: Vec<String>,
}

/// The policies of a catalog, with what the rules about them share.
pub struct Policies<'a> {
    catalog: &'a Catalog,
    tenancy: &'a Tenancy,
    pub sessions: Sessions<'a>,
    /// The declared predicate by which shared rows are read.
    pub read: Option<Expr>,
    parsed: RefCell<HashMap<&'a str, Rc<Expr>>>,
    /// Whether the policies of a table confine what a role reads of it.
    confines: RefCell<BTreeMap<(String, ObjectId), bool>>,
}

impl<'a> Policies<'a> {
    pub fn of(catalog: &'a Catalog, tenancy: &'a Tenancy) -> Policies<'a> {
        Policies {
            catalog,
            tenancy,
            sessions: Sessions::of(tenancy, Functions::of(catalog)),
            read: tenancy.shareable.read.as_deref().map(expression::parse),
            parsed: RefCell::default(),
            confines: RefCell::default(),
        }
    }

    pub fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    pub fn tenancy(&self) -> &'a Tenancy {
        self.tenancy
    }

    /// The column that says whose a row of a table is, where it has it.
    pub fn tenant_column(&self, table: &Object) -> Option<String> {
        proof::tenant_column(self.catalog, self.tenancy, table)
    }

    /// An expression of a policy; the same text is parsed once.
    pub fn expr(&self, text: &'a str) -> Rc<Expr> {
        self.parsed.borrow_mut().entry(text).or_insert_with(|| Rc::new(expression::parse(text))).clone()
    }

    /// `USING` and `WITH CHECK` of a policy, where it has them.
    pub fn exprs(&self, policy: &'a Object) -> Vec<(Part, Rc<Expr>)> {
        [(Part::Using, "using"), (Part::Check, "check")]
            .into_iter()
            .filter_map(|(part, name)| policy.text(name).map(|text| (part, self.expr(text))))
            .collect()
    }

    /// Everything that lets other tenants' rows through.
    pub fn verdicts(&self, scene: &Scene<'a>) -> Vec<Verdict<'a>> {
        scene.tables_with_policies().flat_map(|(table, class)| self.of_table(scene, table, class)).collect()
    }

    fn of_table(&self, scene: &Scene<'a>, table: &'a Object, class: TableClass) -> Vec<Verdict<'a>> {
        let policies = scene.children(ObjectKind::Policy, table).iter();
        policies
            .filter(|policy| policy.flag("permissive"))
            .filter_map(|policy| self.judge(scene, table, class, policy))
            .collect()
    }

    /// One policy, by the first of its expressions that does not confine.
    fn judge(
        &self,
        scene: &Scene<'a>,
        table: &'a Object,
        class: TableClass,
        policy: &'a Object,
    ) -> Option<Verdict<'a>> {
        let mut found: Option<Weakness> = None;
        for command in Command::ALL.into_iter().filter(|command| command.is_of(policy)) {
            for rows in Part::of(command) {
                let Some((part, text)) = rows.text(policy) else { continue };
                for role in scene.held_back().filter(|role| reaches(policy, role)) {
                    let ask = Ask { table, class, role, command, rows: *rows };
                    if found.as_ref().is_some_and(|known| known.part != part) || self.is_narrowed(&ask) {
                        continue;
                    }
                    let Err(escapes) = self.implied(&ask, &self.expr(text)) else { continue };
                    let new = || Weakness { part, asks: Vec::new(), escapes, expr: self.expr(text) };
                    found.get_or_insert_with(new).asks.push((command, role.name.clone()));
                }
            }
        }
        let weakness = found?;
        let fault = self.fault(table, class, policy, &weakness)?;
        let mut commands: Vec<Command> = weakness.asks.iter().map(|(command, _)| *command).collect();
        commands.dedup();
        let mut roles: Vec<String> = weakness.asks.into_iter().map(|(_, role)| role).collect();
        roles.sort();
        roles.dedup();
        let (part, escapes) = (weakness.part, weakness.escapes);
        Some(Verdict { table, class, policy, fault, part, commands, roles, escapes })
    }

    /// Nothing where an expression confines the rows of a command.
    fn implied(&self, ask: &Ask<'a, '_>, expr: &Expr) -> Result<(), Escapes> {
        let reads = ask.command == Command::Select;
        let claim = Claim {
            read: self.read.as_ref().filter(|_| reads && ask.class == TableClass::Shareable),
            // To read or leave one's own memberships is what they are for.
            own: ask.class == TableClass::Member && ask.rows == Part::Using,
        };
        self.strictly(ask, expr, claim)
    }

    fn strictly(&self, ask: &Ask<'a, '_>, expr: &Expr, claim: Claim) -> Result<(), Escapes> {
        let sight = Sight { policies: self, role: ask.role };
        Proof::new(self.catalog, self.tenancy, &self.sessions, &sight, ask.table, claim).implied(expr)
    }

    /// True where a restrictive policy confines whatever permissive ones let through.
    fn is_narrowed(&self, ask: &Ask<'a, '_>) -> bool {
        self.of_command(ask, false).any(|policy| {
            let text = ask.rows.text(policy);
            text.is_some_and(|(_, text)| self.implied(ask, &self.expr(text)).is_ok())
        })
    }

    /// Those of some restrictive policies that would close a verdict, if they do.
    pub fn narrowing(
        &self,
        scene: &Scene<'a>,
        verdict: &Verdict<'a>,
        candidates: &[&'a Object],
    ) -> Option<Vec<&'a Object>> {
        let (table, class) = (verdict.table, verdict.class);
        let mut used = Vec::new();
        for role in scene.held_back().filter(|role| verdict.roles.contains(&role.name)) {
            for command in &verdict.commands {
                for rows in Part::of(*command) {
                    let ask = Ask { table, class, role, command: *command, rows: *rows };
                    let narrows = |policy: &&&'a Object| {
                        let text = rows.text(policy).filter(|_| command.is_of(policy) && reaches(policy, role));
                        text.is_some_and(|(_, text)| self.implied(&ask, &self.expr(text)).is_ok())
                    };
                    used.push(*candidates.iter().find(narrows)?);
                }
            }
        }
        Some(used)
    }

    /// The permissive or restrictive policies of a command that reach a role.
    fn of_command<'s>(&'s self, ask: &Ask<'a, 's>, permissive: bool) -> impl Iterator<Item = &'a Object> + 's {
        let (command, role) = (ask.command, ask.role);
        let policies = self.catalog.children(ObjectKind::Policy, &ask.table.id.schema, &ask.table.id.name).iter();
        policies
            .filter(move |policy| policy.flag("permissive") == permissive)
            .filter(move |policy| command.is_of(policy) && reaches(policy, role))
    }

    /// True where a command of a role is not proved to be kept to the rows of its own tenant.
    pub fn reaches_others(&self, table: &'a Object, class: TableClass, role: &Confined<'a>, command: Command) -> bool {
        Part::of(command).iter().any(|rows| {
            let ask = Ask { table, class, role, command, rows: *rows };
            let passes = |policy: &'a Object| {
                rows.text(policy).is_some_and(|(_, text)| self.implied(&ask, &self.expr(text)).is_err())
            };
            !self.is_narrowed(&ask) && self.of_command(&ask, true).any(passes)
        })
    }

    /// True where a role reads rows of one tenant alone in a table.
    fn reads_one_tenant(&self, table: &'a Object, role: &Confined<'a>) -> bool {
        let forced = table.flag("force_row_security") || !role.access.owns(table);
        if !table.flag("row_security") || !forced {
            return false;
        }
        let ask = Ask { table, class: TableClass::Owned, role, command: Command::Select, rows: Part::Using };
        let confined = |policy: &'a Object| {
            let Some(text) = policy.text("using") else { return true };
            self.strictly(&ask, &self.expr(text), Claim::default()).is_ok()
        };
        self.of_command(&ask, false).any(|policy| policy.text("using").is_some() && confined(policy))
            || self.of_command(&ask, true).all(confined)
    }

    /// What is said of a weakness; nothing where another rule says it already.
    fn fault(&self, table: &'a Object, class: TableClass, policy: &'a Object, weak: &Weakness) -> Option<Fault> {
        let expr = &weak.expr;
        let Some(tenant) = proof::tenant_column(self.catalog, self.tenancy, table) else {
            // That the column is missing is the fact; only what no column would mend is said too.
            return self.is_always_true(table, expr).then_some(Fault::AlwaysTrue);
        };
        if user_metadata::is_read(expr, &self.sessions.functions)
            || fallback::found(expr, &self.sessions).is_some()
            || self_service::is_self_service(self, table, class, policy).is_some()
        {
            return None;
        }
        let shared = class == TableClass::Shareable && !weak.asks.iter().any(|(c, _)| *c == Command::Select);
        let checked = weak.part == Part::Check && policy.text("using").is_some();
        Some(match () {
            () if shared && (self.is_mended(table, class, weak) || self.asks_sharing(expr)) => Fault::SharedWrite,
            () if checked => Fault::WeakCheck,
            () if self.is_always_true(table, expr) => Fault::AlwaysTrue,
            () if weak.escapes.iter().any(|escape| is_null_tenant(expr, escape, &tenant)) => Fault::NullTenant,
            () if !mentions(expr, table, &tenant) => Fault::IgnoresTenant,
            () => Fault::NotImplied,
        })
    }

    /// True where nothing but the declared read predicate escapes.
    fn is_mended(&self, table: &'a Object, class: TableClass, weak: &Weakness) -> bool {
        let nobody = Confined { name: String::new(), access: Access::of(self.catalog, "") };
        let ask = Ask { table, class, role: &nobody, command: Command::Select, rows: Part::Using };
        self.implied(&ask, &weak.expr).is_ok()
    }

    fn asks_sharing(&self, expr: &Expr) -> bool {
        let columns = &self.tenancy.shareable.columns;
        expr.any(
            |e| matches!(e, Expr::Column(path) if path.last().is_some_and(|n| columns.iter().any(|c| c.name == *n))),
        )
    }

    fn is_always_true(&self, table: &Object, expr: &Expr) -> bool {
        let never_null = |e: &Expr| {
            let Expr::Column(path) = e.unwrapped() else { return false };
            let Some(name) = path.last() else { return false };
            let id = ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, name);
            self.catalog.get(&id).is_some_and(|column| column.flag("not_null"))
        };
        proof::always_true(expr, &never_null)
    }
}

/// A command of a role on a table, and which of its rows.
struct Ask<'a, 's> {
    table: &'a Object,
    class: TableClass,
    role: &'s Confined<'a>,
    command: Command,
    rows: Part,
}

/// An expression that does not confine.
struct Weakness {
    /// Which of the policy's two it is.
    part: Part,
    asks: Vec<(Command, String)>,
    escapes: Escapes,
    expr: Rc<Expr>,
}

/// What a role sees in the sub-selects of a policy.
struct Sight<'a, 's> {
    policies: &'s Policies<'a>,
    role: &'s Confined<'a>,
}

impl Visible for Sight<'_, '_> {
    fn confines(&self, table: &ObjectId) -> bool {
        let key = (self.role.name.clone(), table.clone());
        if let Some(known) = self.policies.confines.borrow().get(&key) {
            return *known;
        }
        // Asked about itself on the way, a table confines nothing.
        self.policies.confines.borrow_mut().insert(key.clone(), false);
        let table = self.policies.catalog.get(table);
        let confines = table.is_some_and(|table| self.policies.reads_one_tenant(table, self.role));
        self.policies.confines.borrow_mut().insert(key, confines);
        confines
    }
}

/// True where a policy is for everybody, or for a role that this one acts as.
pub fn reaches(policy: &Object, role: &Confined) -> bool {
    policy.list("roles").iter().any(|name| **name == *"public" || role.access.acts_as(name))
}

/// True where an escape is a row without a tenant.
fn is_null_tenant(expr: &Expr, escape: &str, tenant: &str) -> bool {
    expr.any(|e| match e {
        Expr::Is { of, what: Is::Null, not: false } => {
            let of_tenant = matches!(of.bare(), Expr::Column(path) if path.last().is_some_and(|name| name == tenant));
            of_tenant && e.to_string() == escape
        }
        _ => false,
    })
}

/// True where an expression names a column of the table, or the row as a whole.
pub fn mentions(expr: &Expr, table: &Object, column: &str) -> bool {
    expr.any(|e| match e {
        Expr::Column(path) => match path.as_slice() {
            [name] => name == column || **name == *table.id.name,
            [.., of, name] => **of == *table.id.name && (name == column || name == "*"),
            [] => false,
        },
        _ => false,
    })
}
