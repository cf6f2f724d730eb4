//! Made-up but plausible props for tests: one diesel SUV with everything, and the cars beside it.

use crate::props::*;

pub(crate) mod filters;
pub(crate) mod listing;

pub(crate) const SHELL: Shell<'static> = Shell {
    part: Part::Page,
    title: "2019 Renault Duster for ₹9,04,000 in Pune | Forecourt",
    description: "2019 Renault Duster 110PS Diesel RxS AMT, 51,146 km, 1st owner, inspected 90/100.",
    canonical: "/car/2019-renault-duster-1000",
    robots: Robots::Index,
    icon: "/assets/icon.svg",
    script: "/assets/app.js",
    manifest: Some("/manifest.webmanifest"),
    share: Some(Share {
        title: "2019 Renault Duster 110PS Diesel RxS AMT, 51,146 km - ₹9.04 lakh",
        picture: SharePicture {
            src: "https://cars.example/assets/suv-red-share.png",
            media_type: "image/png",
            alt: "Red 2019 Renault Duster",
            width: 1200,
            height: 630,
        },
    }),
    structured: Some(r#"{"@context":"https://schema.org","name":"</script>"}"#),
    shop: SHOP,
};

pub(crate) const SHOP: Shop<'static> = Shop {
    notice: "2026-11.1a2b3c4d",
    phone: "+918001000100",
    whatsapp: Some("+918001000101"),
    transfer: "We do the paperwork of the RC transfer, free of charge.",
    warranty: "Engine and gearbox, 12 months or 15,000 km.",
    returns: "Bring it back within 5 days or 300 km, and get all your money back.",
    loan: Loan { rate_percent: 10.5, months: 60, down_percent: 15 },
};

pub(crate) const NO_INDEX: Shell<'static> = Shell {
    part: Part::Page,
    title: "Page not found | Forecourt",
    description: "Used cars with their full history.",
    canonical: "/cars",
    robots: Robots::NoIndex,
    icon: "/assets/icon.svg",
    script: "/assets/app.js",
    manifest: Some("/manifest.webmanifest"),
    share: None,
    structured: None,
    shop: SHOP,
};

const fn photo(src: &'static str, alt: &'static str) -> Photo<'static> {
    Photo {
        src,
        small: src,
        large: src,
        sets: None,
        alt,
        flaw: None,
        of: View::Outside,
        width: 1600,
        height: 1200,
    }
}

macro_rules! photos {
    ($car:literal: $($view:literal $alt:literal),+) => {
        &[$(photo(concat!("/photos/", $car, "-", $view, ".svg"), $alt)),+]
    };
}

pub(crate) const PHOTOS: &[Photo<'static>] = photos!("suv-red":
    "front-left" "Red Renault Duster seen from the front left", "dashboard" "Dashboard", "rear-right" "Rear right",
    "front" "Front", "left" "Left side", "rear" "Rear", "right" "Right side", "odometer" "Odometer",
    "front-seats" "Front seats", "rear-seats" "Rear seats", "boot" "Boot", "engine" "Engine bay",
    "wheel" "Wheel", "roof" "Roof", "console" "Centre console", "tyre" "Tyre tread", "key" "Keys", "detail" "Close-up");

const fn card(
    id: u64,
    (href, title, variant): (&'static str, &'static str, &'static str),
    (fuel, transmission): (&'static str, &'static str),
    price_rupees: u64,
    photos: &'static [Photo<'static>],
) -> Card<'static> {
    Card {
        id,
        href,
        title,
        variant,
        km_driven: 51_146,
        fuel,
        transmission,
        owner_number: 1,
        city: "Pune",
        price_rupees,
        price_drop_rupees: None,
        emi_rupees: price_rupees / 55,
        verdict: Some(Verdict::Fair),
        is_sold: false,
        score: Some(84),
        photos,
    }
}

pub(crate) const CARDS: &[Card<'static>] = &[
    Card {
        price_drop_rupees: Some(99_500),
        verdict: Some(Verdict::Good),
        score: Some(90),
        ..card(
            1000,
            ("/car/2019-renault-duster-1000", "2019 Renault Duster", "110PS Diesel RxS AMT"),
            ("Diesel", "Automatic"),
            904_000,
            PHOTOS,
        )
    },
    Card {
        km_driven: 18_200,
        owner_number: 2,
        ..card(
            1001,
            ("/car/2017-maruti-wagon-r-1001", "2017 Maruti Wagon R", "LXI BS IV"),
            ("Petrol", "Manual"),
            399_000,
            photos!("hatchback-blue": "front-left" "Blue Maruti Wagon R", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
        )
    },
    Card {
        score: None,
        verdict: None,
        ..card(
            1002,
            (
                "/car/2020-honda-city-1002",
                "2020 Honda City",
                "1.5 VX i-VTEC CVT Sunroof 4th Generation Petrol",
            ),
            ("Petrol", "Automatic"),
            1_125_000,
            photos!("sedan-silver": "front-left" "Silver Honda City", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
        )
    },
    Card {
        price_drop_rupees: Some(120_000),
        ..card(
            1003,
            ("/car/2021-toyota-innova-crysta-1003", "2021 Toyota Innova Crysta", "2.4 VX 7 STR"),
            ("Diesel", "Manual"),
            1_980_000,
            photos!("muv-white": "front-left" "White Toyota Innova", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
        )
    },
    card(
        1004,
        ("/car/2018-maruti-eeco-1004", "2018 Maruti Eeco", "5 STR With AC Plus HTR"),
        ("CNG", "Manual"),
        425_000,
        photos!("minivan-grey": "front-left" "Grey Maruti Eeco", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
    ),
    card(
        1005,
        ("/car/2022-isuzu-d-max-1005", "2022 Isuzu D-Max V-Cross", "Z 4x4 AT"),
        ("Diesel", "Automatic"),
        2_210_000,
        photos!("pickup-orange": "front-left" "Orange Isuzu D-Max", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
    ),
    card(
        1006,
        ("/car/2016-audi-a5-1006", "2016 Audi A5", "cabriolet 40 TFSI Premium Plus"),
        ("Petrol", "Automatic"),
        3_250_000,
        photos!("coupe-black": "front-left" "Black Audi A5", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
    ),
    card(
        1007,
        ("/car/2019-hyundai-creta-1007", "2019 Hyundai Creta", "1.6 CRDi AT SX Plus"),
        ("Diesel", "Automatic"),
        1_215_000,
        photos!("suv-brown": "front-left" "Brown Hyundai Creta", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
    ),
    card(
        1008,
        ("/car/2020-tata-tiago-1008", "2020 Tata Tiago", "1.2 Revotron XZ Plus"),
        ("Petrol", "Manual"),
        545_000,
        photos!("hatchback-orange": "front-left" "Orange Tata Tiago", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
    ),
    card(
        1009,
        ("/car/2018-skoda-octavia-1009", "2018 Skoda Octavia", "Style 1.8 TSI AT"),
        ("Petrol", "Automatic"),
        1_475_000,
        photos!("sedan-green": "front-left" "Green Skoda Octavia", "dashboard" "Dashboard", "rear-right" "Rear right", "front" "Front"),
    ),
];

const fn day(year: i16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

const fn item(
    section: &'static str,
    item: &'static str,
    grade: Grade,
    note: &'static str,
) -> InspectionItem<'static> {
    InspectionItem { section, item, grade, note }
}

const INSPECTION: Inspection<'static> = Inspection {
    date: day(2026, 9, 16),
    inspector: "Inspector 13",
    score: 90,
    items: &[
        item("Exterior", "Bonnet", Grade::Pass, ""),
        item("Exterior", "Front bumper", Grade::Pass, ""),
        item("Exterior", "Rear bumper", Grade::Pass, ""),
        item("Exterior", "Left doors", Grade::Pass, ""),
        item("Exterior", "Right doors", Grade::Pass, ""),
        item("Exterior", "Roof", Grade::Pass, ""),
        item("Exterior", "Windscreen", Grade::Minor, "Slight wear"),
        item("Interior", "Dashboard", Grade::Pass, ""),
        item("Interior", "Seats", Grade::Pass, ""),
        item("Interior", "Air conditioning", Grade::Pass, ""),
        item("Interior", "Power windows", Grade::Pass, ""),
        item("Interior", "Infotainment", Grade::Pass, ""),
        item("Engine", "Engine oil", Grade::Pass, ""),
        item("Engine", "Coolant", Grade::Pass, ""),
        item("Engine", "Battery", Grade::Pass, ""),
        item("Engine", "Exhaust smoke", Grade::Pass, ""),
        item("Engine", "Engine sound", Grade::Pass, ""),
        item("Running gear", "Clutch", Grade::Pass, ""),
        item("Running gear", "Gearbox", Grade::Pass, ""),
        item("Running gear", "Suspension", Grade::Major, "Needs repair"),
        item("Running gear", "Steering", Grade::Pass, ""),
        item("Running gear", "Front brakes", Grade::Pass, ""),
        item("Running gear", "Rear brakes", Grade::Pass, ""),
        item("Running gear", "Tyres", Grade::Pass, ""),
    ],
};

pub(crate) const CAR: CarPage<'static> = CarPage {
    id: 1000,
    title: "2019 Renault Duster",
    make: "Renault",
    make_country: "France",
    model: "Duster",
    variant: "110PS Diesel RxS AMT",
    body_type: "SUV",
    fuel: "Diesel",
    transmission: "Automatic",
    engine_cc: Some(1_461),
    max_power_bhp: Some(108.45),
    mileage_kmpl: Some(19.87),
    seats: Some(5),
    registration_year: 2019,
    km_driven: 51_146,
    owner_number: 1,
    colour: "Red",
    insurance: "Comprehensive",
    listed: day(2026, 9, 20),
    sold: None,
    price_rupees: 904_000,
    price_updated: day(2026, 10, 22),
    price_history: &[
        PricePoint { date: day(2026, 9, 20), price_rupees: 1_003_500 },
        PricePoint { date: day(2026, 10, 11), price_rupees: 964_500 },
        PricePoint { date: day(2026, 10, 22), price_rupees: 904_000 },
    ],
    market: Some(Market {
        verdict: Verdict::Good,
        cars: 14,
        what: "Renault Duster diesel cars of 2019",
        low_rupees: 820_000,
        median_rupees: 950_000,
        high_rupees: 1_040_000,
    }),
    photos: PHOTOS,
    features: &[
        FeatureGroup {
            name: "Safety",
            features: &[
                "Driver airbag",
                "Passenger airbag",
                "ABS",
                "EBD",
                "ISOFIX mounts",
                "Reversing camera",
            ],
        },
        FeatureGroup {
            name: "Comfort",
            features: &["Air conditioning", "Automatic climate control", "Rear AC vents", "Cruise control"],
        },
        FeatureGroup {
            name: "Infotainment",
            features: &["Touchscreen", "Android Auto", "Apple CarPlay", "Bluetooth"],
        },
        FeatureGroup {
            name: "Exterior",
            features: &["Alloy wheels", "Fog lamps", "LED headlamps", "Roof rails"],
        },
    ],
    inspection: Some(INSPECTION),
    hub: Hub {
        name: "Pune hub 2",
        address: "17 Ring Road, Pune",
        phone: "+918020014401",
        opens_at: "09:30",
        closes_at: "20:00",
        city: "Pune",
        state: "Maharashtra",
    },
    breadcrumbs: &[
        Crumb { name: "Used cars", href: Some("/cars") },
        Crumb { name: "Renault", href: Some("/cars?make=renault") },
        Crumb { name: "Duster", href: Some("/cars?model=duster") },
        Crumb { name: "2019 Renault Duster", href: None },
    ],
    similar: CARDS.split_at(1).1.split_at(6).0,
    similar_reason: "Because you are looking at a Renault Duster",
};
