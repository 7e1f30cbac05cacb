//! Just enough SVG for a diagram: axes with units, lines, fields. No background and middling colours, so that it reads on a light
//! page as well as on a dark one.

use std::fmt::Write;

/// Axes, words and grid.
pub const GREY: &str = "#7d8590";
/// Colours told apart by most eyes, on white as on black.
pub const COLOURS: [&str; 4] = ["#d9730d", "#0f9d9d", "#3b82f6", "#b058d6"];

/// Where a text stands from its place.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing under construction.
pub struct Drawing {
    width: f64,
    height: f64,
    body: String,
}

impl Drawing {
    pub fn new(width: f64, height: f64) -> Self {
        Drawing {
            width,
            height,
            body: String::new(),
        }
    }

    // Writing to a string does not fail.
    fn put(&mut self, element: std::fmt::Arguments) {
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }

    /// Text of `size` with its foot at a place.
    pub fn text(&mut self, (x, y): (f64, f64), size: f64, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    /// Text read from below.
    pub fn upright(&mut self, (x, y): (f64, f64), size: f64, text: &str) {
        let text = escaped(text);
        self.put(format_args!(
            r#"<text transform="translate({x:.1} {y:.1}) rotate(-90)" font-size="{size}" text-anchor="middle">{text}</text>"#
        ));
    }

    /// A line through `points`; `dash` is empty for an unbroken one.
    pub fn line(&mut self, points: &[(f64, f64)], colour: &str, width: f64, dash: &str) {
        let mut list = String::new();
        for (x, y) in points {
            let _ = write!(list, "{x:.1},{y:.1} ");
        }
        let list = list.trim_end();
        self.put(format_args!(
            r#"<polyline points="{list}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}" stroke-linejoin="round"/>"#
        ));
    }

    /// A field without a border.
    pub fn field(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        colour: &str,
        opacity: f64,
    ) {
        self.put(format_args!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{colour}" fill-opacity="{opacity:.2}" shape-rendering="crispEdges"/>"#
        ));
    }

    /// The file.
    pub fn finish(self) -> String {
        let Drawing {
            width,
            height,
            body,
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"system-ui, 'DejaVu Sans', sans-serif\" fill=\"{GREY}\">\n{body}</svg>\n"
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// One direction of a panel.
pub struct Axis {
    /// What it is, with its unit.
    pub name: &'static str,
    pub from: f64,
    pub to: f64,
    /// Between two ticks with figures.
    pub step: f64,
}

impl Axis {
    /// 0 to 1 along the axis.
    fn share(&self, value: f64) -> f64 {
        (value - self.from) / (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let first = (self.from / self.step).ceil();
        let last = (self.to / self.step + 1e-9).floor();
        (0..=(last - first) as usize).map(move |n| (first + n as f64) * self.step)
    }
}

/// A field with two axes.
pub struct Panel {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
    pub x: Axis,
    pub y: Axis,
}

impl Panel {
    /// Where a pair of values is drawn; what lies outside is drawn on the edge.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let along = |share: f64| share.clamp(0.0, 1.0);
        (
            self.left + self.width * along(self.x.share(x)),
            self.top + self.height * (1.0 - along(self.y.share(y))),
        )
    }

    /// Grid, axes, figures and names.
    pub fn frame(&self, drawing: &mut Drawing) {
        let (bottom, right) = (self.top + self.height, self.left + self.width);
        for x in self.x.ticks() {
            let (at, _) = self.place(x, self.y.from);
            drawing.line(&[(at, self.top), (at, bottom)], GREY, 0.3, "");
            drawing.text(
                (at, bottom + 16.0),
                12.0,
                Anchor::Middle,
                &figure(x, self.x.step),
            );
        }
        for y in self.y.ticks() {
            let (_, at) = self.place(self.x.from, y);
            drawing.line(&[(self.left, at), (right, at)], GREY, 0.3, "");
            drawing.text(
                (self.left - 7.0, at + 4.0),
                12.0,
                Anchor::End,
                &figure(y, self.y.step),
            );
        }
        let corners = [(self.left, self.top), (self.left, bottom), (right, bottom)];
        drawing.line(&corners, GREY, 1.2, "");
        let middle = self.left + self.width / 2.0;
        drawing.text((middle, bottom + 36.0), 13.0, Anchor::Middle, self.x.name);
        let middle = self.top + self.height / 2.0;
        drawing.upright((self.left - 40.0, middle), 13.0, self.y.name);
    }

    /// The outline of a rectangle given in values.
    pub fn outline(
        &self,
        drawing: &mut Drawing,
        x: (f64, f64),
        y: (f64, f64),
        colour: &str,
        dash: &str,
    ) {
        let corners = [(x.0, y.0), (x.1, y.0), (x.1, y.1), (x.0, y.1), (x.0, y.0)];
        let places = corners.map(|(x, y)| self.place(x, y));
        drawing.line(&places, colour, 1.6, dash);
    }
}

/// With a real minus sign, and as many decimals as the step needs.
fn figure(value: f64, step: f64) -> String {
    let decimals = usize::from(step.fract() != 0.0);
    let value = if value == 0.0 { 0.0 } else { value };
    format!("{value:.decimals$}").replace('-', "\u{2212}")
}
