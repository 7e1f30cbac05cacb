//! Starting the box: database, ports that are free, the simulated card, and the words that tell a newcomer what to do.

use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use line_sim::{Behaviour, Bench, LineSetup, PhoneSetup, PortSetup, Sim, SimConfig};
use pbxd::daemon::{self, Options, Running};
use pbxd::sip_sockets;
use store::{Device, Extension, Provision, Store, StoreError};
use tokio::sync::mpsc;

use crate::Arguments;
use crate::console::{self, Console};

/// Extensions made for SIP phones in a fresh database.
const SIP_EXTENSIONS: [&str; 2] = ["111", "112"];
/// Where SIP goes when its own port is taken.
const OTHER_SIP_PORT: u16 = 15_060;

/// What every simulated line does when it is dialled; the rest does not exist.
pub(crate) const NUMBERS: [(&str, &str); 4] = [
    ("5550100", "answers after 2 s"),
    ("5550101", "answers after 2 s and reverses the polarity"),
    ("5550102", "is busy"),
    ("5550103", "rings and nobody answers"),
];

pub(crate) fn run(arguments: Arguments) -> Result<(), String> {
    let data = std::path::absolute(&arguments.data)
        .map_err(|e| format!("{}: {e}", arguments.data.display()))?;
    let (mut store, opened) = Store::open(&data).map_err(|e| e.to_string())?;
    println!("{opened}");
    let provision = Provision {
        fxs: arguments.fxs,
        fxo: arguments.fxo,
    };
    store.provision(&provision).map_err(|e| e.to_string())?;
    // Said at once, not in the welcome: whatever fails after this, they cannot be asked for again.
    if opened.fresh {
        sip_extensions(&mut store).map_err(|e| e.to_string())?;
    }
    for extension in &arguments.new_password {
        new_password(&mut store, extension).map_err(|e| e.to_string())?;
    }
    let settings = store.settings().map_err(|e| e.to_string())?;
    let extensions = store.extensions().map_err(|e| e.to_string())?;
    let addresses = addresses(&arguments.bind, arguments.sip_port, settings.sip_port)?;
    let options = Options {
        sip: addresses,
        rtp: arguments.rtp.clone(),
        ..Options::default()
    };

    let (card, highway, bench) = Sim::new(sim(&arguments))
        .map_err(|e| e.to_string())?
        .split();
    let console = Console::new(bench.clone(), &extensions);
    let (quit, mut quit_asked) = mpsc::channel(1);
    let announce = |running: &Running| {
        print_welcome(
            running,
            &settings.domain,
            &settings.outside_prefix,
            &extensions,
            &bench,
        );
        console::start(console, quit);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let local = tokio::task::LocalSet::new();
    let result = local.block_on(&runtime, async {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let shutdown = async {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                Some(()) = quit_asked.recv() => {}
            }
            println!("\nstopping: calls are ended and recorded");
        };
        daemon::run(
            options,
            store,
            card,
            highway,
            announce,
            |notice| console::notice(notice, arguments.fxs),
            shutdown,
        )
        .await
    });
    result.map_err(|e| e.to_string())?;
    println!("stopped");
    Ok(())
}

fn sim(arguments: &Arguments) -> SimConfig {
    let behaviours = [
        Behaviour::answer(2_000),
        Behaviour::Answer {
            after_ms: 2_000,
            polarity_reversal: true,
        },
        Behaviour::Busy,
        Behaviour::NoAnswer,
    ];
    let line = || {
        let numbers = NUMBERS.iter().zip(behaviours.clone());
        PortSetup::Fxo(
            numbers.fold(LineSetup::default(), |line, ((number, _), does)| {
                line.number(number, does)
            }),
        )
    };
    let phones = (0..arguments.fxs).map(|_| PortSetup::Fxs(PhoneSetup::default()));
    SimConfig {
        ports: phones.chain((0..arguments.fxo).map(|_| line())).collect(),
        ..SimConfig::default()
    }
}

/// Makes the extensions of SIP phones, and says their passwords.
fn sip_extensions(store: &mut Store) -> Result<(), StoreError> {
    for number in SIP_EXTENSIONS {
        let device = vec![Device::Sip(number.to_owned())];
        store.put_extension(&Extension::new(
            number,
            &format!("SIP phone {number}"),
            device,
        ))?;
        new_password(store, number)?;
    }
    Ok(())
}

/// Sets a password of 20 characters without look-alikes, about 100 bits, and says it: it is not kept.
fn new_password(store: &mut Store, user: &str) -> Result<(), StoreError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = [0u8; 20];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut random));
    read.map_err(|error| StoreError::Folder {
        path: "/dev/urandom".into(),
        error,
    })?;
    let password: String = random
        .iter()
        .map(|b| char::from(LETTERS[usize::from(b % 32)]))
        .collect();
    store.set_sip_password(user, &password)?;
    println!(
        "  SIP account {user}, password {password}   (shown once; a new one: --new-password {user})"
    );
    Ok(())
}

/// Where to listen for SIP: what was asked for, or the settings' port, or another one, said aloud.
fn addresses(bind: &[IpAddr], asked: Option<u16>, usual: u16) -> Result<Vec<SocketAddr>, String> {
    let hosts = match bind {
        [] => vec![
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        ],
        given => given.to_vec(),
    };
    let at = |port| -> Vec<SocketAddr> {
        hosts
            .iter()
            .map(|&host| SocketAddr::new(host, port))
            .collect()
    };
    let usable = |port| -> Result<Vec<SocketAddr>, String> {
        let mut found = Vec::new();
        for address in at(port) {
            match sip_sockets::probe(address) {
                Ok(()) => found.push(address),
                // A machine without IPv6 is no fault when nobody asked for it.
                Err(_) if bind.is_empty() && address.is_ipv6() && !found.is_empty() => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(found)
    };
    if let Some(port) = asked {
        return usable(port).map_err(|why| format!("{why}; choose another port with --sip-port"));
    }
    match usable(usual) {
        Ok(found) => Ok(found),
        Err(why) => {
            let found = usable(OTHER_SIP_PORT)
                .map_err(|_| format!("{why}; choose another port with --sip-port"))?;
            println!("{why}; SIP is on port {OTHER_SIP_PORT} instead");
            Ok(found)
        }
    }
}

fn print_welcome(
    running: &Running,
    domain: &str,
    prefix: &str,
    extensions: &[Extension],
    bench: &Bench,
) {
    for extension in extensions {
        let device = |device: &Device| match device {
            // Fewer phones than at an earlier start: the extension stays, its port is not there.
            Device::Fxs(line) if bench.phone(*line).is_err() => "its phone is not there".to_owned(),
            Device::Fxs(line) => format!("simulated phone on port {}", line.0 + 1),
            Device::Sip(user) => format!("SIP account {user}"),
        };
        let mut devices: Vec<_> = extension.devices.iter().map(device).collect();
        if devices.is_empty() {
            devices.push("no phone".to_owned());
        }
        println!(
            "  dial {:<6} {} ({})",
            extension.number,
            extension.name,
            devices.join(", ")
        );
    }
    if !bench.lines().is_empty() {
        println!(
            "  dial {prefix} + number for an outside line (end it with #, or wait 4 s); behind it:"
        );
        for (number, does) in NUMBERS {
            println!("       {prefix}{number} {does}");
        }
    }
    for address in &running.sip {
        let host = match address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => sip_sockets::local_ip_towards(([192, 0, 2, 1], 9).into())
                .unwrap_or(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let here = if host.is_loopback() {
            " on this machine"
        } else {
            ""
        };
        println!(
            "SIP phones{here} register at {} (UDP or TCP), domain {domain}",
            SocketAddr::new(host, address.port())
        );
    }
    println!("type help for what you can do; Ctrl-C stops");
}
