//! SARIF 2.1.0, as GitHub code scanning takes it: a rule for each code with its page,
//! a result for each finding at the line that declares its object, and fingerprints
//! by which a result is the same one in the next run.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use serde_json::json;
use serde_sarif::sarif;
use serde_sarif::sarif::ResultLevel;

use crate::model::finding::Severity;
use crate::model::object::Location;
use crate::report::notice::Batch;
use crate::report::notice::Notice;

/// Where the schema that the files obey is published.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes the batch as one run. What is excused, and what was not covered, are notifications:
/// as results they would be alerts.
pub fn write(batch: &Batch, out: &mut dyn Write) -> io::Result<()> {
    let mut codes: Vec<(&str, Severity)> = Vec::new();
    for notice in &batch.notices {
        match codes.iter_mut().find(|(code, _)| *code == notice.code) {
            Some((_, worst)) => *worst = (*worst).min(notice.severity),
            None => codes.push((&notice.code, notice.severity)),
        }
    }
    codes.sort();
    let index = |notice: &Notice| codes.iter().position(|(code, _)| *code == notice.code).map_or(-1, |at| at as i64);
    let driver = sarif::ToolComponent::builder()
        .name("drift")
        .full_name("drift, a schema-drift inspector for multi-tenant Postgres")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(codes.iter().map(|(code, severity)| rule(batch, code, *severity)).collect::<Vec<_>>())
        .build();
    let run = sarif::Run::builder()
        .tool(sarif::Tool::builder().driver(driver).build())
        .automation_details(sarif::RunAutomationDetails::builder().id(format!("drift/{}/", batch.command)).build())
        .column_kind(json!("unicodeCodePoints"))
        .invocations(vec![invocation(batch)])
        .results(batch.notices.iter().map(|notice| result(notice, index(notice))).collect::<Vec<_>>())
        .build();
    let log = sarif::Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn rule(batch: &Batch, code: &str, severity: Severity) -> sarif::ReportingDescriptor {
    let page = (batch.page)(code).unwrap_or_else(|| format!("# {code}\n"));
    let first = page.lines().skip_while(|line| !line.starts_with("## ")).skip(1).take_while(|line| !line.is_empty());
    let first = first.collect::<Vec<_>>().join(" ");
    let sentence = first.find(". ").map_or(first.as_str(), |at| &first[..=at]);
    let text = |text: &str| sarif::MultiformatMessageString::builder().text(text).build();
    sarif::ReportingDescriptor::builder()
        .id(code)
        .name(code.split('-').map(capital).collect::<String>())
        .short_description(text(if sentence.is_empty() { code } else { sentence }))
        .full_description(text(if first.is_empty() { code } else { &first }))
        .help(sarif::MultiformatMessageString::builder().text(page.clone()).markdown(page).build())
        .default_configuration(sarif::ReportingConfiguration::builder().level(json!(severity.word())).build())
        .build()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn invocation(batch: &Batch) -> sarif::Invocation {
    let note = |text: String| sarif::Notification::builder().level(json!("note")).message(message(&text)).build();
    let excused = batch.excused.iter().map(|one| note(format!("allowed: {} on {}: {}", one.code, one.name, one.why)));
    let limits = batch.limits.iter().map(|limit| note(format!("coverage: {limit}")));
    let said: Vec<sarif::Notification> =
        std::iter::once(note(batch.headline.clone())).chain(limits).chain(excused).collect();
    sarif::Invocation::builder().execution_successful(true).tool_execution_notifications(said).build()
}

fn result(notice: &Notice, rule: i64) -> sarif::Result {
    let text = [std::slice::from_ref(&notice.message), &notice.more].concat().join("\n");
    let print = notice.fingerprint.clone();
    // GitHub goes by the second one alone, and makes it of the line's text where it is not given.
    let prints = BTreeMap::from([
        ("driftFinding/v1".to_owned(), print.clone()),
        ("primaryLocationLineHash".to_owned(), format!("{print}:1")),
    ]);
    sarif::Result::builder()
        .rule_id(notice.code.as_str())
        .rule_index(rule)
        .level(match notice.severity {
            Severity::Error => ResultLevel::Error,
            Severity::Warning => ResultLevel::Warning,
            Severity::Note => ResultLevel::Note,
        })
        .message(message(&text))
        .locations(vec![location(notice)])
        .partial_fingerprints(prints)
        .build()
}

fn location(notice: &Notice) -> sarif::Location {
    let name = notice.name();
    let object = sarif::LogicalLocation::builder()
        .name(crate::report::text::visible(&notice.object.name))
        .fully_qualified_name(name)
        .kind(notice.object.kind.as_str())
        .build();
    let location = sarif::Location::builder().logical_locations(vec![object]);
    match &notice.place {
        Some(place) => location.physical_location(physical(place)).build(),
        None => location.build(),
    }
}

fn physical(place: &Location) -> sarif::PhysicalLocation {
    let file = sarif::ArtifactLocation::builder().uri(uri(&place.file)).uri_base_id("%SRCROOT%").build();
    let region = sarif::Region::builder().start_line(i64::from(place.line)).build();
    sarif::PhysicalLocation::builder().artifact_location(file).region(region).build()
}

/// The name of a file as a reference relative to the root.
fn uri(file: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    file.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A text that is shown as it is: nothing in it is a link or the place of an argument.
fn message(text: &str) -> sarif::Message {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', ']']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        shown.push_str(before);
        let argument = after.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0 && after[*n..].starts_with('}'));
        match (&rest[at..=at], argument) {
            ("{", Some(digits)) => {
                shown.push_str(&format!("{{{{{}}}}}", &after[..digits]));
                rest = &after[digits + 1..];
                continue;
            }
            ("]", _) if after.starts_with('(') => shown.push_str("]\\"),
            (one, _) => shown.push_str(one),
        }
        rest = after;
    }
    shown.push_str(rest);
    sarif::Message::builder().text(shown).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_neither_link_nor_argument() {
        let shown = |text: &str| message(text).text.unwrap();
        assert_eq!(shown("a {0} b {} {x} ]("), "a {{0}} b {} {x} ]\\(");
        assert_eq!(shown("[click](http://x) {12"), "[click]\\(http://x) {12");
    }

    #[test]
    fn a_file_is_a_reference() {
        assert_eq!(uri("a b/ü%.sql"), "a%20b/%C3%BC%25.sql");
    }
}
