//! `portal check`: the verdicts of the pages, for a terminal or a pipeline.

use std::fmt::Write;

use clap::ValueEnum;
use domain::draft::Draft;
use domain::key::{self, PublicKey};
use domain::openssl_blacklist::OpensslBlacklist;
use domain::policy::EnvironmentPolicy;
use domain::private_key;
use domain::problem::Problem;
use domain::redirect_uri::RedirectUri;
use domain::rule::{EntryFault, KeyFault, KeyRule, MetadataFault, Rule};
use domain::warning::Said;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::Date;

/// The largest input, in bytes.
pub const INPUT_LIMIT: usize = 64 * 1024;

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A PEM public key.
    Key,
    /// One redirect URI, less one final newline.
    RedirectUri,
    /// RFC 7591 client metadata, with `reasons` and `evidence`.
    Registration,
}

/// What came out.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// The environment whose rules were applied.
    pub environment: String,
    /// What has to be mended.
    pub problems: Vec<Said>,
    /// What is allowed, and worth knowing.
    pub warnings: Vec<Said>,
    /// What only the portal, with its database and its reviewers, can tell.
    pub not_checked: Vec<&'static str>,
    /// What the input is, once it was understood.
    pub facts: Map<String, Value>,
}

/// What one kind of input gave.
#[derive(Default)]
struct Findings {
    problems: Vec<Problem>,
    warnings: Vec<Said>,
    facts: Map<String, Value>,
}

impl Findings {
    fn problem(problem: impl Into<Problem>) -> Self {
        Self { problems: vec![problem.into()], ..Self::default() }
    }
}

/// Judges an input by the rules of an environment, as they are on this day.
pub fn judge(kind: Kind, input: &[u8], policy: &EnvironmentPolicy, today: Date) -> Verdict {
    let findings = match text(kind, input, policy) {
        Err(problem) => Findings::problem(problem),
        Ok(text) => match kind {
            Kind::Key => judge_key(&text, policy),
            Kind::RedirectUri => redirect_uri(&text, policy),
            Kind::Registration => registration(&text, policy, today),
        },
    };
    // A key in DER or UTF-16 is no text, and one may stand where no field is: it is a private key all the same.
    let findings = match private_key::found_in_bytes(input) && !findings.problems.iter().any(is_private_key) {
        true => Findings::problem(Problem::new(field(kind), Rule::PrivateKey)),
        false => findings,
    };
    Verdict {
        sound: findings.problems.is_empty(),
        environment: policy.name.clone(),
        problems: findings.problems.into_iter().map(Said::from).collect(),
        warnings: findings.warnings,
        not_checked: not_checked(kind, policy),
        facts: findings.facts,
    }
}

fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::Key => "public_key",
        Kind::RedirectUri => "redirect_uris",
        Kind::Registration => "registration",
    }
}

fn is_private_key(problem: &Problem) -> bool {
    problem.rule.is_private_key()
}

/// The input as a text. A key and metadata may be in UTF-16, as Windows writes files; a redirect URI is what it is, byte by
/// byte.
fn text(kind: Kind, input: &[u8], policy: &EnvironmentPolicy) -> Result<String, Problem> {
    let field = field(kind);
    if input.len() > INPUT_LIMIT {
        return Err(Problem::new(field, EntryFault::InputTooLarge));
    }
    let is_wide = matches!(input, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    match kind {
        Kind::Key => return Ok(key::text_of_file(input, &policy.key_sizes)?),
        Kind::Registration if is_wide => return Ok(private_key::text_of(input)),
        Kind::RedirectUri | Kind::Registration => {}
    }
    let text = std::str::from_utf8(input).map(str::to_owned);
    text.map_err(|error| Problem::new(field, EntryFault::NotUtf8(error.valid_up_to())))
}

fn judge_key(text: &str, policy: &EnvironmentPolicy) -> Findings {
    match policy.check_key(text) {
        Ok(key) => Findings { facts: key_facts(&key), ..Findings::default() },
        Err(problem) => Findings::problem(problem),
    }
}

fn key_facts(key: &PublicKey) -> Map<String, Value> {
    let facts = [
        ("bits", json!(key.bits())),
        ("exponent", json!(key.exponent())),
        ("sha256", json!(key.sha256())),
        ("thumbprint", json!(key.thumbprint())),
        ("pem", json!(key.pem())),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn redirect_uri(text: &str, policy: &EnvironmentPolicy) -> Findings {
    let line = text.strip_suffix('\n').map_or(text, |rest| rest.strip_suffix('\r').unwrap_or(rest));
    let judged = RedirectUri::parse(line, policy.uri_rules());
    match judged.and_then(|uri| policy.protected.issuer_problem(&uri).map_or(Ok(uri), Err)) {
        Err(rule) => Findings::problem(rule),
        Ok(uri) => Findings { warnings: policy.uri_warnings(&uri), facts: uri_facts(&uri), ..Findings::default() },
    }
}

/// What a host is: the domain that was registered, and below a suffix where names are given out the name that was.
fn uri_facts(uri: &RedirectUri) -> Map<String, Value> {
    let facts = [
        ("redirect_uri", Some(uri.as_str().to_owned())),
        ("registrable_domain", uri.registrable_domain()),
        ("assigned_domain", uri.assigned_domain().filter(|name| uri.registrable_domain().as_ref() != Some(name))),
        ("unicode_host", uri.unicode_host()),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}

fn registration(text: &str, policy: &EnvironmentPolicy, today: Date) -> Findings {
    let document = match Draft::metadata_of(text) {
        Ok(document) => document,
        Err(problem) => return Findings::problem(problem),
    };
    if document.get("client_metadata").is_some_and(Value::is_object) {
        return Findings::problem(Problem::new(field(Kind::Registration), MetadataFault::Nested));
    }
    let (mut draft, mut problems) = Draft::from_metadata(&document);
    problems.extend(draft.empty_private_keys());
    let review = draft.review_on(policy, today);
    // What could not be read was left empty: that it is empty is not a second problem.
    let unread: Vec<Problem> = problems.iter().filter(|problem| was_left_empty(problem)).cloned().collect();
    let follows = |problem: &Problem| unread.iter().any(|unread| follows_from(unread, problem));
    problems.extend(review.problems.into_iter().filter(|problem| !follows(problem)));
    problems.extend(policy.other_algorithms(&document));
    let warnings = [review.warnings, Draft::ignored_members(&document)].concat();
    let mut facts = Map::new();
    if let Some(details) = review.details.filter(|_| problems.is_empty()) {
        let mut keys = details.public_keys.iter().map(|named| key_facts(&named.key));
        facts = keys.next().unwrap_or_default();
        let others: Vec<Value> = keys.map(Value::Object).collect();
        if !others.is_empty() {
            facts.insert("other_keys".into(), json!(others));
        }
        let frozen = details.freeze();
        facts.insert("client_metadata".into(), details.client_metadata());
        facts.insert("digest".into(), json!(frozen.digest));
        facts.insert("metadata_digest".into(), json!(frozen.metadata_digest));
    }
    Findings { problems, warnings, facts }
}

/// Whether a member or an entry was left empty because of this problem.
fn was_left_empty(problem: &Problem) -> bool {
    let is_of_key = |fault: &KeyFault| {
        matches!(fault, KeyFault::JwkInvalid | KeyFault::JwkUse | KeyFault::HugeModulus | KeyFault::Size(..))
    };
    let is_unusable_key = matches!(&problem.rule, Rule::Key(KeyRule { fault, .. }) if is_of_key(fault));
    is_unusable_key || is_wrong_shape(&problem.rule) || problem.rule.is_private_key()
}

/// Whether a problem of the draft only says that something is empty which could not be read: the whole member, or this
/// very entry.
fn follows_from(unread: &Problem, problem: &Problem) -> bool {
    let field = if unread.field == "jwks" { "public_key" } else { unread.field.as_str() };
    field == problem.field && (is_wrong_shape(&unread.rule) || unread.entry == problem.entry)
}

fn is_wrong_shape(rule: &Rule) -> bool {
    matches!(rule, Rule::Metadata(fault) if fault.is_wrong_shape())
}

fn not_checked(kind: Kind, policy: &EnvironmentPolicy) -> Vec<&'static str> {
    const KEY: [&str; 2] = [
        "Whether another registration has this key, or a key that shares a prime with it.",
        "Whether you hold the private key.",
    ];
    const URI: [&str; 2] =
        ["Whether the host looks like one that another organisation has registered.", "Whether the address answers."];
    // Without a configuration there is no such list.
    let compromised = policy.compromised_keys.is_empty() && policy.openssl_blacklist == OpensslBlacklist::default();
    let list = compromised.then_some("Whether the key is on the operator’s list of compromised keys (--config).");
    match kind {
        Kind::Key => KEY.into_iter().chain(list).collect(),
        Kind::RedirectUri => URI.to_vec(),
        Kind::Registration => {
            let more = [
                "Whether the client name looks like one that another organisation uses.",
                "Whether your organisation is confirmed, where the environment asks for that.",
                "Whether the registration in the environment before this one is published.",
                "What NHS login admins decide on the scopes, the reasons and the evidence.",
            ];
            KEY.into_iter().chain(list).chain(URI).chain(more).collect()
        }
    }
}

impl Verdict {
    /// One JSON object, as pipelines read it.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// For a person.
    pub fn text(&self) -> String {
        let mut text = match self.sound {
            true => format!("Sound for {}.\n", self.environment),
            false => format!("Not sound for {}.\n", self.environment),
        };
        section(&mut text, "Problems", self.problems.iter().map(named));
        section(&mut text, "Warnings", self.warnings.iter().map(named));
        let facts = self.facts.iter().filter(|(name, _)| !matches!(name.as_str(), "pem" | "client_metadata"));
        section(&mut text, "Facts", facts.map(|(name, value)| format!("{name}: {}", plain(value))));
        section(&mut text, "Not checked", self.not_checked.iter().map(|line| (*line).to_owned()));
        text
    }
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (at, line) in lines.enumerate() {
        let start = if at == 0 { format!("{title}:\n") } else { String::new() };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{start}  {line}");
    }
}

fn named(problem: &Said) -> String {
    match problem.entry.as_str() {
        // The sentence has the number of a redirect URI, counted from 1.
        _ if problem.field == "redirect_uris" => format!("{}: {} ({})", problem.field, problem.message, problem.rule),
        "" => format!("{}: {} ({})", problem.field, problem.message, problem.rule),
        entry => format!("{} {entry}: {} ({})", problem.field, problem.message, problem.rule),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
