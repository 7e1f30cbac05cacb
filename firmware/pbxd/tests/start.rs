//! The daemon as a program: how it starts, what it says when it cannot, how it stops.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

struct Daemon {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Daemon {
    fn start(data: &Path, port: u16) -> Daemon {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pbxd"))
            .args([
                "--bind",
                "127.0.0.1",
                "--sip-port",
                &port.to_string(),
                "--data",
            ])
            .arg(data)
            .env("TIPRING_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Daemon { child, log }
    }

    /// Reads the log up to a line that has `what`.
    fn says(&mut self, what: &str) -> String {
        let mut so_far = String::new();
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).unwrap();
            assert!(
                read > 0,
                "it ended without saying {what:?}; it said:\n{so_far}"
            );
            so_far += &line;
            if line.contains(what) {
                return so_far;
            }
        }
    }

    /// Waits for its end: whether it was a good one, and the rest of what it said.
    fn ended(&mut self) -> (bool, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().success(), rest)
    }

    /// Asks it to stop.
    fn stopped(&mut self) -> (bool, String) {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.ended()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn two_copies_at_once_are_told_apart() {
    let data = tempfile::tempdir().unwrap();
    let mut first = Daemon::start(data.path(), free_port());
    first.says("running");
    let pid = first.child.id().to_string();
    let (good, said) = Daemon::start(data.path(), free_port()).ended();
    assert!(!good);
    assert!(said.contains(&format!("in use by process {pid}")), "{said}");
    let (good, _) = first.stopped();
    assert!(good, "the first copy is not disturbed and stops cleanly");
}

#[test]
fn a_taken_port_is_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (good, said) = Daemon::start(data.path(), port).ended();
    assert!(!good);
    assert!(
        said.contains(&format!("SIP over UDP cannot use 127.0.0.1:{port}")),
        "{said}"
    );
}

#[test]
fn a_damaged_database_is_kept_beside_a_fresh_one() {
    let data = tempfile::tempdir().unwrap();
    let damaged = b"this is no database, and long enough to be looked at".repeat(100);
    fs::write(data.path().join("tipring.db"), &damaged).unwrap();
    let mut daemon = Daemon::start(data.path(), free_port());
    let said = daemon.says("running");
    assert!(
        said.contains("was damaged") && said.contains("fresh one"),
        "{said}"
    );
    daemon.stopped();
    let kept: Vec<_> = fs::read_dir(data.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().contains("corrupt"))
        .collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read(kept[0].path()).unwrap(), damaged);
}
