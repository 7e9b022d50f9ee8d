# The commands of CONTRIBUTING.md, by name.

# List the recipes
default:
    @just --list

# Everything, on the embedded Postgres
test:
    cargo test --release

# What must be green
ci:
    .ci/run

# Part of the tests, while drift itself is worked on: just quick status::
quick FILTER="cases::":
    CARGO_INCREMENTAL=1 cargo --config 'profile.release.package.drift.opt-level=0' test --release --test suite {{FILTER}}

# Renew the pages that are made from the code, after a new kind of object
bless-kinds:
    DRIFT_BLESS=1 cargo test --release --test suite -- coverage:: rules::

# Renew the pages that are made from the code, after a new tenancy rule
bless-rules:
    DRIFT_BLESS=1 cargo test --release --test suite -- rules:: isolation_page::

# What reads others' bytes, on its seeds and some mutations of them
fuzz:
    cargo test --release --test suite fuzz::

# The same with libFuzzer, for as long as nobody stops it
fuzz-long:
    cargo +nightly fuzz run plan fuzz/corpus/plan fuzz/seeds/plan

# The documentation site, to target/book
book:
    mdbook build
