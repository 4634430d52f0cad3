//! Service time to the microsecond, calendar days, and the contract's two spellings.
//!
//! Everything is UTC. Source of the spellings: `spec: conventions, 7`.
use std::{fmt, str::FromStr};

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// A moment: microseconds since 1970-01-01T00:00:00Z, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A calendar day: days since 1970-01-01, as stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// The text is not an RFC 3339 time or ISO date in the years 0001 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 8601 time or date")]
pub struct NotATime;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    const MIN_MICROS: i64 = -62_135_596_800 * MICROS_PER_SECOND;
    const MAX_MICROS: i64 = 253_402_300_799 * MICROS_PER_SECOND;

    /// The moment this many microseconds after the epoch, kept within the years 0001 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < Self::MIN_MICROS {
            Self::MIN_MICROS
        } else if micros > Self::MAX_MICROS {
            Self::MAX_MICROS
        } else {
            micros
        })
    }

    /// The moment this many seconds after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// The UTC day of this moment.
    pub fn date(self) -> Date {
        Date(i32::try_from(self.0.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX))
    }

    /// This moment and so many seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// This moment and so many microseconds.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; negative where it is later.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Parses RFC 3339 with any offset.
    pub fn parse_rfc3339(text: &str) -> Result<Self, NotATime> {
        let shaped = text.len() >= 20 && matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '));
        if !shaped {
            return Err(NotATime);
        }
        let parsed: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        Ok(Self::from_micros(parsed.as_microsecond()))
    }

    /// Parses the date of an HTTP header: `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Some(Self::from_micros(parsed.as_microsecond()))
    }

    /// Appends `2022-07-08T16:28:13+00:00`, the spelling of user, account, transaction,
    /// transaction_rule and merchant_location bodies.
    pub fn write_plus(self, out: &mut Vec<u8>) {
        self.write_seconds(out);
        out.extend_from_slice(b"+00:00");
    }

    /// Appends `2016-09-21T22:08:59.000Z`, the spelling of all other bodies.
    pub fn write_z(self, out: &mut Vec<u8>) {
        self.write_seconds(out);
        out.extend_from_slice(b".000Z");
    }

    /// The text `2022-07-08T16:28:13+00:00`.
    pub fn to_plus(self) -> String {
        let mut out = Vec::with_capacity(25);
        self.write_plus(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// The text `2016-09-21T22:08:59.000Z`.
    pub fn to_z(self) -> String {
        let mut out = Vec::with_capacity(24);
        self.write_z(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    fn write_seconds(self, out: &mut Vec<u8>) {
        self.date().write_to(out);
        let seconds = self.as_seconds().rem_euclid(86_400);
        let [h, hh] = two(seconds.div_euclid(3600));
        let [m, mm] = two(seconds.div_euclid(60).rem_euclid(60));
        let [s, ss] = two(seconds.rem_euclid(60));
        out.extend_from_slice(&[b'T', h, hh, b':', m, mm, b':', s, ss]);
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_z())
    }
}

impl Date {
    /// The day so many days after 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The day of a calendar date; `None` where there is none (31 February, year 0).
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let year = i16::try_from(year).ok().filter(|y| (1..=9999).contains(y))?;
        let civil = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        civil.since((jiff::Unit::Day, epoch)).ok().map(|span| Self(span.get_days()))
    }

    /// Year, month (1 to 12) and day (1 to 31), by the proleptic Gregorian calendar.
    pub fn ymd(self) -> (i32, u32, u32) {
        // Days to civil date by 400-year eras of 146,097 days that begin on 1 March.
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        (
            i32::try_from(year).unwrap_or(i32::MAX),
            u32::try_from(month).unwrap_or(1),
            u32::try_from(day).unwrap_or(1),
        )
    }

    /// Months since January of year 0; the unit of the counters of transactions.
    pub fn month_index(self) -> i32 {
        let (year, month, _) = self.ymd();
        year * 12 + i32::try_from(month).unwrap_or(1) - 1
    }

    /// The first day of the month with this index.
    pub fn first_of_month(index: i32) -> Option<Self> {
        Self::from_ymd(index.div_euclid(12), u32::try_from(index.rem_euclid(12)).ok()? + 1, 1)
    }

    /// This day and so many days.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Noon of the day: a day without a time is stored as 12:00:00Z (`spec: nexus-pfm, TX-8`).
    pub fn noon(self) -> Timestamp {
        Timestamp::from_seconds(i64::from(self.0) * 86_400 + 43_200)
    }

    /// The first moment of the day.
    pub fn midnight(self) -> Timestamp {
        Timestamp::from_seconds(i64::from(self.0) * 86_400)
    }

    /// Appends `2022-07-08`.
    pub fn write_to(self, out: &mut Vec<u8>) {
        let (year, month, day) = self.ymd();
        let [c, cc] = two(i64::from(year.div_euclid(100)));
        let [y, yy] = two(i64::from(year.rem_euclid(100)));
        let [m, mm] = two(i64::from(month));
        let [d, dd] = two(i64::from(day));
        out.extend_from_slice(&[c, cc, y, yy, b'-', m, mm, b'-', d, dd]);
    }
}

impl FromStr for Date {
    type Err = NotATime;

    /// Parses `YYYY-MM-DD` and nothing else.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(NotATime);
        }
        let number = |range: std::ops::Range<usize>| -> Result<u32, NotATime> {
            let part = text.get(range).ok_or(NotATime)?;
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(NotATime);
            }
            part.parse().map_err(|_| NotATime)
        };
        let year = i32::try_from(number(0..4)?).map_err(|_| NotATime)?;
        Self::from_ymd(year, number(5..7)?, number(8..10)?).ok_or(NotATime)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(10);
        self.write_to(&mut out);
        f.write_str(std::str::from_utf8(&out).unwrap_or_default())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A number from 0 to 99 as two digits.
fn two(n: i64) -> [u8; 2] {
    let n = u8::try_from(n.rem_euclid(100)).unwrap_or(0);
    [b'0' + n / 10, b'0' + n % 10]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_spellings() {
        let t = Timestamp::parse_rfc3339("2022-07-08T18:28:13.9+02:00").unwrap();
        assert_eq!(t.to_plus(), "2022-07-08T16:28:13+00:00");
        assert_eq!(t.to_z(), "2022-07-08T16:28:13.000Z");
        assert_eq!(t.date().to_string(), "2022-07-08");
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in
            ["2023-02-29", "2023-13-01", "2023-1-01", "20230101", "0000-01-01", "2023-01-01T", "+023-01-01"]
        {
            assert_eq!(text.parse::<Date>(), Err(NotATime), "{text}");
        }
        assert!(Timestamp::parse_rfc3339("2023-01-01").is_err());
    }

    proptest! {
        #[test]
        fn civil_dates_agree_with_the_calendar(days in -719_162i32..2_932_896) {
            let date = Date::from_days(days);
            let (y, m, d) = date.ymd();
            prop_assert_eq!(Date::from_ymd(y, m, d), Some(date));
            prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
            prop_assert!(Date::first_of_month(date.month_index()).unwrap() <= date);
        }
    }
}
