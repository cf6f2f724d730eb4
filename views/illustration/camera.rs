//! A camera on a stand around the car: points in metres become points of the drawing.

use maud::Render;

/// Metres: `x` forward from the middle of the car, `y` to its left, `z` up from the ground.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) z: f64,
}

/// A point of the drawing, `y` downwards.
pub(super) type Flat = (f64, f64);

/// Metres between the camera and the car: far enough for calm lines, near enough for depth.
const DISTANCE: f64 = 10.0;
/// The height the camera looks at.
const TARGET: f64 = 0.75;

#[derive(Debug, Clone, Copy)]
pub(super) struct Camera {
    /// Sine and cosine of the angle around the car: 0 sees the front, a quarter turn the left side.
    pub(super) around: (f64, f64),
    over: (f64, f64),
    scale: f64,
    shift: Flat,
}

impl Camera {
    /// Looks at the car from `around` and `over` degrees, and brings `subject` into the frame `(left, top,
    /// right, bottom)`: as large as it fits, in the middle, standing on the bottom.
    pub(super) fn new(around: f64, over: f64, subject: &[Point], frame: [f64; 4]) -> Self {
        let mut camera = Self {
            around: around.to_radians().sin_cos(),
            over: over.to_radians().sin_cos(),
            scale: 1.0,
            shift: (0.0, 0.0),
        };
        let [mut left, mut top, mut right, mut bottom] =
            [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for (x, y) in subject.iter().map(|point| camera.see(*point)) {
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(y), bottom.max(y));
        }
        camera.scale = ((frame[2] - frame[0]) / (right - left)).min((frame[3] - frame[1]) / (bottom - top));
        camera.shift =
            ((frame[0] + frame[2] - camera.scale * (left + right)) / 2.0, frame[3] - camera.scale * bottom);
        camera
    }

    pub(super) fn see(&self, point: Point) -> Flat {
        let ((sin, cos), (rise, level)) = (self.around, self.over);
        let z = point.z - TARGET;
        let toward = point.x * cos + point.y * sin;
        let depth = DISTANCE - toward * level - z * rise;
        let right = point.y * cos - point.x * sin;
        let up = z * level - toward * rise;
        let near = self.scale * DISTANCE / depth;
        (self.shift.0 + near * right, self.shift.1 - near * up)
    }

    /// A closed path through the points.
    pub(super) fn path(&self, points: impl IntoIterator<Item = Point>) -> Path {
        Path::closed(points.into_iter().map(|point| self.see(point)))
    }

    pub(super) fn line(&self, points: impl IntoIterator<Item = Point>) -> Path {
        Path { closed: false, ..self.path(points) }
    }

    /// `matrix(...)` that puts a unit circle around `centre`, upright along the car, with this radius.
    pub(super) fn disc(&self, centre: Point, radius: f64) -> Disc {
        let (middle, ahead) = (self.see(centre), self.see(Point { x: centre.x + radius, ..centre }));
        let above = self.see(Point { z: centre.z + radius, ..centre });
        Disc([
            ahead.0 - middle.0,
            ahead.1 - middle.1,
            middle.0 - above.0,
            middle.1 - above.1,
            middle.0,
            middle.1,
        ])
    }
}

/// The `d` of a path in whole units.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) points: Vec<Flat>,
    closed: bool,
}

impl Path {
    pub(super) fn closed(points: impl IntoIterator<Item = Flat>) -> Self {
        Self { points: points.into_iter().collect(), closed: true }
    }

    /// The smallest convex path around all points (Andrew's monotone chain).
    pub(super) fn hull(mut self) -> Self {
        self.points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let turn = |a: Flat, b: Flat, c: Flat| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
        let half = |points: &mut dyn Iterator<Item = Flat>| {
            let mut chain: Vec<Flat> = Vec::new();
            for point in points {
                while chain.len() > 1 && turn(chain[chain.len() - 2], chain[chain.len() - 1], point) <= 0.0 {
                    chain.pop();
                }
                chain.push(point);
            }
            chain.pop();
            chain
        };
        let mut hull = half(&mut self.points.iter().copied());
        hull.extend(half(&mut self.points.iter().rev().copied()));
        Self { points: hull, closed: true }
    }

    /// Positive when the points run clockwise in the drawing.
    pub(super) fn area(&self) -> f64 {
        let next = self.points.iter().cycle().skip(1);
        self.points.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
    }
}

impl Render for Path {
    /// Steps from point to point are shorter to write than places.
    fn render_to(&self, out: &mut String) {
        let mut last: Option<(i32, i32)> = None;
        for &(x, y) in &self.points {
            let point = (x.round() as i32, y.round() as i32);
            let step = last.map_or(point, |(x, y)| (point.0 - x, point.1 - y));
            if last.is_some() && step == (0, 0) {
                continue;
            }
            if last.is_none() {
                out.push('M');
            } else if step.0 >= 0 && !out.ends_with('l') {
                out.push(' ');
            }
            step.0.render_to(out);
            if step.1 >= 0 {
                out.push(' ');
            }
            step.1.render_to(out);
            if last.is_none() {
                out.push('l');
            }
            last = Some(point);
        }
        if self.closed {
            out.push('z');
        }
    }
}

/// Several paths in one `d`.
#[derive(Debug)]
pub(super) struct Paths(pub(super) Vec<Path>);

impl Render for Paths {
    fn render_to(&self, out: &mut String) {
        for path in &self.0 {
            path.render_to(out);
        }
    }
}

/// The place and tilt of a circle, as an SVG transform.
#[derive(Debug)]
pub(super) struct Disc([f64; 6]);

impl Render for Disc {
    fn render_to(&self, out: &mut String) {
        out.push_str("matrix(");
        for (at, value) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            ((value * 10.0).round() / 10.0).render_to(out);
        }
        out.push(')');
    }
}
