//! A box for a test, and who stands around it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, PoisonError};

use hw_tests::live::{LiveBench, LiveSetup};
use hw_tests::peers::{Account, Baresip, Pjsua};
use hw_tests::scenarios::{self, Story};

/// Boxes at one time: real time needs a processor that is not late.
const AT_ONCE: usize = 3;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// Leave to run in real time; given back when dropped.
pub struct Turn(());

impl Turn {
    pub fn take() -> Turn {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = ENDED
            .wait_while(running, |running| *running >= AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Turn(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

/// A box with nobody at its SIP extensions yet.
pub fn open(setup: LiveSetup) -> LiveBench {
    let mut bench = LiveBench::start(setup).unwrap();
    bench.tell(|line| println!("  {line}"));
    bench
}

/// baresip takes the next extension.
pub fn add_baresip(bench: &mut LiveBench, n: usize) {
    let baresip = Baresip::start(&Account::of(bench, n)).unwrap();
    baresip.registered().unwrap();
    assert_eq!(bench.add(baresip), n);
}

/// PJSIP takes the next extension.
pub fn add_pjsip(bench: &mut LiveBench, n: usize) {
    let pjsua = Pjsua::start(&Account::of(bench, n)).unwrap();
    assert_eq!(pjsua.registered().unwrap(), 200);
    assert_eq!(bench.add(pjsua), n);
}

/// Tells stories of `hw_tests::scenarios`, one after the other.
pub fn tell(bench: &mut LiveBench, names: &[&str]) {
    for name in names {
        let story: &Story = scenarios::ALL
            .iter()
            .find(|story| story.name == *name)
            .unwrap();
        println!("{}: {}", story.name, story.shows);
        (story.run)(bench);
    }
}

/// Times a story with PJSIP may be told.
const TRIES: usize = 4;

/// As [`tell`], each story around a box of its own, and once more when it goes wrong: PJSIP's jitter buffer finds its length by
/// inserting and throwing away speech, which breaks a tone in about one story of five. A fault of the box goes wrong every time.
pub fn tell_with_pjsip(stage: impl Fn() -> LiveBench, names: &[&str]) {
    for name in names {
        for attempt in 1..=TRIES {
            let told = catch_unwind(AssertUnwindSafe(|| {
                let mut bench = stage();
                tell(&mut bench, &[name]);
                bench.stop().unwrap();
            }));
            match told {
                Ok(()) => break,
                Err(why) if attempt == TRIES => resume_unwind(why),
                Err(_) => println!("{name} went wrong, time {attempt} of {TRIES}"),
            }
        }
    }
}
