//! Which location of a merchant a text names (`spec: nexus-pfm, CL-5`).
use crate::{fold::folded, merchant::Location};

/// The location whose store number stands in the text, else the one whose city and region do; none if several fit.
/// `words` is folded.
pub(crate) fn find<'a>(words: &str, locations: &'a [Location]) -> Option<&'a Location> {
    only(locations, |location| {
        location.store_number.as_deref().is_some_and(|number| has_number(words, number))
    })
    .or_else(|| only(locations, |location| has_place(words, location)))
}

fn only(locations: &[Location], fits: impl Fn(&Location) -> bool) -> Option<&Location> {
    let mut fitting = locations.iter().filter(|location| fits(location));
    fitting.next().filter(|_| fitting.next().is_none())
}

fn has_number(words: &str, number: &str) -> bool {
    let number = number.trim().trim_start_matches('0');
    !number.is_empty()
        && words.split(' ').any(|word| word.trim_start_matches('0').eq_ignore_ascii_case(number))
}

fn has_place(words: &str, location: &Location) -> bool {
    let has = |text: &Option<String>| {
        let text = text.as_deref().map(folded).unwrap_or_default();
        text.len() > 1 && words.contains(&text)
    };
    has(&location.city) && has(&location.region_code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::guid::{MerchantGuid, MerchantLocationGuid};

    fn location(no: u8, number: &str, city: &str, region: &str) -> Location {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Location {
            guid: MerchantLocationGuid::from_bytes([no; 16]),
            merchant_guid: MerchantGuid::from_bytes([9; 16]),
            store_number: some(number),
            city: some(city),
            region_code: some(region),
        }
    }

    #[test]
    fn a_location_needs_its_number_or_its_city_and_region() {
        let all = [
            location(1, "0412", "Lehi", "UT"),
            location(2, "77", "Provo", "UT"),
            location(3, "78", "Provo", "UT"),
            location(4, "", "", "NV"),
        ];
        let cases = [
            ("TARGET T-0412 SANDY UT", Some(1)),
            ("TARGET #412", Some(1)),
            ("TARGET 4120", None),
            ("TARGET LEHI UT", Some(1)),
            ("TARGET LEHI", None),
            ("TARGET UT", None),
            ("TARGET PROVO UT", None),
            ("TARGET 77 PROVO UT", Some(2)),
            ("TARGET RENO NV", None),
        ];
        for (text, no) in cases {
            let found = find(&folded(text), &all).map(|location| location.guid.as_bytes()[0]);
            assert_eq!(found, no, "{text}");
        }
    }
}
