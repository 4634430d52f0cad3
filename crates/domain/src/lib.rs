//! Values, enumerations, taxonomy and state machines of Tributary. No input, no output.
//!
//! How to use it: take a [`time::Timestamp`] from an [`env::Clock`], make guids with
//! [`guid::Guid::new`] from an [`env::Entropy`], keep money in [`decimal::Money`] (hundredths)
//! and rates in [`decimal::Rate`] (millionths). Every enumeration of the contract is in [`enums`].
pub mod account;
pub mod blob;
pub mod category;
pub mod decimal;
pub mod enums;
pub mod env;
pub mod feed;
pub mod guid;
pub mod hash;
pub mod json;
pub mod machine;
pub mod numbers;
pub mod secret;
pub mod settings;
pub mod table;
pub mod text;
pub mod time;
pub mod timeline;
pub mod transaction;
pub mod value;
pub mod webhook;
