//! The catalogue of institutions, in memory: read by guid or code, searched, rendered.
//!
//! How to use it: build it from the rows of the store with [`Catalogue::build`], share it as an `Arc`, and
//! build another one when the rows change; a catalogue never changes. Source: `spec: nexus-core, 3`.
mod document;
mod load;
mod ranks;
mod reconcile;
mod render;
mod rows;
mod search;
mod synthetic;
mod words;

#[cfg(test)]
mod tests;

pub use document::{CountryCode, InstitutionDocument, NotACountry};
pub use load::{Change, Edit, Entry, FieldChange, Format, LoadReport, Plan, read as read_institutions};
pub use reconcile::Progress;
pub use render::{render_credential, render_institution};
pub(crate) use rows::{SANDBOX_OAUTH, is_of_sandbox};
pub use rows::{sandbox_rows, statement_institution_row};
pub use search::{Found, Query};
pub use synthetic::synthetic_rows;

use domain::{
    enums::FieldType,
    guid::{CredentialGuid, InstitutionGuid},
    time::Timestamp,
};
use search::Index;
use std::{cmp::Reverse, collections::HashMap, ops::Deref, sync::Arc};
use store::institutions::{InstitutionCredentialRow, InstitutionRow};

/// An institution with the credentials it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Institution {
    /// Its guid.
    pub guid: InstitutionGuid,
    /// Its code, unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Which connector talks to it: `sandbox`, `sandbox_oauth`, `statements`, `manual`.
    pub connector: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// Latest change.
    pub updated_at: Timestamp,
    /// The rest of its keys.
    document: InstitutionDocument,
    /// What must be sent to log in, in display order; empty where there is nothing but OAuth.
    pub credentials: Vec<InstitutionCredentialRow>,
}

/// An institution has the keys of its document: which column or document a key is stored in is no concern of
/// its readers.
impl Deref for Institution {
    type Target = InstitutionDocument;

    fn deref(&self) -> &InstitutionDocument {
        &self.document
    }
}

/// The rows are not a catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The document of an institution cannot be read.
    #[error("institution {institution}: its document cannot be read: {source}")]
    Document {
        /// Which one.
        institution: InstitutionGuid,
        /// Why.
        source: serde_json::Error,
    },
    /// Two institutions share a guid.
    #[error("institution {0} is there twice")]
    DuplicateGuid(InstitutionGuid),
    /// Two institutions share a code.
    #[error("two institutions have the code {0:?}")]
    DuplicateCode(String),
    /// The type of a credential is unknown, or none that a user can be asked for (an OAuth token).
    #[error("credential {credential} has the type {field_type}, which nobody can be asked for")]
    FieldType {
        /// Which one.
        credential: CredentialGuid,
        /// Its type.
        field_type: i64,
    },
}

/// Every institution. Its order is that of popularity (descending), name and guid.
#[derive(Debug)]
pub struct Catalogue {
    institutions: Vec<Arc<Institution>>,
    by_guid: HashMap<InstitutionGuid, u32>,
    by_code: HashMap<String, u32>,
    index: Index,
    sandbox_mode: bool,
}

impl Catalogue {
    /// Builds it from the rows of the store, in any order; a credential whose institution is not among them is
    /// left out. Outside sandbox mode searches leave test institutions out, and the sandbox's own are known
    /// to their members alone (`spec: sandbox`).
    pub fn build(
        rows: Vec<InstitutionRow>,
        credentials: Vec<InstitutionCredentialRow>,
        sandbox_mode: bool,
    ) -> Result<Self, CatalogueError> {
        let mut forms = forms(credentials)?;
        let mut institutions = Vec::with_capacity(rows.len());
        for row in rows {
            let form = forms.remove(&row.guid).unwrap_or_default();
            institutions.push(institution(row, form)?);
        }
        institutions.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
        let mut by_guid = HashMap::with_capacity(institutions.len());
        let mut by_code = HashMap::with_capacity(institutions.len());
        for (rank, institution) in (0..).zip(&institutions) {
            if by_guid.insert(institution.guid, rank).is_some() {
                return Err(CatalogueError::DuplicateGuid(institution.guid));
            }
            if by_code.insert(institution.code.clone(), rank).is_some() {
                return Err(CatalogueError::DuplicateCode(institution.code.clone()));
            }
        }
        let index = Index::build(&institutions, sandbox_mode);
        Ok(Self {
            institutions: institutions.into_iter().map(Arc::new).collect(),
            by_guid,
            by_code,
            index,
            sandbox_mode,
        })
    }

    /// The institution with this guid, hidden and retired ones too.
    pub fn by_guid(&self, guid: InstitutionGuid) -> Option<Arc<Institution>> {
        self.at(*self.by_guid.get(&guid)?).cloned()
    }

    /// The institution with this code.
    pub fn by_code(&self, code: &str) -> Option<Arc<Institution>> {
        self.at(*self.by_code.get(code)?).cloned()
    }

    /// The institution with this guid or code, as a path names it.
    pub fn find(&self, guid_or_code: &str) -> Option<Arc<Institution>> {
        let by_guid = guid_or_code.parse().ok().and_then(|guid| self.by_guid(guid));
        let found = by_guid.or_else(|| self.by_code(guid_or_code));
        found.filter(|institution| self.sandbox_mode || !is_of_sandbox(&institution.connector))
    }

    /// The most popular institution with this routing number.
    pub fn by_routing_number(&self, routing_number: &str) -> Option<&Arc<Institution>> {
        self.institutions.iter().find(|it| it.routing_numbers.iter().any(|known| known == routing_number))
    }

    /// Every institution, in order.
    pub fn institutions(&self) -> &[Arc<Institution>] {
        &self.institutions
    }

    fn at(&self, rank: u32) -> Option<&Arc<Institution>> {
        self.institutions.get(rank as usize)
    }
}

/// Popularity descending, name, guid.
fn order(institution: &Institution) -> (Reverse<i64>, &str, InstitutionGuid) {
    (Reverse(institution.document.popularity), &institution.name, institution.guid)
}

/// The credentials of each institution, in display order.
fn forms(
    credentials: Vec<InstitutionCredentialRow>,
) -> Result<HashMap<InstitutionGuid, Vec<InstitutionCredentialRow>>, CatalogueError> {
    let mut forms: HashMap<_, Vec<InstitutionCredentialRow>> = HashMap::new();
    for row in credentials {
        match FieldType::from_code(row.field_type) {
            None | Some(FieldType::OauthAccessToken | FieldType::OauthRefreshToken) => {
                return Err(CatalogueError::FieldType { credential: row.guid, field_type: row.field_type });
            }
            Some(_) => forms.entry(row.institution).or_default().push(row),
        }
    }
    for form in forms.values_mut() {
        form.sort_unstable_by_key(|row| (row.display_order, row.guid));
    }
    Ok(forms)
}

fn institution(
    row: InstitutionRow,
    mut credentials: Vec<InstitutionCredentialRow>,
) -> Result<Institution, CatalogueError> {
    let mut document: InstitutionDocument = serde_json::from_str(&row.document)
        .map_err(|source| CatalogueError::Document { institution: row.guid, source })?;
    document.is_oauth_only = document.supports_oauth && (document.is_oauth_only || credentials.is_empty());
    if document.is_oauth_only {
        credentials.clear();
    }
    let InstitutionRow { guid, code, name, connector, document: _, created_at, updated_at } = row;
    Ok(Institution { guid, code, name, connector, created_at, updated_at, document, credentials })
}
