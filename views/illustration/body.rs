//! The body types: one row each, and the surface that a row describes.

use super::camera::Point;

/// The points that every profile has, front to rear. Between two neighbours lies one part of the car.
pub(super) const CHIN: usize = 0;
pub(super) const NOSE: usize = 1;
pub(super) const BONNET: usize = 2;
pub(super) const COWL: usize = 3;
pub(super) const BROW: usize = 4;
pub(super) const ROOF: usize = 5;
pub(super) const BACK: usize = 6;
pub(super) const DECK: usize = 7;
pub(super) const TAIL: usize = 8;
pub(super) const BUMPER: usize = 9;
pub(super) const HEEL: usize = 10;
const KNOTS: usize = 11;

/// One body type, in metres; `x` runs forward from the middle, `z` up from the ground.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) name: &'static str,
    /// The side profile `(x, z)` over the top: chin, nose, bonnet, cowl, brow, roof, back, deck, tail,
    /// bumper, heel.
    pub(super) profile: [(f64, f64); KNOTS],
    pub(super) half_width: f64,
    /// Width of the roof as a share of the width at the waist.
    roof_share: f64,
    pub(super) axles: [f64; 2],
    pub(super) wheel_radius: f64,
    /// Where the side windows are divided.
    pub(super) pillars: &'static [f64],
    /// Dark cladding along the sill, and rails on the roof.
    pub(super) rugged: bool,
}

impl Body {
    pub(super) fn named(name: &str) -> &'static Self {
        BODIES.iter().find(|body| body.name.eq_ignore_ascii_case(name)).unwrap_or(&BODIES[HATCHBACK])
    }

    pub(super) fn knot(&self, knot: usize) -> (f64, f64) {
        self.profile[knot]
    }

    /// The waist: where paint ends and glass begins.
    pub(super) fn waist(&self) -> f64 {
        self.profile[COWL].1
    }

    pub(super) fn sill(&self) -> f64 {
        self.profile[CHIN].1
    }

    /// The profile with rounded corners: three points for every inner knot, the middle one nearest to it.
    pub(super) fn contour(&self) -> Vec<(f64, f64)> {
        let mut points = vec![self.profile[0]];
        for [before, knot, after] in self.profile.array_windows() {
            let (enter, leave) = (toward(*knot, *before), toward(*knot, *after));
            let middle = ((enter.0 + 2.0 * knot.0 + leave.0) / 4.0, (enter.1 + 2.0 * knot.1 + leave.1) / 4.0);
            points.extend([enter, middle, leave]);
        }
        points.push(self.profile[HEEL]);
        points
    }

    /// The upper body seen from the side: pillars and the edge of the roof.
    pub(super) fn upper_side(&self) -> Vec<(f64, f64)> {
        self.contour()[Self::contour_index(COWL)..=Self::contour_index(DECK)].to_vec()
    }

    /// The place of a knot in [`Body::contour`].
    pub(super) fn contour_index(knot: usize) -> usize {
        match knot {
            CHIN => 0,
            HEEL => 3 * (KNOTS - 2) + 1,
            inner => 3 * inner - 1,
        }
    }

    /// The surface at a place of the profile, `across` from -1 (right side) over 0 (middle) to 1 (left side).
    /// Seen from above the ends are rounded, seen from the front the sides lean inwards above the waist.
    pub(super) fn at(&self, (x, z): (f64, f64), across: f64) -> Point {
        let end = ((x.abs() / self.profile[NOSE].0 - 0.7) / 0.3).clamp(0.0, 1.0);
        let (waist, sill, roof) = (self.waist(), self.sill(), self.profile[ROOF].1);
        let lean = if z > waist {
            1.0 - (1.0 - self.roof_share) * (z - waist) / (roof - waist)
        } else {
            1.0 - 0.05 * ((waist - z) / (waist - sill)).powi(2)
        };
        let swell = 1.0 - across * across;
        Point {
            x: x + x.signum() * 0.2 * end * swell,
            y: across * self.half_width * lean * (1.0 - 0.13 * end * end),
            z: z + 0.035 * swell,
        }
    }

    /// The contour between two knots, from side to side.
    pub(super) fn part(&self, from: usize, to: usize) -> Vec<Point> {
        self.part_within(from, to, 1.0)
    }

    /// As [`Body::part`], only so far to the sides.
    pub(super) fn part_within(&self, from: usize, to: usize, across: f64) -> Vec<Point> {
        let contour = self.contour();
        let along = &contour[Self::contour_index(from)..=Self::contour_index(to)];
        let over =
            |at: (f64, f64), step: f64| [0.6, 0.0, -0.6].map(|share| self.at(at, share * step * across));
        let (first, last) = (along[0], along[along.len() - 1]);
        let mut points: Vec<_> = along.iter().map(|at| self.at(*at, across)).collect();
        points.extend(over(last, 1.0));
        points.extend(along.iter().rev().map(|at| self.at(*at, -across)));
        points.extend(over(first, -1.0));
        points
    }

    /// Panes of the side windows, each as a polygon in the profile.
    pub(super) fn panes(&self) -> Vec<Vec<(f64, f64)>> {
        const FRAME: f64 = 0.035;
        let bottom = self.waist() + FRAME;
        let top = |x: f64| {
            let (front, rear) = if x > self.knot(ROOF).0 { (BROW, ROOF) } else { (ROOF, BACK) };
            mix_at(self.knot(front), self.knot(rear), x) - 0.1
        };
        let leaning = |low: usize, high: usize, z: f64| {
            let (low, high) = (self.knot(low), self.knot(high));
            low.0 + (high.0 - low.0) * (z - low.1) / (high.1 - low.1)
        };
        let (brow, back) = (self.knot(BROW).1 - 0.1, self.knot(BACK).1 - 0.1);
        let mut panes = Vec::new();
        let mut edge =
            vec![(leaning(COWL, BROW, bottom) - 0.12, bottom), (leaning(COWL, BROW, brow) - 0.09, brow)];
        for pillar in self.pillars {
            edge.extend([(pillar + FRAME, top(pillar + FRAME)), (pillar + FRAME, bottom)]);
            panes.push(edge);
            edge = vec![(pillar - FRAME, bottom), (pillar - FRAME, top(pillar - FRAME))];
        }
        edge.extend([(leaning(DECK, BACK, back) + 0.1, back), (leaning(DECK, BACK, bottom) + 0.16, bottom)]);
        panes.push(edge);
        panes
    }
}

/// A step from a corner toward its neighbour, where the rounding begins.
fn toward(corner: (f64, f64), neighbour: (f64, f64)) -> (f64, f64) {
    let length = (neighbour.0 - corner.0).hypot(neighbour.1 - corner.1);
    let share = (0.22 / length).min(0.4);
    (corner.0 + (neighbour.0 - corner.0) * share, corner.1 + (neighbour.1 - corner.1) * share)
}

fn mix_at(a: (f64, f64), b: (f64, f64), x: f64) -> f64 {
    a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0)
}

const HATCHBACK: usize = 2;

#[rustfmt::skip]
const BODIES: [Body; 7] = [
    Body {
        name: "SUV", half_width: 0.92, roof_share: 0.76, axles: [1.36, -1.34], wheel_radius: 0.395, pillars: &[0.08, -0.92], rugged: true,
        profile: [(2.12, 0.32), (2.20, 0.70), (2.06, 1.06), (1.08, 1.17), (0.42, 1.63), (-0.55, 1.70), (-1.84, 1.62), (-2.12, 1.17), (-2.16, 1.04), (-2.20, 0.68), (-2.12, 0.34)],
    },
    Body {
        name: "Sedan", half_width: 0.87, roof_share: 0.72, axles: [1.40, -1.34], wheel_radius: 0.345, pillars: &[-0.20, -1.08], rugged: false,
        profile: [(2.20, 0.24), (2.28, 0.52), (2.12, 0.80), (1.06, 0.95), (0.22, 1.39), (-0.42, 1.44), (-1.14, 1.34), (-1.80, 1.02), (-2.22, 0.98), (-2.28, 0.58), (-2.18, 0.28)],
    },
    Body {
        name: "Hatchback", half_width: 0.84, roof_share: 0.75, axles: [1.22, -1.30], wheel_radius: 0.335, pillars: &[-0.16, -1.00], rugged: false,
        profile: [(1.86, 0.26), (1.95, 0.56), (1.80, 0.86), (1.02, 1.00), (0.32, 1.46), (-0.40, 1.53), (-1.34, 1.41), (-1.80, 1.04), (-1.88, 0.92), (-1.92, 0.54), (-1.86, 0.30)],
    },
    Body {
        name: "MUV", half_width: 0.91, roof_share: 0.78, axles: [1.45, -1.35], wheel_radius: 0.365, pillars: &[0.22, -0.86], rugged: false,
        profile: [(2.26, 0.28), (2.34, 0.58), (2.18, 0.93), (1.38, 1.10), (0.62, 1.64), (-0.50, 1.73), (-1.98, 1.66), (-2.28, 1.12), (-2.32, 1.00), (-2.36, 0.58), (-2.28, 0.32)],
    },
    Body {
        name: "Minivan", half_width: 0.80, roof_share: 0.84, axles: [1.22, -1.18], wheel_radius: 0.315, pillars: &[0.42, -0.62], rugged: false,
        profile: [(1.88, 0.28), (1.94, 0.58), (1.87, 0.96), (1.60, 1.10), (0.98, 1.74), (-0.30, 1.82), (-1.80, 1.78), (-1.92, 1.10), (-1.94, 0.98), (-1.96, 0.56), (-1.90, 0.32)],
    },
    Body {
        name: "Pickup", half_width: 0.93, roof_share: 0.76, axles: [1.62, -1.58], wheel_radius: 0.40, pillars: &[0.30], rugged: true,
        profile: [(2.50, 0.42), (2.58, 0.76), (2.44, 1.12), (1.42, 1.22), (0.86, 1.72), (0.25, 1.79), (-0.50, 1.73), (-0.66, 1.17), (-2.50, 1.17), (-2.56, 0.76), (-2.50, 0.46)],
    },
    Body {
        name: "Coupe", half_width: 0.90, roof_share: 0.70, axles: [1.38, -1.30], wheel_radius: 0.36, pillars: &[-0.55], rugged: false,
        profile: [(2.20, 0.20), (2.28, 0.44), (2.08, 0.71), (0.82, 0.89), (-0.02, 1.28), (-0.42, 1.32), (-0.82, 1.27), (-1.78, 0.96), (-2.20, 0.92), (-2.26, 0.54), (-2.15, 0.24)],
    },
];
