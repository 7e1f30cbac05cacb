use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::{Channel, Clip, Event, Output, Packet, RtpId};

/// What waits to be polled. Never grows beyond what it was made with.
#[derive(Debug)]
pub(crate) struct Outputs {
    queue: VecDeque<Output>,
    limit: usize,
    /// Clips have room of their own: dropping one would free it on this thread.
    clips: VecDeque<Arc<Clip>>,
    clip_limit: usize,
    pub(crate) dropped: u64,
}

impl Outputs {
    pub(crate) fn new(limit: usize, clip_limit: usize) -> Self {
        Outputs {
            queue: VecDeque::with_capacity(limit),
            limit,
            clips: VecDeque::with_capacity(clip_limit),
            clip_limit,
            dropped: 0,
        }
    }

    fn push(&mut self, output: Output) {
        if self.queue.len() < self.limit {
            self.queue.push_back(output);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(crate) fn transmit(
        &mut self,
        via: RtpId,
        channel: Channel,
        to: SocketAddr,
        packet: Packet,
    ) {
        self.push(Output::Transmit {
            via,
            channel,
            to,
            packet,
        });
    }

    /// Hands a clip back.
    pub(crate) fn clip(&mut self, clip: Option<Arc<Clip>>) {
        let Some(clip) = clip else { return };
        if self.clips.len() < self.clip_limit {
            self.clips.push_back(clip);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        let clip = self
            .clips
            .pop_front()
            .map(|clip| Output::Event(Event::ClipReturned(clip)));
        clip.or_else(|| self.queue.pop_front())
    }
}
