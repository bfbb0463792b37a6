//! The description of the API (OpenAPI 3.1), made of the operations themselves and of what all of them have in common.

use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use super::{
    PREFIX,
    access::LONGEST_KEY,
    operations,
    problem::{KINDS, ProblemDocument},
};

/// What the operations do not say themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Register a client with NHS login",
        version = "1",
        description = "What a partner does on the pages of the portal, for programs. A program acts by a token of its \
                       organisation, as the person who made it, and can never do more than that person."
    ),
    components(schemas(ProblemDocument)),
    tags(
        (name = "Organisation", description = "The organisation of the token."),
        (name = "Services", description = "What people sign in to."),
        (name = "Registrations", description = "A service in an environment."),
        (name = "Drafts", description = "What is being edited. Anything may be saved but private keys."),
        (name = "Keys", description = "Public keys, and proofs that you hold the private ones."),
        (name = "Submissions", description = "From a draft to a client."),
        (name = "History", description = "Everything that happened.")
    )
)]
struct Described;

/// What any operation may answer instead.
const ALWAYS: [(&str, &str); 9] = [
    ("400", "The request cannot be read."),
    ("401", "There is no token that works."),
    ("403", "The token, or the person it acts as, may not do this. “address” says where a person does it."),
    ("413", "What was sent is too large."),
    ("414", "The address is too long."),
    ("429", "There were too many requests. Retry-After says how long to wait."),
    ("500", "What is stored cannot be read, or something broke."),
    ("504", "It took too long. Whether it was done is not known: read it again."),
    ("503", "The portal cannot answer at the moment. Retry-After says how long to wait."),
];

/// What one with a parameter in its path may answer beside.
const OF_ONE: (&str, &str) = ("404", "There is no such thing, or you do not have access to it.");

/// What one that changes something may answer beside.
const OF_CHANGES: [(&str, &str); 4] = [
    ("404", "There is no such thing, or you do not have access to it."),
    ("409", "It is not possible at the moment."),
    ("412", "It changed since you read it."),
    ("422", "What was sent breaks rules: “errors” says which, by field."),
];

/// The operations whose change rests on what was read.
fn rests_on_what_was_read(path: &str, method: &str) -> bool {
    let ends = ["/submission", "/withdrawal", "/draft/discard", "/draft/keys"];
    matches!(method, "put" | "delete") || ends.iter().any(|end| path.ends_with(end))
}

/// The document, for a portal that is reached here.
pub fn document(base_url: &str) -> Value {
    let (_, made) = operations().split_for_parts();
    let mut described = Described::openapi();
    described.merge(made);
    let mut document = serde_json::to_value(&described).unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default();
    let paths: Map<String, Value> =
        paths.into_iter().map(|(path, item)| (path.clone(), completed(&path, item))).collect();
    document["paths"] = Value::Object(paths);
    document["servers"] = json!([{"url": format!("{base_url}{PREFIX}")}]);
    let kind = |(kind, status, title): (&str, u16, &str)| json!({"type": kind, "status": status, "title": title});
    document["x-problem-types"] = KINDS.map(kind).to_vec().into();
    document["security"] = json!([{"token": []}]);
    document["components"]["securitySchemes"] =
        json!({"token": {"type": "http", "scheme": "bearer", "description": "A token of your organisation."}});
    document
}

/// The operations of a path, with what all of them have in common.
fn completed(path: &str, mut item: Value) -> Value {
    let Some(operations) = item.as_object_mut() else { return item };
    for (method, operation) in operations.iter_mut().filter(|(_, operation)| operation.get("responses").is_some()) {
        let changes = method != "get";
        let has_body = operation.get("requestBody").is_some();
        let mut responses: Vec<(&str, &str)> = ALWAYS.to_vec();
        if path.contains('{') {
            responses.push(OF_ONE);
        }
        if changes {
            responses.extend(OF_CHANGES);
        }
        if has_body {
            responses.push(("415", "The body is not JSON."));
        }
        if rests_on_what_was_read(path, method) {
            responses.push(("428", "There is no If-Match."));
            let quoted = json!({"type": "string", "pattern": "^\"[^\"]*\"$"});
            parameter(operation, ("If-Match", true), quoted, "The ETag of what was read, with its quotes.");
        }
        if changes {
            let says =
                "A name for this request, of 1 to 128 characters. The same sent twice within a day is done once.";
            let key = json!({"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"});
            parameter(operation, ("Idempotency-Key", false), key, says);
        }
        for (status, description) in responses {
            operation["responses"][status] = problem(description);
        }
        for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            response["headers"] = headers();
        }
    }
    item
}

fn problem(description: &str) -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{}", ProblemDocument::name())});
    json!({"description": description, "content": {"application/problem+json": {"schema": schema}}})
}

fn headers() -> Value {
    let of = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "RateLimit-Policy": of("How many requests a token may send, and in how many seconds."),
        "RateLimit": of("How many are left, and after how many seconds all are given back."),
        "X-Request-Id": of("By which we find this request in our log.")
    })
}

fn parameter(operation: &mut Value, (name, required): (&str, bool), schema: Value, description: &str) {
    let parameter = json!({
        "name": name, "in": "header", "required": required, "description": description, "schema": schema
    });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(document: &Value) -> Vec<(&String, &String, &Value)> {
        let paths = document["paths"].as_object().unwrap().iter();
        let mut all = Vec::new();
        for (path, item) in paths {
            let operations = item.as_object().unwrap().iter();
            all.extend(operations.map(|(method, operation)| (path, method, operation)));
        }
        all
    }

    #[test]
    fn every_operation_is_described_whole() {
        let document = document("https://portal.example");
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
        let operations = each(&document);
        assert!(operations.len() >= 22, "{}", operations.len());
        for (path, method, operation) in &operations {
            let place = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|words| !words.is_empty()), "{place}");
            assert!(operation["responses"]["401"].is_object(), "{place}");
            let named = operation["parameters"].as_array().cloned().unwrap_or_default();
            let names: Vec<&str> = named.iter().filter_map(|one| one["name"].as_str()).collect();
            for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                assert!(names.contains(&part), "{place}: {names:?}");
            }
            assert_eq!(names.contains(&"Idempotency-Key"), method.as_str() != "get", "{place}");
        }
    }

    /// What is referred to is there.
    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    members.values().for_each(|member| references(member, found));
                }
                Value::Array(entries) => entries.iter().for_each(|entry| references(entry, found)),
                _ => {}
            }
        }
        let document = document("https://portal.example");
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
    }
}
