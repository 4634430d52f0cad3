use super::*;
use crate::{
    decimal::{Money, Rate},
    enums::AccountSubtype,
    feed::FeedAccount,
    guid::{Guid, MANUAL_INSTITUTION},
    secret::SecretText,
    table::tests::{assert_keys, assert_table},
    time::Timestamp,
    value::{Source, Sourced, Value},
};
use proptest::{option, prelude::*};
use serde_json::{Value as Json, json};

fn guid<K: crate::guid::Kind>(text: &str) -> Guid<K> {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn money(units: i64) -> Value {
    Value::Money(Money::from_units(units))
}

fn new() -> New {
    New {
        user_id: 7,
        account_no: 3,
        guid: guid("ACT-8e6f92c8-1491-42ce-8bf6-c309e9531530"),
        member_no: 5,
        now: at("2020-09-21T19:43:44Z"),
    }
}

/// The documented account, as its feed told it.
fn checking() -> FeedAccount {
    FeedAccount {
        feed_id: Some("23445745".to_owned()),
        account_type: AccountType::Checking,
        account_subtype: None,
        name: "Test account 2".to_owned(),
        account_number: Some(SecretText::new("10000685")),
        routing_number: Some("731775673".to_owned()),
        account_holder_name: Some("John Doe".to_owned()),
        values: vec![
            (Field::Balance, money(50_000_000)),
            (Field::InterestRate, Value::Rate(Rate::from_units(2_350_000))),
            (Field::StatementBalance, money(100_050)),
            (Field::DayPaymentIsDue, Value::Integer(12)),
            (Field::IsClosed, Value::Bool(false)),
            (Field::PaymentDueAt, Value::Time(at("2020-10-12T12:00:00.5Z"))),
            (Field::StartedOn, Value::Date("2015-10-13".parse().unwrap())),
            (Field::FederalInsuranceStatus, Value::Integer(1)),
            (Field::PendingBalance, money(-5)),
        ],
    }
}

fn with(values: Vec<(Field, Value)>) -> FeedAccount {
    FeedAccount { values, ..checking() }
}

fn rendered_to(record: &Record, whole: Option<&SecretText>) -> Json {
    let (columns, data) = record.encode();
    let context = Context {
        user_guid: guid("USR-11141024-90b3-1bce-cac9-c06ced52ab4c"),
        member_guid: guid("MBR-7c6f361b-e582-15b6-60c0-358f12466b4b"),
        member_is_managed_by_user: true,
        institution_guid: MANUAL_INSTITUTION,
        institution_code: "mx\"bank",
        whole_account_number: whole,
    };
    let mut out = Vec::new();
    render(&mut out, &columns, &data, &context).unwrap();
    let json = serde_json::from_slice(&out).unwrap();
    assert_keys("account", keys(), &json);
    json
}

fn rendered(record: &Record) -> Json {
    rendered_to(record, None)
}

fn assert_shows(json: &Json, expected: &Json) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&json[key], value, "{key}");
    }
}

#[test]
fn the_field_table_keeps_its_rules() {
    assert_table(FIELDS, &Field::ALL.iter().map(|field| field.tag()).collect::<Vec<_>>());
    assert_eq!(keys().len(), 170);
    assert_eq!(Field::from_body_key("user_name"), Some(Field::Name));
    assert_eq!(Field::from_body_key("account_number"), None);
    let type_of = Field::AccountType.doc().enumeration.unwrap().code_of;
    assert_eq!((type_of("any"), type_of("Checking"), type_of("x")), (Some(0), Some(1), None));
}

#[test]
fn the_documented_account_is_rendered_as_documented() {
    let mut account = Record::from_feed(&checking(), &new());
    account.edit(Field::Nickname, Some(Value::Text("My Checking".to_owned())));
    account.edit(Field::Metadata, Some(Value::Text("Additional information".to_owned())));
    account.imported_at = Some(account.created_at);
    account.touch(at("2020-09-22T00:00:00Z"));
    let json = rendered(&account);
    assert_shows(
        &json,
        &json!({
            "account_holder_name": "John Doe", "account_number": "0685", "account_number_set_by": 1,
            "feed_account_number": "0685", "account_subtype": null, "account_subtype_set_by": null,
            "account_type": 1, "account_type_name": "CHECKING", "feed_account_type_name": "CHECKING",
            "apr": null, "available_credit": null, "balance": 500_000, "balance_set_by_name": "FEED",
            "created_at": "2020-09-21T19:43:44+00:00", "day_payment_is_due": 12, "external_guid": "23445745",
            "federal_insurance_status": "INSURED", "feed_interest_rate": 2.35, "feed_nickname": null,
        }),
    );
    assert_shows(
        &json,
        &json!({
            "institution_code": "mx\"bank", "institution_guid": "INS-MANUAL-0000-4000-8000-000000000000",
            "is_business": false, "is_personal": true, "is_closed": false, "is_closed_set_by": 1, "is_manual": false,
            "imported_at": "2020-09-21T19:43:44+00:00", "metadata": "Additional information", "name": "Test account 2",
            "nickname": "My Checking", "nickname_set_by": 2, "payment_due_at": "2020-10-12T12:00:00+00:00",
            "pending_balance": -0.05, "revision": 1, "routing_number": "731775673", "feed_routing_number": "731775673",
            "started_on": "2015-10-13", "statement_balance": 1000.5, "updated_at": "2020-09-22T00:00:00+00:00",
        }),
    );
    let (columns, data) = account.encode();
    assert_eq!(
        (columns.balance, columns.account_type),
        (Some(Money::from_units(50_000_000)), AccountType::Checking)
    );
    assert_eq!(columns.feed_key, feed_key("23445745"));
    assert!(!String::from_utf8_lossy(&data).contains("10000685"), "the whole number is stored in clear");
}

#[test]
fn a_client_may_show_the_whole_number() {
    let account = Record::from_feed(&checking(), &new());
    let json = rendered_to(&account, Some(&SecretText::new("10000685")));
    assert_shows(&json, &json!({ "account_number": "10000685", "feed_account_number": "10000685" }));
    for (number, shown) in [("12", "12"), ("", ""), ("ÄÖÜ漢字", "ÖÜ漢字")] {
        let feed = FeedAccount { account_number: Some(SecretText::new(number)), ..checking() };
        assert_shows(&rendered(&Record::from_feed(&feed, &new())), &json!({ "account_number": shown }));
    }
    let values = vec![(Field::AccountNumber, Value::Text("99995555".to_owned()))];
    let feed = FeedAccount { account_number: None, ..with(values) };
    assert_shows(&rendered(&Record::from_feed(&feed, &new())), &json!({ "account_number": "5555" }));
}

#[test]
fn a_manual_account_has_no_feed_faces() {
    let mut account = Record::manual(&new(), AccountType::Savings, "Piggy bank", "USD");
    account.edit(Field::AccountSubtype, Some(Value::Integer(1)));
    let json = rendered(&account);
    for (key, value) in json.as_object().unwrap() {
        assert!(!key.starts_with("feed_") || value.is_null(), "{key}");
    }
    assert_shows(
        &json,
        &json!({
            "is_manual": true, "balance": 0, "balance_set_by": 3, "currency_code": "USD", "currency_code_set_by": 3,
            "is_closed": false, "is_closed_set_by": 3, "name": "Piggy bank", "name_set_by": 2, "account_type": 2,
            "account_subtype": 1, "account_subtype_name": "MONEY_MARKET", "account_subtype_set_by": 2,
        }),
    );
}

#[test]
fn available_credit_is_what_is_left_of_the_limit_unless_the_feed_says() {
    let limit =
        |values: &[(Field, i64)]| with(values.iter().map(|(field, units)| (*field, money(*units))).collect());
    let mut account = Record::from_feed(&limit(&[(Field::Balance, 300), (Field::CreditLimit, 1000)]), &new());
    let json = rendered(&account);
    assert_shows(&json, &json!({ "available_credit": 7, "available_credit_set_by": 3 }));
    assert!(account.merge_feed(&limit(&[(Field::Balance, -50)])));
    assert_eq!(account.money(Field::AvailableCredit), Some(Money::from_units(1050)));
    assert!(account.merge_feed(&limit(&[(Field::AvailableCredit, 12)])));
    assert_shows(&rendered(&account), &json!({ "available_credit": 0.12, "available_credit_set_by": 1 }));
    assert!(
        account.set_holdings_value(Some(Money::from_units(5)))
            && !account.set_holdings_value(Some(Money::from_units(5)))
    );
    assert_shows(
        &rendered(&account),
        &json!({ "holdings_value": 0.05, "holdings_value_set_by": 3, "feed_holdings_value": null }),
    );
}

#[test]
fn the_users_edits() {
    let mut account =
        Record::from_feed(&FeedAccount { account_subtype: Some(AccountSubtype::Hsa), ..checking() }, &new());
    let before = account.clone();
    assert!(!account.edit(Field::Name, Some(Value::Bool(true))) && !account.edit(Field::Guid, None));
    assert!(!account.edit(Field::Revision, Some(Value::Integer(9))));
    assert_eq!(account, before);
    assert!(
        account.edit(Field::IsPersonal, Some(Value::Bool(false)))
            && !account.edit(Field::IsBusiness, Some(Value::Bool(true)))
    );
    assert!(account.edit(Field::IsExcludedFromTrends, Some(Value::Bool(true))));
    assert!(account.edit(Field::AccountType, Some(Value::Integer(2))));
    assert_shows(
        &rendered(&account),
        &json!({
            "is_business": true, "is_personal": false, "is_excluded_from_trends": true, "account_type_set_by": 2,
            "account_subtype": null, "account_subtype_set_by": null, "feed_account_subtype_name": "HSA",
        }),
    );
    assert!(account.edit(Field::AccountType, None) && account.edit(Field::AccountSubtype, None));
    assert_shows(&rendered(&account), &json!({ "account_type_set_by": 1, "account_subtype_name": "HSA" }));
    assert!(account.edit(Field::IsClosed, Some(Value::Bool(true))) && account.flags.has(Flag::IsClosed));
    assert!(account.edit(Field::IsClosed, None) && !account.flags.has(Flag::IsClosed));
}

#[test]
fn what_a_feed_does_not_mention_stays() {
    let mut account = Record::from_feed(&checking(), &new());
    assert!(!account.merge_feed(&checking()));
    assert!(!account.merge_feed(&with(Vec::new())));
    assert!(account.merge_feed(&with(vec![(Field::Balance, money(1))])));
    assert_eq!(account.integer(Field::DayPaymentIsDue), Some(12));
    assert!(!Record::from_feed(&with(Vec::new()), &new()).is_closed());
}

#[test]
fn names_are_compared_by_their_normal_form() {
    assert_eq!(
        name_key(AccountType::Checking, "My  CHECKING "),
        name_key(AccountType::Checking, "my checking")
    );
    assert_ne!(name_key(AccountType::Checking, "a"), name_key(AccountType::Savings, "a"));
    let mut account = Record::from_feed(&checking(), &new());
    account.edit(Field::Name, Some(Value::Text("mine".to_owned())));
    account.edit(Field::AccountType, Some(Value::Integer(2)));
    assert_eq!(account.encode().0.name_key, name_key(AccountType::Checking, "Test account 2"));
}

#[test]
fn subtypes_belong_to_types() {
    let belongs = |account_type, subtype| subtype_belongs(account_type, subtype);
    assert!(belongs(AccountType::Property, AccountSubtype::None));
    assert!(
        belongs(AccountType::Checking, AccountSubtype::Hsa)
            && !belongs(AccountType::Loan, AccountSubtype::Hsa)
    );
    assert!(
        belongs(AccountType::LineOfCredit, AccountSubtype::HomeEquity)
            && belongs(AccountType::Loan, AccountSubtype::HomeEquity)
    );
    assert!(belongs(AccountType::Insurance, AccountSubtype::VariableUniversalLife));
    assert!(!belongs(AccountType::Investment, AccountSubtype::Boat));
    let homeless = AccountSubtype::ALL.iter().filter(|s| !AccountType::ALL.iter().any(|t| belongs(*t, **s)));
    assert_eq!(homeless.count(), 0);
}

#[test]
fn stored_hashes_never_change() {
    let hashes =
        [feed_digest(&checking()), feed_key("23445745"), name_key(AccountType::Checking, "Test account 2")];
    assert_eq!(hashes, [-2_512_660_461_952_105_381, -4_786_366_230_769_214_676, -1_782_974_955_653_078_627]);
}

fn value(field: Field) -> BoxedStrategy<Value> {
    use crate::value::FieldKind as K;
    match field.kind() {
        K::Money => any::<i64>().prop_map(money).boxed(),
        K::Rate => any::<i64>().prop_map(|units| Value::Rate(Rate::from_units(units))).boxed(),
        K::Text | K::Guid(_) => any::<String>().prop_map(Value::Text).boxed(),
        K::Integer | K::Code => (0i64..3).prop_map(Value::Integer).boxed(),
        K::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        K::Time => any::<i64>().prop_map(|micros| Value::Time(Timestamp::from_micros(micros))).boxed(),
        K::Date => {
            (-719_162i32..=2_932_896).prop_map(|days| Value::Date(crate::time::Date::from_days(days))).boxed()
        }
    }
}

fn settings() -> impl Strategy<Value = Vec<(Field, Value)>> {
    let one = prop::sample::select(Field::ALL).prop_flat_map(|field| (Just(field), value(field)));
    prop::collection::vec(one, 0..12)
}

prop_compose! {
    fn feeds()(
        feed_id in option::of("[a-c]"),
        kinds in (prop::sample::select(AccountType::ALL), option::of(prop::sample::select(AccountSubtype::ALL))),
        name in any::<String>(),
        number in option::of("[0-9]{0,12}"),
        values in settings(),
    ) -> FeedAccount {
        FeedAccount {
            feed_id, account_type: kinds.0, account_subtype: kinds.1, name, account_number: number.map(SecretText::new),
            routing_number: None, account_holder_name: None, values,
        }
    }
}

proptest! {
    #[test]
    fn stored_and_read_back(first in feeds(), edits in settings(), second in feeds()) {
        let mut account = Record::from_feed(&first, &new());
        for (field, value) in edits {
            account.edit(field, Some(value));
        }
        account.merge_feed(&second);
        let (columns, data) = account.encode();
        prop_assert_eq!(Record::decode(&columns, &data), Ok(account.clone()));
        let json = rendered(&account);
        prop_assert_eq!(json["name"].as_str(), account.text(Field::Name));
        prop_assert_eq!(json["metadata"].as_str(), account.text(Field::Metadata));
    }

    #[test]
    fn faces_follow_the_feed_and_the_users_values_stay(first in feeds(), second in feeds(), mine in any::<String>()) {
        let mut account = Record::from_feed(&first, &new());
        account.edit(Field::Name, Some(Value::Text(mine.clone())));
        account.merge_feed(&second);
        prop_assert_eq!(
            account.sourced(Field::Name),
            Some(&Sourced { value: Some(Value::Text(mine)), source: Source::User, feed: Some(Value::Text(second.name.clone())) })
        );
        prop_assert_eq!(account.account_type(), second.account_type);
    }

    #[test]
    fn the_same_feed_twice_changes_nothing(feed in feeds()) {
        let mut account = Record::from_feed(&feed, &new());
        let before = account.clone();
        prop_assert!(!account.merge_feed(&feed));
        prop_assert_eq!(account, before);
    }

    #[test]
    fn digests_tell_feeds_apart(feed in feeds()) {
        prop_assert_eq!(feed_digest(&feed), feed_digest(&feed.clone()));
        let renamed = FeedAccount { name: format!("{} ", feed.name), ..feed.clone() };
        prop_assert_ne!(feed_digest(&feed), feed_digest(&renamed));
        let mut more = feed.clone();
        more.values.push((Field::Apr, Value::Rate(Rate::ZERO)));
        prop_assert_ne!(feed_digest(&feed), feed_digest(&more));
    }

    #[test]
    fn foreign_bytes_never_panic(mut data in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Some(first) = data.first_mut() {
            *first %= 2;
        }
        let (columns, _) = Record::from_feed(&checking(), &new()).encode();
        if let Ok(account) = Record::decode(&columns, &data) {
            let (columns, data) = account.encode();
            prop_assert_eq!(Record::decode(&columns, &data), Ok(account));
        }
    }
}
