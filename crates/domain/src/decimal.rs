//! Decimals as scaled 64-bit integers: [`Money`] in hundredths, [`Rate`] in millionths. Never a
//! binary float. Source: `spec: conventions, 7`.
use std::{fmt, str::FromStr};

/// A decimal with `S` digits after the point, kept as an integer of its smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal<const S: u32>(i64);

/// Hundredths: balances (14,2) and amounts (10,2).
pub type Money = Decimal<2>;
/// Millionths: rates (10,6), shares (18,6), coordinates.
pub type Rate = Decimal<6>;

/// Why a text or number is not such a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a number at all.
    #[error("not a number")]
    NotANumber,
    /// More digits, before or after the point, than allowed; trailing zeros do not count.
    #[error("too many digits")]
    TooManyDigits,
}

impl<const S: u32> Decimal<S> {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The decimal of so many of its smallest units.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// How many of its smallest units, as stored.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// Sum, or `None` beyond 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` beyond 64 bits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it has at most `digits` digits in all.
    pub fn fits(self, digits: u32) -> bool {
        10u64.checked_pow(digits).is_none_or(|limit| self.0.unsigned_abs() < limit)
    }

    /// Parses `-12.340`, `1e3`, `.5`; exact, else an error. JSON numbers and numeric strings.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        Self::parse_with(text, false)
    }

    /// As [`Decimal::parse`], but rounds half away from zero where there are too many decimals:
    /// for what institutions send.
    pub fn parse_rounded(text: &str) -> Result<Self, DecimalError> {
        Self::parse_with(text, true)
    }

    fn parse_with(text: &str, round: bool) -> Result<Self, DecimalError> {
        let (negative, body) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match body.find(['e', 'E']) {
            Some(at) => {
                let exponent = body[at + 1..].parse::<i32>().map_err(|_| DecimalError::NotANumber)?;
                (&body[..at], exponent)
            }
            None => (body, 0),
        };
        if exponent.abs() > 30 {
            return Err(DecimalError::TooManyDigits);
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits_only(whole) || !digits_only(fraction) {
            return Err(DecimalError::NotANumber);
        }
        let places = i64::try_from(whole.len()).unwrap_or(i64::MAX) + i64::from(exponent) + i64::from(S);
        let mut units: i64 = 0;
        let mut round_up = false;
        for (index, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
            let digit = i64::from(byte - b'0');
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            if index < places {
                units = units
                    .checked_mul(10)
                    .and_then(|u| u.checked_add(digit))
                    .ok_or(DecimalError::TooManyDigits)?;
            } else if !round {
                if digit != 0 {
                    return Err(DecimalError::TooManyDigits);
                }
            } else if index == places {
                round_up = digit >= 5;
            }
        }
        let given = i64::try_from(whole.len() + fraction.len()).unwrap_or(i64::MAX);
        for _ in given..places {
            units = units.checked_mul(10).ok_or(DecimalError::TooManyDigits)?;
        }
        if round_up {
            units = units.checked_add(1).ok_or(DecimalError::TooManyDigits)?;
        }
        Ok(Self(if negative { -units } else { units }))
    }

    /// Appends the number without trailing zeros: `500000`, `33.88` (`spec: nexus-pfm, MO-2`).
    pub fn write_to(self, out: &mut Vec<u8>) {
        if self.0 < 0 {
            out.push(b'-');
        }
        let scale = 10u64.pow(S);
        let units = self.0.unsigned_abs();
        write_digits(out, units / scale, 1);
        let mut fraction = units % scale;
        if fraction != 0 {
            out.push(b'.');
            let mut width = S as usize;
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                width -= 1;
            }
            write_digits(out, fraction, width);
        }
    }
}

/// Appends a number in decimal with at least `width` digits.
fn write_digits(out: &mut Vec<u8>, mut n: u64, width: usize) {
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    while n > 0 {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(n % 10).unwrap_or(0);
        n /= 10;
    }
    let at = at.min(buffer.len() - width.min(buffer.len()));
    out.extend_from_slice(&buffer[at..]);
}

impl<const S: u32> FromStr for Decimal<S> {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Self::parse(text)
    }
}

impl<const S: u32> fmt::Display for Decimal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(20);
        self.write_to(&mut out);
        f.pad(std::str::from_utf8(&out).unwrap_or_default())
    }
}

impl<const S: u32> fmt::Debug for Decimal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_clients_and_banks_write_them() {
        for (text, units) in [
            ("0", 0),
            ("33.88", 3388),
            ("-0.5", -50),
            (".5", 50),
            ("5.", 500),
            ("1e3", 100_000),
            ("1.250e1", 1250),
            ("+7", 700),
            ("12.3400", 1234),
        ] {
            assert_eq!(Money::parse(text), Ok(Money::from_units(units)), "{text}");
        }
        for text in ["", "-", ".", "1,5", "0x1", "NaN", "1e", "--1", "1 "] {
            assert_eq!(Money::parse(text), Err(DecimalError::NotANumber), "{text}");
        }
        assert_eq!(Money::parse("0.001"), Err(DecimalError::TooManyDigits));
        assert_eq!(Money::parse("99999999999999999999"), Err(DecimalError::TooManyDigits));
        assert_eq!(Money::parse_rounded("0.005"), Ok(Money::from_units(1)));
        assert_eq!(Money::parse_rounded("-1.0049"), Ok(Money::from_units(-100)));
        assert_eq!(Money::parse_rounded("1e-3"), Ok(Money::ZERO));
    }

    #[test]
    fn digits_in_all() {
        assert!(Money::parse("99999999.99").unwrap().fits(10));
        assert!(!Money::parse("100000000").unwrap().fits(10));
    }

    proptest! {
        #[test]
        fn text_and_back(units in any::<i64>().prop_filter("abs", |u| *u != i64::MIN)) {
            let money = Money::from_units(units);
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
            let rate = Rate::from_units(units);
            prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _: Result<_, _> = Money::parse(&text);
            let _: Result<_, _> = Money::parse_rounded(&text);
        }
    }
}
