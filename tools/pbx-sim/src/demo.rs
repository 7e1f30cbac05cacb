//! The demo: every call story in real time, through the daemon's own threads and sockets, with baresip among the SIP phones.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::Instant;

use hw_tests::live::{LiveBench, LiveSetup};
use hw_tests::peers::{Account, Baresip};
use hw_tests::scenarios::{self, Story};

/// SIP phones of the stories: the first is baresip, the others are scripted.
const SIP_PHONES: usize = 3;
/// A phone that is not answered rings this long, in seconds: nobody wants to watch the usual 60.
const NO_ANSWER_S: u16 = 20;
/// Boxes that run at once, each with its own phones. Calls last as long as calls do; one box would take a quarter of an hour.
const BOXES: usize = 4;

/// What went wrong on each thread, in the words of its panic.
type Whys = Arc<Mutex<HashMap<ThreadId, String>>>;

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
    let boxes = BOXES.min(stories.len());
    println!(
        "stories: {}, in real time; boxes at once: {boxes}, each with two analog phones (101, 102), two lines, baresip (111) and \
         two scripted SIP phones (112, 113); a story is printed when it is over",
        stories.len()
    );
    let whys = quiet_panics();
    let began = Instant::now();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..boxes {
            scope.spawn(|| tell_stories(&stories, &next, &whys, &wrong));
        }
    });
    let wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("\n{} s", began.elapsed().as_secs());
    if !wrong.is_empty() {
        println!("wrong: {}", wrong.join(", "));
    }
    let failed = wrong.len();
    println!(
        "{} passed, {failed} failed",
        stories.len().saturating_sub(failed)
    );
    if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// One box tells one story after the other until there is none left.
fn tell_stories(
    stories: &[&Story],
    next: &AtomicUsize,
    whys: &Whys,
    wrong: &Mutex<Vec<&'static str>>,
) {
    let notes = Arc::new(Mutex::new(Vec::<String>::new()));
    let mut bench = None;
    while let Some(story) = stories.get(next.fetch_add(1, Ordering::Relaxed)) {
        let told = match bench.take().map_or_else(|| set_up(&notes), Ok) {
            Err(error) => Err(error),
            Ok(mut ready) => match catch_unwind(AssertUnwindSafe(|| (story.run)(&mut ready))) {
                Ok(()) => {
                    bench = Some(ready);
                    Ok(())
                }
                // Whatever went wrong may be left on this bench: the next story gets a new one.
                Err(_) => Err(why_of_this_thread(whys)),
            },
        };
        let mut lines = vec![format!("\n{}: {}", story.name, story.shows)];
        lines.append(&mut notes.lock().unwrap_or_else(PoisonError::into_inner));
        match told {
            Ok(()) => lines.push("  right".to_owned()),
            Err(error) => {
                lines.push(format!("  WRONG: {error}"));
                wrong
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(story.name);
            }
        }
        println!("{}", lines.join("\n"));
    }
    if let Some(Err(error)) = bench.map(LiveBench::stop) {
        println!("\nthe daemon did not stop cleanly: {error}");
        wrong
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push("stopping");
    }
}

/// A daemon with its parties.
fn set_up(notes: &Arc<Mutex<Vec<String>>>) -> Result<LiveBench, String> {
    let setup = LiveSetup {
        no_answer_s: NO_ANSWER_S,
        ..LiveSetup::default()
    };
    let mut bench = LiveBench::start(setup).map_err(|e| e.to_string())?;
    let notes = Arc::clone(notes);
    bench.tell(move |line| {
        notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(format!("  {line}"))
    });
    let account = Account::of(&bench, 0);
    let baresip = Baresip::start(&account).map_err(|e| format!("baresip: {e}"))?;
    baresip.registered().map_err(|e| format!("baresip: {e}"))?;
    bench.add(baresip);
    for _ in 1..SIP_PHONES {
        bench.add_scripted().map_err(|e| e.to_string())?;
    }
    Ok(bench)
}

fn why_of_this_thread(whys: &Whys) -> String {
    let mut whys = whys.lock().unwrap_or_else(PoisonError::into_inner);
    whys.remove(&std::thread::current().id())
        .unwrap_or_else(|| "it panicked".to_owned())
}

/// A story that goes wrong panics with what it saw: kept for the report instead of printed with a backtrace.
fn quiet_panics() -> Whys {
    let whys = Whys::default();
    let keep = Arc::clone(&whys);
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
        let why = text.unwrap_or_else(|| "it panicked".to_owned()) + &place;
        keep.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(std::thread::current().id(), why);
    }));
    whys
}
