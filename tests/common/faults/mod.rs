//! One interrupted apply: started, struck, run again, and looked at.

pub mod disk;
pub mod proxy;
pub mod scenario;
pub mod writer;

use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use crate::common::server::Server;
use disk::Disk;
use proxy::Proxy;
use scenario::Scenario;
use writer::Writer;

/// What strikes an apply. `after_ms`: so long after the step has begun.
#[derive(Debug, Clone)]
pub enum Fault {
    /// SIGKILL of drift.
    Killed { step: usize, after_ms: u64 },
    /// The server ends drift's session.
    Terminated { step: usize, after_ms: u64 },
    /// The network is gone after so many messages to the server.
    Cut { share: f64 },
    /// The server crashes and comes back.
    Crashed { step: usize, after_ms: u64 },
    /// Somebody restarts the server.
    Restarted { step: usize, after_ms: u64 },
    /// The disk of the database is full but for so many bytes.
    Full { but: u64 },
    /// Somebody holds a lock for longer than drift waits.
    Held,
    /// A step takes longer than it may: it waits for somebody all that time.
    TimedOut,
    /// Ctrl-C, and once more.
    Stopped { step: usize, twice: bool },
}

/// Delays: at the boundary, and inside of steps that take longer.
const DELAYS: [u64; 5] = [0, 1, 3, 8, 25];

impl Fault {
    /// The faults of a scenario, one after another, each at another place.
    pub fn of(turn: usize, scenario: &Scenario) -> Fault {
        // Cuts before the first step show little: most of them come later.
        let late = |percent: usize| 0.25 + percent as f64 / 133.0;
        // Every place is visited, whatever the order of the kinds.
        let place = turn / KINDS;
        let step = 1 + (place * 7 + turn) % scenario.steps;
        let after_ms = DELAYS[place % DELAYS.len()];
        match turn % KINDS {
            0 | 4 => Fault::Killed { step, after_ms },
            1 | 5 => Fault::Terminated { step, after_ms },
            2 | 6 => Fault::Cut { share: late((place * 2 + turn % KINDS / 4) * 37 % 100) },
            7 if place.is_multiple_of(2) => Fault::Full { but: LEFT[place / 2 % LEFT.len()] },
            7 => Fault::Restarted { step, after_ms },
            3 if place.is_multiple_of(3) => Fault::Crashed { step, after_ms },
            3 if place % 3 == 1 && scenario.has_step_timeout && place.is_multiple_of(2) => Fault::TimedOut,
            3 if place % 3 == 1 && scenario.waits_for_readers => Fault::Held,
            _ => Fault::Stopped { step, twice: place.is_multiple_of(2) },
        }
    }

    /// Its line in the table.
    pub fn words(&self) -> &'static str {
        match self {
            Fault::Killed { .. } => "drift was killed (SIGKILL)",
            Fault::Terminated { .. } => "the server ended the session",
            Fault::Cut { .. } => "the network was cut",
            Fault::Crashed { .. } => "the server crashed and came back",
            Fault::Restarted { .. } => "somebody restarted the server",
            Fault::Full { .. } => "the disk of the database was full",
            Fault::Held => "somebody held a lock for too long",
            Fault::TimedOut => "a statement took longer than it may",
            Fault::Stopped { .. } => "Ctrl-C, once or twice",
        }
    }

    pub fn order(&self) -> usize {
        match self {
            Fault::Killed { .. } => 0,
            Fault::Terminated { .. } => 1,
            Fault::Cut { .. } => 2,
            Fault::Crashed { .. } => 3,
            Fault::Restarted { .. } => 4,
            Fault::Full { .. } => 5,
            Fault::Held => 6,
            Fault::TimedOut => 7,
            Fault::Stopped { .. } => 8,
        }
    }
}

const KINDS: usize = 8;

/// How much room there is on a disk that is full: for nothing, or for the first steps.
const LEFT: [u64; 4] = [0, 256 << 10, 64 << 10, 1 << 20];

/// What came of a fault. That it ended well was asserted.
pub struct Outcome {
    /// The step in which it was interrupted; `None` where it came to its end before.
    pub interrupted_at: Option<usize>,
    pub longest_block: Duration,
}

/// Strikes an apply with a fault while somebody writes, runs it again, and
/// holds what is there against what must be.
pub fn run(server: &Server, disk: Option<&Disk>, scenario: &Scenario, fault: &Fault, number: usize) -> Outcome {
    let database = format!("fault_{number}");
    let context = format!("{database}: {} struck by {fault:?}", scenario.words);
    let place = if matches!(fault, Fault::Full { .. }) { " TABLESPACE small" } else { "" };
    server.psql("postgres", &["-c", &format!("CREATE DATABASE {database} TEMPLATE {}{place}", scenario.template)]);
    let writer = Writer::start(&server.url("postgres", &database), scenario);
    let interrupted_at = strike(server, disk, scenario, fault, &database);
    // As somebody does who saw it fail.
    let again = scenario.apply(&server.url("postgres", &database), &database, &[]).output().unwrap();
    assert!(
        again.status.success(),
        "{context}: run again, it fails: {}{}",
        String::from_utf8_lossy(&again.stdout),
        String::from_utf8_lossy(&again.stderr)
    );
    let written = writer.stop();
    scenario.assert_as_declared(server, &database, &context);
    written.assert_kept(server, &database, scenario, &context);
    let open = server.psql(&database, &["-c", "SELECT count(*) FROM drift.journal WHERE result <> 'done'"]);
    assert_eq!(open.trim(), "0", "{context}: the journal holds what did not end");
    server.psql("postgres", &["-c", &format!("DROP DATABASE {database} WITH (FORCE)")]);
    Outcome { interrupted_at, longest_block: written.longest }
}

/// The step at which it was interrupted, if it was.
fn strike(server: &Server, disk: Option<&Disk>, scenario: &Scenario, fault: &Fault, database: &str) -> Option<usize> {
    let url = server.url("postgres", database);
    match fault {
        Fault::Cut { share } => {
            let proxy = Proxy::start(server.port, (scenario.messages as f64 * share) as usize + 1);
            let url = url.replace(&format!(":{}/", server.port), &format!(":{}/", proxy.port));
            let mut child =
                scenario.apply(&url, database, &[]).stderr(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
            let last = follow(&mut child, |_| false);
            (!child.wait().unwrap().success()).then_some(last)
        }
        Fault::Held | Fault::TimedOut => {
            let holder = scenario.hold(server, database);
            let limits = match fault {
                Fault::TimedOut => ["--lock-timeout", "3s", "--step-timeout", "150ms"],
                _ => ["--lock-timeout", "100ms", "--attempts", "2"],
            };
            let mut child =
                scenario.apply(&url, database, &limits).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let last = follow(&mut child, |_| false);
            let output = child.wait_with_output().unwrap();
            drop(holder);
            let said = String::from_utf8_lossy(&output.stderr);
            let timed_out = said.contains("statement timeout");
            assert!(output.status.success() || timed_out == matches!(fault, Fault::TimedOut), "{fault:?}: {said}");
            (!output.status.success()).then_some(last)
        }
        Fault::Restarted { step, after_ms } => at(scenario, &url, database, *step, *after_ms, |_| server.restart()),
        Fault::Full { but } => {
            let disk = disk.expect("there is one where this fault is chosen");
            // What was written before is there.
            std::thread::sleep(Duration::from_millis(100));
            disk.fill(*but);
            let mut child =
                scenario.apply(&url, database, &[]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let last = follow(&mut child, |_| false);
            let output = child.wait_with_output().unwrap();
            disk.free();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() || said.contains("No space left on device"), "{said}");
            (!output.status.success()).then_some(last)
        }
        Fault::Killed { step, after_ms } => {
            at(scenario, &url, database, *step, *after_ms, |child| child.kill().unwrap())
        }
        Fault::Terminated { step, after_ms } => at(scenario, &url, database, *step, *after_ms, |_| {
            server.psql(
                "postgres",
                &["-c", &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'drift apply' AND datname = '{database}'")],
            );
        }),
        Fault::Crashed { step, after_ms } => at(scenario, &url, database, *step, *after_ms, |_| server.crash()),
        Fault::Stopped { step, twice } => at(scenario, &url, database, *step, 0, |child| {
            let interrupt =
                || assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            interrupt();
            if *twice {
                std::thread::sleep(Duration::from_millis(5));
                interrupt();
            }
        }),
    }
}

/// Runs an apply and strikes it so long after a step has begun.
fn at(
    scenario: &Scenario,
    url: &str,
    database: &str,
    step: usize,
    after_ms: u64,
    strike: impl Fn(&mut Child),
) -> Option<usize> {
    let mut child = scenario.apply(url, database, &[]).stderr(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut last = follow(&mut child, |begun| begun >= step);
    if last >= step {
        std::thread::sleep(Duration::from_millis(after_ms));
        strike(&mut child);
    }
    last = last.max(follow(&mut child, |_| false));
    (!child.wait().unwrap().success()).then_some(last)
}

/// Reads what it tells until a step has begun, or to its end; the last step that has.
fn follow(child: &mut Child, until: impl Fn(usize) -> bool) -> usize {
    let mut last = 0;
    let Some(out) = child.stdout.as_mut() else { return last };
    // One byte of room: what is not asked for stays in the pipe for the next reader.
    let mut lines = BufReader::with_capacity(1, out);
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
        let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if event["event"] == "started" {
            last = event["step"].as_u64().unwrap() as usize;
            if until(last) {
                break;
            }
        }
        line.clear();
    }
    last
}
