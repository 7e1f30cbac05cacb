//! The console: a person types what the people at phones and lines do, and reads what they hear.

use std::io::BufRead;

use line_sim::{CidDelivery, Disconnect, ExchangeLine, Heard, IncomingCall, Phone, SimError};
use pbxd::signalling::Notice;
use store::{Device, Extension};
use telephony::LineId;
use tokio::sync::mpsc::Sender;

const HELP: &str = "\
  phones are named by their extension (101), lines line1, line2, ...
  lift 101              lift the receiver              hang 101         hang up
  dial 101 102          press keys (0-9 * # A-D)       pulse 101 102    dial with a rotary dial
  flash 101             press the flash key
  say 101 1000 [-10]    a tone into the mouth: Hz, dBm0     say 101 hello.wav   a WAV file (8 kHz mono)
  quiet 101             stop talking                   hear 101 [ms]    what the ear heard last (default 1000 ms)
  ring line1 5551234    somebody calls on the line     answer line1     the far party answers a call of ours
  hang line1 [how]      the far party hangs up: drop (default), busy, congestion, reversal, silence
  say, quiet, hear, dial work for the far party of a line, too
  cut line1 / restore line1    pull and plug the line
  show                  every phone and line           help             this
  quit                  stop the box";

/// How much of what was heard is told when nothing else is asked for.
const HEAR_MS: u32 = 1_000;

/// Who the commands are for.
pub(crate) struct Console {
    bench: line_sim::Bench,
    phones: Vec<(String, LineId)>,
}

enum Party {
    Phone(Phone),
    Line(ExchangeLine),
}

/// Reads commands on a thread of its own until the input ends.
pub(crate) fn start(console: Console, quit: Sender<()>) {
    let body = move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            let mut words: Vec<&str> = line.split_whitespace().collect();
            if let Some(start) = comment(&words) {
                words.truncate(start);
            }
            if matches!(words[..], ["quit" | "exit"]) {
                let _ = quit.blocking_send(());
                return;
            }
            match console.carry_out(&words) {
                Ok(said) if said.is_empty() => {}
                Ok(said) => println!("{said}"),
                Err(why) => println!("{why}"),
            }
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("console".to_owned())
        .spawn(body)
    {
        eprintln!("no console: {error}");
    }
}

/// Where a comment begins, as in `lift 101  # the first phone`. A `#` that ends the line is the key.
fn comment(words: &[&str]) -> Option<usize> {
    words
        .iter()
        .position(|&word| word == "#")
        .filter(|&at| at + 1 < words.len())
}

/// Tells news of the box, whose first `fxs` ports have phones and the others lines.
pub(crate) fn notice(notice: Notice, fxs: u16) {
    match notice {
        Notice::Registered { account, contact } => {
            println!("* {account} registered from {contact}")
        }
        Notice::Unregistered { account, contact } => {
            println!("* {account} is no longer registered from {contact}")
        }
        Notice::LineCut(line) => println!(
            "* {} has no battery: is it plugged in?",
            port_name(line, fxs)
        ),
        Notice::LineRestored(line) => println!("* {} is back", port_name(line, fxs)),
        Notice::PortFailed(line) => println!("* {} stopped working", port_name(line, fxs)),
        Notice::PortRecovered(line) => println!("* {} works again", port_name(line, fxs)),
        Notice::Trunk { name, up } => {
            println!("* trunk {name} is {}", if up { "up" } else { "down" })
        }
        Notice::Recorded(call) => {
            let talked = call.answered.map_or(0, |at| call.ended.since(at).as_secs());
            let dialled = if call.dialled.is_empty() {
                "-"
            } else {
                &call.dialled
            };
            println!(
                "* recorded: {} dialled {dialled}, talked {talked} s, {}",
                caller(&call),
                call.cause
            );
        }
    }
}

/// What a person calls a port.
fn port_name(port: LineId, fxs: u16) -> String {
    let position = port.0 + 1;
    match port.0.checked_sub(fxs) {
        Some(line) => format!("line{} (port {position})", line + 1),
        None => format!("the phone on port {position}"),
    }
}

fn caller(call: &call::CallRecord) -> String {
    if call.caller.number.is_empty() {
        call.origin.to_string()
    } else {
        call.caller.number.to_string()
    }
}

impl Console {
    pub(crate) fn new(bench: line_sim::Bench, extensions: &[Extension]) -> Self {
        let phone = |extension: &Extension| {
            let port = extension.devices.iter().find_map(|device| match device {
                Device::Fxs(line) if bench.phone(*line).is_ok() => Some(*line),
                Device::Fxs(_) | Device::Sip(_) => None,
            })?;
            Some((extension.number.clone(), port))
        };
        let phones = extensions.iter().filter_map(phone).collect();
        Console { bench, phones }
    }

    fn carry_out(&self, words: &[&str]) -> Result<String, String> {
        match words {
            [] => Ok(String::new()),
            ["help"] => Ok(HELP.to_owned()),
            ["show"] => Ok(self.show()),
            [verb, name, rest @ ..] => match self.party(name)? {
                Party::Phone(phone) => phone_does(name, &phone, verb, rest),
                Party::Line(line) => line_does(name, &line, verb, rest),
            },
            [word] => Err(format!(
                "\"{word}\" is not a command, or needs a phone or line; type help"
            )),
        }
    }

    fn party(&self, name: &str) -> Result<Party, String> {
        if let Some((_, port)) = self.phones.iter().find(|(number, _)| number == name) {
            return self
                .bench
                .phone(*port)
                .map(Party::Phone)
                .map_err(|e| e.to_string());
        }
        let lines = self.bench.lines();
        let count = lines.len();
        let position = name
            .strip_prefix("line")
            .and_then(|n| n.parse::<usize>().ok());
        let line = position.and_then(|n| lines.into_iter().nth(n.checked_sub(1)?));
        line.map(Party::Line).ok_or_else(|| {
            let phones: Vec<_> = self
                .phones
                .iter()
                .map(|(number, _)| number.as_str())
                .collect();
            format!(
                "there is no \"{name}\"; phones: {}; lines: line1 to line{count}",
                phones.join(" ")
            )
        })
    }

    fn show(&self) -> String {
        let mut rows = Vec::new();
        for (number, port) in &self.phones {
            let Ok(phone) = self.bench.phone(*port) else {
                continue;
            };
            let hook = match (phone.is_off_hook(), phone.ringing()) {
                (true, _) => "off hook",
                (false, true) => "ringing",
                (false, false) => "on hook",
            };
            let shown = phone.caller_id_shown().last().map_or(String::new(), |cid| {
                format!(", last caller shown: {}", cid.number)
            });
            rows.push(format!("  {number}: {hook}{shown}"));
        }
        for (n, line) in self.bench.lines().iter().enumerate() {
            let digits = line.digits_received();
            let digits = if digits.is_empty() { "none" } else { &digits };
            rows.push(format!(
                "  line{}: {:?}, digits received: {digits}",
                n + 1,
                line.state()
            ));
        }
        rows.join("\n")
    }
}

fn phone_does(name: &str, phone: &Phone, verb: &str, rest: &[&str]) -> Result<String, String> {
    match (verb, rest) {
        ("lift", []) => phone.lift(),
        ("hang", []) => phone.hang_up(),
        ("flash", []) => phone.flash_key(),
        ("dial", [keys]) => phone.dial(keys).map_err(|e| e.to_string())?,
        ("pulse", [digits]) => phone.pulse_dial(digits).map_err(|e| e.to_string())?,
        ("say", [file]) if file.ends_with(".wav") => {
            phone.say_wav(file).map_err(|e| e.to_string())?
        }
        ("say", [hz, level @ ..]) => {
            let (hz, dbm0) = tone(hz, level)?;
            phone.say_tone(hz, dbm0);
        }
        ("quiet", []) => phone.be_silent(),
        ("hear", []) => return Ok(describe(&phone.heard_last(HEAR_MS))),
        ("hear", [ms]) => return Ok(describe(&phone.heard_last(milliseconds(ms)?))),
        _ => {
            let typed = [&[verb, name], rest].concat().join(" ");
            return Err(format!("\"{typed}\" is nothing a phone can do; type help"));
        }
    }
    Ok(String::new())
}

fn line_does(name: &str, line: &ExchangeLine, verb: &str, rest: &[&str]) -> Result<String, String> {
    match (verb, rest) {
        ("ring", [number]) => line
            .ring(IncomingCall::new(number, CidDelivery::Bell202))
            .map_err(|error| match error {
                SimError::LineInUse(_) => format!("{name} is in use or cut"),
                error => error.to_string(),
            })?,
        ("answer", []) => line.far_answer(),
        ("hang", []) => line.far_hang_up(),
        ("hang", [how]) => line.far_hang_up_by(disconnect(how)?),
        ("dial", [keys]) => line.far_dial(keys).map_err(|e| e.to_string())?,
        ("say", [file]) if file.ends_with(".wav") => {
            line.far_say_wav(file).map_err(|e| e.to_string())?
        }
        ("say", [hz, level @ ..]) => {
            let (hz, dbm0) = tone(hz, level)?;
            line.far_say_tone(hz, dbm0);
        }
        ("quiet", []) => line.far_be_silent(),
        ("hear", []) => return Ok(describe(&line.far_heard_last(HEAR_MS))),
        ("hear", [ms]) => return Ok(describe(&line.far_heard_last(milliseconds(ms)?))),
        ("cut", []) => line.cut(),
        ("restore", []) => line.restore(),
        _ => {
            let typed = [&[verb, name], rest].concat().join(" ");
            return Err(format!("\"{typed}\" is nothing a line can do; type help"));
        }
    }
    Ok(String::new())
}

fn disconnect(how: &str) -> Result<Disconnect, String> {
    match how {
        "drop" => Ok(Disconnect::LoopDrop { ms: 800 }),
        "busy" => Ok(Disconnect::Busy),
        "congestion" => Ok(Disconnect::Congestion),
        "reversal" => Ok(Disconnect::PolarityReversal),
        "silence" => Ok(Disconnect::Silence),
        _ => Err(format!(
            "\"{how}\": an exchange disconnects by drop, busy, congestion, reversal or silence"
        )),
    }
}

fn tone(hz: &str, level: &[&str]) -> Result<(f32, f32), String> {
    let frequency: f32 = hz
        .parse()
        .map_err(|_| format!("\"{hz}\" is neither a frequency in Hz nor a .wav file"))?;
    if !(20.0..=3_900.0).contains(&frequency) {
        return Err(format!(
            "{frequency} Hz does not pass a telephone; 20 to 3900 Hz do"
        ));
    }
    let dbm0 = match level {
        [] => Ok(-10.0),
        [level] => level
            .parse()
            .map_err(|_| format!("\"{level}\" is not a level in dBm0")),
        _ => Err("say a frequency and a level, nothing more".to_owned()),
    }?;
    if !(-70.0..=3.17).contains(&dbm0) {
        return Err(format!(
            "{dbm0} dBm0 is out of range; -70 to +3.17 is possible"
        ));
    }
    Ok((frequency, dbm0))
}

fn milliseconds(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not a number of milliseconds"))
}

/// What an ear heard, in words.
pub(crate) fn describe(heard: &Heard) -> String {
    let digits = heard.digits();
    if !digits.is_empty() {
        return format!("digits {digits}, {:.1} dBm0 in all", heard.level_dbm0());
    }
    let tones: Vec<_> = heard
        .strongest_tones(2, -50.0)
        .into_iter()
        .map(|(hz, dbm0)| format!("{hz:.1} Hz at {dbm0:.1} dBm0"))
        .collect();
    if tones.is_empty() {
        format!("nothing ({:.1} dBm0)", heard.level_dbm0())
    } else {
        tones.join(", ")
    }
}
