//! Servers that follow the database: what writes much waits for those that
//! fall behind, for whoever reads there reads what was long ago.

use std::collections::VecDeque;
use std::time::Duration;
use std::time::Instant;

use anyhow::Result;

use crate::pg::connect::Client;
use crate::pg::watch;
use crate::pg::watch::Replica;

/// How many moments are remembered: one a second.
const REMEMBERED: usize = 3600;

/// How far replicas are behind, as long as somebody looks.
///
/// A server knows the lag of what a replica has replayed; of one that replays
/// nothing at all it only knows the place. So what was written when is remembered here.
#[derive(Debug)]
pub struct Replicas {
    allowed: Duration,
    /// How much had been written, and when.
    written: VecDeque<(Instant, i64)>,
    waiting: bool,
    told_hidden: bool,
}

/// What somebody who looks learns.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Who is too far behind, in words.
    pub behind: Vec<String>,
    /// True the first time that there are replicas of which this role may not see where they are.
    pub hidden: bool,
}

impl Replicas {
    /// `allowed` of zero: nobody is waited for.
    pub fn new(allowed: Duration) -> Self {
        Replicas { allowed, written: VecDeque::new(), waiting: false, told_hidden: false }
    }

    /// Looks who is too far behind. Once somebody was, half of that is too far.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn look(&mut self, client: &Client) -> Result<Seen> {
        if self.allowed.is_zero() {
            return Ok(Seen::default());
        }
        let (written, replicas) = watch::replicas(client).await?;
        Ok(self.judge(Instant::now(), written, &replicas))
    }

    fn judge(&mut self, now: Instant, written: i64, replicas: &[Replica]) -> Seen {
        if self.written.back().is_none_or(|(_, last)| *last < written) {
            self.written.push_back((now, written));
        }
        if self.written.len() > REMEMBERED {
            self.written.pop_front();
        }
        let limit = if self.waiting { self.allowed / 2 } else { self.allowed };
        let mut seen = Seen::default();
        for replica in replicas {
            let Some(replayed) = replica.replayed else {
                seen.hidden = !self.told_hidden;
                continue;
            };
            let behind = self.behind(now, replayed, written, replica.lag);
            if behind > limit {
                seen.behind.push(format!("{} ({} s behind)", replica.name, behind.as_secs()));
            }
        }
        self.told_hidden |= seen.hidden;
        self.waiting = !seen.behind.is_empty();
        seen
    }

    /// How old the first thing is that a replica has not replayed.
    fn behind(&self, now: Instant, replayed: i64, written: i64, said: Option<Duration>) -> Duration {
        if replayed >= written {
            return Duration::ZERO;
        }
        let first = self.written.iter().find(|(_, place)| *place > replayed);
        let remembered = first.map_or(Duration::ZERO, |(when, _)| now.saturating_duration_since(*when));
        remembered.max(said.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_that_stands_still_falls_behind() {
        let mut replicas = Replicas::new(Duration::from_secs(10));
        let began = Instant::now();
        let mut look = |after: u64, written, replayed: Option<i64>| {
            let one = Replica { name: "one".to_owned(), replayed, lag: None };
            let seen = replicas.judge(began + Duration::from_secs(after), written, &[one]);
            (seen.behind.join(", "), seen.hidden)
        };
        let nobody = (String::new(), false);
        assert_eq!(look(0, 100, Some(100)), nobody);
        assert_eq!(look(5, 200, Some(100)), nobody);
        assert_eq!(look(14, 300, Some(100)), nobody);
        assert_eq!(look(16, 300, Some(100)), ("one (11 s behind)".to_owned(), false));
        // It has come to what was written at 14, and that is six seconds ago.
        assert_eq!(look(20, 300, Some(200)), ("one (6 s behind)".to_owned(), false));
        assert_eq!(look(21, 300, Some(300)), nobody);
        // Nothing is written: nobody falls behind.
        assert_eq!(look(90, 300, Some(300)), nobody);
        assert_eq!(look(91, 400, None), (String::new(), true));
    }

    #[test]
    fn what_the_server_says_counts_from_the_first_look_on() {
        let mut replicas = Replicas::new(Duration::from_secs(10));
        let one = Replica { name: "one".to_owned(), replayed: Some(1), lag: Some(Duration::from_secs(30)) };
        assert_eq!(replicas.judge(Instant::now(), 2, &[one]).behind, ["one (30 s behind)"]);
    }
}
