//! Statement text for benchmarks and tests.
use domain::{decimal::Money, time::Date};
use std::fmt::Write;

/// Last day of the generated statements, and how many days they cover.
const LAST_DAY: (i32, u32, u32) = (2026, 6, 30);
const DAYS: u64 = 3 * 365;

/// Descriptions, the kind each has, and the bounds of its amount in cents.
const PURCHASES: [(&str, &str, u64, u64); 12] = [
    ("POS", "WHOLE FOODS MARKET #10234 AUSTIN TX", 850, 18_000),
    ("POS", "SHELL OIL 57444123 ROUND ROCK TX", 2_000, 9_500),
    ("DEBIT", "AMAZON.COM*MK4RT2 AMZN.COM/BILL WA", 499, 25_000),
    ("DIRECTDEBIT", "CITY OF AUSTIN UTILITIES AUTOPAY", 6_000, 31_000),
    ("DEBIT", "STARBUCKS STORE 08812 AUSTIN TX", 295, 1_890),
    ("CHECK", "CHECK PAID", 5_000, 150_000),
    ("ATM", "ATM WITHDRAWAL 0042 CONGRESS AVE", 2_000, 40_000),
    ("PAYMENT", "NETFLIX.COM 866-579-7172 CA", 1_549, 1_549),
    ("DIRECTDEBIT", "STATE FARM INSURANCE 27 CPC-CLIENT", 9_000, 16_000),
    ("POS", "TRADER JOE'S &amp; CO #452 QPS AUSTIN TX", 1_200, 12_000),
    ("SRVCHG", "MONTHLY SERVICE FEE", 1_200, 1_200),
    ("XFER", "ONLINE TRANSFER TO SAV ...4411", 10_000, 80_000),
];

/// An OFX 1 file with so many checking accounts, and so many transactions shared among them, from the oldest
/// to the newest; the same for the same seed. Ids are unique and each ledger balance is the sum of its account.
pub fn generate(accounts: usize, transactions: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut out = String::with_capacity(transactions.saturating_mul(256).saturating_add(4096));
    out.push_str(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\
         COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n<OFX>\r\n<SIGNONMSGSRSV1><SONRS>\
         <STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260630235959<LANGUAGE>ENG\
         <FI><ORG>Bank of Examples<FID>4711</FI></SONRS></SIGNONMSGSRSV1>\r\n<BANKMSGSRSV1>\r\n",
    );
    for account in 0..accounts {
        // The first accounts take one transaction more where they do not divide evenly.
        let rest = usize::from(account < transactions.checked_rem(accounts).unwrap_or(0));
        let count = transactions.checked_div(accounts).unwrap_or(0).saturating_add(rest);
        push_statement(&mut out, account, count, &mut random);
    }
    out.push_str("</BANKMSGSRSV1>\r\n</OFX>\r\n");
    out
}

/// Writing to a `String` cannot fail.
macro_rules! push {
    ($out:expr, $($format:tt)+) => { let _: std::fmt::Result = write!($out, $($format)+); };
}

fn push_statement(out: &mut String, account: usize, transactions: usize, random: &mut Random) {
    let last = Date::from_ymd(LAST_DAY.0, LAST_DAY.1, LAST_DAY.2).unwrap_or(Date::from_days(0));
    let first = last.plus_days(1i32.saturating_sub(i32::try_from(DAYS).unwrap_or(0)));
    push!(
        out,
        "<STMTTRNRS><TRNUID>{account}<STATUS><CODE>0<SEVERITY>INFO</STATUS>\r\n<STMTRS><CURDEF>USD\
         <BANKACCTFROM><BANKID>111000025<ACCTID>{:010}<ACCTTYPE>CHECKING</BANKACCTFROM>\r\n\
         <BANKTRANLIST><DTSTART>{}<DTEND>{}\r\n",
        account.saturating_add(1_000_000),
        Compact(first),
        Compact(last),
    );
    let mut balance = Money::ZERO;
    for index in 0..transactions {
        let passed = DAYS.saturating_mul(index as u64).checked_div(transactions as u64).unwrap_or(0);
        let day = first.plus_days(i32::try_from(passed).unwrap_or(0));
        let amount = push_transaction(out, day, index, random);
        balance = balance.checked_add(amount).unwrap_or(balance);
    }
    let last = Compact(last);
    push!(
        out,
        "</BANKTRANLIST>\r\n<LEDGERBAL><BALAMT>{balance}<DTASOF>{last}</LEDGERBAL>\
         <AVAILBAL><BALAMT>{balance}<DTASOF>{last}</AVAILBAL></STMTRS></STMTTRNRS>\r\n",
    );
}

fn push_transaction(out: &mut String, day: Date, index: usize, random: &mut Random) -> Money {
    let (kind, name, amount) = if index.is_multiple_of(14) {
        ("DIRECTDEP", "ACME CORP PAYROLL PPD ID 9111", Money::from_units(random.between(180_000, 320_000)))
    } else {
        let pick = random.below(PURCHASES.len() as u64);
        let chosen = usize::try_from(pick).ok().and_then(|pick| PURCHASES.get(pick));
        let (kind, name, least, most) = chosen.copied().unwrap_or(("DEBIT", "PURCHASE", 100, 100));
        (kind, name, Money::from_units(random.between(least, most).saturating_neg()))
    };
    push!(
        out,
        "<STMTTRN>\r\n<TRNTYPE>{kind}\r\n<DTPOSTED>{day}120000.000[-6:CST]\r\n<TRNAMT>{amount}\r\n\
         <FITID>{day}{index:07}\r\n",
        day = Compact(day),
    );
    if kind == "CHECK" {
        push!(out, "<CHECKNUM>{}\r\n", index.saturating_add(1001));
    }
    let brief: String = name.chars().take(31).collect();
    let brief = brief.split('&').next().unwrap_or_default();
    push!(out, "<NAME>{brief}\r\n<MEMO>{name} REF {:06}\r\n</STMTTRN>\r\n", random.below(1_000_000));
    amount
}

/// A day as OFX writes it.
struct Compact(Date);

impl std::fmt::Display for Compact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.0.ymd();
        write!(f, "{year:04}{month:02}{day:02}")
    }
}

/// SplitMix64: a few lines, and the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }

    fn between(&mut self, least: u64, most: u64) -> i64 {
        let span = most.saturating_sub(least).saturating_add(1);
        i64::try_from(least.saturating_add(self.below(span))).unwrap_or(0)
    }
}
