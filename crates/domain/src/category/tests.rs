use super::*;
use serde_json::{Value, json};
use std::collections::HashSet;

const TAXONOMY: &str = include_str!("../../data/categories.json");

fn no_own(_: CategoryGuid) -> Option<i64> {
    None
}

fn road_trips() -> Custom {
    let time = Timestamp::parse_rfc3339("2015-04-13T12:01:23Z").unwrap();
    Custom {
        no: FIRST_CUSTOM,
        guid: "CAT-5b0a1f3e-90c7-4c0e-8a55-3c2d1b7f6e10".parse().unwrap(),
        name: "Road \"Trips\"".to_owned(),
        parent_no: 1,
        metadata: Some("Additional information".to_owned()),
        created_at: time,
        updated_at: time,
    }
}

#[test]
fn the_table_is_the_taxonomy_with_derived_guids() {
    let taxonomy: Vec<Value> = serde_json::from_str(TAXONOMY).unwrap();
    assert_eq!(taxonomy.len(), defaults().len());
    for (no, (row, category)) in (1..).zip(taxonomy.iter().zip(defaults())) {
        let parent = row["parent_guid"].as_str().map(|guid| guid.parse::<CategoryGuid>().unwrap());
        let derived = || {
            let space = uuid::Uuid::from_bytes(*parent.unwrap().as_bytes());
            CategoryGuid::from_bytes(*uuid::Uuid::new_v5(&space, category.name.as_bytes()).as_bytes())
        };
        let guid = row["guid"].as_str().map_or_else(derived, |guid| guid.parse().unwrap());
        assert_eq!(
            (category.no, category.guid, category.name, category.is_income),
            (no, guid, row["name"].as_str().unwrap(), row["is_income"].as_bool().unwrap())
        );
        assert_eq!(category.parent_no, parent.map(|guid| by_guid(guid).unwrap().no), "{}", category.name);
        assert_eq!(
            (by_no(no), by_guid(guid), by_name(category.name)),
            (Some(category), Some(category), Some(category))
        );
    }
    assert_eq!((by_no(0), by_no(119), by_no(i64::MIN), by_no(FIRST_CUSTOM)), (None, None, None, None));
    assert_eq!(by_no(UNCATEGORIZED).unwrap().name, "Uncategorized");
}

#[test]
fn a_feed_names_a_category_by_guid_name_or_upper_snake_case() {
    let no = |text: &str| by_feed_text(text, &no_own).and_then(by_no).map(|category| category.name);
    for text in ["GAS", "Gas", "CAT-b6d63a19-30a7-e852-2703-bdfb4072289e", " GAS "] {
        assert_eq!(no(text), Some("Gas"), "{text}");
    }
    for text in ["FEES_CHARGES", "FEES_AND_CHARGES", "Fees & Charges"] {
        assert_eq!(no(text), Some("Fees & Charges"), "{text}");
    }
    for text in ["", "gas", "FEES__CHARGES", "NO_SUCH", "CAT-00000000-0000-4000-8000-000000000000", "USR-x"] {
        assert_eq!(no(text), None, "{text}");
    }
    let own = road_trips();
    let known = |guid| (guid == own.guid).then_some(own.no);
    assert_eq!(by_feed_text(&own.guid.to_string(), &known), Some(own.no));
    assert_eq!(by_feed_text(&own.guid.to_string(), &no_own), None);
}

#[test]
fn texts_of_two_categories_never_meet() {
    let texts: HashSet<_> = defaults().iter().map(|category| upper_snake(category.name)).collect();
    assert_eq!(texts.len(), defaults().len());
}

#[test]
fn a_list_has_each_parent_before_its_children_all_by_name() {
    let own = [road_trips()];
    let list = listed(&own);
    assert_eq!(list.len(), 119);
    let names: Vec<_> = list.iter().map(|listed| listed.identity().2).collect();
    assert_eq!(
        names[..9],
        [
            "Auto & Transport",
            "Auto Insurance",
            "Auto Payment",
            "Gas",
            "Parking",
            "Public Transportation",
            "Road \"Trips\"",
            "Service & Parts",
            "Bills & Utilities"
        ]
    );
    let parents: Vec<_> =
        list.iter().filter(|l| l.top_level().unwrap().no == l.identity().0).map(|l| l.identity().2).collect();
    assert!(parents.is_sorted() && parents.len() == 21);
}

#[test]
fn both_kinds_are_rendered_as_documented() {
    let render = |listed: Listed<'_>| {
        let mut out = Vec::new();
        listed.render(&mut out);
        serde_json::from_slice::<Value>(&out).unwrap()
    };
    let own = road_trips();
    let custom = render(Listed::Custom(&own));
    assert_eq!(
        custom,
        json!({
            "created_at": "2015-04-13T12:01:23.000Z",
            "guid": "CAT-5b0a1f3e-90c7-4c0e-8a55-3c2d1b7f6e10",
            "is_default": false,
            "is_income": false,
            "metadata": "Additional information",
            "name": "Road \"Trips\"",
            "parent_guid": "CAT-7829f71c-2e8c-afa5-2f55-fa3634b89874",
            "updated_at": "2015-04-13T12:01:23.000Z",
        })
    );
    let insurance = render(Listed::Default(by_name("Auto Insurance").unwrap()));
    assert_eq!(
        insurance,
        json!({
            "created_at": null,
            "guid": "CAT-de7c2dc7-90e6-85a2-6509-5ec10942e887",
            "is_default": true,
            "is_income": false,
            "metadata": null,
            "name": "Auto Insurance",
            "parent_guid": "CAT-7829f71c-2e8c-afa5-2f55-fa3634b89874",
            "updated_at": null,
        })
    );
    assert_eq!(render(Listed::Default(by_no(1).unwrap()))["parent_guid"], Value::Null);
    assert_eq!(render(Listed::Default(by_name("Paycheck").unwrap()))["is_income"], json!(true));
    crate::table::tests::assert_keys("category", &keys(), &custom);
}

#[test]
fn a_transaction_shows_category_and_parent() {
    let gas = by_name("Gas").unwrap().names();
    assert_eq!((gas.name, gas.top_level_name), ("Gas", "Auto & Transport"));
    let top = by_no(1).unwrap().names();
    assert_eq!((top.guid, top.name), (top.top_level_guid, top.top_level_name));
    assert_eq!(road_trips().names().top_level_name, "Auto & Transport");
}
