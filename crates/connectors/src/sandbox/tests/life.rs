//! What happens in a life, and what becomes of it: kinds of transactions, trips, pendings, holdings.
use super::{
    data::{books, cents, date, day, history, noon, of, said},
    driver::{job, monday},
};
use domain::{
    account::Field,
    decimal::Money,
    enums::{AccountType, HoldingType, TransactionStatus, TransactionType},
    feed::FeedTransaction,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

#[test]
fn pay_bills_and_subscriptions() {
    let batches = history("mxbank", "user-1", noon("2026-11-22"));
    let checking = of(&batches, AccountType::Checking);
    let pays: Vec<_> = said(checking, "PAYROLL").collect();
    assert!(pays.windows(2).all(|pair| date(pair[1]).days() - date(pair[0]).days() == 14));
    assert!(pays.iter().all(|pay| (date(pay).days() - 1) % 7 == 0), "Fridays");
    for pay in pays {
        let expected = match date(pay).ymd().0 {
            2024 => 208_738,
            2025 => 215_000,
            _ => 221_450,
        };
        assert_eq!(pay.amount.units(), expected, "3 % more each January");
    }
    assert_eq!(said(checking, "BONUS").map(|t| date(t).ymd().1).collect::<Vec<_>>(), [12, 12]);
    for (text, of_month, amount) in [
        ("INTERNET", 15, 5_999),
        ("VERIZON", 20, 4_500),
        ("AUTO INSURANCE", 8, 11_240),
        ("MORTGAGE PAYMENT", 1, 118_000),
        ("TRANSFER TO SAVINGS", 2, 30_000),
    ] {
        let all: Vec<_> = said(checking, text).collect();
        assert!((23..=25).contains(&all.len()), "{text}: {}", all.len());
        assert!(all.iter().all(|t| date(t).ymd().2 == of_month && t.amount.units() == amount), "{text}");
    }
    assert!(said(checking, "ELECTRIC").all(|t| (6_000..=14_000).contains(&t.amount.units())));
    assert_eq!(said(checking, "RENT").count(), 0, "not with a mortgage");
    let basic = history("sandbox_basic", "user-1", monday());
    assert!(said(&basic[0], "RENT").all(|t| t.amount.units() == 145_000 && date(t).ymd().2 == 1));
    assert_eq!(said(&basic[0], "RENT").count(), 24);
    let card = of(&batches, AccountType::CreditCard);
    assert!(said(card, "GYM").all(|t| date(t).ymd().1 <= 8));
    assert_eq!(said(card, "ANNUAL").count(), 2);
    let streaming: BTreeSet<_> = said(card, "NETFLIX").map(|t| t.amount.units()).collect();
    assert_eq!(streaming, BTreeSet::from([1_299, 1_549, 1_799]), "2.50 more each March");
}

#[test]
fn the_rarer_kinds_are_there() {
    let batches = history("mxbank", "user-1", monday());
    let checking = of(&batches, AccountType::Checking);
    for text in ["ATM WITHDRAWAL", "ATM FEE", "OVERDRAFT FEE", "CHECK 1"] {
        assert!(said(checking, text).count() > 0, "{text}");
    }
    let cheques: Vec<_> = checking.transactions.iter().filter_map(|t| t.check_number.as_ref()).collect();
    assert_eq!(cheques.len(), cheques.iter().collect::<BTreeSet<_>>().len());
    let card = of(&batches, AccountType::CreditCard);
    let refunds: Vec<_> =
        card.transactions.iter().filter(|t| t.extended_transaction_type == "CREDIT").collect();
    assert!(refunds.len() >= 10);
    for refund in &refunds[1..] {
        let bought = said(card, &refund.description)
            .filter(|t| t.transaction_type == TransactionType::Debit && t.amount == refund.amount);
        assert!(bought.map(date).any(|bought| bought < date(refund)), "{refund:?}");
    }
    let investment = of(&batches, AccountType::Investment);
    for kind in ["BUY", "SELL", "DIV"] {
        assert!(investment.transactions.iter().any(|t| t.extended_transaction_type == kind), "{kind}");
    }
    assert!(said(of(&batches, AccountType::Savings), "INTEREST").count() >= 23);
    let mut equals = BTreeMap::new();
    for t in &checking.transactions {
        *equals.entry((date(t), t.amount, &t.description)).or_insert(0) += 1;
    }
    assert!(equals.values().filter(|times| **times == 2).count() >= 23, "pairs that are both real");
}

#[test]
fn ten_days_a_year_abroad() {
    for user in ["user-1", "u2", "u3", "u4"] {
        let batches = history("mxbank", user, noon("2025-12-31"));
        let card = of(&batches, AccountType::CreditCard);
        for year in [2024, 2025] {
            let abroad: Vec<_> = card
                .transactions
                .iter()
                .filter(|t| t.is_international == Some(true) && date(t).ymd().0 == year)
                .collect();
            assert!((6..=10).contains(&abroad.len()), "{user} {year}: {}", abroad.len());
            let (first, last) = (date(abroad[0]), date(abroad[abroad.len() - 1]));
            assert!(last.days() - first.days() < 10);
            for t in &abroad {
                let memo = t.memo.as_ref().unwrap();
                let words: Vec<_> = memo.split(' ').collect();
                let original: Money = words[2].parse().unwrap();
                let rate: domain::decimal::Rate = words[6].parse().unwrap();
                let cents = (original.units() * rate.units() + 500_000) / 1_000_000;
                assert_eq!(t.amount.units(), cents, "{memo}");
            }
            let fees = said(card, "FOREIGN TRANSACTION FEE").filter(|t| date(t).ymd().0 == year);
            assert_eq!(fees.count(), 1);
        }
    }
}

#[test]
fn other_currencies() {
    let currencies = |code| -> BTreeSet<String> {
        let batches = history(code, "user-1", monday());
        batches.into_iter().flat_map(|batch| batch.transactions).filter_map(|t| t.currency_code).collect()
    };
    assert_eq!(currencies("mxcu"), BTreeSet::from(["EUR".to_owned(), "USD".to_owned()]));
    assert_eq!(currencies("sandbox_ca"), BTreeSet::from(["CAD".to_owned()]));
}

#[test]
fn eight_holdings_worth_their_shares_times_the_price() {
    let data = job("mxbank", "").run().data;
    let [batch] = &data[2][..] else { panic!("holdings of the brokerage account only") };
    assert_eq!(batch.account.account_type, AccountType::Investment);
    let holdings = batch.holdings.as_ref().unwrap();
    let kinds: Vec<_> = holdings.iter().map(|holding| holding.holding_type).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == HoldingType::Equity).count(), 3);
    for kind in [
        HoldingType::ExchangeTradedFund,
        HoldingType::MutualFund,
        HoldingType::FixedIncome,
        HoldingType::MoneyMarket,
    ] {
        assert_eq!(kinds.iter().filter(|of| **of == kind).count(), 1, "{kind:?}");
    }
    assert_eq!(holdings.len(), 8);
    assert_eq!(holdings.iter().filter(|holding| holding.symbol.is_none()).count(), 1);
    let bond = holdings.iter().find(|holding| holding.bond_coupon_rate.is_some()).unwrap();
    assert_eq!(bond.bond_maturity_date, Some(day("2034-11-15")));
    let total: i64 = holdings.iter().map(|holding| holding.market_value.unwrap().units()).sum();
    let account = of(&data[0], AccountType::Investment);
    assert_eq!(cents(account, Field::Balance), total + cents(account, Field::CashBalance));
    let tomorrow = job("mxbank", "").at(monday().plus_seconds(86_400)).run().data.remove(2).remove(0);
    for (today, tomorrow) in holdings.iter().zip(&tomorrow.holdings.unwrap()) {
        assert_eq!((today.shares, &today.feed_id), (tomorrow.shares, &tomorrow.feed_id));
        let change = tomorrow.market_value.unwrap().checked_sub(today.market_value.unwrap());
        assert_eq!(tomorrow.daily_change, change);
    }
}

#[test]
fn pendings_come_to_their_ends_six_two_one_one() {
    let (mut same, mut reissued, mut changed, mut gone) = (0, 0, 0, 0);
    for user in 0..20 {
        let user = format!("user-{user}");
        for start in ["2025-05-10", "2025-08-10", "2025-11-10", "2026-01-10"] {
            let now = noon(start);
            let before = books(&job("mx_bank_oauth", "").user(&user).at(now).since(now.date().plus_days(-9)));
            let after = books(
                &job("mx_bank_oauth", "")
                    .user(&user)
                    .at(now.plus_seconds(86_400 * 4))
                    .since(now.date().plus_days(-9)),
            );
            for (before, after) in before.iter().zip(&after) {
                let all: BTreeMap<_, _> = after.transactions.iter().map(|t| (&t.feed_id, t)).collect();
                let earlier: BTreeSet<_> = before.transactions.iter().map(|t| &t.feed_id).collect();
                for pending in before.transactions.iter().filter(|t| t.status == TransactionStatus::Pending) {
                    let like = |t: &&FeedTransaction| {
                        t.description == pending.description
                            && t.transacted_at == pending.transacted_at
                            && !earlier.contains(&t.feed_id)
                    };
                    if let Some(posted) = all.get(&pending.feed_id) {
                        assert_eq!(posted.status, TransactionStatus::Posted);
                        assert_eq!((posted.amount, date(posted)), (pending.amount, date(pending)));
                        same += 1;
                    } else if let Some(posted) = after.transactions.iter().find(like) {
                        if posted.amount == pending.amount {
                            reissued += 1;
                        } else {
                            let (was, is) = (pending.amount.units(), posted.amount.units());
                            assert!(was == 100 || is * 10 <= was * 13, "{was} became {is}");
                            changed += 1;
                        }
                    } else {
                        gone += 1;
                    }
                }
            }
        }
    }
    let all = same + reissued + changed + gone;
    assert!(all > 100, "{all}");
    for (part, tenths) in [(same, 6), (reissued, 2), (changed, 1), (gone, 1)] {
        let percent = part * 100 / all;
        assert!((tenths * 10 - 6..=tenths * 10 + 6).contains(&percent), "{tenths}: {percent} of {all}");
    }
}

#[test]
fn a_pending_lasts_one_to_three_days() {
    for user in ["user-1", "u2"] {
        for batch in books(&job("mxbank", "").user(user)) {
            for t in &batch.transactions {
                let made = date(t).days();
                match t.posted_at {
                    None => assert!(monday().date().days() - made <= 2),
                    Some(posted) => assert!((0..=3).contains(&(posted.date().days() - made))),
                }
            }
        }
    }
}

#[test]
fn one_week_of_one_login() {
    let mut text = String::new();
    for batch in books(&job("mxbank", "").since(day("2025-12-30"))) {
        writeln!(text, "{}", batch.account.name).unwrap();
        for t in &batch.transactions {
            let sign = if t.transaction_type == TransactionType::Credit { '+' } else { '-' };
            let id = &t.feed_id.as_ref().unwrap()[..6];
            let (day, status, amount) = (date(t), t.status.name(), t.amount);
            writeln!(text, "  {day} {id} {status:7} {sign}{amount} {}", t.description).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}
