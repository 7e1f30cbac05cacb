//! The system calls that have no safe wrapper.
#![allow(unsafe_code)]

use std::io;

/// Gives the calling thread the real-time policy `SCHED_FIFO` with `priority` (1-99; sched(7)).
///
/// # Errors
/// The kernel's refusal: `EPERM` without `CAP_SYS_NICE` or an `RLIMIT_RTPRIO`.
pub fn set_realtime(priority: i32) -> io::Result<()> {
    let param = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: pid 0 is the calling thread; `param` is a live sched_param that the kernel only reads.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &param) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
