//! What the demo prints: each call as a curl line, and what of the answer matters.
use crate::tables;
use serde_json::{Map, Value};

/// Characters of a text that are shown.
const TEXT_MAX: usize = 48;
/// Items of a list that are shown.
const ITEMS_MAX: usize = 2;

/// A call as a shell could make it.
pub(super) fn curl(method: &str, path: &str, header: (&str, &str), body: Option<&Value>) -> String {
    let verb = if method == "GET" { String::new() } else { format!("-X {method} ") };
    let (name, variable) = header;
    let body = body.map_or_else(String::new, |body| {
        format!(" \\\n         -H 'Content-Type: application/json' -d '{body}'")
    });
    format!("  $ curl {verb}\"$URL{path}\" -H \"{name}: ${variable}\"{body}\n")
}

/// An answer with only the keys named, short texts and short lists; what is left out shows as `...`.
pub(super) fn shortened(value: &Value, keys: &[&str]) -> String {
    match value {
        Value::Object(object) => short_object(object, keys),
        Value::Array(items) => {
            let mut all: Vec<String> =
                items.iter().take(ITEMS_MAX).map(|item| shortened(item, keys)).collect();
            if items.len() > ITEMS_MAX {
                all.push(format!("... {} more", items.len() - ITEMS_MAX));
            }
            format!("[{}]", all.join(", "))
        }
        Value::String(text) if text.chars().count() > TEXT_MAX => {
            let head: String = text.chars().take(TEXT_MAX / 2).collect();
            format!("{}", Value::from(format!("{head}...")))
        }
        other => other.to_string(),
    }
}

fn short_object(object: &Map<String, Value>, keys: &[&str]) -> String {
    let is_shown = |key: &String| keys.is_empty() || keys.contains(&key.as_str());
    let shown = object.iter().filter(|(key, _)| is_shown(key));
    let mut all: Vec<String> = shown
        .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), shortened(value, keys)))
        .collect();
    if all.len() < object.len() {
        all.push("...".to_owned());
    }
    format!("{{{}}}", all.join(", "))
}

fn text(object: &Value, key: &str) -> String {
    match object.get(key) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => "-".to_owned(),
        Some(other) => other.to_string(),
    }
}

fn money(object: &Value, key: &str) -> String {
    let text = text(object, key);
    match text.split_once('.') {
        Some((whole, cents)) => format!("{whole}.{cents:0<2}"),
        None if text == "-" => text,
        None => format!("{text}.00"),
    }
}

/// A table of accounts.
pub(super) fn accounts(accounts: &[Value]) -> String {
    let rows = accounts.iter().map(|account| {
        [
            text(account, "name"),
            text(account, "account_type_name"),
            text(account, "account_number"),
            money(account, "balance"),
            text(account, "currency_code"),
        ]
    });
    tables::table(["Account", "Type", "Number", "Balance", ""], rows)
}

/// A table of transactions; money that went out has a minus.
pub(super) fn transactions(transactions: &[Value], most: usize) -> String {
    let rows = transactions.iter().take(most).map(|transaction| {
        let is_debit = text(transaction, "transaction_type_name") == "DEBIT";
        let sign = if is_debit { "-" } else { "" };
        [
            text(transaction, "date"),
            text(transaction, "description"),
            format!("{sign}{}", money(transaction, "amount")),
            text(transaction, "category_name"),
            text(transaction, "status_name"),
        ]
    });
    tables::table(["Date", "Description", "Amount", "Category", "Status"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_shortened() {
        let value =
            json!({"member": {"guid": "MBR-1", "name": "x", "note": "y".repeat(60)}, "list": [1, 2, 3, 4]});
        assert_eq!(
            shortened(&value, &["member", "guid", "list"]),
            r#"{"list": [1, 2, ... 2 more], "member": {"guid": "MBR-1", ...}}"#
        );
        assert_eq!(shortened(&json!("y".repeat(60)), &[]), format!("\"{}...\"", "y".repeat(24)));
    }

    #[test]
    fn money_has_two_digits() {
        let shown = |value| money(&json!({ "x": value }), "x");
        assert_eq!([shown(json!(5)), shown(json!(5.1)), shown(json!(-0.25))], ["5.00", "5.10", "-0.25"]);
        assert_eq!(shown(Value::Null), "-");
    }
}
