//! The demo: every call story in real time, through the daemon's own threads and sockets, with baresip among the SIP phones.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hw_tests::live::{LiveBench, LiveSetup};
use hw_tests::peers::{Account, Baresip};
use hw_tests::scenarios::{self, Story};

/// SIP phones of the stories: the first is baresip, the others are scripted.
const SIP_PHONES: usize = 3;
/// A phone that is not answered rings this long, in seconds: nobody wants to watch the usual 60.
const NO_ANSWER_S: u16 = 20;

pub(crate) fn run(only: Option<&str>) -> ExitCode {
    let wanted = |story: &&Story| only.is_none_or(|part| story.name.contains(part));
    let stories: Vec<&Story> = scenarios::ALL.iter().filter(wanted).collect();
    if stories.is_empty() {
        let names: Vec<_> = scenarios::ALL.iter().map(|story| story.name).collect();
        eprintln!(
            "no story has that in its name; there are: {}",
            names.join(", ")
        );
        return ExitCode::FAILURE;
    }
    println!(
        "two analog phones (101, 102), two lines, baresip (111) and two scripted SIP phones (112, 113); real time"
    );
    let why = quiet_panics();
    let began = Instant::now();
    let mut bench = None;
    let mut wrong = Vec::new();
    for story in &stories {
        println!("\n{}: {}", story.name, story.shows);
        let told = match bench.take().map_or_else(set_up, Ok) {
            Err(error) => Err(error),
            Ok(mut ready) => match catch_unwind(AssertUnwindSafe(|| (story.run)(&mut ready))) {
                Ok(()) => {
                    bench = Some(ready);
                    Ok(())
                }
                // Whatever went wrong may be left on this bench: the next story gets a new one.
                Err(_) => Err(why
                    .lock()
                    .map_or_else(|_| "it panicked".to_owned(), |why| why.clone())),
            },
        };
        match told {
            Ok(()) => println!("  right"),
            Err(error) => {
                println!("  WRONG: {error}");
                wrong.push(story.name);
            }
        }
    }
    let stopped = bench.map_or(Ok(()), |bench| bench.stop().map(drop));
    if let Err(error) = &stopped {
        println!("\nthe daemon did not stop cleanly: {error}");
    }
    println!("\n{} s", began.elapsed().as_secs());
    if !wrong.is_empty() {
        println!("wrong: {}", wrong.join(", "));
    }
    println!(
        "{} passed, {} failed",
        stories.len() - wrong.len(),
        wrong.len()
    );
    if wrong.is_empty() && stopped.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A daemon with its parties.
fn set_up() -> Result<LiveBench, String> {
    let setup = LiveSetup {
        no_answer_s: NO_ANSWER_S,
        ..LiveSetup::default()
    };
    let mut bench = LiveBench::start(setup).map_err(|e| e.to_string())?;
    bench.tell(|line| println!("  {line}"));
    let account = Account {
        user: bench.user(0),
        password: bench.password(0).to_owned(),
        server: bench.sip_address(),
        tcp: false,
    };
    let baresip = Baresip::start(&account).map_err(|e| format!("baresip: {e}"))?;
    baresip.registered().map_err(|e| format!("baresip: {e}"))?;
    bench.add(baresip);
    for _ in 1..SIP_PHONES {
        bench.add_scripted().map_err(|e| e.to_string())?;
    }
    Ok(bench)
}

/// A story that goes wrong panics with what it saw: kept for the report instead of printed with a backtrace.
fn quiet_panics() -> Arc<Mutex<String>> {
    let why = Arc::new(Mutex::new(String::new()));
    let keep = Arc::clone(&why);
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload();
        let text = said
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| said.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        let place = info
            .location()
            .map(|l| format!(" ({}:{})", l.file(), l.line()))
            .unwrap_or_default();
        if let Ok(mut why) = keep.lock() {
            *why = text.unwrap_or_else(|| "it panicked".to_owned()) + &place;
        }
    }));
    why
}
