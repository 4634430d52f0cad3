//! Pages of lists, and the key that describes them in either dialect. Source: `spec: conventions, 4 and 6`.
use crate::{dialect::Dialect, query::Query};
use std::io::Write;

/// Records of a page where the request does not say.
pub const PER_PAGE_DEFAULT: u32 = 25;
/// Fewest records that can be asked for.
pub const PER_PAGE_MIN: u32 = 10;
/// Most records that can be asked for.
pub const PER_PAGE_MAX: u32 = 1000;

/// Which page was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Number of the page, from 1.
    pub number: u64,
    /// Records on a page.
    pub per_page: u32,
}

impl Page {
    /// The page a query asks for; what is malformed or out of range counts as absent.
    pub fn of(query: &Query) -> Self {
        let number = query.get("page").and_then(|text| text.parse::<i64>().ok());
        // `records_per_age` is a documented misspelling (`spec: nexus-core, 3`).
        let per_page = query.get("records_per_page").or_else(|| query.get("records_per_age"));
        let per_page = per_page.and_then(|text| text.parse().ok());
        Self {
            number: number.and_then(|n| u64::try_from(n).ok()).filter(|n| *n >= 1).unwrap_or(1),
            per_page: per_page
                .filter(|n| (PER_PAGE_MIN..=PER_PAGE_MAX).contains(n))
                .unwrap_or(PER_PAGE_DEFAULT),
        }
    }

    /// For a list that comes whole: a page only where the query has `page` or `records_per_page`.
    pub fn if_asked(query: &Query) -> Option<Self> {
        let asked =
            ["page", "records_per_page", "records_per_age"].iter().any(|name| query.get(name).is_some());
        asked.then(|| Self::of(query))
    }

    /// Records before the page.
    pub const fn offset(self) -> u64 {
        self.number.saturating_sub(1).saturating_mul(self.per_page as u64)
    }

    /// Its description, once the number of all records is known.
    pub fn of_total(self, total_entries: u64) -> Pagination {
        let per_page = u64::from(self.per_page.max(1));
        Pagination {
            current_page: self.number,
            per_page,
            total_entries,
            total_pages: total_entries.div_ceil(per_page).max(1),
        }
    }

    /// This page of a list that is in memory.
    pub fn slice<T>(self, list: &[T]) -> &[T] {
        let start = usize::try_from(self.offset()).unwrap_or(usize::MAX).min(list.len());
        let end = start.saturating_add(self.per_page as usize).min(list.len());
        list.get(start..end).unwrap_or_default()
    }
}

/// What an answer says of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pagination {
    /// The page asked for.
    pub current_page: u64,
    /// Records on a page.
    pub per_page: u64,
    /// Records of all pages.
    pub total_entries: u64,
    /// At least 1.
    pub total_pages: u64,
}

impl Pagination {
    /// Of a single answer that carries it all the same: 1, 25, 1, 1.
    pub const SINGLE: Self = Self { current_page: 1, per_page: 25, total_entries: 1, total_pages: 1 };

    /// Appends `"pagination":{...}`, or `"pagination_data":{...}` in the old dialect; no comma before it.
    pub fn write(&self, dialect: Dialect, out: &mut Vec<u8>) {
        let Self { current_page, per_page, total_entries, total_pages } = self;
        // Writing to a Vec cannot fail.
        let _ = match dialect {
            Dialect::Present => write!(
                out,
                r#""pagination":{{"current_page":{current_page},"per_page":{per_page},"total_entries":{total_entries},"total_pages":{total_pages}}}"#
            ),
            Dialect::Old => {
                let records = self.records_on_current_page();
                write!(
                    out,
                    r#""pagination_data":{{"current_page":{current_page},"records_on_current_page":{records},"total_pages":{total_pages},"total_records_found":{total_entries}}}"#
                )
            }
        };
    }

    fn records_on_current_page(&self) -> u64 {
        let before = self.current_page.saturating_sub(1).saturating_mul(self.per_page);
        self.total_entries.saturating_sub(before).min(self.per_page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(text: &str) -> Query {
        Query::of(&format!("/x?{text}").parse().unwrap())
    }

    fn written(pagination: Pagination, dialect: Dialect) -> String {
        let mut out = Vec::new();
        pagination.write(dialect, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn malformed_or_out_of_range_counts_as_absent() {
        for text in ["", "page=0", "page=-1", "page=x", "page=1.5", "page=99999999999999999999", "page="] {
            assert_eq!(Page::of(&query(text)).number, 1, "{text}");
        }
        for text in ["", "records_per_page=9", "records_per_page=1001", "records_per_page=x"] {
            assert_eq!(Page::of(&query(text)).per_page, 25, "{text}");
        }
        let page = Page { number: 3, per_page: 10 };
        assert_eq!(Page::of(&query("page=3&records_per_page=10")), page);
        assert_eq!(Page::of(&query("page=3&records_per_age=10")), page);
        assert_eq!(page.offset(), 20);
        assert_eq!(Page::of(&query("records_per_page=1000")).per_page, 1000);
    }

    #[test]
    fn whole_lists_are_paged_only_where_asked() {
        assert_eq!(Page::if_asked(&query("from_date=x")), None);
        assert_eq!(Page::if_asked(&query("page=x")), Some(Page { number: 1, per_page: 25 }));
        assert!(Page::if_asked(&query("records_per_page=50")).is_some());
    }

    #[test]
    fn both_dialects() {
        assert_eq!(
            written(Pagination::SINGLE, Dialect::Present),
            r#""pagination":{"current_page":1,"per_page":25,"total_entries":1,"total_pages":1}"#
        );
        let third = Page { number: 3, per_page: 10 }.of_total(24);
        assert_eq!(
            written(third, Dialect::Old),
            r#""pagination_data":{"current_page":3,"records_on_current_page":4,"total_pages":3,"total_records_found":24}"#
        );
    }

    #[test]
    fn past_the_last_page_the_totals_stay() {
        let page = Page { number: 9, per_page: 10 };
        let pagination = page.of_total(12);
        assert_eq!((pagination.current_page, pagination.total_entries, pagination.total_pages), (9, 12, 2));
        assert_eq!(pagination.records_on_current_page(), 0);
        assert_eq!(page.of_total(0).total_pages, 1);
        let far = Page { number: u64::MAX, per_page: 1000 };
        assert!(far.slice(&[1, 2]).is_empty());
    }

    proptest! {
        #[test]
        fn the_pages_together_are_the_list(len in 0usize..200, per_page in 10u32..60) {
            let list: Vec<usize> = (0..len).collect();
            let pages = Page { number: 1, per_page }.of_total(len as u64).total_pages;
            let all: Vec<usize> =
                (1..=pages).flat_map(|number| Page { number, per_page }.slice(&list).to_vec()).collect();
            prop_assert_eq!(all, list);
        }
    }
}
