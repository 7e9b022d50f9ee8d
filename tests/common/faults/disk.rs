//! A disk that is soon full: a small file system of its own, with a tablespace on it.

use std::path::Path;
use std::process::Command;

use crate::common::server::Server;

/// How large it is: a database and what an apply adds to it.
const SIZE: u64 = 96 << 20;

pub struct Disk {
    directory: tempfile::TempDir,
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).stderr(std::process::Stdio::null()).status().is_ok_and(|s| s.success())
}

impl Disk {
    /// `None` where this machine lets nobody mount one.
    pub fn mount(server: &Server) -> Option<Disk> {
        let disk = Disk { directory: tempfile::tempdir().unwrap() };
        let path = disk.directory.path().to_str().unwrap().to_owned();
        let size = format!("size={SIZE}");
        if !Server::as_root() || !run("mount", &["-t", "tmpfs", "-o", &size, "drift-test", &path]) {
            eprintln!("not covered here: nobody may mount a small file system to fill it");
            return None;
        }
        std::fs::create_dir(disk.directory.path().join("space")).unwrap();
        assert!(run("chown", &["-R", "postgres", &path]) && run("chmod", &["a+rx", &path]));
        server.psql("postgres", &["-c", &format!("CREATE TABLESPACE small LOCATION '{path}/space'")]);
        Some(disk)
    }

    /// Writes it full but for so many bytes.
    pub fn fill(&self, but: u64) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.filler()).unwrap();
        let block = [1u8; 4096];
        while file.write_all(&block).is_ok() {}
        let length = file.metadata().unwrap().len();
        file.set_len(length.saturating_sub(but)).unwrap();
    }

    /// Gives all of it back.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> std::path::PathBuf {
        self.directory.path().join("filler")
    }

    /// Ends it; nothing may be on it any more.
    pub fn unmount(self, server: &Server) {
        server.psql("postgres", &["-c", "DROP TABLESPACE small"]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A server that still holds a file of it lets go later.
        unmount(self.directory.path());
    }
}

fn unmount(path: &Path) {
    run("umount", &["-l", path.to_str().unwrap()]);
}
