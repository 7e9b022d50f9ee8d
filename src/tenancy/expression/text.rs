//! An expression as a message shows it: what a person would have written.

use std::fmt;

use super::Expr;
use super::Is;
use crate::model::ident::quote;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self))
    }
}

fn text(expr: &Expr) -> String {
    match expr {
        Expr::Column(path) => path.iter().map(|part| name(part)).collect::<Vec<_>>().join("."),
        Expr::Term(_, column) => name(column),
        Expr::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Expr::Number(number) => number.clone(),
        Expr::True => "true".to_owned(),
        Expr::False => "false".to_owned(),
        Expr::Null => "NULL".to_owned(),
        Expr::Call { name: path, arguments } => {
            if let ([word], []) = (path.as_slice(), arguments.as_slice())
                && is_bare_word(word)
            {
                return word.to_uppercase();
            }
            let name = match path.as_slice() {
                // These are words of the language.
                [word] if matches!(word.as_str(), "coalesce" | "nullif" | "greatest" | "least") => word.to_uppercase(),
                path => path.iter().map(|part| name(part)).collect::<Vec<_>>().join("."),
            };
            format!("{name}({})", list(arguments))
        }
        Expr::Cast { of, to } => format!("{}::{to}", operand(of)),
        Expr::Operator { name, left: Some(left), right } => format!("{} {name} {}", atom(left), atom(right)),
        Expr::Operator { name, left: None, right } => format!("{name} {}", atom(right)),
        Expr::Quantified { operator, all, left, right } => match (operator.as_str(), *all, &**right) {
            ("=", false, Expr::Array(items)) => format!("{} IN ({})", atom(left), list(items)),
            ("<>", true, Expr::Array(items)) => format!("{} NOT IN ({})", atom(left), list(items)),
            ("=", false, Expr::Select(select)) => format!("{} IN ({})", atom(left), select.text),
            _ => format!("{} {operator} {} ({})", atom(left), if *all { "ALL" } else { "ANY" }, inner(right)),
        },
        Expr::Is { of, what, not } => {
            let what = match what {
                Is::True => "TRUE",
                Is::False => "FALSE",
                Is::Null => "NULL",
            };
            format!("{} IS {}{what}", operand(of), if *not { "NOT " } else { "" })
        }
        Expr::Distinct { left, right, not } => {
            format!("{} IS {}DISTINCT FROM {}", atom(left), if *not { "NOT " } else { "" }, atom(right))
        }
        Expr::Not(of) => format!("NOT {}", atom(of)),
        Expr::And(parts) => parts.iter().map(atom).collect::<Vec<_>>().join(" AND "),
        Expr::Or(parts) => {
            let arm = |part: &Expr| if matches!(part, Expr::And(_)) { text(part) } else { atom(part) };
            parts.iter().map(arm).collect::<Vec<_>>().join(" OR ")
        }
        Expr::Case { arms, otherwise } => {
            let arms: String = arms.iter().map(|(when, then)| format!(" WHEN {when} THEN {then}")).collect();
            let otherwise = otherwise.as_ref().map(|other| format!(" ELSE {other}")).unwrap_or_default();
            format!("CASE{arms}{otherwise} END")
        }
        Expr::Array(items) => format!("ARRAY[{}]", list(items)),
        Expr::Row(items) => format!("({})", list(items)),
        Expr::Select(select) => match select.value() {
            Some(value) => text(value),
            None => format!("({})", select.text),
        },
        Expr::Exists(select) => format!("EXISTS ({})", select.text),
        Expr::ArrayOf(select) => format!("ARRAY({})", select.text),
        Expr::Opaque { text, .. } => text.clone(),
    }
}

/// `CURRENT_USER` and its kin are written without parentheses.
fn is_bare_word(name: &str) -> bool {
    matches!(name, "session_user" | "user") || name.starts_with("current_") && name != "current_setting"
}

fn name(part: &str) -> String {
    if part == "*" || part.starts_with('$') { part.to_owned() } else { quote(part) }
}

fn inner(expr: &Expr) -> String {
    match expr {
        Expr::Select(select) => select.text.clone(),
        other => text(other),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// As an operand of what binds tighter than any operator, or reads so.
fn operand(expr: &Expr) -> String {
    match expr.unwrapped() {
        Expr::Operator { .. } | Expr::Is { .. } | Expr::Not(_) => format!("({expr})"),
        _ => atom(expr),
    }
}

/// In parentheses where another operator next to it would change what it says.
fn atom(expr: &Expr) -> String {
    match expr.unwrapped() {
        Expr::And(_) | Expr::Or(_) => format!("({expr})"),
        _ => text(expr),
    }
}
