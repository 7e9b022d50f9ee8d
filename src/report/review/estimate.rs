//! How long a plan takes, estimated from row counts and table sizes. The
//! rates are those of an ordinary server with its data on a disk of its own,
//! rounded to the slow side; what waits for a lock is in no estimate.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::model::plan_report::PlanStep;
use crate::model::step::Hazard;

/// The method of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rates {
    /// For each statement, whatever else it does: parsing, the catalog, the commit.
    pub statement_ms: u64,
    /// Bytes of a table that are read in a second.
    pub read_bytes: u64,
    /// Bytes of a table and its indexes that are written anew in a second.
    pub rewrite_bytes: u64,
    /// Rows that go into an index in a second, beside reading their table.
    pub index_rows: u64,
    /// Rows that are changed in a second.
    pub changed_rows: u64,
    /// Bytes of a backup that are written in a second.
    pub backup_bytes: u64,
}

/// The rates of every document.
pub const RATES: Rates = Rates {
    statement_ms: 5,
    read_bytes: 200 << 20,
    rewrite_bytes: 50 << 20,
    index_rows: 500_000,
    changed_rows: 20_000,
    backup_bytes: 50 << 20,
};

/// How large a table is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    pub rows: u64,
    /// Without its indexes.
    pub table_bytes: u64,
    /// With them.
    pub bytes: u64,
}

impl Rates {
    /// Milliseconds of one step of a plan on a table of this size.
    pub fn step(&self, step: &PlanStep, size: Size) -> u64 {
        let of = |hazard: &Hazard| match hazard {
            Hazard::FullScan => per(size.table_bytes, self.read_bytes),
            Hazard::TableRewrite => per(size.bytes, self.rewrite_bytes),
            // CONCURRENTLY reads the table twice.
            Hazard::IndexBuild => {
                let once = per(size.table_bytes, self.read_bytes) + per(size.rows, self.index_rows);
                if step.transactional { once } else { 2 * once }
            }
            Hazard::WritesRows => per(size.rows, self.changed_rows),
            Hazard::HidesRows | Hazard::DataLoss | Hazard::OldName => 0,
        };
        self.statement_ms + step.hazards.iter().map(of).sum::<u64>()
    }

    /// Milliseconds of a backup of so many bytes.
    pub fn backup(&self, bytes: u64) -> u64 {
        per(bytes, self.backup_bytes)
    }

    /// The method in words, a line each.
    pub fn says(&self) -> [String; 3] {
        let mb = |bytes: u64| bytes >> 20;
        let thousand = |rows: u64| rows / 1_000;
        [
            format!(
                "Each statement counts {} ms. One that reads every row counts the table's size at {} MB/s; one that writes \
                 every row anew, table and indexes at {} MB/s.",
                self.statement_ms,
                mb(self.read_bytes),
                mb(self.rewrite_bytes)
            ),
            format!(
                "An index counts the reading and its rows at {},000 a second, twice where it is built CONCURRENTLY; changed \
                 rows count at {},000 a second; a backup at {} MB/s.",
                thousand(self.index_rows),
                thousand(self.changed_rows),
                mb(self.backup_bytes)
            ),
            "These are estimates: a factor of three either way is no surprise, and waiting for locks comes on top."
                .to_owned(),
        ]
    }
}

/// Milliseconds for an amount at so much a second, rounded up.
fn per(amount: u64, a_second: u64) -> u64 {
    amount.saturating_mul(1_000).div_ceil(a_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::step::Lock;

    fn step(hazards: &[Hazard], transactional: bool) -> PlanStep {
        PlanStep {
            sql: String::new(),
            lock: Lock::None,
            relation: None,
            hazards: hazards.to_vec(),
            transactional,
            answers: Vec::new(),
            undo: None,
        }
    }

    #[test]
    fn a_step_costs_what_it_does_to_the_rows() {
        let size = Size { rows: 1_000_000, table_bytes: 400 << 20, bytes: 600 << 20 };
        let cost = |hazards: &[Hazard], transactional| RATES.step(&step(hazards, transactional), size);
        assert_eq!(cost(&[], true), 5);
        assert_eq!(cost(&[Hazard::FullScan], true), 5 + 2_000);
        assert_eq!(cost(&[Hazard::TableRewrite], true), 5 + 12_000);
        assert_eq!(cost(&[Hazard::IndexBuild], true), 5 + 4_000);
        assert_eq!(cost(&[Hazard::IndexBuild], false), 5 + 8_000);
        assert_eq!(cost(&[Hazard::WritesRows, Hazard::HidesRows], true), 5 + 50_000);
        assert_eq!(RATES.step(&step(&[Hazard::FullScan, Hazard::WritesRows], true), Size::default()), 5);
        assert_eq!(RATES.backup(1), 1);
    }
}
