//! Which passwords are refused (NCSC and NIST SP 800-63B: length, not composition; nothing that guessers try first).

use domain::{problem::Problem, rule::AccountFault};
use zxcvbn::{Score, zxcvbn};

use super::pool::{Pool, PoolError};

const FIELD: &str = "password";

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

/// The most characters that the guesses are counted of at once: the work grows with the square of it, and with every
/// letter that a sign may stand for.
const LOOKED_AT: usize = 40;

/// What the form calls its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A password.
    First,
    /// A new password, in place of another.
    New,
}

/// The first rule that the password breaks. `email` is the address of the account, in any case. What costs more than
/// counting is done in the pool, and only where nothing cheaper is wrong.
///
/// # Errors
/// [`PoolError`] when the guesses could not be counted.
pub async fn judge_password(
    pool: &Pool,
    asked: Asked,
    password: &str,
    email: &str,
) -> Result<Result<(), Problem>, PoolError> {
    if let Err(problem) = check_shape(asked, password, email) {
        return Ok(Err(problem));
    }
    let (password, email) = (password.to_owned(), email.to_owned());
    pool.run(move || check_guesses(&password, &email)).await
}

/// As [`judge_password`], at once and on this thread: for tests and the command line.
pub fn check_password(password: &str, email: &str) -> Result<(), Problem> {
    check_shape(Asked::First, password, email).and_then(|()| check_guesses(password, email))
}

/// The rules that cost no more than reading the password, the longest ones not even that.
fn check_shape(asked: Asked, password: &str, email: &str) -> Result<(), Problem> {
    let length = password.chars().take(LONGEST + 1).count();
    let fault = match length {
        0 if asked == Asked::New => AccountFault::NewPasswordMissing,
        0 => AccountFault::PasswordMissing,
        1..SHORTEST => AccountFault::PasswordShort,
        _ if length > LONGEST => AccountFault::PasswordLong,
        _ if has_email(&password.to_lowercase(), &email.to_lowercase()) => AccountFault::PasswordEmail,
        _ if is_service(&plain(password)) => AccountFault::PasswordService,
        _ => return Ok(()),
    };
    Err(Problem::new(FIELD, fault))
}

/// Refuses what is guessed soon. Takes tens of milliseconds.
fn check_guesses(password: &str, email: &str) -> Result<(), Problem> {
    match is_guessed_soon(password, email) {
        true => Err(Problem::new(FIELD, AccountFault::PasswordCommon)),
        false => Ok(()),
    }
}

fn plain(password: &str) -> String {
    password.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn has_email(password: &str, email: &str) -> bool {
    let local = email.split('@').next().unwrap_or_default();
    !email.is_empty() && (password.contains(email) || (local.chars().count() >= 5 && password.contains(local)))
}

fn is_service(plain: &str) -> bool {
    let rest = SERVICE_WORDS.iter().fold(plain.to_owned(), |rest, word| rest.replace(word, ""));
    rest != plain && rest.chars().filter(|c| c.is_alphabetic()).count() < BESIDE_SERVICE_WORDS
}

/// Common passwords and names, words of the dictionary, dates, repeats, rows of the keyboard, and all of them joined. A
/// long password is as hard to guess as the hardest of its parts, at least.
fn is_guessed_soon(password: &str, email: &str) -> bool {
    let known: Vec<&str> = SERVICE_WORDS.into_iter().chain(email.split(['@', '.', '-', '_', '+'])).collect();
    let letters: Vec<char> = password.chars().collect();
    letters.chunks(LOOKED_AT).all(|part| zxcvbn(&part.iter().collect::<String>(), &known).score() < WEAKEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(password: &str) -> Option<&'static str> {
        check_password(password, "Jo.Bloggs@example.com").err().map(|problem| problem.rule.name())
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
            assert_eq!(rule(password), Some(expected), "{password}");
        }
    }

    #[test]
    fn an_empty_field_is_not_called_too_short() {
        let said = |asked| check_shape(asked, "", "").unwrap_err().message();
        assert_eq!((&*said(Asked::First), &*said(Asked::New)), ("Enter a password.", "Enter a new password."));
    }

    /// Threat 16: what zxcvbn looks at is bounded, whatever is typed; and it is asked in the pool.
    #[tokio::test]
    async fn guesses_are_counted_in_the_pool_of_what_has_the_right_length_alone() {
        let pool = Pool::new(1);
        let judge = async |password: &str| judge_password(&pool, Asked::First, password, "a@example.com").await;
        for (password, rule) in
            [("", "password-missing"), ("short", "password-short"), (&*"4@8({".repeat(5_000), "password-long")]
        {
            assert_eq!(judge(password).await.unwrap().unwrap_err().rule.name(), rule);
        }
        assert_eq!(pool.done(), 0);
        assert_eq!(judge("passwordpassword").await.unwrap().unwrap_err().rule.name(), "password-common");
        assert_eq!(judge("correct horse battery").await, Ok(Ok(())));
        assert_eq!(pool.done(), 2);
    }

    #[test]
    fn a_long_password_is_judged_by_its_hardest_part() {
        let strong = "correct horse battery staple";
        for weak in ["a".repeat(128), "password".repeat(16), "abc".repeat(40), "1234567890".repeat(12)] {
            assert_eq!(rule(&weak), Some("password-common"), "{weak}");
            let both = format!("{}{strong}", &weak[..80]);
            assert_eq!(rule(&both), None, "{both}");
        }
    }

    #[test]
    fn every_sentence_ends_with_a_full_stop() {
        for password in ["short", "passwordpassword", "nhsloginportal", &"ab cd ".repeat(30)] {
            let problem = check_password(password, "").unwrap_err();
            assert!(problem.message().ends_with('.'), "{problem}");
        }
    }
}
