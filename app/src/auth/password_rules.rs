//! Which passwords are refused (NCSC and NIST SP 800-63B: length, not composition; nothing that guessers try first).

use domain::problem::Problem;
use zxcvbn::{Score, zxcvbn};

/// The fewest characters.
pub const SHORTEST: usize = 12;
/// The most characters: enough for any password manager, few enough to hash.
pub const LONGEST: usize = 128;

/// Words that everybody here would think of. What is left without them must carry the password.
const SERVICE_WORDS: [&str; 8] = ["nhslogin", "nhs", "login", "portal", "client", "registration", "register", "health"];

/// What a password made of service words must still hold beside them.
const BESIDE_SERVICE_WORDS: usize = 8;

/// Fewer guesses than this score stands for (10^8) are few enough for somebody who got hold of the hashes.
const WEAKEST: Score = Score::Three;

/// The rule that no password breaks.
const MISSING: &str = "password-missing";

/// The first rule that the password breaks, where the form asks for a new password in place of another.
pub fn check_new_password(password: &str, email: &str) -> Result<(), Problem> {
    check_password(password, email).map_err(|problem| match problem.rule.as_str() {
        MISSING => Problem { message: "Enter a new password.".into(), ..problem },
        _ => problem,
    })
}

/// The first rule that the password breaks. `email` is the address of the account, in any case.
pub fn check_password(password: &str, email: &str) -> Result<(), Problem> {
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let length = password.chars().count();
    let refusal = if password.is_empty() {
        (MISSING, "Enter a password.")
    } else if length < SHORTEST {
        (
            "password-short",
            "The password is too short. Enter at least 12 characters: three random words make a good one.",
        )
    } else if length > LONGEST {
        ("password-long", "The password is too long. Enter 128 characters or fewer.")
    } else if has_email(&password.to_lowercase(), &email.to_lowercase()) {
        ("password-email", "The password contains your email address. Choose one that cannot be guessed from it.")
    } else if is_service(&plain) {
        (
            "password-service",
            "The password is little more than the name of this service. Add three random words, or choose another one.",
        )
    } else if is_guessed_soon(password, email) {
        (
            "password-common",
            "The password is easy to guess: it is one that many people choose, or follows a pattern. Choose another \
             one: three random words make a good password.",
        )
    } else {
        return Ok(());
    };
    Err(Problem::new("password", refusal.0, refusal.1))
}

fn has_email(password: &str, email: &str) -> bool {
    let local = email.split('@').next().unwrap_or_default();
    !email.is_empty() && (password.contains(email) || (local.chars().count() >= 5 && password.contains(local)))
}

fn is_service(plain: &str) -> bool {
    let rest = SERVICE_WORDS.iter().fold(plain.to_owned(), |rest, word| rest.replace(word, ""));
    rest != plain && rest.chars().filter(|c| c.is_alphabetic()).count() < BESIDE_SERVICE_WORDS
}

/// Common passwords and names, words of the dictionary, dates, repeats, rows of the keyboard, and all of them joined.
fn is_guessed_soon(password: &str, email: &str) -> bool {
    let known: Vec<&str> = SERVICE_WORDS.into_iter().chain(email.split(['@', '.', '-', '_', '+'])).collect();
    zxcvbn(password, &known).score() < WEAKEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(password: &str) -> Option<String> {
        check_password(password, "Jo.Bloggs@example.com").err().map(|problem| problem.rule)
    }

    #[test]
    fn takes_words_spaces_and_any_script() {
        for password in ["correct horse battery", "zwölf kleine Hühner", "十二文字以上のパスワードです", "x8#Lq2!vR5^z"]
        {
            assert_eq!(rule(password), None, "{password}");
        }
    }

    #[test]
    fn refuses_each_kind_with_its_rule() {
        for (password, expected) in [
            ("", "password-missing"),
            ("elevenchars", "password-short"),
            (&*"x1 y2 ".repeat(22), "password-long"),
            ("jo.bloggs@example.com", "password-email"),
            ("my JO.Bloggs password", "password-email"),
            ("NHS-login-2026", "password-service"),
            ("nhsloginportal!", "password-service"),
            ("passwordpassword", "password-common"),
            ("Password-Password-1", "password-common"),
            ("qwertyuiop123", "password-common"),
            ("aaaaaaaaaaaa", "password-common"),
            ("abcabcabcabc", "password-common"),
            ("123456789012", "password-common"),
        ] {
            assert_eq!(rule(password).as_deref(), Some(expected), "{password}");
        }
    }

    #[test]
    fn an_empty_field_is_not_called_too_short() {
        let said = |check: fn(&str, &str) -> Result<(), Problem>| check("", "").unwrap_err().message;
        assert_eq!(
            (&*said(check_password), &*said(check_new_password)),
            ("Enter a password.", "Enter a new password.")
        );
    }

    #[test]
    fn every_sentence_ends_with_a_full_stop() {
        for password in ["short", "passwordpassword", "nhsloginportal", &"ab cd ".repeat(30)] {
            let problem = check_password(password, "").unwrap_err();
            assert!(problem.message.ends_with('.'), "{}", problem.message);
        }
    }
}
