//! Cases that nobody here wrote: nothing panics, and nothing wrong is accepted. See `corpora/README.md`.

#[path = "corpora/hosts.rs"]
mod hosts;
#[path = "corpora/keys.rs"]
mod keys;
#[path = "corpora/signatures.rs"]
mod signatures;
#[path = "corpora/urls.rs"]
mod urls;
#[path = "corpora/weak.rs"]
mod weak;
