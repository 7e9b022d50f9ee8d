//! Bytes from nowhere, to everything that reads what others wrote: never a panic, never without an end, always
//! a word. The bodies are those of `cargo fuzz` (fuzz/bodies.rs); here each gets its seeds, each of them cut off
//! at every byte, and mutations of them, the same in each run.
//!
//! `DRIFT_FUZZ=N` runs N mutations of each target (default: 400), `DRIFT_FUZZ_FIRST=M` goes on from the Mth.

#[path = "../fuzz/bodies.rs"]
mod bodies;
#[allow(dead_code)]
#[path = "generator/random.rs"]
mod random;

use std::cell::Cell;
use std::cell::RefCell;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::Once;
use std::time::Duration;
use std::time::Instant;

use crate::common;
use random::Random;

const MUTATIONS: u64 = 400;
/// No seed is cut off at more places than that.
const CUTS: usize = 150;
/// Far more than any of these inputs takes, on any machine.
const LONGEST: Duration = Duration::from_secs(20);
/// No mutation is longer.
const LARGEST: usize = 200_000;

macro_rules! targets {
    ($($target:ident),*) => {
        $(#[test]
        fn $target() {
            run(stringify!($target));
        })*
        #[test]
        fn every_target_runs_here_and_has_a_program_and_seeds() {
            let here = [$(stringify!($target)),*];
            assert_eq!(bodies::BODIES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), here);
            let manifest = std::fs::read_to_string(common::root().join("fuzz/Cargo.toml")).unwrap();
            for name in here {
                assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is missing in fuzz/Cargo.toml");
                let program = common::root().join(format!("fuzz/fuzz_targets/{name}.rs"));
                let text = std::fs::read_to_string(&program).unwrap_or_else(|e| panic!("{}: {e}", program.display()));
                assert!(text.contains(&format!("bodies::run({name:?}, data)")), "{}", program.display());
            }
        }
    };
}

targets!(sql, value, drift_toml, baseline, snapshot, plan, connection, password_file, migrations, ledger, server);

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|e| panic!("{variable}: {e}")))
}

fn run(name: &str) {
    let seeds = seeds(name);
    let mut tried = 0u64;
    let mut check = |input: &[u8], how: &dyn Fn() -> String| {
        tried += 1;
        if let Some(fault) = fault(name, input) {
            let small = smaller(name, input.to_owned());
            panic!(
                "{name}: {}: {fault}\nthe smallest found, {} bytes: b\"{}\"\nput it into fuzz/seeds/{name}/ once it is repaired",
                how(),
                small.len(),
                small.escape_ascii()
            );
        }
    };
    for (file, seed) in &seeds {
        check(seed, &|| file.clone());
        let step = (seed.len() / CUTS).max(1);
        for end in (0..seed.len()).step_by(step) {
            check(&seed[..end], &|| format!("{file} cut off at byte {end}"));
        }
    }
    let first = number("DRIFT_FUZZ_FIRST", 0);
    for n in first..first + number("DRIFT_FUZZ", MUTATIONS) {
        let mut random = Random::new(n << 8 | name.len() as u64);
        check(&mutation(&seeds, &mut random), &|| format!("mutation {n}"));
    }
    assert!(tried > 50, "{name}: only {tried} inputs");
}

fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let directory = common::root().join("fuzz/seeds").join(name);
    let entries = std::fs::read_dir(&directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read(&path).unwrap());
    let seeds: Vec<_> = paths.into_iter().map(read).collect();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What went wrong with an input. A panic counts wherever it was caught: a task of the driver's is no excuse.
fn fault(name: &str, input: &[u8]) -> Option<String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| match WATCHED.get() {
            true => PANIC.set(Some(info.to_string())),
            false => others(info),
        }));
    });
    let began = Instant::now();
    WATCHED.set(true);
    let outcome = catch_unwind(|| bodies::run(name, input));
    WATCHED.set(false);
    let panic = PANIC.take().or(outcome.err().map(|_| "it fails".to_owned()));
    panic.or((began.elapsed() > LONGEST).then(|| format!("it takes {:?}", began.elapsed())))
}

/// The same fault with fewer bytes, as far as a few hundred tries go.
fn smaller(name: &str, mut input: Vec<u8>) -> Vec<u8> {
    let began = Instant::now();
    let mut size = input.len() / 2;
    while size > 0 && began.elapsed() < LONGEST {
        let mut at = 0;
        while at + size <= input.len() && began.elapsed() < LONGEST {
            let without = [&input[..at], &input[at + size..]].concat();
            match fault(name, &without) {
                Some(_) => input = without,
                None => at += size,
            }
        }
        size /= 2;
    }
    input
}

/// A piece of a text, of at most so many bytes.
fn range(random: &mut Random, of: &[u8], longest: usize) -> std::ops::Range<usize> {
    let from = random.below(of.len() + 1);
    from..(from + random.below(longest)).min(of.len())
}

/// What means something to one reader or another.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\n",
    b"\r\n",
    b"\t",
    b"\\",
    b"'",
    b"\"",
    b"\"\"",
    b"$$",
    b"$1",
    b"$a$",
    b"a$b$",
    b";",
    b"--",
    b"/*",
    b"*/",
    b"(",
    b")",
    b"[",
    b"]",
    b"{",
    b"}",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"99999999999999999999999999",
    b"4294967295",
    b"9223372036854775808",
    b"\xff",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "\u{1f9d9}".as_bytes(),
    b"\x1b[2J",
    b"\\.\n",
    b"COPY t FROM stdin;\n",
    b"BEGIN ATOMIC",
    b"END",
    b"CASE",
    b"\\i x\n",
    b"::",
    b":",
    b"%",
    b"%00",
    b"@",
    b"#",
    b"=",
    b"*",
    b"..",
    b"[[allow]]\n",
    b"[tenancy]\n",
    b"public",
    b"\\u0000",
    b"\\ud800",
    b"V1__",
    b"R__",
    b".sql",
    b"/up.sql",
    b"-- migrate:up\n",
];

/// Numbers at the edges of what holds them.
const NUMBERS: [&[u8]; 6] = [b"0", b"1", b"2", b"65536", b"4294967295", b"18446744073709551615"];

/// What can be put into itself, again and again.
const NESTING: &[&[u8]] = &[
    b"(",
    b"[",
    b"{\"a\":",
    b"/*",
    b"NOT ",
    b"CASE WHEN ",
    b"SELECT(",
    b"- ",
    b"a.",
    b"$a$ $b$ ",
    b"[a.",
    b"'",
    b"\"",
    b"{a=",
];

/// A seed with a few things done to it.
fn mutation(seeds: &[(String, Vec<u8>)], random: &mut Random) -> Vec<u8> {
    let mut text = seeds[random.below(seeds.len())].1.clone();
    for _ in 0..=random.below(4) {
        let at = random.below(text.len() + 1);
        match random.below(12) {
            0 if at < text.len() => text[at] ^= 1 << random.below(8),
            1 if at < text.len() => text[at] = random.below(256) as u8,
            2 => drop(text.drain(range(random, &text, 64))),
            3 => {
                let piece = text[range(random, &text, 400)].to_owned();
                text.splice(at..at, piece);
            }
            4 => {
                let other = &seeds[random.below(seeds.len())].1;
                let piece = other[range(random, other, 400)].to_owned();
                let gone = range(random, &text, 400);
                text.splice(gone, piece);
            }
            5 => text.truncate(at),
            6 => {
                let times = [3, 200, 5_000][random.below(3)];
                text.splice(at..at, random.pick(NESTING).repeat(times));
            }
            7 => {
                let gone = range(random, &text, 12);
                text.splice(gone, random.pick(WORDS).iter().copied());
            }
            8 => {
                // A number becomes another one.
                let digit = text[at..].iter().position(u8::is_ascii_digit).map(|n| at + n);
                if let Some(digit) = digit {
                    let end = text[digit..].iter().position(|b| !b.is_ascii_digit()).map_or(text.len(), |n| digit + n);
                    let number = random.pick(&NUMBERS);
                    text.splice(digit..end, number.iter().copied());
                }
            }
            9 => {
                // What lies between two lines goes, or comes twice.
                let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
                let line = random.below(lines.len().max(1));
                let times = [0, 2, 50][random.below(3)];
                let all: Vec<&[u8]> =
                    lines.iter().enumerate().flat_map(|(n, l)| vec![*l; if n == line { times } else { 1 }]).collect();
                text = all.concat();
            }
            _ => drop(text.splice(at..at, random.pick(WORDS).iter().copied())),
        }
        text.truncate(LARGEST);
    }
    text
}
