//! `enrich`: what descriptions in a CSV file say, row by row. Needs no store.
mod line;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail};
use domain::{
    decimal::{Decimal, Money},
    enums::TransactionType,
};
use enrich::{Enriched, Input, Registry};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write},
    path::Path,
};

/// Longest row, bytes.
const ROW_BYTES_MAX: u64 = 64 * 1024;
/// Bad rows that are reported one by one; the rest is counted.
const REPORTED_MAX: u64 = 100;
const HEADER: &str = "the first line must name the columns description and amount, and may name mcc";

/// What came of the rows of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Rows that were read.
    pub(crate) rows: u64,
    /// Rows that could not be; each was reported.
    pub(crate) bad: u64,
}

/// Enriches a file (`-`: standard input) to a file or standard output. Whether all rows could be read.
pub(crate) fn run(json: bool, file: &Path, output: Option<&Path>) -> Result<bool> {
    let name = file.display().to_string();
    // Rows and a bar on one terminal would get in each other's way.
    let bar = bar(file, output.is_none() && (json || io::stdout().is_terminal()))?;
    let input: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot open {name}"))?)
    };
    let mut input = BufReader::with_capacity(1 << 20, bar.wrap_read(input));
    let mut output: Box<dyn Write> = match output {
        Some(path) if is_same(path, file) => bail!("the output would overwrite the input {name}"),
        Some(path) => {
            Box::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let mut report = |line: u64, problem: &str| bar.suspend(|| eprintln!("{name}: line {line}: {problem}"));
    let done = enrich(&mut input, &mut output, json, &mut report);
    bar.finish_and_clear();
    let outcome = match done {
        // A reader that went away, as in `tributary enrich a.csv | head`, is no error.
        Err(error)
            if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) =>
        {
            return Ok(true);
        }
        done => done.with_context(|| name.clone())?,
    };
    if outcome.bad > 0 {
        eprintln!(
            "{name}: {} of {} rows could not be read; mend or leave them out",
            outcome.bad,
            outcome.rows + outcome.bad
        );
    }
    Ok(outcome.bad == 0)
}

fn is_same(output: &Path, input: &Path) -> bool {
    matches!((output.canonicalize(), input.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// A bar on standard error, where that is a terminal.
fn bar(file: &Path, is_hidden: bool) -> Result<ProgressBar> {
    if is_hidden {
        return Ok(ProgressBar::hidden());
    }
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    let (bar, template) = if size > 0 {
        (ProgressBar::new(size), "{msg} [{wide_bar}] {bytes}/{total_bytes}, {eta} left")
    } else {
        (ProgressBar::new_spinner(), "{msg} {spinner} {bytes}")
    };
    bar.set_style(ProgressStyle::with_template(template)?);
    bar.set_message(file.display().to_string());
    Ok(bar)
}

/// Where the columns are.
struct Columns {
    description: usize,
    amount: usize,
    mcc: Option<usize>,
    /// How many there are.
    count: usize,
}

impl Columns {
    fn of(header: &str) -> Result<Self> {
        let names = line::fields(header).map_err(anyhow::Error::msg).context("line 1")?;
        let at = |name: &str| names.iter().position(|found| found.trim().eq_ignore_ascii_case(name));
        let needed =
            |name: &str| at(name).with_context(|| format!("line 1: there is no column {name}; {HEADER}"));
        Ok(Self {
            description: needed("description")?,
            amount: needed("amount")?,
            mcc: at("mcc"),
            count: names.len(),
        })
    }
}

/// Enriches every row; bad ones are reported with their line and stop nothing.
fn enrich(
    input: &mut impl BufRead,
    output: &mut impl Write,
    json: bool,
    report: &mut dyn FnMut(u64, &str),
) -> Result<Outcome> {
    let registry = Registry::load();
    let mut lines = line::Lines::new(input, ROW_BYTES_MAX);
    let header = match lines.next_line()? {
        Some(Ok(header)) => header.strip_prefix('\u{feff}').unwrap_or(header),
        Some(Err(problem)) => bail!("line 1: {problem}"),
        None => bail!("the file is empty; {HEADER}"),
    };
    let columns = Columns::of(header)?;
    let mut writer = Writer::new(output, json)?;
    let mut outcome = Outcome::default();
    while let Some(line) = lines.next_line()? {
        let done = match line {
            Ok("") => continue,
            Ok(line) => read(line, &columns),
            Err(problem) => Err(problem),
        };
        match done {
            Ok(row) => {
                outcome.rows += 1;
                let found = registry.enrich(&row.input());
                writer.write(lines.number(), &found)?;
            }
            Err(problem) => {
                outcome.bad += 1;
                if outcome.bad <= REPORTED_MAX {
                    report(lines.number(), &problem);
                }
            }
        }
    }
    writer.finish()?;
    Ok(outcome)
}

/// A row that could be read.
struct Row {
    description: String,
    transaction_type: TransactionType,
    mcc: Option<u16>,
}

impl Row {
    fn input(&self) -> Input<'_> {
        Input {
            transaction_type: self.transaction_type,
            merchant_category_code: self.mcc,
            ..Input::debit(&self.description)
        }
    }
}

fn read(line: &str, columns: &Columns) -> Result<Row, String> {
    let mut fields = line::fields(line)?;
    if fields.len() != columns.count {
        return Err(format!("{} fields in place of {}", fields.len(), columns.count));
    }
    let field = |at: usize| fields.get(at).map(|field| field.trim()).unwrap_or_default();
    let amount = field(columns.amount);
    let amount: Money = Decimal::parse_rounded(amount)
        .map_err(|_| format!("the amount {amount:?} is no number such as -12.34"))?;
    let mcc = match columns.mcc.map(field).filter(|mcc| !mcc.is_empty()) {
        Some(mcc) => Some(
            mcc.parse()
                .ok()
                .filter(|code| *code <= 9999)
                .ok_or_else(|| format!("the mcc {mcc:?} is no code of four digits"))?,
        ),
        None => None,
    };
    let is_debit = amount < Money::default();
    let description =
        fields.get_mut(columns.description).map(std::mem::take).unwrap_or_default().into_owned();
    let transaction_type = if is_debit { TransactionType::Debit } else { TransactionType::Credit };
    Ok(Row { description, transaction_type, mcc })
}

/// Writes answers as CSV or as lines of JSON.
enum Writer<'a, W: Write> {
    Csv(Box<csv::Writer<&'a mut W>>),
    Json(BufWriter<&'a mut W>),
}

/// An answer, for machines.
#[derive(Serialize)]
struct Answer<'a> {
    line: u64,
    description: &'a str,
    merchant: Option<&'a str>,
    merchant_guid: Option<String>,
    category: &'a str,
    category_guid: String,
    /// True ones, and why.
    flags: BTreeMap<&'static str, String>,
    reason: String,
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(output: &'a mut W, json: bool) -> Result<Self> {
        if json {
            return Ok(Self::Json(BufWriter::new(output)));
        }
        let mut writer = csv::Writer::from_writer(output);
        writer
            .write_record(["description", "merchant", "category", "flags", "reason"])
            .map_err(io::Error::from)?;
        Ok(Self::Csv(Box::new(writer)))
    }

    fn write(&mut self, line: u64, found: &Enriched<'_>) -> Result<()> {
        let merchant = found.merchant.map(|(merchant, _)| merchant);
        let flags = found.flags.all().into_iter().filter_map(|(name, reason)| Some((name, reason?)));
        match self {
            Self::Csv(writer) => {
                let flags: Vec<&str> = flags.map(|(name, _)| name).collect();
                let name = merchant.map_or("", |merchant| merchant.name);
                let fields =
                    [&*found.description, name, found.category.name, &flags.join(" "), &reason(found)];
                writer.write_record(fields).map_err(io::Error::from)?;
            }
            Self::Json(writer) => {
                let answer = Answer {
                    line,
                    description: &found.description,
                    merchant: merchant.map(|merchant| merchant.name),
                    merchant_guid: merchant.map(|merchant| merchant.guid().to_string()),
                    category: found.category.name,
                    category_guid: found.category.guid.to_string(),
                    flags: flags.map(|(name, reason)| (name, reason.to_string())).collect(),
                    reason: reason(found),
                };
                serde_json::to_writer(&mut *writer, &answer).map_err(io::Error::from)?;
                writer.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        match self {
            Self::Csv(mut writer) => writer.flush()?,
            Self::Json(mut writer) => writer.flush()?,
        }
        Ok(())
    }
}

/// Why merchant and category are what they are, or the description where there is no merchant.
fn reason(found: &Enriched<'_>) -> String {
    match found.merchant {
        Some((_, reason)) => format!("{reason}; {}", found.category_reason),
        None => format!("{}; {}", found.description_reason, found.category_reason),
    }
}
