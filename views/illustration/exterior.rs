//! The car from outside. One function draws it from any angle; a view is an angle.

use super::body::{BACK, BONNET, BROW, BUMPER, Body, CHIN, COWL, DECK, HEEL, NOSE, ROOF, TAIL};
use super::camera::{Camera, Path, Paths, Point};
use super::gradient;
use super::paint::Paint;
use maud::{Markup, html};

const GLASS: &str = "url(#glass)";
const BLACK: &str = "#1b2023";

/// Left, top, right and bottom of the space the car has.
const FRAME: [f64; 4] = [60.0, 130.0, 740.0, 500.0];

pub(super) fn outside(body: &Body, paint: &Paint, view: &str) -> Markup {
    let (around, over) = match view {
        "rear-right" => (218.0, 11.0),
        "front" => (0.0, 5.0),
        "rear" => (180.0, 5.0),
        "left" => (90.0, 3.0),
        "right" => (270.0, 3.0),
        "roof" => (60.0, 38.0),
        _ => (40.0, 10.0),
    };
    let frame = match view {
        "front" | "rear" => [170.0, 120.0, 630.0, 500.0],
        "left" | "right" => [30.0, 130.0, 770.0, 460.0],
        _ => FRAME,
    };
    let camera = Camera::new(around, over, &extent(body), frame);
    let horizon = if view == "roof" { 60 } else { 380 };
    html! { (backdrop(paint, horizon)) (car(body, paint, &camera)) }
}

/// The headlamp from near by.
pub(super) fn detail(body: &Body, paint: &Paint) -> Markup {
    let (x, z) = body.knot(BONNET);
    let near =
        [-0.55, 0.5].map(|step| Point { x: x + step, y: body.half_width * 0.7, z: z + step * 0.6 - 0.15 });
    let camera = Camera::new(38.0, 8.0, &near, [200.0, 80.0, 600.0, 520.0]);
    html! { (backdrop(paint, 250)) (car(body, paint, &camera)) }
}

/// Glass with a reflection across it.
fn glass() -> Markup {
    html! {
        linearGradient id="glass" x2=".3" y2="1" {
            stop stop-color="#9fb6c1" {}
            stop offset=".4" stop-color="#5f7986" {}
            stop offset=".42" stop-color="#4a626e" {}
            stop offset="1" stop-color="#223039" {}
        }
    }
}

/// A wall, a floor, and a band of the site's own colour. The car stands in the light.
fn backdrop(paint: &Paint, horizon: u32) -> Markup {
    html! {
        defs {
            (gradient("wall", "#b9c6c8", "#dbe3e3"))
            (gradient("floor", "#c3cbcb", "#eef1f0"))
            (glass())
            (gradient("top", paint.light, paint.base))
            (gradient("side", paint.base, paint.dark))
            (gradient("face", paint.light, paint.base))
            radialGradient id="shade" { stop stop-color="#000" stop-opacity=".5" {} stop offset="1" stop-opacity="0" {} }
            g #wheel {
                circle r="1" fill="#16191b" {}
                circle r=".7" fill="#aeb6bb" {}
                circle r=".62" fill="#33393d" {}
                path d="M0 0V-.66M0 0 .63-.2M0 0 .39.53M0 0-.39.53M0 0-.63-.2" stroke="#d5dade" stroke-width=".17" {}
                circle r=".16" fill="#8b949a" {}
            }
        }
        path fill="url(#wall)" d="M0 0h800v600H0z" {}
        @if horizon > 200 { path fill="#0b625c" opacity=".1" d={ "M110 " (horizon) "V90q0-50 50-50h480q50 0 50 50V" (horizon) "z" } {} }
        path fill="url(#floor)" d={ "M0 " (horizon) "h800v600H0z" } {}
    }
}

/// The car as a small sign, for displays and tags: `left` and `ground` in the drawing, so many units wide.
pub(super) fn silhouette(body: &Body, fill: &str, (left, ground): (f64, f64), width: f64) -> Markup {
    let scale = width / 2.0 / body.knot(NOSE).0;
    let place = |(x, z): (f64, f64)| (left + width / 2.0 - x * scale, ground - z * scale);
    html! {
        path fill=(fill) d=(Path::closed(body.contour().into_iter().map(place))) {}
        path fill="#1d2428" d=(Paths(body.panes().into_iter().map(|pane| Path::closed(pane.into_iter().map(place))).collect())) {}
        @for axle in body.axles {
            @let (x, y) = place((axle, body.wheel_radius));
            circle fill="#1d2428" stroke=(fill) stroke-width="2" cx=(x.round()) cy=(y.round()) r=((body.wheel_radius * scale * 1.1).round()) {}
        }
    }
}

/// What has to be inside the frame: the contour on both sides, and the ground.
fn extent(body: &Body) -> Vec<Point> {
    let contour = body.contour();
    let mut points: Vec<_> =
        contour.iter().flat_map(|at| [-1.0, 0.0, 1.0].map(|across| body.at(*at, across))).collect();
    points.extend(footprint(body));
    points
}

fn footprint(body: &Body) -> [Point; 4] {
    let (front, rear, y) = (body.axles[0] + 0.45, body.axles[1] - 0.45, body.half_width * 0.94);
    [(front, y), (rear, y), (rear, -y), (front, -y)].map(|(x, y)| Point { x, y, z: 0.0 })
}

fn car(body: &Body, paint: &Paint, camera: &Camera) -> Markup {
    let (sin, cos) = camera.around;
    let near = sin.signum();
    // Parts behind are painted first.
    let mut parts = [CHIN, NOSE, BONNET, COWL, BROW, ROOF, BACK, DECK, TAIL, BUMPER];
    if cos > 0.0 {
        parts.reverse();
    }
    html! {
        (shadow(body, camera))
        g stroke-linejoin="round" {
            @for axle in body.axles { (tread(body, camera, axle, -near)) (tread(body, camera, axle, near)) }
            @if cos.abs() > 0.2 { (mirror(body, paint, camera, -near)) }
            @if sin.abs() <= 0.2 { (mirror(body, paint, camera, near)) }
            @for part in parts { (shell(body, camera, part)) }
            @if sin.abs() > 0.2 { (side(body, paint, camera, near)) }
            @if cos > 0.2 { (face(body, camera)) }
            @if cos < -0.2 { (tail(body, paint, camera)) }
            @if sin.abs() > 0.2 { (mirror(body, paint, camera, near)) }
            @for axle in body.axles { (wheel(body, camera, axle, near)) }
        }
    }
}

fn shadow(body: &Body, camera: &Camera) -> Markup {
    let ground = camera.path(footprint(body));
    let (mut left, mut right, mut top, mut bottom) = (800.0_f64, 0.0_f64, 600.0_f64, 0.0_f64);
    for (x, y) in &ground.points {
        (left, right) = (left.min(*x), right.max(*x));
        (top, bottom) = (top.min(*y), bottom.max(*y));
    }
    let round = |value: f64| value.round() as i32;
    html! {
        ellipse fill="url(#shade)" cx=(round((left + right) / 2.0)) cy=(round((top + bottom) / 2.0))
            rx=(round((right - left) * 0.66)) ry=(round((bottom - top) * 0.7 + 16.0)) {}
        path fill="#0005" d=(ground) {}
    }
}

/// One part of the skin between two knots of the profile, if it faces the camera.
fn shell(body: &Body, camera: &Camera, part: usize) -> Markup {
    let skin = camera.path(body.part(part, part + 1));
    let fill = match part {
        BONNET | BROW | ROOF | DECK => "url(#top)",
        CHIN | BUMPER => "url(#side)",
        _ => "url(#face)",
    };
    html! {
        @if skin.area() < 0.0 {
            path fill=(fill) d=(skin) {}
            @if matches!(part, COWL | BACK) { path fill=(GLASS) stroke=(BLACK) stroke-width="5" d=(camera.path(body.part_within(part, part + 1, 0.9))) {} }
            @if part == DECK && body.name == "Pickup" { path fill="#23282b" d=(camera.path(body.part_within(DECK, TAIL, 0.86))) {} }
        }
    }
}

/// The near side: skin, windows, doors, handles.
fn side(body: &Body, paint: &Paint, camera: &Camera, near: f64) -> Markup {
    let on = |at: (f64, f64)| body.at(at, near);
    let (waist, sill) = (body.waist(), body.sill());
    let (nose, bumper) = (body.knot(NOSE).0, body.knot(BUMPER).0);
    let along = |z: f64| [0.66, 0.3, 0.0, -0.5, -0.86].map(|share| (nose * share, z));
    let doors = [body.knot(COWL).0 - 0.1].into_iter().chain(body.pillars.iter().copied());
    let hem = sill + (waist - sill) * 0.24;
    html! {
        path fill="url(#side)" d=(camera.path(body.contour().into_iter().map(on))) {}
        path fill="url(#top)" d=(camera.path(body.upper_side().into_iter().map(on))) {}
        path fill=(GLASS) stroke=(BLACK) stroke-width="8" d=(Paths(body.panes().into_iter().map(|pane| camera.path(pane.into_iter().map(on))).collect())) {}
        @if body.rugged {
            path fill=(BLACK) d=(camera.path([(nose * 0.96, hem), (bumper * 0.96, hem), body.knot(HEEL), body.knot(CHIN)].map(on))) {}
        }
        g fill="none" {
            path stroke=(paint.light) stroke-width="3" opacity=".55" d=(camera.line(along(waist - 0.13).map(on))) {}
            path stroke=(paint.dark) stroke-width="2" d=(Paths(doors.clone().map(|x| camera.line([(x, waist), (x - 0.02, hem)].map(on))).collect())) {}
            path stroke=(paint.light) stroke-width="5" stroke-linecap="round"
                d=(Paths(body.pillars.iter().map(|x| camera.line([(x + 0.28, waist - 0.2), (x + 0.1, waist - 0.2)].map(on))).collect())) {}
        }
        (corner_lamps(body, camera, near))
        @if body.rugged && body.name != "Pickup" {
            path fill="none" stroke="#3a4145" stroke-width="5" stroke-linecap="round"
                d=(camera.line([BROW, ROOF, BACK].map(|knot| { let (x, z) = body.knot(knot); body.at((x * 0.86, z + 0.02), near * 0.96) }))) {}
        }
    }
}

/// Where the lamps of front and rear reach around the corner.
fn corner_lamps(body: &Body, camera: &Camera, near: f64) -> Markup {
    let wedge = |from: (f64, f64), to: (f64, f64), [low, high]: [f64; 2], reach: f64| {
        let at = |share: f64, step: f64| {
            body.at((from.0 + (to.0 - from.0) * share + step, from.1 + (to.1 - from.1) * share), near)
        };
        // Seen from the side they end where the corner is rounded.
        let edge = if camera.around.1.abs() < 0.2 { 0.3 } else { 0.03 };
        camera.path([
            at(low, reach * edge),
            at(high, reach * edge),
            at(high, reach),
            at((low + high) / 2.0, reach * 0.8),
        ])
    };
    html! {
        @if camera.around.1 > -0.2 { path fill="#dfe8ec" d=(wedge(body.knot(NOSE), body.knot(BONNET), [0.66, 0.92], -0.3)) {} }
        @if camera.around.1 < 0.2 { path fill="#a3151a" d=(wedge(body.knot(TAIL), body.knot(BUMPER), [0.4, 0.04], 0.26)) {} }
    }
}

/// A shape between two knots: corners as shares across and along.
fn shape(body: &Body, (from, to): (usize, usize), corners: &[(f64, f64)]) -> Vec<Point> {
    let (from, to) = (body.knot(from), body.knot(to));
    let at = |&(across, along): &(f64, f64)| {
        body.at((from.0 + (to.0 - from.0) * along, from.1 + (to.1 - from.1) * along), across)
    };
    corners.iter().map(at).collect()
}

const GRILLE: [(f64, f64); 8] = [
    (-0.5, 0.9),
    (0.0, 0.92),
    (0.5, 0.9),
    (0.55, 0.62),
    (0.42, 0.3),
    (0.0, 0.28),
    (-0.42, 0.3),
    (-0.55, 0.62),
];
const INTAKE: [(f64, f64); 6] =
    [(-0.5, 0.58), (0.0, 0.6), (0.5, 0.58), (0.62, 0.12), (0.0, 0.1), (-0.62, 0.12)];

fn face(body: &Body, camera: &Camera) -> Markup {
    let (upper, lower) = ((NOSE, BONNET), (CHIN, NOSE));
    let draw = |knots, corners: &[(f64, f64)]| camera.path(shape(body, knots, corners));
    let mirrored = |side: f64, corners: &[(f64, f64)]| -> Vec<_> {
        corners.iter().map(|(across, along)| (across * side, *along)).collect()
    };
    let slat = |along: f64| camera.line(shape(body, upper, &[(-0.5, along), (0.0, along), (0.5, along)]));
    let badge = camera.see(shape(body, upper, &[(0.0, 0.62)])[0]);
    html! {
        path fill=(BLACK) d=(Paths(vec![draw(upper, &GRILLE), draw(lower, &INTAKE)])) {}
        path stroke="#69747a" stroke-width="2" fill="none" d=(Paths(vec![slat(0.76), slat(0.46)])) {}
        circle cx=(badge.0.round()) cy=(badge.1.round()) r="9" fill="#d5dade" stroke="#69747a" stroke-width="2" {}
        @for side in [-1.0, 1.0] {
            path fill="#20282c" d=(draw(upper, &mirrored(side, &[(0.58, 0.86), (0.8, 0.92), (1.0, 0.96), (1.0, 0.64), (0.64, 0.58)]))) {}
            path fill="#f7fbfd" d=(draw(upper, &mirrored(side, &[(0.64, 0.82), (0.97, 0.9), (0.97, 0.74), (0.68, 0.68)]))) {}
            path fill=(BLACK) d=(draw(lower, &mirrored(side, &[(0.7, 0.62), (0.94, 0.7), (0.92, 0.28), (0.76, 0.24)]))) {}
            path fill="#ffe2a8" d=(draw(lower, &mirrored(side, &[(0.76, 0.5), (0.88, 0.54), (0.87, 0.38), (0.79, 0.36)]))) {}
        }
        @if body.rugged { path fill="#aeb6bb" d=(draw(lower, &[(-0.4, 0.14), (0.4, 0.14), (0.34, 0.0), (-0.34, 0.0)])) {} }
        path fill="#fff" stroke="#777" d=(draw(lower, &[(-0.26, 0.98), (0.26, 0.98), (0.26, 0.66), (-0.26, 0.66)])) {}
    }
}

fn tail(body: &Body, paint: &Paint, camera: &Camera) -> Markup {
    let upper = (TAIL, BUMPER);
    let draw = |knots, corners: &[(f64, f64)]| camera.path(shape(body, knots, corners));
    let lamp = |side: f64, corners: [(f64, f64); 4]| {
        draw(upper, &corners.map(|(across, along)| (across * side, along)))
    };
    html! {
        path fill="none" stroke=(paint.dark) stroke-width="2" d=(draw(upper, &[(-0.66, 0.02), (0.66, 0.02), (0.7, 0.94), (-0.7, 0.94)])) {}
        path fill="#5c0d12" d=(draw(upper, &[(-0.62, 0.12), (0.0, 0.1), (0.62, 0.12), (0.62, 0.2), (0.0, 0.18), (-0.62, 0.2)])) {}
        @for side in [-1.0, 1.0] {
            path fill="#8f0f14" d=(lamp(side, [(0.56, 0.06), (1.0, 0.0), (1.0, 0.4), (0.66, 0.36)])) {}
            path fill="#ff5a4e" d=(lamp(side, [(0.66, 0.12), (0.97, 0.08), (0.97, 0.2), (0.7, 0.24)])) {}
        }
        path fill="#fff" stroke="#777" d=(draw(upper, &[(-0.26, 0.44), (0.26, 0.44), (0.26, 0.74), (-0.26, 0.74)])) {}
        path fill=(BLACK) d=(draw((BUMPER, HEEL), &[(-0.8, 0.4), (0.0, 0.38), (0.8, 0.4), (0.7, 0.95), (-0.7, 0.95)])) {}
        path fill="#c2262c" d=(draw((BUMPER, HEEL), &[(-0.78, 0.2), (-0.6, 0.2), (-0.6, 0.34), (-0.78, 0.34)])) {}
        path fill="#c2262c" d=(draw((BUMPER, HEEL), &[(0.78, 0.2), (0.6, 0.2), (0.6, 0.34), (0.78, 0.34)])) {}
    }
}

/// A mirror hides behind the car, unless it is on the near side.
fn mirror(body: &Body, paint: &Paint, camera: &Camera, side: f64) -> Markup {
    let foot = body.at((body.knot(COWL).0 - 0.22, body.waist() + 0.02), side);
    let shape = [(0.0, 0.0), (0.04, 0.16), (0.2, 0.17), (0.22, 0.04)].map(|(out, up)| Point {
        x: foot.x,
        y: foot.y + side * out,
        z: foot.z + up,
    });
    let depth = shape.map(|point| Point { x: point.x + 0.12, ..point });
    html! { path fill=(paint.base) stroke=(paint.dark) d=(camera.path(shape.into_iter().chain(depth)).hull()) {} }
}

/// The tyre as a drum from its outer to its inner edge.
fn tread(body: &Body, camera: &Camera, axle: f64, side: f64) -> Markup {
    let rim = |y: f64| {
        (0..12).map(move |step| {
            let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 12.0).sin_cos();
            Point { x: axle + body.wheel_radius * cos, y, z: body.wheel_radius * (1.0 + sin) }
        })
    };
    let outer = side * body.half_width * 0.98;
    html! { path fill="#16191b" d=(camera.path(rim(outer).chain(rim(outer - side * 0.24))).hull()) {} }
}

/// A near wheel in its arch. Seen from straight ahead there is only its tread.
fn wheel(body: &Body, camera: &Camera, axle: f64, side: f64) -> Markup {
    let centre = Point { x: axle, y: side * body.half_width * 0.985, z: body.wheel_radius };
    let place = camera.disc(centre, body.wheel_radius);
    // The arch ends at the sill, in radii below the axle.
    let foot = ((body.wheel_radius - body.sill()) / body.wheel_radius * 100.0).round() / 100.0;
    html! {
        @if camera.around.0.abs() > 0.2 {
            g transform=(place) {
                path fill="#0c0e0f" d={ "M-1.16 " (foot) "V0a1.16 1.16 0 0 1 2.32 0V" (foot) "z" } {}
                use href="#wheel" {}
            }
        }
    }
}
