//! The measured process: started with a database of its own, watched through `/proc`.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use store::{Device, Extension, Store};

/// Password of the accounts 111 and 112.
pub(crate) const PASSWORD: &str = "a password for measuring";
/// How long the daemon may take to answer for the first time.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A daemon under measurement; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) domain: String,
    /// From exec to the first answer.
    pub(crate) first_answer: Duration,
    _folder: tempfile::TempDir,
}

impl Daemon {
    /// Starts `pbx` and waits for its first SIP answer.
    pub(crate) fn start(pbx: &Path) -> Result<Daemon, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let data = folder.path().join("data");
        let domain = accounts(&data).map_err(|e| e.to_string())?;
        let address = SocketAddr::new(
            Ipv4Addr::LOCALHOST.into(),
            free_port().map_err(|e| e.to_string())?,
        );
        let began = Instant::now();
        let child = Command::new(pbx)
            .args(["--bind", "127.0.0.1", "--sip-port"])
            .arg(address.port().to_string())
            .arg("--data")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env("TIPRING_LOG", "error")
            .spawn()
            .map_err(|e| {
                format!(
                    "{}: {e}; build it with: cargo build --release -p pbxd",
                    pbx.display()
                )
            })?;
        let mut daemon = Daemon {
            child,
            address,
            domain,
            first_answer: Duration::ZERO,
            _folder: folder,
        };
        daemon.first_answer = daemon.wait_for_answer(began)?;
        Ok(daemon)
    }

    fn wait_for_answer(&mut self, began: Instant) -> Result<Duration, String> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
        let at = socket.local_addr().map_err(|e| e.to_string())?;
        socket
            .set_read_timeout(Some(Duration::from_millis(1)))
            .map_err(|e| e.to_string())?;
        let request = format!(
            "OPTIONS sip:{} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKstart;rport\r\nMax-Forwards: 70\r\n\
             From: <sip:load@{at}>;tag=1\r\nTo: <sip:{}>\r\nCall-ID: start@{at}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
            self.address, self.address
        );
        let mut answer = [0; 2_048];
        while began.elapsed() < START_LIMIT {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the daemon ended at once: {status}"));
            }
            let _ = socket.send_to(request.as_bytes(), self.address);
            if socket.recv_from(&mut answer).is_ok() {
                return Ok(began.elapsed());
            }
        }
        Err(format!(
            "no SIP answer from {} within {START_LIMIT:?}",
            self.address
        ))
    }

    /// CPU time of all its threads so far.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id()))
            .into_iter()
            .flatten()
            .flatten();
        let nanos = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Resident memory, in kB.
    pub(crate) fn rss_kb(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn accounts(data: &Path) -> Result<String, store::StoreError> {
    let (mut store, _) = Store::open(data)?;
    for user in ["111", "112"] {
        store.put_extension(&Extension::new(
            user,
            "",
            vec![Device::Sip(user.to_owned())],
        ))?;
        store.set_sip_password(user, PASSWORD)?;
    }
    Ok(store.settings()?.domain)
}

fn free_port() -> io::Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}
