//! Makes of India: Maruti, Tata, Mahindra.

use super::Body::{Hatchback, Minivan, Muv, Pickup, Sedan, Suv};
use super::Fuel::{Cng, Diesel, Petrol};
use super::Gearbox::{Automatic, Manual};
use super::{Make, ev, make, model, v};

pub(super) static MAKES: &[Make] = &[
    make(
        "Maruti",
        "India",
        1.08,
        &[
            model(
                "Alto 800",
                Hatchback,
                260,
                &[
                    v("LX", Petrol, Manual, (796, 47.3, 22.05, 5), 305, 2012..=2022),
                    v("LXI", Petrol, Manual, (796, 47.3, 22.05, 5), 345, 2012..=2022),
                    v("VXI", Petrol, Manual, (796, 47.3, 22.05, 5), 370, 2012..=2022),
                    v("LXI CNG", Cng, Manual, (796, 40.3, 31.59, 5), 430, 2014..=2022),
                ],
            ),
            model(
                "Alto K10",
                Hatchback,
                130,
                &[
                    v("LXI", Petrol, Manual, (998, 67.1, 24.07, 5), 375, 2010..=2019),
                    v("VXI AMT", Petrol, Automatic, (998, 67.1, 24.07, 5), 440, 2014..=2019),
                    v("VXI Plus", Petrol, Manual, (998, 65.7, 24.39, 5), 535, 2022..=2026),
                ],
            ),
            model(
                "Wagon R",
                Hatchback,
                430,
                &[
                    v("LXI BS IV", Petrol, Manual, (998, 67.04, 20.51, 5), 415, 2010..=2018),
                    v("VXI AMT", Petrol, Automatic, (998, 67.04, 20.51, 5), 505, 2015..=2018),
                    v("LXI CNG", Cng, Manual, (998, 58.16, 33.54, 5), 545, 2012..=2023),
                    v("ZXI 1.2", Petrol, Manual, (1197, 81.8, 20.52, 5), 610, 2019..=2025),
                    v("ZXI AMT 1.2", Petrol, Automatic, (1197, 81.8, 20.52, 5), 680, 2019..=2025),
                ],
            ),
            model(
                "Celerio",
                Hatchback,
                170,
                &[
                    v("VXI", Petrol, Manual, (998, 67.04, 23.1, 5), 470, 2014..=2021),
                    v("ZXI AMT", Petrol, Automatic, (998, 67.04, 23.1, 5), 545, 2014..=2021),
                    v("VXI CNG", Cng, Manual, (998, 55.92, 35.6, 5), 670, 2022..=2026),
                ],
            ),
            model(
                "Swift",
                Hatchback,
                620,
                &[
                    v("VXI", Petrol, Manual, (1197, 81.8, 20.4, 5), 590, 2011..=2017),
                    v("VDI", Diesel, Manual, (1248, 74.0, 28.4, 5), 690, 2011..=2019),
                    v("ZDI", Diesel, Manual, (1248, 74.0, 28.4, 5), 790, 2011..=2019),
                    v("ZXI", Petrol, Manual, (1197, 88.5, 22.38, 5), 730, 2018..=2024),
                    v("ZXI Plus AMT", Petrol, Automatic, (1197, 88.5, 22.56, 5), 870, 2018..=2024),
                    v("VXI CNG", Cng, Manual, (1197, 76.43, 30.9, 5), 790, 2022..=2024),
                ],
            ),
            model(
                "Dzire",
                Sedan,
                440,
                &[
                    v("VXI", Petrol, Manual, (1197, 81.8, 22.0, 5), 660, 2012..=2024),
                    v("VDI", Diesel, Manual, (1248, 74.0, 28.4, 5), 760, 2012..=2019),
                    v("ZDI AMT", Diesel, Automatic, (1248, 74.0, 28.4, 5), 890, 2017..=2019),
                    v("ZXI AMT", Petrol, Automatic, (1197, 88.5, 24.12, 5), 860, 2020..=2024),
                ],
            ),
            model(
                "Baleno",
                Hatchback,
                480,
                &[
                    v("Delta", Petrol, Manual, (1197, 81.8, 21.4, 5), 660, 2015..=2021),
                    v("Zeta Diesel", Diesel, Manual, (1248, 74.0, 27.39, 5), 790, 2015..=2019),
                    v("Alpha CVT", Petrol, Automatic, (1197, 81.8, 19.56, 5), 880, 2016..=2021),
                    v("Zeta", Petrol, Manual, (1197, 88.5, 22.35, 5), 840, 2022..=2026),
                    v("Alpha AMT", Petrol, Automatic, (1197, 88.5, 22.94, 5), 980, 2022..=2026),
                ],
            ),
            model(
                "Ciaz",
                Sedan,
                170,
                &[
                    v("Zeta", Petrol, Manual, (1462, 103.25, 20.65, 5), 990, 2018..=2024),
                    v("ZDI SHVS", Diesel, Manual, (1248, 88.5, 28.09, 5), 960, 2014..=2019),
                    v("Alpha AT", Petrol, Automatic, (1462, 103.25, 20.04, 5), 1_180, 2018..=2024),
                ],
            ),
            model(
                "Ertiga",
                Muv,
                260,
                &[
                    v("VDI", Diesel, Manual, (1248, 88.8, 20.77, 7), 870, 2012..=2018),
                    v("VXI", Petrol, Manual, (1462, 103.26, 19.34, 7), 890, 2018..=2025),
                    v("ZXI CNG", Cng, Manual, (1462, 86.63, 26.11, 7), 1_090, 2020..=2026),
                    v("ZXI AT", Petrol, Automatic, (1462, 101.64, 20.3, 7), 1_190, 2018..=2025),
                ],
            ),
            model(
                "Vitara Brezza",
                Suv,
                280,
                &[
                    v("VDI", Diesel, Manual, (1248, 88.5, 24.3, 5), 830, 2016..=2019),
                    v("ZDI Plus AMT", Diesel, Automatic, (1248, 88.5, 24.3, 5), 1_040, 2018..=2019),
                    v("ZXI", Petrol, Manual, (1462, 103.25, 17.03, 5), 960, 2020..=2022),
                    v("ZXI Plus AT", Petrol, Automatic, (1462, 101.65, 19.8, 5), 1_330, 2022..=2026),
                ],
            ),
            model(
                "Eeco",
                Minivan,
                60,
                &[
                    v("5 Seater AC", Petrol, Manual, (1196, 73.75, 15.1, 5), 440, 2010..=2022),
                    v("7 Seater", Petrol, Manual, (1196, 73.75, 15.1, 7), 420, 2010..=2022),
                ],
            ),
        ],
    ),
    make(
        "Tata",
        "India",
        0.96,
        &[
            model(
                "Tiago",
                Hatchback,
                220,
                &[
                    v("XT", Petrol, Manual, (1199, 84.0, 23.84, 5), 500, 2016..=2023),
                    v("XZ Diesel", Diesel, Manual, (1047, 69.0, 27.28, 5), 620, 2016..=2019),
                    v("XZA Plus", Petrol, Automatic, (1199, 84.48, 19.0, 5), 690, 2020..=2025),
                    ev("EV XZ Plus Long Range", (73.75, 5), 1_130, 2022..=2026),
                ],
            ),
            model(
                "Tigor",
                Sedan,
                90,
                &[
                    v("XZ", Petrol, Manual, (1199, 84.0, 20.3, 5), 640, 2017..=2024),
                    v("XZ Plus CNG", Cng, Manual, (1199, 72.0, 26.49, 5), 840, 2022..=2026),
                ],
            ),
            model(
                "Altroz",
                Hatchback,
                120,
                &[
                    v("XT", Petrol, Manual, (1199, 84.48, 19.05, 5), 720, 2020..=2025),
                    v("XZ Diesel", Diesel, Manual, (1497, 88.77, 25.11, 5), 930, 2020..=2025),
                    v("XZA DCT", Petrol, Automatic, (1199, 84.88, 18.18, 5), 960, 2022..=2025),
                ],
            ),
            model(
                "Nexon",
                Suv,
                320,
                &[
                    v("XM", Petrol, Manual, (1198, 118.36, 17.4, 5), 790, 2017..=2023),
                    v("XZ Plus Diesel", Diesel, Manual, (1497, 108.5, 21.5, 5), 1_080, 2017..=2023),
                    v("XZA Plus", Petrol, Automatic, (1199, 118.35, 17.05, 5), 1_130, 2018..=2023),
                    ev("EV XZ Plus", (127.0, 5), 1_590, 2020..=2023),
                ],
            ),
            model(
                "Punch",
                Suv,
                130,
                &[
                    v("Adventure", Petrol, Manual, (1199, 84.48, 18.97, 5), 690, 2021..=2026),
                    v("Creative AMT", Petrol, Automatic, (1199, 84.48, 18.82, 5), 920, 2021..=2026),
                ],
            ),
            model(
                "Harrier",
                Suv,
                120,
                &[
                    v("XZ", Diesel, Manual, (1956, 138.1, 16.35, 5), 1_690, 2019..=2023),
                    v("XZA Plus", Diesel, Automatic, (1956, 167.67, 14.6, 5), 2_050, 2020..=2025),
                ],
            ),
            model(
                "Safari",
                Suv,
                70,
                &[
                    v("XZ Plus 7 Str", Diesel, Manual, (1956, 167.67, 16.14, 7), 2_080, 2021..=2025),
                    v("Storme VX", Diesel, Manual, (2179, 147.94, 14.1, 7), 1_290, 2012..=2018),
                ],
            ),
        ],
    ),
    make(
        "Mahindra",
        "India",
        1.03,
        &[
            model(
                "Bolero",
                Suv,
                110,
                &[
                    v("SLX", Diesel, Manual, (2523, 62.1, 15.96, 7), 830, 2010..=2019),
                    v("B6", Diesel, Manual, (1493, 74.96, 16.0, 7), 990, 2020..=2025),
                ],
            ),
            model(
                "Scorpio",
                Suv,
                190,
                &[
                    v("S4", Diesel, Manual, (2523, 75.0, 15.37, 7), 1_000, 2014..=2019),
                    v("S11", Diesel, Manual, (2179, 140.0, 15.4, 7), 1_630, 2017..=2022),
                    v("VLX 2WD AT", Diesel, Automatic, (2179, 120.0, 12.05, 7), 1_230, 2010..=2014),
                    v("N Z8 AT", Diesel, Automatic, (2184, 172.45, 15.42, 7), 2_040, 2022..=2026),
                ],
            ),
            model(
                "XUV500",
                Suv,
                160,
                &[
                    v("W6", Diesel, Manual, (2179, 140.0, 15.1, 7), 1_330, 2011..=2018),
                    v("W11 AT", Diesel, Automatic, (2179, 153.0, 15.1, 7), 1_790, 2018..=2021),
                ],
            ),
            model(
                "XUV300",
                Suv,
                110,
                &[
                    v("W6", Petrol, Manual, (1197, 108.62, 17.0, 5), 1_000, 2019..=2024),
                    v("W8 Option Diesel", Diesel, Manual, (1497, 115.05, 20.0, 5), 1_280, 2019..=2024),
                ],
            ),
            model(
                "XUV700",
                Suv,
                100,
                &[
                    v("AX5", Petrol, Manual, (1999, 197.13, 15.0, 5), 1_650, 2021..=2026),
                    v("AX7 Diesel AT", Diesel, Automatic, (2184, 182.38, 16.57, 7), 2_190, 2021..=2026),
                ],
            ),
            model(
                "Thar",
                Suv,
                90,
                &[
                    v("LX Hard Top Diesel", Diesel, Manual, (2184, 130.07, 15.2, 4), 1_450, 2020..=2026),
                    v("LX Hard Top AT", Petrol, Automatic, (1997, 150.19, 13.0, 4), 1_530, 2020..=2026),
                ],
            ),
            model(
                "KUV100",
                Suv,
                50,
                &[v("K6 Plus", Petrol, Manual, (1198, 82.0, 18.15, 6), 620, 2016..=2022)],
            ),
            model(
                "Bolero Camper",
                Pickup,
                12,
                &[v("Gold ZX", Diesel, Manual, (2523, 75.09, 16.0, 5), 880, 2015..=2023)],
            ),
        ],
    ),
];
