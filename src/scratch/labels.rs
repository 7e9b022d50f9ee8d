//! Security labels without the provider that they are for: a Postgres of our
//! own has none loaded, so there a label is written where the server keeps it.

use crate::history::words;
use crate::model::ident::literal;

/// Whose labels all databases of a server share: they are not compared, and a scratch does without.
const SHARED: [&str; 4] = ["database", "role", "subscription", "tablespace"];

/// The row that a `SECURITY LABEL` leaves, as SQL that writes it; `None` for any
/// other statement, and for what only the server can say no to.
pub fn as_row(sql: &str) -> Option<String> {
    // Taking the words apart is slow, and most statements have no such word.
    if !sql.to_ascii_lowercase().contains("label") {
        return None;
    }
    let words = words::words(sql);
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != ";").collect();
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    let [security, label, given, provider, on, rest @ ..] = &words[..] else { return None };
    if !(is(security, "security") && is(label, "label") && is(given, "for") && is(on, "on")) {
        return None;
    }
    let [target @ .., at, text] = rest else { return None };
    if !is(at, "is") {
        return None;
    }
    if SHARED.iter().any(|kind| target.first().is_some_and(|word| is(word, kind))) {
        return Some("SELECT".to_owned());
    }
    let [class, oid, column] = address(target)?;
    let provider = name(provider);
    let same = format!("classoid = {class} AND objoid = {oid} AND objsubid = {column} AND provider = {provider}");
    let delete = format!("DELETE FROM pg_catalog.pg_seclabel WHERE {same}");
    if is(text, "null") {
        return Some(delete);
    }
    Some(format!(
        "{delete}; INSERT INTO pg_catalog.pg_seclabel (objoid, classoid, objsubid, provider, label) \
         VALUES ({oid}, {class}, {column}, {provider}, {text})"
    ))
}

/// Its catalog, number and column, each as SQL. The server resolves the name, on the session's path.
fn address(target: &[&str]) -> Option<[String; 3]> {
    const KINDS: &[(&[&str], &str)] = &[
        (&["foreign", "table"], "regclass"),
        (&["materialized", "view"], "regclass"),
        (&["table"], "regclass"),
        (&["view"], "regclass"),
        (&["sequence"], "regclass"),
        (&["column"], "column"),
        (&["aggregate"], "regprocedure"),
        (&["function"], "regprocedure"),
        (&["procedure"], "regprocedure"),
        (&["routine"], "regprocedure"),
        (&["domain"], "regtype"),
        (&["type"], "regtype"),
        (&["schema"], "regnamespace"),
        (&["language"], "pg_language.lanname"),
        (&["event", "trigger"], "pg_event_trigger.evtname"),
        (&["publication"], "pg_publication.pubname"),
    ];
    let starts = |words: &[&str]| {
        target.len() > words.len() && words.iter().zip(target).all(|(word, found)| found.eq_ignore_ascii_case(word))
    };
    let (words, how) = KINDS.iter().find(|(words, _)| starts(words))?;
    let named = &target[words.len()..];
    let whole = |words: &[&str]| literal(&words.join(" "));
    let row = |class: &str, oid: String| [format!("'pg_catalog.{class}'::pg_catalog.regclass"), oid, "0".to_owned()];
    Some(match *how {
        "column" => {
            let [relation @ .., dot, column] = named else { return None };
            let relation = format!("{}::pg_catalog.regclass", whole(relation));
            let number = format!(
                "(SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = {relation} AND attname = {})",
                name(column)
            );
            let [class, oid, _] = row("pg_class", relation);
            (*dot == ".").then_some([class, oid, number])?
        }
        "regclass" => row("pg_class", format!("{}::pg_catalog.regclass", whole(named))),
        "regtype" => row("pg_type", format!("{}::pg_catalog.regtype", whole(named))),
        "regnamespace" => row("pg_namespace", format!("{}::pg_catalog.regnamespace", whole(named))),
        // Of `count(*)` the arguments are none; a routine may be named without any.
        "regprocedure" if named.contains(&"(") => {
            let bare: Vec<&str> = named.iter().copied().filter(|word| *word != "*").collect();
            row("pg_proc", format!("{}::pg_catalog.regprocedure", whole(&bare)))
        }
        "regprocedure" => row("pg_proc", format!("{}::pg_catalog.regproc", whole(named))),
        other => {
            let (class, column) = other.split_once('.')?;
            let [one] = named else { return None };
            row(class, format!("(SELECT oid FROM pg_catalog.{class} WHERE {column} = {})", name(one)))
        }
    })
}

/// An identifier, or a string that is one, as a literal of the name that the catalog has.
fn name(word: &str) -> String {
    if word.starts_with('\'') { word.to_owned() } else { literal(&words::bare(word)) }
}

#[cfg(test)]
mod tests {
    use super::as_row;

    #[test]
    fn only_what_labels_something_by_name_is_written_as_a_row() {
        for sql in [
            "SELECT 'security label for a on table b is null'",
            "SECURITY LABEL ON TABLE a IS 'no provider is named'",
            "SECURITY LABEL FOR a ON LARGE OBJECT 1 IS 'x'",
            "COMMENT ON TABLE a IS 'security label'",
        ] {
            assert_eq!(as_row(sql), None, "{sql}");
        }
    }

    #[test]
    fn what_all_databases_share_is_not_labelled() {
        for kind in ["DATABASE", "role", "SUBSCRIPTION", "Tablespace"] {
            assert_eq!(as_row(&format!("SECURITY LABEL FOR a ON {kind} b IS 'x'")).unwrap(), "SELECT", "{kind}");
        }
    }

    #[test]
    fn the_server_resolves_the_name_and_the_text_stays_as_it_was_written() {
        let row = as_row("-- why\nsecurity label for Anon on column \"A b\".c.\"D\"\"\" is E'it\\'s';").unwrap();
        let column = "'\"A b\" . c'::pg_catalog.regclass";
        assert!(row.contains(&format!("objoid = {column}")), "{row}");
        assert!(row.contains("attname = 'D\"'") && row.ends_with("'anon', E'it\\'s')"), "{row}");
        let row = as_row("SECURITY LABEL FOR \"P\" ON AGGREGATE s.many(*) IS NULL").unwrap();
        assert!(row.contains("objoid = 's . many ( )'::pg_catalog.regprocedure") && row.starts_with("DELETE"), "{row}");
    }
}
