//! Answers to the items of evidence that an environment asks for.

use crate::{
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

/// Judges every answer that `items` ask for.
///
/// Returns the clean answers (dates as `2026-03-27`) and what is wrong; entries are `item.field`.
pub fn check(items: &[EvidenceItem], answers: &Answers) -> (Answers, Vec<Problem>) {
    let mut clean = Answers::new();
    let mut problems = Vec::new();
    for item in items {
        for field in &item.fields {
            let raw = answer(answers, item, field);
            match check_answer(field, raw) {
                Ok(value) => {
                    clean.entry(item.id.clone()).or_default().insert(field.id.clone(), value);
                }
                Err(problem) => problems.push(problem.at(entry(item, field))),
            }
        }
    }
    (clean, problems)
}

/// Problems of answers that only the calendar shows: evidence that has run out, events yet to come. What is no date is
/// no matter of the calendar.
pub fn check_dates(items: &[EvidenceItem], answers: &Answers, today: Date) -> Vec<Problem> {
    let mut problems = Vec::new();
    for item in items {
        for field in &item.fields {
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
        AnswerKind::Choice(options) => choice_answer(field, options, raw),
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
