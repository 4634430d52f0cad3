//! What a browser does between an app and a bank by OAuth.
use serde_json::{Value, json};
use testkit::{
    App, Response,
    app::{PUBLIC_URL, Session},
};
use url::Url;

/// Where the browser is: an address of the service.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) at: Url,
}

impl Browser {
    /// At an address as a member's answer has it.
    pub(crate) fn at(uri: &str) -> Self {
        Self { at: uri.parse().unwrap() }
    }

    /// Path and query, for a request.
    pub(crate) fn target(&self) -> String {
        let text = self.at.as_str();
        text.strip_prefix(PUBLIC_URL)
            .unwrap_or_else(|| panic!("not an address of the service: {text}"))
            .to_owned()
    }

    pub(crate) fn parameter(&self, name: &str) -> String {
        let found = self.at.query_pairs().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no {name} in {}", self.at)).1.into_owned()
    }

    pub(crate) async fn get(&self, app: &App) -> Response {
        app.get(&self.target()).send().await
    }

    /// Follows the redirect of this address.
    pub(crate) async fn follow(&self, app: &App) -> Self {
        Self::at(self.get(app).await.is(302).header("location"))
    }

    /// The visit of an `oauth_window_uri`: at the page of the bank then.
    pub(crate) async fn visit(app: &App, uri: &str) -> Self {
        Self::at(uri).follow(app).await
    }

    /// Posts the form of the bank's page.
    pub(crate) async fn post(&self, app: &App, fields: &[(&str, &str)]) -> Response {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        app.post(&self.target()).raw(form, "application/x-www-form-urlencoded").send().await
    }

    /// Decides on the page of the bank: on the way back to the service then.
    pub(crate) async fn decide(&self, app: &App, username: &str, password: &str, decision: &str) -> Self {
        let state = self.parameter("state");
        let fields =
            [("state", &*state), ("username", username), ("password", password), ("decision", decision)];
        Self::at(self.post(app, &fields).await.is(302).header("location"))
    }
}

/// What `POST /members` takes for a member by OAuth.
pub(crate) fn fields(extra: &Value) -> Value {
    let mut member = json!({"institution_code": "mx_bank_oauth", "is_oauth": true});
    member.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!({"member": member})
}

/// A PENDING member with these fields besides: its guid and the address where its user consents.
pub(crate) async fn new_member(app: &App, session: &Session, extra: Value) -> (String, String) {
    let made = app.post("/members").token(&session.token).json(fields(&extra)).ok().await;
    let text = |key: &str| made["member"][key].as_str().unwrap().to_owned();
    (text("guid"), text("oauth_window_uri"))
}

/// A new address where the user of a member consents.
pub(crate) async fn window_uri(app: &App, session: &Session, member: &str) -> String {
    let path = format!("/members/{member}/oauth_window_uri");
    let answer = app.get(&path).token(&session.token).ok().await;
    answer["member"]["oauth_window_uri"].as_str().unwrap().to_owned()
}

/// The whole way from the address to the end.
pub(crate) async fn consent(app: &App, uri: &str, username: &str, password: &str) -> Response {
    let bank = Browser::visit(app, uri).await;
    bank.decide(app, username, password, "allow").await.get(app).await
}

/// A member by OAuth whose user consented with this password, and whose first job had five seconds.
pub(crate) async fn connect_by_oauth(app: &App, session: &Session, username: &str, password: &str) -> String {
    let (member, uri) = new_member(app, session, json!({})).await;
    consent(app, &uri, username, password).await.is(200);
    app.pass(5).await;
    member
}

/// Another session of the user that [`App::new_session`] makes: after half an hour.
pub(crate) async fn reopened(app: &App) -> Session {
    let user = app.engine().user_of_client(app.client.scope, "U-1").await.unwrap();
    app.session(&user).await
}
