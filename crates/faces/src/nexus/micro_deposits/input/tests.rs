use super::*;

fn document(body: &str) -> Document {
    Document::parse(body.as_bytes()).unwrap()
}

fn cents(body: &str) -> Result<[i64; 2], u16> {
    amounts(&document(body)).map(|(amounts, _)| amounts.map(Money::units)).map_err(|error| error.code)
}

#[test]
fn amounts_are_numbers_or_numeric_strings() {
    let both =
        |one: &str, two: &str| cents(&format!(r#"{{"deposit_amount_1":{one},"deposit_amount_2":{two}}}"#));
    assert_eq!(both("0.09", "0.1"), Ok([9, 10]));
    assert_eq!(both(r#""0.01""#, r#"" 0.990 ""#), Ok([1, 99]));
    for wrong in ["0", "0.00", "1", "-0.05", "0.005", "0.095", "1e3", r#""x""#, "true", "null", r#""""#, "[]"]
    {
        assert_eq!(both(wrong, "0.09"), Err(4002), "{wrong}");
        assert_eq!(both("0.09", wrong), Err(4002), "{wrong}");
    }
}

#[test]
fn amounts_may_stand_under_the_root() {
    let rooted = r#"{"micro_deposit":{"deposit_amount_1":0.01,"deposit_amount_2":0.02}}"#;
    assert_eq!(cents(rooted), Ok([1, 2]));
    assert_eq!(cents(r#"{"deposit_amount_1":0.01}"#), Err(4002));
    assert_eq!(cents(r#"{"account_number":"1234"}"#), Err(4002));
    for none in ["", "{}", "null"] {
        assert_eq!(cents(none), Err(4001), "{none}");
    }
}

fn typed(account_type: &str) -> Result<AccountType, u16> {
    let body = format!(
        r#"{{"account_number":" 1234 ","routing_number":"991234561","account_type":{account_type}}}"#
    );
    document(&body).read("micro_deposit", COMPLETE, complete).map(|(a, _)| a.account_type).map_err(|e| e.code)
}

#[test]
fn the_type_is_checking_or_savings() {
    for checking in ["1", r#""1""#, r#""CHECKING""#, r#""checking""#] {
        assert_eq!(typed(checking), Ok(AccountType::Checking), "{checking}");
    }
    assert_eq!(typed("2"), Ok(AccountType::Savings));
    for other in ["0", "3", "4", "-1", "99", r#""LOAN""#, r#""x""#] {
        assert_eq!(typed(other), Err(4222), "{other}");
    }
    for missing in ["null", r#""""#, "[]", "{}", "true"] {
        assert_eq!(typed(missing), Err(4002), "{missing}");
    }
}
