//! Ledgers held against the files and against what is in the database.

use crate::history::folder::Layout;
use crate::history::folder::Migration;
use crate::history::ledger::Found;
use crate::history::ledger::Record;
use crate::history::ledger::State;
use crate::history::ledger::Tool;
use crate::history::ledger::choose;
use crate::history::ledger::choose::Chosen;
use crate::history::ledger::plain;
use crate::history::ledger::status::Checksums;
use crate::history::ledger::status::Conflict;
use crate::history::ledger::status::Contradiction;
use crate::history::ledger::status::LedgerStatus;
use crate::history::ledger::status::Reading;
use crate::history::ledger::status::RecordStatus;
use crate::history::ledger::status::readable;
use crate::history::status::Did;
use crate::history::status::EffectState;
use crate::history::status::MigrationStatus;
use crate::history::status::Verdict;

/// A ledger that was understood.
struct Ledger {
    chosen: Chosen,
    table: String,
    records: Vec<Record>,
    /// For each record the positions of the migrations that it is about: one, or none.
    files: Vec<Option<usize>>,
}

/// What the ledgers of a database say of migrations, and where that is not so.
/// `statuses` are those of `migrations`, in the same order.
pub fn ledgers(
    found: &[Found],
    layout: Layout,
    migrations: &[Migration],
    statuses: &[MigrationStatus],
) -> Vec<LedgerStatus> {
    let mut understood = Vec::new();
    let mut said = Vec::new();
    for one in found {
        let Some(chosen) = choose::choose(one, layout) else { continue };
        match understand(one, &chosen, migrations) {
            Ok(records) => understood.push(Ledger::new(chosen, one.shape.dotted(), records, migrations)),
            Err(message) => said.push(LedgerStatus {
                tool: chosen.tool.name.to_owned(),
                table: one.shape.dotted(),
                because: chosen.because,
                reading: Reading::Unreadable { message },
                records: Vec::new(),
                contradictions: Vec::new(),
            }),
        }
    }
    let any = understood.iter().any(Ledger::matches);
    let is_ours = |ledger: &Ledger| ledger.matches() || !any && ledger.chosen.tool.layouts.contains(&layout);
    let (ours, others): (Vec<_>, Vec<_>) = understood.into_iter().partition(is_ours);
    let recorded: Vec<bool> = (0..migrations.len()).map(|at| ours.iter().any(|l| l.record(at).is_some())).collect();
    let judge = |ledger: &Ledger| Judge { ledger, migrations, statuses, recorded: &recorded }.status();
    let mut all: Vec<LedgerStatus> = ours.iter().map(judge).collect();
    // A table that only looks like a ledger, and holds no name of a file, is none.
    let others = others.into_iter().filter(|ledger| ledger.chosen.tool.name != plain::TOOL.name);
    all.extend(others.map(|ledger| ledger.status(migrations, Reading::OfOthers, Vec::new())));
    all.extend(said);
    all.sort_by(|a, b| a.table.cmp(&b.table));
    all
}

fn understand(found: &Found, chosen: &Chosen, migrations: &[Migration]) -> Result<Vec<Record>, String> {
    let rows = found.rows.as_ref().map_err(String::clone)?;
    let mut records = Vec::new();
    for row in rows {
        records.extend((chosen.tool.record)(row)?);
    }
    records.sort_by(|a, b| (&a.place, &a.key).cmp(&(&b.place, &b.key)));
    Ok((chosen.tool.settle)(records, migrations))
}

impl Ledger {
    fn new(chosen: Chosen, table: String, records: Vec<Record>, migrations: &[Migration]) -> Ledger {
        let keys: Vec<Vec<String>> = migrations.iter().map(|m| (chosen.tool.keys)(m)).collect();
        let of = |record: &Record| keys.iter().position(|keys| keys.contains(&record.key));
        let files = records.iter().map(of).collect();
        Ledger { chosen, table, records, files }
    }

    fn matches(&self) -> bool {
        self.files.iter().any(Option::is_some)
    }

    /// The records of a migration.
    fn of(&self, migration: usize) -> impl Iterator<Item = &Record> {
        self.records
            .iter()
            .zip(&self.files)
            .filter(move |(_, file)| **file == Some(migration))
            .map(|(record, _)| record)
    }

    /// The record that says most of a migration: one that is not applied, else the last.
    fn record(&self, migration: usize) -> Option<&Record> {
        self.of(migration).find(|record| !record.state.is_applied()).or_else(|| self.of(migration).last())
    }

    fn status(&self, migrations: &[Migration], reading: Reading, contradictions: Vec<Contradiction>) -> LedgerStatus {
        let record = |(record, file): (&Record, &Option<usize>)| RecordStatus {
            file: file.map(|at| migrations[at].file.clone()),
            version: record.version.clone(),
            name: record.name.clone(),
            state: record.state,
            at: record.at.clone(),
            by: record.by.clone(),
            checksum: record.checksum.clone(),
            implied: record.implied,
            detail: record.detail.clone(),
        };
        LedgerStatus {
            tool: self.chosen.tool.name.to_owned(),
            table: self.table.clone(),
            because: self.chosen.because.clone(),
            reading,
            records: self.records.iter().zip(&self.files).map(record).collect(),
            contradictions,
        }
    }
}

/// One ledger before the judge.
struct Judge<'a> {
    ledger: &'a Ledger,
    migrations: &'a [Migration],
    statuses: &'a [MigrationStatus],
    /// Whether any ledger has the migration.
    recorded: &'a [bool],
}

impl Judge<'_> {
    fn status(&self) -> LedgerStatus {
        let mut found = Vec::new();
        for at in 0..self.migrations.len() {
            match self.ledger.record(at) {
                Some(record) => {
                    found.extend(self.of_state(at, record));
                    found.extend(self.of_checksum(at));
                    found.extend(self.of_order(at));
                    found.extend(self.of_parts(at));
                }
                None if !self.recorded[at] => found.extend(self.unrecorded(at)),
                None => {}
            }
        }
        let gone = self.ledger.records.iter().zip(&self.ledger.files).filter(|(_, file)| file.is_none());
        found.extend(gone.map(|(record, _)| self.gone(record)));
        self.ledger.status(self.migrations, Reading::Judged, found)
    }

    fn tool(&self) -> &'static Tool {
        self.ledger.chosen.tool
    }

    /// A command with the migration that it is about.
    fn filled(&self, command: &str, at: usize) -> String {
        let key = (self.tool().keys)(&self.migrations[at]).into_iter().next().unwrap_or_default();
        command.replace("{version}", &self.migrations[at].version).replace("{key}", &key)
    }

    fn contradiction(&self, kind: Conflict, at: usize, message: String, help: String) -> Contradiction {
        let record = self.ledger.record(at);
        let migration = &self.migrations[at];
        Contradiction {
            kind,
            file: Some(migration.file.clone()),
            version: migration.version.clone(),
            name: migration.name.clone(),
            at: record.and_then(|record| record.at.clone()),
            by: record.and_then(|record| record.by.clone()),
            message,
            help,
            checksums: None,
        }
    }

    fn of_state(&self, at: usize, record: &Record) -> Option<Contradiction> {
        let (there, all) = present(&self.statuses[at]);
        let share = format!("{there} of {all} effects");
        let detail = record.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        let when = when(record);
        let found = match there {
            0 if all == 0 => "it leaves nothing that could be looked for".to_owned(),
            0 => "nothing of it is there".to_owned(),
            _ if there == all => "all of it is there".to_owned(),
            _ => format!("{share} are there"),
        };
        let repair = || self.filled(self.tool().repair, at);
        match (record.state, self.statuses[at].verdict) {
            (State::Failed, _) => {
                let message = format!("recorded as failed{when}{detail}; {found}");
                Some(self.contradiction(Conflict::Failed, at, message, repair()))
            }
            (State::Unfinished, _) => {
                let message = format!("recorded as begun{when}, and never as ended{detail}; {found}");
                Some(self.contradiction(Conflict::Failed, at, message, repair()))
            }
            (State::RolledBack, _) => {
                let but = if there == 0 { "" } else { ", but" };
                let message = format!("recorded as rolled back{when}{detail}{but}: {found}").replace("but:", "but");
                let help = match there {
                    0 => "nothing, unless it should be applied: then run it again".to_owned(),
                    _ => format!(
                        "take away what it left behind, or have it recorded: {}",
                        self.filled(self.tool().mark, at)
                    ),
                };
                Some(self.contradiction(Conflict::RolledBack, at, message, help))
            }
            (State::Applied | State::Assumed, Verdict::NotApplied | Verdict::Partial | Verdict::WithoutEffect)
                if self.statuses[at].is_drift() =>
            {
                let found = match self.statuses[at].verdict {
                    Verdict::WithoutEffect => "it did nothing: something else was in place".to_owned(),
                    Verdict::Complete
                    | Verdict::Partial
                    | Verdict::NotApplied
                    | Verdict::Undone
                    | Verdict::Unverifiable => found,
                };
                let message = format!("recorded as {}{when}{detail}, but {found}", record.state.word());
                let help = "apply what is missing (drift fix), or take its record out of the ledger and run it again";
                Some(self.contradiction(Conflict::NotThere, at, message, help.to_owned()))
            }
            (State::Applied | State::Assumed, _) => None,
        }
    }

    fn of_checksum(&self, at: usize) -> Option<Contradiction> {
        let checksum = self.tool().checksum.as_ref()?;
        let record = self.ledger.record(at)?;
        let recorded = record.checksum.clone()?;
        let migration = &self.migrations[at];
        let of = |text: &str| (checksum.of)(migration, text);
        let now = of(&migration.text);
        if now.contains(&recorded) {
            return None;
        }
        let unix = migration.text.replace("\r\n", "\n");
        let only_ends = of(&unix).contains(&recorded) || of(&unix.replace('\n', "\r\n")).contains(&recorded);
        let (actual, name) = (now.into_iter().next()?, checksum.name);
        let (what, help) = match only_ends {
            true => ("only its line ends", "give the file the line ends back that it had (.gitattributes keeps them)"),
            false => ("the file", "put the file back as it was, and write what is new as a migration of its own"),
        };
        let message = format!(
            "{what} changed since it was applied{}: {name} {} recorded, {} now",
            when(record),
            head(&recorded),
            head(&actual)
        );
        let checksums = Checksums { algorithm: name.to_owned(), recorded, actual };
        let contradiction = self.contradiction(Conflict::FileChanged, at, message, help.to_owned());
        Some(Contradiction { checksums: Some(checksums), ..contradiction })
    }

    /// The migration that comes latest of those that were applied before this one, where it comes later than this one.
    fn of_order(&self, at: usize) -> Option<Contradiction> {
        let ran = |record: &&Record| record.state == State::Applied;
        let place = self.ledger.of(at).filter(ran).find_map(|record| record.place.clone())?;
        if self.migrations[at].repeatable {
            return None;
        }
        let (later, record) = (at + 1..self.migrations.len()).rev().find_map(|later| {
            let first = self.ledger.of(later).find(|record| ran(record))?;
            let earlier = first.place.as_ref().is_some_and(|other| *other < place);
            (earlier && self.waits(later, at)).then_some((later, first))
        })?;
        let own = self.ledger.record(at).map(when).unwrap_or_default();
        let message = format!(
            "applied{own}, after {}{}, which comes later",
            self.migrations[later].file,
            record.at.as_ref().map(|at| format!(" ({})", readable(at))).unwrap_or_default()
        );
        let help = "see that both orders lead to the same schema: a new database gets them in the order of the files";
        Some(self.contradiction(Conflict::OutOfOrder, at, message, help.to_owned()))
    }

    /// A file that holds several, of which some are not recorded.
    fn of_parts(&self, at: usize) -> Option<Contradiction> {
        let keys = (self.tool().keys)(&self.migrations[at]);
        let missing: Vec<&str> = keys
            .iter()
            .filter(|key| !self.ledger.of(at).any(|record| record.key == **key))
            .map(String::as_str)
            .collect();
        if missing.is_empty() || !self.statuses[at].is_drift() && self.statuses[at].verdict != Verdict::Complete {
            return None;
        }
        let (there, all) = present(&self.statuses[at]);
        if there < all {
            return None;
        }
        let message = format!("all of it is there, but a part of it is not recorded: {}", missing.join(", "));
        Some(self.contradiction(Conflict::NotRecorded, at, message, self.filled(self.tool().mark, at)))
    }

    /// True where the later of two migrations should run after the earlier.
    fn waits(&self, later: usize, earlier: usize) -> bool {
        let (later, earlier) = (&self.migrations[later], &self.migrations[earlier]);
        !later.repeatable && later.series() == earlier.series()
    }

    fn unrecorded(&self, at: usize) -> Option<Contradiction> {
        let (there, all) = present(&self.statuses[at]);
        let last = (at + 1..self.migrations.len())
            .rev()
            .find(|later| self.waits(*later, at) && self.ledger.record(*later).is_some());
        match self.statuses[at].verdict {
            Verdict::Complete | Verdict::Partial | Verdict::Undone => {
                let share =
                    if there == all { "all of it is".to_owned() } else { format!("{there} of {all} effects are") };
                let help = format!("have it recorded without running it: {}", self.filled(self.tool().mark, at));
                let message = format!("not recorded, but {share} there");
                Some(self.contradiction(Conflict::NotRecorded, at, message, help))
            }
            Verdict::NotApplied | Verdict::WithoutEffect | Verdict::Unverifiable => {
                let last = last.filter(|_| !self.migrations[at].repeatable)?;
                let message = format!("not recorded, though {}, which comes later, is", self.migrations[last].file);
                let help = format!("decide whether it should run now: {}", self.tool().late);
                Some(self.contradiction(Conflict::Skipped, at, message, help))
            }
        }
    }

    fn gone(&self, record: &Record) -> Contradiction {
        Contradiction {
            kind: Conflict::FileGone,
            file: None,
            version: record.version.clone(),
            name: record.name.clone(),
            at: record.at.clone(),
            by: record.by.clone(),
            message: format!("recorded as {}{}, but no file has that name", record.state.word(), when(record)),
            help: "get the file back from version control, or find out which branch it was run from".to_owned(),
            checksums: None,
        }
    }
}

/// ` on 2025-10-26 10:11:12 UTC by ann`.
fn when(record: &Record) -> String {
    let at = record.at.as_ref().map(|at| format!(" on {}", readable(at))).unwrap_or_default();
    let by = record.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!("{at}{by}")
}

/// The beginning of a checksum, which is enough for people.
fn head(checksum: &str) -> String {
    match checksum.char_indices().nth(12) {
        Some((at, _)) if checksum.len() > 20 => format!("{}…", &checksum[..at]),
        _ => checksum.to_owned(),
    }
}

/// How many effects of a migration are there, of how many that can be looked for.
fn present(status: &MigrationStatus) -> (usize, usize) {
    let counted = status.effects.iter().filter(|effect| effect.state != EffectState::Superseded);
    // That something is not there is no evidence where nothing else is.
    let is = |state: EffectState, did: Did| match state {
        EffectState::There | EffectState::Altered => did != Did::Removed || status.verdict != Verdict::NotApplied,
        EffectState::Missing | EffectState::Undone | EffectState::Superseded => false,
    };
    let there = counted.clone().filter(|effect| is(effect.state, effect.did)).count();
    (there, counted.count())
}
