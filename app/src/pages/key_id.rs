//! The name of a key in a client's JWKS, as pages show it.

use crate::ui::Copyable;
use domain::key::PublicKey;
use leptos::prelude::*;

/// The `kid` of a key: of the registration's own where it gives one, else the thumbprint, of which that is said.
pub(super) fn key_id(key: &PublicKey, own: &str) -> AnyView {
    match own {
        "" => "The same as the thumbprint".into_any(),
        own if own == key.thumbprint() => "The same as the thumbprint".into_any(),
        own => view! { <Copyable value=own.to_owned() about="key ID" /> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_kid_of_the_registrations_own_is_not_called_the_thumbprint() {
        let key = samples::draft().sound_keys(&samples::policy("sandpit")).remove(0);
        let html = |own: &'static str| samples::html(|| key_id(&key, own));
        assert_eq!(html(""), "The same as the thumbprint");
        assert!(html("signing-2026").contains("signing-2026") && !html("signing-2026").contains("thumbprint"));
    }
}
