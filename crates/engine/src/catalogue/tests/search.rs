//! The rules of the search, one table each.
use super::*;

/// Institutions in the order of popularity, code = the first column.
const SHELF: &[(&str, &str, &str)] = &[
    ("chase", "Chase", r#"{"popularity":90,"url":"https://www.chase.com/","iso_country_code":["US"]}"#),
    (
        "boa",
        "Bank of America",
        r#"{"popularity":80,"url":"https://www.bankofamerica.com:443/login?x=1","iso_country_code":["US"],"supports_account_verification":true}"#,
    ),
    (
        "bank_west",
        "Bank West",
        r#"{"popularity":70,"url":"bankwest.example","iso_country_code":["US","CA"],"supports_account_identification":true,"supports_account_verification":true}"#,
    ),
    (
        "cafe",
        "Crédit Café d’Épargne",
        r#"{"popularity":60,"url":"https://secure.cafe.example/a","iso_country_code":["CA"],"supports_transaction_history":true}"#,
    ),
    ("mt", "M&T Bank", r#"{"popularity":50}"#),
    ("teachers", "Teachers' Federal Credit-Union (N.Y.)", r#"{"popularity":40}"#),
    (
        "bank2",
        "BANK",
        r#"{"popularity":30,"supports_account_identification":true,"supports_account_verification":true,"supports_transaction_history":true,"iso_country_code":["MX"]}"#,
    ),
    ("hidden", "Bank Hidden", r#"{"popularity":99,"is_hidden":true,"url":"https://chase.com"}"#),
    ("retired", "Bank Retired", r#"{"popularity":98,"is_retired":true}"#),
    ("test", "Bank Test", r#"{"popularity":20,"is_test":true}"#),
    ("old bank!", "Other", r#"{"popularity":10}"#),
];

fn shelf(sandbox_mode: bool) -> Catalogue {
    let row = |(number, (code, name, document)): (u8, &(&str, &str, &str))| {
        row(number, code, name, &serde_json::from_str(document).unwrap())
    };
    Catalogue::build((1..).zip(SHELF).map(row).collect(), Vec::new(), sandbox_mode).unwrap()
}

/// The codes that a query finds in a catalogue, all on one page.
fn codes(catalogue: &Catalogue, query: &Query<'_>) -> Vec<String> {
    let found = catalogue.search(&Query { limit: u32::MAX, ..*query });
    assert_eq!(found.total, found.page.len() as u64);
    found.page.iter().map(|it| it.code.clone()).collect()
}

fn named(name: &str) -> Query<'_> {
    Query { name: Some(name), ..Query::default() }
}

const ALL: &[&str] = &["chase", "boa", "bank_west", "cafe", "mt", "teachers", "bank2", "old bank!"];

#[test]
fn words_of_the_query_begin_words_of_the_name() {
    let catalogue = shelf(false);
    for (name, expected) in [
        ("chase", &["chase"][..]),
        ("  CHASE ", &["chase"]),
        ("chas", &["chase"]),
        ("hase", &[]),
        ("chased", &[]),
        ("am ba", &["boa"]),
        ("bank of", &["boa"]),
        ("bank bank of of", &["boa"]),
        ("bank america chase", &[]),
        // Accents are dropped on both sides, however they are written.
        ("credit cafe", &["cafe"]),
        ("CRÉDIT", &["cafe", "teachers"]),
        ("cre\u{301}dit", &["cafe", "teachers"]),
        ("ćàf", &["cafe"]),
        // Apostrophes are dropped, other punctuation parts words.
        ("depargne", &["cafe"]),
        ("d'epar", &["cafe"]),
        ("d\u{2019}épargne", &["cafe"]),
        ("epargne", &[]),
        ("m&t", &["mt"]),
        ("M & T bank", &["mt"]),
        ("mt bank", &[]),
        ("teachers", &["teachers"]),
        ("teacher's fed", &["teachers"]),
        ("credit union", &["teachers"]),
        ("creditunion", &[]),
        ("n y", &["teachers"]),
        ("ny", &[]),
        // Nothing to compare: every institution.
        ("", ALL),
        (" -!", ALL),
    ] {
        assert_eq!(codes(&catalogue, &named(name)), expected, "{name:?}");
    }
}

#[test]
fn the_query_as_sent_may_be_the_code() {
    let catalogue = shelf(true);
    for (name, expected) in [
        ("boa", &["boa"][..]),
        ("BOA", &[]),
        ("boa ", &[]),
        ("old bank!", &["old bank!"]),
        ("old bank", &[]),
        ("hidden", &[]),
    ] {
        assert_eq!(codes(&catalogue, &named(name)), expected, "{name:?}");
    }
}

#[test]
fn a_url_is_compared_by_its_host() {
    let catalogue = shelf(false);
    let long = "a.".repeat(200) + "chase.com";
    for (url, expected) in [
        ("chase.com", &["chase"][..]),
        ("www.chase.com", &["chase"]),
        ("HTTPS://WWW.Chase.COM/", &["chase"]),
        ("http://chase.com:8443/a/b?c=d#e", &["chase"]),
        ("//chase.com/x", &["chase"]),
        ("https://user:pw@chase.com/", &["chase"]),
        ("chase.com.", &["chase"]),
        ("https://secure.chase.com/login", &["chase"]),
        ("a.b.chase.com?u=http://bankwest.example", &["chase"]),
        ("notchase.com", &[]),
        ("chase.com.evil.example", &[]),
        ("com", &[]),
        ("https://", &[]),
        ("[::1]:80", &[]),
        (&long, &[]),
        ("https://bankofamerica.com/", &["boa"]),
        ("www.bankwest.example", &["bank_west"]),
        // The institution is at a sub-domain of the query, not the other way round.
        ("cafe.example", &[]),
        ("https://x.secure.cafe.example", &["cafe"]),
        // Absent.
        ("", ALL),
    ] {
        assert_eq!(codes(&catalogue, &Query { url: Some(url), ..Query::default() }), expected, "{url}");
    }
}

#[test]
fn name_and_url_must_both_hold() {
    let catalogue = shelf(false);
    for (name, url, expected) in [
        ("bank", "bankofamerica.com", &["boa"][..]),
        ("chase", "bankofamerica.com", &[]),
        ("boa", "https://bankofamerica.com", &["boa"]),
        ("boa", "https://chase.com", &[]),
        ("", "https://chase.com", &["chase"]),
        ("chase", "", &["chase"]),
    ] {
        let query = Query { name: Some(name), url: Some(url), ..Query::default() };
        assert_eq!(codes(&catalogue, &query), expected, "{name} {url}");
    }
}

#[test]
fn filters_narrow_the_search() {
    let catalogue = shelf(false);
    let countries = |codes: &[&str]| codes.iter().map(|it| it.parse().unwrap()).collect::<Vec<CountryCode>>();
    for (asked, expected) in [
        (&["US"][..], &["chase", "boa", "bank_west"][..]),
        (&["CA"], &["bank_west", "cafe"]),
        (&["ca", "MX"], &["bank_west", "cafe", "bank2"]),
        (&["FR"], &[]),
        (&["FR", "MX"], &["bank2"]),
        (&[], ALL),
    ] {
        let query = Query { countries: &countries(asked), ..named("") };
        assert_eq!(codes(&catalogue, &query), expected, "{asked:?}");
    }
    for (identification, verification, history, expected) in [
        (false, false, false, ALL),
        (true, false, false, &["bank_west", "bank2"]),
        (false, true, false, &["boa", "bank_west", "bank2"]),
        (false, false, true, &["cafe", "bank2"]),
        (true, true, true, &["bank2"]),
    ] {
        let query = Query {
            supports_account_identification: identification,
            supports_account_verification: verification,
            supports_transaction_history: history,
            ..named("")
        };
        assert_eq!(codes(&catalogue, &query), expected, "{identification} {verification} {history}");
    }
    let query =
        Query { countries: &countries(&["CA"]), supports_account_verification: true, ..named("bank") };
    assert_eq!(codes(&catalogue, &query), ["bank_west"]);
}

#[test]
fn hidden_retired_disabled_and_test_institutions_are_left_out_but_can_be_read() {
    let (live, sandbox) = (shelf(false), shelf(true));
    for name in ["", "bank"] {
        assert!(
            !codes(&live, &named(name)).iter().any(|it| ["hidden", "retired", "test"].contains(&it.as_str()))
        );
        let found = codes(&sandbox, &named(name));
        assert!(found.contains(&"test".to_owned()) && !found.contains(&"hidden".to_owned()), "{found:?}");
    }
    for code in ["hidden", "retired", "test"] {
        assert!(live.find(code).is_some());
        assert_eq!(codes(&live, &named(code)), [""; 0], "by code");
    }
    assert_eq!(codes(&live, &Query { url: Some("chase.com"), ..named("") }), ["chase"]);

    let disabled = ["boa", "mt", "gone"].map(str::to_owned);
    let found = codes(&live, &Query { disabled: &disabled, ..named("") });
    assert_eq!(found, ["chase", "bank_west", "cafe", "teachers", "bank2", "old bank!"]);
    assert_eq!(codes(&live, &Query { disabled: &disabled, ..named("boa") }), [""; 0]);
}

#[test]
fn exact_names_come_first_then_beginnings_then_the_rest() {
    let catalogue = shelf(true);
    assert_eq!(codes(&catalogue, &named("bank")), ["bank2", "boa", "bank_west", "test", "mt"]);
    assert_eq!(codes(&catalogue, &named("Bank!")), ["bank2", "boa", "bank_west", "test", "mt"]);
    assert_eq!(codes(&catalogue, &named("ba")), ["boa", "bank_west", "bank2", "test", "mt"]);
    assert_eq!(codes(&catalogue, &named("c")), ["chase", "cafe", "teachers"]);
}

#[test]
fn equal_popularity_is_ordered_by_name_then_guid() {
    let rows = vec![
        row(9, "c", "Beta", &json!({"popularity": 1})),
        row(3, "b", "Beta", &json!({"popularity": 1})),
        row(8, "a", "Alpha", &json!({"popularity": 1})),
        row(1, "z", "Gamma", &json!({"popularity": 2})),
    ];
    let catalogue = Catalogue::build(rows, Vec::new(), false).unwrap();
    assert_eq!(codes(&catalogue, &named("")), ["z", "a", "b", "c"]);
    assert_eq!(codes(&catalogue, &named("beta")), ["b", "c"]);
}

#[test]
fn a_page_is_cut_from_the_whole_order() {
    let (rows, credentials) = synthetic_rows(500, 1);
    let catalogue = Catalogue::build(rows, credentials, false).unwrap();
    for name in ["", "bank", "first", "savings bank"] {
        let whole = codes(&catalogue, &named(name));
        for (offset, limit) in
            [(0, 10), (10, 10), (3, 25), (40, 7), (0, 0), (490, 100), (5000, 10), (u64::MAX, 10)]
        {
            let found = catalogue.search(&Query { offset, limit, ..named(name) });
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(whole.len());
            let end = start.saturating_add(limit as usize).min(whole.len());
            let page: Vec<&str> = found.page.iter().map(|it| it.code.as_str()).collect();
            assert_eq!(page, &whole[start..end], "{name} {offset} {limit}");
            assert_eq!(found.total, whole.len() as u64);
        }
    }
}

/// The index against the rules read plainly, over twenty thousand institutions.
#[test]
fn the_index_finds_what_a_plain_scan_finds() {
    let (rows, credentials) = synthetic_rows(20_000, 42);
    let catalogue = Catalogue::build(rows, credentials, false).unwrap();
    let names: Vec<String> = catalogue.institutions().iter().map(|it| words::folded(&it.name)).collect();
    let scan = |query: &str| -> Vec<String> {
        let query = words::folded(query);
        let fits =
            |name: &str| query.split_whitespace().all(|word| name.split(' ').any(|it| it.starts_with(word)));
        let mut fit: Vec<(u8, usize, &str)> = Vec::new();
        for (rank, (it, name)) in catalogue.institutions().iter().zip(&names).enumerate() {
            if !it.is_hidden && fits(name) {
                let class = if *name == query { 0 } else { 1 + u8::from(!name.starts_with(&query)) };
                fit.push((class, rank, &it.code));
            }
        }
        fit.sort_unstable();
        fit.into_iter().map(|it| it.2.to_owned()).collect()
    };
    for query in
        ["", "b", "first", "first n", "quebec bank", "federal credit union", "st mary", "members 1st", "zz"]
    {
        assert_eq!(codes(&catalogue, &named(query)), scan(query), "{query}");
    }
}
