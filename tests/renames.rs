//! `[renames]`: what is declared to have another name is renamed by a full
//! plan, with its rows, and by nothing else. Each on a real server.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::common;
use crate::common::drift_in;
use crate::common::server::Server;
use crate::common::stderr;
use crate::common::stdout;

/// A database, and a declaration beside it.
struct Place {
    server: &'static Server,
    database: String,
    url: String,
    directory: tempfile::TempDir,
}

impl Place {
    /// `None` where the machine has no server.
    fn new(database: &str, there: &str, declared: &str, renames: &str) -> Option<Place> {
        let server = common::server::shared()?;
        let url = server.database(database);
        server.load_case(database, there);
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("spec")).unwrap();
        let place = Place { server, database: database.to_owned(), url, directory };
        place.declare(declared, renames);
        Some(place)
    }

    fn declare(&self, declared: &str, renames: &str) {
        let spec = self.directory.path().join("spec");
        fs::write(spec.join("schema.sql"), declared).unwrap();
        fs::write(spec.join("drift.toml"), format!("[renames]\n{renames}\n")).unwrap();
    }

    fn drift(&self, arguments: &[&str]) -> Output {
        let source = [arguments, &[self.url.as_str()]].concat();
        drift_in(self.directory.path(), &[&source[..], &["--spec", "spec"]].concat(), &[])
    }

    fn check(&self) -> Output {
        self.drift(&["check"])
    }

    fn plan(&self, more: &[&str]) -> Output {
        self.drift(&[&["fix", "--full", "--output", "plan.sql"], more].concat())
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("plan.sql")
    }

    fn psql(&self, sql: &str) -> String {
        self.server.psql(&self.database, &["-c", sql]).trim().to_owned()
    }

    /// Plans, applies, and holds that nothing is left to do; the plan.
    fn converge(&self) -> String {
        let planned = self.plan(&[]);
        assert_eq!(planned.status.code(), Some(0), "{}: {}", self.database, stderr(&planned));
        let plan = fs::read_to_string(self.file()).unwrap();
        assert!(!plan.contains("DROP TABLE") && !plan.contains("DROP COLUMN") && !plan.contains("DROP TYPE"), "{plan}");
        self.server.psql(&self.database, &["-f", self.file().to_str().unwrap()]);
        self.is_done();
        plan
    }

    /// As `converge`, by `drift apply`.
    fn apply(&self) -> String {
        let planned = self.plan(&[]);
        assert_eq!(planned.status.code(), Some(0), "{}: {}", self.database, stderr(&planned));
        let plan = fs::read_to_string(self.file()).unwrap();
        let applied = drift_in(self.directory.path(), &["apply", "plan.sql", self.url.as_str()], &[]);
        assert_eq!(applied.status.code(), Some(0), "{}{}", stdout(&applied), stderr(&applied));
        self.is_done();
        plan
    }

    fn is_done(&self) {
        let check = self.check();
        assert_eq!(check.status.code(), Some(0), "{}: {}", self.database, stdout(&check));
        fs::remove_file(self.file()).unwrap();
        let again = self.plan(&[]);
        assert!(stderr(&again).contains("nothing to do"), "{}: {}", self.database, stderr(&again));
        assert!(!self.file().exists());
    }

    fn refuses(&self, words: &[&str]) {
        let refused = self.plan(&[]);
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in: {said}");
        }
        assert!(!self.file().exists(), "a refused plan was written");
    }
}

/// One of everything, with rows.
const THERE: &str = "\
CREATE TYPE status AS ENUM ('open', 'closed');
CREATE DOMAIN price AS numeric;
CREATE TYPE place AS (street text, city text);
CREATE TYPE span AS RANGE (subtype = int);
CREATE SEQUENCE numbers START 100;
CREATE TABLE orders (
  id int PRIMARY KEY, total price NOT NULL, state status NOT NULL DEFAULT 'open', states status[], at place, days span,
  number bigint NOT NULL DEFAULT nextval('numbers'), CONSTRAINT sane CHECK (total < 1000)
);
CREATE INDEX by_total ON orders (total) WHERE state = 'open';
CREATE TABLE lines (order_id int CONSTRAINT of_order REFERENCES orders, n int, PRIMARY KEY (order_id, n));
CREATE FUNCTION gross(net numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT net * 1.2';
CREATE FUNCTION gross(net int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT net';
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER watched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION watch();
CREATE VIEW dear AS SELECT id, total, gross(total) AS gross FROM orders WHERE state = 'open';
CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS n FROM orders;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON orders USING (state <> 'closed');
GRANT SELECT ON orders TO PUBLIC;
GRANT UPDATE (total) ON orders TO PUBLIC;
COMMENT ON COLUMN orders.total IS 'net';
";

const ROWS: &str = "\
INSERT INTO orders SELECT n, n * 10, CASE n % 2 WHEN 0 THEN 'open' ELSE 'closed' END::status, '{open,closed}',
  ROW('s', 'c')::place, span(n, n + 5) FROM generate_series(1, 7) AS n;
INSERT INTO lines SELECT id, 1 FROM orders;
REFRESH MATERIALIZED VIEW sums;
";

/// A line, what to write instead in the declaration, what else changes of the same
/// object, and what asks for the rows under the new name.
struct Case {
    name: &'static str,
    line: &'static str,
    declared: &'static [(&'static str, &'static str)],
    change: (&'static str, &'static str),
    statement: &'static str,
    rows: (&'static str, &'static str),
}

const CASES: &[Case] = &[
    Case {
        name: "table",
        line: "table.orders = \"invoices\"",
        declared: &[
            ("TABLE orders (", "TABLE invoices ("),
            ("ON orders", "ON invoices"),
            ("FROM orders", "FROM invoices"),
            ("REFERENCES orders", "REFERENCES invoices"),
            ("COLUMN orders.", "COLUMN invoices."),
            ("ALTER TABLE orders", "ALTER TABLE invoices"),
        ],
        change: ("at place, days", "at place, note text NOT NULL DEFAULT '', days"),
        statement: "ALTER TABLE public.orders RENAME TO invoices;",
        rows: ("SELECT count(*), sum(total), count(note) FROM invoices", "7|280|7"),
    },
    Case {
        name: "column",
        line: "column.orders.total = \"amount\"",
        declared: &[
            ("total price", "amount price"),
            ("(total < 1000)", "(amount < 1000)"),
            ("orders (total)", "orders (amount)"),
            ("id, total, gross(total)", "id, amount AS total, gross(amount)"),
            ("UPDATE (total)", "UPDATE (amount)"),
            ("orders.total", "orders.amount"),
        ],
        change: ("amount price NOT NULL", "amount price"),
        statement: "ALTER TABLE public.orders RENAME COLUMN total TO amount;",
        rows: ("SELECT count(*), sum(amount) FROM orders", "7|280"),
    },
    Case {
        name: "index",
        line: "index.by_total = \"open_by_total\"",
        declared: &[("INDEX by_total", "INDEX open_by_total")],
        change: ("orders (total) WHERE", "orders (total DESC) WHERE"),
        statement: "ALTER INDEX public.by_total RENAME TO open_by_total;",
        rows: ("SELECT count(*) FROM pg_indexes WHERE indexname = 'open_by_total'", "1"),
    },
    Case {
        name: "constraint",
        line: "constraint.orders.sane = \"total_is_sane\"\nconstraint.public.lines.of_order = \"of_an_order\"",
        declared: &[("CONSTRAINT sane", "CONSTRAINT total_is_sane"), ("CONSTRAINT of_order", "CONSTRAINT of_an_order")],
        change: ("total < 1000", "total < 2000"),
        statement: "ALTER TABLE public.orders RENAME CONSTRAINT sane TO total_is_sane;",
        rows: ("SELECT count(*) FROM lines JOIN orders ON id = order_id", "7"),
    },
    Case {
        name: "enum",
        line: "type.status = \"state\"",
        declared: &[("TYPE status", "TYPE state"), (" status ", " state "), ("status[]", "state[]")],
        change: ("'open', 'closed')", "'open', 'closed', 'paid')"),
        statement: "ALTER TYPE public.status RENAME TO state;",
        rows: ("SELECT count(*) FILTER (WHERE state = 'open'::state), count(states) FROM orders", "3|7"),
    },
    Case {
        name: "domain",
        line: "type.\"public.price\" = \"amount\"",
        declared: &[("DOMAIN price", "DOMAIN amount"), ("total price", "total amount")],
        change: ("AS numeric;", "AS numeric DEFAULT 0;"),
        statement: "ALTER DOMAIN public.price RENAME TO amount;",
        rows: ("SELECT sum(total) FROM orders", "280"),
    },
    Case {
        name: "composite",
        line: "type.place = \"address\"",
        declared: &[("TYPE place", "TYPE address"), ("at place", "at address")],
        change: ("city text)", "city text, country text)"),
        statement: "ALTER TYPE public.place RENAME TO address;",
        rows: ("SELECT count((at).city) FROM orders", "7"),
    },
    Case {
        name: "range",
        line: "type.span = \"days\"",
        declared: &[("TYPE span", "TYPE days"), ("days span", "days days")],
        change: ("at place,", "at place, more days,"),
        statement: "ALTER TYPE public.span RENAME TO days;",
        rows: ("SELECT sum(upper(days)) FROM orders", "63"),
    },
    Case {
        name: "enum_value",
        line: "enum-value.status.open = \"opened\"",
        declared: &[("'open', 'closed'", "'opened', 'closed'"), ("'open'", "'opened'")],
        change: ("'opened', 'closed')", "'new', 'opened', 'closed')"),
        statement: "ALTER TYPE public.status RENAME VALUE 'open' TO 'opened';",
        rows: ("SELECT count(*) FILTER (WHERE state = 'opened'), min(states::text) FROM orders", "3|{opened,closed}"),
    },
    Case {
        name: "function",
        line: "function.\"gross(numeric)\" = \"with_tax\"",
        declared: &[("gross(net numeric)", "with_tax(net numeric)"), ("gross(total)", "with_tax(total)")],
        change: ("net * 1.2", "net * 1.25"),
        statement: "ALTER FUNCTION public.gross(numeric) RENAME TO with_tax;",
        rows: ("SELECT with_tax(1) > 1, gross(1), count(*) FROM dear", "t|1|3"),
    },
    Case {
        name: "policy",
        line: "policy.orders.everybody = \"all_but_closed\"",
        declared: &[("POLICY everybody", "POLICY all_but_closed")],
        change: ("USING (state <> 'closed')", "USING (state = 'open')"),
        statement: "ALTER POLICY everybody ON public.orders RENAME TO all_but_closed;",
        rows: ("SELECT string_agg(polname, ',') FROM pg_policy", "all_but_closed"),
    },
    Case {
        name: "trigger",
        line: "trigger.orders.watched = \"looked_at\"",
        declared: &[("TRIGGER watched", "TRIGGER looked_at")],
        change: ("BEFORE UPDATE", "BEFORE INSERT OR UPDATE"),
        statement: "ALTER TRIGGER watched ON public.orders RENAME TO looked_at;",
        rows: ("SELECT string_agg(tgname, ',') FROM pg_trigger WHERE NOT tgisinternal", "looked_at"),
    },
    Case {
        name: "view",
        line: "view.dear = \"expensive\"\nview.sums = \"counts\"",
        declared: &[("VIEW dear", "VIEW expensive"), ("VIEW sums", "VIEW counts")],
        change: ("AS gross FROM orders WHERE state = 'open'", "AS gross, number FROM orders WHERE state = 'open'"),
        statement: "ALTER VIEW public.dear RENAME TO expensive;",
        rows: ("SELECT (SELECT count(*) FROM expensive), n FROM counts", "3|7"),
    },
    Case {
        name: "sequence",
        line: "sequence.numbers = \"order_numbers\"",
        declared: &[("SEQUENCE numbers", "SEQUENCE order_numbers"), ("'numbers'", "'order_numbers'")],
        change: ("START 100", "START 100 INCREMENT 5"),
        statement: "ALTER SEQUENCE public.numbers RENAME TO order_numbers;",
        rows: ("SELECT max(number), (SELECT last_value FROM order_numbers) FROM orders", "106|106"),
    },
];

fn declared(case: &Case, changed: bool) -> String {
    let mut text = THERE.to_owned();
    for (from, to) in case.declared {
        assert!(text.contains(from), "{}: {from}", case.name);
        text = text.replace(from, to);
    }
    if changed {
        assert!(text.contains(case.change.0), "{}: {}", case.name, case.change.0);
        text = text.replace(case.change.0, case.change.1);
    }
    text
}

fn lead(changed: bool) {
    for case in CASES {
        let database = format!("renames_{}_{}", case.name, if changed { "more" } else { "alone" });
        let there = format!("{THERE}{ROWS}");
        let Some(place) = Place::new(&database, &there, &declared(case, changed), case.line) else { return };
        let check = stdout(&place.check());
        assert!(check.contains("-renamed]") && check.contains("drift.toml:2 renames it"), "{database}: {check}");
        let codes = check
            .lines()
            .filter(|line| line.trim_start().starts_with("error[") || line.trim_start().starts_with("warning["));
        let other = codes.filter(|line| !line.contains("-renamed]")).count();
        assert!(changed || other == 0, "{database}: {check}");
        let plan = place.converge();
        assert!(plan.contains(case.statement), "{database}: {plan}");
        if !changed {
            // A name is all that changes.
            let commands = ["SET ", "BEGIN;", "COMMIT;", "--"];
            let mut statements = plan.lines().filter(|line| !commands.iter().any(|c| line.starts_with(c)));
            let other =
                statements.find(|line| !(line.is_empty() || line.starts_with("ALTER ") && line.contains(" RENAME ")));
            assert_eq!(other, None, "{database}: {plan}");
        }
        let (ask, answer) = case.rows;
        let ask = if changed { ask.to_owned() } else { ask.replace(", count(note)", "") };
        let answer = if changed || !case.rows.0.contains("note") { answer } else { "7|280" };
        assert_eq!(place.psql(&ask), answer, "{database}");
    }
}

#[test]
fn each_kind_is_renamed_and_nothing_else_happens() {
    lead(false);
}

#[test]
fn each_kind_is_renamed_and_changed_in_one_plan() {
    lead(true);
}

#[test]
fn what_is_named_after_it_follows_and_all_of_it_is_one_plan() {
    let there = "\
        CREATE TYPE status AS ENUM ('open', 'closed');\n\
        CREATE TABLE orders (id serial PRIMARY KEY, total numeric NOT NULL CHECK (total > 0) UNIQUE, state status, org uuid);\n\
        CREATE INDEX orders_total_idx ON orders (total);\n\
        CREATE INDEX reorders ON orders (org);\n\
        CREATE TABLE lines (n int, order_id int REFERENCES orders, PRIMARY KEY (n, order_id));\n\
        INSERT INTO orders (total, state, org) SELECT n, 'open', gen_random_uuid() FROM generate_series(1, 4) AS n;\n\
        INSERT INTO lines SELECT 1, id FROM orders;\n";
    let declared = "\
        CREATE TYPE state AS ENUM ('opened', 'closed', 'paid');\n\
        CREATE TABLE \"Invoices\" (id serial PRIMARY KEY, amount numeric NOT NULL CHECK (amount > 0) UNIQUE,\n\
          state state, tenant_id uuid, note text);\n\
        CREATE INDEX \"Invoices_amount_idx\" ON \"Invoices\" (amount);\n\
        CREATE INDEX reorders ON \"Invoices\" (tenant_id);\n\
        CREATE TABLE lines (n int, invoice_id int REFERENCES \"Invoices\", PRIMARY KEY (n, invoice_id));\n";
    let renames = "\
        table.orders = \"Invoices\"\n\
        type.status = \"state\"\n\
        enum-value.status.open = \"opened\"\n\
        [renames.column]\n\
        orders.total = \"amount\"\n\
        \"public.orders.org\" = \"tenant_id\"\n\
        lines.order_id = \"invoice_id\"\n";
    let Some(place) = Place::new("renames_follow", there, declared, renames) else { return };
    let plan = place.apply();
    for statement in [
        "ALTER TABLE public.orders RENAME CONSTRAINT orders_pkey TO \"Invoices_pkey\";",
        "ALTER TABLE public.orders RENAME CONSTRAINT orders_total_check TO \"Invoices_amount_check\";",
        "ALTER TABLE public.orders RENAME CONSTRAINT orders_total_key TO \"Invoices_amount_key\";",
        "ALTER INDEX public.orders_total_idx RENAME TO \"Invoices_amount_idx\";",
        "ALTER SEQUENCE public.orders_id_seq RENAME TO \"Invoices_id_seq\";",
        "ALTER TABLE public.lines RENAME CONSTRAINT lines_order_id_fkey TO lines_invoice_id_fkey;",
        "ALTER TYPE public.state ADD VALUE IF NOT EXISTS 'paid'",
    ] {
        assert!(plan.contains(statement), "{statement} is not in {plan}");
    }
    assert!(!plan.contains("DROP") && !plan.contains("CREATE"), "{plan}");
    assert_eq!(
        place.psql("SELECT count(*), sum(amount), max(state), count(tenant_id) FROM \"Invoices\""),
        "4|10|opened|4"
    );
    assert_eq!(
        place.psql("INSERT INTO \"Invoices\" (amount, tenant_id) VALUES (9, gen_random_uuid()) RETURNING id"),
        "5"
    );
}

const TWO: &str =
    "CREATE TABLE a (id int PRIMARY KEY, x int);\nINSERT INTO a SELECT n, n FROM generate_series(1, 3) AS n;\n";

#[test]
fn what_cannot_be_followed_is_said_and_nothing_is_written() {
    let Some(place) = Place::new("renames_wrong", TWO, "CREATE TABLE b (id int PRIMARY KEY, x int);\n", "") else {
        return;
    };
    let declared = "CREATE TABLE b (id int PRIMARY KEY, x int);\n";
    let wrong: &[(&str, &[&str])] = &[
        ("tabel.a = \"b\"", &["drift.toml:2: unknown kind of object in [renames]: `tabel`", "`table`"]),
        (
            "table.a = \"bb\"",
            &["drift.toml:2: table a is renamed to bb, which the declared SQL does not have", "\"b\"?"],
        ),
        (
            "column.a.x = \"y\"\ntable.a = \"b\"",
            &["drift.toml:2: column a.x is renamed to y, which the declared SQL does not"],
        ),
        ("table.a = \"b\"\ntable.b = \"c\"", &["drift.toml:3: table a is renamed to b, and b to c", "a chain"]),
        ("table.a = \"b\"\ntable.b = \"a\"", &["drift.toml:3: table b and table a (line 2) take each other's name"]),
    ];
    for (lines, words) in wrong {
        place.declare(declared, lines);
        place.refuses(words);
        let check = place.check();
        assert_eq!(check.status.code(), Some(2), "{lines}: {}", stdout(&check));
    }
    // Both are there: which of them holds the rows is not for a program to say.
    place.psql("CREATE TABLE b (id int PRIMARY KEY, x int)");
    place.declare(declared, "table.a = \"b\"");
    place.refuses(&["drift.toml:2: table a cannot be renamed to b: b is there beside table public.a", "by hand"]);
    let check = place.check();
    assert_eq!(check.status.code(), Some(1));
    assert!(stderr(&check).contains("table a cannot be renamed to b"), "{}", stderr(&check));
    // Functions of one name are told apart by what they take.
    place.psql("CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'");
    place.declare(declared, "function.f = \"g\"");
    place.refuses(&["drift.toml:2: function f may be any of public.f(integer), public.f(text)", "arguments"]);
}

#[test]
fn a_line_that_was_followed_says_nothing_and_one_that_means_nothing_says_so() {
    let declared = "CREATE TABLE b (id int PRIMARY KEY, y int);\n";
    let lines = "table.a = \"b\"\ncolumn.a.x = \"y\"\ntable.gone = \"elsewhere\"";
    let Some(place) = Place::new("renames_half", TWO, declared, lines) else { return };
    // Half of it is done already, by hand.
    place.psql("ALTER TABLE a RENAME TO b");
    let plan = place.converge();
    assert!(plan.contains("ALTER TABLE public.b RENAME COLUMN x TO y;") && !plan.contains("RENAME TO b"), "{plan}");
    assert_eq!(place.psql("SELECT sum(y) FROM b"), "6");
    let check = place.check();
    assert_eq!(stderr(&check).matches("nothing is renamed").count(), 1, "{}", stderr(&check));
    assert!(stderr(&check).contains("drift.toml:4: there is neither table gone nor elsewhere"), "{}", stderr(&check));
}

#[test]
fn a_name_that_is_free_again_may_be_given_to_something_new() {
    let declared = "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE old_a (id int PRIMARY KEY, x int);\n";
    let Some(place) = Place::new("renames_again", TWO, declared, "table.a = \"old_a\"") else { return };
    place.converge();
    assert_eq!(place.psql("SELECT (SELECT sum(x) FROM old_a), (SELECT count(*) FROM a)"), "6|0");
}

#[test]
fn a_schema_is_renamed_with_all_that_is_in_it() {
    let there = "CREATE SCHEMA app;\nCREATE TABLE app.t (id int PRIMARY KEY, x int);\nCREATE VIEW v AS SELECT x FROM app.t;\n\
                 GRANT USAGE ON SCHEMA app TO PUBLIC;\nINSERT INTO app.t VALUES (1, 2);\n";
    let declared = "CREATE SCHEMA shop;\nCREATE TABLE shop.items (id int PRIMARY KEY, y int);\n\
                    CREATE VIEW v AS SELECT y AS x FROM shop.items;\nGRANT USAGE ON SCHEMA shop TO PUBLIC;\n";
    let lines = "schema.app = \"shop\"\ntable.app.t = \"items\"\ncolumn.app.t.x = \"y\"";
    let Some(place) = Place::new("renames_schema", there, declared, "") else { return };
    let toml = format!("schemas = [\"public\", \"app\", \"shop\"]\n[renames]\n{lines}\n");
    fs::write(place.directory.path().join("spec/drift.toml"), toml).unwrap();
    place.converge();
    assert_eq!(place.psql("SELECT y, x FROM shop.items, v"), "2|2");
}

#[test]
fn an_additive_patch_leaves_what_has_another_name_and_what_hangs_on_it() {
    let declared = "CREATE TABLE a (id int PRIMARY KEY, y int, z text);\nCREATE INDEX by_y ON a (y);\n\
                    CREATE VIEW v AS SELECT y FROM a;\nCREATE TYPE e AS ENUM ('two');\n";
    let there = format!("{TWO}CREATE INDEX by_y ON a (x);\nCREATE TYPE e AS ENUM ('one');\n");
    let lines = "column.a.x = \"y\"\nenum-value.e.one = \"two\"";
    let Some(place) = Place::new("renames_additive", &there, declared, lines) else { return };
    let done = place.drift(&["fix", "--additive", "--output", "plan.sql"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let patch = fs::read_to_string(place.file()).unwrap();
    assert!(
        patch.contains("ADD COLUMN IF NOT EXISTS z") && !patch.contains("ADD VALUE") && !patch.contains("RENAME"),
        "{patch}"
    );
    assert!(!patch.contains("EXISTS y"), "{patch}");
    assert!(
        stderr(&done).contains("drift.toml:2 renames it, and only `drift fix --full` does that"),
        "{}",
        stderr(&done)
    );
    place.server.psql(&place.database, &["-f", place.file().to_str().unwrap()]);
    fs::remove_file(place.file()).unwrap();
    place.converge();
    assert_eq!(place.psql("SELECT sum(y), enum_range(NULL::e) FROM a"), "6|{two}");
}

#[test]
fn another_place_to_go_to_has_no_declared_names() {
    let Some(place) = Place::new("renames_to", TWO, "CREATE TABLE b (id int PRIMARY KEY, x int);\n", "table.a = \"b\"")
    else {
        return;
    };
    let planned = place.plan(&["--to", "spec/schema.sql"]);
    let said = stderr(&planned);
    assert_eq!(planned.status.code(), Some(2), "{said}");
    assert!(said.contains("table public.a: its rows"), "{said}");
    let allowed = place.plan(&["--to", "spec/schema.sql", "--allow-data-loss"]);
    assert!(stderr(&allowed).contains("[renames] is about the declared SQL"), "{}", stderr(&allowed));
}

#[test]
fn what_probably_has_another_name_is_proposed_as_a_line_that_does_it() {
    let there = "CREATE TABLE \"my.customers\" (id int PRIMARY KEY, name text);\nINSERT INTO \"my.customers\" VALUES (1, 'x');\n";
    let declared = "CREATE TABLE \"my.customer\" (id int PRIMARY KEY, name text);\n";
    let Some(place) = Place::new("renames_proposed", there, declared, "") else { return };
    let check =
        stdout(&drift_in(place.directory.path(), &["check", &place.url, "--spec", "spec"], &[("COLUMNS", "400")]));
    let line =
        check.split("write `").nth(1).and_then(|rest| rest.split('`').next()).unwrap_or_else(|| panic!("{check}"));
    place.refuses(&["its rows", line]);
    place.declare(declared, line);
    place.converge();
    assert_eq!(place.psql("SELECT name FROM \"my.customer\""), "x");
}
