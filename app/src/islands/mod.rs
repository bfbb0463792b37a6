//! The only code that runs as wasm. Each island is a form field that is complete without it: the same markup comes
//! from the server, and the same rules of `domain` judge again when the form arrives.

mod file;
pub mod key_check;
pub mod redirect_uri_check;
pub mod verdict;

pub use key_check::KeyCheck;
pub use redirect_uri_check::RedirectUriCheck;
