//! Every call story on the Sim bench, in virtual time, and what only the Sim bench can do: faults, malice, chance.

#[path = "sim/bad_input.rs"]
mod bad_input;
#[path = "sim/faults.rs"]
mod faults;
#[path = "sim/network.rs"]
mod network;
#[path = "sim/soak.rs"]
mod soak;
#[path = "sim/stories.rs"]
mod stories;

use std::sync::Once;

use hw_tests::Setup;
use hw_tests::{Bench, SimBench};

/// A bench. `RUST_LOG` shows what happens on it.
fn bench(setup: Setup) -> SimBench {
    static LOG: Once = Once::new();
    LOG.call_once(|| {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _ = tracing_subscriber::fmt().with_env_filter(filter).without_time().with_test_writer().try_init();
    });
    SimBench::new(setup)
}

/// Prints the notes when the test fails.
struct Told(SimBench);

impl Drop for Told {
    fn drop(&mut self) {
        for note in self.0.notes() {
            println!("{note}");
        }
        println!("virtual time: {}", self.0.now());
    }
}

/// The plainest proof that the box still works: 101 calls 111, 112 calls 113, everybody is heard.
fn normal_calls(bench: &mut SimBench) {
    use hw_tests::scenarios::ALL;
    for name in ["phone_sip", "sip_sip"] {
        let story = ALL.iter().find(|story| story.name == name).expect("a story of that name");
        (story.run)(bench as &mut dyn Bench);
    }
}
