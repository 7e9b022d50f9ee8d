//! A headless Chromium that is spoken to through a pipe, in the protocol of its
//! developer tools: what a page logs, loads, measures and looks like.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::channel;
use std::time::Duration;

use base64::Engine;
use serde_json::Value;
use serde_json::json;

const PROGRAMS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
/// The browser hangs up rather than answer later than this.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Browser {
    child: Child,
    messages: Receiver<Value>,
    number: u64,
    session: Option<String>,
    /// What happened and was not asked for, since somebody last took it.
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

/// The browser of this machine.
fn program() -> Option<String> {
    let asked = std::env::var("DRIFT_CHROMIUM").ok().filter(|name| !name.is_empty());
    let usual = PROGRAMS.iter().map(|name| (*name).to_owned());
    asked
        .into_iter()
        .chain(usual)
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))
}

impl Browser {
    /// A browser with one empty page, or `None` where the machine has none and nobody insists on it
    /// (`DRIFT_REQUIRE_CHROMIUM=1` insists: then this panics).
    pub fn start() -> Option<Browser> {
        let Some(program) = program() else {
            assert!(
                std::env::var_os("DRIFT_REQUIRE_CHROMIUM").is_none(),
                "no Chromium on this machine; scripts/ci-browser installs it"
            );
            eprintln!("not covered here: this machine has no Chromium");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        // Its pipe is file descriptors 3 and 4; ours are its standard ones.
        command.args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 >/dev/null 2>/dev/null", &program]);
        command.args([
            "--headless=new",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
        ]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.arg("--disable-dev-shm-usage").arg(format!("--user-data-dir={}", profile.path().display()));
        if super::server::Server::as_root() {
            command.arg("--no-sandbox");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while output.read_until(0, &mut bytes).is_ok_and(|n| n > 0) {
                let message = serde_json::from_slice(bytes.strip_suffix(&[0]).unwrap_or(&bytes)).unwrap();
                bytes.clear();
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Browser { child, messages, number: 0, session: None, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = Some(browser.call("Target.attachToTarget", attach)["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Calls a method, and gives what it returns.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.child.stdin.as_mut().unwrap().write_all(&bytes).unwrap();
        loop {
            let answer = self.next(method);
            if answer["id"] == json!(self.number) {
                assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn next(&mut self, what: &str) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{what}: {error}"));
        if message.get("id").is_none() {
            self.events.push(message.clone());
        }
        message
    }

    /// Opens a file in a window of this width, and waits until it is there.
    pub fn open(&mut self, file: &Path, width: u32, scheme: &str) {
        self.events.clear();
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        self.call("Page.navigate", json!({ "url": format!("file://{}", file.display()) }));
        while !self.events.iter().any(|event| event["method"] == json!("Page.loadEventFired")) {
            self.next("loading the page");
        }
        // Whatever the page still has to say comes before the answer to this.
        self.evaluate("document.fonts.ready.then(() => 1)");
    }

    /// What an expression of JavaScript is on the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// What the page logged or threw since it was opened.
    pub fn complaints(&self) -> Vec<String> {
        let spoken = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        let told = self.events.iter().filter(|event| spoken.iter().any(|method| event["method"] == json!(method)));
        told.map(|event| event["params"].to_string()).collect()
    }

    /// What was loaded since the page was opened, the page among it.
    pub fn loaded(&self) -> Vec<String> {
        let sent = self.events.iter().filter(|event| event["method"] == json!("Network.requestWillBeSent"));
        sent.map(|event| event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The page as a PDF.
    pub fn printed(&mut self) -> Vec<u8> {
        decoded(&self.call("Page.printToPDF", json!({ "printBackground": true })))
    }

    /// The whole page as a PNG.
    pub fn screenshot(&mut self) -> Vec<u8> {
        decoded(&self.call("Page.captureScreenshot", json!({ "captureBeyondViewport": true })))
    }
}

fn decoded(answer: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends with its pipe; whoever does not is ended.
        drop(self.child.stdin.take());
        for _ in 0..50 {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}
