//! The box on a laptop: the daemon with a simulated line card, and a console for the people at its phones and lines.

mod console;
mod demo;
mod start;

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Runs the Tipring phone system on this machine with simulated phones and telephone lines, and real SIP.
#[derive(Parser, Debug)]
#[command(version, name = "tools/run", bin_name = "tools/run")]
struct Arguments {
    /// Folder of the database; made when it is not there.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// UDP and TCP port for SIP. Without it: the one of the settings (5060), or 15060 where that is taken.
    #[arg(long)]
    sip_port: Option<u16>,
    /// Address to listen on for SIP; may be given several times. Without it: every address, IPv4 and IPv6.
    #[arg(long)]
    bind: Vec<IpAddr>,
    /// UDP ports for speech (RTP), as FIRST-LAST. Without it: those of the settings (10000-10999).
    #[arg(long, value_parser = port_range)]
    rtp: Option<RangeInclusive<u16>>,
    /// Simulated analog phones, 0 to 24.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=24))]
    fxs: u16,
    /// Simulated telephone lines, 0 to 24.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=24))]
    fxo: u16,
    /// Gives a SIP extension a new password and prints it.
    #[arg(long, value_name = "EXTENSION")]
    new_password: Vec<String>,
    /// Places every kind of call by itself, says what each ear heard, and ends: 0 when all was right.
    #[arg(long)]
    demo: bool,
    /// With --demo: only the stories whose name contains this.
    #[arg(long, requires = "demo", value_name = "PART OF A NAME")]
    only: Option<String>,
}

fn port_range(text: &str) -> Result<RangeInclusive<u16>, String> {
    let hint = || format!("\"{text}\" is not a range of ports; write for example 10000-10999");
    let (first, last) = text.split_once('-').ok_or_else(hint)?;
    let (first, last) = (
        first.trim().parse().map_err(|_| hint())?,
        last.trim().parse().map_err(|_| hint())?,
    );
    if first < last {
        Ok(first..=last)
    } else {
        Err(hint())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("TIPRING_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    if arguments.demo {
        return demo::run(arguments.only.as_deref());
    }
    match start::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("tipring: {why}");
            ExitCode::FAILURE
        }
    }
}
