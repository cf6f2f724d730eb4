//! Makes of Korea: Hyundai, Kia.

use super::Body::{Hatchback, Muv, Sedan, Suv};
use super::Fuel::{Cng, Diesel, Petrol};
use super::Gearbox::{Automatic, Manual};
use super::{Make, ev, make, model, v};

pub(super) static MAKES: &[Make] = &[
    make(
        "Hyundai",
        "South Korea",
        1.03,
        &[
            model(
                "Santro",
                Hatchback,
                150,
                &[
                    v("Xing GLS", Petrol, Manual, (1086, 62.1, 17.92, 5), 410, 2009..=2014),
                    v("Magna", Petrol, Manual, (1086, 68.05, 20.3, 5), 490, 2018..=2022),
                    v("Sportz AMT", Petrol, Automatic, (1086, 68.05, 20.3, 5), 580, 2018..=2022),
                ],
            ),
            model(
                "i10",
                Hatchback,
                170,
                &[
                    v("Magna 1.1", Petrol, Manual, (1086, 68.05, 19.81, 5), 430, 2010..=2016),
                    v("Sportz 1.2", Petrol, Manual, (1197, 78.9, 20.36, 5), 500, 2010..=2014),
                ],
            ),
            model(
                "Eon",
                Hatchback,
                120,
                &[
                    v("Era Plus", Petrol, Manual, (814, 55.2, 21.1, 5), 370, 2011..=2019),
                    v("Magna Plus", Petrol, Manual, (814, 55.2, 21.1, 5), 410, 2011..=2019),
                ],
            ),
            model(
                "Grand i10",
                Hatchback,
                360,
                &[
                    v("Magna", Petrol, Manual, (1197, 81.86, 18.9, 5), 560, 2013..=2020),
                    v("Sportz", Petrol, Manual, (1197, 81.86, 18.9, 5), 610, 2013..=2020),
                    v("Asta CRDi", Diesel, Manual, (1186, 73.97, 24.0, 5), 740, 2013..=2019),
                    v("Sportz AT", Petrol, Automatic, (1197, 81.86, 17.49, 5), 700, 2013..=2019),
                ],
            ),
            model(
                "Grand i10 Nios",
                Hatchback,
                200,
                &[
                    v("Sportz", Petrol, Manual, (1197, 81.86, 20.7, 5), 700, 2019..=2026),
                    v("Asta AMT", Petrol, Automatic, (1197, 81.86, 20.5, 5), 830, 2019..=2026),
                    v("Sportz CNG", Cng, Manual, (1197, 68.05, 27.3, 5), 790, 2020..=2026),
                ],
            ),
            model(
                "i20",
                Hatchback,
                440,
                &[
                    v("Magna", Petrol, Manual, (1197, 81.86, 18.6, 5), 610, 2012..=2020),
                    v("Asta CRDi", Diesel, Manual, (1396, 88.73, 22.54, 5), 860, 2012..=2019),
                    v("Sportz CVT", Petrol, Automatic, (1197, 81.83, 19.65, 5), 950, 2020..=2026),
                    v("Asta Turbo DCT", Petrol, Automatic, (998, 118.36, 20.28, 5), 1_130, 2020..=2026),
                ],
            ),
            model(
                "Xcent",
                Sedan,
                90,
                &[
                    v("S", Petrol, Manual, (1197, 81.86, 20.14, 5), 650, 2014..=2020),
                    v("SX CRDi", Diesel, Manual, (1186, 73.97, 25.4, 5), 800, 2014..=2020),
                ],
            ),
            model(
                "Verna",
                Sedan,
                260,
                &[
                    v("Fluidic 1.6 CRDi SX", Diesel, Manual, (1582, 126.32, 22.32, 5), 1_030, 2011..=2017),
                    v("Fluidic 1.6 VTVT SX", Petrol, Manual, (1591, 121.3, 17.01, 5), 920, 2011..=2017),
                    v("SX IVT", Petrol, Automatic, (1497, 113.42, 18.45, 5), 1_230, 2018..=2023),
                    v("SX Opt Turbo DCT", Petrol, Automatic, (1482, 157.57, 20.6, 5), 1_680, 2023..=2026),
                ],
            ),
            model(
                "Creta",
                Suv,
                420,
                &[
                    v("1.6 SX", Petrol, Manual, (1591, 121.3, 15.29, 5), 1_190, 2015..=2020),
                    v("1.6 CRDi SX Plus", Diesel, Manual, (1582, 126.2, 19.67, 5), 1_390, 2015..=2020),
                    v("1.6 CRDi SX AT", Diesel, Automatic, (1582, 126.2, 17.01, 5), 1_530, 2015..=2020),
                    v("S", Petrol, Manual, (1497, 113.18, 16.8, 5), 1_250, 2020..=2024),
                    v("SX Opt Turbo", Petrol, Automatic, (1353, 138.08, 16.8, 5), 1_760, 2020..=2024),
                ],
            ),
            model(
                "Venue",
                Suv,
                220,
                &[
                    v("S", Petrol, Manual, (1197, 81.86, 17.52, 5), 790, 2019..=2026),
                    v("SX CRDi", Diesel, Manual, (1493, 98.63, 23.3, 5), 1_100, 2019..=2025),
                    v("SX Turbo DCT", Petrol, Automatic, (998, 118.35, 18.15, 5), 1_180, 2019..=2025),
                ],
            ),
            model("Kona", Suv, 12, &[ev("Premium", (134.14, 5), 2_390, 2019..=2023)]),
        ],
    ),
    make(
        "Kia",
        "South Korea",
        1.06,
        &[
            model(
                "Seltos",
                Suv,
                240,
                &[
                    v("HTK Plus G", Petrol, Manual, (1497, 113.43, 16.8, 5), 1_190, 2019..=2024),
                    v("HTX D", Diesel, Manual, (1493, 113.43, 20.8, 5), 1_430, 2019..=2024),
                    v("GTX Plus DCT", Petrol, Automatic, (1353, 138.08, 16.1, 5), 1_790, 2019..=2024),
                ],
            ),
            model(
                "Sonet",
                Suv,
                140,
                &[
                    v("HTE", Petrol, Manual, (1197, 81.86, 18.4, 5), 760, 2020..=2026),
                    v("GTX Plus Diesel AT", Diesel, Automatic, (1493, 113.43, 19.0, 5), 1_370, 2020..=2026),
                ],
            ),
            model(
                "Carens",
                Muv,
                60,
                &[
                    v("Prestige", Petrol, Manual, (1497, 113.42, 15.7, 7), 1_130, 2022..=2026),
                    v(
                        "Luxury Plus Diesel AT",
                        Diesel,
                        Automatic,
                        (1493, 113.98, 18.4, 7),
                        1_820,
                        2022..=2026,
                    ),
                ],
            ),
        ],
    ),
];
