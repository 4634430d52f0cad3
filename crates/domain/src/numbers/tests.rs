use super::*;
use proptest::prelude::*;

fn told(account: &str, routing: &str, countries: &[&str]) -> AccountNumbers {
    AccountNumbers::of_feed(&SecretText::new(account), routing, countries)
}

#[test]
fn the_check_digit_of_real_and_made_up_numbers() {
    for right in ["991234561", "011000015", "121000248", "021000021"] {
        assert!(has_check_digit(right), "{right}");
    }
    for wrong in ["991234562", "000000000", "99123456", "9912345610", "99123456x", "", "９９１２３４５６１"]
    {
        assert!(!has_check_digit(wrong), "{wrong}");
    }
}

#[test]
fn an_american_account_is_validated_by_check_digit_and_length() {
    for (account, routing, passed) in [
        ("1234", "991234561", true),
        ("12345678901234567", "991234561", true),
        ("123", "991234561", false),
        ("123456789012345678", "991234561", false),
        ("12-34", "991234561", false),
        ("1234", "991234560", false),
        ("1234", "99123456", false),
    ] {
        let numbers = told(account, routing, &["US"]);
        assert_eq!(numbers.passed_validation, Some(passed), "{account} {routing}");
        assert_eq!((numbers.institution_number, numbers.transit_number), (None, None));
        assert_eq!(numbers.routing_number, routing);
    }
}

#[test]
fn a_canadian_account_has_an_institution_and_a_transit_number() {
    let numbers = told("1234567", "089901234", &["CA"]);
    assert_eq!(numbers.institution_number.as_deref(), Some("899"));
    assert_eq!(numbers.transit_number.as_deref(), Some("01234"));
    assert_eq!(numbers.routing_number, "01234");
    assert_eq!(numbers.passed_validation, Some(true));
    assert_eq!(told("123", "089901234", &["CA"]).passed_validation, Some(false));
    assert_eq!(told("1234567", "01234", &["CA"]).passed_validation, Some(false));
}

#[test]
fn a_bank_of_both_countries_tells_both_kinds() {
    let both = ["US", "CA"];
    assert_eq!(told("1234", "991234561", &both).institution_number, None);
    assert_eq!(told("1234", "011000015", &both).institution_number, None, "a right check digit");
    assert_eq!(told("1234", "089901234", &both).institution_number.as_deref(), Some("899"));
}

#[test]
fn elsewhere_no_rule_is_known() {
    for countries in [&[] as &[&str], &["MX"], &["DE", "FR"]] {
        let numbers = told("DE02120300000000202051", "BYLADEM1001", countries);
        assert_eq!(numbers.passed_validation, None);
        assert_eq!(numbers.routing_number, "BYLADEM1001");
    }
}

proptest! {
    /// Nine digits have exactly one right check digit, and no wrong single digit passes.
    #[test]
    fn one_check_digit_is_right_and_a_wrong_digit_shows(first in 1u32..100_000_000, place in 0usize..9, by in 1u8..10) {
        let right: Vec<String> =
            (0..10).map(|last| format!("{first:08}{last}")).filter(|text| has_check_digit(text)).collect();
        prop_assert_eq!(right.len(), 1);
        let mut digits = right[0].clone().into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
        let changed = String::from_utf8(digits).unwrap();
        prop_assert!(!has_check_digit(&changed), "{}", changed);
    }

    /// The parts of a Canadian number are its digits, in their order.
    #[test]
    fn the_canadian_parts_make_the_whole(institution in 0u32..1000, transit in 0u32..100_000) {
        let routing = format!("0{institution:03}{transit:05}");
        let numbers = told("1234567", &routing, &["CA"]);
        let (institution, transit) = (numbers.institution_number.unwrap(), numbers.transit_number.unwrap());
        prop_assert_eq!((institution.len(), transit.len()), (3, 5));
        prop_assert_eq!(format!("0{institution}{transit}"), routing);
        prop_assert_eq!(numbers.routing_number, transit);
        prop_assert_eq!(numbers.passed_validation, Some(true));
    }

    /// No text, however odd, is split where it is not nine digits that begin with 0.
    #[test]
    fn other_texts_have_no_parts(text in ".{0,12}") {
        prop_assume!(!(is_routing_number(&text) && text.starts_with('0')));
        prop_assert_eq!(canadian(&text), None);
    }
}
