# docker build -t drift . && docker run --rm -v "$PWD:/work" -e DATABASE_URL drift check
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock README.md ./
COPY src src
COPY benches benches
COPY examples examples
# Only named in Cargo.toml, but they have to be there.
COPY tests/suite.rs tests/faults.rs tests/
COPY tests/generator/main.rs tests/generator/
RUN cargo build --release --locked --bin drift

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home drift
COPY --from=build /src/target/release/drift /usr/local/bin/drift
USER drift
ENV DRIFT_CACHE_DIR=/tmp/drift
WORKDIR /work
ENTRYPOINT ["drift"]
