//! The command line of Tributary: the server, and the operator's commands.
mod machine;
mod settings;
/// x
pub fn run() -> std::process::ExitCode { std::process::ExitCode::SUCCESS }
