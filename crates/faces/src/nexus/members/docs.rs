//! Keys of members, challenges and what is sent for them, for the document.
use crate::openapi::{Entry, boolean, integer, many, one, text, texts, time};

pub(super) const MEMBER: &[Entry] = &[
    time("aggregated_at", "Start of the most recent job of any kind.").or_null(),
    boolean("background_aggregation_is_disabled", "Never aggregated by the schedule."),
    text("connection_status", "Name of the state of the connection; null without credentials.").or_null(),
    integer("connection_status_id", "Code of the state.").or_null(),
    text("connection_status_message", "What to tell the user.").or_null(),
    text("external_guid", "The partner's id, unique over all members of the client.").or_null(),
    text("guid", "`MBR-`."),
    text("institution_code", "Code of the institution."),
    text("institution_guid", "`INS-`."),
    boolean("is_being_aggregated", "A job exists that is not finished, one that waits for answers included."),
    boolean("is_managed_by_user", "False: partner-managed."),
    boolean("is_manual", "The user's manual member."),
    boolean("is_oauth", "Connected by OAuth."),
    boolean("is_user_created", "Made through Nexus or Connect."),
    text("metadata", "The partner's own text.").or_null(),
    text("most_recent_job_guid", "`JOB-`; null before the first job.").or_null(),
    text("name", "Its name; the institution's by default."),
    boolean("needs_updated_credentials", "DENIED, PREVENTED, IMPORTED, IMPAIRED."),
    integer("revision", "Counts changes."),
    time("successfully_aggregated_at", "End of the last completed job of any kind.").or_null(),
    texts("use_cases", "`PFM`, `MONEY_MOVEMENT`."),
    text("user_guid", "`USR-`."),
];

const CREDENTIAL_VALUE: &[Entry] = &[
    text("credential_guid", "`CRD-`, from the credentials of the institution."),
    text("value", "1 to 1,024 characters, never trimmed."),
];

const MEMBER_CREDENTIAL: &[Entry] = &[
    text("credential_guid", "`CRD-`, from the credentials of the institution, or of an open challenge."),
    text("value", "1 to 1,024 characters, never trimmed."),
    text("metadata", "The partner's own text, up to 8 KiB; null clears.").or_null().optional(),
];

const WRITTEN_CREDENTIAL: &[Entry] = &[
    time("created_at", "First write; of an answer, when the challenge was raised."),
    text("credential_guid", "As sent."),
    text("guid", "`MCR-`; the same for each write."),
    text("member_guid", "`MBR-`."),
    text("metadata", "The partner's own text.").or_null(),
    time("updated_at", "This write."),
];

const CREATE: &[Entry] = &[
    text("institution_guid", "This or `institution_code` is required; the guid wins.").optional(),
    text("institution_code", "Code of the institution.").optional(),
    many("credentials", "CredentialValue", "One for each that is not optional.").optional(),
    boolean("is_oauth", "Connect by OAuth; `credentials` are then ignored.").optional(),
    boolean("skip_aggregation", "True: no first job.").optional(),
    text("external_guid", "The partner's id; must not begin with MBR-.").optional(),
    text("metadata", "The partner's own text, up to 8 KiB.").optional(),
    text("name", "At most 255 characters.").optional(),
    texts("use_cases", "Kept only for clients that opted in.").optional(),
    boolean("background_aggregation_is_disabled", "Never aggregate by the schedule.").optional(),
    boolean("include_transactions", "False: the first job takes accounts only.").optional(),
    text(
        "client_redirect_url",
        "OAuth: where the user returns; one of the client's redirect URLs begins it.",
    )
    .optional(),
    text("referral_source", "OAuth: `BROWSER` (default) or `APP`.").optional(),
    text("ui_message_webview_url_scheme", "OAuth: scheme of the messages to a web view.").optional(),
    boolean("skip_webhook", "True: no webhook for this write.").optional(),
];

const UPDATE: &[Entry] = &[
    many("credentials", "CredentialValue", "Replace those of the same guid; or answers to open challenges.")
        .optional(),
    text("metadata", "Null clears.").or_null().optional(),
    text("name", "Null: the institution's.").or_null().optional(),
    text("external_guid", "Null clears.").or_null().optional(),
    texts("use_cases", "Kept only for clients that opted in.").optional(),
    boolean("background_aggregation_is_disabled", "Never aggregate by the schedule.").or_null().optional(),
    boolean("skip_aggregation", "True: no job after new credentials.").optional(),
    boolean("include_transactions", "False: that job takes accounts only.").optional(),
    boolean("skip_webhook", "True: no webhook for this write.").optional(),
];

const AGGREGATE: &[Entry] = &[
    boolean("include_holdings", "False leaves holdings out; true by default.").optional(),
    boolean("include_transactions", "False leaves transactions out; true by default.").optional(),
];

const CHALLENGE: &[Entry] = &[
    text("field_name", "The institution's name of the field.").or_null(),
    text("guid", "`CRD-`."),
    text("image_data", "IMAGE_DATA only: the picture, as a data URI.").optional(),
    many("image_options", "ChallengeOption", "IMAGE_OPTIONS only: what may be chosen.").optional(),
    text("label", "What to show."),
    many("options", "ChallengeOption", "OPTIONS only: what may be chosen.").optional(),
    text("type", "TEXT, TOKEN, OPTIONS, IMAGE_DATA or IMAGE_OPTIONS."),
];

const PREMIUM: &[Entry] =
    &[boolean("include_transactions", "Takes transactions along; default false.").optional()];

const CHALLENGE_OPTION: &[Entry] = &[
    text("data_uri", "IMAGE_OPTIONS only: the picture.").optional(),
    text("guid", "`CRD-`: what to answer."),
    text("label", "What to show; taken as an answer as well."),
    text("value", "Taken as an answer as well."),
];

const CHALLENGE_ANSWER: &[Entry] =
    &[text("guid", "Of the challenge; also `credential_guid`."), text("value", "The answer, never trimmed.")];

const RESUME: &[Entry] = &[
    many("challenges", "ChallengeAnswer", "All of the set; here or under `member`.").optional(),
    one("member", "ResumeChallenges", "The same under a root.").optional(),
];

const RESUME_CHALLENGES: &[Entry] = &[many("challenges", "ChallengeAnswer", "All of the set.")];

const WINDOW: &[Entry] =
    &[text("guid", "`MBR-`."), text("oauth_window_uri", "Good for one visit and one hour.")];

crate::schemas! {
    /// A connection of a user to an institution.
    Member = entries(MEMBER);
    /// Where the user of a member consents.
    OauthWindow = entries(WINDOW);
    /// The answer with it.
    OauthWindowAnswer = root("member", OauthWindow);
    /// The answer of calls for one member.
    MemberAnswer = root("member", Member);
    /// The answer of calls for all members.
    MembersAnswer = list("members", Member);
    /// A credential and its value.
    CredentialValue = entries(CREDENTIAL_VALUE);
    /// One credential, or the answer to one open challenge.
    MemberCredentialWrite = entries(MEMBER_CREDENTIAL);
    /// The body of a write of one credential; also under `member`, `credential` or no root.
    MemberCredentialBody = root("member_credential", MemberCredentialWrite);
    /// What was written.
    MemberCredential = entries(WRITTEN_CREDENTIAL);
    /// The answer of a write of one credential.
    MemberCredentialAnswer = root("member_credential", MemberCredential);
    /// A member to create.
    MemberCreate = entries(CREATE; CredentialValue);
    /// The body of a create.
    MemberCreateBody = root("member", MemberCreate);
    /// What changes of a member; what is absent stays.
    MemberUpdate = entries(UPDATE; CredentialValue);
    /// The body of an update.
    MemberUpdateBody = root("member", MemberUpdate);
    /// What a job takes along; in the query or in the body, and the body wins.
    AggregateBody = entries(AGGREGATE);
    /// What a verification or identification takes along.
    PremiumBody = entries(PREMIUM);
    /// A choice.
    ChallengeOption = entries(CHALLENGE_OPTION);
    /// A question of the institution.
    Challenge = entries(CHALLENGE; ChallengeOption);
    /// The open challenges of a member.
    ChallengesAnswer = list("challenges", Challenge);
    /// An answer to a challenge.
    ChallengeAnswer = entries(CHALLENGE_ANSWER);
    /// Answers under a root.
    ResumeChallenges = entries(RESUME_CHALLENGES; ChallengeAnswer);
    /// Answers to all open challenges.
    ResumeBody = entries(RESUME; ChallengeAnswer, ResumeChallenges);
}
