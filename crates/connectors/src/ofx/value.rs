//! Amounts, dates and text as banks write them.
use super::card;
use domain::{
    decimal::Decimal,
    time::{Date, Timestamp},
};
use std::borrow::Cow;

/// Longest text that may be a number.
const NUMBER_BYTES_MAX: usize = 64;

/// How a lone comma (or point) before exactly three digits is read: `1,234`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoneComma {
    /// As the sign of thousands: money has no three decimals.
    Thousands,
    /// As the decimal sign, as the format says: shares and prices have many decimals.
    Decimal,
}

/// Parses a number with a decimal point or comma, thousands separators (`1,234.56`, `1.234,56`, `1 234,56`,
/// `1'234.56`), a sign before or behind; rounds half away from zero.
pub(super) fn decimal<const S: u32>(text: &str, lone_comma: LoneComma) -> Option<Decimal<S>> {
    let text = text.trim();
    if text.len() > NUMBER_BYTES_MAX {
        return None;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.') && unsigned.matches('.').count() <= 1 {
        return Decimal::parse_rounded(text).ok();
    }
    Decimal::parse_rounded(&plain_number(text, lone_comma)?).ok()
}

/// The number with nothing but a sign, digits and a decimal point.
fn plain_number(text: &str, lone_comma: LoneComma) -> Option<String> {
    let (negative, body) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(body) => (true, body),
        None => match text.strip_suffix('-') {
            Some(body) => (true, body),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        },
    };
    let body = body.trim();
    let point = decimal_sign(body, lone_comma);
    let (whole, fraction) = match point {
        Some(at) => (body.get(..at)?, body.get(at.checked_add(1)?..)?),
        None => (body, ""),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mut out = String::with_capacity(body.len().saturating_add(1));
    if negative {
        out.push('-');
    }
    push_groups(&mut out, whole)?;
    out.push('.');
    out.push_str(fraction);
    Some(out)
}

/// Where the decimal sign stands: of two kinds of separators the last, of one kind it must be the only one.
fn decimal_sign(body: &str, lone_comma: LoneComma) -> Option<usize> {
    let comma = body.rfind(',');
    let point = body.rfind('.');
    match (comma, point) {
        (Some(comma), Some(point)) => Some(comma.max(point)),
        (None, Some(point)) => (body.find('.') == Some(point)).then_some(point),
        (Some(comma), None) => {
            let whole = body.get(..comma)?;
            let decimals = body.len().saturating_sub(comma).saturating_sub(1);
            let is_thousands = lone_comma == LoneComma::Thousands
                && decimals == 3
                && (1..=3).contains(&whole.len())
                && !whole.starts_with('0');
            (body.find(',') == Some(comma) && !is_thousands).then_some(comma)
        }
        (None, None) => None,
    }
}

/// Appends the digits of `1,234,567`: one kind of separator, and all groups but the first of three digits.
fn push_groups(out: &mut String, whole: &str) -> Option<()> {
    let Some(separator) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        out.push_str(whole);
        return Some(());
    };
    if !matches!(separator, ',' | '.' | ' ' | '\'' | '\u{2019}' | '\u{202f}') {
        return None;
    }
    for (index, group) in whole.split(separator).enumerate() {
        let fits = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        if !fits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        out.push_str(group);
    }
    Some(())
}

/// Parses a date: `YYYYMMDD`, with `HHMM` or `HHMMSS`, `.XXX`, `[-5:EST]`; also `YYYY-MM-DD`.
///
/// Banks write midnight or noon of their own zone where they mean a day, so that both, as a missing or
/// impossible time, become noon UTC of the day written; any other time is converted to UTC.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let iso = text.get(..10).filter(|head| matches!(head.as_bytes().get(4), Some(b'-' | b'/')));
    let (day, rest) = match iso {
        Some(head) => (head.replace('/', "-").parse().ok()?, text.get(10..)?),
        None => (compact_day(text.get(..8)?)?, text.get(8..)?),
    };
    let Some((seconds, rest)) = time_of_day(rest.trim_start_matches(['T', ' '])) else {
        return Some(day.noon());
    };
    if seconds == 0 || seconds == 12 * 3600 {
        return Some(day.noon());
    }
    let offset = offset_seconds(rest).unwrap_or(0);
    Some(day.midnight().plus_seconds(seconds.saturating_sub(offset)))
}

fn compact_day(digits: &str) -> Option<Date> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::from_ymd(
        digits.get(..4)?.parse().ok()?,
        digits.get(4..6)?.parse().ok()?,
        digits.get(6..8)?.parse().ok()?,
    )
}

/// Seconds since midnight and what follows the time; `None` where there is no such time.
fn time_of_day(text: &str) -> Option<(i64, &str)> {
    let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b':').count();
    let digits: String = text.get(..end)?.chars().filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4 | 6) {
        return None;
    }
    let part = |range| digits.get(range).map_or(Some(0), |part: &str| part.parse::<i64>().ok());
    let (hour, minute, second) = (part(0..2)?, part(2..4)?, part(4..6)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
    let rest = text.get(end..)?;
    let fraction =
        rest.strip_prefix(['.', ',']).map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    Some((seconds, fraction.unwrap_or(rest)))
}

/// Seconds east of Greenwich: `[-5:EST]`, `[-5]`, `[+5.5:IST]`, `[-:EST]`, `[EST]`, `+05:30`, `Z`.
fn offset_seconds(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('[');
    let text = text.split(']').next()?.trim();
    let negative = text.starts_with('-');
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = body.bytes().take_while(u8::is_ascii_digit).count();
    let (hours, rest) = body.split_at_checked(end)?;
    if hours.is_empty() {
        return zone_hours(rest.trim_start_matches(':')).map(|hours| hours.saturating_mul(3600));
    }
    let (hours, minutes) = match hours.len() {
        1 | 2 => (hours.parse::<i64>().ok()?, minutes(rest)),
        4 => (hours.get(..2)?.parse().ok()?, hours.get(2..)?.parse::<i64>().ok()?),
        _ => return None,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    let seconds = hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60));
    Some(if negative { seconds.saturating_neg() } else { seconds })
}

/// Minutes behind the hours of an offset: `.5` and `.50` are decimals, `.30`, `.45`, `:30` are minutes.
fn minutes(text: &str) -> i64 {
    let Some(rest) = text.strip_prefix(['.', ',', ':']) else { return 0 };
    let end = rest.bytes().take_while(u8::is_ascii_digit).count();
    let digits = rest.get(..end).unwrap_or_default();
    match (text.starts_with(':'), digits.len(), digits.parse::<i64>()) {
        (true, 2, Ok(minutes)) | (false, 2, Ok(minutes @ (15 | 30 | 45))) => minutes,
        (false, 1, Ok(tenths)) => tenths.saturating_mul(6),
        (false, 2, Ok(hundredths)) => hundredths.saturating_mul(60).div_euclid(100),
        _ => 0,
    }
}

/// Hours of the zones that banks name without a number.
fn zone_hours(name: &str) -> Option<i64> {
    Some(match name {
        "GMT" | "UTC" | "Z" => 0,
        "EDT" | "AST" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" | "AKDT" => -8,
        "CET" => 1,
        "CEST" => 2,
        _ => return None,
    })
}

/// Appends text with its entities resolved. What is no entity stays as it is.
pub(super) fn push_unescaped(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let entity = rest.bytes().take(12).position(|b| b == b';').and_then(|end| {
            let resolved = entity(rest.get(1..end)?)?;
            Some((resolved, rest.get(end.checked_add(1)?..)?))
        });
        let (c, after) = entity.unwrap_or(('&', rest.get(1..).unwrap_or_default()));
        out.push(c);
        rest = after;
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    Some(match name.to_ascii_lowercase().as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => return None,
    })
}

/// Trims, makes one space of a line break with the blanks around it and of a tab, and drops control characters.
pub(super) fn tidy(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_plain = |text: &str| {
        text.bytes().all(|b| (b' '..0x7f).contains(&b))
            || text.chars().all(|c| !c.is_control() && c != '\u{a0}' && c != '\u{feff}')
    };
    match text {
        Cow::Borrowed(text) if is_plain(text.trim()) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if is_plain(&text) && text.trim().len() == text.len() => Cow::Owned(text),
        text => Cow::Owned(rebuilt(text.trim())),
    }
}

fn rebuilt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_break = false;
    for c in text.chars() {
        match c {
            '\n' | '\r' => {
                out.truncate(out.trim_end().len());
                after_break = true;
            }
            ' ' | '\t' | '\u{a0}' if after_break => {}
            '\t' | '\u{a0}' => out.push(' '),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => {
                if after_break && !out.is_empty() {
                    out.push(' ');
                }
                after_break = false;
                out.push(c);
            }
        }
    }
    out.truncate(out.trim_end().len());
    out.drain(..out.len().saturating_sub(out.trim_start().len()));
    out
}

/// Text that leaves the module: masked; `None` where there is none.
pub(super) fn public(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| card::mask(text).into_owned())
}

/// An id that leaves the module: masked and told apart; `None` where there is none.
pub(super) fn public_id(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| card::mask_id(text).into_owned())
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests;
