//! PJSIP through the PyPI package `pjsua2-python`, driven by lines through `tests/peers/pjsua_peer.py`.
//!
//! What it cannot do here: say different things in two calls; IPv6, which the package is built without.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use line_sim::Heard;

use super::{Account, Folder, missing, wav};
use crate::SipParty;
use crate::sip_phone::State;

/// Names the Python that has pjsua2, when it is not the one `tools/test` makes.
const PYTHON: &str = "TIPRING_PEERS_PYTHON";
/// PJSIP begins a file again at its end, with a gap: longer than any test.
const SPEECH_S: u32 = 180;
/// PJSIP writes what was heard at least this often, while the call is up.
const WRITES: Duration = Duration::from_millis(280);
/// Time to start, or to register.
const PATIENCE: Duration = Duration::from_secs(15);

/// A running PJSIP phone with one account.
pub struct Pjsua {
    child: Child,
    commands: ChildStdin,
    seen: Arc<Seen>,
    server: std::net::SocketAddr,
    tcp: bool,
    tones: u32,
    folder: Folder,
}

struct Seen {
    story: Mutex<Story>,
    changed: Condvar,
}

#[derive(Default)]
struct Story {
    ready: bool,
    gone: bool,
    registered: Option<u16>,
    calls: Vec<Call>,
    caller: Option<String>,
    transferred: Option<u16>,
    errors: Vec<String>,
}

struct Call {
    state: State,
    digits: String,
    recording: Option<PathBuf>,
}

impl Seen {
    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().expect("the reader does not panic")
    }

    fn wait(&self, what: &str, done: impl Fn(&Story) -> bool) -> io::Result<MutexGuard<'_, Story>> {
        let waited = self
            .changed
            .wait_timeout_while(self.story(), PATIENCE, |story| !done(story) && !story.gone);
        let (story, _) =
            waited.map_err(|_| io::Error::other("the reader of PJSIP's lines panicked"))?;
        if done(&story) {
            return Ok(story);
        }
        Err(io::Error::other(format!(
            "PJSIP: {what} did not happen; it said {:?}",
            story.errors
        )))
    }
}

impl Pjsua {
    /// Starts PJSIP and begins to register.
    ///
    /// # Errors
    /// When Python or pjsua2 are not there, or it does not start.
    pub fn start(account: &Account) -> io::Result<Pjsua> {
        if account.server.is_ipv6() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "the package pjsua2-python is built without IPv6",
            ));
        }
        let folder = Folder::new(&format!("pjsua-{}", account.user))?;
        let python = python();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/pjsua_peer.py");
        let mut child = Command::new(&python)
            .arg(script)
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("stderr"))?)
            .spawn()
            .map_err(|error| {
                missing(
                    &python.to_string_lossy(),
                    "a Python with the PyPI package pjsua2-python",
                    &error,
                )
            })?;
        let seen = Arc::new(Seen {
            story: Mutex::default(),
            changed: Condvar::new(),
        });
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (commands, news) = pipes.ok_or_else(|| io::Error::other("PJSIP has no pipes"))?;
        let listener = Arc::clone(&seen);
        std::thread::Builder::new()
            .name("pjsua news".to_owned())
            .spawn(move || listen(&listener, news))?;
        let mut pjsua = Pjsua {
            child,
            commands,
            seen,
            server: account.server,
            tcp: account.tcp,
            tones: 0,
            folder,
        };
        if let Err(error) = pjsua.seen.wait("its start", |story| story.ready).map(drop) {
            let said =
                std::fs::read_to_string(pjsua.folder.path().join("stderr")).unwrap_or_default();
            return Err(missing(
                &format!("{} ({})", python.display(), said.trim()),
                "PyPI package pjsua2-python",
                &error,
            ));
        }
        let transport = if account.tcp { "tcp" } else { "udp" };
        let Account {
            user,
            password,
            server,
            ..
        } = account;
        pjsua.command(&format!(
            "register {user} {password} sip:{server};transport={transport} {transport}"
        ));
        Ok(pjsua)
    }

    /// Waits for the outcome of the registration: its final status.
    ///
    /// # Errors
    /// When there was none, with what PJSIP said instead.
    pub fn registered(&self) -> io::Result<u16> {
        let mut story = self
            .seen
            .wait("an answer to REGISTER", |story| story.registered.is_some())?;
        story
            .registered
            .take()
            .ok_or_else(|| io::Error::other("no status"))
    }

    /// The last status of a transfer it asked for.
    pub fn transferred(&self) -> Option<u16> {
        self.seen.story().transferred
    }

    /// What PJSIP could not do, in its words.
    pub fn errors(&self) -> Vec<String> {
        self.seen.story().errors.clone()
    }

    fn command(&mut self, line: &str) {
        tracing::trace!(line, "to pjsua");
        // A PJSIP that is gone shows in the test as what did not happen.
        let _ = writeln!(self.commands, "{line}");
    }

    fn uri(&self, number: &str) -> String {
        let transport = if self.tcp { ";transport=tcp" } else { "" };
        format!("sip:{number}@{}{transport}", self.server)
    }
}

impl Drop for Pjsua {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python() -> PathBuf {
    let made_by_tools_test =
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pjsua2/bin/python");
    std::env::var_os(PYTHON).map_or_else(made_by_tools_test, PathBuf::from)
}

fn listen(seen: &Seen, news: ChildStdout) {
    for line in BufReader::new(news).lines().map_while(Result::ok) {
        tracing::trace!(line, "pjsua");
        seen.story().take(&line);
        seen.changed.notify_all();
    }
    seen.story().gone = true;
    seen.changed.notify_all();
}

impl Story {
    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let call = |n: &str| n.parse::<usize>().ok();
        match words[..] {
            ["ready"] => self.ready = true,
            ["registered", status, ..] => self.registered = status.parse().ok(),
            ["incoming", n, ..] => {
                self.caller = Some(words[2..].join(" "));
                if let Some(call) = call(n).and_then(|n| self.call(n)) {
                    call.state = State::Ringing;
                }
            }
            ["state", n, state, status] => {
                if let Some(call) = call(n).and_then(|n| self.call(n)) {
                    call.moved(state, status.parse().unwrap_or(0));
                }
            }
            ["digit", n, key] => {
                if let Some(call) = call(n).and_then(|n| self.call(n)) {
                    call.digits.push_str(key);
                }
            }
            ["recording", n, ..] => {
                if let Some(call) = call(n).and_then(|n| self.call(n)) {
                    call.recording = Some(words[2..].join(" ").into());
                }
            }
            ["transferred", _, status] => self.transferred = status.parse().ok(),
            _ => self.errors.push(line.to_owned()),
        }
    }

    /// Call `n`, which may be news.
    fn call(&mut self, n: usize) -> Option<&mut Call> {
        if n == self.calls.len() {
            self.calls.push(Call {
                state: State::Calling,
                digits: String::new(),
                recording: None,
            });
        }
        self.calls.get_mut(n)
    }
}

impl Call {
    fn moved(&mut self, state: &str, status: u16) {
        let incoming = self.state == State::Ringing;
        match (state, status) {
            ("EARLY", _) if incoming => {}
            ("EARLY", 183) => self.state = State::Progress,
            ("EARLY", _) => self.state = State::Ringback,
            ("CONFIRMED", _) => self.state = State::Up,
            ("DISCONNECTED", _) => self.state = State::Over(status),
            _ => {}
        }
    }
}

impl SipParty for Pjsua {
    fn call(&mut self, number: &str) {
        let n = self.seen.story().calls.len();
        self.seen.story().call(n);
        self.command(&format!("call {}", self.uri(number)));
    }
    fn answer(&mut self, n: usize) {
        self.command(&format!("answer {n}"));
    }
    fn hang_up(&mut self, n: usize) {
        self.command(&format!("hangup {n}"));
    }
    fn hold(&mut self, n: usize, on: bool) {
        self.command(&format!("{} {n}", if on { "hold" } else { "resume" }));
    }
    fn transfer(&mut self, n: usize, number: &str) {
        self.command(&format!("transfer {n} {}", self.uri(number)));
    }
    fn transfer_to_call(&mut self, n: usize, other: usize) {
        self.command(&format!("replace {n} {other}"));
    }
    fn press(&mut self, n: usize, keys: &str) {
        self.command(&format!("dtmf {n} {keys}"));
    }
    /// It has one mouth for all its calls.
    fn say(&mut self, _n: usize, tone: Option<(f64, f64)>) {
        if tone.is_none() {
            return self.command("say -");
        }
        self.tones += 1;
        let path = self.folder.path().join(format!("say-{}.wav", self.tones));
        wav::write_tone(&path, tone, SPEECH_S).expect("the temporary folder takes a WAV file");
        self.command(&format!("say {}", path.display()));
    }
    fn say_samples(&mut self, _n: usize, samples: &[i16]) {
        self.tones += 1;
        let path = self.folder.path().join(format!("say-{}.wav", self.tones));
        wav::write_samples(&path, samples, SPEECH_S)
            .expect("the temporary folder takes a WAV file");
        self.command(&format!("say {}", path.display()));
    }
    fn state(&self, n: usize) -> Option<State> {
        self.seen
            .story()
            .calls
            .get(n)
            .map(|call| call.state.clone())
    }
    fn call_count(&self) -> usize {
        self.seen.story().calls.len()
    }
    /// PJSIP writes its file by quarters of a second: waits for the one that has this moment in it.
    fn heard_last(&self, n: usize, ms: u32) -> Heard {
        let Some(path) = self.seen.story().calls[n].recording.clone() else {
            return Heard::new(Vec::new());
        };
        let (asked, length) = (Instant::now(), wav::length(&path));
        while wav::length(&path) == length && asked.elapsed() < WRITES {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        let later = (asked.elapsed().as_millis() as usize).min(WRITES.as_millis() as usize) * 8;
        let mut samples = wav::read_growing(&path, ms as usize * 8 + later).unwrap_or_default();
        samples.truncate(samples.len().saturating_sub(later));
        Heard::new(samples)
    }
    fn digits(&self, n: usize) -> String {
        self.seen.story().calls[n].digits.clone()
    }
    fn caller_shown(&self) -> Option<String> {
        let story = self.seen.story();
        let uri = story.caller.as_ref()?.split("sip:").nth(1)?;
        Some(uri.split('@').next().unwrap_or_default().to_owned())
    }
}
