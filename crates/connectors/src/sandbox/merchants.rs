//! Where people spend: 120 merchants as card networks spell them, towns, and places abroad.

/// A trade: what its purchases look like.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trade {
    /// ISO 18245.
    pub(super) merchant_category_code: u16,
    /// Hundredths, lowest and highest; small ones are more frequent.
    pub(super) cents: (i64, i64),
    /// How many of a hundred purchases with a credit card, and with a debit card.
    pub(super) share: (i64, i64),
    pub(super) style: Style,
    /// What happens between pending and posted where the amount changes.
    pub(super) change: Change,
    pub(super) merchants: &'static [&'static str],
}

/// How a description goes on after the merchant's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Store number, town, region.
    Store,
    /// A reference; there is no place.
    Web,
}

/// How an amount differs between pending and posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It never does.
    No,
    /// A tip is added.
    Tip,
    /// A reservation of 1.00 becomes the real amount.
    Fuel,
}

/// A town.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) town: &'static str,
    pub(super) region: &'static str,
    /// Millionths of a degree north and east.
    pub(super) at: (i64, i64),
}

/// Somewhere to travel to.
#[derive(Debug)]
pub(super) struct Abroad {
    pub(super) town: &'static str,
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    /// Millionths of a US dollar for one unit of the currency.
    pub(super) rate: i64,
    /// Millionths of a degree north and east.
    pub(super) at: (i64, i64),
    pub(super) merchants: &'static [(&'static str, u16)],
}

pub(super) const UTAH: &[Place] = &[
    Place { town: "LEHI", region: "UT", at: (40_391_617, -111_850_766) },
    Place { town: "SALT LAKE CITY", region: "UT", at: (40_760_779, -111_891_047) },
    Place { town: "PROVO", region: "UT", at: (40_233_844, -111_658_534) },
    Place { town: "OREM", region: "UT", at: (40_296_898, -111_694_647) },
    Place { town: "SANDY", region: "UT", at: (40_564_978, -111_838_974) },
    Place { town: "AMERICAN FORK", region: "UT", at: (40_376_896, -111_795_765) },
    Place { town: "DRAPER", region: "UT", at: (40_524_671, -111_863_823) },
];

pub(super) const CANADA: &[Place] = &[
    Place { town: "TORONTO", region: "ON", at: (43_653_226, -79_383_184) },
    Place { town: "MISSISSAUGA", region: "ON", at: (43_589_045, -79_644_120) },
    Place { town: "OTTAWA", region: "ON", at: (45_421_530, -75_697_193) },
    Place { town: "MONTREAL", region: "QC", at: (45_501_689, -73_567_256) },
    Place { town: "VANCOUVER", region: "BC", at: (49_282_729, -123_120_738) },
];

pub(super) const ABROAD: &[Abroad] = &[
    Abroad {
        town: "ROMA",
        country: "ITA",
        currency: "EUR",
        rate: 1_083_400,
        at: (41_902_784, 12_496_366),
        merchants: &[
            ("TRATTORIA DA ENZO", 5812),
            ("BAR SANT EUSTACHIO", 5814),
            ("CONAD CITY", 5411),
            ("MUSEI VATICANI", 7991),
            ("TRENITALIA", 4112),
        ],
    },
    Abroad {
        town: "LONDON",
        country: "GBR",
        currency: "GBP",
        rate: 1_271_900,
        at: (51_507_351, -127_758),
        merchants: &[
            ("TFL TRAVEL CH", 4111),
            ("PRET A MANGER", 5814),
            ("TESCO STORES 6124", 5411),
            ("DISHOOM SHOREDITCH", 5812),
            ("WATERSTONES", 5942),
        ],
    },
    Abroad {
        town: "CIUDAD DE MEX",
        country: "MEX",
        currency: "MXN",
        rate: 54_300,
        at: (19_432_608, -99_133_209),
        merchants: &[
            ("OXXO REFORMA", 5411),
            ("TAQUERIA EL CALIFA", 5812),
            ("MUSEO FRIDA KAHLO", 7991),
            ("SANBORNS", 5311),
            ("CAFE AVELLANEDA", 5814),
        ],
    },
    Abroad {
        town: "BARCELONA",
        country: "ESP",
        currency: "EUR",
        rate: 1_079_200,
        at: (41_385_064, 2_173_404),
        merchants: &[
            ("MERCADONA", 5411),
            ("BODEGA BIARRITZ", 5812),
            ("TMB METRO", 4111),
            ("CASA BATLLO", 7991),
            ("FORN MISTRAL", 5814),
        ],
    },
];

pub(super) const TRADES: &[Trade] = &[
    Trade {
        merchant_category_code: 5411,
        cents: (1_250, 9_800),
        share: (20, 16),
        style: Style::Store,
        change: Change::No,
        merchants: &[
            "WM SUPERCENTER",
            "KROGER",
            "SAFEWAY",
            "TRADER JOE S",
            "WHOLEFDS",
            "COSTCO WHSE",
            "ALDI",
            "PUBLIX",
            "SMITHS FOOD",
            "HARMONS GROCERY",
            "MACEYS",
            "SPROUTS FARMERS MAR",
            "WINCO FOODS",
            "H-E-B",
            "FOOD LION",
            "ALBERTSONS",
            "SAMSCLUB",
            "FRESH MARKET",
        ],
    },
    Trade {
        merchant_category_code: 5812,
        cents: (1_150, 5_600),
        share: (22, 24),
        style: Style::Store,
        change: Change::Tip,
        merchants: &[
            "MCDONALD'S F",
            "CHIPOTLE",
            "WENDYS",
            "TACO BELL",
            "BURGER KING",
            "SUBWAY",
            "CHICK-FIL-A",
            "PANERA BREAD",
            "OLIVE GARDEN",
            "TEXAS ROADHOUSE",
            "IN-N-OUT BURGER",
            "FIVE GUYS",
            "CAFE RIO",
            "CAFE ZUPAS",
            "TST* RED IGUANA",
            "SQ *NOODLE HOUSE",
            "PANDA EXPRESS",
            "DOMINO'S",
            "PIZZA HUT",
            "IHOP",
            "DENNY'S",
            "APPLEBEES",
            "CHILI'S",
            "TST* THE COPPER ONION",
        ],
    },
    Trade {
        merchant_category_code: 5814,
        cents: (375, 1_290),
        share: (14, 28),
        style: Style::Store,
        change: Change::Tip,
        merchants: &[
            "STARBUCKS STORE",
            "DUNKIN",
            "PEET'S COFFEE",
            "SQ *BLUE BOTTLE COFFEE",
            "DUTCH BROS",
            "CARIBOU COFFEE",
            "TIM HORTONS",
            "EINSTEIN BROS BAGELS",
            "SQ *MILLCREEK COFFEE",
            "TST* PUBLIK COFFEE",
            "KRISPY KREME",
            "JAMBA JUICE",
        ],
    },
    Trade {
        merchant_category_code: 5542,
        cents: (2_200, 6_400),
        share: (10, 4),
        style: Style::Store,
        change: Change::Fuel,
        merchants: &[
            "SHELL OIL",
            "CHEVRON",
            "EXXONMOBIL",
            "MAVERIK",
            "SINCLAIR",
            "7-ELEVEN",
            "CIRCLE K",
            "CONOCO",
            "PHILLIPS 66",
            "BP",
            "COSTCO GAS",
            "SPEEDWAY",
        ],
    },
    Trade {
        merchant_category_code: 5311,
        cents: (900, 13_500),
        share: (16, 10),
        style: Style::Store,
        change: Change::No,
        merchants: &[
            "TARGET T-",
            "BEST BUY",
            "THE HOME DEPOT",
            "LOWE'S",
            "MARSHALLS",
            "TJ MAXX",
            "ROSS STORES",
            "OLD NAVY",
            "GAP US",
            "NORDSTROM RACK",
            "KOHL'S",
            "MACY'S",
            "IKEA",
            "PETSMART",
            "PETCO",
            "BARNES & NOBLE",
            "DICK'S SPORTING GOODS",
            "REI",
            "ULTA",
            "SEPHORA",
            "MICHAELS STORES",
            "HOBBY LOBBY",
            "STAPLES",
            "OFFICE DEPOT",
            "AUTOZONE",
            "ACE HARDWARE",
            "DOLLAR TREE",
            "DESERET INDUSTRIES",
        ],
    },
    Trade {
        merchant_category_code: 5912,
        cents: (480, 4_200),
        share: (4, 6),
        style: Style::Store,
        change: Change::No,
        merchants: &[
            "CVS/PHARMACY",
            "WALGREENS",
            "RITE AID",
            "WALMART PHARMACY",
            "SMITHS PHARMACY",
            "COSTCO PHARMACY",
            "HEALTH MART",
            "MEDICINE SHOPPE",
        ],
    },
    Trade {
        merchant_category_code: 4121,
        cents: (780, 3_400),
        share: (6, 6),
        style: Style::Web,
        change: Change::Tip,
        merchants: &[
            "UBER *TRIP",
            "LYFT *RIDE",
            "YELLOW CAB CO",
            "CURB TAXI",
            "WAYMO RIDE",
            "VIA TRANSPORTATION",
        ],
    },
    Trade {
        merchant_category_code: 5999,
        cents: (600, 9_000),
        share: (8, 6),
        style: Style::Web,
        change: Change::No,
        merchants: &[
            "AMZN MKTP US",
            "AMAZON.COM",
            "PAYPAL *EBAY",
            "ETSY.COM",
            "APPLE.COM/BILL",
            "GOOGLE *PLAY",
            "STEAM GAMES",
            "DOORDASH",
            "GRUBHUB",
            "INSTACART",
            "CHEWY.COM",
            "WAYFAIR",
        ],
    },
];
