//! A far end that speaks all the time, a near end that breaks in, and a line that changes: how much of the echo is taken out.

use dsp_probe::score::echo::{Measure, measure};
use dsp_probe::signal::{
    Css, FIXED_SEED, RATE, Random, annex_d, at_erl, css, float, set_active_level,
};
use dsp_probe::under_test::cancel;
use dsp_probe::vectors::echo::{Echo, Scene};

use super::svg::{Anchor, Axis, COLOURS, Drawing, GREY, Panel};

/// The tails that are shown, in ms.
const TAILS_MS: [u16; 4] = [16, 32, 64, 128];
/// The whole, the double talk in it, and the moment at which the path becomes another, in seconds.
const LENGTH_S: f64 = 24.0;
const DOUBLE_TALK_S: (f64, f64) = (8.0, 12.0);
const NEW_PATH_S: f64 = 16.0;
/// Of both ends, in dBm0.
const FAR_DBM0: f64 = -10.0;
const NEAR_DBM0: f64 = -15.0;
const ERL_DB: f64 = 6.0;
/// One half of the composite source signal: a window of this length always holds a burst. It is moved by `STEP_S`.
const WINDOW_S: f64 = 0.35;
const STEP_S: f64 = 0.05;
/// What a canceller must reach with a tail of 16 ms, from and to second: the limits of the conformance suite.
const DEMANDS: [(f64, f64, f64); 6] = [
    (0.5, 1.0, 20.0),
    (1.0, 2.0, 30.0),
    (5.0, 8.0, 36.0),
    (8.5, 12.0, 25.0),
    (12.5, 16.0, 25.0),
    (17.0, 24.0, 30.0),
];

pub fn draw() -> String {
    let scene = scene();
    let mut drawing = Drawing::new(860.0, 480.0);
    let panel = Panel {
        left: 62.0,
        top: 106.0,
        width: 778.0,
        height: 320.0,
        x: Axis {
            name: "time, s",
            from: 0.0,
            to: LENGTH_S,
            step: 2.0,
        },
        y: Axis {
            name: "ERLE, dB",
            from: 0.0,
            to: 50.0,
            step: 10.0,
        },
    };
    let title = "Echo return loss enhancement over time";
    drawing.text((panel.left, 22.0), 17.0, Anchor::Start, title);
    for (n, told) in [
        "Composite source signal of G.168, far end \u{2212}10 dBm0, near end \u{2212}15 dBm0 in the grey, A-law, NLP off.",
        "Hybrid of 6 dB return loss, path D.2 of G.168, from 16 s on D.5. Mean of the last 350 ms; A-law leaves 36 to 37 dB.",
    ]
    .into_iter()
    .enumerate()
    {
        let y = 42.0 + 17.0 * n as f64;
        drawing.text((panel.left, y), 12.0, Anchor::Start, told);
    }
    panel.frame(&mut drawing);
    events(&mut drawing, &panel);
    for (n, (tail_ms, colour)) in TAILS_MS.into_iter().zip(COLOURS).enumerate() {
        let out = float(&cancel(tail_ms, false, &scene.far, &scene.line).out);
        let points: Vec<_> = moving(&scene, &out)
            .map(|(s, db)| panel.place(s, db))
            .collect();
        drawing.line(&points, colour, 1.8, "");
        legend(
            &mut drawing,
            &panel,
            n,
            &format!("tail {tail_ms} ms"),
            colour,
            "",
        );
    }
    for (from_s, to_s, db) in DEMANDS {
        let ends = [panel.place(from_s, db), panel.place(to_s, db)];
        drawing.line(&ends, GREY, 2.0, "5 3");
    }
    let demand = "limit at a tail of 16 ms";
    legend(&mut drawing, &panel, TAILS_MS.len(), demand, GREY, "5 3");
    drawing.finish()
}

fn scene() -> Echo {
    let mut random = Random::new(FIXED_SEED, "plot of ERLE");
    let mut talk = |kind, dbm0| {
        let mut x = css(kind, (LENGTH_S * RATE) as usize, &mut random);
        set_active_level(&mut x, dbm0);
        x
    };
    let far = talk(Css::SingleTalk, FAR_DBM0);
    let mut near = talk(Css::DoubleTalk, NEAR_DBM0);
    for (n, sample) in near.iter_mut().enumerate() {
        let s = n as f64 / RATE;
        if s < DOUBLE_TALK_S.0 || s >= DOUBLE_TALK_S.1 {
            *sample = 0.0;
        }
    }
    let mut scene = Scene::new(far, at_erl(&annex_d(2), ERL_DB));
    scene.near = near;
    scene.paths.push((NEW_PATH_S, at_erl(&annex_d(5), ERL_DB)));
    scene.build("plot")
}

/// The end of each window, in seconds, and how much weaker the echo is in it. What the near end says is not counted, what its
/// coder adds is: 36 or 37 dB are all that A-law leaves.
fn moving<'a>(scene: &'a Echo, out: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    let steps = ((LENGTH_S - WINDOW_S) / STEP_S) as usize;
    (0..=steps).map(move |n| {
        let from_s = n as f64 * STEP_S;
        let to_s = from_s + WINDOW_S;
        (to_s, measure(scene, out, Measure::Erle, from_s, to_s))
    })
}

/// What happens when.
fn events(drawing: &mut Drawing, panel: &Panel) {
    let (from, top) = panel.place(DOUBLE_TALK_S.0, panel.y.to);
    let (to, bottom) = panel.place(DOUBLE_TALK_S.1, panel.y.from);
    drawing.field((from, top), (to - from, bottom - top), GREY, 0.15);
    let middle = (from + to) / 2.0;
    drawing.text((middle, top + 16.0), 12.0, Anchor::Middle, "double talk");
    let (at, _) = panel.place(NEW_PATH_S, panel.y.from);
    drawing.line(&[(at, top), (at, bottom)], GREY, 1.2, "2 3");
    drawing.text(
        (at + 6.0, top + 16.0),
        12.0,
        Anchor::Start,
        "another echo path",
    );
}

/// One entry above the panel.
fn legend(drawing: &mut Drawing, panel: &Panel, n: usize, name: &str, colour: &str, dash: &str) {
    let (x, y) = (panel.left + 130.0 * n as f64, panel.top - 16.0);
    drawing.line(&[(x, y), (x + 26.0, y)], colour, 2.4, dash);
    drawing.text((x + 32.0, y + 4.0), 12.0, Anchor::Start, name);
}
