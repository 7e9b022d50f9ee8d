//! What is read, what is the same, and that nothing panics.

use super::Expr;
use super::entails;
use super::parse;
use super::parse_body;
use super::same;

#[test]
fn every_spelling_is_read_as_one() {
    let table = [
        ("((a = b))", "a = b"),
        ("a != b", "a <> b"),
        ("(a OPERATOR(pg_catalog.=) b)", "a = b"),
        ("a IN ('x', 'y')", "a IN ('x', 'y')"),
        ("(a = ANY (ARRAY['x'::text, 'y'::text]))", "a IN ('x', 'y')"),
        ("a NOT IN (1, 2)", "a NOT IN (1, 2)"),
        ("(a <> ALL (ARRAY[1, 2]))", "a NOT IN (1, 2)"),
        ("a BETWEEN 1 AND 3", "a >= 1 AND a <= 3"),
        ("a LIKE 'x%'", "a ~~ 'x%'"),
        ("CAST(a AS uuid)", "a::uuid"),
        ("(SELECT f() AS f)", "f()"),
        ("( SELECT current_setting('k'::text, true) AS current_setting)", "current_setting('k', true)"),
        ("a -> 'x' ->> 'y'", "a -> 'x' ->> 'y'"),
        ("(a ->> 'x')::uuid", "(a ->> 'x')::uuid"),
        ("a AND b AND (c OR d)", "a AND b AND (c OR d)"),
        ("NOT a = b", "NOT a = b"),
        ("(a = b) IS NOT TRUE", "(a = b) IS NOT TRUE"),
        ("a ISNULL", "a IS NULL"),
        ("a IS UNKNOWN", "a IS NULL"),
        ("a = true", "a"),
        ("CASE x WHEN 1 THEN a ELSE b END", "CASE WHEN x = 1 THEN a ELSE b END"),
        ("\"Weird Name\".b = 'it''s'", "\"Weird Name\".b = 'it''s'"),
        ("CURRENT_USER = a", "CURRENT_USER = a"),
        ("-1 < a", "-1 < a"),
        ("(a, b) = ROW(c, d)", "(a, b) = (c, d)"),
    ];
    for (text, expected) in table {
        assert_eq!(parse(text).to_string(), expected, "{text}");
    }
}

/// The tree groups custom operators from the right; the server does not.
#[test]
fn custom_operators_group_from_the_left() {
    let Expr::Operator { name, left, .. } = parse("a -> 'x' ->> 'y'") else { panic!("an operator") };
    assert_eq!((name.as_str(), left.map(|left| left.to_string()).as_deref()), ("->>", Some("a -> 'x'")));
    assert!(same(&parse("(a -> 'x') ->> 'y'"), &parse("a -> 'x' ->> 'y'")));
    assert!(!same(&parse("a -> ('x' ->> 'y')"), &parse("a -> 'x' ->> 'y'")));
}

#[test]
fn what_is_not_modelled_is_opaque() {
    for text in [
        "a +",
        "",
        "a; DROP TABLE t",
        "sum(a) OVER ()",
        "f(VARIADIC a)",
        "a OPERATOR(x.=) b",
        "E'a\\x41' ",
        "1 a 2 b",
        "a FROM t",
        "a UNION SELECT b",
    ] {
        let expr = parse(text);
        assert!(matches!(expr, Expr::Opaque { .. }), "{text} is {expr:?}");
    }
}

#[test]
fn what_says_the_same_is_the_same() {
    let equal = [
        ("is_shared", "(is_shared = true)"),
        ("mode = 'global'", "(mode = 'global'::text)"),
        ("mode IN ('a', 'b')", "((mode)::text = ANY (ARRAY['a'::text, 'b'::text]))"),
        ("f() = any (list)", "(( SELECT public.f() AS f) = ANY (list))"),
        ("a AND b", "(b AND a)"),
        ("a = b", "b = a"),
        ("t.a = 1", "a = 1"),
    ];
    for (left, right) in equal {
        assert!(same(&parse(left), &parse(right)), "{left} / {right}");
    }
    let different = [
        ("mode = 'global'", "mode = 'Global'"),
        ("a AND b", "a OR b"),
        ("a IN ('x')", "a IN ('x', 'y')"),
        ("x.f()", "y.f()"),
        ("t.a", "u.a"),
        ("a::date = b", "a = b"),
        ("a < b", "b < a"),
        ("NOT a", "a"),
        ("a IS NULL", "a IS NOT NULL"),
    ];
    for (left, right) in different {
        assert!(!same(&parse(left), &parse(right)), "{left} / {right}");
    }
}

#[test]
fn less_entails_more() {
    let read = "is_shared AND (mode = 'global' OR f() = ANY (shared_with))";
    let entailing = [
        read,
        "is_shared AND mode = 'global'",
        "deleted_at IS NULL AND is_shared AND f() = ANY (shared_with)",
        "(is_shared AND mode = 'global') OR (f() = ANY (shared_with) AND is_shared)",
        "is_shared AND (f() = ANY (shared_with) OR mode = 'global') AND x = 1",
        "(is_shared AND mode = 'global') IS TRUE",
        "false",
    ];
    for premise in entailing {
        assert!(entails(&parse(premise), &parse(read)), "{premise}");
    }
    for premise in
        ["is_shared", "mode = 'global'", "is_shared OR mode = 'global'", "true", "NOT is_shared", "g(is_shared)"]
    {
        assert!(!entails(&parse(premise), &parse(read)), "{premise}");
    }
}

#[test]
fn bodies_of_one_expression_are_read() {
    let yields = |body: &str| parse_body(body).map(|expr| expr.to_string());
    for body in [
        "select f()",
        "  SELECT f() ;\n",
        "RETURN f()",
        "BEGIN ATOMIC\n SELECT f() AS f;\nEND",
        "begin\n  return f();\nend;",
    ] {
        assert_eq!(yields(body).as_deref(), Some("f()"), "{body}");
    }
    for body in [
        "select 1; select f()",
        "begin perform g(); return f(); end",
        "declare x int; begin return x; end",
        "insert into t values (1)",
        "",
        "begin",
    ] {
        let read = yields(body);
        let modelled = parse_body(body).is_some_and(|expr| !matches!(expr, Expr::Opaque { .. }));
        assert!(!modelled, "{body} gives {read:?}");
    }
}

/// A generator that needs no crate; the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }
}

#[test]
fn no_text_panics() {
    const WORDS: &[&str] = &[
        "a",
        "t.b",
        "tenant_id",
        "(",
        ")",
        "[",
        "]",
        ",",
        "=",
        "<>",
        "->",
        "->>",
        "#>>",
        "::",
        "uuid",
        "AND",
        "OR",
        "NOT",
        "IN",
        "ANY",
        "ALL",
        "EXISTS",
        "SELECT",
        "FROM",
        "WHERE",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "IS",
        "NULL",
        "TRUE",
        "DISTINCT",
        "'x'",
        "''",
        "'",
        "\"",
        "$1",
        "$$",
        "1",
        "1.5e",
        ".",
        "*",
        ";",
        "ARRAY",
        "ROW",
        "COALESCE(",
        "f(",
        "LIKE",
        "BETWEEN",
        "JOIN",
        "ON",
        "USING",
        "AS",
        "CAST(",
        "INTERVAL",
        "E'\\",
        "--",
        "/*",
        "UNION",
        "LIMIT",
        "OVER",
        "é",
        "\u{0}",
    ];
    let mut dice = Dice(7);
    for _ in 0..5_000 {
        let length = 1 + dice.roll(24);
        let text: String = (0..length).map(|_| format!("{} ", WORDS[dice.roll(WORDS.len())])).collect();
        let expr = parse(&text);
        let _printed = (expr.to_string(), parse_body(&text), entails(&expr, &expr));
    }
}

#[test]
fn no_depth_panics() {
    for (open, middle, close) in [
        ("(", "a", ")"),
        ("NOT ", "a", ""),
        ("-", "1", ""),
        ("- ", "1", ""),
        ("a AND ", "b", ""),
        ("(a OR ", "b", ")"),
        ("f(", "a", ")"),
        ("CASE WHEN ", "a", " THEN b END"),
        ("ARRAY[", "1", "]"),
        ("(SELECT ", "a", ")"),
        ("a -> ", "b", ""),
        ("a = ", "b", ""),
        ("", "a", "::text"),
        ("", "a", ".b"),
        ("", "a", "[1]"),
        ("", "a", " IS NULL"),
        ("EXISTS (SELECT 1 FROM (", "t", ") x)"),
        ("SELECT ", "a", ""),
        ("a COLLATE ", "b", ""),
        ("~", "a", ""),
        ("a || ", "b", ""),
    ] {
        for times in [50, 150, 400, 3_000, 12_000] {
            let text = format!("{}{middle}{}", open.repeat(times), close.repeat(times));
            let expr = parse(&text);
            let _printed = (expr.to_string(), same(&expr, &expr), parse_body(&text));
        }
    }
}
