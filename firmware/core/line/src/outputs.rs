use heapless::Deque;

/// Outputs an engine holds. One `handle` makes fewer; the owner drains the queue after each. If it does not, the oldest
/// outputs are dropped and counted: the newest ones say how the port must be now (ringing off, loop open).
pub const QUEUE: usize = 16;

#[derive(Clone, Debug)]
pub(crate) struct Outputs<T> {
    queue: Deque<T, QUEUE>,
    dropped: u32,
}

impl<T> Outputs<T> {
    pub(crate) const fn new() -> Self {
        Outputs {
            queue: Deque::new(),
            dropped: 0,
        }
    }

    pub(crate) fn push(&mut self, output: T) {
        if let Err(output) = self.queue.push_back(output) {
            let _oldest = self.queue.pop_front();
            self.dropped = self.dropped.saturating_add(1);
            let _fits = self.queue.push_back(output);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        self.queue.pop_front()
    }

    pub(crate) const fn dropped(&self) -> u32 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_keeps_the_newest_and_counts_the_rest() {
        let mut outputs = Outputs::new();
        for n in 0..QUEUE + 3 {
            outputs.push(n);
        }
        assert_eq!(outputs.dropped(), 3);
        assert_eq!(outputs.pop(), Some(3));
        let rest: Vec<_> = core::iter::from_fn(|| outputs.pop()).collect();
        assert_eq!(rest.last(), Some(&(QUEUE + 2)));
    }
}
