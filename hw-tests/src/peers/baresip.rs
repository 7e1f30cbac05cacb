//! baresip 1.0.0 (Debian package baresip-core), driven through its `ctrl_tcp` module.
//!
//! What it cannot do: attended transfer; say different things in two calls; hear anything but silence before the media are up.

mod control;
mod ear;

use std::fs::File;
use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;

use line_sim::Heard;

use super::{Account, Folder, LOCALHOST, free_port, missing, wav};
use crate::SipParty;
use crate::sip_phone::State;

use control::{Control, Event};
use ear::Ear;

const CONFIG: &str = include_str!("../../tests/peers/baresip/config");
/// baresip hangs up at the end of the file it speaks: longer than any test.
const SPEECH_S: u32 = 180;
/// From one key to the next: baresip sends an event of 3 ends and needs the time for it.
const KEY: Duration = Duration::from_millis(300);
/// Time to start, or to answer a command.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running baresip with one account.
pub struct Baresip {
    child: Child,
    control: Arc<Control>,
    seen: Arc<Seen>,
    keys: Sender<(String, char)>,
    server: std::net::SocketAddr,
    tones: u32,
    folder: Folder,
}

struct Seen {
    story: Mutex<Story>,
    changed: Condvar,
}

impl Seen {
    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().expect("the reader does not panic")
    }
}

/// What baresip told so far.
struct Story {
    /// `Err` with its words when the registration failed.
    registered: Option<Result<(), String>>,
    calls: Vec<Call>,
    caller: Option<String>,
    transfer_failed: Option<String>,
    ear: Ear,
}

struct Call {
    id: Option<String>,
    state: State,
    digits: String,
}

impl Baresip {
    /// Starts baresip and begins to register.
    ///
    /// # Errors
    /// When baresip is not installed or does not start.
    pub fn start(account: &Account) -> io::Result<Baresip> {
        let folder = Folder::new(&format!("baresip-{}", account.user))?;
        let control_port = free_port(LOCALHOST)?;
        let ip = super::local_ip_for(account.server);
        write_config(&folder, ip, free_port(ip)?, control_port)?;
        wav::write_tone(&folder.path().join("silence.wav"), None, SPEECH_S)?;
        let ear = Ear::new(folder.path())?;
        let log = File::create(folder.path().join("log"))?;
        let child = Command::new("baresip")
            .args([if ip.is_ipv4() { "-4" } else { "-6" }, "-s", "-v", "-f"])
            .arg(folder.path())
            // The names of the files it writes contain the time of day.
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| missing("baresip", "Debian package baresip-core", &error))?;
        let story = Story {
            registered: None,
            calls: Vec::new(),
            caller: None,
            transfer_failed: None,
            ear,
        };
        let seen = Arc::new(Seen {
            story: Mutex::new(story),
            changed: Condvar::new(),
        });
        let (control, events) = Control::connect(control_port, PATIENCE)?;
        let control = Arc::new(control);
        let listener = Arc::clone(&seen);
        std::thread::Builder::new()
            .name("baresip events".to_owned())
            .spawn(move || listen(&listener, &events))?;
        let ear = Arc::downgrade(&seen);
        std::thread::Builder::new()
            .name("baresip ear".to_owned())
            .spawn(move || listen_on(&ear))?;
        let (keys, pressed) = channel();
        let hand = Arc::clone(&control);
        std::thread::Builder::new()
            .name("baresip keys".to_owned())
            .spawn(move || press_keys(&hand, &pressed))?;
        let baresip = Baresip {
            child,
            control,
            seen,
            keys,
            server: account.server,
            tones: 0,
            folder,
        };
        let transport = if account.tcp { "tcp" } else { "udp" };
        let Account {
            user,
            password,
            server,
            ..
        } = account;
        let account = format!(
            "<sip:{user}@{server};transport={transport}>;auth_pass={password};regint=600;audio_codecs=PCMU,PCMA"
        );
        baresip.control.command("uanew", Some(&account));
        Ok(baresip)
    }

    /// Waits for the outcome of the registration.
    ///
    /// # Errors
    /// baresip's own words when it was refused; [`io::ErrorKind::TimedOut`] when there was no answer.
    pub fn registered(&self) -> io::Result<()> {
        let story = self.seen.story();
        let waited = self
            .seen
            .changed
            .wait_timeout_while(story, PATIENCE, |story| story.registered.is_none());
        let (mut story, _) =
            waited.map_err(|_| io::Error::other("the reader of baresip's events panicked"))?;
        match story.registered.take() {
            Some(result) => result.map_err(io::Error::other),
            None => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "baresip got no answer to REGISTER",
            )),
        }
    }

    /// Why a transfer failed, in baresip's words.
    pub fn transfer_failed(&self) -> Option<String> {
        self.seen.story().transfer_failed.clone()
    }

    /// Its configuration, log with every SIP message, and recordings.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Makes call `n` the one that commands are for.
    fn select(&self, n: usize) {
        let id = self.seen.story().calls[n].id.clone();
        if let Some(id) = id {
            self.control.command("callfind", Some(&id));
        }
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        self.seen.story().ear.stop();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write_config(
    folder: &Folder,
    ip: std::net::IpAddr,
    sip_port: u16,
    control_port: u16,
) -> io::Result<()> {
    let host = if ip.is_ipv4() {
        ip.to_string()
    } else {
        format!("[{ip}]")
    };
    let sip_listen = format!("{host}:{sip_port}");
    let text = CONFIG
        .replace("{sip_listen}", &sip_listen)
        .replace("{ip}", &ip.to_string())
        .replace("{control_port}", &control_port.to_string())
        .replace("{folder}", &folder.path().to_string_lossy());
    std::fs::write(folder.path().join("config"), text)?;
    std::fs::write(
        folder.path().join("accounts"),
        "# The account is added when the events can be heard.\n",
    )
}

fn press_keys(control: &Control, pressed: &Receiver<(String, char)>) {
    // Nobody sends to this one: it is a wait that ends when its time is over.
    let (_keep, never) = channel::<()>();
    while let Ok((call, key)) = pressed.recv() {
        control.command("callfind", Some(&call));
        control.command("sndcode", Some(&key.to_string()));
        if never.recv_timeout(KEY) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

/// Looks after the ear as long as the phone is there.
fn listen_on(seen: &Weak<Seen>) {
    while let Some(seen) = seen.upgrade() {
        seen.story().ear.look();
        drop(seen);
        std::thread::park_timeout(ear::LOOK);
    }
}

fn listen(seen: &Seen, events: &Receiver<Event>) {
    while let Ok(event) = events.recv() {
        seen.story().take(&event);
        seen.changed.notify_all();
    }
}

/// The status of an end that baresip tells without one, as "Connection reset by user" or "by peer": what it sent or got, by RFC 3261.
fn status_of_end(state: Option<State>, words: &str) -> u16 {
    match state {
        Some(State::Up) | None => 200,
        Some(State::Ringing) if words.contains("user") => 486,
        Some(_) => 487,
    }
}

impl Story {
    fn take(&mut self, event: &Event) {
        let parameter = event.get("param").unwrap_or_default();
        match event.get("type").unwrap_or_default().as_str() {
            "REGISTER_OK" => self.registered = Some(Ok(())),
            "REGISTER_FAIL" => self.registered = Some(Err(parameter)),
            "CALL_INCOMING" => {
                self.caller = event.get("peeruri");
                self.calls.push(Call {
                    id: event.get("id"),
                    state: State::Ringing,
                    digits: String::new(),
                });
            }
            "CALL_RINGING" => self.set_state(event, State::Ringback),
            "CALL_PROGRESS" => self.set_state(event, State::Progress),
            "CALL_ESTABLISHED" => self.set_state(event, State::Up),
            "CALL_CLOSED" => {
                let told = parameter.get(..3).and_then(|code| code.parse().ok());
                let state = self.find(event).map(|n| self.calls[n].state.clone());
                self.set_state(
                    event,
                    State::Over(told.unwrap_or_else(|| status_of_end(state, &parameter))),
                );
            }
            "CALL_DTMF_START" => {
                if let Some(n) = self.find(event) {
                    self.calls[n].digits.push_str(&parameter);
                }
            }
            "TRANSFER_FAILED" | "CALL_TRANSFER_FAILED" => self.transfer_failed = Some(parameter),
            _ => {}
        }
        if let Some(n) = self.find(event) {
            self.ear.belongs_to(n);
        }
    }

    /// The call an event is about. The first one that names our own call tells us its id.
    fn find(&mut self, event: &Event) -> Option<usize> {
        let id = event.get("id")?;
        if let Some(n) = self
            .calls
            .iter()
            .position(|call| call.id.as_deref() == Some(&id))
        {
            return Some(n);
        }
        let n = self
            .calls
            .iter()
            .position(|call| call.id.is_none() && !matches!(call.state, State::Over(_)))?;
        self.calls[n].id = Some(id);
        Some(n)
    }

    fn set_state(&mut self, event: &Event, state: State) {
        if let Some(n) = self.find(event)
            && !matches!(self.calls[n].state, State::Over(_))
        {
            self.calls[n].state = state;
        }
    }
}

impl SipParty for Baresip {
    fn call(&mut self, number: &str) {
        self.seen.story().calls.push(Call {
            id: None,
            state: State::Calling,
            digits: String::new(),
        });
        self.control.command("dial", Some(number));
    }

    fn answer(&mut self, n: usize) {
        self.select(n);
        self.control.command("accept", None);
    }

    fn hang_up(&mut self, n: usize) {
        self.select(n);
        self.control.command("hangup", None);
    }

    fn hold(&mut self, n: usize, on: bool) {
        self.select(n);
        self.control
            .command(if on { "hold" } else { "resume" }, None);
    }

    fn transfer(&mut self, n: usize, number: &str) {
        self.select(n);
        self.control
            .command("transfer", Some(&format!("sip:{number}@{}", self.server)));
    }

    /// # Panics
    /// Always: baresip 1.0.0 has no attended transfer.
    fn transfer_to_call(&mut self, _n: usize, _other: usize) {
        panic!("baresip 1.0.0 has no attended transfer");
    }

    fn press(&mut self, n: usize, keys: &str) {
        let id = self.seen.story().calls[n]
            .id
            .clone()
            .expect("keys are pressed in a call that is up");
        for key in keys.chars() {
            self.keys
                .send((id.clone(), key))
                .expect("the hand waits for keys as long as the phone is there");
        }
    }

    /// baresip has one mouth for all its calls.
    fn say(&mut self, _n: usize, tone: Option<(f64, f64)>) {
        self.tones += 1;
        let path = self.folder.path().join(format!("say-{}.wav", self.tones));
        wav::write_tone(&path, tone, SPEECH_S).expect("the temporary folder takes a WAV file");
        self.control
            .command("ausrc", Some(&format!("aufile,{}", path.display())));
    }

    fn say_samples(&mut self, _n: usize, samples: &[i16]) {
        self.tones += 1;
        let path = self.folder.path().join(format!("say-{}.wav", self.tones));
        wav::write_samples(&path, samples, SPEECH_S)
            .expect("the temporary folder takes a WAV file");
        self.control
            .command("ausrc", Some(&format!("aufile,{}", path.display())));
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

    fn heard_last(&self, n: usize, ms: u32) -> Heard {
        self.seen.story().ear.heard_last(n, ms)
    }

    fn digits(&self, n: usize) -> String {
        self.seen.story().calls[n].digits.clone()
    }

    fn caller_shown(&self) -> Option<String> {
        let uri = self.seen.story().caller.clone()?;
        let user = uri.strip_prefix("sip:").unwrap_or(&uri);
        Some(user.split('@').next().unwrap_or_default().to_owned())
    }
}
