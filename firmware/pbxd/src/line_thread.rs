//! The line thread: polls the card, runs the line machines.

use std::io;
use std::os::fd::AsFd;

use line_card::LineCard;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use telephony::LineId;

use crate::clock::Clock;
use crate::line_station::{LineReport, LineRequest, LineStation};
use crate::mailbox::{Receiver, Sender};

/// How often the card is asked for events. A dial pulse's break is 60 ms, a flash 80 ms or more: 4 ms resolves both.
const POLL_MS: u16 = 4;

/// What the thread is told.
pub enum ToLine {
    /// For the machine of a port.
    Request(LineId, LineRequest),
    /// End.
    Stop,
}

/// Runs `station` until told to stop.
///
/// # Errors
/// When the kernel refuses to wait.
pub fn run<C: LineCard>(
    clock: Clock,
    mut station: LineStation<C>,
    mut inbox: Receiver<ToLine>,
    mut reports: Sender<(LineId, LineReport)>,
) -> io::Result<()> {
    loop {
        {
            let mut fds = [PollFd::new(inbox.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::from(POLL_MS)) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        inbox.clear();
        while let Some(message) = inbox.receive() {
            match message {
                ToLine::Request(line, request) => station.handle(clock.now(), line, request),
                ToLine::Stop => return Ok(()),
            }
        }
        station.poll(clock.now());
        let mut reported = false;
        // What finds no room waits in the station until signalling has caught up.
        while reports.has_room() {
            let Some(report) = station.poll_output() else {
                break;
            };
            reported = true;
            reports.push(report);
        }
        if reported {
            reports.wake();
        }
    }
}
