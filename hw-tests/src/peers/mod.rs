//! Real SIP phones as programs: baresip, PJSIP and SIPp, each started headless and driven from here.
//!
//! Their configurations and scripts are beside the tests, in `tests/peers`.

mod baresip;
mod pjsua;
mod sipp;
mod wav;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use tempfile::TempDir;

use crate::LiveBench;

pub use baresip::Baresip;
pub use pjsua::Pjsua;
pub use sipp::{Sipp, SippResult, SippRun};

/// What a program needs to be a phone of the box.
#[derive(Clone, Debug)]
pub struct Account {
    /// User name and number.
    pub user: String,
    /// Password.
    pub password: String,
    /// The box.
    pub server: SocketAddr,
    /// Uses TCP instead of UDP.
    pub tcp: bool,
}

impl Account {
    /// The account of SIP phone `n` of a bench, over UDP and IPv4.
    pub fn of(bench: &LiveBench, n: usize) -> Account {
        Account {
            user: bench.user(n),
            password: bench.password(n).to_owned(),
            server: bench.sip_address(),
            tcp: false,
        }
    }
}

/// A temporary folder, kept for reading when the test that made it fails.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Folder {
    /// A folder with `name` in its name.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new(name: &str) -> io::Result<Folder> {
        tempfile::Builder::new()
            .prefix(&format!("tipring-{name}-"))
            .tempdir()
            .map(Folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.disable_cleanup(true);
            eprintln!("kept for reading: {}", self.0.path().display());
        }
    }
}

/// A port free for UDP and TCP at this moment on `ip`, with the next one free too (baresip takes it for TLS).
///
/// # Errors
/// When the kernel has none.
fn free_port(ip: std::net::IpAddr) -> io::Result<u16> {
    for _ in 0..100 {
        let first = TcpListener::bind((ip, 0))?;
        let port = first.local_addr()?.port();
        let next = port
            .checked_add(1)
            .map(|next| (TcpListener::bind((ip, next)), UdpSocket::bind((ip, next))));
        if UdpSocket::bind((ip, port)).is_ok() && matches!(next, Some((Ok(_), Ok(_)))) {
            return Ok(port);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no free pair of ports",
    ))
}

/// What a test says when a program it needs is not there.
fn missing(program: &str, package: &str, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!(
            "{program} does not start ({error}): {package}. Run tools/test, which installs what the tests need"
        ),
    )
}

const LOCALHOST: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The address of this machine that a program should use with `server`.
fn local_ip_for(server: SocketAddr) -> std::net::IpAddr {
    match server {
        SocketAddr::V4(_) => LOCALHOST,
        SocketAddr::V6(_) => std::net::IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    }
}
