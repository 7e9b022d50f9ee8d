//! The status as forges want it: one finding for each migration that is not
//! what it leads to, at the line of the migration that shows it first.

use crate::history::ledger::status::Contradiction;
use crate::history::ledger::status::LedgerStatus;
use crate::history::ledger::status::Reading;
use crate::history::status::ByHand;
use crate::history::status::EffectState;
use crate::history::status::MigrationStatus;
use crate::history::status::Status;
use crate::history::status::Verdict;
use crate::model::finding::ObjectRef;
use crate::model::finding::Severity;
use crate::model::finding::fingerprint;
use crate::model::object::Location;
use crate::report::Frame;
use crate::report::notice::Batch;
use crate::report::notice::Notice;
use crate::report::status;
use crate::report::status::ledgers;
use crate::report::text;

pub fn batch(report: &Status, frame: &Frame) -> Batch {
    let (wrong, well): (Vec<_>, Vec<_>) =
        report.migrations.iter().partition(|migration| migration.is_drift() || report.is_pending(migration));
    let migrations = wrong.into_iter().map(|migration| of_migration(migration, report, frame));
    let by_hand = report.by_hand.iter().map(|found| of_hand(found, frame));
    let contradictions = report.ledgers.iter().flat_map(|ledger| {
        ledger.contradictions.iter().map(move |one| of_ledger(one, ledger, &report.directory, frame))
    });
    let unread = report.ledgers.iter().filter(|ledger| matches!(ledger.reading, Reading::Unreadable { .. }));
    Batch {
        command: "status".to_owned(),
        headline: text::visible(&status::headline(report)),
        notices: migrations.chain(contradictions).chain(by_hand).collect(),
        excused: Vec::new(),
        well: well.iter().map(|migration| ("migrations".to_owned(), text::visible(&migration.file))).collect(),
        limits: unread.map(|ledger| text::visible(&ledgers::title(ledger))).collect(),
        page: |_| None,
    }
}

fn of_migration(migration: &MigrationStatus, report: &Status, frame: &Frame) -> Notice {
    let pending = report.is_pending(migration);
    let word = if pending { "pending" } else { migration.verdict.word() };
    let code = format!("migration-{}", word.replace(' ', "-"));
    let object = ObjectRef {
        kind: "migration".to_owned(),
        schema: String::new(),
        parent: String::new(),
        name: migration.file.clone(),
    };
    let (there, all) = status::counts(migration);
    let silent = status::silent(migration);
    let mut more: Vec<String> = [EffectState::Missing, EffectState::Undone, EffectState::Altered]
        .into_iter()
        .flat_map(|state| status::groups(migration, state))
        .map(|group| format!("not as it made it: {}", text::visible(&group.words)))
        .collect();
    more.extend(
        silent.iter().map(|silent| text::visible(&status::found(silent, migration.verdict == Verdict::NotApplied))),
    );
    more.extend(status::failures(migration).iter().map(|failures| text::visible(&failures.says())));
    let away = migration.effects.iter().find(|effect| effect.state != EffectState::There);
    let line = silent.first().map(|silent| silent.at.line).or(away.map(|effect| effect.at.line)).unwrap_or(1);
    let file = format!("{}/{}", report.directory.trim_end_matches('/'), migration.file);
    let said = match pending {
        true => "no ledger has it as applied, and nothing else can tell".to_owned(),
        false => format!("{word}, {there} of {} there", text::count(all, "effect")),
    };
    Notice {
        severity: Severity::Error,
        message: format!("{}: {said}", text::visible(&migration.file)),
        more,
        place: frame.places.of(Some(&Location { file, line })),
        fingerprint: fingerprint(&code, &object, 1),
        object,
        code,
    }
}

fn of_ledger(one: &Contradiction, ledger: &LedgerStatus, directory: &str, frame: &Frame) -> Notice {
    let code = format!("ledger-{}", one.kind.word().replace(", ", "-").replace(' ', "-"));
    let object = ObjectRef {
        kind: "migration".to_owned(),
        schema: String::new(),
        parent: ledger.table.clone(),
        name: one.title(),
    };
    let in_file = |file: &String| Location { file: format!("{}/{file}", directory.trim_end_matches('/')), line: 1 };
    Notice {
        severity: one.kind.severity(),
        message: format!("{}: {}", text::visible(&one.title()), text::visible(&one.message)),
        more: vec![format!("help: {}", text::visible(&one.help)), text::visible(&ledgers::title(ledger))],
        place: frame.places.of(one.file.as_ref().map(in_file).as_ref()),
        fingerprint: fingerprint(&code, &object, 1),
        object,
        code,
    }
}

fn of_hand(found: &ByHand, frame: &Frame) -> Notice {
    let code = "made-by-hand".to_owned();
    Notice {
        severity: Severity::Warning,
        message: format!("{}: no migration explains it", text::visible(&status::by_hand(found))),
        more: found.with.iter().map(|with| format!("with {}", text::visible(&with.dotted()))).collect(),
        place: frame.places.of(None),
        fingerprint: fingerprint(&code, &found.object, 1),
        object: found.object.clone(),
        code,
    }
}
