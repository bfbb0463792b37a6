//! A sign-in that runs as the page gives it: by openid-client, with the partner's own key and what was published.

use super::published::first_uri;
use domain::revision::ClientMetadata;
use serde_json::Value;

/// The whole program. It works with any redirect URI, as it asks for the address that the person came back to. What stands
/// in it comes from what was published, the key's `kid` too, as JSON, which is JavaScript too: no address ends a text early.
pub(super) fn sign_in(metadata: &ClientMetadata, kid: Option<&str>, client_id: &str, issuer: &str) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let vtr = match metadata.vectors.is_empty() {
        true => String::new(),
        false => format!("\n  vtr: JSON.stringify({}),", Value::from(metadata.vectors.as_slice())),
    };
    // openid-client talks to an issuer without TLS, as the demonstration's are, only when told to.
    let plain = if issuer.starts_with("http:") { "\n  { execute: [client.allowInsecureRequests] }," } else { "" };
    format!(
        r#"// npm install openid-client@6 jose@6
// node sign-in.mjs
import * as client from 'openid-client'
import {{ importPKCS8 }} from 'jose'
import {{ createPrivateKey }} from 'node:crypto'
import {{ readFileSync }} from 'node:fs'
import {{ createInterface }} from 'node:readline/promises'

const pem = createPrivateKey(readFileSync('private_key.pem')).export({{ type: 'pkcs8', format: 'pem' }})
const key = await importPKCS8(pem, {assertion})
const config = await client.discovery(
  new URL({issuer}),
  {client_id},
  {{ id_token_signed_response_alg: {id_token} }},
  client.PrivateKeyJwt({{ key, kid: {kid} }}, {{
    // NHS login takes its token endpoint as the audience.
    [client.modifyAssertion]: (header, payload) => {{
      payload.aud = config.serverMetadata().token_endpoint
    }},
  }}),{plain}
)

const [state, nonce] = [client.randomState(), client.randomNonce()]
const start = client.buildAuthorizationUrl(config, {{
  redirect_uri: {redirect_uri},
  scope: {scope},{vtr}
  state,
  nonce,
}})
console.log(`Open this address and sign in:\n${{start.href}}`)

const terminal = createInterface({{ input: process.stdin, output: process.stdout }})
const answer = await terminal.question('Paste the whole address that you came back to:\n')
terminal.close()
const tokens = await client.authorizationCodeGrant(config, new URL(answer.trim()), {{
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
}})
console.log('ID token', tokens.claims())
console.log('User information', await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub))"#,
        assertion = quoted(&metadata.token_endpoint_auth_signing_alg),
        issuer = quoted(issuer),
        client_id = quoted(client_id),
        id_token = quoted(&metadata.id_token_signed_response_alg),
        kid = quoted(kid.unwrap_or_default()),
        redirect_uri = quoted(&first_uri(metadata)),
        scope = quoted(&metadata.scopes.join(" ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// end2end/tests/sandpit.spec.mjs runs it as the page gives it.
    #[test]
    fn what_is_published_stands_in_it_and_ends_no_text_early() {
        let metadata = json!({
            "redirect_uris": ["https://a.example/it's/\"b\""], "scope": "openid email", "nhs_vtr": ["P9.Cm"],
            "token_endpoint_auth_signing_alg": "RS256",
        });
        let read = |metadata: Value| ClientMetadata::read(&metadata.to_string()).unwrap();
        let plain = sign_in(&read(metadata), Some("abc"), "one", "http://127.0.0.1:3001");
        for expected in [
            r#"redirect_uri: "https://a.example/it's/\"b\"","#,
            r#"vtr: JSON.stringify(["P9.Cm"]),"#,
            r#"importPKCS8(pem, "RS256")"#,
            r#"kid: "abc""#,
            "allowInsecureRequests",
        ] {
            assert!(plain.contains(expected), "{expected} is missing in {plain}");
        }
        let secure = sign_in(&read(json!({})), None, "one", "https://auth.sandpit.signin.nhs.uk");
        assert!(!secure.contains("allowInsecureRequests") && !secure.contains("vtr:"), "{secure}");
    }
}
