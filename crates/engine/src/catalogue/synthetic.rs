//! Made-up institutions for tests and benchmarks: as many as wanted, the same for the same seed.
use super::{
    InstitutionDocument,
    rows::{countries, json},
    words::folded,
};
use domain::{
    enums::FieldType,
    guid::{CredentialGuid, InstitutionGuid},
    time::Timestamp,
};
use store::institutions::{InstitutionCredentialRow, InstitutionRow};

const PLACES: [&str; 64] = [
    "Albany",
    "Amarillo",
    "Anchorage",
    "Ann Arbor",
    "Atlanta",
    "Austin",
    "Bakersfield",
    "Baton Rouge",
    "Berkshire",
    "Boise",
    "Boston",
    "Bozeman",
    "Brooklyn",
    "Buffalo",
    "Calgary",
    "Charleston",
    "Chattanooga",
    "Cheyenne",
    "Cincinnati",
    "Coeur d'Alene",
    "Columbus",
    "Dakota",
    "Denver",
    "Des Moines",
    "Duluth",
    "El Paso",
    "Española",
    "Fargo",
    "Fort Wayne",
    "Fresno",
    "Galveston",
    "Grand Rapids",
    "Hartford",
    "Honolulu",
    "Houston",
    "Idaho Falls",
    "Indiana",
    "Kansas City",
    "Knoxville",
    "La Crosse",
    "Lancaster",
    "Lexington",
    "Lincoln",
    "Los Alamos",
    "Madison",
    "Mérida",
    "Mobile",
    "Montréal",
    "Nashville",
    "New Haven",
    "Ogden",
    "Omaha",
    "Peoria",
    "Phoenix",
    "Pittsburgh",
    "Portland",
    "Québec",
    "Redwood",
    "San José",
    "Savannah",
    "Spokane",
    "St. Louis",
    "Tacoma",
    "Utah",
];
const OWNERS: [&str; 32] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "First",
    "First",
    "Community",
    "Citizens",
    "Farmers & Merchants",
    "Heritage",
    "Peoples",
    "United",
    "American",
    "Members 1st",
    "Teachers'",
    "Firefighters'",
    "Postal",
    "Employees",
    "Pioneer",
    "Liberty",
    "Valley",
    "Lakeside",
    "Mountain",
    "Security",
    "Guaranty",
    "Commerce",
    "Mutual",
    "Family",
    "St. Mary's",
    "Union",
];
const KINDS: [&str; 16] = [
    "Bank",
    "Bank",
    "National Bank",
    "State Bank",
    "Savings Bank",
    "Bank & Trust",
    "Bancorp",
    "Trust Company",
    "Credit Union",
    "Credit Union",
    "Federal Credit Union",
    "Federal Credit Union",
    "Community Credit Union",
    "Employees Federal Credit Union",
    "Savings and Loan",
    "Financial",
];
const SUFFIXES: [&str; 8] = ["", "", "", "", " (Business)", " - Credit Cards", " Online", " of the West"];
const ADDED_AT: Timestamp = Timestamp::from_seconds(1_600_000_000);

/// `count` institutions with the names of banks and credit unions, and their credentials; one in fifty is
/// hidden, one in ten has OAuth alone, the others ask for a login and a password.
pub fn synthetic_rows(count: u32, seed: u64) -> (Vec<InstitutionRow>, Vec<InstitutionCredentialRow>) {
    let mut random = Random(seed);
    let mut rows = Vec::new();
    let mut credentials = Vec::new();
    for number in 1..=count {
        let has_oauth = one_in(&mut random, 10);
        let row = institution(number, has_oauth, &mut random);
        if !has_oauth {
            credentials.extend(login(row.guid, &mut random));
        }
        rows.push(row);
    }
    (rows, credentials)
}

fn institution(number: u32, has_oauth: bool, random: &mut Random) -> InstitutionRow {
    let (owner, place) = (random.pick(&OWNERS), random.pick(&PLACES));
    let name = format!("{owner} {place} {}{}", random.pick(&KINDS), random.pick(&SUFFIXES)).trim().to_owned();
    let slug = folded(&name).replace(' ', "_");
    let site = format!("https://www.{}-{number}.example.com", slug.replace('_', "-"));
    let country = *random.pick(&[&["US"][..], &["US"], &["US"], &["US"], &["CA"], &["MX"], &["US", "CA"]]);
    let document = InstitutionDocument {
        forgot_password_url: one_in(random, 2).then(|| format!("{site}/forgot")),
        has_checking_accounts: true,
        has_savings_accounts: true,
        has_credit_card_accounts: one_in(random, 2),
        has_loan_accounts: one_in(random, 2),
        is_hidden: one_in(random, 50),
        is_oauth_only: has_oauth,
        iso_country_code: countries(country),
        medium_logo_url: Some(format!("https://logos.example.com/100x100/{slug}_{number}.png")),
        // A few are known to everybody, most to hardly anybody.
        popularity: i64::try_from(1_000_000 / (1 + random.below(100_000))).unwrap_or(0),
        small_logo_url: Some(format!("https://logos.example.com/50x50/{slug}_{number}.png")),
        supports_account_identification: one_in(random, 3),
        supports_account_verification: one_in(random, 2),
        supports_oauth: has_oauth,
        supports_transaction_history: one_in(random, 3),
        url: Some(format!("{site}/")),
        ..Default::default()
    };
    InstitutionRow {
        guid: InstitutionGuid::from_bytes(random.bytes()),
        code: format!("{slug}_{number}"),
        name,
        connector: "synthetic".to_owned(),
        document: json(&document),
        created_at: ADDED_AT,
        updated_at: ADDED_AT,
    }
}

fn login(institution: InstitutionGuid, random: &mut Random) -> [InstitutionCredentialRow; 2] {
    [(1, FieldType::Login, "Username"), (2, FieldType::Password, "Password")].map(
        |(display_order, kind, label)| InstitutionCredentialRow {
            guid: CredentialGuid::from_bytes(random.bytes()),
            institution,
            display_order,
            field_type: kind.code().into(),
            field_name: kind.name().to_owned(),
            label: label.to_owned(),
            optional: false,
            created_at: ADDED_AT,
            updated_at: ADDED_AT,
        },
    )
}

fn one_in(random: &mut Random, times: u64) -> bool {
    random.below(times) == 0
}

/// The generator SplitMix64: the same numbers for the same seed.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap_or(0)]
    }

    /// Sixteen bytes with the marks of a random UUID.
    fn bytes(&mut self) -> [u8; 16] {
        let random = u128::from(self.next()) << 64 | u128::from(self.next());
        let mut bytes = random.to_be_bytes();
        bytes[6] = 0x40 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        bytes
    }
}
