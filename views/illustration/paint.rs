//! The paints: how a colour looks in the light, as it is, and in the shade.

#[derive(Debug)]
pub(super) struct Paint {
    name: &'static str,
    pub(super) light: &'static str,
    pub(super) base: &'static str,
    pub(super) dark: &'static str,
    /// Seat fabric that goes with it.
    pub(super) fabric: &'static str,
    /// The fabric in the shade.
    pub(super) fabric_dark: &'static str,
}

impl Paint {
    pub(super) fn named(name: &str) -> &'static Self {
        PAINTS.iter().find(|paint| paint.name.eq_ignore_ascii_case(name)).unwrap_or(&PAINTS[SILVER])
    }
}

const SILVER: usize = 1;

#[rustfmt::skip]
const PAINTS: [Paint; 9] = [
    Paint { name: "White",  light: "#fdfefe", base: "#e6ebec", dark: "#a9b4b9", fabric: "#b9ad9c", fabric_dark: "#8d8374" },
    Paint { name: "Silver", light: "#e4e9ed", base: "#b4bdc5", dark: "#78828b", fabric: "#7d858c", fabric_dark: "#5a6269" },
    Paint { name: "Grey",   light: "#a1abb3", base: "#69737b", dark: "#394046", fabric: "#5f666d", fabric_dark: "#41474d" },
    Paint { name: "Red",    light: "#f0675b", base: "#c22a26", dark: "#761317", fabric: "#57494a", fabric_dark: "#3b3032" },
    Paint { name: "Blue",   light: "#6aa0e8", base: "#2560b8", dark: "#14366e", fabric: "#4d5766", fabric_dark: "#353d4a" },
    Paint { name: "Black",  light: "#6b747c", base: "#2c3136", dark: "#0e1012", fabric: "#474442", fabric_dark: "#2e2c2b" },
    Paint { name: "Brown",  light: "#b48a6b", base: "#774f36", dark: "#40281a", fabric: "#a3835f", fabric_dark: "#775d41" },
    Paint { name: "Orange", light: "#ffae68", base: "#ea7320", dark: "#9c450b", fabric: "#5c5650", fabric_dark: "#403b36" },
    Paint { name: "Green",  light: "#6fb189", base: "#2f7350", dark: "#153d2a", fabric: "#8d8a74", fabric_dark: "#656352" },
];
