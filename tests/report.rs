//! The formats of a report, on reports made by hand.

use crate::common::golden;
use crate::common::reports;
use drift::model::report::Report;
use drift::model::report::TableState;
use drift::report::Format;
use drift::report::Frame;
use drift::report::Style;
use drift::report::write;

fn written(report: &Report, format: Format, style: Style) -> String {
    framed(report, format, &Frame { style, ..Frame::default() })
}

fn framed(report: &Report, format: Format, frame: &Frame) -> String {
    let mut out = Vec::new();
    write(report, format, frame, &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("reports are UTF-8")
}

fn table(report: &Report, width: usize) -> String {
    written(report, Format::Table, Style { width, color: false })
}

#[test]
fn the_table_is_what_a_person_wants_to_read() {
    golden::check("report-half-migrated.txt", &table(&reports::half_migrated(), 100));
    golden::check("report-half-migrated-narrow.txt", &table(&reports::half_migrated(), 64));
    golden::check("report-partly-visible.txt", &table(&reports::partly_visible(), 100));
    golden::check("report-clean.txt", &table(&reports::clean(), 100));
    golden::check("report-adversarial.txt", &table(&reports::adversarial(), 100));
}

#[test]
fn markdown_is_for_a_pull_request() {
    golden::check("report-half-migrated.md", &written(&reports::half_migrated(), Format::Markdown, Style::default()));
    golden::check("report-adversarial.md", &written(&reports::adversarial(), Format::Markdown, Style::default()));
}

#[test]
fn colour_changes_no_letter() {
    let report = reports::half_migrated();
    let coloured = written(&report, Format::Table, Style { width: 100, color: true });
    assert!(coloured.contains("\x1b["));
    let mut plain = String::new();
    for (i, part) in coloured.split("\x1b[").enumerate() {
        plain.push_str(if i == 0 { part } else { part.split_once('m').expect("a code ends").1 });
    }
    let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
    assert_eq!(trimmed.join("\n"), table(&report, 100).trim_end());
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [80, 100, 120] {
        for line in table(&reports::half_migrated(), width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_terminal_is_not_at_the_mercy_of_a_name() {
    let shown = table(&reports::adversarial(), 100);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
}

#[test]
fn the_published_schema_is_what_the_types_say() {
    let schema = serde_json::to_string_pretty(&drift::report::json::schema()).unwrap() + "\n";
    golden::check_file("docs/report.schema.json", &schema);
}

#[test]
fn the_published_schema_of_plans_is_what_the_types_say() {
    let schema = serde_json::to_string_pretty(&drift::report::plan::schema()).unwrap() + "\n";
    golden::check_file("docs/plan.schema.json", &schema);
}

#[test]
fn json_reports_obey_the_schema_and_can_be_read_back() {
    let validator = jsonschema::validator_for(&drift::report::json::schema()).expect("the schema is one");
    for report in [reports::half_migrated(), reports::partly_visible(), reports::clean(), reports::adversarial()] {
        let text = written(&report, Format::Json, Style::default());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
    let newer = serde_json::json!({ "version": 2 });
    assert!(!validator.is_valid(&newer));
}

#[test]
fn many_tables_are_counted_rather_than_listed() {
    let mut report = reports::half_migrated();
    let name = |n: usize| format!("filler_{n:03}");
    report.tables.extend((0..130).map(|n| reports::table(&name(n), TableState::Matches, 0, None)));
    report.tables.extend((200..260).map(|n| reports::table(&name(n), TableState::Missing, 1, None)));
    let text = table(&report, 100);
    assert!(text.contains("  and 25 more that do not match\n  ✓ 135 tables match: filler_000, "), "{text}");
    assert!(text.contains("filler_007 and 127 more"), "{text}");
}
