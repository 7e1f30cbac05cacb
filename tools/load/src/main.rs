//! Load on a box of one's own, and what it costs: CPU time of the daemon's process per call and per packet.
//!
//! The daemon runs as a process of its own; its CPU time is read from the kernel, so what this tool spends is not in it.

mod call;
mod delay;
mod process;
mod relay;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    /// The program to measure.
    #[arg(long, default_value = "target/release/pbxd")]
    pbx: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Calls set up and torn down: digest INVITE through the B2BUA to a registered phone, no speech.
    Call {
        /// How many.
        #[arg(long, default_value_t = 1_000)]
        calls: u32,
        /// How many are begun each second.
        #[arg(long, default_value_t = 50)]
        rate: u32,
    },
    /// Speech relayed between SIP phones, G.711, 20 ms packets both ways.
    Relay {
        /// Calls at one time.
        #[arg(long, default_value_t = 30)]
        calls: u16,
        /// How long, in seconds.
        #[arg(long, default_value_t = 10)]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let figures = match arguments.what {
        What::Call { calls, rate } => call::measure(&arguments.pbx, calls, rate),
        What::Relay { calls, seconds } => relay::measure(&arguments.pbx, calls, seconds),
    };
    match figures {
        Ok(figures) => {
            for (name, value) in figures {
                println!("{name:<46} {value}");
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("load: {why}");
            ExitCode::FAILURE
        }
    }
}
