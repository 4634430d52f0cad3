//! Values of settings: each is read from the same text on the command line, in the environment and in the file.
use domain::secret::SecretText;
use faces::source::Network;
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use std::{fmt, str::FromStr, time::Duration};

/// Longest duration of a setting: ten years.
const PERIOD_MAX: Duration = Duration::from_secs(3660 * DAY);
const DAY: u64 = 86_400;

/// A duration: `15m`, `30 min`, `1h 30m`, `14 days`, `250ms`; a bare number is seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period(pub(crate) Duration);

/// A size: `1 MiB`, `8KiB`; a bare number is bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

/// `true` or `false`, also `yes`, `no`, `on`, `off`, `1`, `0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

/// A value that may be `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Switch<T>(pub(crate) Option<T>);

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number<T>(pub(crate) T);

/// A text that is never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) SecretText);

/// A plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

/// Addresses and networks: a list, or separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Networks(pub(crate) Vec<Network>, Vec<String>);

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is shown of a value: for people, never a secret; and how the settings file spells it.
pub(crate) trait Show {
    /// `None` where nothing is set.
    fn show(&self) -> Option<String>;
    /// Whether the file takes it without quotes.
    fn is_bare(&self) -> bool {
        false
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a duration: write 45s, 15m, 3h, 14d or 1h 30m");
        let mut rest = text.trim();
        if let Ok(seconds) = rest.parse::<u64>() {
            return Self::new(Duration::from_secs(seconds)).ok_or_else(wrong);
        }
        let mut total = Duration::ZERO;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let tail = tail.trim_start();
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let millis: u64 = match unit.to_ascii_lowercase().as_str() {
                "ms" => 1,
                "s" | "sec" | "secs" | "second" | "seconds" => 1000,
                "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
                "h" | "hour" | "hours" => 3_600_000,
                "d" | "day" | "days" => 1000 * DAY,
                "w" | "week" | "weeks" => 7000 * DAY,
                _ => return Err(wrong()),
            };
            let part = number.parse::<u64>().ok().and_then(|n| n.checked_mul(millis)).ok_or_else(wrong)?;
            total = total.checked_add(Duration::from_millis(part)).ok_or_else(wrong)?;
            rest = tail.trim_start();
        }
        Self::new(total).ok_or_else(wrong)
    }
}

impl Period {
    fn new(duration: Duration) -> Option<Self> {
        (duration <= PERIOD_MAX).then_some(Self(duration))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut millis = self.0.as_millis();
        if millis == 0 {
            return f.write_str("0s");
        }
        let mut first = true;
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
            let count = millis / size;
            millis %= size;
            if count > 0 {
                write!(f, "{}{count}{unit}", if first { "" } else { " " })?;
                first = false;
            }
        }
        Ok(())
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a size: write 512, 8 KiB or 1 MiB");
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" | "bytes" => 0,
            "k" | "kib" => 10,
            "m" | "mib" => 20,
            "g" | "gib" => 30,
            _ => return Err(wrong()),
        };
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(1 << shift).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 > 0 && self.0.trailing_zeros() >= shift {
                return write!(f, "{} {unit}", self.0 >> shift);
            }
        }
        write!(f, "{}", self.0)
    }
}

impl Bytes {
    /// For limits that are counted in memory.
    pub(crate) fn get(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for Flag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Self(true)),
            "false" | "no" | "off" | "0" => Ok(Self(false)),
            _ => Err(format!("\"{text}\" is neither true nor false")),
        }
    }
}

impl<T: FromStr<Err = String>> FromStr for Switch<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Ok(Self(None));
        }
        text.parse().map(|value| Self(Some(value))).map_err(|e: String| format!("{e}, or off"))
    }
}

impl<T: FromStr> FromStr for Number<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a whole number, or too large");
        text.trim().replace('_', "").parse().map(Self).map_err(|_| wrong())
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(SecretText::new(text)))
    }
}

impl FromStr for Text {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("\"{text}\" is neither text nor json")),
        }
    }
}

impl FromStr for Networks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            all.0.push(word.parse().map_err(|e| format!("\"{word}\" is {e}"))?);
            all.1.push(word.to_owned());
        }
        Ok(all)
    }
}

/// Reads a value from a text, number, boolean or list of texts.
struct FromText<T>(std::marker::PhantomData<T>);

impl<'de, T: FromStr<Err = String>> Visitor<'de> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, number or list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element::<String>()? {
            words.push(word);
        }
        self.visit_str(&words.join(","))
    }
}

macro_rules! from_text {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(FromText(std::marker::PhantomData))
            }
        }
    )*};
}

from_text!(Period, Bytes, Flag, Secret, Text, LogFormat, Networks);

impl<'de, T> Deserialize<'de> for Number<T>
where
    Self: FromStr<Err = String>,
{
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FromText(std::marker::PhantomData))
    }
}

impl<'de, T> Deserialize<'de> for Switch<T>
where
    Self: FromStr<Err = String>,
{
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FromText(std::marker::PhantomData))
    }
}

impl Show for Period {
    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Show for Bytes {
    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Show for Flag {
    fn show(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn is_bare(&self) -> bool {
        true
    }
}

impl<T: fmt::Display> Show for Number<T> {
    fn show(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn is_bare(&self) -> bool {
        true
    }
}

impl<T: Show> Show for Switch<T> {
    fn show(&self) -> Option<String> {
        self.0.as_ref().map_or_else(|| Some("off".to_owned()), T::show)
    }

    fn is_bare(&self) -> bool {
        self.0.as_ref().is_some_and(T::is_bare)
    }
}

impl Show for Text {
    fn show(&self) -> Option<String> {
        Some(self.0.clone())
    }
}

impl Show for Secret {
    fn show(&self) -> Option<String> {
        Some("[secret]".to_owned())
    }
}

impl Show for LogFormat {
    fn show(&self) -> Option<String> {
        Some(if *self == Self::Json { "json" } else { "text" }.to_owned())
    }
}

impl Show for Networks {
    fn show(&self) -> Option<String> {
        (!self.1.is_empty()).then(|| self.1.join(", "))
    }
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }

    fn is_bare(&self) -> bool {
        self.as_ref().is_some_and(T::is_bare)
    }
}
