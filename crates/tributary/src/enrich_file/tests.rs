use super::*;

/// What is printed, what is reported, and the outcome.
type Done = (String, Vec<(u64, String)>, Outcome);

fn enriched(text: &str, json: bool) -> Result<Done> {
    let (mut output, mut problems) = (Vec::new(), Vec::new());
    let outcome = enrich(&mut text.as_bytes(), &mut output, json, &mut |line, problem| {
        problems.push((line, problem.to_owned()));
    })?;
    Ok((String::from_utf8(output)?, problems, outcome))
}

#[test]
fn rows_become_rows() {
    let file = "\u{feff}Date,Description,Amount,MCC\r\n\
        2026-01-02,\"STARBUCKS STORE 08812, SEATTLE WA\",-4.75,5814\r\n\
        2026-01-03,ACME PAYROLL,2500,\n\
        \n\
        2026-01-04,TONYS TAVERN 1234,-20.00,5813";
    let (printed, problems, outcome) = enriched(file, false).unwrap();
    assert_eq!(
        printed,
        "description,merchant,category,flags,reason\n\
        Starbucks,Starbucks,Coffee Shops,is_expense,\
        \"the text has \"\"starbucks store\"\"; the category is that of Starbucks\"\n\
        Acme Payroll,,Paycheck,is_income is_direct_deposit,\
        \"the description is the feed's text without what only machines read; \
        the category is that of the words \"\"payroll\"\"\"\n\
        Tonys Tavern,,Alcohol & Bars,is_expense,\
        \"the description is the feed's text without what only machines read; the category is that of merchant \
        category code 5813 (Drinking places (alcoholic beverages) -- bars, taverns, night-clubs, cocktail lounges and \
        discotheques)\"\n"
    );
    assert_eq!((problems, outcome), (Vec::new(), Outcome { rows: 3, bad: 0 }));
}

#[test]
fn rows_become_lines_of_json() {
    let (printed, _, _) = enriched("amount,description\n-15.49,NETFLIX.COM\n", true).unwrap();
    let answer: serde_json::Value = serde_json::from_str(printed.trim_end()).unwrap();
    assert_eq!(answer["line"], 2);
    assert_eq!((&answer["merchant"], &answer["category"]), (&"Netflix".into(), &"Television".into()));
    assert!(answer["merchant_guid"].as_str().unwrap().starts_with("MCH-"));
    assert!(answer["category_guid"].as_str().unwrap().starts_with("CAT-"));
    assert_eq!(answer["flags"]["is_subscription"], "the registry says so of Netflix");
}

#[test]
fn a_bad_row_is_reported_with_its_line_and_stops_nothing() {
    let file = "description,amount,mcc\n\
        ok,1.00,\n\
        \"open,1.00,\n\
        few\n\
        a,twelve,\n\
        a,1.00,54111\n\
        a,1.00,x\n\
        ok,-1.00,5411\n";
    let (printed, problems, outcome) = enriched(file, false).unwrap();
    let expected = [
        (3, "a quote is not closed"),
        (4, "1 fields in place of 3"),
        (5, "the amount \"twelve\" is no number such as -12.34"),
        (6, "the mcc \"54111\" is no code of four digits"),
        (7, "the mcc \"x\" is no code of four digits"),
    ];
    let expected: Vec<_> = expected.map(|(line, problem)| (line, problem.to_owned())).into();
    assert_eq!(problems, expected);
    assert_eq!((printed.lines().count(), outcome), (3, Outcome { rows: 2, bad: 5 }));
}

#[test]
fn of_very_many_bad_rows_the_first_are_reported_and_all_counted() {
    let file = format!("description,amount\n{}", "x\n".repeat(250));
    let (_, problems, outcome) = enriched(&file, false).unwrap();
    assert_eq!((problems.len(), outcome), (100, Outcome { rows: 0, bad: 250 }));
}

#[test]
fn a_file_without_its_header_is_refused() {
    for (file, problem) in [
        ("", "the file is empty; the first line must name"),
        ("STARBUCKS,-4.75\n", "line 1: there is no column description; the first line must name"),
        ("description\n", "line 1: there is no column amount"),
    ] {
        let error = enriched(file, false).unwrap_err().to_string();
        assert!(error.starts_with(problem), "{error}");
    }
}
