use dialplan::Origin;
use telephony::{CallId, CallerId, Cause, Instant, LegId, LineFigures};

/// Most legs a record lists; later ones of a call that is transferred again and again are counted in
/// [`CallRecord::legs_left_out`].
pub const MAX_LEGS: usize = 32;

/// Which way a call went through the house's wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Between phones of the house.
    Internal,
    /// From a line or trunk to a phone of the house.
    Incoming,
    /// From a phone of the house to a line or trunk.
    Outgoing,
}

/// One leg's part in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegRecord {
    /// The leg.
    pub leg: LegId,
    /// Device, line or trunk.
    pub place: Origin,
    /// When it joined the call.
    pub started: Instant,
    /// When it was first connected to another party; `None`: never.
    pub answered: Option<Instant>,
    /// When it left the call.
    pub ended: Instant,
    /// Why it left.
    pub cause: Cause,
    /// What was measured on it, when it is analog. The switch does not know: whoever stores the record puts it in.
    pub figures: Option<LineFigures>,
}

/// What is kept of a call (call detail record). One for each call, also for those that came to nothing.
///
/// Moments are of the engine's clock; whoever stores the record knows the wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub call: CallId,
    /// Which way it went.
    pub direction: Direction,
    /// Off hook, or the call's arrival.
    pub started: Instant,
    /// First answer; `None`: never answered.
    pub answered: Option<Instant>,
    /// The end.
    pub ended: Instant,
    /// Who called.
    pub caller: CallerId,
    /// Where the caller is.
    pub origin: Origin,
    /// What was dialled, with prefix; empty on lines.
    pub dialled: String,
    /// The number that answered last; `None`: nobody.
    pub connected: Option<String>,
    /// Why it ended: the cause of a failure, or that of the party who left first.
    pub cause: Cause,
    /// Every leg, in the order they joined.
    pub legs: Vec<LegRecord>,
    /// Legs beyond [`MAX_LEGS`].
    pub legs_left_out: u32,
}

/// A record of a call that goes on.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) record: CallRecord,
    /// Legs still in the call, with their place in the record.
    present: Vec<(LegId, usize)>,
}

impl Draft {
    pub(crate) fn new(now: Instant, call: CallId, origin: Origin, caller: CallerId) -> Self {
        let direction = match origin {
            Origin::Device(_) => Direction::Internal,
            Origin::Line(_) | Origin::Trunk(_) => Direction::Incoming,
        };
        let record = CallRecord {
            call,
            direction,
            started: now,
            answered: None,
            ended: now,
            caller,
            origin,
            dialled: String::new(),
            connected: None,
            cause: Cause::NormalUnspecified,
            legs: Vec::new(),
            legs_left_out: 0,
        };
        Draft {
            record,
            present: Vec::new(),
        }
    }

    /// What was dialled, cut to 64 characters.
    pub(crate) fn dialled(&mut self, text: &str) {
        self.record.dialled = text.chars().take(64).collect();
    }

    /// The first route decides the direction.
    pub(crate) fn routed(&mut self, outside: bool) {
        if outside && self.record.direction == Direction::Internal {
            self.record.direction = Direction::Outgoing;
        }
    }

    pub(crate) fn joined(&mut self, now: Instant, leg: LegId, place: &Origin) {
        if self.record.legs.len() >= MAX_LEGS {
            self.record.legs_left_out += 1;
            return;
        }
        self.present.push((leg, self.record.legs.len()));
        self.record.legs.push(LegRecord {
            leg,
            place: place.clone(),
            started: now,
            answered: None,
            ended: now,
            cause: Cause::NormalUnspecified,
            figures: None,
        });
    }

    /// `leg` is connected from now on.
    pub(crate) fn answered(&mut self, now: Instant, leg: LegId) {
        if let Some(&(_, at)) = self.present.iter().find(|(id, _)| *id == leg) {
            self.record.legs[at].answered.get_or_insert(now);
        }
    }

    /// The call is connected, to `number`.
    pub(crate) fn connected(&mut self, now: Instant, number: &str) {
        self.record.answered.get_or_insert(now);
        self.record.connected = Some(number.to_owned());
    }

    pub(crate) fn left(&mut self, now: Instant, leg: LegId, cause: Cause) {
        if let Some(at) = self.present.iter().position(|(id, _)| *id == leg) {
            let (_, at) = self.present.swap_remove(at);
            self.record.legs[at].ended = now;
            self.record.legs[at].cause = cause;
        }
    }

    /// The call is over.
    pub(crate) fn finish(mut self, now: Instant, cause: Cause) -> CallRecord {
        while let Some(&(leg, _)) = self.present.first() {
            self.left(now, leg, cause);
        }
        self.record.ended = now;
        self.record.cause = cause;
        self.record
    }
}
