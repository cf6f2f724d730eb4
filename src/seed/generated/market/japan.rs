//! Makes of Japan: Honda, Toyota, Nissan.

use super::Body::{Hatchback, Muv, Sedan, Suv};
use super::Fuel::{Diesel, Petrol};
use super::Gearbox::{Automatic, Manual};
use super::{Make, make, model, v};

pub(super) static MAKES: &[Make] = &[
    make(
        "Honda",
        "Japan",
        1.02,
        &[
            model(
                "Brio",
                Hatchback,
                70,
                &[
                    v("S MT", Petrol, Manual, (1198, 86.8, 19.4, 5), 510, 2011..=2018),
                    v("VX AT", Petrol, Automatic, (1198, 86.8, 16.5, 5), 680, 2012..=2018),
                ],
            ),
            model(
                "Jazz",
                Hatchback,
                100,
                &[
                    v("V", Petrol, Manual, (1199, 88.7, 18.2, 5), 760, 2015..=2022),
                    v("VX Diesel", Diesel, Manual, (1498, 98.6, 27.3, 5), 930, 2015..=2019),
                ],
            ),
            model(
                "Amaze",
                Sedan,
                210,
                &[
                    v("S i-VTEC", Petrol, Manual, (1198, 86.7, 18.0, 5), 620, 2013..=2020),
                    v("S i-DTEC", Diesel, Manual, (1498, 98.6, 25.8, 5), 740, 2013..=2020),
                    v("VX CVT", Petrol, Automatic, (1199, 88.5, 18.3, 5), 900, 2018..=2024),
                ],
            ),
            model(
                "City",
                Sedan,
                340,
                &[
                    v("1.5 S MT", Petrol, Manual, (1497, 116.3, 16.8, 5), 870, 2009..=2014),
                    v("i-VTEC V", Petrol, Manual, (1497, 117.3, 17.8, 5), 990, 2014..=2020),
                    v("i-DTEC VX", Diesel, Manual, (1498, 98.6, 25.6, 5), 1_230, 2014..=2020),
                    v("VX CVT", Petrol, Automatic, (1497, 117.3, 18.0, 5), 1_290, 2014..=2020),
                    v("ZX CVT", Petrol, Automatic, (1498, 119.35, 18.4, 5), 1_480, 2020..=2026),
                ],
            ),
            model(
                "WR-V",
                Suv,
                70,
                &[
                    v("VX i-VTEC", Petrol, Manual, (1199, 88.7, 16.5, 5), 920, 2017..=2023),
                    v("VX i-DTEC", Diesel, Manual, (1498, 97.89, 23.7, 5), 1_050, 2017..=2022),
                ],
            ),
        ],
    ),
    make(
        "Toyota",
        "Japan",
        1.14,
        &[
            model(
                "Etios Liva",
                Hatchback,
                60,
                &[
                    v("G", Petrol, Manual, (1197, 78.9, 18.16, 5), 560, 2011..=2020),
                    v("GD", Diesel, Manual, (1364, 67.06, 23.59, 5), 690, 2011..=2020),
                ],
            ),
            model(
                "Glanza",
                Hatchback,
                90,
                &[
                    v("G", Petrol, Manual, (1197, 88.5, 22.35, 5), 820, 2019..=2026),
                    v("V AMT", Petrol, Automatic, (1197, 88.5, 22.94, 5), 990, 2022..=2026),
                ],
            ),
            model(
                "Innova",
                Muv,
                130,
                &[
                    v("2.5 VX 7 Str", Diesel, Manual, (2494, 100.6, 12.99, 7), 1_390, 2009..=2016),
                    v("2.5 G 8 Str", Diesel, Manual, (2494, 100.6, 12.99, 8), 1_130, 2009..=2016),
                ],
            ),
            model(
                "Innova Crysta",
                Muv,
                160,
                &[
                    v("2.4 GX MT", Diesel, Manual, (2393, 147.51, 15.1, 7), 1_690, 2016..=2023),
                    v("2.4 ZX AT", Diesel, Automatic, (2755, 171.5, 12.0, 7), 2_390, 2016..=2020),
                    v("2.7 GX AT", Petrol, Automatic, (2694, 163.7, 10.75, 7), 1_850, 2016..=2022),
                ],
            ),
            model(
                "Fortuner",
                Suv,
                110,
                &[
                    v("3.0 4x2 AT", Diesel, Automatic, (2982, 168.5, 12.55, 7), 2_450, 2012..=2016),
                    v("2.8 4x2 AT", Diesel, Automatic, (2755, 201.15, 14.4, 7), 3_690, 2016..=2026),
                    v("2.8 4x4 MT", Diesel, Manual, (2755, 174.5, 14.2, 7), 3_290, 2016..=2023),
                ],
            ),
            model(
                "Urban Cruiser Hyryder",
                Suv,
                40,
                &[v("V Hybrid", Petrol, Automatic, (1490, 114.41, 27.97, 5), 1_890, 2022..=2026)],
            ),
        ],
    ),
    make(
        "Nissan",
        "Japan",
        0.92,
        &[
            model(
                "Micra",
                Hatchback,
                40,
                &[v("XV CVT", Petrol, Automatic, (1198, 76.0, 19.34, 5), 740, 2013..=2018)],
            ),
            model(
                "Magnite",
                Suv,
                60,
                &[
                    v("XV", Petrol, Manual, (999, 71.01, 18.75, 5), 690, 2020..=2025),
                    v("Turbo CVT XV", Petrol, Automatic, (999, 98.63, 17.7, 5), 950, 2020..=2025),
                ],
            ),
            model(
                "Terrano",
                Suv,
                40,
                &[v("XL D", Diesel, Manual, (1461, 83.8, 20.45, 5), 1_090, 2013..=2019)],
            ),
        ],
    ),
];
