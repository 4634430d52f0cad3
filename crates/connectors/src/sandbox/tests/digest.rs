//! The same seed gives the same data on any machine: a digest of 24 months of each institution, and an excerpt.
use super::{
    data::{date, noon},
    driver::job,
};
use domain::{
    enums::{JobKind, TransactionType},
    feed::{FeedBatch, FeedHolding, FeedTransaction},
};
use sha2::{Digest, Sha256};
use std::fmt::Write;

fn transaction(t: &FeedTransaction) -> String {
    let sign = if t.transaction_type == TransactionType::Credit { '+' } else { '-' };
    format!(
        "{} {} {} {sign}{} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        date(t),
        t.feed_id.as_deref().unwrap_or("-"),
        t.status.name(),
        t.amount,
        t.description,
        t.extended_transaction_type,
        t.memo,
        t.currency_code,
        t.check_number,
        t.posted_at,
        t.transacted_at,
        t.latitude,
        t.longitude,
        t.is_international,
        t.merchant_category_code,
    )
}

fn holding(h: &FeedHolding) -> String {
    let (shares, value, cost) = (h.shares.unwrap(), h.market_value.unwrap(), h.cost_basis.unwrap());
    let symbol = h.symbol.as_deref().unwrap_or("-");
    format!("{symbol} {} {shares} {value} {cost}", h.description.as_deref().unwrap_or("-"))
}

fn account(batch: &FeedBatch) -> String {
    let account = &batch.account;
    let number = account.account_number.as_ref().map_or("-", |number| number.expose());
    format!("{} {} {number} {:?}", account.account_type.name(), account.name, account.values)
}

#[test]
fn every_institution_has_the_same_books_on_any_machine() {
    let mut text = String::new();
    for code in ["mxbank", "mx_bank_oauth", "mxcu_oauth", "mxcu", "sandbox_ca", "sandbox_basic"] {
        let data = job(code, "").user("user-1").at(noon("2026-01-05")).kind(JobKind::History).run().data;
        let mut whole = Sha256::new();
        let lines = data.iter().flatten().flat_map(|batch| {
            let holdings = batch.holdings.iter().flatten().map(holding);
            std::iter::once(account(batch)).chain(batch.transactions.iter().map(transaction)).chain(holdings)
        });
        lines.for_each(|line| whole.update(format!("{line}\n")));
        writeln!(text, "{code} {}", hex::encode(whole.finalize())).unwrap();
        for batch in data.iter().flatten().filter(|batch| batch.window.is_some()) {
            writeln!(text, "  {}: {} lines", batch.account.name, batch.transactions.len()).unwrap();
            for t in batch.transactions.iter().rev().take(2) {
                let line = transaction(t);
                writeln!(text, "    {}", line.split(" Some(").next().unwrap_or(&line)).unwrap();
            }
        }
        for held in data.iter().flatten().flat_map(|batch| batch.holdings.iter().flatten()).take(2) {
            writeln!(text, "  {}", holding(held)).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}
