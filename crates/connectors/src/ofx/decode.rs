//! Bytes to text. What is declared is often wrong, so that what the bytes say counts first.
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How far the header is searched for a declaration.
const HEADER_BYTES_MAX: usize = 4096;
/// Keys of an OFX 1 header. Some banks lose every line break, and a value ends where the next key begins.
const HEADER_KEYS: [&str; 8] =
    ["DATA", "VERSION", "SECURITY", "ENCODING", "CHARSET", "COMPRESSION", "OLDFILEUID", "NEWFILEUID"];

/// The text of a file. Order: byte order mark, UTF-16 by its zero bytes, valid UTF-8, mostly valid UTF-8
/// (names cut in the middle of a letter), the declared code page, Windows-1252. Never fails.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let body = bytes.get(mark..).unwrap_or_default();
        if encoding == UTF_16LE || encoding == UTF_16BE {
            return encoding.decode_without_bom_handling(body).0;
        }
        return decode_bytes(body);
    }
    match bytes {
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => {
            UTF_16LE.decode_without_bom_handling(bytes).0
        }
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => {
            UTF_16BE.decode_without_bom_handling(bytes).0
        }
        _ => decode_bytes(bytes),
    }
}

fn decode_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    if is_mostly_utf8(bytes) {
        return String::from_utf8_lossy(bytes);
    }
    let declared = declared(bytes).unwrap_or(WINDOWS_1252);
    declared
        .decode_without_bom_handling_and_without_replacement(bytes)
        .unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(bytes).0)
}

/// Whether there are more whole multi-byte letters than broken ones.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole = whole.saturating_add(chunk.valid().chars().filter(|c| !c.is_ascii()).count());
        broken = broken.saturating_add(usize::from(!chunk.invalid().is_empty()));
    }
    whole > broken
}

/// The code page that the header declares, if it is one that keeps ASCII.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..HEADER_BYTES_MAX.min(bytes.len()))?).to_ascii_uppercase();
    let head = head.get(..head.find("<OFX>").unwrap_or(head.len()))?;
    xml_declared(head)
        .or_else(|| header_value(head, "CHARSET").and_then(|value| encoding(&value)))
        .or_else(|| header_value(head, "ENCODING").and_then(|value| encoding(&value)))
        .filter(|encoding| encoding.is_ascii_compatible() && *encoding != encoding_rs::UTF_8)
}

fn xml_declared(head: &str) -> Option<&'static Encoding> {
    let (_, rest) = head.split_once("<?XML")?;
    let (_, rest) = rest.split_once("ENCODING")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    encoding(rest.get(1..)?.split(quote).next()?)
}

/// The value of a header key: `CHARSET:1252`, `CHARSET : 1252`, `CHARSET:1252COMPRESSION:NONE`.
fn header_value(head: &str, key: &str) -> Option<String> {
    let (_, rest) = head.split_once(key)?;
    let rest = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?.trim_start_matches([' ', '\t']);
    let word = rest.split(char::is_whitespace).next()?;
    let end = HEADER_KEYS.iter().filter_map(|key| word.find(key)).min().unwrap_or(word.len());
    word.get(..end).map(str::to_owned)
}

/// The encoding behind an upper-case name: a label of the web, or the bare number of a code page.
fn encoding(name: &str) -> Option<&'static Encoding> {
    let name = name.trim();
    if let Some(found) = Encoding::for_label(name.as_bytes()) {
        return Some(found);
    }
    let number = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let label = match number {
        "932" => "shift_jis".to_owned(),
        "936" => "gbk".to_owned(),
        "949" => "euc-kr".to_owned(),
        "950" => "big5".to_owned(),
        "" => return None,
        _ if number.starts_with("8859") => format!("iso-{number}"),
        _ => format!("windows-{number}"),
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_code_pages() {
        for (head, bytes, text) in [
            ("ENCODING:USASCII\r\nCHARSET:1252\r\n", &b"Caf\xe9 \x80"[..], "Café €"),
            ("ENCODING:USASCII\nCHARSET : 1251\n", b"\xcf\xf0", "Пр"),
            ("ENCODING:USASCIICHARSET:1250COMPRESSION:NONE", b"\xb9\x9c", "ąś"),
            ("ENCODING:ISO-8859-2\nCHARSET:NONE\n", b"\xb1\xb6", "ąś"),
            ("CHARSET:8859-15\n", b"\xa4", "€"),
            ("CHARSET:932\n", b"\x8b\xe2\x8d\x73", "銀行"),
            ("ENCODING:UTF-8\nCHARSET:NONE\n", b"Caf\xe9", "Café"),
            ("ENCODING:UNICODE\nCHARSET:NONE\n", b"Caf\xe9", "Café"),
            ("ENCODING:USASCII\nCHARSET:1252\n", "Café".as_bytes(), "Café"),
            ("CHARSET:NOSUCH\n", b"Caf\xe9", "Café"),
            ("CHARSET:932\n", b"Caf\xe9", "Café"),
            ("<?xml version='1.0' encoding = 'iso-8859-5'?>", b"\xbf\xe0", "Пр"),
            ("<?xml version='1.0' encoding='utf-16'?>", b"Caf\xe9", "Café"),
        ] {
            let file = [head.as_bytes(), b"<OFX>", bytes].concat();
            assert_eq!(decode(&file).split_once("<OFX>").unwrap().1, text, "{head}");
        }
    }

    #[test]
    fn utf8_with_a_letter_cut_in_half_stays_utf8() {
        let file = [b"CHARSET:1252\n<OFX>", "Müller Bäckerei".as_bytes(), b"Gr\xc3<"].concat();
        assert!(decode(&file).ends_with("Müller BäckereiGr\u{fffd}<"));
    }
}
