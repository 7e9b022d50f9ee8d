//! An application that goes on while a plan is applied: it writes without a
//! pause, remembers what the server acknowledged, and how long it had to wait.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use tokio_postgres::NoTls;

use super::Scenario;
use crate::common::server::Server;

/// The application, until it is stopped.
pub struct Writer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Written>,
}

/// What it has written.
pub struct Written {
    /// The numbers of the rows that the server acknowledged.
    acknowledged: Vec<u64>,
    pub longest: Duration,
}

impl Writer {
    pub fn start(url: &str, scenario: &Scenario) -> Writer {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, url) = (stop.clone(), url.to_owned());
        let (insert, update) = (scenario.insert, scenario.update);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(write(&url, insert, update, &stopped))
        });
        Writer { stop, thread }
    }

    pub fn stop(self) -> Written {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

async fn write(url: &str, insert: fn(u64) -> String, update: &str, stop: &AtomicBool) -> Written {
    let mut written = Written { acknowledged: Vec::new(), longest: Duration::ZERO };
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        // A server that crashed comes back.
        let Ok((client, connection)) = tokio_postgres::connect(url, NoTls).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let connection = tokio::spawn(connection);
        while !stop.load(Ordering::SeqCst) && !client.is_closed() {
            number += 1;
            let sql = if number % 2 == 0 { update.to_owned() } else { insert(number) };
            let began = Instant::now();
            let outcome = client.batch_execute(&sql).await;
            if client.is_closed() {
                break;
            }
            written.longest = written.longest.max(began.elapsed());
            // What the declared schema refuses, it refuses.
            if outcome.is_ok() && number % 2 == 1 {
                written.acknowledged.push(number);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(client);
        let _ended = connection.await;
    }
    written
}

impl Written {
    /// Every row that was acknowledged is there.
    pub fn assert_kept(&self, server: &Server, database: &str, scenario: &Scenario, context: &str) {
        assert!(!self.acknowledged.is_empty(), "{context}: nothing was ever written");
        let wanted: Vec<String> = self.acknowledged.iter().map(|n| (scenario.key)(*n)).collect();
        let sql = format!(
            "SELECT count(*) FROM unnest(ARRAY[{}]) AS k(key) WHERE NOT EXISTS (SELECT FROM {} AS t WHERE t.id = k.key)",
            wanted.join(", "),
            scenario.table
        );
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rows.sql");
        std::fs::write(&file, sql).unwrap();
        assert_eq!(server.psql(database, &["-f", file.to_str().unwrap()]).trim(), "0", "{context}: rows are gone");
        let before = server
            .psql(database, &["-c", &format!("SELECT count(*) FROM {} WHERE {}", scenario.table, scenario.before.0)]);
        assert_eq!(before.trim(), scenario.before.1, "{context}: rows that were there before are gone");
    }
}
