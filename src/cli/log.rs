//! What `-v` and `-vv` tell, on stderr. Only drift's own words: what its
//! libraries log may hold statements, and statements hold secrets.

use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts to tell, for as long as the program runs; nothing without `-v`.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let lines = fmt::layer().with_writer(std::io::stderr).with_timer(uptime()).with_target(false).with_ansi(false);
    let ours = Targets::new().with_target("drift", level);
    // Somebody who calls this as a library may have one of their own already.
    let _theirs_stays = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}
