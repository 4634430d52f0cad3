//! Statements: what is known already changes nothing, whatever the file looks like.
use crate::world::{World, call};
use engine::import::{AccountReport, LedgerCheck};
use std::fmt::Write as _;

/// A statement of a bank account: its last day, its balance, and (day, amount) of its transactions.
fn bank(until: &str, balance: &str, transactions: &[(&str, &str)]) -> String {
    statement("BANKMSGSRSV1", "STMTTRNRS", "STMTRS", "BANKACCTFROM", until, balance, transactions)
}

fn card(until: &str, balance: &str, transactions: &[(&str, &str)]) -> String {
    statement("CREDITCARDMSGSRSV1", "CCSTMTTRNRS", "CCSTMTRS", "CCACCTFROM", until, balance, transactions)
}

fn statement(
    set: &str,
    answer: &str,
    body: &str,
    from: &str,
    until: &str,
    balance: &str,
    transactions: &[(&str, &str)],
) -> String {
    let bank = if from == "BANKACCTFROM" { "<BANKID>111000025" } else { "" };
    let kind = if from == "BANKACCTFROM" { "<ACCTTYPE>CHECKING" } else { "" };
    let mut text = format!(
        "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>\n<{set}><{answer}><{body}><CURDEF>USD\n\
         <{from}>{bank}<ACCTID>12345678{kind}</{from}>\n<BANKTRANLIST>\n"
    );
    for (day, amount) in transactions {
        writeln!(
            text,
            "<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{day}<TRNAMT>{amount}<FITID>{day}{amount}<NAME>Café</STMTTRN>"
        )
        .unwrap();
    }
    writeln!(
        text,
        "</BANKTRANLIST><LEDGERBAL><BALAMT>{balance}<DTASOF>{until}</LEDGERBAL></{body}></{answer}></{set}></OFX>"
    )
    .unwrap();
    text
}

impl World {
    async fn import(&self, bytes: &[u8]) -> AccountReport {
        let statements = connectors::ofx::read(bytes).unwrap();
        let call = call();
        let done =
            self.engine.import_statements(&call, &self.client, &self.user, statements, false, |_, _| {});
        let mut report = done.await.unwrap();
        assert_eq!(report.accounts.len(), 1);
        report.accounts.remove(0)
    }
}

fn counts(report: &AccountReport) -> (u64, u64, u64) {
    (report.created, report.updated, report.unchanged)
}

/// The text as other programs write it: UTF-16 with a byte order mark.
fn utf_16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[tokio::test]
async fn the_same_or_an_overlapping_file_adds_nothing_twice() {
    let w = World::new().await;
    let first = bank("20260110", "90.00", &[("20260103", "100.00"), ("20260105", "-10.00")]);
    assert_eq!(counts(&w.import(first.as_bytes()).await), (2, 0, 0));
    let rows = w.engine.db().accounts(w.scope()).await.unwrap();
    w.clock.advance_seconds(3600);
    assert_eq!(counts(&w.import(first.as_bytes()).await), (0, 0, 2));
    assert_eq!(counts(&w.import(&utf_16(&first)).await), (0, 0, 2), "re-encoded");
    assert_eq!(w.engine.db().accounts(w.scope()).await.unwrap(), rows, "nothing was written");

    let overlapping = bank("20260112", "85.00", &[("20260105", "-10.00"), ("20260111", "-5.00")]);
    let report = w.import(overlapping.as_bytes()).await;
    assert_eq!(counts(&report), (1, 0, 1));
    assert_eq!(report.ledger, LedgerCheck::Matches { balance: "85".to_owned() });
}

#[tokio::test]
async fn an_id_with_a_card_number_is_stored_as_a_keyed_hash() {
    let w = World::new().await;
    let text = bank("20260110", "90.00", &[("20260105", "-10.00")]);
    let text = text.replace("<FITID>20260105-10.00", "<FITID>4111111111111111-7");
    assert_eq!(counts(&w.import(text.as_bytes()).await), (1, 0, 0));
    assert_eq!(counts(&w.import(text.as_bytes()).await), (0, 0, 1));
    let places = w.engine.places(&w.session, engine::Of::User).await.unwrap();
    let query = engine::TransactionQuery {
        from: "2026-01-01".parse().unwrap(),
        to: "2026-01-31".parse().unwrap(),
        accounts: None,
        use_case: None,
        offset: 0,
        limit: 25,
    };
    let mut out = Vec::new();
    w.engine.render_transactions(&mut out, &w.session, &places, &query).await.unwrap();
    let body = String::from_utf8(out).unwrap();
    assert!(body.contains("\"external_guid\":\"masked-") && !body.contains("***"), "{body}");
}

#[tokio::test]
async fn an_older_statement_does_not_turn_the_balance_back() {
    let w = World::new().await;
    let newer = bank("20260131", "500.00", &[("20260120", "100.00")]);
    let older = bank("20251231", "400.00", &[("20251220", "-50.00")]);
    w.import(newer.as_bytes()).await;
    w.import(older.as_bytes()).await;
    let rows = w.engine.db().accounts(w.scope()).await.unwrap();
    assert_eq!(rows[0].balance, Some(50_000));
    let day = "2026-01-15".parse().unwrap();
    let known = w.engine.db().balance_before(w.scope(), rows[0].no, day).await.unwrap();
    assert_eq!(known, Some(("2025-12-31".parse().unwrap(), 40_000)), "each day keeps the balance it had");
    let report = w.import(newer.as_bytes()).await;
    assert_eq!(report.ledger, LedgerCheck::Matches { balance: "500".to_owned() });
}

#[tokio::test]
async fn the_ledger_of_a_card_grows_with_what_is_spent() {
    let w = World::new().await;
    w.import(card("20251231", "-100.00", &[("20251220", "-100.00")]).as_bytes()).await;
    let rows = w.engine.db().accounts(w.scope()).await.unwrap();
    assert_eq!(rows[0].balance, Some(10_000), "what is owed");
    let next = card("20260131", "-70.00", &[("20260110", "-20.00"), ("20260111", "50.00")]);
    let report = w.import(next.as_bytes()).await;
    assert_eq!(report.ledger, LedgerCheck::Matches { balance: "70".to_owned() });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_imports_of_one_large_file_at_the_same_time_add_it_once() {
    let w = World::new().await;
    let amounts: Vec<String> = (1..=5000).map(|n| format!("-{n}.00")).collect();
    let lines: Vec<(&str, &str)> = amounts.iter().map(|amount| ("20260103", amount.as_str())).collect();
    let file = bank("20260110", "90.00", &lines);
    let (one, other) = tokio::join!(w.import(file.as_bytes()), w.import(file.as_bytes()));
    assert_eq!(one.created + other.created, 5000);
    let rows = w.engine.db().accounts(w.scope()).await.unwrap();
    assert_eq!(rows.len(), 1);
    let mut index = w.engine.db().feed_index(w.scope(), rows[0].no).await.unwrap();
    assert_eq!(index.len(), 5000);
    index.dedup_by_key(|(key, _)| *key);
    assert_eq!(index.len(), 5000);
}
