//! The inspection a car went through before it was listed: twenty-four items, and a score that follows from them.

use super::car::Car;
use super::dice::Dice;
use super::moment::{DAY, HOUR};
use crate::seed::table::{Cell, INSPECTION_ITEMS, INSPECTIONS, RowSink};

/// What can be wrong with an item.
#[derive(Clone, Copy)]
enum Wear {
    Panel,
    Glass,
    Trim,
    Electric,
    Fluid,
    Mechanical,
    Worn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Pass,
    Minor,
    Major,
}

const ITEMS: [(&str, &str, Wear); 24] = [
    ("Exterior", "Bonnet", Wear::Panel),
    ("Exterior", "Front bumper", Wear::Panel),
    ("Exterior", "Rear bumper", Wear::Panel),
    ("Exterior", "Left doors", Wear::Panel),
    ("Exterior", "Right doors", Wear::Panel),
    ("Exterior", "Roof", Wear::Panel),
    ("Exterior", "Windscreen", Wear::Glass),
    ("Interior", "Dashboard", Wear::Trim),
    ("Interior", "Seats", Wear::Trim),
    ("Interior", "Air conditioning", Wear::Electric),
    ("Interior", "Power windows", Wear::Electric),
    ("Interior", "Infotainment", Wear::Electric),
    ("Engine", "Engine oil", Wear::Fluid),
    ("Engine", "Coolant", Wear::Fluid),
    ("Engine", "Battery", Wear::Worn),
    ("Engine", "Exhaust smoke", Wear::Mechanical),
    ("Engine", "Engine sound", Wear::Mechanical),
    ("Running gear", "Clutch", Wear::Worn),
    ("Running gear", "Gearbox", Wear::Mechanical),
    ("Running gear", "Suspension", Wear::Mechanical),
    ("Running gear", "Steering", Wear::Mechanical),
    ("Running gear", "Front brakes", Wear::Worn),
    ("Running gear", "Rear brakes", Wear::Worn),
    ("Running gear", "Tyres", Wear::Worn),
];

const POINTS_MINOR: u32 = 2;
const POINTS_MAJOR: u32 = 8;
/// With more, a car would not be bought in.
const MAJOR_MAX: usize = 4;

/// Writes the car's inspection, whose id is the car's, and its items; `item_id` is the last id given out.
pub(super) fn write(
    dice: &mut Dice,
    car: &Car,
    item_id: &mut u32,
    sink: &mut dyn RowSink,
) -> anyhow::Result<()> {
    let grades = grades(dice, car);
    let inspected = car.listed.before(dice.between(2 * HOUR, 4 * DAY)).whole_minute();
    // Two inspectors work at each hub.
    let inspector = format!("Inspector {:02}", car.hub_id * 2 - dice.below(2));
    sink.insert(
        &INSPECTIONS,
        &[
            car.id.into(),
            car.id.into(),
            inspected.to_string().into(),
            inspector.into(),
            score(&grades).into(),
        ],
    )?;
    for ((section, item, wear), grade) in ITEMS.into_iter().zip(grades) {
        *item_id += 1;
        let row: [Cell<'_>; 6] = [
            (*item_id).into(),
            car.id.into(),
            section.into(),
            item.into(),
            grade.as_str().into(),
            wear.note(dice, grade).into(),
        ];
        sink.insert(&INSPECTION_ITEMS, &row)?;
    }
    Ok(())
}

fn grades(dice: &mut Dice, car: &Car) -> [Grade; 24] {
    let flawed = 0.03 + 0.010 * f64::from(car.age()) + 0.5 * f64::from(car.km) / 1_000_000.0;
    let mut majors = 0;
    ITEMS.map(|_| {
        if !dice.chance(flawed) {
            Grade::Pass
        } else if majors < MAJOR_MAX && dice.chance(0.18) {
            majors += 1;
            Grade::Major
        } else {
            Grade::Minor
        }
    })
}

fn score(grades: &[Grade]) -> u32 {
    let points = grades.iter().map(|grade| match grade {
        Grade::Pass => 0,
        Grade::Minor => POINTS_MINOR,
        Grade::Major => POINTS_MAJOR,
    });
    100u32.saturating_sub(points.sum())
}

impl Wear {
    fn note(self, dice: &mut Dice, grade: Grade) -> Option<&'static str> {
        let (minor, major): (&[_], &[_]) = match self {
            Self::Panel => (
                &["Light scratch", "Small dent", "Stone chip", "Faded paint"],
                &["Repainted panel", "Deep dent, needs repair"],
            ),
            Self::Glass => (&["Stone chip", "Light scratch"], &["Cracked, replace soon"]),
            Self::Trim => (&["Slight wear", "Faded trim", "Light stain"], &["Torn, needs repair"]),
            Self::Electric => {
                (&["Slow to respond", "Slight noise"], &["Needs repair", "Works only at times, needs repair"])
            }
            Self::Fluid => (&["Slightly low", "Due at next service"], &["Leak found, needs repair"]),
            Self::Mechanical => (&["Slight noise", "Slight play"], &["Needs repair"]),
            Self::Worn => (&["Slight wear", "Half worn"], &["Worn out, replace soon"]),
        };
        match grade {
            Grade::Pass => None,
            Grade::Minor => Some(dice.pick(minor)),
            Grade::Major => Some(dice.pick(major)),
        }
    }
}

impl Grade {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}
