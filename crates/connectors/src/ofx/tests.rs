//! What the reader promises, by example.
use super::*;
use domain::{
    account::Field,
    enums::{AccountSubtype, AccountType, HoldingType, TransactionStatus, TransactionType},
    feed::FeedTransaction,
    value::Value,
};

mod dialects;
mod files;
mod hostile;
mod rules;

/// The data files, by name.
const FILES: [(&str, &[u8]); 11] = [
    ("bank_medium", include_bytes!("../../testdata/ofx/bank_medium.ofx")),
    ("bank_small", include_bytes!("../../testdata/ofx/bank_small.ofx")),
    ("checking", include_bytes!("../../testdata/ofx/checking.ofx")),
    ("date_missing", include_bytes!("../../testdata/ofx/date_missing.ofx")),
    ("error_message", include_bytes!("../../testdata/ofx/error_message.ofx")),
    ("fidelity-savings", include_bytes!("../../testdata/ofx/fidelity-savings.ofx")),
    ("investment_medium", include_bytes!("../../testdata/ofx/investment_medium.ofx")),
    ("multiple_accounts", include_bytes!("../../testdata/ofx/multiple_accounts.ofx")),
    ("signon_fail", include_bytes!("../../testdata/ofx/signon_fail.ofx")),
    ("suncorp", include_bytes!("../../testdata/ofx/suncorp.ofx")),
    ("vanguard", include_bytes!("../../testdata/ofx/vanguard.ofx")),
];

fn file(name: &str) -> Result<Statements, ReadError> {
    read(FILES.iter().find(|(known, _)| *known == name).unwrap().1)
}

/// A bank statement with these transactions.
fn bank(transactions: &str) -> String {
    format!(
        "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>\n<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\n\
         <BANKACCTFROM><BANKID>111000025<ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM>\n\
         <BANKTRANLIST><DTSTART>20240101<DTEND>20240131\n{transactions}</BANKTRANLIST>\n\
         <LEDGERBAL><BALAMT>1.00<DTASOF>20240131</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
}

/// The only statement of a text.
fn only(text: &str) -> Statement {
    let mut statements = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(statements.accounts.len(), 1, "{text}");
    statements.accounts.remove(0)
}

/// The only transaction of a bank statement with this in its `STMTTRN`.
fn transaction(values: &str) -> FeedTransaction {
    let statement = only(&bank(&format!("<STMTTRN>{values}</STMTTRN>\n")));
    assert_eq!(statement.batch.transactions.len(), 1, "{values}");
    statement.batch.transactions.into_iter().next().unwrap()
}

fn error(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn value(statement: &Statement, field: Field) -> Option<String> {
    let found = statement.batch.account.values.iter().find(|(known, _)| *known == field);
    found.map(|(_, value)| match value {
        Value::Money(money) => money.to_string(),
        Value::Text(text) => text.clone(),
        other => format!("{other:?}"),
    })
}

/// Direction, amount, kind, day and moment of posting, id, description, memo, cheque.
fn line(t: &FeedTransaction) -> String {
    let posted = t.posted_at.map(Timestamp::to_z).unwrap_or_default();
    let transaction_type = t.transaction_type.name();
    format!(
        "{transaction_type} {} {} {posted} {:?} {:?} {:?} {:?} {:?}",
        t.amount,
        t.extended_transaction_type,
        t.feed_id,
        t.description,
        t.memo,
        t.check_number,
        t.currency_code
    )
}

fn lines(statement: &Statement) -> Vec<String> {
    statement.batch.transactions.iter().map(line).collect()
}
