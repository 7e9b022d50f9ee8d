//! `drift report`: one document about a database, in three formats; the HTML is
//! opened in a browser.

use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

use crate::common;
use crate::common::browser::Browser;
use crate::common::server;
use drift::jobs::compare;
use drift::jobs::source::ReadOptions;
use drift::jobs::source::Source;
use drift::report::review;
use drift::report::review::facts::Planned;
use drift::report::review::facts::Review;
use drift::report::review::facts::RowsAre;
use drift::report::review::facts::Rule;
use drift::report::review::facts::Way;
use drift::tenancy::glance;
use pulldown_cmark::Event;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;
use pulldown_cmark::TagEnd;

const SECTIONS: &[&str] = &["situation", "tables", "migrations", "findings", "isolation", "options", "recommendation"];

/// A review in all formats.
struct Written {
    review: Review,
    markdown: String,
    html: PathBuf,
    _directory: tempfile::TempDir,
}

/// Runs the program once, for all formats.
fn written(arguments: &[&str]) -> Written {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let (json, html) = (format!("json={}", path("a.json").display()), format!("html={}", path("a.html").display()));
    let markdown = path("a.md").display().to_string();
    let fixed = ["--output", &markdown, "--report", &json, "--report", &html];
    let output = common::drift(&[&["report"], arguments, &fixed].concat());
    assert_eq!(output.status.code(), Some(1), "{}", common::stderr(&output));
    assert!(output.stdout.is_empty());
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(path("a.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&review::schema()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    Written {
        review: serde_json::from_value(value).unwrap(),
        markdown: std::fs::read_to_string(path("a.md")).unwrap(),
        html: path("a.html"),
        _directory: directory,
    }
}

fn of_fixture(name: &str) -> Written {
    written(&[&format!("fixtures/{name}"), "--migrations", "fixtures/migrations"])
}

static HALF_MIGRATED: LazyLock<Written> = LazyLock::new(|| of_fixture("half-migrated"));
static REMOTE: LazyLock<Written> = LazyLock::new(|| of_fixture("remote"));

fn option(review: &Review, way: Way) -> &drift::report::review::facts::Choice {
    review.options.iter().find(|choice| choice.way == way).unwrap()
}

#[test]
fn the_half_migrated_database_is_reviewed() {
    let Written { review, markdown, .. } = &*HALF_MIGRATED;
    common::golden(&common::root().join("tests/golden/review-half-migrated.md"), markdown);
    assert_eq!(review.situation.len(), 3);
    assert_eq!(review.migrations.as_ref().unwrap().migrations.len(), 7);
    let own = ["public.prompts", "public.tools", "public.workflows"].map(str::to_owned).to_vec();
    assert_eq!(review.rows, RowsAre::Own { tables: own });
    // Whose the old workflows are, and the tenant that tools and prompts name, nobody but a person knows.
    assert_eq!(review.recommendation.rule, Rule::DecideFirst);
    assert_eq!((review.recommendation.take, review.recommendation.then), (None, Some(Way::Additive)));
    assert_eq!(review.recommendation.decisions.len(), 3);
    for way in Way::ALL {
        let choice = option(review, *way);
        assert_eq!(choice.planned, Planned::Proved);
        assert!(choice.milliseconds > 0 && choice.statements > 0 && !choice.commands.is_empty());
    }
    let (reset, additive) = (option(review, Way::Reset), option(review, Way::Additive));
    assert_eq!((reset.kept.rows, reset.lost.rows), (0, 9));
    assert_eq!((additive.kept.rows, additive.lost.rows), (9, 0));
    assert!(reset.lost.bytes > 100_000 && reset.lost.bytes == additive.kept.bytes);
}

/// The page shows the situation, the options and the recommendation. `DRIFT_BLESS=1` renews it.
#[test]
fn the_page_shows_a_real_excerpt() {
    let markdown = &HALF_MIGRATED.markdown;
    let between = |from: &str, to: &str| {
        let rest = &markdown[markdown.find(from).unwrap()..];
        rest[..rest.find(to).unwrap_or(rest.len())].trim().to_owned()
    };
    let parts = [
        between("# Review of", "\n## Tables"),
        between("## The options side by side", "\n### "),
        between("## Recommendation", "\n## "),
    ];
    let path = common::root().join("docs/report.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("````markdown\n").unwrap();
    let (_, after) = rest.split_once("````\n").unwrap();
    common::golden(&path, &format!("{before}````markdown\n{}\n````\n{after}", parts.join("\n\n…\n\n")));
}

#[test]
fn the_remote_database_is_reviewed() {
    let Written { review, markdown, .. } = &*REMOTE;
    common::golden(&common::root().join("tests/golden/review-remote.md"), markdown);
    assert_eq!(review.recommendation.rule, Rule::DecideFirst);
    let tables = &review.tables;
    assert_eq!(tables.iter().filter(|table| table.rows.is_some()).count(), 1, "{tables:?}");
}

/// Opens a page in all ways in which somebody may look at it.
fn looked_at(browser: &mut Browser, name: &str, file: &Path, sections: &[&str]) {
    let mut pages = Vec::new();
    for (width, scheme) in [(1400, "light"), (1400, "dark"), (420, "light"), (420, "dark")] {
        let about = format!("{name}, {width} wide, {scheme}");
        browser.open(file, width, scheme);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{about}");
        assert_eq!(browser.loaded(), [format!("file://{}", file.display())], "{about}");
        for section in sections {
            let high = browser.evaluate(&format!("document.getElementById('{section}')?.offsetHeight ?? 0"));
            assert!(high.as_f64().unwrap() > 30.0, "{about}: {section} is {high} high");
        }
        let size = browser.evaluate(
            "(() => { const r = document.getElementById('drawing').getBoundingClientRect(); return [r.width, r.height] })()",
        );
        assert!(size[0].as_f64() > Some(300.0) && size[1].as_f64() > Some(40.0), "{about}: the drawing is {size}");
        let overflow = browser.evaluate("document.documentElement.scrollWidth - innerWidth");
        assert_eq!(overflow, 0, "{about}: it can be scrolled sideways");
        pages.push(browser.evaluate("getComputedStyle(document.body).backgroundColor"));
        if let Some(directory) = std::env::var_os("DRIFT_SCREENSHOTS") {
            let path = PathBuf::from(directory).join(format!("{name}-{width}-{scheme}.png"));
            std::fs::write(path, browser.screenshot()).unwrap();
        }
    }
    assert_ne!(pages[0], pages[1], "{name} is as light in the dark");
    let printed = browser.printed();
    assert!(printed.starts_with(b"%PDF") && printed.len() > 10_000, "{name}: {} bytes", printed.len());
    if let Some(directory) = std::env::var_os("DRIFT_SCREENSHOTS") {
        std::fs::write(PathBuf::from(directory).join(format!("{name}.pdf")), printed).unwrap();
    }
}

/// What a hole of `docs/isolation.md` lets `authenticated` do with the rows of other tenants.
#[test]
fn what_a_hole_opens_is_seen_at_a_glance() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(common::root().join("expected-schema")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
    }
    let opened = |hole: Option<&str>| -> Vec<String> {
        let file = directory.path().join("90_hole.sql");
        let sql = hole.map(|hole| std::fs::read_to_string(common::root().join("tests/holes").join(hole)).unwrap());
        std::fs::write(file, sql.unwrap_or_default()).unwrap();
        let source = Source::parse(directory.path().to_str().unwrap()).unwrap();
        let spec = Path::new("expected-schema");
        let compared = runtime.block_on(compare::check(&source, spec, &ReadOptions::default())).unwrap();
        let reach = glance::glance(&compared.actual, &compared.expected, &compared.spec);
        assert_eq!(reach.len(), 10);
        let open = reach.iter().flat_map(|table| {
            let role = table.roles.iter().find(|role| role.role == "authenticated").unwrap();
            let commands = role.all().into_iter().filter(|(_, reach)| reach.is_open());
            commands.map(|(command, reach)| format!("{} {command}: {}", table.table, reach.words()))
        });
        open.collect()
    };
    assert_eq!(opened(None), Vec::<String>::new());
    let every = ["read", "insert", "update", "delete"].map(|command| format!("prompts {command}: every row"));
    assert_eq!(opened(Some("01_row_security_off.sql")), every);
    assert_eq!(opened(Some("02_always_true.sql")), ["tools read: other tenants too"]);
    assert_eq!(opened(Some("03_one_arm_too_many.sql")), ["workflows read: other tenants too"]);
    assert_eq!(opened(Some("06_weak_check.sql")), ["prompts update: other tenants too"]);
}

/// A browser that hears and sees nothing would find every page in order.
fn notices_what_a_page_does(browser: &mut Browser) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.html");
    let page =
        "<!DOCTYPE html><img src='nowhere.png'><script>console.warn('w'); null.x</script><p style='width: 9999px'>p";
    std::fs::write(&file, page).unwrap();
    browser.open(&file, 420, "light");
    assert!(browser.complaints().len() >= 2, "{:?}", browser.complaints());
    assert_eq!(browser.loaded().len(), 2, "{:?}", browser.loaded());
    assert!(browser.evaluate("document.documentElement.scrollWidth - innerWidth").as_f64() > Some(0.0));
}

#[test]
fn a_browser_shows_the_whole_document_and_loads_nothing() {
    let Some(mut browser) = Browser::start() else { return };
    notices_what_a_page_does(&mut browser);
    for (name, written) in [("half-migrated", &*HALF_MIGRATED), ("remote", &*REMOTE)] {
        looked_at(&mut browser, name, &written.html, SECTIONS);
        let drawn = browser.evaluate("document.querySelectorAll('#drawing g').length");
        assert_eq!(drawn, written.review.tables.len());
        let words = browser.evaluate("document.getElementById('drawing-text').textContent");
        assert!(words.as_str().unwrap().contains("missing: "), "{words}");
    }
}

/// Names that would be something else in HTML, in SVG, in Markdown, in SQL or in a shell.
const NAMES: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "</title></svg></style><script>alert(1)</script>",
    "*/ \"quoted\" 'too' --",
    "a|b`c``d",
    "line\nbreak\n# heading",
    "$(touch x); \u{202e}reversed",
    "]]><b>&amp;",
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[test]
fn no_name_breaks_out_of_the_document() {
    let directory = tempfile::tempdir().unwrap();
    let (spec, there) = (directory.path().join("spec's"), directory.path().join("there & gone"));
    std::fs::create_dir(&spec).unwrap();
    std::fs::create_dir(&there).unwrap();
    let tenancy = "schemas = [\"public\"]\n[tenancy]\nregistry = \"tenants\"\ncolumn = \"tenant_id\"\nroles = []\n";
    std::fs::write(spec.join("drift.toml"), tenancy).unwrap();
    let tenants = "CREATE TABLE tenants (id uuid PRIMARY KEY);\n";
    let all = |columns: &str, wanted: &dyn Fn(usize) -> bool| -> String {
        let tables = NAMES.iter().enumerate().filter(|(n, _)| wanted(*n));
        let table = |(n, name): (usize, &&str)| {
            let refers = format!("CONSTRAINT {} REFERENCES tenants", quoted(&format!("{name} fk")));
            format!(
                "CREATE TABLE {} (id int PRIMARY KEY, tenant_id uuid {refers}, {columns} int, n{n} int);\n",
                quoted(name)
            )
        };
        tables.map(table).collect()
    };
    // Some are missing, some have another column, some are not declared.
    std::fs::write(spec.join("a.sql"), format!("{tenants}{}", all(&quoted("new <i>\n|`"), &|n| n < 5))).unwrap();
    std::fs::write(there.join("a.sql"), format!("{tenants}{}", all(&quoted("old */ <u>"), &|n| n > 1))).unwrap();
    let Written { review, markdown, html, .. } = &written(&[there.to_str().unwrap(), "--spec", spec.to_str().unwrap()]);
    assert_eq!(review.tables.len(), NAMES.len() + 1);
    let text = std::fs::read_to_string(html).unwrap();
    for (n, wrong) in ["<img", "<script", "<b>&", "<i>", "<u>", "\u{202e}"].iter().enumerate() {
        assert!(!text.contains(wrong), "{n}: {wrong} is in the HTML");
    }
    assert!(!markdown.contains('\u{202e}'));
    in_markdown(markdown);
    let Some(mut browser) = Browser::start() else { return };
    let sections: Vec<&str> = SECTIONS.iter().copied().filter(|section| *section != "migrations").collect();
    looked_at(&mut browser, "adversarial", html, &sections);
    assert_eq!(browser.evaluate("document.querySelectorAll('img, script, iframe, i, u, h1 + script').length"), 0);
    assert_eq!(browser.evaluate("document.querySelectorAll('#drawing g').length"), review.tables.len());
    let shown = browser.evaluate("document.getElementById('tables').textContent");
    for name in ["<img src=x onerror=alert(1)>", "*/ \"quoted\" 'too' --", "line\\nbreak\\n# heading"] {
        assert!(shown.as_str().unwrap().contains(name), "{name} is not in {shown}");
    }
}

/// What the names have become to somebody who reads the Markdown.
fn in_markdown(markdown: &str) {
    let mut names = std::collections::BTreeSet::new();
    let mut heading = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap();
                assert!(!text.starts_with("heading"), "a name has become a heading");
            }
            Event::Text(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            Event::Code(text) => _ = names.insert(text.to_string()),
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::Strikethrough | Tag::HtmlBlock)) => {
                panic!("a name has become {tag:?}")
            }
            Event::Html(html) | Event::InlineHtml(html) => assert_eq!(&*html, "<!-- -->", "a name has become HTML"),
            _ => {}
        }
    }
    let shown = |name: &str| format!("public.{}", name.replace('\n', "\\n").replace('\u{202e}', "\\u{202e}"));
    for name in NAMES {
        assert!(names.contains(&shown(name)), "{name} is not shown whole");
    }
}

/// A project of its own, and what its review says.
fn of_project(declared: &str, there: &str, more: &[&str]) -> Review {
    let directory = tempfile::tempdir().unwrap();
    let (spec, source) = (directory.path().join("spec"), directory.path().join("there.sql"));
    std::fs::create_dir(&spec).unwrap();
    std::fs::write(spec.join("a.sql"), declared).unwrap();
    std::fs::write(&source, there).unwrap();
    written(&[&[source.to_str().unwrap(), "--spec", spec.to_str().unwrap()], more].concat()).review
}

const DECLARED: &str = "CREATE TABLE plans (id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
    INSERT INTO plans (id, name) VALUES (1, 'free'), (2, 'paid');
    CREATE TABLE orders (id int PRIMARY KEY, plan int REFERENCES plans);";

#[test]
fn rows_that_the_sql_brings_back_are_no_reason_to_keep_a_database() {
    let there = "CREATE TABLE plans (id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
        INSERT INTO plans (id, name, at) VALUES (2, 'paid', '2001-01-01');";
    let seeded = of_project(DECLARED, there, &[]);
    assert_eq!(seeded.rows, RowsAre::Seeds { rows: 1 });
    assert_eq!((seeded.recommendation.rule, seeded.recommendation.take), (Rule::NothingToLose, Some(Way::Reset)));
    // One letter that somebody changed, and it is nobody's seed any more.
    let edited = of_project(DECLARED, &there.replace("'paid'", "'Paid'"), &[]);
    assert_eq!(edited.rows, RowsAre::Own { tables: vec!["public.plans".to_owned()] });
    assert_eq!((edited.recommendation.rule, edited.recommendation.take), (Rule::KeepTheRows, Some(Way::Additive)));
    let empty = of_project(DECLARED, "CREATE TABLE plans (id int PRIMARY KEY);", &[]);
    assert_eq!((empty.rows, empty.recommendation.take), (RowsAre::Absent, Some(Way::Reset)));
}

#[test]
fn what_cannot_be_planned_is_shown_with_its_reason() {
    let review = of_project(DECLARED, "CREATE TABLE plans (id int PRIMARY KEY);", &["--backfill", "nowhere=1"]);
    let Planned::Refused { reason, .. } = &option(&review, Way::Additive).planned else { panic!("{review:?}") };
    assert!(reason.contains("nowhere"), "{reason}");
    let mut page = Vec::new();
    review::write(&review, review::Format::Html, &mut page).unwrap();
    assert!(String::from_utf8(page).unwrap().contains("It cannot be planned"));
}

/// Of a database that takes no writes at all there is a review, and it says what a full repair would lose.
#[test]
fn a_live_database_is_only_read() {
    let Some(server) = server::shared() else { return };
    let url = server.database("reviewed");
    server.psql(
        "reviewed",
        &["-c", "CREATE TABLE plans (id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now())"],
    );
    server.psql(
        "reviewed",
        &[
            "-c",
            "CREATE TABLE old (id int, secret text)",
            "-c",
            "INSERT INTO old SELECT g, 'x' FROM generate_series(1, 5000) g",
        ],
    );
    server.psql("reviewed", &["-c", "ALTER DATABASE reviewed SET default_transaction_read_only = on"]);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.sql"), DECLARED).unwrap();
    let review = written(&[&url, "--spec", directory.path().to_str().unwrap()]).review;
    let full = option(&review, Way::Full);
    assert_eq!((full.lost.rows, full.losses.len()), (5000, 1), "{full:?}");
    assert!(full.commands.iter().any(|command| command.run.contains("--allow-data-loss")));
    assert!(full.commands.iter().all(|command| !command.run.contains("postgres://")));
    assert_eq!(review.recommendation.take, Some(Way::Additive));
    server.drop_database("reviewed");
}

#[test]
fn the_published_schema_is_what_the_types_say() {
    let schema = serde_json::to_string_pretty(&review::schema()).unwrap() + "\n";
    common::golden(&common::root().join("docs/review.schema.json"), &schema);
}
