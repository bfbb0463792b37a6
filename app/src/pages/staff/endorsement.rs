//! What an entry of an endorsed key proves by itself.

use crate::ui::{CodeBlock, Colour, Details, Tag};
use domain::{possession::Endorsement, recorded::Happened, registration::Event};
use leptos::prelude::*;
use store::read::EntryDetails;

/// Whether both signatures in the entry verify, and how anybody can see that for themselves; nothing for other entries.
pub(super) fn signatures(details: &EntryDetails) -> Option<AnyView> {
    let Happened::Registration(Event::KeyEndorsed(endorsement)) = &details.row.happened else { return None };
    let (colour, words) = match endorsement.verifies(&details.row.subject) {
        true => (Colour::Green, "Both signatures verify"),
        false => (Colour::Red, "A signature does not verify"),
    };
    let first = commands(&endorsement.proof, endorsement, &endorsement.key.pem());
    let second = commands(&endorsement.endorsement, endorsement, &endorsement.endorsed_by.pem());
    Some(
        view! {
            <h2 class="nhsuk-heading-m">"The two signatures"</h2>
            <p><Tag colour=colour text=words /></p>
            <p>
                "The new key signed our nonce, and so did the key that was published, which names the new one by its thumbprint "
                "in the claim " <code>"cnf"</code> ". Both assertions and both keys are in the bytes of this entry."
            </p>
            <Details summary="Verify the signature of the new key yourself">
                <CodeBlock code=first about="commands for the new key" />
            </Details>
            <Details summary="Verify the signature of the published key yourself">
                <CodeBlock code=second about="commands for the published key" />
            </Details>
        }
        .into_any(),
    )
}

/// Commands that verify an assertion with nothing but OpenSSL, and print its claims.
fn commands(assertion: &str, endorsement: &Endorsement, pem: &str) -> String {
    let (signed, signature) = assertion.rsplit_once('.').unwrap_or((assertion, ""));
    let claims = signed.split_once('.').map_or("", |(_, claims)| claims);
    let digest = endorsement.algorithm.trim_start_matches("RS");
    format!(
        "cat > key.pem <<'END'\n{pem}END\n\
         printf %s '{}' | openssl base64 -d -A > signature\n\
         printf %s '{signed}' | openssl dgst -sha{digest} -verify key.pem -signature signature\n\
         printf %s '{}' | openssl base64 -d -A",
        base64(signature),
        base64(claims)
    )
}

/// Base64 with padding of what is base64url without (RFC 4648).
fn base64(text: &str) -> String {
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    text.replace('-', "+").replace('_', "/") + &padding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_written_as_openssl_reads_it() {
        assert_eq!(["", "YQ", "YWI", "YWJj", "-_8"].map(base64), ["", "YQ==", "YWI=", "YWJj", "+/8="]);
    }
}
