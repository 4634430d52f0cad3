//! The rules of `spec: nexus-pfm, 16.4` by examples.
use super::*;
use domain::guid::MerchantLocationGuid;

fn merchant(text: &str) -> Option<&'static str> {
    registry().enrich(&Input::debit(text)).merchant.map(|(merchant, _)| merchant.name)
}

fn with_code(text: &str, code: u16) -> Option<&'static str> {
    let input = Input { merchant_category_code: Some(code), ..Input::debit(text) };
    registry().enrich(&input).merchant.map(|(merchant, _)| merchant.name)
}

#[test]
fn the_longest_pattern_is_the_merchant() {
    assert_eq!(merchant("UBER EATS HELP.UBER.COM"), Some("Uber Eats"));
    assert_eq!(merchant("UBER TRIP HELP.UBER.COM"), Some("Uber"));
    assert_eq!(merchant("WALMART PHARMACY 12"), Some("Walmart Pharmacy"));
    assert_eq!(merchant("COSTCO GAS #0733"), Some("Costco Gas"));
}

#[test]
fn a_way_of_paying_is_the_merchant_only_of_nothing_else() {
    assert_eq!(merchant("PAYPAL *EBAY"), Some("eBay"));
    assert_eq!(merchant("PAYPAL *SOMEBODYS SHOP"), Some("PayPal"));
}

#[test]
fn patterns_stand_on_borders_of_words() {
    assert_eq!(merchant("TARGET"), Some("Target"));
    assert_eq!(merchant("TARGETS LLC"), None);
    assert_eq!(merchant("THE NETFLIXES"), None);
}

#[test]
fn a_name_that_is_a_word_needs_more_than_the_word() {
    assert_eq!(merchant("SHELL LAKE MARINA"), None);
    assert_eq!(merchant("MARINA SHELL"), None);
    assert_eq!(merchant("SHELL 1234"), Some("Shell"));
    assert_eq!(merchant("SHELL SALT LAKE CITY UT"), Some("Shell"));
    assert_eq!(merchant("POS PURCHASE 03/04 SHELL #12"), Some("Shell"));
    assert_eq!(merchant("SHELL LEHI FUEL"), Some("Shell"));
    assert_eq!(with_code("SHELL HIGHWAY STOP", 5541), Some("Shell"));
    assert_eq!(with_code("SHELL LAKE MARINA", 4468), None);
}

#[test]
fn small_businesses_are_not_the_brands_in_their_names() {
    let names = [
        "JOES HARDWARE AND LUMBER",
        "THE CORNER BAR",
        "MAX FITNESS STUDIO",
        "SILVER STAR JEWELERS",
        "GOLDEN DRAGON CHINESE REST",
        "BLUE SKY DENTAL",
        "SUNRISE CAFE",
        "FIRST BAPTIST CHURCH",
        "DR JOHN SMITH MD",
        "ACE PLUMBING",
        "DELTA ELECTRIC SUPPLY",
        "APPLE VALLEY ORCHARD",
        "APPLE TREE LEARNING CENTER",
        "ORANGE COUNTY TOLLS",
        "STAR NAILS",
        "LUCKY DRAGON",
        "KINGS ISLAND",
        "NEXT DOOR DELI",
        "PARADISE TANNING",
        "LAKE COUNTY TREASURER",
        "COLUMBIA UNIVERSITY TUITION",
        "HUDSON VALLEY VET CLINIC",
        "LINCOLN PARK ZOO",
        "SPRINT CAR RACEWAY",
        "BELL TOWER SHOPS",
        "TARGET MASTERS GUN RANGE",
        "JAGUAR SOCCER CLUB",
        "HOME SWEET HOME BAKERY",
        "CHASE FIELD CONCESSIONS",
        "UNION SQUARE CAFE",
        "SONIC BOOM RECORDS",
        "WAVE SUSHI",
        "SUBWAY TILE OUTLET",
        "GAP YEAR",
        "HOBBY HORSE FARM",
        "PACIFIC COAST BUILDERS",
        "MOES PLACE",
        "CAPITAL CITY GARAGE DOORS",
        "MAIN STREET PHARMACY",
        "WILSON & SONS TOWING",
        "MILLER FAMILY FARM",
        "AMERICAN LEGION POST 41",
        "COMMUNITY COLLEGE BOOKSTORE",
        "BRANCH OFFICE SUPPLY",
        "HILTON HEAD TAXI",
        "ROSS VALLEY PLAYERS",
        "MONARCH DRY CLEANERS",
        "NORTHSIDE AUTO BODY",
        "METRO TAXI",
        "SPECTRUM DANCE",
        "CLOVER HILL ELEMENTARY",
        "KAISER SHOES",
        "HARVEST CHURCH GIVING",
        "COSTA MESA PARKING",
    ];
    for name in names {
        assert_eq!(merchant(name), None, "{name}");
        assert_eq!(merchant(&format!("POS PURCHASE {name} 0412 OREM UT")), None, "{name}");
    }
}

#[test]
fn a_merchant_says_why() {
    let reason = |text| registry().enrich(&Input::debit(text)).merchant.unwrap().1.to_string();
    assert_eq!(reason("x NETFLIX.COM"), "the text has \"netflix com\"");
    assert_eq!(reason("SHELL 1234"), "the text has \"shell\" at its beginning");
    assert_eq!(reason("SHELL LEHI FUEL"), "the text has \"shell\", and another word fits");
}

#[test]
fn merchants_have_lasting_guids() {
    let registry = registry();
    let walmart = registry.merchants().iter().find(|merchant| merchant.name == "Walmart").unwrap();
    assert_eq!(walmart.guid().to_string(), "MCH-c0f0a609-ba3b-5c7b-a90e-dd5d01441f05");
}

#[test]
fn the_category_is_the_first_answer() {
    let category = |input: &Input<'_>| {
        let registry = registry();
        let found = registry.enrich(input);
        (found.category.name, found.category_reason)
    };
    // merchant, before the code
    let input = Input { merchant_category_code: Some(5411), ..Input::debit("STARBUCKS STORE 12") };
    assert_eq!(category(&input), ("Coffee Shops", CategoryReason::Merchant("Starbucks")));
    // the code, before words
    let input = Input { merchant_category_code: Some(5411), ..Input::debit("CORNER PIZZA") };
    assert_eq!(category(&input), ("Groceries", CategoryReason::Code(5411, "Groceries and supermarkets")));
    // words, before the check number
    let input = Input { check_number: Some("12"), ..Input::debit("CORNER PIZZA") };
    assert_eq!(category(&input), ("Restaurants", CategoryReason::Words("pizza")));
    // a code that says nothing
    let input = Input { merchant_category_code: Some(1), ..input };
    assert_eq!(category(&input).0, "Restaurants");
    // the check number
    let input = Input { check_number: Some("12"), ..Input::debit("SOMETHING") };
    assert_eq!(category(&input), ("Check", CategoryReason::CheckNumber));
    let input = Input { check_number: Some("0"), ..input };
    assert_eq!(category(&input), ("Uncategorized", CategoryReason::NothingKnown));
    // the type
    let input = Input { extended_type: Some("INT"), ..Input::credit("SOMETHING") };
    assert_eq!(category(&input), ("Interest Income", CategoryReason::Type("int")));
}

#[test]
fn the_word_table_knows_the_kinds_that_the_contract_names() {
    let of = |input: Input<'_>| registry().enrich(&input).category.name;
    assert_eq!(of(Input::debit("SOMEBANK CREDIT CARD PAYMENT")), "Credit Card Payment");
    assert_eq!(of(Input::debit("LOAN PAYMENT 12")), "Financial");
    assert_eq!(of(Input::debit("TRANSFER TO CHECKING")), "Transfer");
    assert_eq!(of(Input::debit("SERVICE CHARGE")), "Banking Fee");
    assert_eq!(of(Input::credit("INTEREST PAID")), "Interest Income");
    assert_eq!(of(Input::debit("INTEREST CHARGED")), "Finance Charge");
    assert_eq!(of(Input::credit("ACME PAYROLL")), "Paycheck");
    assert_eq!(of(Input::debit("ATM WITHDRAWAL")), "Cash");
}

#[test]
fn a_merchant_answers_for_credits_as_for_refunds() {
    let of = |text| registry().enrich(&Input::credit(text)).category.name;
    assert_eq!(of("AMAZON.COM"), "Shopping");
    assert_eq!(of("AMAZON PAYROLL"), "Paycheck");
    assert_eq!(of("CORNER PIZZA"), "Uncategorized");
    assert_eq!(of("CORNER PIZZA REFUND"), "Restaurants");
}

#[test]
fn the_description_is_the_merchants_name_else_the_cleansed_text_else_the_feeds() {
    let described = |text| {
        let registry = registry();
        let found = registry.enrich(&Input::debit(text));
        (found.description.into_owned(), found.description_reason)
    };
    assert_eq!(described("STARBUCKS STORE 08812"), ("Starbucks".to_owned(), DescriptionReason::MerchantName));
    assert_eq!(described("TONYS TAVERN 08812"), ("Tonys Tavern".to_owned(), DescriptionReason::Cleansed));
    assert_eq!(described(" 08812 "), (" 08812 ".to_owned(), DescriptionReason::FeedText));
}

#[test]
fn a_location_is_one_that_the_text_names() {
    let registry = registry();
    let merchant_guid =
        registry.merchants().iter().find(|merchant| merchant.name == "Target").unwrap().guid();
    let location = Location {
        guid: MerchantLocationGuid::from_bytes([1; 16]),
        merchant_guid,
        store_number: Some("0412".to_owned()),
        city: Some("Lehi".to_owned()),
        region_code: Some("UT".to_owned()),
    };
    let registry = registry.with_locations([location.clone()]);
    let found = |text| registry.enrich(&Input::debit(text)).location.map(|location| location.guid);
    assert_eq!(found("TARGET T-0412"), Some(location.guid));
    assert_eq!(found("TARGET LEHI UT"), Some(location.guid));
    assert_eq!(found("TARGET 99 OREM UT"), None);
    assert_eq!(found("COSTCO WHSE #0412 LEHI UT"), None);
}
