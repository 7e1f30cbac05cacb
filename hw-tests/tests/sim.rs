//! Every call story on the Sim bench, in virtual time, and what only the Sim bench can do: faults, malice, chance.

#[path = "sim/bad_input.rs"]
mod bad_input;
#[path = "sim/countries.rs"]
mod countries;
#[path = "sim/faults.rs"]
mod faults;
#[path = "sim/network.rs"]
mod network;
#[path = "sim/soak.rs"]
mod soak;
#[path = "sim/stories.rs"]
mod stories;
#[path = "sim/voice.rs"]
mod voice;

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::Once;

use hw_tests::scenarios::ALL;
use hw_tests::{Setup, SimBench};

thread_local! {
    static PANICS: Cell<u32> = const { Cell::new(0) };
}

/// A bench that tells its notes when the test fails. `RUST_LOG` shows what happens on it.
struct Told(SimBench);

impl Told {
    fn new(setup: Setup) -> Told {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let filter = tracing_subscriber::EnvFilter::from_default_env();
            let _ = tracing_subscriber::fmt()
                .with_env_filter(filter)
                .without_time()
                .with_test_writer()
                .try_init();
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                PANICS.set(PANICS.get() + 1);
                before(info);
            }));
        });
        Told(SimBench::new(setup))
    }

    /// Everything is given back, and nothing panicked on the way: the stations would have caught it.
    fn finish(mut self) {
        self.0.finish();
        assert_eq!(
            PANICS.get(),
            0,
            "something in the box panicked and was caught; the message is above"
        );
    }

    /// The plainest proof that the box works: 101 and 111, 112 and 113 call each other and are heard.
    fn normal_calls(&mut self) {
        self.story("phone_sip");
        self.story("sip_sip");
    }

    fn story(&mut self, name: &str) {
        let story = ALL
            .iter()
            .find(|story| story.name == name)
            .expect("a story of that name");
        (story.run)(&mut self.0);
    }
}

impl Deref for Told {
    type Target = SimBench;
    fn deref(&self) -> &SimBench {
        &self.0
    }
}

impl DerefMut for Told {
    fn deref_mut(&mut self) -> &mut SimBench {
        &mut self.0
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        for note in self.0.notes() {
            println!("{note}");
        }
        println!("virtual time: {}", self.0.now());
    }
}

/// Chance by seed (xorshift64).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit.max(1)
    }
}
