//! Lines of a CSV file: a row is a line, so that a quote that is not closed spoils no row but its own.
use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
};

/// The lines of a file, one at a time, in one buffer.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    bytes_max: u64,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R, bytes_max: u64) -> Self {
        Self { input, buffer: Vec::new(), bytes_max, number: 0 }
    }

    /// Number of the line that was read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its end, or what is wrong with it; `None` at the end of the file.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Result<&str, String>>> {
        self.buffer.clear();
        let read = self.input.by_ref().take(self.bytes_max).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            self.buffer.pop_if(|last| *last == b'\r');
        } else if u64::try_from(read).is_ok_and(|read| read == self.bytes_max) {
            self.input.skip_until(b'\n')?;
            return Ok(Some(Err(format!("longer than {} KiB", self.bytes_max / 1024))));
        }
        Ok(Some(std::str::from_utf8(&self.buffer).map_err(|_| "not UTF-8".to_owned())))
    }
}

/// The fields of a line: commas between them, quotes around those with commas, a quote in them twice.
pub(super) fn fields(line: &str) -> Result<Vec<Cow<'_, str>>, String> {
    let mut fields = Vec::with_capacity(8);
    let mut rest = line;
    loop {
        let after = if let Some(quoted) = rest.strip_prefix('"') {
            let (field, after) = quoted_field(quoted)?;
            fields.push(field);
            after
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            fields.push(Cow::Borrowed(field));
            after
        };
        if after.is_empty() {
            return Ok(fields);
        }
        rest = after.strip_prefix(',').ok_or("a quoted field goes on after its quote")?;
    }
}

/// A field that began with a quote, and what stands behind its second one.
fn quoted_field(text: &str) -> Result<(Cow<'_, str>, &str), String> {
    let mut field = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or("a quote is not closed")?;
        field += part;
        match after.strip_prefix('"') {
            Some(after) => {
                field += "\"";
                rest = after;
            }
            None => return Ok((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_lines() {
        let cases = [
            ("a,b,c", vec!["a", "b", "c"]),
            ("", vec![""]),
            ("a,,", vec!["a", "", ""]),
            ("\"a, \"\"b\"\"\",c", vec!["a, \"b\"", "c"]),
            ("\"\",x\"y", vec!["", "x\"y"]),
        ];
        for (line, expected) in cases {
            assert_eq!(fields(line).unwrap(), expected, "{line}");
        }
        for line in ["\"a", "\"a\"b,c", "a,\""] {
            assert!(fields(line).is_err(), "{line}");
        }
    }

    #[test]
    fn lines_end_with_the_file_too_and_have_a_limit() {
        let mut lines = Lines::new(&b"one\r\n\n123456789012345\n\xff\nlast"[..], 10);
        let mut next = || lines.next_line().unwrap().map(|line| line.map(str::to_owned));
        assert_eq!(next(), Some(Ok("one".to_owned())));
        assert_eq!(next(), Some(Ok(String::new())));
        assert_eq!(next(), Some(Err("longer than 0 KiB".to_owned())));
        assert_eq!(next(), Some(Err("not UTF-8".to_owned())));
        assert_eq!(next(), Some(Ok("last".to_owned())));
        assert_eq!(next(), None);
        assert_eq!(lines.number(), 5);
    }
}
