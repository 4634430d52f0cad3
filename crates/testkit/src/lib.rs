//! What tests of every crate share: time and randomness, both databases, and [`App`], the whole service in the
//! process of the test.
pub mod app;
pub mod capture;
pub mod postgres;
pub mod request;
pub mod time;

pub use app::App;
pub use request::{Request, Response};

/// One test on both databases: `both!(name, async |app| { ... })`. PostgreSQL is left out, with a line that says so,
/// where it is not installed.
#[macro_export]
macro_rules! both {
    ($(#[$meta:meta])* $name:ident, async |$app:ident| $body:block) => {
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn test($app: &$crate::App) $body

            #[tokio::test]
            async fn sqlite() {
                let app = $crate::App::sqlite().await;
                test(&app).await;
                app.finish().await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(app) = $crate::App::postgres().await {
                    test(&app).await;
                    app.finish().await;
                }
            }
        }
    };
}
