//! Equalities and sub-selects: what there must be for a sub-select to find a
//! row, and which tenant that row then has.

use super::DEEPEST;
use super::Escapes;
use super::Place;
use super::Proof;
use super::Relation;
use super::Side;
use super::TRUE;
use super::Term;
use super::names::is_user_key;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::spec::TableClass;
use crate::tenancy::expression::Expr;
use crate::tenancy::expression::Select;

impl<'a> Proof<'a, '_> {
    /// `left = right` is TRUE.
    pub(super) fn equal(
        &self,
        whole: &Expr,
        left: &Expr,
        right: &Expr,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
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
    pub(super) fn among(
        &self,
        whole: &Expr,
        left: &Expr,
        right: &Expr,
        subject: &[Term],
        place: &Place,
    ) -> Result<(), Escapes> {
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
    pub(super) fn scalar(&self, whole: &Expr, select: &Select, subject: &[Term], place: &Place) -> Result<(), Escapes> {
        let mut with_target = select.clone();
        with_target.conditions.extend(select.targets.iter().cloned());
        self.exists(whole, &with_target, None, subject, place)
    }

    /// There is a row of a sub-select, and its first columns are `equals`.
    pub(super) fn exists(
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
