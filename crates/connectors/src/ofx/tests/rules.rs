//! What becomes of accounts, transactions and positions.
use super::*;

const DATED: &str = "<DTPOSTED>20240102<TRNAMT>-1.00";

#[test]
fn descriptions_and_memos() {
    for (values, description, memo) in [
        ("<NAME>Shop<MEMO>More", "Shop", Some("More")),
        ("<PAYEE><NAME>Shop<ADDR1>Street</PAYEE><MEMO>More", "Shop", Some("More")),
        ("<NAME>A long na<EXTDNAME>A long name", "A long name", None),
        ("<MEMO>More", "More", Some("More")),
        ("<TRNTYPE>fee", "FEE", None),
        ("", "", None),
    ] {
        let t = transaction(&format!("{DATED}{values}"));
        assert_eq!((t.description.as_str(), t.memo.as_deref()), (description, memo), "{values}");
    }
}

#[test]
fn direction_comes_from_the_sign_and_for_nothing_from_the_kind() {
    for (kind, amount, direction) in [
        ("CREDIT", "-1", TransactionType::Debit),
        ("DEBIT", "1", TransactionType::Credit),
        ("FEE", "0.00", TransactionType::Debit),
        ("DEP", "-0.00", TransactionType::Credit),
    ] {
        let t = transaction(&format!("<TRNTYPE>{kind}<DTPOSTED>20240102<TRNAMT>{amount}"));
        assert_eq!((t.transaction_type, t.amount), (direction, money(amount).abs()), "{kind} {amount}");
    }
}

#[test]
fn small_values() {
    let t = transaction(&format!("{DATED}<SIC>5812<CHECKNUM>0<CURRENCY><CURRATE>1.1<CURSYM>eur</CURRENCY>"));
    assert_eq!((t.merchant_category_code, t.check_number), (Some(5812), None));
    assert_eq!(t.currency_code.as_deref(), Some("EUR"));
    let t = transaction(&format!("{DATED}<SIC>food<CURRENCY>GBP"));
    assert_eq!((t.merchant_category_code, t.currency_code.as_deref()), (None, Some("GBP")));
    let t = transaction(&format!("{DATED}<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>"));
    assert_eq!(t.currency_code, None, "the amount is already in the account's currency");
}

#[test]
fn corrections() {
    let statement = only(&bank(&format!(
        "<STMTTRN>{DATED}<FITID>B<CORRECTFITID>A<CORRECTACTION>REPLACE</STMTTRN>\
         <STMTTRN><FITID>D<CORRECTFITID>C<CORRECTACTION>DELETE</STMTTRN>"
    )));
    assert_eq!(statement.batch.transactions.len(), 1);
    assert_eq!(statement.batch.transactions[0].replaces.as_deref(), Some("A"));
    assert_eq!(statement.removed, ["C"]);
}

#[test]
fn pending_transactions() {
    let statement = only(&bank("").replace(
        "<LEDGERBAL>",
        "<BANKTRANLISTP><DTASOF>20240131<STMTTRNP><TRNTYPE>POS<DTTRAN>20240130<TRNAMT>-3<NAME>Shop</STMTTRNP>\
         </BANKTRANLISTP><LEDGERBAL>",
    ));
    let t = &statement.batch.transactions[0];
    assert!(statement.batch.reports_pending);
    assert_eq!((t.status, t.posted_at, t.feed_id.as_deref()), (TransactionStatus::Pending, None, None));
    assert_eq!(t.transacted_at.map(Timestamp::to_z).as_deref(), Some("2024-01-30T12:00:00.000Z"));
}

#[test]
fn another_date_stands_in_for_a_damaged_one() {
    let statement = only(&bank("<STMTTRN>\n<DTPOSTED>20240231\n<DTUSER>20240103\n<TRNAMT>1</STMTTRN>"));
    let t = &statement.batch.transactions[0];
    assert_eq!(t.posted_at, t.transacted_at);
    assert_eq!(t.posted_at.map(Timestamp::to_z).as_deref(), Some("2024-01-03T12:00:00.000Z"));
    let [notice] = &statement.notices[..] else { panic!("{statement:?}") };
    assert_eq!((notice.line, notice.element.as_str()), (9, "STMTTRN/DTPOSTED"));
}

#[test]
fn damage_is_an_error_with_line_and_element() {
    let with = |values: &str| bank(&format!("<STMTTRN>\n{values}\n</STMTTRN>"));
    for (text, message) in [
        (
            with("<DTPOSTED>20240102<TRNAMT>12..3"),
            "line 9, BANKTRANLIST/STMTTRN/TRNAMT: \"12..3\" is not an amount",
        ),
        (with("<DTPOSTED>20240102"), "line 8, BANKTRANLIST/STMTTRN/TRNAMT: it is missing or empty"),
        (with("<DTPOSTED>soon<TRNAMT>1"), "line 9, BANKTRANLIST/STMTTRN/DTPOSTED: \"soon\" is not a date"),
        (
            bank("").replace("<BALAMT>1.00", "<BALAMT>4111111111111111x"),
            "line 9, STMTRS/LEDGERBAL/BALAMT: \"************1111x\" is not an amount",
        ),
        ("hello".to_owned(), "this is not an OFX file"),
        (String::new(), "this is not an OFX file"),
        ("<OFX><BANKMSGSRSV1>".to_owned(), "line 1, OFX/BANKMSGSRSV1: the file is cut off"),
        (
            "<OFX><STMTTRN><TRNAMT>1</STMTTRN></OFX>".to_owned(),
            "line 1, OFX/STMTTRN: it is outside of a statement",
        ),
    ] {
        assert_eq!(error(&text), message);
    }
}

#[test]
fn an_empty_balance_is_no_balance() {
    assert_eq!(only(&bank("").replace("<BALAMT>1.00", "<BALAMT>")).ledger_balance, None);
}

#[test]
fn accounts_of_every_type() {
    use {AccountSubtype as Sub, AccountType as Type};
    for (told, account_type, subtype, name, balance) in [
        ("SAVINGS", Type::Savings, None, "Savings 5678", "1"),
        ("MONEYMRKT", Type::Savings, Some(Sub::MoneyMarket), "Money Market 5678", "1"),
        ("CD", Type::Savings, Some(Sub::CertificateOfDeposit), "Certificate of Deposit 5678", "1"),
        ("CREDITLINE", Type::LineOfCredit, None, "Line of Credit 5678", "-1"),
        ("", Type::Unknown, None, "Account 5678", "1"),
    ] {
        let statement = only(&bank("").replace("<ACCTTYPE>CHECKING", &format!("<ACCTTYPE>{told}")));
        let account = &statement.batch.account;
        assert_eq!(
            (account.account_type, account.account_subtype, account.name.as_str()),
            (account_type, subtype, name)
        );
        assert_eq!(value(&statement, Field::Balance).as_deref(), Some(balance), "{told}");
    }
}

fn card(number: &str, ledger: &str) -> Statement {
    only(&format!(
        "<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>{number}</CCACCTFROM>\
         <BANKTRANLIST><STMTTRN><DTPOSTED>20240102<TRNAMT>-1<FITID>411111111111111120240102001<NAME>TO {number}\
         <MEMO>4012-8888-8888-1881</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>{ledger}<DTASOF>20240131</LEDGERBAL>\
         <AVAILBAL><BALAMT>4500<DTASOF>20240131</AVAILBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    ))
}

#[test]
fn cards_are_debts_and_their_numbers_are_masked() {
    let statement = card("4111 1111 1111 1111", "-500.25");
    let account = &statement.batch.account;
    assert_eq!((account.account_type, account.name.as_str()), (AccountType::CreditCard, "Credit Card 1111"));
    assert_eq!(account.account_number.as_ref().unwrap().expose(), "************1111");
    assert_eq!(value(&statement, Field::Balance).as_deref(), Some("500.25"));
    assert_eq!(statement.ledger_balance.unwrap().0, money("500.25"));
    assert_eq!(value(&statement, Field::AvailableCredit).as_deref(), Some("4500"));
    assert_eq!(value(&statement, Field::AvailableBalance), None);
    let t = &statement.batch.transactions[0];
    assert_eq!(
        (t.description.as_str(), t.memo.as_deref()),
        ("TO ************1111", Some("************1881"))
    );
    assert_eq!(t.feed_id.as_deref(), Some("************1111-9bbef194766220240102001"));
    let other = card("XXXX-1234", "0");
    assert_eq!(other.batch.account.account_number.unwrap().expose(), "XXXX-1234");
    let whole = format!("{statement:?}");
    assert!(!whole.contains("411111") && !whole.contains("4012"), "{whole}");
}

#[test]
fn loans_are_owed_whatever_the_sign() {
    for balance in ["<LEDGERBAL><BALAMT>-900<DTASOF>20240131</LEDGERBAL>", "<PRINBAL>900"] {
        let statement = only(&format!(
            "<OFX><LOANMSGSRSV1><LOANSTMTTRNRS><LOANSTMTRS><CURDEF>USD<LOANACCTFROM><LOANACCTID>L77\
             <LOANACCTTYPE>AUTO</LOANACCTFROM>{balance}<LOANTRANLIST><LOANSTMTTRN><DTPOSTED>20240101\
             <LOANTRNAMT>100<FITID>1</LOANSTMTTRN></LOANTRANLIST></LOANSTMTRS></LOANSTMTTRNRS></LOANMSGSRSV1></OFX>"
        ));
        assert_eq!(statement.batch.account.account_subtype, Some(AccountSubtype::Auto));
        assert_eq!(value(&statement, Field::Balance).as_deref(), Some("900"));
        assert_eq!(lines(&statement).len(), 1);
    }
}

#[test]
fn investments() {
    let statement = only(
        "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>20240131<CURDEF>USD<INVACCTFROM><BROKERID>b.com\
         <ACCTID>Z1</INVACCTFROM><INVTRANLIST><DTSTART>20240101<DTEND>20240131\
         <BUYSTOCK><INVBUY><INVTRAN><FITID>1<DTTRADE>20240110<DTSETTLE>20240112</INVTRAN><SECID><UNIQUEID>S\
         <UNIQUEIDTYPE>CUSIP</SECID><UNITS>10<UNITPRICE>5<TOTAL>50</INVBUY><BUYTYPE>BUY</BUYSTOCK>\
         <INCOME><INVTRAN><FITID>2<DTTRADE>20240111</INVTRAN><SECID><UNIQUEID>?<UNIQUEIDTYPE>CUSIP</SECID>\
         <INCOMETYPE>DIV<TOTAL>3.5<CURRENCY><CURRATE>1<CURSYM>EUR</CURRENCY></INCOME>\
         <TRANSFER><INVTRAN><FITID>3<DTTRADE>20240112<MEMO>Shares out</INVTRAN><UNITS>1<TFERACTION>OUT</TRANSFER>\
         </INVTRANLIST><INVPOSLIST>\
         <POSSTOCK><INVPOS><SECID><UNIQUEID>S<UNIQUEIDTYPE>CUSIP</SECID><HELDINACCT>CASH<POSTYPE>SHORT\
         <UNITS>10<UNITPRICE>5<MKTVAL>-50</INVPOS></POSSTOCK>\
         <POSDEBT><INVPOS><SECID><UNIQUEID>US1234567890<UNIQUEIDTYPE>ISIN</SECID><UNITS>1,5<MKTVAL>1500\
         </INVPOS></POSDEBT></INVPOSLIST><INVBAL><AVAILCASH>20.00<BALLIST><BAL><NAME>x<VALUE>9</BAL></BALLIST>\
         </INVBAL><INVOOLIST><OOBUYMF><OO><FITID>9</OO></OOBUYMF></INVOOLIST></INVSTMTRS></INVSTMTTRNRS>\
         </INVSTMTMSGSRSV1><SECLISTMSGSRSV1><SECLIST><STOCKINFO><SECINFO><SECID><UNIQUEID>S<UNIQUEIDTYPE>CUSIP\
         </SECID><SECNAME>Stock Inc<TICKER>STK</SECINFO></STOCKINFO><DEBTINFO><SECINFO><SECID>\
         <UNIQUEID>US1234567890<UNIQUEIDTYPE>ISIN</SECID><SECNAME>Bond</SECINFO><COUPONRT>4.25<DTMAT>20300101\
         </DEBTINFO></SECLIST></SECLISTMSGSRSV1></OFX>",
    );
    insta::assert_debug_snapshot!(lines(&statement), @r#"
    [
        "DEBIT 50 BUYSTOCK 2024-01-12T12:00:00.000Z Some(\"1\") \"Stock Inc\" None None None",
        "CREDIT 3.5 DIV 2024-01-11T12:00:00.000Z Some(\"2\") \"INCOME\" None None Some(\"EUR\")",
        "DEBIT 0 TRANSFER 2024-01-12T12:00:00.000Z Some(\"3\") \"Shares out\" Some(\"Shares out\") None None",
    ]
    "#);
    let holdings = statement.batch.holdings.as_deref().unwrap();
    let [stock, bond] = holdings else { panic!("{holdings:?}") };
    assert_eq!((stock.holding_type, stock.symbol.as_deref()), (HoldingType::Equity, Some("STK")));
    assert_eq!(stock.shares.unwrap().to_string(), "-10");
    assert_eq!((bond.holding_type, bond.isin.as_deref()), (HoldingType::FixedIncome, Some("US1234567890")));
    assert_eq!(bond.bond_coupon_rate.unwrap().to_string(), "4.25");
    assert_eq!(bond.bond_maturity_date.unwrap().to_string(), "2030-01-01");
    assert_eq!(value(&statement, Field::CashBalance).as_deref(), Some("20"));
    assert_eq!(value(&statement, Field::TotalAccountValue).as_deref(), Some("1470"));
}

#[test]
fn status_of_answers() {
    let with =
        |status: &str| bank("").replace("<STMTTRNRS>", &format!("<STMTTRNRS><STATUS>{status}</STATUS>"));
    for fine in [
        "<CODE>0<SEVERITY>INFO",
        "<CODE>1<SEVERITY>INFO",
        "<CODE>2<SEVERITY>WARN",
        "<CODE>0",
        "<CODE>000<SEVERITY>ERROR",
    ] {
        only(&with(fine));
    }
    assert!(
        error(&with("<CODE>2003<SEVERITY>ERROR<MESSAGE>No such account"))
            .ends_with("(2003): No such account")
    );
}
