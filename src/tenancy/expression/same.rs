//! Whether two expressions say the same, however they are written: a name may
//! be qualified in one and not in the other, a value wrapped in a sub-select.

use super::Expr;
use super::Select;

/// True where two expressions are the same after wrappers and casts to text.
pub fn same(left: &Expr, right: &Expr) -> bool {
    match (plain(left), plain(right)) {
        (Expr::Column(a), Expr::Column(b)) => same_name(a, b),
        (Expr::Term(a, x), Expr::Term(b, y)) => (a, x) == (b, y),
        (Expr::Call { name: a, arguments: x }, Expr::Call { name: b, arguments: y }) => same_name(a, b) && all(x, y),
        (Expr::Cast { of: a, to: x }, Expr::Cast { of: b, to: y }) => same_type(x, y) && same(a, b),
        (Expr::Operator { name: a, left: l, right: r }, Expr::Operator { name: b, left: m, right: s }) => {
            let operands = match (l, m) {
                (Some(l), Some(m)) => same(l, m) && same(r, s) || (a == "=" || a == "<>") && same(l, s) && same(r, m),
                (None, None) => same(r, s),
                (Some(_), None) | (None, Some(_)) => false,
            };
            a == b && operands
        }
        (
            Expr::Quantified { operator: a, all: x, left: l, right: r },
            Expr::Quantified { operator: b, all: y, left: m, right: s },
        ) => a == b && x == y && same(l, m) && same(r, s),
        (Expr::Is { of: a, what: x, not: m }, Expr::Is { of: b, what: y, not: n }) => x == y && m == n && same(a, b),
        (Expr::Distinct { left: l, right: r, not: a }, Expr::Distinct { left: m, right: s, not: b }) => {
            a == b && same(l, m) && same(r, s)
        }
        (Expr::Not(a), Expr::Not(b)) => same(a, b),
        (Expr::And(a), Expr::And(b)) | (Expr::Or(a), Expr::Or(b)) => same_set(a, b),
        (Expr::Array(a), Expr::Array(b)) | (Expr::Row(a), Expr::Row(b)) => all(a, b),
        (Expr::Case { arms: a, otherwise: x }, Expr::Case { arms: b, otherwise: y }) => {
            let arms = a.len() == b.len() && a.iter().zip(b).all(|((w, t), (v, u))| same(w, v) && same(t, u));
            arms && x.as_deref().zip(y.as_deref()).map_or(x.is_none() && y.is_none(), |(x, y)| same(x, y))
        }
        (Expr::Select(a), Expr::Select(b))
        | (Expr::Exists(a), Expr::Exists(b))
        | (Expr::ArrayOf(a), Expr::ArrayOf(b)) => same_select(a, b),
        // What we do not understand is the same only letter by letter.
        (a, b) => a == b,
    }
}

/// Without wrappers and without casts to text, which the server adds to compare.
fn plain(expr: &Expr) -> &Expr {
    match expr.unwrapped() {
        Expr::Cast { of, to } if is_text(to) => plain(of),
        other => other,
    }
}

/// True for the types that hold any value's text unchanged.
pub fn is_text(name: &str) -> bool {
    matches!(name, "text" | "varchar" | "character varying")
}

/// One name may say more than the other.
fn same_name(left: &[String], right: &[String]) -> bool {
    let strip = |name: &[String]| match name {
        [schema, rest @ ..] if schema == "pg_catalog" && !rest.is_empty() => rest.to_vec(),
        name => name.to_vec(),
    };
    let (left, right) = (strip(left), strip(right));
    left.ends_with(&right) || right.ends_with(&left)
}

fn same_type(left: &str, right: &str) -> bool {
    let canonical = |name: &str| match name {
        "int" | "int4" => "integer".to_owned(),
        "int8" => "bigint".to_owned(),
        "int2" => "smallint".to_owned(),
        "bool" => "boolean".to_owned(),
        "timestamptz" => "timestamp with time zone".to_owned(),
        "timestamp" => "timestamp without time zone".to_owned(),
        "json" => "jsonb".to_owned(),
        other => other.trim_start_matches("pg_catalog.").to_owned(),
    };
    canonical(left) == canonical(right)
}

fn all(left: &[Expr], right: &[Expr]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b))
}

/// The order of AND and OR says nothing.
fn same_set(left: &[Expr], right: &[Expr]) -> bool {
    let within = |a: &[Expr], b: &[Expr]| a.iter().all(|a| b.iter().any(|b| same(a, b)));
    within(left, right) && within(right, left)
}

fn same_select(left: &Select, right: &Select) -> bool {
    left.plain
        && right.plain
        && all(&left.targets, &right.targets)
        && same_set(&left.conditions, &right.conditions)
        && all(&left.rest, &right.rest)
        && left.from.len() == right.from.len()
        && left.from.iter().zip(&right.from).all(|(a, b)| same_name(&a.path, &b.path))
}

/// True where `premise` can only be true if `claim` is, by what the two say of
/// AND and OR and by equal parts. False means: not shown.
pub fn entails(premise: &Expr, claim: &Expr) -> bool {
    if same(premise, claim) || *premise.unwrapped() == Expr::False {
        return true;
    }
    match (premise, claim) {
        (_, Expr::And(claims)) => claims.iter().all(|claim| entails(premise, claim)),
        (Expr::Or(premises), _) => premises.iter().all(|premise| entails(premise, claim)),
        (_, Expr::Or(claims)) if claims.iter().any(|claim| entails(premise, claim)) => true,
        (Expr::And(premises), _) => {
            // One arm may be enough; an OR among them may have to be split.
            premises.iter().any(|premise| entails(premise, claim)) || split_entails(premises, claim)
        }
        (Expr::Is { of, what: super::Is::True, not: false }, _) => entails(of, claim),
        _ => false,
    }
}

/// `a AND (b OR c)` is `a AND b OR a AND c`: once, not for ever.
fn split_entails(premises: &[Expr], claim: &Expr) -> bool {
    let Some(at) = premises.iter().position(|premise| matches!(premise, Expr::Or(_))) else { return false };
    let Expr::Or(arms) = &premises[at] else { return false };
    arms.iter().all(|arm| {
        let mut split: Vec<Expr> = premises.to_vec();
        split.remove(at);
        match arm {
            Expr::And(parts) => split.extend(parts.iter().cloned()),
            other => split.push(other.clone()),
        }
        entails(&Expr::And(split), claim)
    })
}
