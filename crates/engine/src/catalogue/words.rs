//! Names and addresses as the search compares them. Source: `spec: nexus-core, 3`.

/// A name as it is compared: lower-case, accents and apostrophes dropped, other punctuation made a space,
/// words one space apart.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |c: char| {
        // First, because some of these count as letters.
        if is_apostrophe(c) || is_accent(c) {
            return;
        }
        if !c.is_alphanumeric() {
            gap = true;
            return;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        out.push(without_accent(c));
    };
    if text.is_ascii() {
        text.bytes().for_each(|byte| push(char::from(byte.to_ascii_lowercase())));
    } else {
        // Apostrophes go first: a free-standing acute accent would become a space and an accent.
        let text: String = text.chars().filter(|c| !is_apostrophe(*c)).collect();
        domain::text::normalized(&text).chars().for_each(push);
    }
    out
}

/// Longest name of a host that DNS knows.
const HOST_MAX: usize = 253;

/// The host of an address, lower-case, without scheme, user, `www.`, port and path; `None` where nothing is
/// left, or more than a host can be.
pub(super) fn host_of(url: &str) -> Option<String> {
    let url = url.trim();
    let rest = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => rest,
        _ => url.trim_start_matches('/'),
    };
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.rfind(']') {
        Some(end) => host.get(..=end).unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_lowercase();
    let host = host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(&host);
    (1..=HOST_MAX).contains(&host.len()).then(|| host.to_owned())
}

const fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{b4}' | '\u{2b9}'..='\u{2bd}' | '\u{2c8}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}'
    )
}

const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The letter below an accent, of the Latin, Greek and Cyrillic letters that have one code with it.
#[rustfmt::skip]
const fn without_accent(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ǟ' | 'ǡ' | 'ǻ' | 'ȁ' | 'ȃ' | 'ȧ' | 'ḁ' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ' | 'ậ' | 'ắ' | 'ằ' | 'ẳ' | 'ẵ' | 'ặ' => 'a',
        'ḃ' | 'ḅ' | 'ḇ' => 'b',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' | 'ḉ' => 'c',
        'ď' | 'ḋ' | 'ḍ' | 'ḏ' | 'ḑ' | 'ḓ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ȅ' | 'ȇ' | 'ȩ' | 'ḕ' | 'ḗ' | 'ḙ' | 'ḛ' | 'ḝ' | 'ẹ' | 'ẻ' | 'ẽ' | 'ế' | 'ề' | 'ể' | 'ễ' | 'ệ' => 'e',
        'ḟ' => 'f',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' | 'ǧ' | 'ǵ' | 'ḡ' => 'g',
        'ĥ' | 'ȟ' | 'ḣ' | 'ḥ' | 'ḧ' | 'ḩ' | 'ḫ' | 'ẖ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ǐ' | 'ȉ' | 'ȋ' | 'ḭ' | 'ḯ' | 'ỉ' | 'ị' => 'i',
        'ĵ' | 'ǰ' => 'j',
        'ķ' | 'ǩ' | 'ḱ' | 'ḳ' | 'ḵ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ḷ' | 'ḹ' | 'ḻ' | 'ḽ' => 'l',
        'ḿ' | 'ṁ' | 'ṃ' => 'm',
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ǹ' | 'ṅ' | 'ṇ' | 'ṉ' | 'ṋ' => 'n',
        'ò'..='ö' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ǫ' | 'ǭ' | 'ȍ' | 'ȏ' | 'ȫ' | 'ȭ' | 'ȯ' | 'ȱ' | 'ṍ' | 'ṏ' | 'ṑ' | 'ṓ' | 'ọ' | 'ỏ' | 'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ' | 'ớ' | 'ờ' | 'ở' | 'ỡ' | 'ợ' => 'o',
        'ṕ' | 'ṗ' => 'p',
        'ŕ' | 'ŗ' | 'ř' | 'ȑ' | 'ȓ' | 'ṙ' | 'ṛ' | 'ṝ' | 'ṟ' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' | 'ṡ' | 'ṣ' | 'ṥ' | 'ṧ' | 'ṩ' => 's',
        'ţ' | 'ť' | 'ț' | 'ṫ' | 'ṭ' | 'ṯ' | 'ṱ' | 'ẗ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' | 'ȕ' | 'ȗ' | 'ṳ' | 'ṵ' | 'ṷ' | 'ṹ' | 'ṻ' | 'ụ' | 'ủ' | 'ứ' | 'ừ' | 'ử' | 'ữ' | 'ự' => 'u',
        'ṽ' | 'ṿ' => 'v',
        'ŵ' | 'ẁ' | 'ẃ' | 'ẅ' | 'ẇ' | 'ẉ' | 'ẘ' => 'w',
        'ẋ' | 'ẍ' => 'x',
        'ý' | 'ÿ' | 'ŷ' | 'ȳ' | 'ẏ' | 'ẙ' | 'ỳ' | 'ỵ' | 'ỷ' | 'ỹ' => 'y',
        'ź' | 'ż' | 'ž' | 'ẑ' | 'ẓ' | 'ẕ' => 'z',
        'ǣ' | 'ǽ' => 'æ',
        'ǿ' => 'ø',
        'ǯ' => 'ʒ',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ΐ' | 'ί' | 'ϊ' => 'ι',
        'ό' => 'ο',
        'ΰ' | 'ϋ' | 'ύ' => 'υ',
        'ώ' => 'ω',
        'ӑ' | 'ӓ' => 'а',
        'ѓ' => 'г',
        'ѐ' | 'ё' | 'ӗ' => 'е',
        'ӂ' | 'ӝ' => 'ж',
        'ӟ' => 'з',
        'й' | 'ѝ' | 'ӣ' | 'ӥ' => 'и',
        'ќ' => 'к',
        'ӧ' => 'о',
        'ў' | 'ӯ' | 'ӱ' | 'ӳ' => 'у',
        'ӵ' => 'ч',
        'ӹ' => 'ы',
        'ӭ' => 'э',
        'ї' => 'і',
        'ѷ' => 'ѵ',
        'ӛ' => 'ә',
        'ӫ' => 'ө',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded() {
        for (text, expected) in [
            ("  First--National  Bank, N.A. ", "first national bank n a"),
            ("ÀÉÎÕÜÝ ÇÑŠŽ ŐŰ ẾỨẠ Łódź", "aeiouy cnsz ou eua łodz"),
            ("cafe\u{301} x\u{302}", "cafe x"),
            ("Joe's Joe\u{2019}s Joe`s Joe\u{b4}s Hawai\u{2bb}i", "joes joes joes joes hawaii"),
            ("Straße ＢＡＮＫ №7", "strasse bank no7"),
            ("Τράπεζα Πειραιώς", "τραπεζα πειραιωσ"),
            ("Русский Ёж", "русскии еж"),
            ("銀行・東京", "銀行 東京"),
            ("'\u{301}-", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
            assert_eq!(folded(&folded(text)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_left_of_an_address_is_its_host() {
        for (url, host) in [
            ("https://www.mx.com", Some("mx.com")),
            ("www.com", Some("www.com")),
            ("www2.mx.com", Some("www2.mx.com")),
            ("MX.com:443", Some("mx.com")),
            ("https://[::1]:80/x", Some("[::1]")),
            ("https://bücher.example/ü", Some("bücher.example")),
            ("/", None),
            ("https:///path", None),
        ] {
            assert_eq!(host_of(url).as_deref(), host, "{url}");
        }
    }
}
