//! Bounded queues between the threads, with a wake-up that costs one system call and takes no lock.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use heapless::spsc::{Consumer, Producer, Queue};
use nix::fcntl::OFlag;
use nix::unistd;
use tokio::net::unix::pipe;

/// The sending end. When the queue is full the message is dropped and counted: a queue never grows and a sender never waits.
pub struct Sender<T: 'static> {
    queue: Producer<'static, T>,
    wake: OwnedFd,
    dropped: Arc<AtomicU64>,
}

/// The receiving end, for a thread that waits with poll(2) or epoll(7).
pub struct Receiver<T: 'static> {
    queue: Consumer<'static, T>,
    wake: OwnedFd,
    dropped: Arc<AtomicU64>,
}

/// The receiving end, for a task.
pub struct AsyncReceiver<T: 'static> {
    queue: Consumer<'static, T>,
    wake: pipe::Receiver,
    dropped: Arc<AtomicU64>,
}

/// Makes a mailbox of `N - 1` places. It lives as long as the process: the daemon makes a fixed handful at start.
///
/// # Errors
/// When the kernel has no pipe left.
pub fn mailbox<T, const N: usize>() -> io::Result<(Sender<T>, Receiver<T>)> {
    let queue: &'static mut Queue<T, N> = Box::leak(Box::new(Queue::new()));
    let (producer, consumer) = queue.split();
    let (reader, writer) = unistd::pipe2(OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)?;
    let dropped = Arc::new(AtomicU64::new(0));
    Ok((
        Sender {
            queue: producer,
            wake: writer,
            dropped: dropped.clone(),
        },
        Receiver {
            queue: consumer,
            wake: reader,
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

    /// Puts `message` in without waking the receiver, or gives it back when the queue is full.
    ///
    /// # Errors
    /// The message.
    pub fn try_push(&mut self, message: T) -> Result<(), T> {
        self.queue.enqueue(message)
    }

    /// Whether there is room for one more.
    pub fn has_room(&self) -> bool {
        self.queue.ready()
    }

    /// Wakes the receiver. A full pipe means it is awake already.
    pub fn wake(&self) {
        let _ = unistd::write(&self.wake, &[1]);
    }

    /// Puts `message` in and wakes the receiver. Returns whether it fitted.
    pub fn send(&mut self, message: T) -> bool {
        let fitted = self.push(message);
        self.wake();
        fitted
    }
}

/// Wake-ups taken at once.
const WAKES: usize = 256;

impl<T> Receiver<T> {
    /// The next message, if there is one.
    pub fn receive(&mut self) -> Option<T> {
        self.queue.dequeue()
    }

    /// Clears the wake-up; call it before draining with [`Receiver::receive`].
    pub fn clear(&self) {
        let mut wakes = [0; WAKES];
        while matches!(unistd::read(&self.wake, &mut wakes), Ok(WAKES)) {}
    }

    /// Messages dropped because the queue was full, since start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The same end, for a task of the running tokio runtime.
    ///
    /// # Errors
    /// When the runtime cannot watch it.
    pub fn into_async(self) -> io::Result<AsyncReceiver<T>> {
        let wake = pipe::Receiver::from_owned_fd(self.wake)?;
        Ok(AsyncReceiver {
            queue: self.queue,
            wake,
            dropped: self.dropped,
        })
    }
}

impl<T> AsFd for Receiver<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}

impl<T> AsyncReceiver<T> {
    /// Waits for a wake-up and clears it; then drain with [`AsyncReceiver::receive`].
    pub async fn ready(&mut self) {
        if self.wake.readable().await.is_err() {
            return std::future::pending().await;
        }
        let mut wakes = [0; WAKES];
        while matches!(self.wake.try_read(&mut wakes), Ok(WAKES)) {}
    }

    /// The next message, if there is one.
    pub fn receive(&mut self) -> Option<T> {
        self.queue.dequeue()
    }

    /// Messages dropped because the queue was full, since this was asked last.
    pub fn newly_dropped(&mut self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
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
