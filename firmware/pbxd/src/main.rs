//! `pbxd`: the phone system's daemon.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use pbxd::daemon::{self, DaemonError, Options, Running};
use pbxd::no_card::NoCard;
use pbxd::signalling::Notice;
use pbxd::sip_sockets;
use store::Store;

/// The Tipring phone system. Without a line card it serves SIP phones and trunks.
#[derive(Parser, Debug)]
#[command(version)]
struct Arguments {
    /// Folder of the database; made when it is not there.
    #[arg(long, default_value = "/var/lib/tipring")]
    data: PathBuf,
    /// UDP and TCP port for SIP; without it the one of the settings.
    #[arg(long)]
    sip_port: Option<u16>,
    /// Address to listen on for SIP; may be given several times. Without it: every address, IPv4 and IPv6.
    #[arg(long)]
    bind: Vec<IpAddr>,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("TIPRING_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), DaemonError> {
    let (store, opened) = Store::open(&arguments.data)?;
    if opened.set_aside.is_some() {
        tracing::error!("{opened}");
    } else {
        tracing::info!("{opened}");
    }
    let port = arguments.sip_port.unwrap_or(store.settings()?.sip_port);
    let at = |ip: &IpAddr| SocketAddr::new(*ip, port);
    let mut sip: Vec<SocketAddr> = arguments.bind.iter().map(at).collect();
    if sip.is_empty() {
        sip.push(at(&Ipv4Addr::UNSPECIFIED.into()));
        let v6 = at(&Ipv6Addr::UNSPECIFIED.into());
        // A kernel without IPv6 is no fault; a taken port is, and is told when it is bound.
        if !matches!(sip_sockets::probe(v6), Err(e) if e.kind() == std::io::ErrorKind::Unsupported)
        {
            sip.push(v6);
        }
    }
    let options = Options {
        sip,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let shutdown = async {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        };
        let started = |running: &Running| tracing::info!(sip = ?running.sip, database = %running.database.display(), "running");
        let notice = |notice: Notice| tracing::info!(?notice);
        daemon::run(options, store, NoCard, NoCard, started, notice, shutdown).await
    })
}
