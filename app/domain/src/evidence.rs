//! Answers to the items of evidence that an environment asks for.

use crate::{
    attachment::{self, Attachment},
    ods::OdsCode,
    policy::{AnswerKind, AnswerOption, EvidenceField, EvidenceItem},
    problem::Problem,
    rule::{Asks, EvidenceFault, Rule, TextFault},
    text,
};
use std::collections::BTreeMap;
use time::{Date, Month};

/// Answers by item and field: raw text in a draft, clean text in a revision.
pub type Answers = BTreeMap<String, BTreeMap<String, String>>;

/// What a judgement of evidence found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// The clean answers; dates as `2026-03-27`.
    pub answers: Answers,
    /// What is wrong; entries are `item.field`.
    pub problems: Vec<Problem>,
    /// The items of which something is asked by now that was not when the answers were approved.
    pub asked_since: Vec<String>,
}

/// What was approved before: the evidence, and what it was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Approved<'a> {
    /// Its clean answers.
    pub answers: &'a Answers,
    /// The scopes that were asked for.
    pub scopes: &'a [String],
}

/// Judges every answer that `items` ask for. An item whose answers are those that were `approved` is not judged again: what
/// is asked by now and was not then keeps nobody from changing something else. One of a scope that was not asked for then
/// was not approved.
pub fn check<'a>(
    items: impl IntoIterator<Item = &'a EvidenceItem>,
    answers: &Answers,
    approved: Option<Approved<'_>>,
) -> Judged {
    let mut judged = Judged::default();
    for item in items {
        let approved = approved.filter(|approved| item.is_asked(approved.scopes));
        match approved.map(|approved| approved.answers.get(&item.id)) {
            Some(before) if is_as_approved(item, answers, before) => {
                if questions(item, answers).any(|field| check_answer(field, answer(answers, item, field)).is_err()) {
                    judged.asked_since.push(item.id.clone());
                }
                judged.answers.extend(before.map(|before| (item.id.clone(), before.clone())));
            }
            _ => judge(item, answers, &mut judged),
        }
    }
    judged
}

fn judge(item: &EvidenceItem, answers: &Answers, judged: &mut Judged) {
    for field in questions(item, answers) {
        match check_answer(field, answer(answers, item, field)) {
            Ok(value) => {
                judged.answers.entry(item.id.clone()).or_default().insert(field.id.clone(), value);
            }
            Err(problem) => judged.problems.push(problem.at(entry(item, field))),
        }
    }
}

/// The questions of an item that are asked beside its other answers.
pub fn questions<'a>(item: &'a EvidenceItem, answers: &'a Answers) -> impl Iterator<Item = &'a EvidenceField> {
    item.fields.iter().filter(|field| field.is_asked(answers.get(&item.id)))
}

/// Whether nothing of an item was changed since it was approved: the same answers, whatever is asked by now.
fn is_as_approved(item: &EvidenceItem, answers: &Answers, approved: Option<&BTreeMap<String, String>>) -> bool {
    // What stands in a box that is not asked now, and was not approved, says nothing.
    let was_answered = |field: &EvidenceField| approved.is_some_and(|approved| approved.contains_key(&field.id));
    let is_asked = |field: &EvidenceField| field.is_asked(answers.get(&item.id));
    item.fields.iter().filter(|field| is_asked(field) || was_answered(field)).all(|field| {
        let raw = answer(answers, item, field);
        let before = approved.and_then(|approved| approved.get(&field.id)).map_or("", String::as_str);
        raw.trim() == before || check_answer(field, raw).is_ok_and(|clean| clean == before)
    })
}

/// Problems of answers that only the calendar shows: evidence that has run out, events yet to come. What is no date is
/// no matter of the calendar.
pub fn check_dates<'a>(
    items: impl IntoIterator<Item = &'a EvidenceItem>,
    answers: &Answers,
    today: Date,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for item in items {
        for field in questions(item, answers) {
            let Some(date) = parse_date(answer(answers, item, field)) else { continue };
            let fault = match field.kind {
                AnswerKind::ExpiryDate if date < today => EvidenceFault::DateExpired(named(field)),
                AnswerKind::PastDate if date > today => EvidenceFault::DateToCome(named(field)),
                _ => continue,
            };
            problems.push(Problem::new("evidence", fault).at(entry(item, field)));
        }
    }
    problems
}

/// Until when all of the answers hold, by the earliest date in them; none where nothing of them runs out.
pub fn ends(items: &[EvidenceItem], answers: &Answers) -> Option<Date> {
    let dates = items.iter().flat_map(|item| {
        let ending = questions(item, answers).filter(|field| field.kind == AnswerKind::ExpiryDate);
        ending.filter_map(|field| parse_date(answer(answers, item, field)))
    });
    dates.min()
}

/// Whether an item asks for files.
pub fn asks_for_files(item: &EvidenceItem) -> bool {
    item.fields.iter().any(|field| field.kind == AnswerKind::Files)
}

/// The files in all answers of an item, in their order, each with its question's id.
pub fn files<'a>(item: &'a EvidenceItem, answers: &'a Answers) -> impl Iterator<Item = (&'a str, Attachment)> {
    let fields = item.fields.iter().filter(|field| field.kind == AnswerKind::Files);
    fields.flat_map(|field| Attachment::all(answer(answers, item, field)).map(|file| (field.id.as_str(), file)))
}

/// Whether any of the items asks for a date on which it ends.
pub fn has_ends(items: &[EvidenceItem]) -> bool {
    items.iter().flat_map(|item| &item.fields).any(|field| field.kind == AnswerKind::ExpiryDate)
}

/// Whether a problem is one of [`check_dates`].
pub fn is_of_calendar(problem: &Problem) -> bool {
    matches!(problem.rule, Rule::Evidence(EvidenceFault::DateExpired(_) | EvidenceFault::DateToCome(_)))
}

fn entry(item: &EvidenceItem, field: &EvidenceField) -> String {
    format!("{}.{}", item.id, field.id)
}

fn answer<'a>(answers: &'a Answers, item: &EvidenceItem, field: &EvidenceField) -> &'a str {
    answers.get(&item.id).and_then(|fields| fields.get(&field.id)).map_or("", String::as_str)
}

fn check_answer(field: &EvidenceField, raw: &str) -> Result<String, Problem> {
    match &field.kind {
        AnswerKind::Line => {
            text::one_line("evidence", &asked(field), raw, 200).map_err(|problem| asking(problem, Asks::Enter, field))
        }
        AnswerKind::Paragraphs => {
            text::paragraphs("evidence", &asked(field), raw, 2000).map_err(|problem| asking(problem, Asks::Say, field))
        }
        AnswerKind::PastDate | AnswerKind::ExpiryDate => date_answer(field, raw),
        AnswerKind::OdsCode => OdsCode::parse(raw)
            .map(|code| code.as_str().to_owned())
            .map_err(|problem| Problem { field: "evidence".into(), ..problem }),
        AnswerKind::Code { letters, digits } => code_answer(field, letters, *digits, raw),
        AnswerKind::Choice(options) => choice_answer(field, options, raw),
        AnswerKind::Files => attachment::check(raw, &named(field)),
        AnswerKind::Confirmation if raw == "yes" => Ok("yes".into()),
        AnswerKind::Confirmation => Err(Problem::new("evidence", EvidenceFault::Unconfirmed(field.label.clone()))),
    }
}

/// The answer in the middle of a sentence.
fn asked(field: &EvidenceField) -> String {
    format!("the answer to “{}”", field.label)
}

/// What is asked for in the middle of a sentence, by the policy's own words where it has them.
fn named(field: &EvidenceField) -> String {
    if field.named.is_empty() { asked(field) } else { field.named.clone() }
}

/// A missing answer is asked for by name.
fn asking(problem: Problem, asks: Asks, field: &EvidenceField) -> Problem {
    match problem.rule {
        Rule::Text(TextFault::Missing(..)) if !field.named.is_empty() => {
            Problem::new("evidence", TextFault::Missing(field.named.clone(), asks))
        }
        _ => problem,
    }
}

fn choice_answer(field: &EvidenceField, options: &[AnswerOption], raw: &str) -> Result<String, Problem> {
    let Some(option) = options.iter().find(|option| option.value == raw) else {
        return Err(Problem::new("evidence", EvidenceFault::ChoiceMissing(named(field))));
    };
    match &option.not_enough {
        Some(why) => Err(Problem::new("evidence", EvidenceFault::ChoiceNotEnough(why.clone()))),
        None => Ok(option.value.clone()),
    }
}

fn code_answer(field: &EvidenceField, letters: &str, digits: u8, raw: &str) -> Result<String, Problem> {
    let typed: String = raw.chars().filter(|sign| !sign.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let is_number = |number: &str| number.len() == usize::from(digits) && number.bytes().all(|b| b.is_ascii_digit());
    if typed.strip_prefix(letters).is_some_and(is_number) {
        return Ok(typed);
    }
    let pattern = format!("{letters} and {digits} digits");
    Err(Problem::new("evidence", EvidenceFault::CodeUnreal(named(field), pattern)))
}

fn date_answer(field: &EvidenceField, raw: &str) -> Result<String, Problem> {
    parse_date(raw).map(|date| date.to_string()).ok_or_else(|| {
        let example = if field.kind == AnswerKind::ExpiryDate { "30 6 2027" } else { "27 3 2026" }.to_owned();
        // A box of the form that was left empty is between two hyphens, or at an end.
        let fault = match raw.split('-').any(|part| part.trim().is_empty()) {
            true => EvidenceFault::DateMissing(named(field), example),
            false => EvidenceFault::DateUnreal(named(field), example),
        };
        Problem::new("evidence", fault)
    })
}

/// Reads `2026-3-27`, as three boxes of a form join to. None unless it is a real date between 2000 and 2100.
pub fn parse_date(raw: &str) -> Option<Date> {
    let parts: Vec<&str> = raw.split('-').map(str::trim).collect();
    let [year, month, day] = parts[..] else { return None };
    let year: i32 = year.parse().ok().filter(|year| (2000..=2100).contains(year))?;
    let month: u8 = month.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::EnvironmentPolicy;

    fn live() -> EnvironmentPolicy {
        EnvironmentPolicy::nhs_login().remove(2)
    }

    fn item(id: &str) -> EvidenceItem {
        live().evidence.into_iter().find(|item| item.id == id).unwrap()
    }

    fn answers(item: &str, given: &[(&str, &str)]) -> Answers {
        let given = given.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned()));
        [(item.to_owned(), given.collect())].into()
    }

    fn rules(judged: &Judged) -> Vec<(&str, &str)> {
        judged.problems.iter().map(|problem| (problem.entry.as_str(), problem.rule.name())).collect()
    }

    #[test]
    fn a_question_is_asked_beside_the_answer_that_leads_to_it() {
        let scal = item("scal");
        let check = |given: &[(&str, &str)]| check([&scal], &answers("scal", given), None);
        let list = [("kind", "scal"), ("reference", "RDH 1.4"), ("date", "2026-3-2"), ("agreement", "not this one")];
        let judged = check(&list);
        assert_eq!(rules(&judged), []);
        assert_eq!(
            judged.answers,
            answers("scal", &[("kind", "scal"), ("reference", "RDH 1.4"), ("date", "2026-03-02")])
        );
        let judged = check(&[("kind", "agreement"), ("date", "2026-3-2")]);
        assert_eq!(rules(&judged), [("scal.agreement", "code-unreal")]);
        assert_eq!(rules(&check(&[])), [("scal.kind", "choice-missing"), ("scal.date", "date-missing")]);
        for (typed, is_one) in [
            ("CNTR0012345", true),
            (" cntr 001 2345 ", true),
            ("CNTR001234", false),
            ("CNTR00123456", false),
            ("0012345", false),
            ("CNTR001234\u{0665}", false),
        ] {
            let judged = check(&[("kind", "agreement"), ("agreement", typed), ("date", "2026-3-2")]);
            assert_eq!(judged.problems.is_empty(), is_one, "{typed}");
            assert!(!is_one || judged.answers["scal"]["agreement"] == "CNTR0012345", "{judged:?}");
        }
    }

    #[test]
    fn an_item_of_a_scope_is_asked_of_who_asks_for_that() {
        let asked = |scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
            live().asked(&scopes).any(|item| item.id == "im1")
        };
        assert!(!asked(&["openid", "profile"]) && asked(&["openid", "gp_integration_credentials"]));
    }

    /// Evidence for a scope is asked with it, whatever was approved without it.
    #[test]
    fn what_comes_with_a_scope_was_not_approved_without_it() {
        let (im1, scope) = (item("im1"), "gp_integration_credentials".to_owned());
        let none = Answers::new();
        let after = |scopes: &[String]| check([&im1], &none, Some(Approved { answers: &none, scopes })).problems.len();
        assert_eq!((after(&["openid".into()]), after(&[scope])), (2, 0));
    }

    /// Whoever was let in with less may change something else; what they touch has to be whole.
    #[test]
    fn what_was_approved_is_not_asked_again() {
        let (scal, desk) = (item("scal"), item("service_desk"));
        let older = answers("scal", &[("reference", "RDH 1.4"), ("date", "2026-03-02")]);
        let asked = |typed: &Answers, approved: Option<&Answers>| {
            check([&scal, &desk], typed, approved.map(|answers| Approved { answers, scopes: &[] }))
        };
        let judged = asked(&answers("scal", &[("reference", "RDH 1.4"), ("date", "2026-3-2")]), Some(&older));
        assert_eq!((rules(&judged), &judged.answers), (Vec::new(), &older));
        assert_eq!(judged.asked_since, ["scal", "service_desk"]);
        let touched = answers("scal", &[("reference", "RDH 1.5"), ("date", "2026-3-2")]);
        assert_eq!(rules(&asked(&touched, Some(&older))), [("scal.kind", "choice-missing")]);
        assert_eq!(rules(&asked(&Answers::new(), Some(&older))).len(), 2, "nor may it be emptied");
        let begun = answers("service_desk", &[("reference", "NSD 7")]);
        let begun = older.clone().into_iter().chain(begun).collect();
        assert_eq!(rules(&asked(&begun, Some(&older))), [("service_desk.date", "date-missing")]);
        assert!(rules(&asked(&older, None)).len() > 1, "of a new client everything is asked");
        assert_eq!(asked(&Answers::new(), Some(&Answers::new())).asked_since.len(), 2);
    }
}
