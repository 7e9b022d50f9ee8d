//! SQL text to [`Expr`], by the syntax tree of `squawk-syntax`. Whatever is
//! not known node by node becomes opaque; nothing here fails or panics.

mod operators;
mod select;

use squawk_syntax::Parse;
use squawk_syntax::SourceFile;
use squawk_syntax::SyntaxElement;
use squawk_syntax::SyntaxKind;
use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::AstNode;

use operators::between;
use operators::binary;
use operators::operands;
use operators::operator;
use operators::postfix;
use operators::prefix;
use operators::quantifier;
use select::inner_select;
use select::select;
use select::unknown_select;

use super::Expr;
use super::Is;
use super::Select;
use super::Source;

/// Longer text, and what nests deeper, is taken as opaque: the parser, we and
/// all that use the tree recurse, and what a person can review is shorter.
const LONGEST: usize = 64 * 1024;
const DEEPEST_BRACKETS: usize = 100;
const DEEPEST_TREE: usize = 120;

/// What may nest more than a thread's own stack would like is parsed on one of
/// this size, which is only reserved.
const ROOM: usize = 512 * 1024 * 1024;
const OPERATORS_IN_PLACE: usize = 60;

/// One expression, as a server prints it or a person writes it. What cannot be
/// read is opaque.
pub fn parse(text: &str) -> Expr {
    let read = read(text, |text| {
        let parse = SourceFile::parse(&format!("SELECT {text}"));
        only_select(&parse).and_then(|select| select.value().cloned())
    });
    read.unwrap_or_else(|| Expr::Opaque { text: one_line(text), parts: Vec::new() })
}

/// Reads a text with room enough, or not at all.
fn read<T: Send>(text: &str, read: impl Fn(&str) -> Option<T> + Send) -> Option<T> {
    let (brackets, operators) = shape(text);
    if text.len() > LONGEST || brackets > DEEPEST_BRACKETS {
        return None;
    }
    if operators <= OPERATORS_IN_PLACE && brackets <= DEEPEST_BRACKETS / 4 {
        return read(text);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(ROOM).spawn_scoped(scope, move || read(text));
        thread.ok()?.join().ok()?
    })
}

/// The one `SELECT` of a text, where it is nothing else and not too deep.
fn only_select(parse: &Parse<SourceFile>) -> Option<Select> {
    let tree = parse.tree();
    let mut statements = tree.syntax().children();
    match (statements.next(), statements.next()) {
        (Some(only), None) if only.kind() == SyntaxKind::SELECT && parse.errors().is_empty() => {
            (depth(&only) <= DEEPEST_TREE).then(|| select(&only))
        }
        _ => None,
    }
}

/// How deep brackets nest, and how many words and signs could nest besides.
/// What is in quotes and comments does not count.
fn shape(text: &str) -> (usize, usize) {
    const NESTING: &[&str] = &["not", "case", "and", "or", "is", "isnull", "notnull", "select", "collate", "at"];
    let (mut open, mut deepest, mut operators) = (0usize, 0usize, 0usize);
    let mut quote = None;
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if let Some(end) = quote {
            quote = (c != end).then_some(end);
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        operators += usize::from(NESTING.contains(&word.as_str()));
        word.clear();
        match c {
            '\'' | '"' => quote = Some(c),
            '(' | '[' => {
                open += 1;
                deepest = deepest.max(open);
            }
            ')' | ']' => open = open.saturating_sub(1),
            ',' | ' ' | '\n' | '\t' => {}
            _ => operators += 1,
        }
    }
    // A quote that is no quote could hide brackets: then the room is needed.
    (deepest, if text.contains(['\\', '$']) { operators.max(OPERATORS_IN_PLACE + 1) } else { operators })
}

/// How deep a tree is. A chain of ANDs or ORs is one level, however long.
fn depth(root: &SyntaxNode) -> usize {
    let chained = |node: &SyntaxNode| {
        let of = |node: &SyntaxNode| node.children_with_tokens().find(is_and_or).map(|token| token.kind());
        of(node).is_some() && node.parent().is_some_and(|parent| of(&parent) == of(node))
    };
    let mut deepest = 0;
    let mut work = vec![(root.clone(), 1usize)];
    while let Some((node, level)) = work.pop() {
        deepest = deepest.max(level);
        work.extend(node.children().map(|child| {
            let below = level + usize::from(!chained(&child));
            (child, below)
        }));
    }
    deepest
}

fn is_and_or(element: &SyntaxElement) -> bool {
    matches!(element.kind(), SyntaxKind::AND_KW | SyntaxKind::OR_KW)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text_of(node: &SyntaxNode) -> String {
    one_line(&node.text().to_string())
}

fn is_trivia(element: &SyntaxElement) -> bool {
    matches!(element.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT)
}

fn opaque(node: &SyntaxNode) -> Expr {
    let parts = node.children().map(|child| expr(&child)).collect();
    Expr::Opaque { text: text_of(node), parts }
}

fn expr(node: &SyntaxNode) -> Expr {
    use SyntaxKind as K;
    match node.kind() {
        K::PAREN_EXPR => paren(node),
        K::NAME_REF => name_ref(node),
        K::FIELD_EXPR => path(node).map_or_else(|| opaque(node), Expr::Column),
        K::LITERAL => literal(node),
        K::BIN_EXPR => binary(node),
        K::PREFIX_EXPR => prefix(node),
        K::POSTFIX_EXPR => postfix(node),
        K::BETWEEN_EXPR => between(node),
        K::CALL_EXPR => call(node),
        K::CAST_EXPR => cast(node),
        K::CASE_EXPR => case(node),
        K::ARRAY_EXPR => array(node),
        K::TUPLE_EXPR => Expr::Row(node.children().map(|child| expr(&child)).collect()),
        K::SELECT => Expr::Select(Box::new(select(node))),
        _ => opaque(node),
    }
}

fn paren(node: &SyntaxNode) -> Expr {
    let inner: Vec<SyntaxNode> = node.children().collect();
    match inner.as_slice() {
        [only] => match only.kind() {
            SyntaxKind::COMPOUND_SELECT | SyntaxKind::VALUES | SyntaxKind::TABLE => {
                Expr::Select(Box::new(unknown_select(only)))
            }
            _ => expr(only),
        },
        _ => opaque(node),
    }
}

/// An identifier as the server folds it.
fn folded(text: &str) -> String {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}

fn name_ref(node: &SyntaxNode) -> Expr {
    let text = text_of(node);
    let quoted = text.starts_with('"');
    match text.to_lowercase().as_str() {
        // These are calls without parentheses.
        word @ ("current_user" | "session_user" | "user" | "current_role" | "current_date" | "current_time"
        | "current_timestamp" | "localtime" | "localtimestamp" | "current_catalog" | "current_schema"
        | "system_user")
            if !quoted =>
        {
            Expr::Call { name: vec![word.to_owned()], arguments: Vec::new() }
        }
        _ => Expr::Column(vec![folded(&text)]),
    }
}

/// `a.b.c`, also of a function's name; `None` where the base is an expression.
fn path(node: &SyntaxNode) -> Option<Vec<String>> {
    match node.kind() {
        SyntaxKind::NAME_REF => Some(vec![folded(&text_of(node))]),
        SyntaxKind::FIELD_EXPR => {
            let mut children = node.children();
            let mut path = path(&children.next()?)?;
            match children.next() {
                Some(field) => path.push(folded(&text_of(&field))),
                None if text_of(node).ends_with('*') => path.push("*".to_owned()),
                None => return None,
            }
            Some(path)
        }
        SyntaxKind::PATH_REF => {
            let dotted = text_of(node);
            (!dotted.contains('"')).then(|| dotted.split('.').map(|part| folded(part.trim())).collect())
        }
        _ => None,
    }
}

fn literal(node: &SyntaxNode) -> Expr {
    use SyntaxKind as K;
    let Some(token) = node.children_with_tokens().find(|element| !is_trivia(element)) else { return opaque(node) };
    let text = text_of(node);
    let single = node.children_with_tokens().filter(|element| !is_trivia(element)).count() == 1;
    match token.kind() {
        K::TRUE_KW => Expr::True,
        K::FALSE_KW => Expr::False,
        K::NULL_KW => Expr::Null,
        K::INT_NUMBER | K::NUMERIC_NUMBER => Expr::Number(text),
        K::STRING if single => {
            let raw = token.to_string();
            Expr::Text(raw.trim_start_matches('\'').strip_suffix('\'').unwrap_or_default().replace("''", "'"))
        }
        K::POSITIONAL_PARAM => Expr::Column(vec![text]),
        _ => opaque(node),
    }
}

fn call(node: &SyntaxNode) -> Expr {
    use SyntaxKind as K;
    let children: Vec<SyntaxNode> = node.children().collect();
    match children.as_slice() {
        [only] => match only.kind() {
            K::EXISTS_FN => match inner_select(only) {
                Some(inner) => Expr::Exists(Box::new(inner)),
                None => opaque(only),
            },
            // Understood by the operator before it.
            K::ANY_FN | K::SOME_FN => quantifier(only, "ANY"),
            K::ALL_FN => quantifier(only, "ALL"),
            _ => opaque(only),
        },
        [name, list] if list.kind() == K::ARG_LIST => match (path(name), arguments(list)) {
            (Some(name), Some(arguments)) => Expr::Call { name, arguments },
            _ => opaque(node),
        },
        // A window, a filter, an order: nothing that a policy can use.
        _ => opaque(node),
    }
}

fn arguments(list: &SyntaxNode) -> Option<Vec<Expr>> {
    let mut arguments = Vec::new();
    for child in list.children() {
        if child.kind() != SyntaxKind::ARG {
            return None;
        }
        let inner: Vec<SyntaxNode> = child.children().collect();
        // A named or variadic argument has more to say than its value.
        let plain = child.children_with_tokens().filter(|e| !is_trivia(e)).count() == 1;
        match inner.as_slice() {
            [only] if plain => arguments.push(expr(only)),
            _ => return None,
        }
    }
    Some(arguments)
}

fn cast(node: &SyntaxNode) -> Expr {
    let children = operands(node);
    let [of, to] = children.as_slice() else { return opaque(node) };
    if of.kind() == SyntaxKind::LITERAL || is_value(of.kind()) {
        return match expr(of) {
            literal @ (Expr::Text(_) | Expr::Number(_) | Expr::True | Expr::False | Expr::Null) => literal,
            of => Expr::Cast { of: Box::new(of), to: text_of(to).to_lowercase() },
        };
    }
    // `timestamptz 'now'`: the type comes first.
    opaque(node)
}

fn is_value(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    matches!(
        kind,
        K::PAREN_EXPR
            | K::NAME_REF
            | K::FIELD_EXPR
            | K::BIN_EXPR
            | K::PREFIX_EXPR
            | K::POSTFIX_EXPR
            | K::CALL_EXPR
            | K::CAST_EXPR
            | K::CASE_EXPR
            | K::ARRAY_EXPR
            | K::INDEX_EXPR
            | K::SLICE_EXPR
            | K::TUPLE_EXPR
    )
}

fn case(node: &SyntaxNode) -> Expr {
    use SyntaxKind as K;
    let mut operand = None;
    let mut arms = Vec::new();
    let mut otherwise = None;
    for child in node.children() {
        let inner = |node: &SyntaxNode| node.children().map(|child| expr(&child)).collect::<Vec<_>>();
        match child.kind() {
            K::WHEN_CLAUSE_LIST => {
                for when in child.children() {
                    let mut parts = inner(&when);
                    let (Some(then), Some(when), true) = (parts.pop(), parts.pop(), parts.is_empty()) else {
                        return opaque(node);
                    };
                    arms.push((when, then));
                }
            }
            K::ELSE_CLAUSE => otherwise = inner(&child).pop().map(Box::new),
            _ => operand = Some(expr(&child)),
        }
    }
    if let Some(operand) = operand {
        arms = arms.into_iter().map(|(when, then)| (operator("=", operand.clone(), when), then)).collect();
    }
    Expr::Case { arms, otherwise }
}

fn array(node: &SyntaxNode) -> Expr {
    match inner_select(node) {
        Some(inner) => Expr::ArrayOf(Box::new(inner)),
        None => Expr::Array(node.children().map(|child| expr(&child)).collect()),
    }
}

/// What a function's body yields, where it is one expression or one `SELECT`:
/// `select …`, `RETURN …`, `BEGIN ATOMIC select …; END`, and `begin return …; end`
/// of PL/pgSQL.
pub fn parse_body(body: &str) -> Option<Expr> {
    let text = strip_block(body.trim());
    let words: Vec<&str> = text.split_whitespace().take(1).collect();
    match words.first().map(|word| word.to_ascii_lowercase()).as_deref() {
        Some("return") => Some(parse(text.get("return".len()..)?.trim().trim_end_matches(';'))),
        Some("select") => read(text, |text| {
            let select = only_select(&SourceFile::parse(text))?;
            Some(select.value().cloned().unwrap_or_else(|| Expr::Select(Box::new(select))))
        }),
        _ => None,
    }
}

/// The one statement of `BEGIN … END`; any other text as it is.
fn strip_block(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("begin") {
        return text;
    }
    let from = match lower.starts_with("begin atomic") {
        true => "begin atomic".len(),
        false => "begin".len(),
    };
    let end = lower.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    match end.strip_suffix("end") {
        Some(rest) if rest.len() >= from => text[from..rest.len()].trim(),
        _ => text,
    }
}
