//! A bounded first-in first-out queue in place, for what detectors have to tell.

/// At most `N` values. When full, the newest is dropped: the owner polls after every frame, so a full queue means nobody does.
#[derive(Clone, Debug)]
pub(crate) struct Queue<T, const N: usize> {
    slots: [Option<T>; N],
    head: usize,
    len: usize,
}

impl<T: Copy, const N: usize> Queue<T, N> {
    pub(crate) const fn new() -> Self {
        Queue {
            slots: [None; N],
            head: 0,
            len: 0,
        }
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.len < N {
            self.slots[(self.head + self.len) % N] = Some(value);
            self.len += 1;
        }
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        let value = self.slots[self.head].take();
        self.head = (self.head + 1) % N;
        self.len -= 1;
        value
    }
}
