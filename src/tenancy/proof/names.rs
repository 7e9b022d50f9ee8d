//! What the names in an expression are: columns of the relations it is among,
//! the context, somebody of the session, or nothing that a proof can use.

use super::Place;
use super::Proof;
use super::Relation;
use super::Side;
use super::Term;
use crate::model::catalog::Catalog;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::TableClass;
use crate::spec::Tenancy;
use crate::tenancy::context::reduced;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Select;
use crate::tenancy::expression::is_text;

impl<'a> Proof<'a, '_> {
    /// The column of a relation that says whose a row is.
    pub(super) fn tenant_of(&self, relation: usize) -> Option<String> {
        let table = self.relations.borrow()[relation].table?;
        tenant_column(self.catalog, self.tenancy, table)
    }

    pub(super) fn inlined(&self, name: &[String], arguments: &[Expr], place: &Place) -> Option<(Expr, Place)> {
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
    pub(super) fn resolved(&self, expr: &Expr, place: &Place) -> Expr {
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

    pub(super) fn find(&self, path: &[String], place: &Place) -> Option<Term> {
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

    pub(super) fn column(&self, table: &Object, name: &str) -> Option<&'a Object> {
        self.catalog.get(&ObjectId::new(ObjectKind::Column, &table.id.schema, &table.id.name, name))
    }

    pub(super) fn table_of(&self, relation: usize) -> Option<&'a Object> {
        self.relations.borrow()[relation].table
    }

    pub(super) fn never_null(&self, expr: &Expr, place: &Place) -> bool {
        let Some((relation, column)) = self.term(expr, place) else { return false };
        // In a sub-select an outer join may still make it NULL.
        relation == 0
            && self.table_of(relation).and_then(|t| self.column(t, &column)).is_some_and(|c| c.flag("not_null"))
    }

    /// A column, under casts that keep its values apart.
    pub(super) fn term(&self, expr: &Expr, place: &Place) -> Option<Term> {
        match expr.unwrapped() {
            Expr::Column(path) => self.find(path, place),
            Expr::Term(relation, column) => Some((*relation, column.clone())),
            Expr::Cast { of, to } => {
                let term = self.term(of, place)?;
                let column = self.table_of(term.0).and_then(|t| self.column(t, &term.1));
                // A domain is its base type with a check.
                let of_type = column.and_then(|c| c.text("base_type").or(c.text("type")));
                (is_text(to) || of_type == Some(to) || widens(of_type?, to)).then_some(term)
            }
            _ => None,
        }
    }

    pub(super) fn side(&self, expr: &Expr, place: &Place) -> Option<Side> {
        if let Some(term) = self.term(expr, place) {
            return Some(Side::Term(term));
        }
        if self.sessions.is_context(expr) {
            return Some(Side::Context);
        }
        self.sessions.is_user(expr).then(|| Side::User(reduced(expr).to_string()))
    }

    fn has(&self, relation: &Relation, column: &str) -> bool {
        relation.table.is_some_and(|table| self.column(table, column).is_some())
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

/// Casts between whole numbers that lose nothing.
fn widens(from: &str, to: &str) -> bool {
    let rank = |name: &str| ["smallint", "integer", "bigint", "numeric"].iter().position(|known| *known == name);
    rank(from).zip(rank(to)).is_some_and(|(from, to)| from <= to)
}
