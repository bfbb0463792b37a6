//! The only code that runs as wasm. Each island is a form field, or watches some, and the form is complete without it: the same markup comes
//! from the server, and the same rules of `domain` judge again when the form arrives.

mod file;
pub mod key_check;
pub mod private_key_guard;
pub mod redirect_uri_check;
pub mod verdict;

pub use key_check::KeyCheck;
pub use private_key_guard::PrivateKeyGuard;
pub use redirect_uri_check::RedirectUriCheck;
