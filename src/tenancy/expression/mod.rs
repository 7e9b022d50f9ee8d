//! A boolean expression of a policy as a small tree of our own: parentheses,
//! the casts of literals and the many spellings of one operator are gone, and
//! what we do not model is [`Expr::Opaque`]. Nothing is ever executed, and
//! nothing opaque is ever taken for a proof.

mod parse;
mod same;
#[cfg(test)]
mod tests;
mod text;

pub use parse::parse;
pub use parse::parse_body;
pub use same::entails;
pub use same::is_text;
pub use same::same;

/// One expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// A column, qualified or not, or `table.*`; in a function's body perhaps a parameter.
    Column(Vec<String>),
    /// A column whose relation is known: the `n`-th that a proof has met.
    Term(usize, String),
    Text(String),
    Number(String),
    True,
    False,
    Null,
    Call {
        name: Vec<String>,
        arguments: Vec<Expr>,
    },
    Cast {
        of: Box<Expr>,
        to: String,
    },
    /// `left` is absent for a prefix operator.
    Operator {
        name: String,
        left: Option<Box<Expr>>,
        right: Box<Expr>,
    },
    /// `left = ANY (right)`, `left <> ALL (right)`, `left IN (…)`.
    Quantified {
        operator: String,
        all: bool,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `of IS [NOT] TRUE`, `FALSE`, `NULL`.
    Is {
        of: Box<Expr>,
        what: Is,
        not: bool,
    },
    /// `left IS [NOT] DISTINCT FROM right`.
    Distinct {
        left: Box<Expr>,
        right: Box<Expr>,
        not: bool,
    },
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// Both forms: `CASE x WHEN y` asks `x = y`.
    Case {
        arms: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Array(Vec<Expr>),
    Row(Vec<Expr>),
    /// A scalar sub-select.
    Select(Box<Select>),
    Exists(Box<Select>),
    /// `ARRAY(SELECT …)`.
    ArrayOf(Box<Select>),
    /// What we do not model, with what is in it.
    Opaque {
        text: String,
        parts: Vec<Expr>,
    },
}

/// What `IS` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    True,
    False,
    Null,
}

/// A sub-select.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    pub targets: Vec<Expr>,
    pub from: Vec<Source>,
    /// Conditions that hold for every row: `WHERE`, and `ON` of inner joins.
    pub conditions: Vec<Expr>,
    /// What is in it beside: conditions of outer joins, sub-selects in `FROM`, …
    pub rest: Vec<Expr>,
    /// True where each of its rows comes from rows that meet the conditions:
    /// no aggregate without a row, no set operation, nothing unknown.
    pub plain: bool,
    pub text: String,
}

/// What a sub-select reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The relation's name, qualified or not; empty for anything else.
    pub path: Vec<String>,
    /// The name under which its columns are known.
    pub alias: String,
}

impl Expr {
    /// Calls `each` with this expression and all in it; the flag is true inside
    /// of a sub-select.
    pub fn walk<'a>(&'a self, each: &mut dyn FnMut(&'a Expr, bool)) {
        self.walk_from(false, each);
    }

    fn walk_from<'a>(&'a self, inside: bool, each: &mut dyn FnMut(&'a Expr, bool)) {
        each(self, inside);
        for part in self.parts() {
            part.walk_from(inside, each);
        }
        if let Expr::Select(select) | Expr::Exists(select) | Expr::ArrayOf(select) = self {
            for part in select.parts() {
                part.walk_from(true, each);
            }
        }
    }

    /// True where this expression or one in it is such.
    pub fn any(&self, is: impl Fn(&Expr) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |expr, _| found |= is(expr));
        found
    }

    /// The expressions directly in this one, those of a sub-select aside.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Column(_) | Expr::Term(..) | Expr::Text(_) | Expr::Number(_) => Vec::new(),
            Expr::True | Expr::False | Expr::Null => Vec::new(),
            Expr::Select(_) | Expr::Exists(_) | Expr::ArrayOf(_) => Vec::new(),
            Expr::Call { arguments: parts, .. }
            | Expr::And(parts)
            | Expr::Or(parts)
            | Expr::Array(parts)
            | Expr::Row(parts)
            | Expr::Opaque { parts, .. } => parts.iter().collect(),
            Expr::Cast { of, .. } | Expr::Is { of, .. } | Expr::Not(of) => vec![of],
            Expr::Operator { left, right, .. } => left.iter().map(|left| &**left).chain([&**right]).collect(),
            Expr::Quantified { left, right, .. } | Expr::Distinct { left, right, .. } => vec![left, right],
            Expr::Case { arms, otherwise } => {
                let arms = arms.iter().flat_map(|(when, then)| [when, then]);
                arms.chain(otherwise.iter().map(|otherwise| &**otherwise)).collect()
            }
        }
    }

    /// The same expression with `change` applied to its parts, deepest first;
    /// a sub-select is handed to `select`.
    pub fn map(&self, change: &dyn Fn(Expr) -> Expr, select: &dyn Fn(&Select) -> Select) -> Expr {
        let one = |expr: &Expr| Box::new(expr.map(change, select));
        let many = |exprs: &[Expr]| exprs.iter().map(|expr| expr.map(change, select)).collect::<Vec<_>>();
        let mapped = match self {
            Expr::Column(_) | Expr::Term(..) | Expr::Text(_) | Expr::Number(_) => self.clone(),
            Expr::True | Expr::False | Expr::Null => self.clone(),
            Expr::Call { name, arguments } => Expr::Call { name: name.clone(), arguments: many(arguments) },
            Expr::Cast { of, to } => Expr::Cast { of: one(of), to: to.clone() },
            Expr::Operator { name, left, right } => {
                Expr::Operator { name: name.clone(), left: left.as_deref().map(one), right: one(right) }
            }
            Expr::Quantified { operator, all, left, right } => {
                Expr::Quantified { operator: operator.clone(), all: *all, left: one(left), right: one(right) }
            }
            Expr::Is { of, what, not } => Expr::Is { of: one(of), what: *what, not: *not },
            Expr::Distinct { left, right, not } => Expr::Distinct { left: one(left), right: one(right), not: *not },
            Expr::Not(of) => Expr::Not(one(of)),
            Expr::And(parts) => Expr::And(many(parts)),
            Expr::Or(parts) => Expr::Or(many(parts)),
            Expr::Case { arms, otherwise } => Expr::Case {
                arms: arms.iter().map(|(when, then)| (*one(when), *one(then))).collect(),
                otherwise: otherwise.as_deref().map(one),
            },
            Expr::Array(parts) => Expr::Array(many(parts)),
            Expr::Row(parts) => Expr::Row(many(parts)),
            Expr::Select(inner) => Expr::Select(Box::new(select(inner))),
            Expr::Exists(inner) => Expr::Exists(Box::new(select(inner))),
            Expr::ArrayOf(inner) => Expr::ArrayOf(Box::new(select(inner))),
            Expr::Opaque { text, parts } => Expr::Opaque { text: text.clone(), parts: many(parts) },
        };
        change(mapped)
    }

    /// The value under `(SELECT …)` wrappers that read nothing.
    pub fn unwrapped(&self) -> &Expr {
        match self {
            Expr::Select(select) => select.value().map_or(self, Expr::unwrapped),
            _ => self,
        }
    }

    /// The expression under wrappers and casts of any kind.
    pub fn bare(&self) -> &Expr {
        match self.unwrapped() {
            Expr::Cast { of, .. } => of.bare(),
            other => other,
        }
    }
}

impl Select {
    /// All expressions in it.
    pub fn parts(&self) -> impl Iterator<Item = &Expr> {
        self.targets.iter().chain(&self.conditions).chain(&self.rest)
    }

    /// What it yields where it reads nothing: `(SELECT auth.uid())`.
    pub fn value(&self) -> Option<&Expr> {
        match self.targets.as_slice() {
            [value] if self.plain && self.from.is_empty() && self.conditions.is_empty() && self.rest.is_empty() => {
                Some(value)
            }
            _ => None,
        }
    }

    /// The same sub-select with `change` applied to each expression in it.
    pub fn map(&self, change: &dyn Fn(&Expr) -> Expr) -> Select {
        Select {
            targets: self.targets.iter().map(change).collect(),
            from: self.from.clone(),
            conditions: self.conditions.iter().map(change).collect(),
            rest: self.rest.iter().map(change).collect(),
            plain: self.plain,
            text: self.text.clone(),
        }
    }
}

/// True for a function of this name, in the system's schema or unqualified.
pub fn is_call(name: &[String], wanted: &str) -> bool {
    match name {
        [name] => name == wanted,
        [schema, name] => schema == "pg_catalog" && name == wanted,
        _ => false,
    }
}
