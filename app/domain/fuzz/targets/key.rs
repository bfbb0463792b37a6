//! Any file in the place of a public key: no panic, and what is accepted reads back as the same key and is no private one.

#![no_main]

use domain::{key::PublicKey, private_key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // As the server does: the file is looked at before its text is.
    if private_key::found_in_bytes(bytes) {
        return;
    }
    match PublicKey::parse(&private_key::text_of(bytes), &[2048, 3072, 4096]) {
        Ok(key) => {
            assert!([2048, 3072, 4096].contains(&key.bits()));
            assert!(!private_key::found_in(&key.pem()));
            assert_eq!(PublicKey::parse(&key.pem(), &[key.bits()]).as_ref(), Ok(&key));
        }
        Err(rule) => assert!(rule.to_string().ends_with('.'), "{rule:?}"),
    }
});
