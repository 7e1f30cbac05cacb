use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::{Channel, Clip, Event, Output, Packet, RtpId};

/// What waits to be polled. Never grows beyond what it was made with.
#[derive(Debug)]
pub(crate) struct Outputs {
    queue: VecDeque<Output>,
    limit: usize,
    /// Places beyond `limit` for what would leave a session or a call hanging if it were lost.
    reserve: usize,
    /// Clips have room of their own: dropping one would free it on this thread.
    clips: VecDeque<Arc<Clip>>,
    clip_limit: usize,
    pub(crate) dropped: u64,
}

impl Outputs {
    pub(crate) fn new(limit: usize, clip_limit: usize, reserve: usize) -> Self {
        Outputs {
            queue: VecDeque::with_capacity(limit + reserve),
            limit,
            reserve,
            clips: VecDeque::with_capacity(clip_limit),
            clip_limit,
            dropped: 0,
        }
    }

    fn push(&mut self, output: Output) {
        let vital = matches!(
            &output,
            Output::Event(
                Event::RtpClosed { .. }
                    | Event::RtpTimeout { .. }
                    | Event::DigitsSent { .. }
                    | Event::CallerIdSent { .. }
                    | Event::PortMeasured { .. }
            )
        );
        let room = self.limit + if vital { self.reserve } else { 0 };
        if self.queue.len() < room {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bearer, RtpStats};

    #[test]
    fn what_frees_a_session_finds_room_in_a_full_queue() {
        let mut outputs = Outputs::new(4, 0, 2);
        let (bearer, digit) = (Bearer::Rtp(RtpId(0)), telephony::Digit::POUND);
        for _ in 0..10 {
            outputs.event(Event::Digit { bearer, digit });
        }
        for n in 0..3 {
            let (id, stats) = (RtpId(n), RtpStats::default());
            outputs.event(Event::RtpClosed { id, stats });
        }
        assert_eq!(outputs.dropped, 6 + 1);
        let told: Vec<_> = std::iter::from_fn(|| outputs.poll()).collect();
        assert_eq!(told.len(), 4 + 2);
        assert!(matches!(
            told[5],
            Output::Event(Event::RtpClosed { id: RtpId(1), .. })
        ));
    }
}
