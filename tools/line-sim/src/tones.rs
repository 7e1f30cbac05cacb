//! What exchanges sound like, country by country: these figures are this room's own copy, from the sources named in
//! [`Country`], so that a slip in the product's tone plan is heard.

use telephony::RingCadence;

use crate::config::Country;
use crate::signal::{Sine, peak};

/// A tone an exchange gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Dial,
    Ringback,
    Busy,
    Congestion,
    NumberUnobtainable,
}

/// Level of an exchange's tones, all frequencies together, dBm0 (E.180: -10 +/- 5).
const LEVEL_DBM0: f32 = -10.0;

/// Frequencies sounding together, and for how long, ms (0: for ever).
type Part = (&'static [f32], u32);

const SIT: &[Part] = &[
    (&[950.0], 330),
    (&[1_400.0], 330),
    (&[1_800.0], 330),
    (&[], 1_000),
];

fn parts(country: Country, signal: Signal) -> &'static [Part] {
    use Signal::{Busy, Congestion, Dial, NumberUnobtainable, Ringback};
    match (country, signal) {
        (Country::Us, Dial) => &[(&[350.0, 440.0], 0)],
        (Country::Us, Ringback) => &[(&[440.0, 480.0], 2_000), (&[], 4_000)],
        (Country::Us, Busy) => &[(&[480.0, 620.0], 500), (&[], 500)],
        (Country::Us, Congestion) => &[(&[480.0, 620.0], 250), (&[], 250)],
        (Country::Gb, Dial) => &[(&[350.0, 440.0], 0)],
        (Country::Gb, Ringback) => &[
            (&[400.0, 450.0], 400),
            (&[], 200),
            (&[400.0, 450.0], 400),
            (&[], 2_000),
        ],
        (Country::Gb, Busy) => &[(&[400.0], 375), (&[], 375)],
        (Country::Gb, Congestion) => &[(&[400.0], 400), (&[], 350), (&[400.0], 225), (&[], 525)],
        (Country::Gb, NumberUnobtainable) => &[(&[400.0], 0)],
        (Country::De, Dial) => &[(&[425.0], 0)],
        (Country::De, Ringback) => &[(&[425.0], 1_000), (&[], 4_000)],
        (Country::De, Busy) => &[(&[425.0], 480), (&[], 480)],
        (Country::De, Congestion) => &[(&[425.0], 240), (&[], 240)],
        (Country::Cn, Dial) => &[(&[450.0], 0)],
        (Country::Cn, Ringback) => &[(&[450.0], 1_000), (&[], 4_000)],
        (Country::Cn, Busy) => &[(&[450.0], 350), (&[], 350)],
        (Country::Cn, Congestion) => &[(&[450.0], 700), (&[], 700)],
        (Country::Tw, Dial) => &[(&[350.0, 440.0], 0)],
        (Country::Tw, Ringback) => &[(&[440.0, 480.0], 1_000), (&[], 2_000)],
        (Country::Tw, Busy) => &[(&[480.0, 620.0], 500), (&[], 500)],
        (Country::Tw, Congestion) => &[(&[480.0, 620.0], 250), (&[], 250)],
        (Country::Fr, Dial) => &[(&[440.0], 0)],
        (Country::Fr, Ringback) => &[(&[440.0], 1_500), (&[], 3_500)],
        (Country::Fr, Busy) => &[(&[440.0], 500), (&[], 500)],
        (Country::Fr, Congestion) => &[(&[440.0], 250), (&[], 250)],
        (_, NumberUnobtainable) => SIT,
    }
}

/// How that country rings.
pub(crate) fn ringing(country: Country) -> RingCadence {
    match country {
        Country::Us => RingCadence::one(2_000, 4_000),
        Country::Gb => RingCadence::two(400, 200, 400, 2_000),
        Country::De | Country::Cn => RingCadence::one(1_000, 4_000),
        Country::Tw => RingCadence::one(1_000, 2_000),
        Country::Fr => RingCadence::one(1_500, 3_500),
    }
}

/// Plays one signal for ever.
#[derive(Debug)]
pub(crate) struct Player {
    parts: &'static [Part],
    part: usize,
    left: usize,
    sines: Vec<Sine>,
}

impl Player {
    pub(crate) fn new(country: Country, signal: Signal) -> Self {
        let mut player = Player {
            parts: parts(country, signal),
            part: 0,
            left: 0,
            sines: Vec::new(),
        };
        player.begin(0);
        player
    }

    fn begin(&mut self, part: usize) {
        let (hz, ms) = self.parts[part];
        let each = LEVEL_DBM0 - 10.0 * (hz.len().max(1) as f32).log10();
        self.part = part;
        self.left = if ms == 0 { usize::MAX } else { ms as usize * 8 };
        self.sines = hz.iter().map(|&hz| Sine::new(hz, peak(each))).collect();
    }

    pub(crate) fn next(&mut self) -> f32 {
        if self.left == 0 {
            self.begin((self.part + 1) % self.parts.len());
        }
        self.left -= 1;
        self.sines.iter_mut().map(Sine::next).sum()
    }
}
