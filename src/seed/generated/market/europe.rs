//! Makes of Europe and America: Renault, Volkswagen, Skoda, Ford, MG, Jeep, BMW, Mercedes-Benz, Audi.

use super::Body::{Hatchback, Muv, Sedan, Suv};
use super::Fuel::{Diesel, Petrol};
use super::Gearbox::{Automatic, Manual};
use super::{Make, ev, make, model, v};

pub(super) static MAKES: &[Make] = &[
    make(
        "Renault",
        "France",
        0.93,
        &[
            model(
                "Kwid",
                Hatchback,
                200,
                &[
                    v("RXL", Petrol, Manual, (799, 53.3, 25.17, 5), 380, 2015..=2021),
                    v("RXT", Petrol, Manual, (799, 53.3, 25.17, 5), 420, 2015..=2021),
                    v("Climber 1.0 AMT", Petrol, Automatic, (999, 67.06, 22.5, 5), 540, 2017..=2025),
                ],
            ),
            model(
                "Duster",
                Suv,
                140,
                &[
                    v("85PS Diesel RxL", Diesel, Manual, (1461, 83.8, 19.87, 5), 970, 2012..=2019),
                    v(
                        "110PS Diesel RxZ AMT",
                        Diesel,
                        Automatic,
                        (1461, 108.45, 19.87, 5),
                        1_290,
                        2016..=2019,
                    ),
                    v("RXS CVT", Petrol, Automatic, (1498, 104.55, 16.42, 5), 1_090, 2017..=2022),
                ],
            ),
            model("Triber", Muv, 60, &[v("RXZ", Petrol, Manual, (999, 71.01, 20.0, 7), 720, 2019..=2025)]),
            model(
                "Kiger",
                Suv,
                50,
                &[v("RXZ Turbo CVT", Petrol, Automatic, (999, 98.63, 18.24, 5), 960, 2021..=2025)],
            ),
        ],
    ),
    make(
        "Volkswagen",
        "Germany",
        0.95,
        &[
            model(
                "Polo",
                Hatchback,
                230,
                &[
                    v("1.2 MPI Comfortline", Petrol, Manual, (1198, 73.97, 16.47, 5), 620, 2010..=2018),
                    v("1.5 TDI Highline", Diesel, Manual, (1498, 88.77, 20.14, 5), 860, 2014..=2019),
                    v("GT TSI", Petrol, Automatic, (1197, 103.6, 17.21, 5), 970, 2013..=2020),
                    v("1.0 TSI Highline Plus", Petrol, Manual, (999, 108.62, 18.24, 5), 890, 2020..=2022),
                ],
            ),
            model(
                "Vento",
                Sedan,
                110,
                &[
                    v("1.6 Highline", Petrol, Manual, (1598, 103.6, 16.09, 5), 920, 2010..=2019),
                    v("1.5 TDI Highline AT", Diesel, Automatic, (1498, 108.6, 22.15, 5), 1_240, 2014..=2019),
                ],
            ),
            model(
                "Taigun",
                Suv,
                50,
                &[
                    v("Highline", Petrol, Manual, (999, 113.98, 19.2, 5), 1_390, 2021..=2026),
                    v("GT Plus DSG", Petrol, Automatic, (1498, 147.51, 18.47, 5), 1_850, 2021..=2026),
                ],
            ),
        ],
    ),
    make(
        "Skoda",
        "Czechia",
        0.94,
        &[
            model(
                "Rapid",
                Sedan,
                100,
                &[
                    v("1.6 MPI Ambition", Petrol, Manual, (1598, 103.52, 15.41, 5), 890, 2011..=2019),
                    v("1.5 TDI Style AT", Diesel, Automatic, (1498, 108.62, 21.72, 5), 1_270, 2014..=2019),
                    v("1.0 TSI Rider", Petrol, Manual, (999, 108.62, 18.97, 5), 850, 2020..=2021),
                ],
            ),
            model(
                "Octavia",
                Sedan,
                45,
                &[
                    v("2.0 TDI Elegance AT", Diesel, Automatic, (1968, 141.0, 19.3, 5), 2_080, 2013..=2019),
                    v("1.8 TSI Style AT", Petrol, Automatic, (1798, 177.46, 15.1, 5), 2_120, 2013..=2020),
                ],
            ),
            model(
                "Superb",
                Sedan,
                30,
                &[v("L&K TSI AT", Petrol, Automatic, (1984, 187.74, 15.1, 5), 3_290, 2016..=2023)],
            ),
            model(
                "Kushaq",
                Suv,
                45,
                &[v("Style 1.0 TSI", Petrol, Manual, (999, 113.98, 19.76, 5), 1_480, 2021..=2026)],
            ),
        ],
    ),
    make(
        "Ford",
        "United States",
        0.90,
        &[
            model(
                "Figo",
                Hatchback,
                120,
                &[
                    v("1.2P Titanium", Petrol, Manual, (1194, 94.93, 20.4, 5), 640, 2015..=2021),
                    v("1.5D Trend", Diesel, Manual, (1498, 98.63, 25.5, 5), 680, 2015..=2021),
                ],
            ),
            model(
                "EcoSport",
                Suv,
                230,
                &[
                    v("1.5 Ti-VCT Trend", Petrol, Manual, (1497, 121.36, 17.0, 5), 880, 2013..=2021),
                    v("1.5 TDCi Titanium", Diesel, Manual, (1498, 98.59, 23.0, 5), 1_070, 2013..=2021),
                    v(
                        "1.5 Petrol Titanium Plus AT",
                        Petrol,
                        Automatic,
                        (1496, 121.36, 14.8, 5),
                        1_130,
                        2017..=2021,
                    ),
                ],
            ),
            model(
                "Endeavour",
                Suv,
                60,
                &[
                    v("3.2 Titanium AT 4x4", Diesel, Automatic, (3198, 197.0, 10.91, 7), 3_090, 2016..=2019),
                    v(
                        "2.0 Titanium Plus 4x2 AT",
                        Diesel,
                        Automatic,
                        (1996, 167.62, 13.9, 7),
                        3_390,
                        2020..=2021,
                    ),
                ],
            ),
        ],
    ),
    make(
        "MG",
        "United Kingdom",
        0.97,
        &[
            model(
                "Hector",
                Suv,
                90,
                &[
                    v("Smart", Petrol, Manual, (1451, 141.0, 14.16, 5), 1_490, 2019..=2024),
                    v("Sharp CVT", Petrol, Automatic, (1451, 141.0, 13.96, 5), 1_890, 2019..=2024),
                    v("Sharp Diesel", Diesel, Manual, (1956, 167.68, 17.41, 5), 1_840, 2019..=2024),
                ],
            ),
            model("ZS EV", Suv, 25, &[ev("Exclusive", (174.33, 5), 2_590, 2020..=2026)]),
        ],
    ),
    make(
        "Jeep",
        "United States",
        0.98,
        &[model(
            "Compass",
            Suv,
            80,
            &[
                v("2.0 Limited", Diesel, Manual, (1956, 170.63, 17.1, 5), 1_980, 2017..=2024),
                v("1.4 Limited Option DCT", Petrol, Automatic, (1368, 160.77, 14.1, 5), 2_090, 2017..=2023),
            ],
        )],
    ),
    make(
        "BMW",
        "Germany",
        0.86,
        &[
            model(
                "3 Series",
                Sedan,
                55,
                &[
                    v("320d Luxury Line", Diesel, Automatic, (1995, 187.74, 22.69, 5), 4_290, 2013..=2021),
                    v("330i M Sport", Petrol, Automatic, (1998, 254.79, 16.13, 5), 4_990, 2019..=2024),
                ],
            ),
            model(
                "5 Series",
                Sedan,
                30,
                &[v("520d Luxury Line", Diesel, Automatic, (1995, 187.74, 20.37, 5), 6_090, 2013..=2023)],
            ),
            model(
                "X1",
                Suv,
                50,
                &[v("sDrive20d xLine", Diesel, Automatic, (1995, 188.0, 19.62, 5), 3_990, 2016..=2023)],
            ),
        ],
    ),
    make(
        "Mercedes-Benz",
        "Germany",
        0.87,
        &[
            model(
                "C-Class",
                Sedan,
                50,
                &[
                    v("C 220d Avantgarde", Diesel, Automatic, (1950, 191.76, 17.9, 5), 4_490, 2014..=2021),
                    v("C 200 Progressive", Petrol, Automatic, (1497, 181.04, 14.0, 5), 4_690, 2018..=2023),
                ],
            ),
            model(
                "E-Class",
                Sedan,
                35,
                &[v("E 220d Exclusive", Diesel, Automatic, (1950, 191.76, 16.1, 5), 6_390, 2017..=2023)],
            ),
            model(
                "GLA",
                Suv,
                40,
                &[v("200 d Sport", Diesel, Automatic, (2143, 134.1, 17.9, 5), 3_690, 2014..=2020)],
            ),
        ],
    ),
    make(
        "Audi",
        "Germany",
        0.85,
        &[
            model(
                "A4",
                Sedan,
                45,
                &[
                    v("35 TDI Premium Plus", Diesel, Automatic, (1968, 187.74, 18.25, 5), 4_390, 2012..=2019),
                    v("40 TFSI Technology", Petrol, Automatic, (1984, 187.74, 17.42, 5), 4_890, 2021..=2026),
                ],
            ),
            model(
                "Q3",
                Suv,
                40,
                &[v(
                    "35 TDI Quattro Premium Plus",
                    Diesel,
                    Automatic,
                    (1968, 184.0, 15.73, 5),
                    3_990,
                    2012..=2019,
                )],
            ),
        ],
    ),
];
