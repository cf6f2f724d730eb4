//! The inside, drawn flat: trim takes the fabric that goes with the paint, proportions come from the body.

use super::body::{BROW, Body, ROOF};
use super::exterior::silhouette;
use super::gradient;
use super::paint::Paint;
use maud::{Markup, html};

/// What dark plastic looks like in the light and in the shade.
fn plastics(paint: &Paint) -> Markup {
    html! {
        (gradient("sky", "#cfdde2", "#eef3f3"))
        (gradient("plastic", "#4a5257", "#22282b"))
        (gradient("deep", "#2a3034", "#121517"))
        (gradient("fabric", paint.fabric, paint.fabric_dark))
        (gradient("paint", paint.light, paint.base))
    }
}

/// How many units the windows reach down: high waists and low roofs make for small windows.
fn window_height(body: &Body) -> f64 {
    ((body.knot(ROOF).1 - body.waist()) * 260.0 + body.half_width * 70.0).round()
}

/// Seen from the back seat of a right-hand-drive car.
pub(super) fn dashboard(body: &Body, paint: &Paint) -> Markup {
    let width = (body.half_width * 330.0).round();
    let crest = (290.0 - body.waist() * 55.0).round();
    html! {
        defs { (plastics(paint)) }
        path fill="url(#sky)" d="M0 0h800v600H0z" {}
        path fill="#9fb3a8" d="M0 215q200-36 400-10t400-6v120H0z" {}
        path fill="url(#paint)" d={ "M" (400.0 - width) " 300Q" (440.0 - width) " " (crest) " 400 " (crest) "T" (400.0 + width) " 300z" } {}
        path fill="#2a3034" d="M0 0h800v40Q400 8 0 40zM0 0h34L110 300H0zM800 0v300H690L766 0z" {}
        path fill="#1b2023" d="M330 36h140q14 0 12 16l-4 24q-2 12-14 12H336q-12 0-14-12l-4-24q-2-16 12-16z" {}
        path fill="#8fa5ad" d="M334 44h132l-6 36H340z" {}
        path fill="url(#plastic)" d="M0 285q400-46 800 0v315H0z" {}
        path fill="url(#fabric)" d="M0 372q400-34 800 0v58q-400-30-800 0z" {}
        path stroke=(paint.base) stroke-width="5" fill="none" d="M0 371q400-34 800 0" {}
        path fill="#1a1f22" d="M442 318q18-44 118-44t118 44l6 40H436z" {}
        @for x in [506, 614] {
            circle cx=(x) cy="328" r="36" fill="#0b0d0e" stroke="#59646a" stroke-width="4" {}
            circle cx=(x) cy="328" r="27" fill="none" stroke="#e8eef0" stroke-width="6" stroke-dasharray="2 8" {}
            path d={ "M" (x) " 328l-16-18" } stroke="#ff6a4d" stroke-width="4" {}
        }
        rect x="276" y="270" width="150" height="92" rx="8" fill="#0b0d0e" {}
        rect x="284" y="278" width="134" height="76" rx="4" fill="#1d3b46" {}
        path d="M284 330l44-26 30 18 60-34M330 354l-6-76" stroke="#6fd3c8" stroke-width="4" fill="none" {}
        @for x in [40, 150, 706] {
            rect x=(x) y="304" width="64" height="40" rx="8" fill="#101315" {}
            path d={ "M" (x + 8) " 316h48M" (x + 8) " 324h48M" (x + 8) " 332h48" } stroke="#4d565b" stroke-width="3" {}
        }
        path fill="url(#deep)" d="M270 398h164l26 202H244z" {}
        @for x in [308, 352, 396] { circle cx=(x) cy="428" r="16" fill="#343c40" stroke="#7d888e" stroke-width="3" {} }
        rect x="300" y="462" width="104" height="12" rx="6" fill="#59646a" {}
        path d="M352 590l4-74" stroke="#8b969b" stroke-width="12" {}
        path fill="#15191b" stroke="#7d888e" stroke-width="3" d="M332 496q0-18 24-18t24 18l-6 34h-36z" {}
        path fill="none" stroke="#0f1214" stroke-width="3" d="M30 446h196q14 60-10 96H46q-22-44-16-96z" {}
        g fill="none" stroke="#14181a" {
            circle cx="560" cy="450" r="132" stroke-width="30" {}
            circle cx="560" cy="450" r="140" stroke="#3d464b" stroke-width="4" {}
            path stroke-width="26" d="M440 450h240M560 450v120" {}
        }
        path fill="url(#plastic)" d="M504 414q56-20 112 0l8 50q-20 46-64 48-44-2-64-48z" {}
        (silhouette(body, paint.base, (532.0, 466.0), 56.0))
    }
}

/// One front seat, 210 units wide, its cushion at the bottom.
fn seat(paint: &Paint) -> Markup {
    html! {
        g #seat {
            path stroke="#8b969b" stroke-width="8" d="M85 120V70M125 120V70" {}
            path fill="url(#fabric)" d="M58 78q-4-58 47-58t47 58q-2 18-20 18H78q-18 0-20-18z" {}
            path fill=(paint.fabric_dark) d="M20 330Q2 170 46 120q20-20 59-20t59 20q44 50 26 210z" {}
            path fill="url(#fabric)" d="M52 330q-12-140 14-196 12-14 39-14t39 14q26 56 14 196z" {}
            path stroke=(paint.base) stroke-width="3" stroke-dasharray="8 5" fill="none" d="M52 320q-12-130 14-186M158 320q12-130-14-186" {}
            path stroke=(paint.fabric_dark) stroke-width="3" d="M56 190h98M54 240h102M52 290h106" {}
            path fill=(paint.fabric_dark) d="M6 400q-6-78 40-84h118q46 6 40 84z" {}
            path fill="url(#fabric)" d="M38 396q-2-60 26-66h82q28 6 26 66z" {}
        }
    }
}

/// Roof lining, side windows and a rear window of the body's own height.
fn cabin_back(body: &Body, paint: &Paint) -> Markup {
    let low = 70.0 + window_height(body);
    let lean = ((body.knot(ROOF).1 - body.knot(BROW).1) * 400.0).round() + 40.0;
    html! {
        path fill="#d9d4ca" d="M0 0h800v600H0z" {}
        path fill="#efece5" d="M0 0h800l-90 70H90z" {}
        path fill="url(#sky)" stroke="#33393d" stroke-width="10" stroke-linejoin="round" d={ "M" (190.0 + lean) " 84h" (420.0 - 2.0 * lean) "l44 " (low - 84.0) "H" (146.0 + lean) "z" } {}
        path fill="#7f9690" opacity=".6" d={ "M" (160.0 + lean) " " (low - 34.0) "h" (480.0 - 2.0 * lean) "l8 30H" (152.0 + lean) "z" } {}
        path fill="url(#sky)" stroke="#33393d" stroke-width="8" d={ "M0 60l90 30 20 " (low - 80.0) "L0 " (low + 40.0) "zM800 60l-90 30-20 " (low - 80.0) "L800 " (low + 40.0) "z" } {}
        path fill="url(#plastic)" d={ "M0 " (low + 44.0) "L112 " (low + 14.0) " 150 600H0zM800 " (low + 44.0) "L688 " (low + 14.0) " 650 600h150z" } {}
        path stroke=(paint.base) stroke-width="6" fill="none" d={ "M0 " (low + 90.0) "l120-34M800 " (low + 90.0) "l-120-34" } {}
    }
}

pub(super) fn front_seats(body: &Body, paint: &Paint) -> Markup {
    let apart = (body.half_width * 60.0).round();
    html! {
        defs { (plastics(paint)) (seat(paint)) }
        (cabin_back(body, paint))
        path fill="url(#deep)" d="M120 470h560l60 130H60z" {}
        use href="#seat" transform={ "translate(" (180.0 - apart) " 110)scale(1.2)" } {}
        use href="#seat" transform={ "translate(" (368.0 + apart) " 110)scale(1.2)" } {}
        path fill="url(#plastic)" d="M350 400h100l24 200H326z" {}
        path fill="#121517" d="M366 420h68l8 60h-84z" {}
        path stroke="#8b969b" stroke-width="10" d="M400 460v-66" {}
        path fill="#15191b" stroke="#7d888e" stroke-width="3" d="M380 372q0-16 20-16t20 16l-6 34h-28z" {}
        path fill="#2d3438" d="M340 520h120l10 80H330z" {}
        path stroke=(paint.base) stroke-width="3" stroke-dasharray="8 5" d="M346 532h108" {}
    }
}

pub(super) fn rear_seats(body: &Body, paint: &Paint) -> Markup {
    let third_row = matches!(body.name, "MUV" | "Minivan");
    html! {
        defs { (plastics(paint)) (seat(paint)) }
        (cabin_back(body, paint))
        @if third_row {
            use href="#seat" transform="translate(215 120)scale(.7)" {}
            use href="#seat" transform="translate(438 120)scale(.7)" {}
        }
        @for x in [176, 358, 540] {
            path stroke="#8b969b" stroke-width="8" d={ "M" (x + 28) " 250v-30M" (x + 56) " 250v-30" } {}
            path fill="url(#fabric)" d={ "M" (x) " 226q-4-54 42-54t42 54q-2 12-14 12H" (x + 14) "q-12 0-14-12z" } {}
        }
        path fill=(paint.fabric_dark) d="M104 470Q96 300 130 262q14-16 50-16h440q36 0 50 16 34 38 26 208z" {}
        path fill="url(#fabric)" d="M134 460q-8-140 16-180 8-12 30-12h136l6 192zM484 268h136q22 0 30 12 24 40 16 180H478z" {}
        path fill="url(#fabric)" d="M334 268h132l-4 192H338z" {}
        path stroke=(paint.base) stroke-width="3" stroke-dasharray="8 5" fill="none" d="M325 262l4 200M475 262l-4 200" {}
        path fill=(paint.fabric_dark) d="M84 600q-8-130 40-146h552q48 16 40 146z" {}
        path fill="url(#fabric)" d="M116 592q-4-110 26-120h176l-8 120zM490 592l-8-120h176q30 10 26 120zM330 472h140l8 120H322z" {}
        path stroke="#22282b" stroke-width="12" fill="none" d="M190 262l80 206M610 262l-80 206" {}
        @for x in [352, 448] { rect x=(x - 16) y="462" width="32" height="20" rx="4" fill="#c22a26" {} }
    }
}

/// A dial from seven to five o'clock with a needle.
fn dial(x: u32, turn: u32, unit: &str) -> Markup {
    html! {
        g transform={ "translate(" (x) " 320)" } {
            circle r="150" fill="#0b0d0e" stroke="#6c777d" stroke-width="6" {}
            circle r="128" fill="none" stroke="#eef3f4" stroke-width="18" pathLength="360" stroke-dasharray="2 13" transform="rotate(135)" {}
            circle r="136" fill="none" stroke="#e2483d" stroke-width="6" pathLength="360" stroke-dasharray="50 310" transform="rotate(-5)" {}
            circle r="86" fill="none" stroke="#2c3438" stroke-width="3" {}
            path fill="#ff6a4d" transform={ "rotate(" (turn) ")" } d="M-24-5 112-1.5v3L-24 5z" {}
            circle r="18" fill="#2a3034" stroke="#59646a" stroke-width="3" {}
            text y="70" fill="#aeb9be" font-family="sans-serif" font-size="22" text-anchor="middle" { (unit) }
        }
    }
}

pub(super) fn odometer(body: &Body, paint: &Paint) -> Markup {
    html! {
        defs { (plastics(paint)) }
        path fill="url(#plastic)" d="M0 0h800v600H0z" {}
        path fill="#0f1214" d="M20 540q-20-430 380-430t380 430z" {}
        path stroke=(paint.base) stroke-width="5" fill="none" d="M20 540q-20-430 380-430t380 430" {}
        (dial(200, 135, "km/h"))
        (dial(600, 158, "x1000 r/min"))
        rect x="320" y="220" width="160" height="230" rx="14" fill="#123038" stroke="#3d464b" stroke-width="4" {}
        (silhouette(body, paint.base, (340.0, 316.0), 120.0))
        path stroke="#6fd3c8" stroke-width="3" d="M340 334h120" {}
        text x="400" y="376" fill="#dff5f2" font-family="sans-serif" font-size="30" font-weight="700" text-anchor="middle" { "ODO" }
        path stroke="#6fd3c8" stroke-width="8" stroke-dasharray="10 5" d="M340 416h72" {}
        text x="420" y="424" fill="#aeb9be" font-family="sans-serif" font-size="22" { "km" }
        path fill="#23292c" d="M0 540h800v60H0z" {}
    }
}

/// Between the front seats, from above.
pub(super) fn console(body: &Body, paint: &Paint) -> Markup {
    html! {
        defs { (plastics(paint)) }
        path fill=(paint.fabric_dark) d="M0 0h800v600H0z" {}
        path fill="url(#fabric)" d="M0 140q150-20 190 40l-30 420H0zM800 140q-150-20-190 40l30 420h160z" {}
        path stroke=(paint.base) stroke-width="4" stroke-dasharray="12 8" fill="none" d="M0 170q120-12 160 40l-26 390M800 170q-120-12-160 40l26 390" {}
        path fill="url(#plastic)" d="M210 0h380l40 600H170z" {}
        rect x="246" y="16" width="308" height="160" rx="14" fill="#0b0d0e" {}
        rect x="258" y="28" width="284" height="136" rx="6" fill="#1d3b46" {}
        (silhouette(body, paint.light, (320.0, 138.0), 160.0))
        path stroke="#6fd3c8" stroke-width="4" d="M280 146h240" {}
        @for x in [270, 350, 450, 530] { circle cx=(x) cy="212" r="20" fill="#2b3337" stroke="#8b969b" stroke-width="4" {} }
        path fill="#0f1214" d="M300 260h200l14 150H286z" {}
        path stroke="#59646a" stroke-width="6" fill="none" d="M360 290v90M400 290v90M440 290v90M360 335h80" {}
        circle cx="400" cy="330" r="44" fill="url(#plastic)" stroke="#9aa5aa" stroke-width="5" {}
        circle cx="400" cy="322" r="26" fill="#3b4348" {}
        @for x in [330, 470] {
            circle cx=(x) cy="490" r="56" fill="#0b0d0e" stroke="#7d888e" stroke-width="6" {}
            circle cx=(x) cy="490" r="38" fill="#191e20" {}
        }
    }
}
