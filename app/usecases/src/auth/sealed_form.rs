//! What waits for a browser is sealed under a key that only its cookie holds: whoever reads the database, its log or a
//! backup of it reads nothing of what was typed (threat 12).

use domain::{id::AccountId, problem::Problem};
use serde::{Deserialize, Serialize};

use super::{
    secret_box::{NONCE_BYTES, SecretBox},
    tokens::Token,
};

/// Labels of what is derived from a token. Neither gives the other away, nor the token.
const LOOKUP: &str = "portal waiting form lookup v1";
const KEY: &str = "portal waiting form key v1";

/// A form that waits: what was typed in it, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptForm {
    /// Which form.
    pub form: String,
    /// What was typed.
    pub values: serde_json::Value,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Whose it is; none for visitors. It is shown to nobody else.
    pub account: Option<AccountId>,
}

impl KeptForm {
    /// The form as the database holds it, to be found by [`lookup`]. `None` only when it cannot be written as JSON, or is
    /// too long for the cipher (256 GiB).
    pub fn seal(&self, token: &Token, purpose: &str, nonce: [u8; NONCE_BYTES]) -> Option<String> {
        let text = serde_json::to_vec(self).ok()?;
        seal_box(token, purpose).seal(&text, lookup(token, purpose).as_bytes(), nonce)
    }

    /// The form, or `None` when it was sealed for another token or purpose, or was changed.
    pub fn open(sealed: &str, token: &Token, purpose: &str) -> Option<Self> {
        let text = seal_box(token, purpose).open(sealed, lookup(token, purpose).as_bytes())?;
        serde_json::from_slice(&text).ok()
    }
}

/// Under what the database finds the form that waits for a token, for one purpose.
pub fn lookup(token: &Token, purpose: &str) -> String {
    data_encoding::HEXLOWER.encode(&token.derived(LOOKUP, purpose))
}

fn seal_box(token: &Token, purpose: &str) -> SecretBox {
    SecretBox::new(&token.derived(KEY, purpose))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        key::PublicKey,
        redirect_uri::{UriRules, check_all},
        refusal::Refusal,
        rule::{FormFault, Rule, Since},
    };

    /// Of each subject, with figures of each kind.
    fn problems() -> Vec<Problem> {
        let uris = ["https://a_b.com/".to_owned(), "https://A.com/".to_owned()];
        let uris = check_all(&uris, UriRules::default()).1.into_iter().map(Problem::from);
        let keys = ["{\"kty\": \"EC\"}", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"];
        let keys = keys.map(|text| PublicKey::parse(text, &[2048]).unwrap_err().into());
        let refused = FormFault::Refused(Box::new(Refusal::Problems(vec![Problem::new("a", Rule::OdsCode).at("b")])));
        let stale = FormFault::Stale(Since::Other { name: "Ada".into(), at: "today".into() });
        uris.chain(keys).chain([refused, stale].map(|fault| Problem::new("", fault))).collect()
    }

    fn form() -> KeptForm {
        let values = serde_json::json!({"client_name": "typed with care"});
        KeptForm { form: "page".into(), values, problems: problems(), account: None }
    }

    #[test]
    fn opens_for_its_token_and_purpose_alone() {
        let (token, other) = (Token::from_bytes([1; 32]), Token::from_bytes([2; 32]));
        let sealed = form().seal(&token, "form", [3; NONCE_BYTES]).unwrap();
        assert!(!sealed.contains("typed"), "{sealed}");
        assert_eq!(KeptForm::open(&sealed, &token, "form"), Some(form()));
        assert_eq!(KeptForm::open(&sealed, &other, "form"), None);
        assert_eq!(KeptForm::open(&sealed, &token, "pending"), None);
    }

    #[test]
    fn what_it_is_found_by_is_not_the_key_nor_the_hash_of_the_token() {
        let token = Token::from_bytes([1; 32]);
        let key = data_encoding::HEXLOWER.encode(&token.derived(KEY, "form"));
        assert_ne!(lookup(&token, "form"), key);
        assert_ne!(lookup(&token, "form"), token.hash());
        assert_ne!(lookup(&token, "form"), lookup(&token, "pending"));
        assert_ne!(key, token.hash());
    }
}
