//! What two servers print in two ways, and a third takes for two things: a
//! server before 14 prints `EXTRACT(year FROM d)` as the call that it is made
//! of, and one before 15 prints a name that nobody can see. Before such texts
//! are settled, both are written in the older way. Used for comparing only:
//! nothing that is written here is ever shown or run outside of a scratch Postgres.

use crate::model::catalog::Catalog;
use crate::model::object::Compare;
use crate::model::object::Value;
use crate::scratch::split;

/// The catalog with all printed text in the way of a server as old as `oldest`
/// (a `server_version_num`). Unchanged where both servers are new enough.
pub fn respelled(mut catalog: Catalog, oldest: u32) -> Catalog {
    if oldest >= 15_00_00 {
        return catalog;
    }
    let text = |text: &std::sync::Arc<str>| -> std::sync::Arc<str> { older(text, oldest < 14_00_00).into() };
    catalog.map_objects(|object| {
        let printed: Vec<_> = object
            .attributes
            .iter()
            // What is only recorded may be what an object is rebuilt from.
            .filter(|(attribute, _)| matches!(attribute.compare, Compare::Printed | Compare::Informational))
            .filter_map(|(attribute, value)| match value {
                Value::Text(value) => Some((attribute.name, Value::Text(text(value)))),
                Value::List(items) => Some((attribute.name, Value::List(items.iter().map(text).collect()))),
                Value::Bool(_) | Value::Int(_) => None,
            })
            .collect();
        for (name, value) in printed {
            object.attributes = object.attributes.with(name, value);
        }
    });
    catalog
}

/// A printed text in the older way.
fn older(text: &str, before_14: bool) -> String {
    let Some(tree) = parse(text) else { return text.to_owned() };
    let body = at(&tree, "BEGIN ATOMIC").is_some();
    let tree = without_implied_names(tree, body);
    if !before_14 {
        return write(&tree);
    }
    let tree = as_calls(tree);
    // What was EXTRACT has another type as a call, and so have the constants beside it.
    if has_call(&tree, "date_part") { write(&as_double(tree)) } else { write(&tree) }
}

/// SQL by its parentheses. Everything else, white space too, is a token.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Token(String),
    Group(Vec<Node>),
}

impl Node {
    fn is(&self, text: &str) -> bool {
        matches!(self, Node::Token(token) if token == text)
    }

    fn is_space(&self) -> bool {
        matches!(self, Node::Token(token) if token.trim().is_empty())
    }
}

/// No server prints what nests deeper: it would not have read it.
const DEEPEST: usize = 2_000;

/// `None` where the parentheses do not match.
fn parse(text: &str) -> Option<Vec<Node>> {
    let mut open: Vec<Vec<Node>> = vec![Vec::new()];
    for token in split::whole(text) {
        match token.as_str() {
            "(" if open.len() > DEEPEST => return None,
            "(" => open.push(Vec::new()),
            ")" => {
                let group = open.pop()?;
                open.last_mut()?.push(Node::Group(group));
            }
            _ => open.last_mut()?.push(Node::Token(token)),
        }
    }
    let tree = open.pop()?;
    open.is_empty().then_some(tree)
}

fn write(nodes: &[Node]) -> String {
    let one = |node: &Node| match node {
        Node::Token(token) => token.clone(),
        Node::Group(inner) => format!("({})", write(inner)),
    };
    nodes.iter().map(one).collect()
}

/// `EXISTS (SELECT true AS bool …)` is `EXISTS (SELECT true …)`: before 15 a
/// truth value had an implied name. Only a view's own columns show theirs.
fn without_unseen_names(nodes: Vec<Node>) -> Vec<Node> {
    let first = nodes.iter().find(|node| !node.is_space());
    let unseen = first.is_some_and(|node| node.is("SELECT"));
    without_implied_names(nodes, unseen)
}

fn without_implied_names(nodes: Vec<Node>, unseen: bool) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        match node {
            Node::Group(inner) => out.push(Node::Group(without_unseen_names(inner))),
            Node::Token(_) => out.push(node),
        }
        let is = |n: usize, text: &str| out.len().checked_sub(n).is_some_and(|at| out[at].is(text));
        let truth = is(5, "true") || is(5, "false");
        if unseen && truth && is(4, " ") && is(3, "AS") && is(2, " ") && is(1, "bool") {
            out.truncate(out.len() - 4);
        }
    }
    out
}

/// The standard's own syntax as the calls it stands for.
fn as_calls(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        let Node::Group(inner) = node else {
            out.push(node);
            continue;
        };
        let inner = as_calls(inner);
        let name = match out.last() {
            Some(Node::Token(word)) => word.clone(),
            Some(Node::Group(_)) | None => String::new(),
        };
        if let Some(call) = named(&name, &inner) {
            out.pop();
            out.extend(call);
        } else if out.ends_with(&["COLLATION", " ", "FOR", " "].map(|word| Node::Token(word.to_owned()))) {
            out.truncate(out.len() - 4);
            out.extend(call("pg_collation_for", vec![inner]));
        } else if let Some(call) = operator(&inner) {
            out.push(Node::Group(call));
        } else {
            out.push(Node::Group(inner));
        }
    }
    out
}

/// `NAME(… keyword …)` as a call, where it is one of the standard's.
fn named(name: &str, inner: &[Node]) -> Option<Vec<Node>> {
    match name {
        "EXTRACT" => {
            let (field, source) = at(inner, "FROM")?;
            let field = format!("'{}'", write(&field).trim_matches('"'));
            Some(call("date_part", vec![vec![Node::Token(field)], source]))
        }
        "SUBSTRING" => {
            let parts = at(inner, "FROM").map(|(text, rest)| (text, rest, "FOR"));
            let (text, rest, last) = parts.or_else(|| at(inner, "SIMILAR").map(|(t, rest)| (t, rest, "ESCAPE")))?;
            Some(call("\"substring\"", with_last(vec![text], rest, last)))
        }
        "OVERLAY" => {
            let (text, rest) = at(inner, "PLACING")?;
            let (with, rest) = at(&rest, "FROM")?;
            Some(call("\"overlay\"", with_last(vec![text, with], rest, "FOR")))
        }
        "POSITION" => {
            let (part, whole) = at(inner, "IN")?;
            Some(call("\"position\"", vec![whole, part]))
        }
        "TRIM" => {
            let (how, text) = at(inner, "FROM")?;
            let side = how.first()?;
            let function = ["BOTH", "LEADING", "TRAILING"].iter().position(|word| side.is(word))?;
            let characters = trimmed(&how[1..]);
            let arguments = if characters.is_empty() { vec![text] } else { vec![text, characters] };
            Some(call(["btrim", "ltrim", "rtrim"][function], arguments))
        }
        "NORMALIZE" => {
            let comma = inner.iter().rposition(|node| node.is(","));
            let form = comma.map(|comma| write(&trimmed(&inner[comma + 1..])));
            match (comma, form.as_deref()) {
                (Some(comma), Some(form @ ("NFC" | "NFD" | "NFKC" | "NFKD"))) => {
                    let form = vec![Node::Token(format!("'{}'", form.to_lowercase()))];
                    Some(call("\"normalize\"", vec![inner[..comma].to_vec(), form]))
                }
                _ => Some(call("\"normalize\"", vec![inner.to_vec()])),
            }
        }
        "XMLEXISTS" => {
            let (path, document) = at(inner, "PASSING")?;
            Some(call("xmlexists", vec![path, document]))
        }
        _ => None,
    }
}

/// What stands in parentheses as a call, where it is one of the standard's operators.
fn operator(inner: &[Node]) -> Option<Vec<Node>> {
    if let Some((time, zone)) = at(inner, "AT TIME ZONE") {
        return Some(call("timezone", vec![zone, time]));
    }
    if let Some((left, right)) = at(inner, "OVERLAPS")
        && let ([Node::Group(left)], [Node::Group(right)]) = (&left[..], &right[..])
    {
        return Some(call("\"overlaps\"", vec![left.clone(), right.clone()]));
    }
    for form in ["", "NFC ", "NFD ", "NFKC ", "NFKD "] {
        if let Some((text, rest)) = at(inner, &format!("IS {form}NORMALIZED"))
            && rest.is_empty()
        {
            let form = vec![Node::Token(format!("'{}'", form.trim().to_lowercase()))];
            return Some(call("is_normalized", if form[0].is("''") { vec![text] } else { vec![text, form] }));
        }
    }
    None
}

/// Splits at keywords, which a server prints in capitals and with single spaces.
fn at(nodes: &[Node], keywords: &str) -> Option<(Vec<Node>, Vec<Node>)> {
    let words: Vec<&str> = keywords.split(' ').collect();
    let length = words.len() * 2 - 1;
    let start = (0..nodes.len().saturating_sub(length - 1))
        .find(|start| words.iter().enumerate().all(|(n, word)| nodes[start + n * 2].is(word)))?;
    Some((trimmed(&nodes[..start]), trimmed(&nodes[start + length..])))
}

fn trimmed(nodes: &[Node]) -> Vec<Node> {
    let start = nodes.iter().take_while(|node| node.is_space()).count();
    let end = nodes.iter().rev().take_while(|node| node.is_space()).count();
    nodes[start..nodes.len().max(start + end) - end].to_vec()
}

/// The arguments, `rest`, and what follows a last keyword in it.
fn with_last(mut arguments: Vec<Vec<Node>>, rest: Vec<Node>, last: &str) -> Vec<Vec<Node>> {
    match at(&rest, last) {
        Some((before, after)) => arguments.extend([before, after]),
        None => arguments.push(rest),
    }
    arguments
}

fn call(name: &str, arguments: Vec<Vec<Node>>) -> Vec<Node> {
    let mut inner = Vec::new();
    for (n, argument) in arguments.into_iter().enumerate() {
        if n > 0 {
            inner.push(Node::Token(", ".to_owned()));
        }
        inner.extend(argument);
    }
    vec![Node::Token(name.to_owned()), Node::Group(inner)]
}

fn has_call(nodes: &[Node], name: &str) -> bool {
    nodes.iter().any(|node| match node {
        Node::Token(token) => token == name,
        Node::Group(inner) => has_call(inner, name),
    })
}

/// Casts to plain numeric as casts to double precision.
fn as_double(nodes: Vec<Node>) -> Vec<Node> {
    let numeric = |at: usize| {
        let cast = at.checked_sub(1).is_some_and(|n| matches!(&nodes[n], Node::Token(token) if token.ends_with(':')));
        nodes[at].is("numeric") && cast && !matches!(nodes.get(at + 1), Some(Node::Group(_)))
    };
    let doubled: Vec<bool> = (0..nodes.len()).map(numeric).collect();
    let one = |(node, doubled): (Node, bool)| match node {
        Node::Token(_) if doubled => Node::Token("double precision".to_owned()),
        Node::Token(_) => node,
        Node::Group(inner) => Node::Group(as_double(inner)),
    };
    nodes.into_iter().zip(doubled).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn the_standards_syntax_becomes_calls() {
        for (new, old) in [
            ("(EXTRACT(hour FROM n) >= (8)::numeric)", "(date_part('hour', n) >= (8)::double precision)"),
            ("((d AT TIME ZONE 'UTC'::text) > now())", "((timezone('UTC'::text, d)) > now())"),
            ("SUBSTRING(k FROM 1 FOR 2)", "\"substring\"(k, 1, 2)"),
            ("SUBSTRING(k FROM f(1))", "\"substring\"(k, f(1))"),
            ("SUBSTRING(k SIMILAR 'a'::text ESCAPE '#'::text)", "\"substring\"(k, 'a'::text, '#'::text)"),
            ("OVERLAY(a PLACING b FROM 2 FOR 1)", "\"overlay\"(a, b, 2, 1)"),
            ("POSITION(('a'::text) IN (k))", "\"position\"((k), ('a'::text))"),
            ("TRIM(BOTH ' '::text FROM k)", "btrim(k, ' '::text)"),
            ("TRIM(LEADING FROM k)", "ltrim(k)"),
            ("COLLATION FOR (b)", "pg_collation_for(b)"),
            ("NORMALIZE(k, NFD)", "\"normalize\"(k, 'nfd')"),
            ("(k IS NFC NORMALIZED)", "(is_normalized(k, 'nfc'))"),
            ("((e, f) OVERLAPS (g, h))", "(\"overlaps\"(e, f, g, h))"),
            ("TRIM(TRAILING FROM SUBSTRING(k FROM 2))", "rtrim(\"substring\"(k, 2))"),
        ] {
            assert_eq!(older(new, true), old);
            assert_eq!(older(new, false), new, "only for servers before 14");
        }
    }

    #[test]
    fn what_is_no_such_syntax_stays() {
        for text in [
            "(name = 'EXTRACT(year FROM d)'::text)",
            "f(\"FROM\", 'a (b'::text)",
            "(a)::numeric",
            "(date_part('year'::text, d) > (1)::numeric(5,1))",
            "unbalanced (",
        ] {
            assert_eq!(older(text, true), text);
        }
    }

    #[test]
    fn a_name_that_nobody_sees_is_left_out() {
        assert_eq!(older("(EXISTS ( SELECT true AS bool\n FROM t))", false), "(EXISTS ( SELECT true\n FROM t))");
        assert_eq!(older("BEGIN ATOMIC\n SELECT 1, true AS bool;\nEND", false), "BEGIN ATOMIC\n SELECT 1, true;\nEND");
        for seen in [" SELECT true AS bool", "f(true AS bool)"] {
            assert_eq!(older(seen, false), seen);
        }
    }
}
