//! The statements of real institutions.
use super::*;

fn number(statement: &Statement) -> Option<&str> {
    statement.batch.account.account_number.as_ref().map(domain::secret::SecretText::expose)
}

fn window(statement: &Statement) -> String {
    format!("{:?}", statement.batch.window)
}

#[test]
fn bank_medium() {
    let file = file("bank_medium").unwrap();
    assert_eq!(file.institution.intu_bid.as_deref(), Some("00024"));
    assert_eq!(file.institution.key().as_deref(), Some("bid:00024"));
    let [statement] = &file.accounts[..] else { panic!("{file:?}") };
    let account = &statement.batch.account;
    assert_eq!((account.account_type, account.name.as_str()), (AccountType::Checking, "Checking 5678"));
    assert_eq!(number(statement), Some("12300 000012345678"));
    assert_eq!(account.routing_number.as_deref(), Some("160000100"));
    assert_eq!(value(statement, Field::Balance).as_deref(), Some("382.34"));
    assert_eq!(value(statement, Field::AvailableBalance).as_deref(), Some("682.34"));
    assert_eq!(value(statement, Field::CurrencyCode).as_deref(), Some("CAD"));
    let as_of = Timestamp::parse_rfc3339("2009-05-23T12:20:17Z").unwrap();
    assert_eq!(statement.ledger_balance, Some((money("382.34"), as_of)));
    assert_eq!(window(statement), "Some((2009-04-01, 2009-05-23))");
    insta::assert_debug_snapshot!(lines(statement), @r#"
    [
        "DEBIT 6.6 POS 2009-04-01T17:20:17.000Z Some(\"0000123456782009040100001\") \"MCDONALD'S #112\" Some(\"POS MERCHANDISE;MCDONALD'S #112\") None None",
        "DEBIT 316.67 CHECK 2009-04-02T17:20:17.000Z Some(\"0000123456782009040200004\") \"Joe's Bald Hairstyles\" Some(\"MISCELLANEOUS PAYMENTS;Joe's Bald Hairstyles\") None None",
        "DEBIT 22 POS 2009-04-03T17:20:17.000Z Some(\"0000123456782009040300005\") \"CONNIE'S HAIR D\" Some(\"POS MERCHANDISE;CONNIE'S HAIR D\") None None",
    ]
    "#);
}

#[test]
fn bank_small_holds_nothing() {
    assert_eq!(file("bank_small").unwrap(), Statements::default());
}

#[test]
fn checking() {
    let file = file("checking").unwrap();
    assert_eq!(file.institution.name(), Some("FAKE"));
    assert_eq!(file.institution.key().as_deref(), Some("org:fake:1101"));
    let [statement] = &file.accounts[..] else { panic!("{file:?}") };
    assert_eq!(statement.batch.account.name, "Checking 87~7");
    assert_eq!(number(statement), Some("1452687~7"));
    assert_eq!(statement.batch.account.routing_number, None);
    assert_eq!(value(statement, Field::Balance).as_deref(), Some("100.99"));
    assert_eq!(value(statement, Field::AvailableBalance).as_deref(), Some("75.99"));
    assert_eq!(window(statement), "Some((2000-01-01, 2013-05-25))");
    insta::assert_debug_snapshot!(lines(statement), @r#"
    [
        "CREDIT 0.01 CREDIT 2011-03-31T12:00:00.000Z Some(\"0000486\") \"DIVIDEND EARNED FOR PERIOD OF 03\" Some(\"DIVIDEND EARNED FOR PERIOD OF 03/01/2011 THROUGH 03/31/2011 ANNUAL PERCENTAGE YIELD EARNED IS 0.05%\") None None",
        "DEBIT 34.51 DEBIT 2011-04-05T12:00:00.000Z Some(\"0000487\") \"AUTOMATIC WITHDRAWAL, ELECTRIC BILL\" Some(\"AUTOMATIC WITHDRAWAL, ELECTRIC BILL WEB(S )\") None None",
        "DEBIT 25 CHECK 2011-04-07T12:00:00.000Z Some(\"0000488\") \"RETURNED CHECK FEE, CHECK # 319\" Some(\"RETURNED CHECK FEE, CHECK # 319 FOR $45.33 ON 04/07/11\") Some(\"319\") None",
    ]
    "#);
}

#[test]
fn date_missing_is_refused_with_its_place() {
    let error = file("date_missing").unwrap_err();
    assert_eq!(error.line, 33);
    assert_eq!(error.element, "OFX/BANKMSGSRSV1/STMTTRNRS/STMTRS/BANKTRANLIST/STMTTRN/DTPOSTED");
    assert_eq!(error.to_string(), "line 33, BANKTRANLIST/STMTTRN/DTPOSTED: it is missing or empty");
}

#[test]
fn error_message_is_refused_with_the_words_of_the_bank() {
    assert_eq!(
        file("error_message").unwrap_err().to_string(),
        "line 22, BANKMSGSRSV1/STMTTRNRS/STATUS: the bank sent an error instead of a statement (2000): \
         General Server Error"
    );
}

#[test]
fn fidelity_savings() {
    let file = file("fidelity-savings").unwrap();
    let [statement] = &file.accounts[..] else { panic!("{file:?}") };
    let account = &statement.batch.account;
    assert_eq!((account.account_type, account.name.as_str()), (AccountType::Investment, "Investment 0001"));
    assert_eq!(number(statement), Some("X0000001"));
    assert_eq!(statement.batch.holdings, None);
    assert_eq!(statement.ledger_balance, None);
    assert_eq!(window(statement), "Some((2012-07-10, 2012-09-08))");
    insta::assert_debug_snapshot!(lines(statement), @r#"
    [
        "DEBIT 1500 CHECK 2012-07-20T12:00:00.000Z Some(\"X0000000000000000000001\") \"Check Paid #0000001001\" Some(\"Check Paid #0000001001\") Some(\"0000001001\") Some(\"USD\")",
        "CREDIT 115.83 DEP 2012-07-27T12:00:00.000Z Some(\"X0000000000000000000002\") \"TRANSFERRED FROM     VS X10-08144\" Some(\"TRANSFERRED FROM     VS X10-08144-1\") None Some(\"USD\")",
        "DEBIT 197.11 PAYMENT 2012-07-27T12:00:00.000Z Some(\"X0000000000000000000003\") \"BILL PAYMENT         CITICORP CH\" Some(\"BILL PAYMENT         CITICORP CHOICE          /0001/N********\") None Some(\"USD\")",
        "DEBIT 197.12 CASH 2012-07-27T12:00:00.000Z Some(\"X0000000000000000000004\") \"DIRECT               DEBIT HOMES\" Some(\"DIRECT               DEBIT HOMESTREET LS LOAN PMT\") None Some(\"USD\")",
    ]
    "#);
}

#[test]
fn investment_medium() {
    let file = file("investment_medium").unwrap();
    let [statement] = &file.accounts[..] else { panic!("{file:?}") };
    assert_eq!(number(statement), Some("ABC123"));
    assert_eq!(file.institution.bank_ids, ["404"]);
    assert_eq!(value(statement, Field::CashBalance).as_deref(), Some("1"));
    assert_eq!(value(statement, Field::Balance), None, "cash alone is not the value of the account");
    assert_eq!(value(statement, Field::CurrencyCode).as_deref(), Some("CAD"));
    assert_eq!(window(statement), "Some((2009-12-15, 2009-12-16))", "UTC days, as those of the transactions");
    insta::assert_debug_snapshot!(lines(statement), @r#"
    [
        "DEBIT 3.65 DEBIT 2009-12-16T00:20:00.000Z Some(\"20091215.U489357.e.USD.1510480481\") \"CASH TRADE: AUD.USD\" Some(\"CASH TRADE: AUD.USD\") None Some(\"USD\")",
        "CREDIT 3.35 CREDIT 2009-12-16T00:20:00.000Z Some(\"20091215.U489357.e.USD.1510982018\") \"CASH TRADE: AUD.USD\" Some(\"CASH TRADE: AUD.USD\") None Some(\"USD\")",
        "DEBIT 3.65 DEBIT 2009-12-16T00:20:00.000Z Some(\"20091215.U489357.e.USD.1511863617\") \"CASH TRADE: AUD.USD\" Some(\"CASH TRADE: AUD.USD\") None Some(\"USD\")",
    ]
    "#);
}

#[test]
fn multiple_accounts() {
    let file = file("multiple_accounts").unwrap();
    let seen: Vec<_> = file
        .accounts
        .iter()
        .map(|s| {
            (s.batch.account.name.as_str(), number(s).unwrap(), value(s, Field::Balance).unwrap(), s.line)
        })
        .collect();
    assert_eq!(
        seen,
        [("Checking 9100", "9100", "111".to_owned(), 26), ("Savings 9200", "9200", "222".to_owned(), 46)]
    );
    assert_eq!(file.accounts[1].batch.account.account_type, AccountType::Savings);
    assert_eq!(file.institution.bank_ids, ["123"]);
    assert_eq!(file.accounts[0].batch.window, None);
}

#[test]
fn signon_fail_is_refused_with_the_words_of_the_bank() {
    let error = file("signon_fail").unwrap_err();
    assert_eq!((error.line, error.element.as_str()), (11, "OFX/SIGNONMSGSRSV1/SONRS/STATUS"));
    assert!(
        error.to_string().ends_with(
            "the bank refused the sign-on (15500): Your request could not be processed because you supplied \
             an invalid identification code or your password was incorrect"
        ),
        "{error}"
    );
}

#[test]
fn suncorp() {
    let file = file("suncorp").unwrap();
    let [statement] = &file.accounts[..] else { panic!("{file:?}") };
    assert_eq!(number(statement), Some("123456789"));
    assert_eq!(value(statement, Field::Balance).as_deref(), Some("1234.12"));
    assert_eq!(window(statement), "Some((2013-06-18, 2013-12-15))");
    insta::assert_debug_snapshot!(lines(statement), @r#"
    [
        "DEBIT 16.85 DEBIT 2013-12-15T12:00:00.000Z Some(\"1\") \"EFTPOS WDL HANDYWAY ALDI STORE\" Some(\"EFTPOS WDL HANDYWAY ALDI STORE   GEELONG WEST VICAU\") None None",
    ]
    "#);
}

#[test]
fn vanguard() {
    let file = file("vanguard").unwrap();
    assert_eq!(file.institution.name(), Some("The Vanguard Group"));
    let [statement] = &file.accounts[..] else { panic!("{file:?}") };
    assert_eq!(number(statement), Some("01234567890"));
    assert_eq!(value(statement, Field::Balance).as_deref(), Some("24479.72"));
    assert_eq!(value(statement, Field::TotalAccountValue).as_deref(), Some("24479.72"));
    insta::assert_debug_snapshot!(lines(statement), @r#"
    [
        "CREDIT 4212.3 SELLMF 2011-07-15T21:00:00.000Z Some(\"01234567890.0123.07152011.0\") \"Name of the security\" Some(\"THIS IS A MEMO\") None None",
    ]
    "#);
    let holdings = statement.batch.holdings.as_deref().unwrap();
    let seen: Vec<_> = holdings
        .iter()
        .map(|h| (h.shares.unwrap().to_string(), h.market_value.unwrap().to_string(), h.symbol.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("102".to_owned(), "10200".to_owned(), Some("VFINX")),
            ("142.2".to_owned(), "14279.72".to_owned(), Some("VFINX"))
        ]
    );
    assert!(holdings.iter().all(|h| h.holding_type == HoldingType::MutualFund));
    assert!(holdings.iter().all(|h| h.description.as_deref() == Some("Name of the security")));
    assert_ne!(holdings[0].feed_id, holdings[1].feed_id);
}
