//! Parts from near by: boot, engine bay, wheel, tyre and key.

use super::body::{Body, ROOF};
use super::exterior::silhouette;
use super::gradient;
use super::paint::Paint;
use maud::{Markup, html};

fn materials(paint: &Paint) -> Markup {
    html! {
        (gradient("wall", "#b9c6c8", "#e6ecec"))
        (gradient("paint", paint.light, paint.base))
        (gradient("shade", paint.base, paint.dark))
        (gradient("metal", "#dfe4e7", "#8a949a"))
        (gradient("rubber", "#3a4044", "#121517"))
        (gradient("carpet", "#4b5053", "#25292b"))
    }
}

/// Opened at the back. A sedan opens below its rear window, a pickup has a bed, the others open up to the
/// roof.
pub(super) fn boot(body: &Body, paint: &Paint) -> Markup {
    let half = (body.half_width * 310.0).round();
    let top = match body.name {
        "Sedan" | "Coupe" | "Pickup" => 250.0,
        _ => (450.0 - body.knot(ROOF).1 * 190.0).round(),
    };
    let (left, right) = (400.0 - half, 400.0 + half);
    html! {
        defs { (materials(paint)) }
        path fill="url(#wall)" d="M0 0h800v600H0z" {}
        path fill="url(#shade)" d={ "M" (left + 30.0) " " (top - 30.0) "L" (left + 70.0) " 20h" (2.0 * half - 140.0) "L" (right - 30.0) " " (top - 30.0) "z" } {}
        path fill="#2a3236" d={ "M" (left + 84.0) " " (top - 50.0) "L" (left + 110.0) " 44h" (2.0 * half - 220.0) "L" (right - 84.0) " " (top - 50.0) "z" } {}
        path fill="url(#paint)" d={ "M" (left) " 600V" (top + 40.0) "q0-70 60-70h" (2.0 * half - 120.0) "q60 0 60 70v" (560.0 - top) "z" } {}
        path fill="#14181a" d={ "M" (left + 56.0) " 450V" (top + 40.0) "q0-30 34-30h" (2.0 * half - 180.0) "q34 0 34 30V450z" } {}
        @if body.name == "Pickup" {
            path fill="url(#carpet)" d={ "M" (left + 56.0) " 450l70-110h" (2.0 * half - 252.0) "l70 110z" } {}
            path stroke="#6c7579" stroke-width="8" d="M200 446l56-104M300 446l26-104M400 446V342M500 446l-26-104M600 446l-56-104" {}
        } @else {
            path fill=(paint.fabric_dark) d={ "M" (left + 90.0) " 370V" (top + 60.0) "h" (half - 96.0) "V370zM406 370V" (top + 60.0) "h" (half - 96.0) "V370z" } {}
            path fill="url(#carpet)" d={ "M" (left + 56.0) " 450l34-90h" (2.0 * half - 180.0) "l34 90z" } {}
            path fill="#31383b" d={ "M" (left + 60.0) " " (top + 40.0) "h" (2.0 * half - 120.0) "l-20 26H" (left + 80.0) "z" } {}
            path fill="#8a6a48" d="M300 390v-50q0-10 10-10h110q10 0 10 10v50z" {}
            path fill="none" stroke="#5d452c" stroke-width="6" d="M340 330v-14h50v14M300 356h130" {}
        }
        path fill="url(#metal)" d={ "M" (left + 56.0) " 450h" (2.0 * half - 112.0) "l8 16H" (left + 48.0) "z" } {}
        path fill="#a3151a" d={ "M" (left + 6.0) " 330h40v92H" (left + 6.0) "zM" (right - 6.0) " 330h-40v92h40z" } {}
        path fill="#ff6a5a" d={ "M" (left + 12.0) " 340h28v26H" (left + 12.0) "zM" (right - 12.0) " 340h-28v26h28z" } {}
        path fill="url(#shade)" d={ "M" (left - 14.0) " 500q14-24 60-24h" (2.0 * half - 92.0) "q46 0 60 24v100H" (left - 14.0) "z" } {}
        rect x="330" y="500" width="140" height="38" rx="4" fill="#fff" stroke="#555" {}
    }
}

/// Seen from the front with the bonnet up. An electric car's bay looks tidier still, but a drawing does not
/// know the fuel.
pub(super) fn engine(body: &Body, paint: &Paint) -> Markup {
    let half = (body.half_width * 330.0).round();
    let crest = (80.0 - body.waist() * 40.0).round();
    html! {
        defs { (materials(paint)) }
        path fill="url(#wall)" d="M0 0h800v600H0z" {}
        path fill="url(#shade)" d={ "M40 130Q400 " (crest) " 760 130L" (400.0 + half) " 190H" (400.0 - half) "z" } {}
        path fill="#31383b" d="M120 140q280-70 560 0l-10 40H130z" {}
        path fill="url(#paint)" d="M0 600 60 180h680l60 420z" {}
        path fill="#14181a" d="M90 520l40-330h540l40 330z" {}
        path fill="#22282b" d="M138 196h524l6 50H132z" {}
        path fill="url(#rubber)" d="M250 270q0-20 20-20h260q20 0 20 20l14 150q0 20-20 20H256q-20 0-20-20z" {}
        path stroke="#59646a" stroke-width="6" d="M290 290l-8 120M340 290l-4 120M400 290v120M460 290l4 120M510 290l8 120" {}
        path fill=(paint.base) d="M330 326h140v44H330z" {}
        (silhouette(body, paint.light, (360.0, 362.0), 80.0))
        circle cx="536" cy="276" r="17" fill="#f2b632" stroke="#5a430c" stroke-width="4" {}
        path fill="#2b3337" d="M584 270h96l10 110H588z" {}
        path fill="#4d565b" d="M580 258h98v20h-98z" {}
        path stroke-width="14" stroke="#d3312b" d="M600 250v12" {}
        path stroke-width="14" stroke="#111" d="M656 250v12" {}
        path fill="#dfe6e2" opacity=".9" d="M122 280h86l6 100H114z" {}
        circle cx="166" cy="270" r="20" fill="#2560b8" {}
        path fill="none" stroke="#0b0d0e" stroke-width="20" d="M236 420q-70 20-80 60M560 300q40-60 60-70M250 300q-30-70-90-80" {}
        path fill="none" stroke="#5b646a" stroke-width="6" d="M236 416q-70 20-84 62M164 216q56 12 84 80" {}
        path fill="url(#metal)" d="M100 470h600l8 34H92z" {}
        path fill="url(#shade)" d="M20 600l60-86h640l60 86z" {}
        path fill="#eef4f6" stroke="#3d474c" stroke-width="6" d="M76 530h130l-20 50H44zM724 530H594l20 50h142z" {}
        path fill="#1b2023" d="M260 534h280l14 66H246z" {}
    }
}

/// The front wheel; every body type has wheels with a number of spokes of its own.
pub(super) fn wheel(body: &Body, paint: &Paint) -> Markup {
    let spokes = 5 + (body.profile[ROOF].0 * -10.0) as i32 + (body.half_width * 10.0) as i32 % 3;
    let radius = (body.wheel_radius * 560.0).round();
    html! {
        defs { (materials(paint)) path #spoke fill="url(#metal)" d="M-16-30-9-136q9-8 18 0l7 106z" {} }
        path fill="url(#paint)" d="M0 0h800v600H0z" {}
        path fill="url(#shade)" d="M0 340h800v160H0z" {}
        path stroke=(paint.light) stroke-width="5" fill="none" opacity=".6" d="M0 120h800" {}
        path fill="#d4dad9" d="M0 490h800v110H0z" {}
        path fill="#0b0d0e" d={ "M" (400.0 - radius - 36.0) " 490V320a" (radius + 36.0) " " (radius + 36.0) " 0 0 1 " (2.0 * radius + 72.0) " 0v170z" } {}
        ellipse cx="400" cy="526" rx="230" ry="20" fill="#0007" {}
        g transform={ "translate(400 " (528.0 - radius) ")" } {
            circle r=(radius) fill="url(#rubber)" {}
            circle r=(radius - 14.0) fill="none" stroke="#4b5357" stroke-width="3" {}
            circle r="150" fill="url(#metal)" {}
            circle r="138" fill="#20262a" {}
            circle r="104" fill="#5b646a" {}
            circle r="104" fill="none" stroke="#7d878c" stroke-width="40" stroke-dasharray="4 10" opacity=".5" {}
            path fill=(paint.base) d="M84-62a104 104 0 0 1 0 124l-26-20a70 70 0 0 0 0-84z" {}
            @for step in 0..spokes.clamp(5, 12) { use href="#spoke" transform={ "rotate(" (step * 360 / spokes.clamp(5, 12)) ")" } {} }
            circle r="40" fill="url(#metal)" {}
            circle r="24" fill="none" stroke="#59646a" stroke-width="7" stroke-dasharray="7 23" {}
            circle r="12" fill="#2b3337" {}
        }
    }
}

/// The tread, from ahead.
pub(super) fn tyre(body: &Body, paint: &Paint) -> Markup {
    let half = (body.wheel_radius * 480.0).round();
    let block = (body.half_width * 44.0 + body.knot(ROOF).1 * 8.0).round();
    html! {
        defs {
            (materials(paint))
            pattern #tread width=(half / 2.0) height=(block) patternUnits="userSpaceOnUse" x="400" {
                path fill="#0d0f10" d={ "M0 0h8v" (block) "H0zM8 6l" (half / 2.0 - 8.0) " 14v8L8 14z" } {}
            }
            linearGradient id="round" { stop stop-opacity=".7" {} stop offset=".3" stop-opacity="0" {} stop offset=".7" stop-opacity="0" {} stop offset="1" stop-opacity=".7" {} }
        }
        path fill="url(#shade)" d="M0 0h800v600H0z" {}
        path fill="url(#paint)" d="M0 0h800v110Q400 60 0 190z" {}
        path fill="#0b0d0e" d="M60 600V260Q80 90 400 90t340 170v340z" {}
        path fill="#d4dad9" d="M0 540h800v60H0z" {}
        ellipse cx="400" cy="552" rx=(half + 40.0) ry="18" fill="#0008" {}
        path fill="#33393d" d={ "M" (400.0 - half) " 190q4-50 50-56h" (2.0 * half - 100.0) "q46 6 50 56v310q-4 46-50 54H" (450.0 - half) "q-46-8-50-54z" } {}
        path fill="url(#tread)" d={ "M" (420.0 - half) " 138h" (2.0 * half - 40.0) "v412H" (420.0 - half) "z" } {}
        path fill="url(#round)" d={ "M" (400.0 - half) " 190q4-50 50-56h" (2.0 * half - 100.0) "q46 6 50 56v310q-4 46-50 54H" (450.0 - half) "q-46-8-50-54z" } {}
        path fill="#f0a020" d="M390 320h20v40h-20z" {}
    }
}

/// A remote key with a tag in the colour of the car.
pub(super) fn key(body: &Body, paint: &Paint) -> Markup {
    html! {
        defs { (materials(paint)) (gradient("wood", "#c9a57c", "#a9825a")) }
        path fill="url(#wood)" d="M0 0h800v600H0z" {}
        path fill="none" stroke="#8f6b46" stroke-width="3" opacity=".5" d="M0 90q400-40 800 10M0 230q300 40 800-10M0 390q420-50 800 6M0 520q300 30 800-20" {}
        g transform="rotate(-14 400 300)" {
            path fill="#0004" d="M126 236q0-60 60-60h230q60 0 60 60v160q0 60-60 60H186q-60 0-60-60z" {}
            path fill="url(#metal)" d="M430 286h250l26 24-26 22h-20l-14-14-16 14h-20l-12-12-14 12H430z" {}
            path fill="url(#rubber)" d="M110 220q0-60 60-60h230q60 0 60 60v160q0 60-60 60H170q-60 0-60-60z" {}
            path fill="none" stroke="#6c777d" stroke-width="4" d="M124 224q0-50 50-50h222q50 0 50 50v152q0 50-50 50H174q-50 0-50-50z" {}
            @for (x, sign) in [(210, "M-10 2v14h20V2zM-7 2v-6a7 7 0 0 1 14 0v6"), (300, "M-10 2v14h20V2zM-7-2v-4a7 7 0 0 1 14-2"), (390, "M-14 10l6-16h16l6 16z")] {
                g transform={ "translate(" (x) " 300)" } {
                    circle r="36" fill="#2b3337" stroke="#4b5559" stroke-width="4" {}
                    path fill="none" stroke="#e6ecee" stroke-width="4" d=(sign) {}
                }
            }
            circle cx="86" cy="300" r="52" fill="none" stroke="#aab3b8" stroke-width="10" {}
        }
        path fill="#0004" d="M66 430q0-30 30-30h190q30 0 30 30v96q0 30-30 30H96q-30 0-30-30z" {}
        path fill="url(#paint)" stroke=(paint.dark) stroke-width="3" d="M56 418q0-30 30-30h190q30 0 30 30v96q0 30-30 30H86q-30 0-30-30z" {}
        path fill="none" stroke="#fff9" stroke-width="3" stroke-dasharray="8 6" d="M70 422q0-20 20-20h182q20 0 20 20v88q0 20-20 20H90q-20 0-20-20z" {}
        (silhouette(body, "#f5f7f7", (101.0, 500.0), 160.0))
    }
}
