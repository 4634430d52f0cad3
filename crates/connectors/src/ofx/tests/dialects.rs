//! The slips of banks: all of these are the same statement.
use super::*;

const PLAIN: &str = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n\
<OFX>\n<SIGNONMSGSRSV1>\n<SONRS>\n<STATUS>\n<CODE>0\n<SEVERITY>INFO\n</STATUS>\n<FI>\n<ORG>Bank\n<FID>1\n</FI>\n\
<INTU.BID>9\n</SONRS>\n</SIGNONMSGSRSV1>\n<BANKMSGSRSV1>\n<STMTTRNRS>\n<TRNUID>0\n<STMTRS>\n<CURDEF>USD\n\
<BANKACCTFROM>\n<BANKID>111000025\n<ACCTID>12345678\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n\
<BANKTRANLIST>\n<DTSTART>20240101\n<DTEND>20240131\n\
<STMTTRN>\n<TRNTYPE>DEBIT\n<DTPOSTED>20240102\n<TRNAMT>-12.34\n<FITID>A1\n<NAME>Café &amp; Co <3\n<MEMO>One two\n</STMTTRN>\n\
<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>20240103\n<TRNAMT>5.00\n<FITID>A2\n<NAME>Pay\n</STMTTRN>\n\
</BANKTRANLIST>\n<LEDGERBAL>\n<BALAMT>100.00\n<DTASOF>20240131\n</LEDGERBAL>\n<AVAILBAL>\n<BALAMT>90\n<DTASOF>20240131\n</AVAILBAL>\n\
</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n</OFX>\n";

/// The statement without the line on which it begins.
fn content(mut statements: Statements) -> Statements {
    statements.accounts.iter_mut().for_each(|statement| statement.line = 0);
    statements
}

fn expected() -> Statements {
    content(read(PLAIN.as_bytes()).unwrap())
}

/// Every value in an end tag of its own.
fn closed() -> String {
    let body = PLAIN.lines().map(|line| match line.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        Some((name, value)) if !value.is_empty() => format!("{line}</{name}>\n"),
        _ => format!("{line}\n"),
    });
    body.collect()
}

fn body(text: &str) -> &str {
    &text[text.find("<OFX>").unwrap()..]
}

fn assert_same(slip: &str, text: &str) {
    let read = read(text.as_bytes()).unwrap_or_else(|error| panic!("{slip}: {error}\n{text}"));
    assert_eq!(content(read), expected(), "{slip}");
}

#[test]
fn the_plain_statement_is_understood() {
    let file = expected();
    assert_eq!(file.institution.key().as_deref(), Some("org:bank:1"));
    assert_eq!(file.institution.intu_bid.as_deref(), Some("9"));
    insta::assert_debug_snapshot!(lines(&file.accounts[0]), @r#"
    [
        "DEBIT 12.34 DEBIT 2024-01-02T12:00:00.000Z Some(\"A1\") \"Café & Co <3\" Some(\"One two\") None None",
        "CREDIT 5 CREDIT 2024-01-03T12:00:00.000Z Some(\"A2\") \"Pay\" None None None",
    ]
    "#);
}

#[test]
fn slips_make_no_difference() {
    let lower: String = body(PLAIN)
        .split_inclusive('>')
        .map(|part| match part.rfind('<') {
            Some(at) if !part[at..].starts_with("<3") => {
                format!("{}{}", &part[..at], part[at..].to_lowercase())
            }
            _ => part.to_owned(),
        })
        .collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"211\"?>\n{}",
        body(&closed())
    );
    for (slip, text) in [
        ("no header", body(PLAIN).to_owned()),
        ("blank lines and garbage before", format!("\n\n  HTTP/1.1 200 OK\n<html>x</html>\n{PLAIN}")),
        ("header on one line", PLAIN.replacen('\n', " ", 6)),
        ("header without any break", PLAIN.replacen('\n', "", 6)),
        ("header with spaces", PLAIN.replacen("OFXHEADER:100", "OFXHEADER : 100", 1)),
        ("CR LF", PLAIN.replace('\n', "\r\n")),
        ("CR", PLAIN.replace('\n', "\r")),
        ("CR CR LF", PLAIN.replace('\n', "\r\r\n")),
        ("everything on one line", PLAIN.replace('\n', "")),
        ("indented with tabs", PLAIN.replace('\n', "\n\t\t").replace('<', "\t<").replace("\t<3", "<3")),
        ("closed values", closed()),
        ("XML", xml.clone()),
        (
            "XML with a default namespace",
            xml.replace("<OFX>", "<OFX xmlns='http://ofx.net/types' a = \"b>c\">"),
        ),
        (
            "XML with a prefix",
            xml.replace("<STMTTRN>", "<ofx:STMTTRN>").replace("</STMTTRN>", "</ofx:STMTTRN>"),
        ),
        ("some values closed", PLAIN.replace("<FITID>A1\n", "<FITID>A1</FITID>\n")),
        ("lower case", lower),
        ("CDATA", PLAIN.replace("Café &amp; Co <3", "<![CDATA[Café & Co <3 ]]>")),
        ("part in CDATA", PLAIN.replace("Café &amp; Co <3", "Caf&#233; <![CDATA[& Co]]> &lt;3")),
        ("stray ampersand", PLAIN.replace("&amp;", "&")),
        (
            "comments",
            PLAIN.replace("<STMTTRN>", "<!-- <NAME>no --><STMTTRN>").replace("One", "O<!-- - -->ne"),
        ),
        (
            "instructions",
            PLAIN.replace("<STMTTRN>", "<?pi x?><STMTTRN>").replace("<OFX>", "<!DOCTYPE OFX><OFX>"),
        ),
        ("continued value", PLAIN.replace("One two", "One\n     two")),
        ("decimal comma", PLAIN.replace("-12.34", "-12,34").replace("100.00", "100,00")),
    ] {
        assert_same(slip, &text);
    }
}

#[test]
fn missing_and_strange_elements_make_no_difference() {
    for (slip, text) in [
        ("empty values", PLAIN.replace("<FITID>", "<CHECKNUM>\n<SIC></SIC><FITID>")),
        ("empty tags", PLAIN.replace("<FITID>", "<CHECKNUM/><FOO /><FITID>")),
        ("unknown empty value", PLAIN.replace("<TRNAMT>", "<X.FOO>\n<TRNAMT>")),
        ("unknown value", PLAIN.replace("<TRNAMT>", "<X.FOO>1\n<X.BAR>2</X.BAR><TRNAMT>")),
        ("unknown aggregate", PLAIN.replace("<TRNAMT>", "<X><NAME>no<Y></Y><MEMO>no</X>\n<TRNAMT>")),
        ("target account", PLAIN.replace("<TRNAMT>", "<BANKACCTTO><BANKID>9<ACCTID>9</BANKACCTTO><TRNAMT>")),
        ("missing ends of transactions", PLAIN.replace("</STMTTRN>\n", "")),
        ("missing end of the list", PLAIN.replace("</BANKTRANLIST>\n", "").replace("</STMTTRN>\n", "")),
        ("missing ends of balances", PLAIN.replace("</LEDGERBAL>\n", "").replace("</AVAILBAL>\n", "")),
        ("missing end of the account", PLAIN.replace("</BANKACCTFROM>\n", "")),
        ("missing ends of the sign-on", PLAIN.replace("</STATUS>\n", "").replace("</FI>\n", "")),
        ("missing outer ends", PLAIN.replace("</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n", "")),
        ("crossed ends", PLAIN.replace("</STMTTRN>\n</BANKTRANLIST>", "</BANKTRANLIST>\n</STMTTRN>")),
        ("crossed outer ends", PLAIN.replace("</STMTRS>\n</STMTTRNRS>", "</STMTTRNRS>\n</STMTRS>")),
        ("list ends too late", {
            let moved = PLAIN.replace("</BANKTRANLIST>\n", "");
            moved.replace("</STMTRS>", "</BANKTRANLIST></STMTRS>")
        }),
        ("statement ends too early", PLAIN.replace("</BANKTRANLIST>", "</BANKTRANLIST></STMTRS>")),
        ("stray ends", PLAIN.replace("<FITID>", "</MEMO></CCSTMTRS></X><FITID>")),
        ("spaces in tags", PLAIN.replace("<STMTTRN>", "<STMTTRN >").replace("</STMTTRN>", "</STMTTRN\n>")),
        ("no answer around", PLAIN.replace("<STMTTRNRS>\n", "").replace("</STMTTRNRS>\n", "")),
        ("text after the end", format!("{PLAIN}\n\u{1a}<b>bye")),
    ] {
        assert_same(slip, &text);
    }
}

#[test]
fn every_encoding_gives_the_same() {
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let text = format!("{}{PLAIN}", if mark { "\u{feff}" } else { "" });
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let latin: Vec<u8> = PLAIN.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let relabelled = |label: &str| {
        let at = latin.windows(4).position(|w| w == b"1252").unwrap();
        [&latin[..at], label.as_bytes(), &latin[at + 4..]].concat()
    };
    for (name, bytes) in [
        ("UTF-8 declared as 1252", PLAIN.as_bytes().to_vec()),
        ("UTF-8 with mark", format!("\u{feff}{PLAIN}").into_bytes()),
        ("1252", latin.clone()),
        ("ISO-8859-1", relabelled("ISO-8859-1")),
        ("NONE", relabelled("NONE")),
        ("1252 declared as UTF-8", relabelled("UTF-8")),
        ("UTF-16LE", utf16(false, false)),
        ("UTF-16BE", utf16(true, false)),
        ("UTF-16LE with mark", utf16(false, true)),
        ("UTF-16BE with mark", utf16(true, true)),
    ] {
        assert_eq!(content(read(&bytes).unwrap()), expected(), "{name}");
    }
}

#[test]
fn a_file_may_hold_several_documents() {
    let twice = format!("{PLAIN}{PLAIN}");
    assert_eq!(read(twice.as_bytes()).unwrap().accounts.len(), 2);
}

#[test]
fn every_cut_is_noticed() {
    let end = PLAIN.find("</OFX>").unwrap() + "</OFX>".len();
    for at in PLAIN.char_indices().map(|(at, _)| at).filter(|at| *at < end) {
        let kind = read(&PLAIN.as_bytes()[..at]).unwrap_err().kind;
        let wanted =
            if at < PLAIN.find("<OFX>").unwrap() + 5 { ErrorKind::NotOfx } else { ErrorKind::Truncated };
        assert_eq!(kind, wanted, "cut at {at}");
    }
}
