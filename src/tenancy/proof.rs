//! Whether a policy's expression can only be true for rows of the tenant that
//! asks: a proof for all rows, by the structure of the expression. It is sound
//! and not complete. What is not understood is not implied, and is named.
//!
//! SQL has three truth values and a policy passes on TRUE alone, so what is
//! asked of a part is: where its value is one of these, is the row confined?

use std::cell::RefCell;

use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::TableClass;
use crate::spec::Tenancy;
use crate::tenancy::context::Sessions;
use crate::tenancy::context::reduced;
use crate::tenancy::expression;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Is;
use crate::tenancy::expression::Select;
use crate::tenancy::expression::entails;
use crate::tenancy::expression::is_call;
use crate::tenancy::expression::is_text;

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

    /// The column of a relation that says whose a row is.
    fn tenant_of(&self, relation: usize) -> Option<String> {
        let table = self.relations.borrow()[relation].table?;
        tenant_column(self.catalog, self.tenancy, table)
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
                    Err(escapes) if escapes != [told(part, turned(values))] => nearest = nearest.or(Some(escapes)),
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

    fn inlined(&self, name: &[String], arguments: &[Expr], place: &Place) -> Option<(Expr, Place)> {
        let arguments: Vec<Expr> = arguments.iter().map(|argument| self.resolved(argument, place)).collect();
        let plain = |e: &Expr| !matches!(e, Expr::Column(_) | Expr::Opaque { .. });
        if !arguments.iter().all(|argument| !argument.any(|e| !plain(e))) {
            return None;
        }
        let inlined = self.sessions.functions.inline(name, &arguments)?;
        let definer = place.definer || inlined.function.flag("security_definer");
        // Its body names nothing of ours but what it was given.
        Some((inlined.body, Place { scopes: vec![Vec::new(), Vec::new()], definer, depth: place.depth + 1 }))
    }

    /// The same expression with every column that can be found as a term.
    fn resolved(&self, expr: &Expr, place: &Place) -> Expr {
        let change = |expr: Expr| match &expr {
            Expr::Column(path) => match self.find(path, place) {
                Some((relation, column)) => Expr::Term(relation, column),
                None => expr,
            },
            _ => expr,
        };
        // A sub-select has columns of its own, and is not an argument we follow.
        let select = |select: &Select| select.clone();
        expr.map(&change, &select)
    }

    fn find(&self, path: &[String], place: &Place) -> Option<Term> {
        let (column, qualifier) = path.split_last()?;
        let relations = self.relations.borrow();
        for scope in place.scopes.iter().rev() {
            let named = |n: &&usize| match qualifier {
                [] => true,
                [alias] => relations[**n].alias == *alias,
                path => relations[**n].path.ends_with(path),
            };
            let here: Vec<usize> = scope.iter().filter(named).copied().collect();
            if !qualifier.is_empty() {
                match here.as_slice() {
                    [] => continue,
                    [only] => return Some((*only, column.clone())),
                    _ => return None,
                }
            }
            let having: Vec<usize> = here.iter().filter(|n| self.has(&relations[**n], column)).copied().collect();
            match having.as_slice() {
                [only] => return Some((*only, column.clone())),
                // One that we did not read may have it.
                [] if here.iter().all(|n| relations[*n].table.is_some()) => {}
                _ => return None,
            }
        }
        None
    }

    fn has(&self, relation: &Relation, column: &str) -> bool {
        relation.table.is_some_and(|table| self.column(table, column).is_some())
    }

    fn column(&self, table: &Object, name: &str) -> Option<&'a Object> {
        self.catalog.get(&ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, name))
    }

    fn table_of(&self, relation: usize) -> Option<&'a Object> {
        self.relations.borrow()[relation].table
    }

    fn never_null(&self, expr: &Expr, place: &Place) -> bool {
        let Some((relation, column)) = self.term(expr, place) else { return false };
        // In a sub-select an outer join may still make it NULL.
        relation == 0
            && self.table_of(relation).and_then(|t| self.column(t, &column)).is_some_and(|c| c.flag("not_null"))
    }

    /// A column, under casts that keep its values apart.
    fn term(&self, expr: &Expr, place: &Place) -> Option<Term> {
        match expr.unwrapped() {
            Expr::Column(path) => self.find(path, place),
            Expr::Term(relation, column) => Some((*relation, column.clone())),
            Expr::Cast { of, to } => {
                let term = self.term(of, place)?;
                let of_type = self.table_of(term.0).and_then(|t| self.column(t, &term.1)).and_then(|c| c.text("type"));
                (is_text(to) || of_type == Some(to) || widens(of_type?, to)).then_some(term)
            }
            _ => None,
        }
    }

    fn side(&self, expr: &Expr, place: &Place) -> Option<Side> {
        if let Some(term) = self.term(expr, place) {
            return Some(Side::Term(term));
        }
        if self.sessions.is_context(expr) {
            return Some(Side::Context);
        }
        self.sessions.is_user(expr).then(|| Side::User(reduced(expr).to_string()))
    }

    /// `left = right` is TRUE.
    fn equal(&self, whole: &Expr, left: &Expr, right: &Expr, subject: &[Term], place: &Place) -> Result<(), Escapes> {
        let escapes = || Err(vec![whole.to_string()]);
        match (left.unwrapped(), right.unwrapped()) {
            (Expr::Row(left), Expr::Row(right)) if left.len() == right.len() => {
                let pair = |(l, r): (&Expr, &Expr)| self.equal(whole, l, r, subject, place).is_ok();
                return if left.iter().zip(right).any(pair) { Ok(()) } else { escapes() };
            }
            (Expr::Text(l), Expr::Text(r)) | (Expr::Number(l), Expr::Number(r)) => {
                // Never TRUE: nothing gets through.
                return if l != r { Ok(()) } else { escapes() };
            }
            _ => {}
        }
        let own = |side: &Side| match side {
            Side::Term(term) => self.claim.own && term.0 == 0 && self.is_user_key(term),
            Side::Context | Side::User(_) => false,
        };
        match (self.side(left, place), self.side(right, place)) {
            (Some(Side::Term(term)), Some(Side::Context)) | (Some(Side::Context), Some(Side::Term(term)))
                if subject.contains(&term) =>
            {
                return Ok(());
            }
            (Some(side), Some(Side::User(_))) | (Some(Side::User(_)), Some(side)) if own(&side) => return Ok(()),
            _ => {}
        }
        for (value, other) in [(left, right), (right, left)] {
            if let Some((select, inner)) = self.as_select(other, place)
                && select.value().is_none()
                && !matches!(other.bare(), Expr::ArrayOf(_))
            {
                return self.exists(whole, &select, Some((value, place)), subject, &inner);
            }
        }
        escapes()
    }

    /// A sub-select, or the one that a function's body is.
    fn as_select(&self, expr: &Expr, place: &Place) -> Option<(Select, Place)> {
        match expr.bare() {
            // `ARRAY(SELECT f())` holds what `f` yields.
            Expr::ArrayOf(select) if select.value().is_some() => self.as_select(select.value()?, place),
            Expr::Select(select) | Expr::ArrayOf(select) => Some(((**select).clone(), place.clone())),
            Expr::Call { name, arguments } => {
                let (body, inner) = self.inlined(name, arguments, place)?;
                match body.unwrapped() {
                    Expr::Select(select) | Expr::ArrayOf(select) => Some(((**select).clone(), inner)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `left = ANY (right)` is TRUE: each of what it may equal must confine.
    fn among(&self, whole: &Expr, left: &Expr, right: &Expr, subject: &[Term], place: &Place) -> Result<(), Escapes> {
        if let Expr::Array(items) = right.unwrapped() {
            let open = |item: &Expr| *item != Expr::Null && self.equal(whole, left, item, subject, place).is_err();
            return if items.iter().any(open) { Err(vec![whole.to_string()]) } else { Ok(()) };
        }
        // `IN (SELECT context())`
        if let Expr::Select(select) | Expr::ArrayOf(select) = right
            && let Some(value) = select.value()
            && self.equal(whole, left, value, subject, place).is_ok()
        {
            return Ok(());
        }
        match self.as_select(right, place) {
            Some((select, inner)) => self.exists(whole, &select, Some((left, place)), subject, &inner),
            None => Err(vec![whole.to_string()]),
        }
    }

    /// A sub-select that yields a truth value.
    fn scalar(&self, whole: &Expr, select: &Select, subject: &[Term], place: &Place) -> Result<(), Escapes> {
        let mut with_target = select.clone();
        with_target.conditions.extend(select.targets.iter().cloned());
        self.exists(whole, &with_target, None, subject, place)
    }

    /// There is a row of a sub-select, and its first columns are `equals`.
    fn exists(
        &self,
        whole: &Expr,
        select: &Select,
        equals: Option<(&Expr, &Place)>,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
        let escapes = || Err(vec![whole.to_string()]);
        if !select.plain || place.depth > DEEPEST {
            return escapes();
        }
        let scope = self.meet(select);
        let mut inner = place.clone();
        inner.scopes.push(scope.clone());
        inner.depth += 1;
        let mut equalities = Vec::new();
        for condition in &select.conditions {
            self.equalities(condition, &inner, &mut equalities);
        }
        if let Some((value, outer)) = equals {
            let values = match value.unwrapped() {
                Expr::Row(values) => values.as_slice(),
                _ => std::slice::from_ref(value),
            };
            for (value, target) in values.iter().zip(&select.targets) {
                if let (Some(left), Some(right)) = (self.side(value, outer), self.side(target, &inner)) {
                    equalities.push((left, right));
                }
            }
        }
        self.add_foreign_keys(&mut equalities);
        let same = class_of(subject, &equalities);
        let confined = same.contains(&Side::Context)
            || scope.iter().any(|relation| self.is_confined_by(*relation, &same, &equalities, &inner));
        if confined {
            return Ok(());
        }
        let subject: Vec<Term> =
            same.into_iter().filter_map(|side| if let Side::Term(t) = side { Some(t) } else { None }).collect();
        match select.conditions.iter().any(|condition| self.holds(condition, TRUE, &subject, &inner).is_ok()) {
            true => Ok(()),
            false => escapes(),
        }
    }

    /// Takes what a sub-select reads into the proof.
    fn meet(&self, select: &Select) -> Vec<usize> {
        let mut relations = self.relations.borrow_mut();
        let mut scope = Vec::new();
        for source in &select.from {
            let table = match source.path.as_slice() {
                [schema, name] => self.catalog.get(&ObjectId::new(ObjectKind::Table, schema, "", name)),
                // Hand-written: in whichever schema there is just one.
                [name] => {
                    let mut named = self.catalog.of_kind(ObjectKind::Table).iter().filter(|t| *t.id.name == **name);
                    named.next().filter(|_| named.next().is_none())
                }
                _ => None,
            };
            scope.push(relations.len());
            relations.push(Relation { path: source.path.clone(), alias: source.alias.clone(), table });
        }
        scope
    }

    fn equalities(&self, condition: &Expr, place: &Place, found: &mut Vec<(Side, Side)>) {
        let mut pair = |left: &Expr, right: &Expr| {
            if let (Some(left), Some(right)) = (self.side(left, place), self.side(right, place)) {
                found.push((left, right));
            }
        };
        match condition.unwrapped() {
            Expr::Operator { name, left: Some(left), right } if name == "=" => {
                match (left.unwrapped(), right.unwrapped()) {
                    (Expr::Row(l), Expr::Row(r)) if l.len() == r.len() => l.iter().zip(r).for_each(|(l, r)| pair(l, r)),
                    (left, right) => pair(left, right),
                }
            }
            Expr::Quantified { operator, all: false, left, right } if operator == "=" => {
                if let Expr::Array(items) = right.unwrapped()
                    && let [only] = items.as_slice()
                {
                    pair(left, only);
                }
            }
            Expr::And(parts) => parts.iter().for_each(|part| self.equalities(part, place, found)),
            _ => {}
        }
    }

    /// Where all of a foreign key but the tenant is equal, and that is enough to
    /// find the one row it refers to, the tenants are equal too.
    fn add_foreign_keys(&self, equalities: &mut Vec<(Side, Side)>) {
        let count = self.relations.borrow().len();
        for child in 0..count {
            let Some(table) = self.table_of(child) else { continue };
            for key in self.catalog.children(ObjectKind::ForeignKey, &table.id.schema, &table.id.name) {
                for parent in (0..count).filter(|parent| *parent != child) {
                    if let Some(pair) = self.carried(child, parent, key, equalities) {
                        equalities.push(pair);
                    }
                }
            }
        }
    }

    fn carried(&self, child: usize, parent: usize, key: &Object, known: &[(Side, Side)]) -> Option<(Side, Side)> {
        let (of, to) = (self.table_of(child)?, self.table_of(parent)?);
        if key.text("references") != Some(&*to.id.qualified()) || !key.flag("validated") {
            return None;
        }
        let (tenant, parents) = (self.tenant_of(child)?, self.tenant_of(parent)?);
        let pairs: Vec<(&str, &str)> =
            key.list("columns").iter().zip(key.list("referenced_columns")).map(|(c, p)| (&**c, &**p)).collect();
        let (tenants, others): (Vec<_>, Vec<_>) = pairs.iter().partition(|(c, p)| *c == tenant && *p == parents);
        let equal = |(c, p): &(&str, &str)| {
            let class = class_of(&[(child, (*c).to_owned())], known);
            // A NULL in a foreign key would switch it off; what equals something is not NULL.
            class.contains(&Side::Term((parent, (*p).to_owned())))
        };
        let not_null = self.column(of, &tenant).is_some_and(|column| column.flag("not_null"));
        let columns: Vec<&str> = others.iter().map(|(_, p)| *p).collect();
        let whole = tenants.len() == 1 && !others.is_empty() && others.iter().all(equal);
        (whole && not_null && self.is_unique(to, &columns))
            .then_some((Side::Term((child, tenant)), Side::Term((parent, parents))))
    }

    fn is_unique(&self, table: &Object, columns: &[&str]) -> bool {
        let keys = |kind| self.catalog.children(kind, &table.id.schema, &table.id.name);
        let within = |key: &Object| {
            let key = key.list("columns");
            !key.is_empty() && key.iter().all(|column| columns.contains(&&**column))
        };
        keys(ObjectKind::PrimaryKey).iter().any(within) || keys(ObjectKind::Unique).iter().any(within)
    }

    /// A relation of a sub-select confines what has its tenant: a table of
    /// memberships that was asked for the user who asks, or any table of which
    /// row security shows the asking tenant's rows alone.
    fn is_confined_by(&self, relation: usize, same: &[Side], equalities: &[(Side, Side)], place: &Place) -> bool {
        let (Some(table), Some(tenant)) = (self.table_of(relation), self.tenant_of(relation)) else { return false };
        if !same.contains(&Side::Term((relation, tenant))) {
            return false;
        }
        let class = self.tenancy.class_of(&table.id.schema, &table.id.name);
        let asked = || {
            let is_key = |side: &Side| matches!(side, Side::Term(term) if term.0 == relation && self.is_user_key(term));
            let users = equalities.iter().flat_map(|(left, right)| [left, right]);
            let mut users = users.filter(|side| matches!(side, Side::User(_)));
            users.any(|user| class_of_side(user, equalities).iter().any(is_key))
        };
        class == Some(TableClass::Member) && asked() || !place.definer && self.visible.confines(&table.id)
    }

    /// A column that, with the tenant, is part of a key of a table of memberships.
    fn is_user_key(&self, (relation, column): &Term) -> bool {
        let Some(table) = self.table_of(*relation) else { return false };
        is_user_key(self.catalog, self.tenancy, table, column)
    }
}

/// True for a column that, with the tenant, is part of a key of a table of
/// memberships, or refers to somebody from one.
pub fn is_user_key(catalog: &Catalog, tenancy: &Tenancy, table: &Object, column: &str) -> bool {
    if tenancy.class_of(&table.id.schema, &table.id.name) != Some(TableClass::Member) || column == tenancy.column {
        return false;
    }
    let keys = |kind| catalog.children(kind, &table.id.schema, &table.id.name);
    let has = |key: &Object, column: &str| key.list("columns").iter().any(|c| **c == *column);
    let both = |key: &Object| has(key, column) && has(key, &tenancy.column);
    keys(ObjectKind::PrimaryKey).iter().any(both) || keys(ObjectKind::Unique).iter().any(both)
}

/// The column that says whose a row of a table is: of the registry, its key.
pub fn tenant_column(catalog: &Catalog, tenancy: &Tenancy, table: &Object) -> Option<String> {
    let (schema, name) = (&table.id.schema, &table.id.name);
    if tenancy.is_registry(schema, name) {
        let keys = catalog.children(ObjectKind::PrimaryKey, schema, name);
        return match keys.first().map(|key| key.list("columns")) {
            Some([only]) => Some(only.to_string()),
            Some(_) | None => None,
        };
    }
    let column = ObjectId::new(ObjectKind::Column, schema, name, &tenancy.column);
    catalog.get(&column).map(|_| tenancy.column.clone())
}

/// All that equals one of some terms.
fn class_of(terms: &[Term], equalities: &[(Side, Side)]) -> Vec<Side> {
    let mut class: Vec<Side> = terms.iter().cloned().map(Side::Term).collect();
    grow(&mut class, equalities);
    class
}

fn class_of_side(side: &Side, equalities: &[(Side, Side)]) -> Vec<Side> {
    let mut class = vec![side.clone()];
    grow(&mut class, equalities);
    class
}

fn grow(class: &mut Vec<Side>, equalities: &[(Side, Side)]) {
    loop {
        let before = class.len();
        for (left, right) in equalities {
            for (one, other) in [(left, right), (right, left)] {
                if class.contains(one) && !class.contains(other) {
                    class.push(other.clone());
                }
            }
        }
        if class.len() == before {
            return;
        }
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

/// That a branch is `true` says nothing without what it is a branch of.
fn instead_of_constant(escapes: Escapes, whole: &Expr, values: Values) -> Escapes {
    if escapes == ["true"] { vec![told(whole, values)] } else { escapes }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.bare(), Expr::Text(_) | Expr::Number(_) | Expr::True | Expr::False)
}

/// Casts between whole numbers that lose nothing.
fn widens(from: &str, to: &str) -> bool {
    let rank = |name: &str| ["smallint", "integer", "bigint", "numeric"].iter().position(|known| *known == name);
    rank(from).zip(rank(to)).is_some_and(|(from, to)| from <= to)
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
