//! JUnit XML: a suite for each schema, a test for each table there is nothing to say
//! about, and a failed one for each finding.

use std::collections::BTreeMap;
use std::io;
use std::io::Write;

use quick_junit::NonSuccessKind;
use quick_junit::Report;
use quick_junit::TestCase;
use quick_junit::TestCaseStatus;
use quick_junit::TestSuite;

use crate::model::finding::Severity;
use crate::report::notice::Batch;
use crate::report::notice::Notice;
use crate::report::text;

/// Writes the batch. What is less bad than `fails` is a skipped test, as is what somebody excused.
pub fn write(batch: &Batch, fails: Option<Severity>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
    for (schema, name) in &batch.well {
        let mut case = TestCase::new(name.as_str(), TestCaseStatus::success());
        case.set_classname(schema.as_str());
        suites.entry(schema.clone()).or_default().push(case);
    }
    for notice in &batch.notices {
        let suite = text::visible(&notice.object.schema);
        suites.entry(suite).or_default().push(failed(notice, fails));
    }
    for excused in &batch.excused {
        let mut status = TestCaseStatus::skipped();
        status.set_description(excused.why.as_str());
        let mut case = TestCase::new(format!("{} {}", excused.code, excused.name), status);
        case.set_classname("allowed");
        suites.entry("allowed".to_owned()).or_default().push(case);
    }
    let mut report = Report::new(format!("drift {}", batch.command));
    for (name, cases) in suites {
        let name = if name.is_empty() { "the database" } else { &name };
        let mut suite = TestSuite::new(name);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    report.serialize(out).map_err(io::Error::other)
}

fn failed(notice: &Notice, fails: Option<Severity>) -> TestCase {
    let counts = fails.is_some_and(|least| notice.severity <= least);
    let mut status = match counts {
        true => TestCaseStatus::non_success(NonSuccessKind::Failure),
        false => TestCaseStatus::skipped(),
    };
    let said = format!("{}: {}", notice.severity.word(), notice.message);
    if counts {
        let place = notice.place.as_ref().map(|at| text::visible(&at.to_string()));
        let lines: Vec<String> = place.into_iter().chain(notice.more.iter().cloned()).collect();
        status.set_message(said).set_type(notice.code.as_str()).set_description(lines.join("\n"));
    } else {
        // The schema has no message here.
        status.set_description(said);
    }
    let mut case = TestCase::new(format!("{} {}", notice.code, notice.name()), status);
    let (schema, relation) = notice.object.group();
    let class: Vec<&str> = [schema, relation].into_iter().filter(|part| !part.is_empty()).collect();
    case.set_classname(text::visible(&class.join(".")));
    case
}
