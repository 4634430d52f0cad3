use super::*;
use crate::{
    category,
    decimal::{Money, Rate},
    enums::{TransactionStatus, TransactionType},
    feed::FeedTransaction,
    guid::{CategoryGuid, Guid},
    table::tests::{assert_keys, assert_table},
    time::{Date, Timestamp},
    value::{Source, Sourced},
};
use proptest::{option, prelude::*};
use serde_json::{Value as Json, json};

fn no_own(_: CategoryGuid) -> Option<i64> {
    None
}

const DEFAULTS: Defaults<'static> =
    Defaults { currency_code: Some("USD"), is_business: false, own_category: &no_own };

fn guid<K: crate::guid::Kind>(text: &str) -> Guid<K> {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn new() -> New {
    New {
        user_id: 7,
        guid: guid("TRN-24af807c-66b5-416c-a84e-d18f1003809e"),
        account_no: 3,
        feed_key: feed_key("t-1"),
        now: at("2022-06-14T21:17:10Z"),
    }
}

fn context() -> Context {
    Context {
        user_guid: guid("USR-11141024-90b3-1bce-cac9-c06ced52ab4c"),
        member_guid: guid("MBR-7c6f361b-e582-15b6-60c0-358f12466b4b"),
        account_guid: guid("ACT-8e6f92c8-1491-42ce-8bf6-c309e9531530"),
        member_is_managed_by_user: true,
    }
}

/// The documented transaction, as its feed told it.
fn office_depot() -> FeedTransaction {
    FeedTransaction {
        feed_id: Some("t-1".to_owned()),
        replaces: None,
        amount: Money::from_units(3388),
        transaction_type: TransactionType::Debit,
        status: TransactionStatus::Posted,
        description: "OFFICE DEPOT #1234".to_owned(),
        memo: None,
        currency_code: Some("USD".to_owned()),
        posted_at: Some(at("2022-06-15T12:00:00Z")),
        transacted_at: Some(at("2022-06-14T12:00:00.250Z")),
        check_number: None,
        latitude: None,
        longitude: None,
        is_international: None,
        merchant_category_code: Some(5943),
        category: None,
        extended_transaction_type: String::new(),
    }
}

fn record(feed: &FeedTransaction) -> Record {
    Record::from_feed(feed, &new(), &DEFAULTS)
}

fn rendered(record: &Record) -> Json {
    let (columns, data) = record.encode();
    let names = category::by_no(record.category_no()).unwrap().names();
    let mut out = b"x".to_vec();
    render(&mut out, &columns, &data, &context(), &names).unwrap();
    assert_eq!(out[0], b'x');
    serde_json::from_slice(&out[1..]).unwrap()
}

fn assert_shows(json: &Json, expected: &Json) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&json[key], value, "{key}");
    }
}

#[test]
fn the_field_table_keeps_its_rules() {
    assert_table(FIELDS, &Field::ALL.iter().map(|field| field.tag()).collect::<Vec<_>>());
    assert_eq!(keys().len(), 97);
    assert_eq!(Field::from_body_key("type"), Some(Field::TransactionType));
    assert_eq!(Field::from_body_key("transacted_on"), Some(Field::Date));
    assert_eq!(Field::from_body_key("user_description"), Some(Field::Description));
    assert_eq!(Field::from_body_key("merchant_guid"), None);
}

#[test]
fn the_documented_transaction_is_rendered_as_documented() {
    let mut transaction = record(&office_depot());
    transaction.description.set(Some("Office Depot".to_owned()), Source::System);
    transaction.category.set(Some(category::by_name("Office Supplies").unwrap().no), Source::System);
    transaction.flags.set(Flag::IsExpense, true);
    transaction.metadata = Some("Additional information".to_owned());
    let json = rendered(&transaction);
    assert_keys("transaction", keys(), &json);
    assert_shows(
        &json,
        &json!({
            "account_guid": "ACT-8e6f92c8-1491-42ce-8bf6-c309e9531530", "amount": 33.88, "amount_set_by": 1,
            "amount_set_by_name": "FEED", "category_name": "Office Supplies", "category_set_by": 3,
            "category_set_by_name": "SYSTEM", "check_number": null, "check_number_set_by": null,
            "created_at": "2022-06-14T21:17:10+00:00", "currency_code": "USD", "date": "2022-06-14", "date_set_by": 1,
            "description": "Office Depot", "description_set_by": 3, "extended_transaction_type": "",
            "external_guid": "t-1", "feed_amount": 33.88, "feed_description": "OFFICE DEPOT #1234", "feed_memo": null,
            "feed_posted_at": "2022-06-15T12:00:00+00:00", "feed_posted_on": "2022-06-15",
        }),
    );
    assert_shows(
        &json,
        &json!({
            "feed_status": 1,
            "feed_transacted_at": "2022-06-14T12:00:00+00:00", "feed_transaction_type_name": "DEBIT",
            "guid": "TRN-24af807c-66b5-416c-a84e-d18f1003809e", "is_expense": true, "is_income": false,
            "is_international": null, "is_international_set_by_name": null, "is_recurring": null, "latitude": null,
            "member_is_managed_by_user": true, "memo": null, "memo_set_by": null, "merchant_category_code": 5943,
            "metadata": "Additional information", "parent_guid": null, "posted_on": "2022-06-15", "status": 1,
            "status_name": "POSTED", "status_set_by_name": "FEED", "top_level_category_name": "Business Services",
            "top_level_category_guid": "CAT-94b11142-e97b-941a-f67f-6e18d246a23f", "transacted_on": "2022-06-14",
            "transaction_type": 2, "transaction_type_name": "DEBIT", "updated_at": "2022-06-14T21:17:10+00:00",
            "user_guid": "USR-11141024-90b3-1bce-cac9-c06ced52ab4c",
        }),
    );
}

#[test]
fn every_other_key_shows_its_value() {
    let mut feed = office_depot();
    feed.check_number = Some("0042".to_owned());
    feed.latitude = Some(Rate::from_units(-43_480_000));
    feed.longitude = Some(Rate::from_units(180_000_000));
    feed.is_international = Some(true);
    feed.memo = Some("line\n\"two\" \u{1} 漢".to_owned());
    feed.status = TransactionStatus::Pending;
    feed.currency_code = None;
    feed.category = Some("GAS".to_owned());
    let mut transaction = record(&feed);
    transaction.merchant = Some(Guid::from_bytes([1; 16]));
    transaction.merchant_location = Some(Guid::from_bytes([2; 16]));
    transaction.parent = Some(Guid::from_bytes([3; 16]));
    transaction.scheduled_payment = Some(Guid::from_bytes([4; 16]));
    transaction.rule = Some(Guid::from_bytes([5; 16]));
    transaction.localized_memo = Some("m".to_owned());
    set_recurring(&mut transaction.flags, Some(false));
    transaction.category.set(Some(1), Source::Rule);
    let json = rendered(&transaction);
    assert_keys("transaction", keys(), &json);
    assert_shows(
        &json,
        &json!({
            "check_number": 42, "check_number_set_by": 1, "check_number_string": "0042", "feed_check_number": 42,
            "latitude": -43.48, "longitude": 180, "feed_longitude": 180, "is_international": true,
            "memo": "line\n\"two\" \u{1} 漢", "feed_memo": "line\n\"two\" \u{1} 漢", "memo_set_by": 1,
            "status": 2, "status_name": "PENDING", "feed_status": 2, "currency_code": "USD", "currency_code_set_by": 3,
            "feed_currency_code": null, "merchant_guid": "MCH-01010101-0101-0101-0101-010101010101",
            "merchant_location_guid": "MCL-02020202-0202-0202-0202-020202020202",
            "parent_guid": "TRN-03030303-0303-0303-0303-030303030303",
            "scheduled_payment_guid": "SCP-04040404-0404-0404-0404-040404040404",
            "localized_memo": "m", "is_recurring": false, "category_set_by": 2, "category_set_by_name": "USER",
            "category_name": "Auto & Transport", "top_level_category_name": "Auto & Transport",
        }),
    );
    for (text, number) in
        [("12A", Json::Null), ("", Json::Null), ("2147483647", json!(i32::MAX)), ("2147483648", Json::Null)]
    {
        feed.check_number = Some(text.to_owned());
        let json = rendered(&record(&feed));
        assert_shows(&json, &json!({ "check_number": number, "check_number_string": text }));
    }
}

#[test]
fn a_manual_transaction_has_no_feed_faces() {
    let date: Date = "2024-02-29".parse().unwrap();
    let mut manual =
        Record::manual(&new(), Money::from_units(500), TransactionType::Credit, date, "Found it", &DEFAULTS);
    let json = rendered(&manual);
    for (key, value) in json.as_object().unwrap() {
        assert!(!key.starts_with("feed_") || value.is_null(), "{key}");
    }
    assert_shows(
        &json,
        &json!({
            "amount": 5, "amount_set_by": 2, "status": 1, "status_set_by": 3, "date": "2024-02-29", "date_set_by": 2,
            "posted_on": "2024-02-29", "transacted_at": "2024-02-29T12:00:00+00:00", "currency_code_set_by": 3,
            "category_name": "Uncategorized", "category_set_by": 3, "external_guid": null,
        }),
    );
    assert!(manual.edit_date(Some(date.plus_days(1))) && !manual.edit_date(Some(date.plus_days(1))));
    assert_shows(
        &rendered(&manual),
        &json!({ "date": "2024-03-01", "posted_on": "2024-03-01", "transacted_on": "2024-03-01" }),
    );
    assert!(manual.edit_date(None));
    assert_shows(
        &rendered(&manual),
        &json!({ "date": "2022-06-14", "date_set_by": 3, "posted_on": "2022-06-14" }),
    );
}

#[test]
fn posted_never_goes_back_to_pending() {
    let mut transaction = record(&office_depot());
    let pending = FeedTransaction { status: TransactionStatus::Pending, ..office_depot() };
    assert!(transaction.merge_feed(&pending, &DEFAULTS).changed);
    assert_shows(&rendered(&transaction), &json!({ "status": 1, "status_set_by": 1, "feed_status": 2 }));
    assert!(!transaction.merge_feed(&pending, &DEFAULTS).changed);
    let mut transaction = record(&pending);
    assert!(transaction.merge_feed(&office_depot(), &DEFAULTS).changed);
    assert_eq!(transaction.status, Sourced::from_feed(Some(TransactionStatus::Posted)));
}

#[test]
fn a_new_text_starts_cleansing_and_rules_anew() {
    let mut transaction = record(&office_depot());
    transaction.description.set(Some("Depot".to_owned()), Source::Rule);
    transaction.category.set(Some(4), Source::Rule);
    transaction.rule = Some(Guid::from_bytes([5; 16]));
    let ruled = transaction.clone();
    assert_eq!(transaction.merge_feed(&office_depot(), &DEFAULTS), Merged::default());
    assert_eq!(transaction, ruled);
    let renamed = FeedTransaction { description: "OFFICE MAX".to_owned(), ..office_depot() };
    assert_eq!(transaction.merge_feed(&renamed, &DEFAULTS), Merged { changed: true, text_changed: true });
    assert_eq!(transaction.description, Sourced::from_feed(Some("OFFICE MAX".to_owned())));
    assert_eq!(
        (transaction.category_no(), transaction.category.source),
        (category::UNCATEGORIZED, Source::System)
    );
    assert_eq!(transaction.rule, None);
    transaction.description.edit(Some("Mine".to_owned()));
    assert!(transaction.merge_feed(&office_depot(), &DEFAULTS).changed);
    assert_eq!(transaction.description(), "Mine");
}

#[test]
fn the_feeds_category_counts_where_it_is_valid() {
    let with = |text: &str| FeedTransaction { category: Some(text.to_owned()), ..office_depot() };
    let mut transaction = record(&with("GAS"));
    assert_eq!(transaction.category, Sourced::from_feed(Some(4)));
    assert!(transaction.merge_feed(&with("NO_SUCH"), &DEFAULTS).changed);
    assert_eq!(transaction.category, Sourced::own(category::UNCATEGORIZED, Source::System));
    transaction.category.edit(Some(9));
    assert!(transaction.merge_feed(&with("PARKING"), &DEFAULTS).changed);
    assert_eq!(transaction.category_no(), 9);
    assert!(transaction.clear_category());
    assert_eq!(transaction.category, Sourced::from_feed(Some(5)));
}

#[test]
fn identities_are_of_what_the_contract_says() {
    let feed = office_depot();
    let same = FeedTransaction {
        feed_id: None,
        description: " office  depot #1234".to_owned(),
        posted_at: None,
        transacted_at: Some(at("2022-06-14T23:00:00Z")),
        memo: Some("x".to_owned()),
        ..feed.clone()
    };
    assert_eq!(fingerprint(&feed), fingerprint(&same));
    assert_eq!(fingerprint(&feed), record(&feed).fingerprint());
    assert_ne!(fingerprint(&feed), fingerprint(&FeedTransaction { transacted_at: None, ..feed.clone() }));
    assert_ne!(fingerprint_key(1, 0), fingerprint_key(1, 1));
    assert_eq!(description_key("Office Depot"), description_key("OFFICE  depot "));
    assert_eq!(record(&feed).encode().0.description_key, description_key("office depot #1234"));
}

#[test]
fn stored_hashes_never_change() {
    let feed = office_depot();
    let hashes = [feed_digest(&feed), feed_key("t-1"), fingerprint(&feed), description_key("Office Depot")];
    assert_eq!(
        hashes,
        [
            -2_117_586_725_496_441_543,
            -3_835_010_219_695_388_235,
            4_778_006_338_014_860_600,
            -4_661_651_986_400_771_551
        ]
    );
}

#[test]
fn a_plain_row_is_small() {
    let (_, data) = record(&office_depot()).encode();
    assert!(data.len() <= 60, "{}", data.len());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z]{1,3}", any::<String>()]
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0i64..4_000_000_000_000_000).prop_map(Timestamp::from_micros)
}

prop_compose! {
    fn feeds()(
        ids in (option::of("[a-c]"), option::of(text())),
        amount in 0i64..10_000_000_000,
        kinds in (prop::sample::select(TransactionType::ALL), prop::sample::select(TransactionStatus::ALL)),
        texts in (text(), option::of(text()), option::of("[A-Z]{3}"), option::of("[0-9]{1,12}|[a-z]"), option::of("GAS|Parking|NO"), "|ATM"),
        times in (option::of(time()), option::of(time())),
        place in (option::of(-90_000_000i64..90_000_000), option::of(-180_000_000i64..180_000_000)),
        is_international: Option<bool>,
        merchant_category_code: Option<u16>,
    ) -> FeedTransaction {
        FeedTransaction {
            feed_id: ids.0, replaces: ids.1, amount: Money::from_units(amount), transaction_type: kinds.0, status: kinds.1,
            description: texts.0, memo: texts.1, currency_code: texts.2, check_number: texts.3, category: texts.4,
            extended_transaction_type: texts.5, posted_at: times.0, transacted_at: times.1,
            latitude: place.0.map(Rate::from_units), longitude: place.1.map(Rate::from_units), is_international, merchant_category_code,
        }
    }
}

proptest! {
    #[test]
    fn stored_and_read_back(first in feeds(), second in feeds(), flags in 0i64..1 << 16, own in text(), no in 1i64..=118) {
        let mut transaction = record(&first);
        transaction.merge_feed(&second, &DEFAULTS);
        transaction.flags.0 = flags;
        transaction.memo.edit(Some(own.clone()));
        transaction.category.set(Some(no), Source::Rule);
        transaction.metadata = Some(own);
        let (columns, data) = transaction.encode();
        prop_assert_eq!(Record::decode(&columns, &data), Ok(transaction.clone()));
        let json = rendered(&transaction);
        prop_assert_eq!(json["description"].as_str(), Some(transaction.description()));
        prop_assert_eq!(json["metadata"].as_str(), transaction.metadata.as_deref());
        prop_assert_eq!(json["feed_description"].as_str(), Some(second.description.as_str()));
        prop_assert_eq!(&json["feed_memo"], &json!(second.memo));
        let again: FeedTransaction = second;
        prop_assert!(!transaction.merge_feed(&again, &DEFAULTS).changed);
    }

    #[test]
    fn faces_follow_the_feed_and_the_users_values_stay(first in feeds(), second in feeds()) {
        let mut transaction = record(&first);
        transaction.memo.edit(Some("mine".to_owned()));
        transaction.category.edit(Some(9));
        transaction.edit_date(Some(Date::from_days(1)));
        transaction.description.edit(Some("words".to_owned()));
        transaction.merge_feed(&second, &DEFAULTS);
        prop_assert_eq!(transaction.memo.value.as_deref(), Some("mine"));
        prop_assert_eq!((transaction.category_no(), transaction.date(), transaction.description()), (9, Date::from_days(1), "words"));
        prop_assert_eq!(&transaction.memo.feed, &second.memo);
        prop_assert_eq!(transaction.description.feed.as_ref(), Some(&second.description));
        prop_assert_eq!(transaction.amount, Sourced::from_feed(Some(second.amount)));
        prop_assert_eq!(transaction.status.feed, Some(second.status));
        prop_assert!(!transaction.merge_feed(&second, &DEFAULTS).changed);
    }

    #[test]
    fn equal_digests_are_equal_transactions(first in feeds(), second in feeds()) {
        let mut transaction = record(&first);
        let before = transaction.clone();
        let merged = transaction.merge_feed(&second, &DEFAULTS);
        if feed_digest(&first) == feed_digest(&second) {
            prop_assert!(!merged.changed && transaction == before);
        }
        prop_assert_eq!(feed_digest(&first), feed_digest(&first.clone()));
        let mut other = first.clone();
        other.memo = Some(other.memo.map_or_else(String::new, |memo| memo + " "));
        prop_assert_ne!(feed_digest(&first), feed_digest(&other));
    }

    #[test]
    fn foreign_bytes_never_panic(mut data in prop::collection::vec(any::<u8>(), 0..80), versioned: bool) {
        if let (true, Some(first)) = (versioned, data.first_mut()) {
            *first = 1;
        }
        let (columns, _) = record(&office_depot()).encode();
        let mut out = Vec::new();
        let shown = render(&mut out, &columns, &data, &context(), &category::by_no(1).unwrap().names());
        prop_assert_eq!(shown.is_ok(), Record::decode(&columns, &data).is_ok());
        if shown.is_ok() {
            prop_assert!(serde_json::from_slice::<Json>(&out).is_ok());
        } else {
            prop_assert!(out.is_empty());
        }
    }
}

#[test]
fn unknown_tags_are_skipped() {
    let transaction = record(&office_depot());
    let (columns, mut data) = transaction.encode();
    data.extend_from_slice(&[60, 2, 1, 2, 60 + 64, 1, 9, 60 + 128, 0, 222, 3, 1, 2, 3, 0, 0]);
    assert_eq!(Record::decode(&columns, &data), Ok(transaction));
    data.push(1);
    assert_eq!(Record::decode(&columns, &data), Err(crate::blob::Corrupt));
}
