//! Files beside the answers of the evidence: sent with them, and given out again.

use super::{
    context::{caller, portal},
    error::ApiError,
    form::{answer, answer_barely, on, sign_in_for},
    registrations::{Answers, parse, save_answers, section_page},
};
use axum::{
    Extension,
    extract::{OriginalUri, Path},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    attachment::MOST,
    draft::DraftChange,
    id::RegistrationId,
    problem::Problem,
    refusal::Refusal,
    rule::{EvidenceFault, TextFault},
};
use http::{HeaderValue, StatusCode, header};
use leptos::{
    prelude::*,
    server_fn::codec::{MultipartData, MultipartFormData},
};
use std::{collections::BTreeMap, future::ready};
use usecases::{
    Caller, Fault, Portal,
    attachments::{self as usecase, AttachFile, Download},
};

/// The most bytes of all texts of a form, as of any other form.
const MOST_TYPED: usize = 128 * 1024;
/// The most parts of a form: a question each, or a file.
const MOST_PARTS: usize = 200;

/// Saves the answers of one item of evidence, by `item.field`, with files in `file[item.field]`: each is kept before the
/// answers are, so that a form that is refused for another reason has it already.
#[server(prefix = "/api", endpoint = "save-evidence-with-files", input = MultipartFormData)]
pub async fn save_evidence_with_files(data: MultipartData) -> Result<(), ApiError> {
    let Sent { mut answers, files, too_long } = match read(data).await {
        Ok(sent) => sent,
        Err(error) => return answer("/home", BTreeMap::new(), ready(Err(error))).await,
    };
    let id = parse(&answers.registration)?;
    if too_long {
        let problem = Problem::new("evidence", TextFault::FarTooLong("what you typed".into()));
        let page = page_of(id, &answers);
        answer_barely(&page, answers.typed()?, vec![problem], StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(());
    }
    if files.len() > MOST {
        let problem = Problem::new("evidence", EvidenceFault::FilesMany(MOST));
        let (page, typed) = (page_of(id, &answers), answers.typed()?);
        return answer(&page, on(&answers.base, typed), ready(Err(Refusal::problem(problem).into()))).await;
    }
    for file in files {
        let field = file.field.clone();
        match attach(id, &answers.item, file).await {
            Ok(line) => answers.add_line(&field, line),
            Err(error) => {
                let page = page_of(id, &answers);
                return answer(&page, on(&answers.base, answers.typed()?), ready(Err(error))).await;
            }
        }
    }
    save_answers(answers).await
}

fn page_of(id: RegistrationId, answers: &Answers) -> String {
    let change = DraftChange::Evidence { item: answers.item.clone(), answers: BTreeMap::new() };
    answers.next().kept(&section_page(id, &change))
}

async fn attach(registration: RegistrationId, item: &str, file: SentFile) -> Result<String, Fault> {
    let SentFile { field, name, content } = file;
    let input = AttachFile { registration, item: item.to_owned(), field, name, content };
    usecase::attach_file(&portal()?, &caller()?, input).await.map(|file| file.to_string())
}

/// A form with files, as it was sent.
#[derive(Default)]
struct Sent {
    answers: Answers,
    files: Vec<SentFile>,
    /// Whether there is more text than any form has.
    too_long: bool,
}

struct SentFile {
    field: String,
    name: String,
    content: Vec<u8>,
}

async fn read(data: MultipartData) -> Result<Sent, Fault> {
    let mut parts = data.into_inner().ok_or(Fault::Malformed)?;
    let (mut sent, mut files, mut dates) = (Sent::default(), Vec::new(), BTreeMap::<String, [String; 3]>::new());
    let (mut count, mut typed) = (0, 0);
    while let Some(part) = parts.next_field().await.map_err(|_| Fault::Malformed)? {
        count += 1;
        if count > MOST_PARTS {
            return Err(Fault::Malformed);
        }
        let (name, file_name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.map_err(|_| Fault::Malformed)?;
        if let Some(file_name) = file_name {
            // A browser sends an empty part where no file is chosen.
            if let (Some(entry), false) = (within(&name, "file"), file_name.is_empty() && bytes.is_empty()) {
                files.push((entry.to_owned(), file_name, bytes.to_vec()));
            }
            continue;
        }
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| Fault::Malformed)?;
        typed += text.len();
        sent.too_long = typed > MOST_TYPED;
        let answers = &mut sent.answers;
        match (name.as_str(), within(&name, "evidence"), within(&name, "take")) {
            ("registration", ..) => answers.registration = text,
            ("base", ..) => answers.base = text,
            ("item", ..) => answers.item = text,
            ("next", ..) => answers.next = text,
            (_, Some(entry), _) => match entry.split_once("][") {
                Some((entry, part)) => {
                    let at =
                        ["year", "month", "day"].iter().position(|known| *known == part).ok_or(Fault::Malformed)?;
                    dates.entry(entry.to_owned()).or_default()[at] = text.trim().to_owned();
                }
                None => answers.add_of_entry(entry, text),
            },
            (.., Some(entry)) => drop(answers.take.insert(entry.to_owned(), text)),
            _ => {}
        }
    }
    for (entry, parts) in dates {
        let date = parts.join("-");
        sent.answers.add_of_entry(&entry, if date == "--" { String::new() } else { date });
    }
    let prefix = format!("{}.", sent.answers.item);
    let of_item = |(entry, name, content): (String, String, Vec<u8>)| {
        Some(SentFile { field: entry.strip_prefix(&prefix)?.to_owned(), name, content })
    };
    sent.files = files.into_iter().filter_map(of_item).collect();
    Ok(sent)
}

/// `dspt.expiry` of `evidence[dspt.expiry]`.
fn within<'a>(name: &'a str, field: &str) -> Option<&'a str> {
    name.strip_prefix(field)?.strip_prefix('[')?.strip_suffix(']')
}

/// `GET /registrations/:id/files/:digest`: a file of the evidence, to be saved and never shown by the browser. Needs the
/// extensions `Portal` and `Caller`. Visitors are sent to sign in.
pub async fn file(
    Extension(portal): Extension<Portal>,
    Extension(caller): Extension<Caller>,
    OriginalUri(address): OriginalUri,
    Path((registration, digest)): Path<(String, String)>,
) -> Response {
    if caller.signed_in.is_none() {
        return Redirect::to(&sign_in_for(address.path())).into_response();
    }
    let Ok(registration) = registration.parse() else { return not_there(&Fault::NotFound) };
    match usecase::download(&portal, &caller, registration, &digest).await {
        Ok(download) => to_be_saved(download),
        Err(error) => not_there(&error),
    }
}

fn not_there(error: &Fault) -> Response {
    let (status, words) = match error {
        Fault::Unavailable | Fault::Crowded | Fault::TooLong => {
            (StatusCode::SERVICE_UNAVAILABLE, "We cannot read this file at the moment. Try again in a few minutes.")
        }
        _ => (StatusCode::NOT_FOUND, "There is no such file, or you may not read it."),
    };
    (status, words).into_response()
}

/// Whatever a file holds, a browser runs nothing of it.
fn to_be_saved(download: Download) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(download.attached.media.mime())),
        // What it is called says the page that links here.
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, download.content).into_response()
}
