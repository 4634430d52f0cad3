//! The institutions and the fields of their logins. Source: `spec: sandbox, 1`.
use domain::{
    enums::FieldType,
    guid::{CredentialGuid, InstitutionGuid},
    time::Timestamp,
};

/// A sandbox institution, as the catalogue shows it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the contract's institution is a row of flags")]
pub struct SandboxInstitution {
    /// Its guid, the same on every server.
    pub guid: InstitutionGuid,
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Countries it serves, alpha-2.
    pub iso_country_code: &'static [&'static str],
    /// Its home page.
    pub url: &'static str,
    /// Logo of 50 x 50.
    pub small_logo_url: &'static str,
    /// Logo of 100 x 100.
    pub medium_logo_url: &'static str,
    /// Weight in the order of a search.
    pub popularity: i64,
    /// Whether `verify` works.
    pub supports_account_verification: bool,
    /// Whether `identify` works.
    pub supports_account_identification: bool,
    /// Whether `extend_history` works.
    pub supports_transaction_history: bool,
    /// Whether its members log in by OAuth; such an institution has no credentials.
    pub supports_oauth: bool,
    /// Whether it has checking accounts.
    pub has_checking_accounts: bool,
    /// Whether it has savings accounts.
    pub has_savings_accounts: bool,
    /// Whether it has credit cards.
    pub has_credit_card_accounts: bool,
    /// Whether it has investments.
    pub has_investment_accounts: bool,
    /// Whether it has lines of credit.
    pub has_line_of_credit_accounts: bool,
    /// Whether it has loans.
    pub has_loan_accounts: bool,
    /// Whether it has mortgages.
    pub has_mortgage_accounts: bool,
    /// What must be sent to log in, in display order.
    pub credentials: &'static [SandboxCredential],
}

/// A field of an institution's login.
#[derive(Debug)]
pub struct SandboxCredential {
    /// Its guid, the same on every server.
    pub guid: CredentialGuid,
    /// Kind of field.
    pub field_type: FieldType,
    /// `LOGIN` or `PASSWORD`.
    pub field_name: &'static str,
    /// What to show.
    pub label: &'static str,
    /// Place in the form, from 1.
    pub display_order: i64,
}

impl SandboxInstitution {
    /// When every sandbox institution was made and last changed: 2016-09-21T22:03:55Z.
    pub const MADE_AT: Timestamp = Timestamp::from_seconds(1_474_495_435);

    /// The institution with this code.
    pub fn by_code(code: &str) -> Option<&'static Self> {
        INSTITUTIONS.iter().find(|institution| institution.code == code)
    }

    /// Routing number of its accounts.
    pub fn routing_number(&self) -> Option<&'static str> {
        super::plan::BankPlan::by_code(self.code).map(|bank| bank.routing_number)
    }
}

impl SandboxCredential {
    /// When every credential was made and last changed: 2016-09-21T22:08:59Z.
    pub const MADE_AT: Timestamp = Timestamp::from_seconds(1_474_495_739);
}

/// Every sandbox institution, most popular first.
pub fn institutions() -> &'static [SandboxInstitution] {
    INSTITUTIONS
}

const fn login_and_password(login: u128, password: u128) -> [SandboxCredential; 2] {
    [
        SandboxCredential {
            guid: CredentialGuid::from_bytes(login.to_be_bytes()),
            field_type: FieldType::Login,
            field_name: "LOGIN",
            label: "Username",
            display_order: 1,
        },
        SandboxCredential {
            guid: CredentialGuid::from_bytes(password.to_be_bytes()),
            field_type: FieldType::Password,
            field_name: "PASSWORD",
            label: "Password",
            display_order: 2,
        },
    ]
}

/// The two fields of an institution whose credentials share its uuid but for the first group.
const fn derived(institution: u128) -> [SandboxCredential; 2] {
    const REST: u128 = (1 << 96) - 1;
    login_and_password(0x1000_0001 << 96 | institution & REST, 0x1000_0002 << 96 | institution & REST)
}

/// The number of an institution, and the addresses of its logos, from the text of its guid.
macro_rules! logo {
    ($size:literal, $guid:literal) => {
        concat!(
            "https://content.moneydesktop.com/storage/MD_Assets/Ipad%20Logos/",
            $size,
            "/",
            $guid,
            "_",
            $size,
            ".png"
        )
    };
}

const MXBANK: u128 = 0x1572_a04c_912b_59bf_5841_332c_7dfa_faef;
const MX_BANK_OAUTH: u128 = 0x68e9_6dd6_eabd_42d3_9f05_4168_97f0_746c;
const MXCU_OAUTH: u128 = 0x3f0b_7c52_8a14_4e6d_9c21_5d70_e1b8_a946;
const MXCU: u128 = 0xb2d9_4e17_61fa_4c38_8e05_7a13_cf20_69d4;
const SANDBOX_CA: u128 = 0xc751_8e3a_0d92_4b6f_a4e3_19f8_6b2d_705c;
const SANDBOX_BASIC: u128 = 0xe840_6d9b_f325_47ca_b91d_02c6_4a8e_73f1;

static INSTITUTIONS: &[SandboxInstitution] = &[
    SandboxInstitution {
        guid: InstitutionGuid::from_bytes(MXBANK.to_be_bytes()),
        code: "mxbank",
        name: "MX Bank",
        iso_country_code: &["US", "CA"],
        url: "https://www.mx.com",
        small_logo_url: logo!("50x50", "INS-1572a04c-912b-59bf-5841-332c7dfafaef"),
        medium_logo_url: logo!("100x100", "INS-1572a04c-912b-59bf-5841-332c7dfafaef"),
        popularity: 72_644,
        supports_account_identification: true,
        supports_transaction_history: true,
        has_investment_accounts: true,
        has_line_of_credit_accounts: true,
        has_loan_accounts: true,
        has_mortgage_accounts: true,
        credentials: &login_and_password(
            0x9f61_fb4c_912c_bd1e_b175_ccc7_f027_5cc1,
            0xe3d7_ea81_aac7_05e9_fbdd_4b49_3c6e_474d,
        ),
        ..COMMON
    },
    SandboxInstitution {
        guid: InstitutionGuid::from_bytes(MX_BANK_OAUTH.to_be_bytes()),
        code: "mx_bank_oauth",
        name: "MX Bank (Oauth)",
        small_logo_url: logo!("50x50", "INS-68e96dd6-eabd-42d3-9f05-416897f0746c"),
        medium_logo_url: logo!("100x100", "INS-68e96dd6-eabd-42d3-9f05-416897f0746c"),
        popularity: 60_000,
        supports_oauth: true,
        ..COMMON
    },
    SandboxInstitution {
        guid: InstitutionGuid::from_bytes(MXCU_OAUTH.to_be_bytes()),
        code: "mxcu_oauth",
        name: "MXCU (OAuth)",
        small_logo_url: logo!("50x50", "INS-3f0b7c52-8a14-4e6d-9c21-5d70e1b8a946"),
        medium_logo_url: logo!("100x100", "INS-3f0b7c52-8a14-4e6d-9c21-5d70e1b8a946"),
        popularity: 50_000,
        supports_account_identification: true,
        supports_transaction_history: true,
        supports_oauth: true,
        has_loan_accounts: true,
        ..COMMON
    },
    SandboxInstitution {
        guid: InstitutionGuid::from_bytes(MXCU.to_be_bytes()),
        code: "mxcu",
        name: "MXCU (Credential)",
        small_logo_url: logo!("50x50", "INS-b2d94e17-61fa-4c38-8e05-7a13cf2069d4"),
        medium_logo_url: logo!("100x100", "INS-b2d94e17-61fa-4c38-8e05-7a13cf2069d4"),
        popularity: 40_000,
        supports_account_identification: true,
        supports_transaction_history: true,
        credentials: &derived(MXCU),
        ..COMMON
    },
    SandboxInstitution {
        guid: InstitutionGuid::from_bytes(SANDBOX_CA.to_be_bytes()),
        code: "sandbox_ca",
        name: "Sandbox Canada",
        iso_country_code: &["CA"],
        small_logo_url: logo!("50x50", "INS-c7518e3a-0d92-4b6f-a4e3-19f86b2d705c"),
        medium_logo_url: logo!("100x100", "INS-c7518e3a-0d92-4b6f-a4e3-19f86b2d705c"),
        popularity: 30_000,
        supports_account_identification: true,
        has_credit_card_accounts: false,
        credentials: &derived(SANDBOX_CA),
        ..COMMON
    },
    SandboxInstitution {
        guid: InstitutionGuid::from_bytes(SANDBOX_BASIC.to_be_bytes()),
        code: "sandbox_basic",
        name: "Sandbox Basic",
        small_logo_url: logo!("50x50", "INS-e8406d9b-f325-47ca-b91d-02c64a8e73f1"),
        medium_logo_url: logo!("100x100", "INS-e8406d9b-f325-47ca-b91d-02c64a8e73f1"),
        popularity: 20_000,
        supports_account_verification: false,
        has_savings_accounts: false,
        has_credit_card_accounts: false,
        credentials: &derived(SANDBOX_BASIC),
        ..COMMON
    },
];

/// What most sandbox institutions have in common.
const COMMON: SandboxInstitution = SandboxInstitution {
    guid: InstitutionGuid::from_bytes([0; 16]),
    code: "",
    name: "",
    iso_country_code: &["US"],
    url: "https://sandbox.example.com",
    small_logo_url: "",
    medium_logo_url: "",
    popularity: 0,
    supports_account_verification: true,
    supports_account_identification: false,
    supports_transaction_history: false,
    supports_oauth: false,
    has_checking_accounts: true,
    has_savings_accounts: true,
    has_credit_card_accounts: true,
    has_investment_accounts: false,
    has_line_of_credit_accounts: false,
    has_loan_accounts: false,
    has_mortgage_accounts: false,
    credentials: &[],
};
