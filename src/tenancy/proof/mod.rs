//! Whether a policy's expression can only be true for rows of the tenant that
//! asks: a proof for all rows, by the structure of the expression. It is sound
//! and not complete. What is not understood is not implied, and is named.
//!
//! SQL has three truth values and a policy passes on TRUE alone, so what is
//! asked of a part is: where its value is one of these, is the row confined?

mod names;
mod selects;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use crate::model::catalog::Catalog;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::Tenancy;
use crate::tenancy::context::Sessions;
use crate::tenancy::expression;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Is;
use crate::tenancy::expression::entails;
use crate::tenancy::expression::is_call;

/// How many functions are followed into each other, and sub-selects into sub-selects.
const DEEPEST: usize = 12;

/// A set of truth values.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Values(u8);

const TRUE: Values = Values(1);
const FALSE: Values = Values(2);
const NULL: Values = Values(4);
const NOT_FALSE: Values = Values(5);
const NOT_TRUE: Values = Values(6);

impl Values {
    fn has(self, other: Values) -> bool {
        self.0 & other.0 != 0
    }

    fn without(self, other: Values) -> Values {
        Values(self.0 & !other.0)
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// TRUE for FALSE and the reverse.
    fn negated(self) -> Values {
        Values(self.0 & 4 | (self.0 & 1) << 1 | (self.0 & 2) >> 1)
    }
}

/// What a policy on a table may let through.
#[derive(Clone, Copy, Default)]
pub struct Claim<'a> {
    /// Rows that are shared with the reader, by the declared predicate.
    pub read: Option<&'a Expr>,
    /// Rows about the user who asks, in a table of memberships.
    pub own: bool,
}

/// What lets other tenants' rows through, as a person would write it.
pub type Escapes = Vec<String>;

/// Whom a proof is about: it asks whether the rows of another table that
/// somebody sees in a sub-select are confined by that table's own policies.
pub trait Visible {
    fn confines(&self, table: &ObjectId) -> bool;
}

/// One proof.
pub struct Proof<'a, 's> {
    pub catalog: &'a Catalog,
    pub tenancy: &'s Tenancy,
    pub sessions: &'s Sessions<'a>,
    pub visible: &'s dyn Visible,
    claim: Claim<'s>,
    /// The relations met so far; the first is the policy's own.
    relations: RefCell<Vec<Relation<'a>>>,
}

struct Relation<'a> {
    path: Vec<String>,
    alias: String,
    /// `None` where it was not read.
    table: Option<&'a Object>,
}

/// Where a part stands.
#[derive(Clone)]
struct Place {
    /// The relations whose columns can be named here, the innermost last.
    scopes: Vec<Vec<usize>>,
    /// In a function that runs with its owner's rights: row security of the
    /// tables it reads confines somebody else.
    definer: bool,
    depth: usize,
}

type Term = (usize, String);

/// What two sides of an equality can be.
#[derive(Clone, PartialEq)]
enum Side {
    Term(Term),
    Context,
    /// Somebody of the session, by what says so: two settings are two people.
    User(String),
}

pub use names::is_user_key;
pub use names::tenant_column;

impl<'a, 's> Proof<'a, 's> {
    pub fn new(
        catalog: &'a Catalog,
        tenancy: &'s Tenancy,
        sessions: &'s Sessions<'a>,
        visible: &'s dyn Visible,
        table: &'a Object,
        claim: Claim<'s>,
    ) -> Self {
        let path = vec![table.id.schema.to_string(), table.id.name.to_string()];
        let own = Relation { path, alias: table.id.name.to_string(), table: Some(table) };
        Proof { catalog, tenancy, sessions, visible, claim, relations: RefCell::new(vec![own]) }
    }

    /// Nothing where a row for which the expression is TRUE can only be the
    /// asking tenant's; else what else makes it true.
    pub fn implied(&self, expr: &Expr) -> Result<(), Escapes> {
        let place = Place { scopes: vec![vec![0]], definer: false, depth: 0 };
        match self.tenant_of(0) {
            Some(column) => self.holds(expr, TRUE, &[(0, column)], &place),
            None => Err(vec![expr.to_string()]),
        }
    }

    /// Where `expr` has one of `values`, the row that `subject` names is confined.
    fn holds(&self, expr: &Expr, values: Values, subject: &[Term], place: &Place) -> Result<(), Escapes> {
        if values.is_empty() {
            return Ok(());
        }
        let expr = expr.unwrapped();
        let escapes = || Err(vec![told(expr, values)]);
        if place.depth > DEEPEST {
            return escapes();
        }
        if values == TRUE && place.scopes.len() == 1 && self.claim.read.is_some_and(|read| entails(expr, read)) {
            return Ok(());
        }
        let vacuous = |ok: bool| if ok { Ok(()) } else { escapes() };
        match expr {
            Expr::True => vacuous(!values.has(TRUE)),
            Expr::False => vacuous(!values.has(FALSE)),
            Expr::Null => vacuous(!values.has(NULL)),
            Expr::And(parts) => self.and(expr, parts, values, false, subject, place),
            Expr::Or(parts) => self.and(expr, parts, values, true, subject, place),
            Expr::Not(of) => self.holds(of, values.negated(), subject, place),
            Expr::Is { of, what, not } => self.is(expr, (of, *what, *not), values, subject, place),
            Expr::Case { arms, otherwise } => {
                let outcome = self.case((arms, otherwise.as_deref()), values, subject, place);
                outcome.map_err(|escapes| instead_of_constant(escapes, expr, values))
            }
            Expr::Call { name, arguments } if is_call(name, "coalesce") => {
                let outcome = self.coalesce(arguments, values, subject, place);
                outcome.map_err(|escapes| instead_of_constant(escapes, expr, values))
            }
            Expr::Call { name, arguments } => self.call(expr, (name, arguments), values, subject, place),
            Expr::Cast { of, to } if to == "boolean" || to == "bool" => self.holds(of, values, subject, place),
            Expr::Operator { name, left: Some(left), right } if name == "=" && values == TRUE => {
                self.equal(expr, left, right, subject, place)
            }
            Expr::Operator { name, left: Some(left), right } if name == "<>" && values == FALSE => {
                self.equal(expr, left, right, subject, place)
            }
            Expr::Operator { name, left: Some(left), right } if name == "=" && values == NULL => {
                vacuous(is_constant(left) && is_constant(right))
            }
            Expr::Distinct { left, right, not } if values == if *not { TRUE } else { FALSE } => {
                // Both may be NULL: only a tenant that cannot be settles it.
                match self.equal(expr, left, right, subject, place) {
                    Ok(()) if self.never_null(left, place) || self.never_null(right, place) => Ok(()),
                    Ok(()) | Err(_) => escapes(),
                }
            }
            Expr::Quantified { operator, all, left, right }
                if operator == "=" && !all && values == TRUE || operator == "<>" && *all && values == FALSE =>
            {
                self.among(expr, left, right, subject, place)
            }
            Expr::Exists(select) => match values.without(NULL) {
                TRUE => self.exists(expr, select, None, subject, place),
                rest => vacuous(rest.is_empty()),
            },
            Expr::Select(select) if values == TRUE => self.scalar(expr, select, subject, place),
            Expr::Column(_)
            | Expr::Term(..)
            | Expr::Text(_)
            | Expr::Number(_)
            | Expr::Cast { .. }
            | Expr::Operator { .. }
            | Expr::Distinct { .. }
            | Expr::Quantified { .. }
            | Expr::Array(_)
            | Expr::Row(_)
            | Expr::Select(_)
            | Expr::ArrayOf(_)
            | Expr::Opaque { .. } => escapes(),
        }
    }

    /// `AND`; `OR` is the same with TRUE and FALSE exchanged.
    fn and(
        &self,
        whole: &Expr,
        parts: &[Expr],
        values: Values,
        or: bool,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
        let turned = |values: Values| if or { values.negated() } else { values };
        let each = |values: Values| {
            // All arms must do: their escapes are all of them.
            let escapes: Escapes = parts
                .iter()
                .filter_map(|part| self.holds(part, turned(values), subject, place).err())
                .flatten()
                .collect();
            if escapes.is_empty() { Ok(()) } else { Err(escapes) }
        };
        let some = |values: Values| {
            let mut nearest = None;
            for part in parts {
                match self.holds(part, turned(values), subject, place) {
                    Ok(()) => return Ok(()),
                    // An arm that confines in part says best what escapes.
                    Err(escapes) if !is_whole(part, turned(values), &escapes) => nearest = nearest.or(Some(escapes)),
                    Err(_) => {}
                }
            }
            Err(nearest.unwrap_or_else(|| vec![told(whole, turned(values))]))
        };
        match turned(values) {
            TRUE => some(TRUE),
            NOT_FALSE => some(NOT_FALSE),
            FALSE => each(FALSE),
            NOT_TRUE => each(NOT_TRUE),
            NULL => each(NULL).or_else(|escapes| some(NOT_FALSE).map_err(|_| escapes)),
            more => {
                // TRUE and FALSE both, with or without NULL.
                some(if more.has(NULL) { NOT_FALSE } else { TRUE })?;
                each(FALSE)
            }
        }
    }

    /// `IS [NOT] TRUE` and its kin are never NULL.
    fn is(
        &self,
        whole: &Expr,
        (of, what, not): (&Expr, Is, bool),
        values: Values,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
        let yes = match what {
            Is::True => TRUE,
            Is::False => FALSE,
            Is::Null => NULL,
        };
        let no = Values(7).without(yes);
        let (when_true, when_false) = if not { (no, yes) } else { (yes, no) };
        for (value, of_values) in [(TRUE, when_true), (FALSE, when_false)] {
            if !values.has(value) {
                continue;
            }
            let settled = of_values == NULL && self.never_null(of, place);
            if !settled && self.holds(of, of_values, subject, place).is_err() {
                return Err(vec![whole.to_string()]);
            }
        }
        Ok(())
    }

    /// Each branch that can give one of the values must be confined by its
    /// condition, by those before it, or by what it gives.
    fn case(
        &self,
        (arms, otherwise): (&[(Expr, Expr)], Option<&Expr>),
        values: Values,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
        let mut passed_over = false;
        for (when, then) in arms {
            let confined = passed_over || self.holds(when, TRUE, subject, place).is_ok();
            if !confined {
                self.holds(then, values, subject, place)?;
            }
            passed_over |= self.holds(when, NOT_TRUE, subject, place).is_ok();
        }
        match otherwise {
            _ if passed_over => Ok(()),
            Some(otherwise) => self.holds(otherwise, values, subject, place),
            None => self.holds(&Expr::Null, values, subject, place),
        }
    }

    fn coalesce(&self, parts: &[Expr], values: Values, subject: &[Term], place: &Place) -> Result<(), Escapes> {
        let Some((first, rest)) = parts.split_first() else { return Err(vec!["COALESCE()".to_owned()]) };
        if rest.is_empty() {
            return self.holds(first, values, subject, place);
        }
        self.holds(first, values.without(NULL), subject, place)?;
        match self.coalesce(rest, values, subject, place) {
            Ok(()) => Ok(()),
            Err(escapes) => self.holds(first, NULL, subject, place).map_err(|_| escapes),
        }
    }

    /// A function whose body is an expression says what that says.
    fn call(
        &self,
        whole: &Expr,
        (name, arguments): (&[String], &[Expr]),
        values: Values,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
        let Some((body, inner)) = self.inlined(name, arguments, place) else { return Err(vec![whole.to_string()]) };
        // A strict function is NULL where its body need not be.
        if values.has(NULL) {
            return Err(vec![whole.to_string()]);
        }
        self.holds(&body, values, subject, &inner).map_err(|escapes| {
            let itself = escapes == [body.to_string()];
            if itself {
                vec![whole.to_string()]
            } else {
                escapes.into_iter().map(|e| format!("{e} (in {whole})")).collect()
            }
        })
    }
}

/// Where an expression has one of these values, as a condition.
fn told(expr: &Expr, values: Values) -> String {
    let is = |what, not| Expr::Is { of: Box::new(expr.clone()), what, not }.to_string();
    match values {
        FALSE => Expr::Not(Box::new(expr.clone())).to_string(),
        NULL => is(Is::Null, false),
        NOT_TRUE => is(Is::True, true),
        NOT_FALSE => is(Is::False, true),
        _ => expr.to_string(),
    }
}

/// True where all of an expression escapes: it, or each of its arms.
fn is_whole(expr: &Expr, values: Values, escapes: &[String]) -> bool {
    let escaped = |expr: &Expr| escapes.contains(&told(expr, values));
    escaped(expr) || matches!(expr, Expr::Or(arms) | Expr::And(arms) if arms.iter().all(escaped))
}

/// That a branch is `true` says nothing without what it is a branch of.
fn instead_of_constant(escapes: Escapes, whole: &Expr, values: Values) -> Escapes {
    if escapes == ["true"] { vec![told(whole, values)] } else { escapes }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.bare(), Expr::Text(_) | Expr::Number(_) | Expr::True | Expr::False)
}

/// True where an expression is TRUE for every row: nothing to prove, nothing left to see.
pub fn always_true(expr: &Expr, never_null: &dyn Fn(&Expr) -> bool) -> bool {
    match expr.unwrapped() {
        Expr::True => true,
        Expr::And(parts) => parts.iter().all(|part| always_true(part, never_null)),
        Expr::Or(parts) => parts.iter().any(|part| always_true(part, never_null)),
        Expr::Not(of) => *of.unwrapped() == Expr::False,
        Expr::Is { of, what: Is::True, not: false } => always_true(of, never_null),
        Expr::Is { of, what: Is::Null, not: true } => never_null(of) || is_constant(of),
        Expr::Call { name, arguments } if is_call(name, "coalesce") => {
            arguments.first().is_some_and(|first| always_true(first, never_null))
        }
        Expr::Operator { name, left: Some(left), right } if name == "=" => {
            expression::same(left, right) && (is_constant(left) || never_null(left))
        }
        _ => false,
    }
}
