//! JSON text appended to a buffer: for answers of many rows, where every allocation counts.
use crate::time::{Date, Timestamp};

/// Whether JSON demands an escape: control characters, the quotation mark and the backslash.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table
};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Both digits of every byte.
const HEX_PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [HEX[byte >> 4], HEX[byte & 15]];
        byte += 1;
    }
    pairs
};

/// Appends a string with its quotation marks. Only what JSON demands is escaped; `' < > =` and all of
/// Unicode go out raw (`spec: conventions, 7`).
pub fn push_str(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)]) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else { break };
        push_escape(out, *byte);
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cold]
fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a string, or `null`.
pub fn push_opt_str(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => push_str(out, text),
        None => push_null(out),
    }
}

/// Appends a whole number.
pub fn push_int(out: &mut Vec<u8>, number: i64) {
    let mut buffer = [0u8; 20];
    let mut at = buffer.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    out.extend_from_slice(&buffer[at..]);
}

/// Appends `true` or `false`.
pub fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Appends `null`.
pub fn push_null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

/// Appends `"2022-07-08T16:28:13+00:00"`, or `null`.
pub fn push_plus(out: &mut Vec<u8>, time: Option<Timestamp>) {
    push_quoted(out, time, Timestamp::write_plus);
}

/// Appends `"2016-09-21T22:08:59.000Z"`, or `null`.
pub fn push_z(out: &mut Vec<u8>, time: Option<Timestamp>) {
    push_quoted(out, time, Timestamp::write_z);
}

/// Appends `"2022-07-08"`, or `null`.
pub fn push_date(out: &mut Vec<u8>, date: Option<Date>) {
    push_quoted(out, date, Date::write_to);
}

/// Appends a guid with its prefix.
pub fn push_guid(out: &mut Vec<u8>, prefix: [u8; 3], bytes: &[u8; 16]) {
    let mut text = [b'"'; 42];
    text[1..4].copy_from_slice(&prefix);
    text[4] = b'-';
    let mut at = 5;
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text[at] = b'-';
            at += 1;
        }
        text[at..at + 2].copy_from_slice(&HEX_PAIRS[usize::from(*byte)]);
        at += 2;
    }
    out.extend_from_slice(&text);
}

fn push_quoted<T>(out: &mut Vec<u8>, value: Option<T>, write: fn(T, &mut Vec<u8>)) {
    match value {
        Some(value) => {
            out.push(b'"');
            write(value, out);
            out.push(b'"');
        }
        None => push_null(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_json_demands_is_escaped() {
        assert_eq!(
            text(|o| push_str(o, "Joe's <b> > \"=\" Café 漢 🙂 / \u{7f}")),
            "\"Joe's <b> > \\\"=\\\" Café 漢 🙂 / \u{7f}\""
        );
        assert_eq!(text(|o| push_str(o, "\\\n\r\t\u{8}\u{c}\u{0}\u{1f}")), r#""\\\n\r\t\b\f\u0000\u001f""#);
        assert_eq!(text(|o| push_opt_str(o, None)), "null");
    }

    #[test]
    fn times_and_dates() {
        let time = Timestamp::from_seconds(1_657_297_693);
        assert_eq!(text(|o| push_plus(o, Some(time))), "\"2022-07-08T16:28:13+00:00\"");
        assert_eq!(text(|o| push_z(o, Some(time))), "\"2022-07-08T16:28:13.000Z\"");
        assert_eq!(text(|o| push_date(o, Some(time.date()))), "\"2022-07-08\"");
        assert_eq!(text(|o| push_date(o, None)), "null");
    }

    #[test]
    fn guids_as_everywhere() {
        let guid: crate::guid::UserGuid = "USR-11141024-90b3-1bce-cac9-c06ced52ab4c".parse().unwrap();
        assert_eq!(text(|o| push_guid(o, *b"USR", guid.as_bytes())), format!("\"{guid}\""));
    }

    proptest! {
        #[test]
        fn any_string_and_number_reads_back(string in any::<String>(), number: i64, flag: bool) {
            let json = text(|o| {
                o.push(b'[');
                push_str(o, &string);
                o.push(b',');
                push_int(o, number);
                o.push(b',');
                push_bool(o, flag);
                o.push(b']');
            });
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read, serde_json::json!([string, number, flag]));
        }
    }
}
