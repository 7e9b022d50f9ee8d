//! Sub-selects: what they read, and what holds for each of their rows.

use squawk_syntax::SyntaxKind;
use squawk_syntax::SyntaxNode;

use super::Expr;
use super::Select;
use super::Source;
use super::expr;
use super::folded;
use super::opaque;
use super::text_of;

/// The sub-select that is all there is in a node.
pub(super) fn inner_select(node: &SyntaxNode) -> Option<Select> {
    use SyntaxKind as K;
    let children: Vec<SyntaxNode> = node.children().collect();
    match children.as_slice() {
        [only] => match only.kind() {
            K::SELECT => Some(select(only)),
            K::PAREN_SELECT => inner_select(only),
            K::COMPOUND_SELECT | K::VALUES | K::TABLE => Some(unknown_select(only)),
            _ => None,
        },
        _ => None,
    }
}

/// A set operation, `VALUES`, …: only known to hold what is in it.
pub(super) fn unknown_select(node: &SyntaxNode) -> Select {
    let rest = vec![opaque(node)];
    let text = text_of(node);
    Select { targets: Vec::new(), from: Vec::new(), conditions: Vec::new(), rest, plain: false, text }
}

pub(super) fn select(node: &SyntaxNode) -> Select {
    use SyntaxKind as K;
    let mut found = Select {
        targets: Vec::new(),
        from: Vec::new(),
        conditions: Vec::new(),
        rest: Vec::new(),
        plain: true,
        text: text_of(node),
    };
    for child in node.children() {
        match child.kind() {
            K::SELECT_CLAUSE => targets(&child, &mut found),
            K::FROM_CLAUSE => child.children().for_each(|item| from(&item, &mut found)),
            K::WHERE_CLAUSE => found.conditions.extend(child.children().flat_map(|child| conjuncts(expr(&child)))),
            // These only choose among the rows that there are.
            K::ORDER_BY_CLAUSE | K::LIMIT_CLAUSE | K::OFFSET_CLAUSE => found.rest.push(opaque(&child)),
            _ => {
                found.plain = false;
                found.rest.push(opaque(&child));
            }
        }
    }
    let yields_columns = |e: &Expr| !e.any(|e| matches!(e, Expr::Call { .. } | Expr::Opaque { .. }));
    if !found.from.is_empty() && !found.targets.iter().all(yields_columns) {
        // It could be an aggregate, which yields a row where there is none.
        found.plain = false;
    }
    found
}

pub(super) fn targets(clause: &SyntaxNode, found: &mut Select) {
    use SyntaxKind as K;
    for child in clause.children() {
        match child.kind() {
            K::TARGET_LIST => {
                for target in child.children() {
                    let value = target.children().find(|part| part.kind() != K::AS_NAME);
                    found.targets.push(value.map_or(Expr::Column(vec!["*".to_owned()]), |value| expr(&value)));
                }
            }
            _ => {
                found.plain &= text_of(&child).eq_ignore_ascii_case("distinct");
                found.rest.push(opaque(&child));
            }
        }
    }
}

pub(super) fn conjuncts(expr: Expr) -> Vec<Expr> {
    match expr {
        Expr::And(parts) => parts,
        other => vec![other],
    }
}

pub(super) fn from(item: &SyntaxNode, found: &mut Select) {
    use SyntaxKind as K;
    match item.kind() {
        K::RELATION_FROM_ITEM => relation(item, found),
        K::JOIN_EXPR => join(item, found),
        K::PAREN_FROM_ITEM | K::PAREN_EXPR if holds_join(item) => {
            item.children().for_each(|child| from(&child, found));
        }
        _ => {
            let alias = item.children().find(|child| child.kind() == K::FROM_ALIAS).map(|alias| alias_of(&alias));
            found.from.push(Source { path: Vec::new(), alias: alias.map(|(name, _)| name).unwrap_or_default() });
            found.rest.push(opaque(item));
        }
    }
}

/// True for a join in parentheses that has no name of its own.
pub(super) fn holds_join(item: &SyntaxNode) -> bool {
    use SyntaxKind as K;
    let children: Vec<SyntaxNode> = item.children().collect();
    matches!(children.as_slice(), [only] if matches!(only.kind(), K::JOIN_EXPR)
        || matches!(only.kind(), K::PAREN_EXPR | K::PAREN_FROM_ITEM) && holds_join(only))
}

/// The name, and whether columns are renamed too.
pub(super) fn alias_of(alias: &SyntaxNode) -> (String, bool) {
    let text = text_of(alias);
    let name = match text.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("as ") => text[3..].trim(),
        _ => text.as_str(),
    };
    match name.split_once('(') {
        Some((name, _)) => (folded(name.trim()), true),
        None => (folded(name), false),
    }
}

pub(super) fn relation(item: &SyntaxNode, found: &mut Select) {
    use SyntaxKind as K;
    let name = item.children().find(|child| child.kind() == K::RELATION_NAME_REF);
    let path = name.and_then(|name| name.children().next()).and_then(|child| relation_path(&child));
    let alias = item.children().find(|child| child.kind() == K::FROM_ALIAS).map(|alias| alias_of(&alias));
    let mut path = path.unwrap_or_default();
    let (alias, renamed) = alias.unwrap_or_else(|| (path.last().cloned().unwrap_or_default(), false));
    if renamed {
        path.clear();
    }
    found.from.push(Source { path, alias });
}

/// The parts of a dotted name, quotes and all.
pub(super) fn relation_path(node: &SyntaxNode) -> Option<Vec<String>> {
    if node.kind() != SyntaxKind::PATH_REF {
        return None;
    }
    let segments = node.descendants().filter(|child| child.kind() == SyntaxKind::PATH_SEGMENT_REF);
    Some(segments.map(|segment| folded(&text_of(&segment))).collect())
}

pub(super) fn join(item: &SyntaxNode, found: &mut Select) {
    use SyntaxKind as K;
    for child in item.children() {
        if child.kind() != K::JOIN {
            from(&child, found);
            continue;
        }
        let inner = child.children().any(|part| matches!(part.kind(), K::JOIN_INNER | K::JOIN_CROSS));
        for part in child.children() {
            match part.kind() {
                K::JOIN_INNER | K::JOIN_CROSS | K::JOIN_LEFT | K::JOIN_RIGHT | K::JOIN_FULL => {}
                K::ON_CLAUSE => {
                    let on: Vec<Expr> = part.children().flat_map(|child| conjuncts(expr(&child))).collect();
                    if inner { found.conditions.extend(on) } else { found.rest.extend(on) }
                }
                K::JOIN_USING_CLAUSE => found.rest.push(opaque(&part)),
                _ => from(&part, found),
            }
        }
    }
}
