use super::*;
use domain::decimal::{Money, Rate};
use proptest::prelude::*;

#[test]
fn amounts_as_banks_write_them() {
    for (text, units) in [
        ("-6.60", -660),
        ("+00000000000115.8331", 11_583),
        ("-00000000001500.0000", -150_000),
        ("-12,34", -1234),
        ("12,5", 1250),
        ("1,234.56", 123_456),
        ("1.234,56", 123_456),
        ("-1,234,567.8", -123_456_780),
        ("1.234.567,89", 123_456_789),
        ("1,234,567", 123_456_700),
        ("1.234.567", 123_456_700),
        ("1,234", 123_400),
        ("0,125", 13),
        ("1.234", 123),
        ("1 234,56", 123_456),
        ("1'234.56", 123_456),
        ("12.34-", -1234),
        ("\u{2212}5", -500),
        ("- 5", -500),
        (".5", 50),
        ("5.", 500),
        ("0", 0),
        ("-0.00", 0),
        (" 7 ", 700),
        ("0.005", 1),
    ] {
        let read: Option<Money> = decimal(text, LoneComma::Thousands);
        assert_eq!(read, Some(Money::from_units(units)), "{text}");
    }
    for text in [
        "",
        "-",
        ".",
        ",",
        "12..3",
        "1,2,3",
        "12.34.56",
        "1e5",
        "NaN",
        "USD 5",
        "$5",
        "--5",
        "1,23.4.5",
        "12,3456,789",
        "1,234.567,89",
        "99999999999999999999",
        "(5)",
        "+-5",
    ] {
        assert_eq!(decimal::<2>(text, LoneComma::Thousands), None, "{text}");
    }
}

#[test]
fn shares_have_many_decimals() {
    let shares: Option<Rate> = decimal("1,234", LoneComma::Decimal);
    assert_eq!(shares, Some(Rate::from_units(1_234_000)));
}

#[test]
fn dates_in_all_forms() {
    for (text, time) in [
        ("20110331", "2011-03-31T12:00:00.000Z"),
        ("20110331120000.000", "2011-03-31T12:00:00.000Z"),
        ("20120720000000.000[-4:EDT]", "2012-07-20T12:00:00.000Z"),
        ("20120720120000[+13:NZDT]", "2012-07-20T12:00:00.000Z"),
        ("201203311530", "2012-03-31T15:30:00.000Z"),
        ("20090401122017.000[-5:EST]", "2009-04-01T17:20:17.000Z"),
        ("20091215202000.000[-4:EST]", "2009-12-16T00:20:00.000Z"),
        ("20091217162416.000[-:EST]", "2009-12-17T21:24:16.000Z"),
        ("20091217162416[EST]", "2009-12-17T21:24:16.000Z"),
        ("20091217162416[0:GMT]", "2009-12-17T16:24:16.000Z"),
        ("20091217162416[-5]", "2009-12-17T21:24:16.000Z"),
        ("20091217162416[+5.5:IST]", "2009-12-17T10:54:16.000Z"),
        ("20091217162416[-3.30:NST]", "2009-12-17T19:54:16.000Z"),
        ("20091217162416[+5.75:NPT]", "2009-12-17T10:39:16.000Z"),
        ("20091217162416[+0530]", "2009-12-17T10:54:16.000Z"),
        ("20091217162416.5 [-5:EST]", "2009-12-17T21:24:16.000Z"),
        ("20091217162416.500", "2009-12-17T16:24:16.000Z"),
        ("20091217162416[?]", "2009-12-17T16:24:16.000Z"),
        ("20091217996099", "2009-12-17T12:00:00.000Z"),
        ("20091217[-5:EST]", "2009-12-17T12:00:00.000Z"),
        ("2009-12-17", "2009-12-17T12:00:00.000Z"),
        ("2009/12/17", "2009-12-17T12:00:00.000Z"),
        ("2009-12-17T16:24:16Z", "2009-12-17T16:24:16.000Z"),
        ("2009-12-17T16:24:16+01:00", "2009-12-17T15:24:16.000Z"),
    ] {
        assert_eq!(moment(text).map(Timestamp::to_z).as_deref(), Some(time), "{text}");
    }
    for text in ["", "0", "2009121", "20120231", "20121301", "00000000", "abcdefgh", "2012-02-31", "２０１２"]
    {
        assert_eq!(moment(text), None, "{text}");
    }
}

#[test]
fn entities_and_blanks() {
    for (text, read) in [
        ("A &amp; B", "A & B"),
        ("A & B &", "A & B &"),
        ("AT&T; &lt;x&gt;", "AT&T; <x>"),
        ("&#233;&#xE9;&nbsp;&quot;&apos;", "éé \"'"),
        ("&#0;&#99999999;&#x;", "&#99999999;&#x;"),
        ("&amp;amp;", "&amp;"),
        ("  two \r\n\t lines \n", "two lines"),
        ("a\tb\u{a0}c\u{7}", "a b c"),
        ("keeps   its   spaces", "keeps   its   spaces"),
    ] {
        let mut out = String::new();
        push_unescaped(&mut out, text);
        assert_eq!(tidy(Cow::Owned(out)), read, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "[-+0-9.,:\\[\\]TZ&#x; ']{0,30}|\\PC{0,40}") {
        let _: Option<Money> = decimal(&text, LoneComma::Thousands);
        let _: Option<Timestamp> = moment(&text);
        let mut out = String::new();
        push_unescaped(&mut out, &text);
        let tidied = tidy(Cow::Borrowed(&text)).into_owned();
        prop_assert_eq!(tidy(Cow::Owned(tidied.clone())), tidied);
    }

    #[test]
    fn an_amount_reads_the_same_in_every_spelling(units in -99_999_999_999i64..99_999_999_999) {
        let money = Money::from_units(units);
        let whole = (units.abs() / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if units < 0 { "-" } else { "" };
        let english = format!("{sign}{grouped}.{:02}", units.abs() % 100);
        let german: String = english
            .chars()
            .map(|c| match c { ',' => '.', '.' => ',', c => c })
            .collect();
        for text in [money.to_string(), english, german] {
            prop_assert_eq!(decimal(&text, LoneComma::Thousands), Some(money), "{}", text);
        }
    }
}
