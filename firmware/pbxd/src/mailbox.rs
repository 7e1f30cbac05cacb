//! Bounded queues between the threads, with a wake-up that costs one system call and takes no lock.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use heapless::spsc::{Consumer, Producer, Queue};
use nix::sys::eventfd::{EfdFlags, EventFd};

/// The sending end. When the queue is full the message is dropped and counted: a queue never grows and a sender never waits.
pub struct Sender<T: 'static> {
    queue: Producer<'static, T>,
    wake: Arc<EventFd>,
    dropped: Arc<AtomicU64>,
}

/// The receiving end.
pub struct Receiver<T: 'static> {
    queue: Consumer<'static, T>,
    wake: Arc<EventFd>,
    dropped: Arc<AtomicU64>,
}

/// Makes a mailbox of `N - 1` places. It lives as long as the process: the daemon makes a fixed handful at start.
///
/// # Errors
/// When the kernel has no event file descriptor left.
pub fn mailbox<T, const N: usize>() -> std::io::Result<(Sender<T>, Receiver<T>)> {
    let queue: &'static mut Queue<T, N> = Box::leak(Box::new(Queue::new()));
    let (producer, consumer) = queue.split();
    let wake = Arc::new(EventFd::from_flags(
        EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC,
    )?);
    let dropped = Arc::new(AtomicU64::new(0));
    Ok((
        Sender {
            queue: producer,
            wake: wake.clone(),
            dropped: dropped.clone(),
        },
        Receiver {
            queue: consumer,
            wake,
            dropped,
        },
    ))
}

impl<T> Sender<T> {
    /// Puts `message` in without waking the receiver; [`Sender::wake`] does that once for a batch. Returns whether it fitted.
    pub fn push(&mut self, message: T) -> bool {
        let fitted = self.queue.enqueue(message).is_ok();
        if !fitted {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        fitted
    }

    /// Wakes the receiver. A full counter means it is awake already.
    pub fn wake(&self) {
        let _ = self.wake.write(1);
    }

    /// Puts `message` in and wakes the receiver. Returns whether it fitted.
    pub fn send(&mut self, message: T) -> bool {
        let fitted = self.push(message);
        self.wake();
        fitted
    }
}

impl<T> Receiver<T> {
    /// The next message, if there is one.
    pub fn receive(&mut self) -> Option<T> {
        self.queue.dequeue()
    }

    /// Clears the wake-up; call it before draining with [`Receiver::receive`].
    pub fn clear(&self) {
        let _ = self.wake.read();
    }

    /// Messages dropped because the queue was full, since start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl<T> AsFd for Receiver<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_mailbox_drops_and_counts() {
        let (mut tx, mut rx) = mailbox::<u32, 4>().unwrap();
        for n in 0..5 {
            tx.send(n);
        }
        assert_eq!(rx.dropped(), 2);
        rx.clear();
        assert_eq!(
            std::iter::from_fn(|| rx.receive()).collect::<Vec<_>>(),
            [0, 1, 2]
        );
        assert!(tx.send(9));
        assert_eq!(rx.receive(), Some(9));
    }
}
