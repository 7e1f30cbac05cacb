//! SIPp and its scenarios in `tests/peers/sipp`.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

use super::{Account, Folder, free_port, local_ip_for, missing};

/// A SIPp scenario, not yet run.
#[derive(Clone, Debug)]
pub struct Sipp {
    account: Account,
    port: u16,
    dials: String,
    calls: u32,
    at_once: u32,
    per_second: u32,
}

/// A SIPp that runs.
pub struct SippRun {
    scenario: String,
    ended: Receiver<io::Result<ExitStatus>>,
    pid: nix::unistd::Pid,
    folder: Folder,
}

/// How a run of SIPp ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SippResult {
    /// Calls that went as the scenario says.
    pub successful: u32,
    /// Calls that did not.
    pub failed: u32,
    /// SIPp's exit code: 0 when every call went well.
    pub exit: Option<i32>,
}

impl Sipp {
    /// A SIPp with an account of the box, at a port of its own that its registration and its calls share.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn new(account: &Account) -> io::Result<Sipp> {
        let port = free_port(local_ip_for(account.server))?;
        Ok(Sipp {
            account: account.clone(),
            port,
            dials: "unused".to_owned(),
            calls: 1,
            at_once: 1,
            per_second: 1,
        })
    }

    /// The number it calls.
    pub fn dials(&self, number: &str) -> Sipp {
        Sipp {
            dials: number.to_owned(),
            ..self.clone()
        }
    }

    /// How many calls, how many of them at once, how many new ones a second.
    pub fn calls(&self, calls: u32, at_once: u32, per_second: u32) -> Sipp {
        Sipp {
            calls,
            at_once,
            per_second,
            ..self.clone()
        }
    }

    /// Begins the scenario `tests/peers/sipp/<scenario>.xml`.
    ///
    /// # Errors
    /// When SIPp is not installed or does not start.
    pub fn start(&self, scenario: &str) -> io::Result<SippRun> {
        self.start_with(scenario, None)
    }

    /// As [`Sipp::start`]; calls that come meanwhile follow the scenario `incoming`.
    ///
    /// # Errors
    /// As [`Sipp::start`].
    pub fn start_with(&self, scenario: &str, incoming: Option<&str>) -> io::Result<SippRun> {
        let folder = Folder::new(&format!("sipp-{scenario}"))?;
        let file = |name: &str| {
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/peers/sipp/{name}.xml"))
        };
        let Account {
            user,
            password,
            server,
            tcp,
        } = &self.account;
        let ip = local_ip_for(*server);
        let log = File::create(folder.path().join("screen"))?;
        let mut child = Command::new("sipp")
            .current_dir(folder.path())
            .arg("-sf")
            .arg(file(scenario))
            .args(
                incoming
                    .iter()
                    .flat_map(|name| ["-oocsf".into(), file(name)]),
            )
            .args(["-i", &ip.to_string(), "-p", &self.port.to_string()])
            .args(["-t", if *tcp { "t1" } else { "u1" }])
            .args(["-s", &self.dials, "-au", user, "-ap", password])
            .args([
                "-key",
                "user",
                user,
                "-key",
                "transport",
                if *tcp { "tcp" } else { "udp" },
            ])
            .args(["-auth_uri", &self.digest_uri(scenario)])
            .args([
                "-m",
                &self.calls.to_string(),
                "-l",
                &self.at_once.to_string(),
                "-r",
                &self.per_second.to_string(),
            ])
            .args(["-mp", &free_port(ip)?.to_string()])
            .args([
                "-nostdin",
                "-trace_err",
                "-trace_msg",
                "-error_file",
                "errors",
                "-message_file",
                "messages",
            ])
            .args([
                "-trace_stat",
                "-stf",
                "stat.csv",
                "-fd",
                "1",
                "-timeout",
                "90",
                "-timeout_error",
            ])
            .arg(server.to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| missing("sipp", "Debian package sip-tester", &error))?;
        let pid = nix::unistd::Pid::from_raw(child.id() as i32);
        let (out, ended) = channel();
        let wait = move || {
            let _ = out.send(child.wait());
        };
        std::thread::Builder::new()
            .name("sipp".to_owned())
            .spawn(wait)?;
        Ok(SippRun {
            scenario: scenario.to_owned(),
            ended,
            pid,
            folder,
        })
    }

    /// What the digest is for (RFC 7616 §3.4.3): left to itself, SIPp names the host alone, and an IPv6 one without brackets.
    fn digest_uri(&self, scenario: &str) -> String {
        let server = self.account.server;
        if scenario.starts_with("register") {
            server.to_string()
        } else {
            format!("{}@{server}", self.dials)
        }
    }
}

impl SippRun {
    /// Waits for the end of the scenario.
    ///
    /// # Errors
    /// When it does not end within `limit`.
    pub fn result(&self, limit: Duration) -> io::Result<SippResult> {
        let status = match self.ended.recv_timeout(limit) {
            Ok(status) => status?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    self.told("it did not end"),
                ));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("its end was told before"));
            }
        };
        let stat = std::fs::read_to_string(self.folder.path().join("stat.csv"))?;
        let (successful, failed) = (
            column(&stat, "SuccessfulCall(C)"),
            column(&stat, "FailedCall(C)"),
        );
        Ok(SippResult {
            successful,
            failed,
            exit: status.code(),
        })
    }

    /// Waits for the end, and insists that `calls` calls went well and none badly.
    ///
    /// # Panics
    /// With what SIPp noted, when that is not so. Its files are kept then.
    pub fn all_succeed(self, calls: u32, limit: Duration) {
        let result = self.result(limit).unwrap_or_else(|error| panic!("{error}"));
        let wanted = SippResult {
            successful: calls,
            failed: 0,
            exit: Some(0),
        };
        assert_eq!(result, wanted, "{}", self.told("not every call went well"));
    }

    fn told(&self, what: &str) -> String {
        let read =
            |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let errors: String = read("errors").chars().take(4_000).collect();
        format!(
            "SIPp {}: {what}. Files in {}. It noted:\n{errors}{}",
            self.scenario,
            self.folder.path().display(),
            last(&read("screen"))
        )
    }
}

/// The end of what it printed, when it printed but a few words (a bad command line, say).
fn last(screen: &str) -> &str {
    if screen.len() < 1_000 { screen } else { "" }
}

impl Drop for SippRun {
    fn drop(&mut self) {
        // The thread that waits for it gives the process id back.
        if matches!(self.ended.try_recv(), Err(TryRecvError::Empty)) {
            let _ = nix::sys::signal::kill(self.pid, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// The last value of a column of SIPp's statistics.
fn column(stat: &str, name: &str) -> u32 {
    let mut lines = stat.lines();
    let position = lines
        .next()
        .unwrap_or_default()
        .split(';')
        .position(|column| column == name);
    let last = lines.next_back().unwrap_or_default();
    position
        .and_then(|n| last.split(';').nth(n))
        .and_then(|value| value.parse().ok())
        .unwrap_or(0)
}
