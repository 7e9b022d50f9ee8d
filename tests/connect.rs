//! Connections to a real server: what works, and what each failure says.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;

use crate::common::server;
use crate::common::tls::Tls;
use crate::common::tls::leaf;
use drift::model::failure;
use drift::pg::connect::Target;
use drift::pg::connect::connect;

/// Connects, asks, closes.
fn ask(text: &str, sql: &str) -> anyhow::Result<String> {
    let target = Target::parse(text)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let session = connect(&target).await?;
        let row = session.client().query_one(sql, &[]).await?;
        session.close().await;
        Ok(row.get(0))
    })
}

/// Whether the session is encrypted, in the words of the server.
fn encrypted(text: &str) -> anyhow::Result<bool> {
    Ok(ask(text, "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()")? == "true")
}

/// The message of a failure that says where, as whom and what next; never a password.
fn refused(text: &str, words: &[&str]) -> String {
    let error = ask(text, "SELECT 'connected'").expect_err(text);
    let said = format!("{error:#}");
    let help = failure::help(&error).unwrap_or_else(|| panic!("no help: {said}"));
    assert!(said.starts_with("cannot connect to "), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
    let all = format!("{said} {help} {error:?}");
    assert!(!all.contains("s3cret") && !all.contains("db error"), "{all}");
    format!("{said}\n{help}")
}

/// A listener that lets a function talk to everybody who comes.
fn listener(talk: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = std::sync::Arc::new(talk);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}

#[test]
fn trust_and_the_settings_of_a_session() {
    let Some(server) = server::shared() else { return };
    let url = server.url("postgres", "postgres");
    let of = |name: &str| ask(&url, &format!("SELECT current_setting('{name}')")).unwrap();
    assert_eq!(of("application_name"), "drift");
    let info = format!("host=127.0.0.1 port={} user=postgres dbname=postgres", server.port);
    assert_eq!(ask(&info, "SELECT current_user::text").unwrap(), "postgres");
}

#[test]
fn a_server_that_says_no() {
    let Some(server) = server::shared() else { return };
    server.psql("postgres", &["-c", "CREATE ROLE locked LOGIN PASSWORD 'right'", "-c", "CREATE ROLE barred LOGIN"]);
    server.require_password("locked");
    server.first_rule("host all barred 127.0.0.1/32 reject");
    let at = format!("127.0.0.1:{}", server.port);
    assert_eq!(ask(&format!("postgres://locked:right@{at}/postgres"), "SELECT 'in'").unwrap(), "in");
    refused(
        &format!("postgres://locked:s3cret@{at}/postgres"),
        &[&at, "as locked", "28P01", "password authentication"],
    );
    refused(&format!("postgres://locked@{at}/postgres?passfile=/nonexistent"), &["asks for a password"]);
    refused(&format!("postgres://barred:s3cret@{at}/postgres"), &["as barred", "28000", "pg_hba.conf"]);
    refused(&format!("postgres://postgres:s3cret@{at}/nowhere"), &["3D000", "nowhere"]);
}

#[test]
fn the_password_file_is_used_and_one_that_others_read_is_mentioned() {
    use std::os::unix::fs::PermissionsExt;
    let Some(server) = server::shared() else { return };
    server.psql("postgres", &["-c", "CREATE ROLE filed LOGIN PASSWORD 'fi:led'"]);
    server.require_password("filed");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("127.0.0.1:{}:*:filed:fi\\:led\n", server.port)).unwrap();
    let url = format!("postgres://filed@127.0.0.1:{}/postgres?passfile={}", server.port, file.path().display());
    assert_eq!(ask(&url, "SELECT 'in'").unwrap(), "in");
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused(&url, &["asks for a password"]).contains("was ignored"));
}

#[test]
fn nobody_is_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for mode in ["disable", "allow", "prefer", "require"] {
        let url = format!("postgres://app:s3cret@127.0.0.1:{port}/shop?sslmode={mode}");
        refused(&url, &[&format!("127.0.0.1:{port}"), "as app", "refused"]);
    }
    refused("postgres://app:s3cret@no-such-host.invalid/shop", &["no-such-host.invalid:5432", "does not resolve"]);
    refused("postgres://app:s3cret@/shop?host=/nonexistent", &["/nonexistent", "no such socket"]);
}

#[test]
fn something_else_is_there() {
    let answer = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    let polite = listener(move |mut stream| {
        let _asked = stream.read(&mut [0; 512]);
        let _answered = stream.write_all(answer);
    });
    // Answers, and keeps the connection.
    let sticky = listener(move |mut stream| {
        let _asked = stream.read(&mut [0; 512]);
        let _answered = stream.write_all(answer);
        std::thread::sleep(std::time::Duration::from_secs(20));
    });
    for mode in ["disable", "allow", "prefer", "require"] {
        for port in [polite, sticky] {
            let url = format!("postgres://app:s3cret@127.0.0.1:{port}/shop?sslmode={mode}&connect_timeout=1");
            refused(&url, &["not a Postgres server", "0x48"]);
        }
    }
    let silent = listener(|_stream| std::thread::sleep(std::time::Duration::from_secs(20)));
    refused(&format!("postgres://app:s3cret@127.0.0.1:{silent}/shop?connect_timeout=1"), &["timed out after 1 s"]);
}

#[test]
fn a_server_without_tls() {
    let Some(server) = server::start() else { return };
    let url = |mode: &str| format!("postgres://postgres:s3cret@127.0.0.1:{}/postgres?sslmode={mode}", server.port);
    for mode in ["disable", "allow", "prefer"] {
        assert!(!encrypted(&url(mode)).unwrap(), "{mode}");
    }
    refused(&url("require"), &["does not offer TLS"]);
}

#[test]
fn every_sslmode_checks_as_much_as_it_says() {
    let Some(tls) = Tls::start() else { return };
    let ours = Some("ours.pem");
    // Nobody is verified.
    assert!(!encrypted(&tls.url("127.0.0.1", "disable", None)).unwrap());
    assert!(!encrypted(&tls.url("127.0.0.1", "allow", None)).unwrap());
    assert!(encrypted(&tls.url("127.0.0.1", "prefer", None)).unwrap());
    assert!(encrypted(&tls.url("127.0.0.1", "require", None)).unwrap());
    // The authority, and the name.
    assert!(encrypted(&tls.url("localhost", "verify-full", ours)).unwrap());
    assert!(encrypted(&tls.url("127.0.0.1", "verify-ca", ours)).unwrap());
    refused(&tls.url("127.0.0.1", "verify-full", ours), &["for another host name", "127.0.0.1"]);
    for mode in ["require", "verify-ca", "verify-full"] {
        refused(&tls.url("localhost", mode, Some("other.pem")), &["not known here"]);
    }
    // A server that lets nobody in over TLS, or only over TLS.
    tls.server.first_rule("hostssl all postgres 127.0.0.1/32 reject");
    refused(&tls.url("127.0.0.1", "require", None), &["28000"]);
    assert!(!encrypted(&tls.url("127.0.0.1", "prefer", None)).unwrap());
    tls.server.first_rule("hostssl all postgres 127.0.0.1/32 trust\nhostnossl all postgres 127.0.0.1/32 reject");
    assert!(encrypted(&tls.url("127.0.0.1", "allow", None)).unwrap());
}

#[test]
fn certificates_that_are_not_accepted() {
    let Some(tls) = Tls::start() else { return };
    refused(&tls.url("localhost", "verify-full", None), &["not known here"]);
    let mut expired = leaf();
    expired.not_before = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    tls.offer(&expired);
    for mode in ["verify-ca", "verify-full"] {
        refused(&tls.url("localhost", mode, Some("ours.pem")), &["has expired"]);
    }
    assert!(encrypted(&tls.url("localhost", "require", None)).unwrap());
    let missing = ask(&tls.url("localhost", "verify-full", Some("absent.pem")), "SELECT 'x'").unwrap_err();
    assert!(format!("{missing:#}").contains("absent.pem"), "{missing:#}");
}
