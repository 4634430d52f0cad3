//! The search of institutions. Source: `spec: nexus-core, 3`.
use super::{
    Catalogue, CountryCode, Institution,
    ranks::Ranks,
    words::{folded, host_of},
};
use std::{collections::HashMap, sync::Arc};

/// What is searched for. What is absent does not narrow the search; all that is given must hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<'a> {
    /// Name or code, as sent; `""` fits every institution.
    pub name: Option<&'a str>,
    /// Login URL or host, as sent; `""` counts as absent.
    pub url: Option<&'a str>,
    /// Any of these countries; empty for all.
    pub countries: &'a [CountryCode],
    /// Only those with account identification.
    pub supports_account_identification: bool,
    /// Only those with account verification.
    pub supports_account_verification: bool,
    /// Only those with extended history.
    pub supports_transaction_history: bool,
    /// Codes of the institutions that the client has disabled.
    pub disabled: &'a [String],
    /// Institutions before the page.
    pub offset: u64,
    /// Institutions on a page.
    pub limit: u32,
}

/// A page of institutions.
#[derive(Debug)]
pub struct Found<'a> {
    /// How many fit, on all pages.
    pub total: u64,
    /// Those of the page, in order.
    pub page: Vec<&'a Arc<Institution>>,
}

/// What a search looks things up in. Institutions are numbered by their rank in the catalogue's order.
#[derive(Debug)]
pub(super) struct Index {
    /// Neither hidden, nor retired, nor a test outside sandbox mode.
    listed: Ranks,
    identification: Ranks,
    verification: Ranks,
    history: Ranks,
    countries: HashMap<CountryCode, Ranks>,
    hosts: HashMap<String, Vec<u32>>,
    words: Texts,
    names: Texts,
}

impl Index {
    pub(super) fn build(institutions: &[Institution], sandbox_mode: bool) -> Self {
        let none = Ranks::none(institutions.len());
        let mut index = Self {
            listed: none.clone(),
            identification: none.clone(),
            verification: none.clone(),
            history: none.clone(),
            countries: HashMap::new(),
            hosts: HashMap::new(),
            words: Texts::default(),
            names: Texts::default(),
        };
        let (mut words, mut names) = (Vec::new(), Vec::new());
        for (rank, institution) in (0..).zip(institutions) {
            for (flag, ranks) in [
                (institution.supports_account_identification, &mut index.identification),
                (institution.supports_account_verification, &mut index.verification),
                (institution.supports_transaction_history, &mut index.history),
            ] {
                if flag {
                    ranks.insert(rank);
                }
            }
            if !institution.is_hidden && !institution.is_retired && (sandbox_mode || !institution.is_test) {
                index.listed.insert(rank);
            }
            for country in &institution.iso_country_code {
                index.countries.entry(*country).or_insert_with(|| none.clone()).insert(rank);
            }
            if let Some(host) = institution.url.as_deref().and_then(host_of) {
                index.hosts.entry(host).or_default().push(rank);
            }
            let name = folded(&institution.name);
            words.extend(name.split(' ').map(|word| (word.into(), rank)));
            names.push((name.into_boxed_str(), rank));
        }
        Self { words: Texts::build(words), names: Texts::build(names), ..index }
    }

    /// Those whose name has, for every word, one that begins with it; and the one with the code.
    fn named(&self, name: &str, code: Option<u32>) -> Ranks {
        let mut words: Vec<&str> = name.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        let mut fit = self.listed.clone();
        for word in words {
            fit.keep(&self.ranks(self.words.beginning_with(word)));
            if fit.is_empty() {
                break;
            }
        }
        if let Some(rank) = code {
            fit.insert(rank);
        }
        fit
    }

    /// Those at the host of this address, or at one that it is a sub-domain of.
    fn at_host(&self, url: &str) -> Ranks {
        let host = host_of(url).unwrap_or_default();
        let domains =
            std::iter::successors(Some(host.as_str()), |host| host.split_once('.').map(|(_, rest)| rest));
        self.ranks(domains.filter_map(|domain| self.hosts.get(domain)).flatten())
    }

    fn in_countries(&self, countries: &[CountryCode]) -> Ranks {
        let mut fit = self.ranks(&[]);
        countries.iter().filter_map(|country| self.countries.get(country)).for_each(|ranks| fit.add(ranks));
        fit
    }

    fn ranks<'a>(&self, ranks: impl IntoIterator<Item = &'a u32>) -> Ranks {
        let mut set = self.listed.none_like();
        ranks.into_iter().for_each(|rank| set.insert(*rank));
        set
    }
}

impl Catalogue {
    /// The page of the institutions that fit. Order: exact name, name begins with the query, the rest; within
    /// each by popularity (descending), name and guid.
    pub fn search(&self, query: &Query<'_>) -> Found<'_> {
        let name = query.name.map(folded);
        let mut fit = self.fitting(query, name.as_deref());
        let total = fit.len();
        let (mut exact, mut begins) = (fit.none_like(), fit.none_like());
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty()) {
            exact = fit.split_off(&self.index.ranks(self.index.names.equal_to(name)));
            begins = fit.split_off(&self.index.ranks(self.index.names.beginning_with(name)));
        }
        let mut skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let mut page = Vec::new();
        for class in [exact, begins, fit] {
            let ranks = class.iter().skip(skip).take(query.limit as usize - page.len());
            page.extend(ranks.filter_map(|rank| self.at(rank)));
            skip = skip.saturating_sub(usize::try_from(class.len()).unwrap_or(usize::MAX));
        }
        Found { total, page }
    }

    fn fitting(&self, query: &Query<'_>, name: Option<&str>) -> Ranks {
        let index = &self.index;
        let mut fit = index.listed.clone();
        for (asked, ranks) in [
            (query.supports_account_identification, &index.identification),
            (query.supports_account_verification, &index.verification),
            (query.supports_transaction_history, &index.history),
        ] {
            if asked {
                fit.keep(ranks);
            }
        }
        if !query.countries.is_empty() {
            fit.keep(&index.in_countries(query.countries));
        }
        if let Some(url) = query.url.filter(|url| !url.is_empty()) {
            fit.keep(&index.at_host(url));
        }
        if let Some(name) = name {
            let code = query.name.and_then(|sent| self.by_code.get(sent).copied());
            fit.keep(&index.named(name, code));
        }
        query.disabled.iter().filter_map(|code| self.by_code.get(code)).for_each(|rank| fit.remove(*rank));
        fit
    }
}

/// Sorted texts and the ranks that have them: those of all texts with one beginning lie together.
#[derive(Debug, Default)]
struct Texts {
    /// A text, and where its ranks begin.
    texts: Vec<(Box<str>, usize)>,
    ranks: Vec<u32>,
}

impl Texts {
    fn build(mut pairs: Vec<(Box<str>, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut built = Self::default();
        for (text, rank) in pairs {
            if built.texts.last().is_none_or(|(last, _)| *last != text) {
                built.texts.push((text, built.ranks.len()));
            }
            built.ranks.push(rank);
        }
        built
    }

    fn equal_to(&self, text: &str) -> &[u32] {
        self.run(text, |candidate| candidate == text)
    }

    fn beginning_with(&self, text: &str) -> &[u32] {
        self.run(text, |candidate| candidate.starts_with(text))
    }

    /// The ranks of the texts from `text` on, as long as they fit.
    fn run(&self, text: &str, fits: impl Fn(&str) -> bool) -> &[u32] {
        let first = self.texts.partition_point(|(candidate, _)| **candidate < *text);
        let rest = self.texts.get(first..).unwrap_or_default();
        let after = first + rest.partition_point(|(candidate, _)| fits(candidate));
        let start_of = |at: usize| self.texts.get(at).map_or(self.ranks.len(), |(_, start)| *start);
        self.ranks.get(start_of(first)..start_of(after)).unwrap_or_default()
    }
}
