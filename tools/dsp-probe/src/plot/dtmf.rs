//! What the DTMF detector takes for a digit, as a share of presses at each point of a grid.

use dsp_probe::score::dtmf::score;
use dsp_probe::signal::{FIXED_SEED, Law};
use dsp_probe::under_test::dtmf_hits;
use dsp_probe::vectors::dtmf::{Dtmf, Spec, Track, point};

use super::svg::{Anchor, Axis, COLOURS, Drawing, GREY, Panel};

/// Presses at each point, of any keys.
const PRESSES: usize = 16;
/// Points along and across.
const COLUMNS: usize = 50;
const ROWS: usize = 40;
/// Colour of what is told, and of what the limits say.
const TOLD: &str = COLOURS[2];
const ACCEPT: &str = COLOURS[0];
const REJECT: &str = COLOURS[3];

pub fn draw() -> String {
    let mut drawing = Drawing::new(860.0, 500.0);
    let title = "DTMF acceptance region: which presses are told";
    drawing.text((62.0, 22.0), 17.0, Anchor::Start, title);
    let told =
        format!("{PRESSES} presses of any key at each point, A-law, 50 ms and more between them");
    drawing.text((62.0, 42.0), 12.0, Anchor::Start, &told);
    twist_over_frequency(&mut drawing);
    level_over_length(&mut drawing);
    legend(&mut drawing);
    drawing.finish()
}

/// 50 ms at -12 dBm0 of the stronger tone.
fn twist_over_frequency(drawing: &mut Drawing) {
    let panel = Panel {
        left: 62.0,
        top: 82.0,
        width: 350.0,
        height: 320.0,
        x: Axis {
            name: "both frequencies off by, %",
            from: -5.0,
            to: 5.0,
            step: 1.0,
        },
        y: Axis {
            name: "twist (high minus low tone), dB",
            from: -16.0,
            to: 12.0,
            step: 4.0,
        },
    };
    drawing.text(
        (panel.left, panel.top - 12.0),
        13.0,
        Anchor::Start,
        "50 ms, stronger tone \u{2212}12 dBm0",
    );
    fill(drawing, &panel, |percent, twist_db| {
        point(FIXED_SEED, percent, percent, twist_db, PRESSES)
    });
    panel.frame(drawing);
    // Q.24 Table 1 and GR-506: accept 1.5 % (and 2 Hz more) with -8 to +4 dB, reject from 3.5 % on.
    panel.outline(drawing, (-1.5, 1.5), (-8.0, 4.0), ACCEPT, "");
    for percent in [-3.5, 3.5] {
        let ends = [panel.y.from, panel.y.to].map(|y| panel.place(percent, y));
        drawing.line(&ends, REJECT, 1.6, "5 3");
    }
}

/// Both tones alike, on frequency.
fn level_over_length(drawing: &mut Drawing) {
    let panel = Panel {
        left: 486.0,
        top: 82.0,
        width: 350.0,
        height: 320.0,
        x: Axis {
            name: "length, ms",
            from: 15.0,
            to: 55.0,
            step: 5.0,
        },
        y: Axis {
            name: "level of each tone, dBm0",
            from: -56.0,
            to: 0.0,
            step: 8.0,
        },
    };
    drawing.text(
        (panel.left, panel.top - 12.0),
        13.0,
        Anchor::Start,
        "on frequency, both tones alike",
    );
    fill(drawing, &panel, |on_ms, dbm0| {
        let mut track = Track::new(FIXED_SEED, "level over length");
        let spec = Spec {
            on_ms,
            ..Spec::at(dbm0)
        };
        track.presses(PRESSES, spec, 50.0);
        track.done(Law::A)
    });
    panel.frame(drawing);
    // Q.24 Table 1 leaves both to the administration; ours are 36 ms and 22 ms, and -40 dBm0.
    panel.outline(drawing, (36.0, panel.x.to), (-40.0, -3.0), ACCEPT, "");
    let ends = [panel.y.from, panel.y.to].map(|y| panel.place(22.0, y));
    drawing.line(&ends, REJECT, 1.6, "5 3");
}

/// A field for each point, the fuller the more is told. Neighbours in a row that are alike are one.
fn fill(drawing: &mut Drawing, panel: &Panel, vector: impl Fn(f64, f64) -> Dtmf) {
    let (width, height) = (panel.width / COLUMNS as f64, panel.height / ROWS as f64);
    let value = |axis: &Axis, n: usize, of: usize| {
        axis.from + (axis.to - axis.from) * (n as f64 + 0.5) / of as f64
    };
    for row in 0..ROWS {
        let y = value(&panel.y, row, ROWS);
        let told: Vec<usize> = (0..COLUMNS)
            .map(|column| told(&vector(value(&panel.x, column, COLUMNS), y)))
            .collect();
        let top = panel.top + panel.height - height * (row + 1) as f64;
        let mut from = 0;
        for alike in told.chunk_by(|a, b| a == b) {
            let left = panel.left + width * from as f64;
            let opacity = 0.75 * alike[0] as f64 / PRESSES as f64;
            if opacity > 0.0 {
                drawing.field(
                    (left, top),
                    (width * alike.len() as f64, height),
                    TOLD,
                    opacity,
                );
            }
            from += alike.len();
        }
    }
}

fn told(vector: &Dtmf) -> usize {
    let score = score(vector, &dtmf_hits(&vector.samples));
    score.groups.iter().map(|group| group.told).sum()
}

/// Below the panels.
fn legend(drawing: &mut Drawing) {
    let y = 478.0;
    drawing.text((62.0, y), 12.0, Anchor::Start, "told:");
    for (n, percent) in [0.0, 25.0, 50.0, 75.0, 100.0].into_iter().enumerate() {
        let x = 98.0 + 72.0 * n as f64;
        drawing.field((x, y - 12.0), (18.0, 15.0), TOLD, 0.75 * percent / 100.0);
        let corners = [
            (x, y - 12.0),
            (x + 18.0, y - 12.0),
            (x + 18.0, y + 3.0),
            (x, y + 3.0),
            (x, y - 12.0),
        ];
        drawing.line(&corners, GREY, 0.6, "");
        drawing.text((x + 24.0, y), 12.0, Anchor::Start, &format!("{percent} %"));
    }
    for (x, colour, dash, name) in [
        (470.0, ACCEPT, "", "limit: all inside are told"),
        (690.0, REJECT, "5 3", "limit: none beyond"),
    ] {
        drawing.line(&[(x, y - 4.0), (x + 26.0, y - 4.0)], colour, 1.8, dash);
        drawing.text((x + 32.0, y), 12.0, Anchor::Start, name);
    }
}
