use super::*;

#[test]
fn what_only_machines_read_is_taken_away() {
    let cases = [
        // terminal prefixes
        ("POS PURCHASE JOE'S DINER", "Joe's Diner"),
        ("SQ *NOODLE HOUSE", "Noodle House"),
        ("TST* THE COPPER ONION", "The Copper Onion"),
        ("PURCHASE AUTHORIZED ON 03/04 TONYS TAVERN", "Tonys Tavern"),
        ("POS DEBIT VISA CHECK CARD 1234 TONYS TAVERN", "Tonys Tavern"),
        ("PAYPAL *JOHNSMITH", "Johnsmith"),
        ("VISA.COM TRAVEL", "Visa.Com Travel"),
        ("POSTAL CORNER", "Postal Corner"),
        // card fragments
        ("TONYS TAVERN CARD 5678", "Tonys Tavern"),
        ("TONYS TAVERN XXXXXXXXXXXX5678", "Tonys Tavern"),
        ("TONYS TAVERN CARD ENDING 5678", "Tonys Tavern"),
        // numbers of four digits and more
        ("TONYS TAVERN #0412", "Tonys Tavern"),
        ("TONYS TAVERN 800-782-7282", "Tonys Tavern"),
        ("STUDIO 54", "Studio 54"),
        ("TONYS57444 REF 998877", "Tonys"),
        // dates
        ("TONYS TAVERN ON 03/04/2024", "Tonys Tavern"),
        ("TONYS TAVERN 04 MAR 2024", "Tonys Tavern"),
        // trailing codes of places
        ("TONYS TAVERN LEHI UT", "Tonys Tavern"),
        ("TONYS TAVERN #0412 SMALLVILLE KS", "Tonys Tavern"),
        ("TONYS TAVERN TORONTO ON", "Tonys Tavern"),
        ("TRATTORIA DA ENZO ROMA ITA", "Trattoria Da Enzo"),
        ("YELLOW COAL CO", "Yellow Coal Co"),
        ("CHECK IN", "Check in"),
        ("PARIS TX", "Paris"),
        // as it is
        ("Guggenheim Defensive Equity ETF", "Guggenheim Defensive Equity ETF"),
    ];
    for (text, expected) in cases {
        assert_eq!(cleansed(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn nothing_may_be_left() {
    for text in ["", "   ", "12345678", "03/04/2024", "*** ###", "XXXX1234"] {
        assert_eq!(cleansed(text), None, "{text:?}");
    }
    // Prefixes alone are all there is to read.
    assert_eq!(cleansed("POS PURCHASE").as_deref(), Some("POS Purchase"));
}

#[test]
fn the_name_begins_after_prefixes_numbers_and_dates() {
    let cases = [
        ("SQ *BLUE BOTTLE", "BLUE BOTTLE"),
        ("POS PURCHASE 03/04 1234567 TARGET", "TARGET"),
        ("CHECKCARD 0304 SHELL OIL", "SHELL OIL"),
        ("ACH DEBIT PAYPAL *X-RAY", "X-RAY"),
        ("SQUARE DEAL", "SQUARE DEAL"),
    ];
    for (text, name) in cases {
        let rest = text.get(head_len(text)..).unwrap();
        assert_eq!(rest.trim_start_matches(|c: char| !c.is_alphanumeric()), name, "{text}");
    }
}
