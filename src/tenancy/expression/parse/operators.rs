//! Operators in all their spellings: what stands between operands.

use squawk_syntax::SyntaxKind;
use squawk_syntax::SyntaxNode;

use super::Expr;
use super::Is;
use super::expr;
use super::is_and_or;
use super::is_trivia;
use super::one_line;
use super::opaque;
use super::select::unknown_select;
use super::text_of;

/// The child nodes that are not of a kind that only says how.
pub(super) fn operands(node: &SyntaxNode) -> Vec<SyntaxNode> {
    node.children().filter(|child| !is_operator(child.kind())).collect()
}

pub(super) fn is_operator(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    matches!(
        kind,
        K::CUSTOM_OP
            | K::OPERATOR_CALL
            | K::IS_NOT
            | K::IS_DISTINCT_FROM
            | K::IS_NOT_DISTINCT_FROM
            | K::NOT_IN
            | K::NOT_LIKE
            | K::NOT_ILIKE
            | K::COLON_COLON
    )
}

/// The server groups operators like `->` and `||` from the left; the syntax
/// tree has them grouped from the right.
pub(super) fn custom_chain(node: &SyntaxNode) -> Option<Expr> {
    let custom = |node: &SyntaxNode| {
        let operator = node.children().find(|child| child.kind() == SyntaxKind::CUSTOM_OP)?;
        match (node.kind(), operands(node).as_slice()) {
            (SyntaxKind::BIN_EXPR, [left, right]) => Some((left.clone(), text_of(&operator), right.clone())),
            _ => None,
        }
    };
    let (first, mut name, mut right) = custom(node)?;
    let mut grouped = expr(&first);
    while let Some((next, next_name, rest)) = custom(&right) {
        grouped = operator(&name, grouped, expr(&next));
        (name, right) = (next_name, rest);
    }
    Some(operator(&name, grouped, expr(&right)))
}

/// The arms of AND or OR, which the tree nests to the left.
pub(super) fn arms(node: &SyntaxNode) -> Option<Expr> {
    let kind = |node: &SyntaxNode| match (node.kind(), node.children_with_tokens().find(is_and_or)) {
        (SyntaxKind::BIN_EXPR, Some(token)) => Some(token.kind()),
        _ => None,
    };
    let of = kind(node)?;
    let mut arms = Vec::new();
    let mut left = node.clone();
    while kind(&left) == Some(of) {
        let [next, right] = operands(&left).try_into().ok()?;
        arms.push(expr(&right));
        left = next;
    }
    arms.push(expr(&left));
    let or = of == SyntaxKind::OR_KW;
    let flat = arms.into_iter().rev().flat_map(|arm| match arm {
        Expr::Or(parts) if or => parts,
        Expr::And(parts) if !or => parts,
        arm => vec![arm],
    });
    Some(if or { Expr::Or(flat.collect()) } else { Expr::And(flat.collect()) })
}

pub(super) fn binary(node: &SyntaxNode) -> Expr {
    if let Some(read) = custom_chain(node).or_else(|| arms(node)) {
        return read;
    }
    let operands = operands(node);
    let [left, right] = operands.as_slice() else { return opaque(node) };
    // What stands between the operands is the operator, in one of its spellings.
    let between: Vec<String> = node
        .children_with_tokens()
        .filter(|element| !is_trivia(element))
        .filter(|element| element.as_node().is_none_or(|child| child != left && child != right))
        .map(|element| one_line(&element.to_string()).to_uppercase())
        .collect();
    let (left, right) = (expr(left), expr(right));
    let word = between.join(" ");
    let op = |name: &str, left, right| operator(name, left, right);
    match word.as_str() {
        "IS" | "IS NOT" => is(left, right, word == "IS NOT", node),
        "IS DISTINCT FROM" => Expr::Distinct { left: Box::new(left), right: Box::new(right), not: false },
        "IS NOT DISTINCT FROM" => Expr::Distinct { left: Box::new(left), right: Box::new(right), not: true },
        "IN" => among(left, right, false),
        "NOT IN" => among(left, right, true),
        "LIKE" => op("~~", left, right),
        "ILIKE" => op("~~*", left, right),
        "NOT LIKE" => op("!~~", left, right),
        "NOT ILIKE" => op("!~~*", left, right),
        "!=" => op("<>", left, right),
        other => match other.strip_prefix("OPERATOR") {
            Some(rest) => {
                let name = rest.trim_matches(|c: char| c == '(' || c == ')' || c.is_whitespace());
                match name.strip_prefix("PG_CATALOG.") {
                    Some(name) => op(name, left, right),
                    None => Expr::Opaque { text: text_of(node), parts: vec![left, right] },
                }
            }
            None if !other.is_empty() && other.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c)) => {
                op(other, left, right)
            }
            None => Expr::Opaque { text: text_of(node), parts: vec![left, right] },
        },
    }
}

pub(super) fn is(of: Expr, right: Expr, not: bool, node: &SyntaxNode) -> Expr {
    let what = match &right {
        Expr::True => Is::True,
        Expr::False => Is::False,
        Expr::Null => Is::Null,
        Expr::Column(path) if path.len() == 1 && path[0] == "unknown" => Is::Null,
        _ => return Expr::Opaque { text: text_of(node), parts: vec![of, right] },
    };
    Expr::Is { of: Box::new(of), what, not }
}

/// An operator, or its quantified form where the right side says so.
pub(super) fn operator(name: &str, left: Expr, right: Expr) -> Expr {
    match right {
        Expr::Opaque { text, mut parts } if text == "ANY" || text == "ALL" => Expr::Quantified {
            operator: name.to_owned(),
            all: text == "ALL",
            left: Box::new(left),
            right: Box::new(parts.pop().unwrap_or(Expr::Null)),
        },
        // Booleans are compared with constants by people and by tools.
        Expr::True if name == "=" => left,
        Expr::False if name == "<>" => left,
        right => Expr::Operator { name: name.to_owned(), left: Some(Box::new(left)), right: Box::new(right) },
    }
}

pub(super) fn among(left: Expr, right: Expr, not: bool) -> Expr {
    let right = match right {
        Expr::Row(items) => Expr::Array(items),
        select @ Expr::Select(_) => select,
        one => Expr::Array(vec![one]),
    };
    let operator = if not { "<>" } else { "=" }.to_owned();
    Expr::Quantified { operator, all: not, left: Box::new(left), right: Box::new(right) }
}

pub(super) fn prefix(node: &SyntaxNode) -> Expr {
    let operands = operands(node);
    let [of] = operands.as_slice() else { return opaque(node) };
    let word = text_of(node);
    let of_text = text_of(of);
    let sign = word.strip_suffix(of_text.as_str()).unwrap_or_default().trim().to_uppercase();
    let of = expr(of);
    match (sign.as_str(), of) {
        // These are never NULL, so NOT is the other question.
        ("NOT", Expr::Is { of, what, not }) => Expr::Is { of, what, not: !not },
        ("NOT", Expr::Distinct { left, right, not }) => Expr::Distinct { left, right, not: !not },
        ("NOT", of) => Expr::Not(Box::new(of)),
        ("-", Expr::Number(number)) => Expr::Number(format!("-{number}")),
        ("+", Expr::Number(number)) => Expr::Number(number),
        ("", of) => Expr::Opaque { text: word, parts: vec![of] },
        (sign, of) => Expr::Operator { name: sign.to_owned(), left: None, right: Box::new(of) },
    }
}

pub(super) fn postfix(node: &SyntaxNode) -> Expr {
    let text = text_of(node).to_uppercase();
    let operands = operands(node);
    let [of] = operands.as_slice() else { return opaque(node) };
    let of = Box::new(expr(of));
    match () {
        () if text.ends_with("ISNULL") => Expr::Is { of, what: Is::Null, not: false },
        () if text.ends_with("NOTNULL") => Expr::Is { of, what: Is::Null, not: true },
        () => opaque(node),
    }
}

/// As the server prints it: two comparisons.
pub(super) fn between(node: &SyntaxNode) -> Expr {
    let operands = operands(node);
    let plain = !node
        .children_with_tokens()
        .any(|e| matches!(e.kind(), SyntaxKind::NOT_KW | SyntaxKind::SYMMETRIC | SyntaxKind::SYMMETRIC_KW));
    match operands.as_slice() {
        [target, start, end] if plain => {
            Expr::And(vec![operator(">=", expr(target), expr(start)), operator("<=", expr(target), expr(end))])
        }
        _ => opaque(node),
    }
}

pub(super) fn quantifier(node: &SyntaxNode, word: &str) -> Expr {
    let children: Vec<SyntaxNode> = node.children().collect();
    match children.as_slice() {
        [only] => Expr::Opaque { text: word.to_owned(), parts: vec![paren_or(only)] },
        _ => opaque(node),
    }
}

pub(super) fn paren_or(node: &SyntaxNode) -> Expr {
    match node.kind() {
        SyntaxKind::COMPOUND_SELECT | SyntaxKind::VALUES | SyntaxKind::TABLE => {
            Expr::Select(Box::new(unknown_select(node)))
        }
        _ => expr(node),
    }
}
