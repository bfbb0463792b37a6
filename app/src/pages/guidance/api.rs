//! What programs can do by a token: how they ask, and each operation, from the very document that describes the API.

use super::crumbs;
use crate::{
    api::context::{ApiDocument, portal},
    ui::{CodeBlock, Details, InsetText, Page, Table, cell},
};
use leptos::prelude::*;
use serde_json::{Map, Value, json};

/// What programs can do by a token.
#[component]
pub fn ApiPage() -> impl IntoView {
    let base_url = portal().map(|portal| portal.base_url.to_string()).unwrap_or_default();
    let document = use_context::<ApiDocument>().map(|ApiDocument(document)| document);
    let operations = document.as_deref().map(|document| operations(document, &base_url)).unwrap_or_default();
    let kinds = document.as_deref().map(kinds).unwrap_or_default();
    let first = format!("curl -H \"Authorization: Bearer $TOKEN\" {base_url}/api/v1/organisation");
    let described = format!("{base_url}/api/v1/openapi.json");
    view! {
        <Page title="Use the API" crumbs=crumbs()>
            <h1 class="nhsuk-heading-xl">"Use the API"</h1>
            <p class="nhsuk-lede-text">"Your programs can do what you do in this portal, for example from a deployment pipeline."</p>
            <h2>"Before you start"</h2>
            <p>
                "An owner or developer makes a token on the page of your organisation. The program sends it with every request, \
                 and acts as the person who made it."
            </p>
            <CodeBlock code=first about="command" />
            <p>"The description of the API, in OpenAPI 3.1, is at " <a href="/api/v1/openapi.json">{described}</a> "."</p>
            <h2>"Change something"</h2>
            <p>
                "What you read has an " <code>"ETag"</code> ". Send it back as " <code>"If-Match"</code>
                " when you change it. If someone changed it in the meantime, nothing is saved and the answer is 412: read it again."
            </p>
            <p>
                "Send an " <code>"Idempotency-Key"</code>
                " of your own if you may have to send a request again. The same request is done once within a day."
            </p>
            <h2>"Limits"</h2>
            <p>
                "Every answer to a token says in " <code>"RateLimit"</code> " how many requests the token has left. Beyond that the answer is 429, \
                 and " <code>"Retry-After"</code> " says how many seconds to wait."
            </p>
            <InsetText>
                <p>
                    "Some things a person must do in the portal, such as managing the team, retiring a registration or reporting a \
                     leaked key. The answer is then 403, and " <code>"address"</code> " says where, if there is one page for it."
                </p>
            </InsetText>
            <h2>"Problems"</h2>
            <p>
                "A problem has the type " <code>"application/problem+json"</code>
                " (RFC 9457). Its sentence is the one that the pages show, and " <code>"errors"</code>
                " says what is wrong with which field."
            </p>
            <Table caption="Types of problem" columns=vec!["Type", "Status", "What it means"] rows=kinds />
            <h2>"Operations"</h2>
            {operations}
        </Page>
    }
}

/// Each type of problem, by the end of its address.
fn kinds(document: &Value) -> Vec<Vec<AnyView>> {
    let kinds = document["x-problem-types"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |kind: &Value| {
        let name = text(&kind["type"]);
        vec![
            cell(view! { <code id=name.clone()>{name.clone()}</code> }),
            cell(kind["status"].to_string()),
            cell(text(&kind["title"])),
        ]
    };
    kinds.map(row).collect()
}

/// Every operation, below the name of its group.
fn operations(document: &Value, base_url: &str) -> Vec<AnyView> {
    let groups = document["tags"].as_array().cloned().unwrap_or_default();
    let named = groups.iter().filter_map(|group| Some((group["name"].as_str()?, group["description"].as_str()?)));
    let group = |(name, description): (&str, &str)| {
        let paths = document["paths"].as_object().into_iter().flatten();
        let of_group = paths.flat_map(|(path, item)| {
            let all = item.as_object().into_iter().flatten();
            all.filter(|(_, operation)| operation["tags"][0] == name)
                .map(move |(method, operation)| one(document, base_url, (method, path), operation))
        });
        let operations: Vec<AnyView> = of_group.collect();
        view! {
            <h3>{name.to_owned()}</h3>
            <p>{description.to_owned()}</p>
            {operations}
        }
        .into_any()
    };
    named.map(group).collect()
}

fn one(document: &Value, base_url: &str, (method, path): (&str, &str), operation: &Value) -> AnyView {
    let what = operation["summary"].as_str().unwrap_or_default().to_owned();
    let more = operation["description"].as_str().map(|words| view! { <p>{words.to_owned()}</p> });
    let title = format!("{} {path}", method.to_uppercase());
    let code = example(document, base_url, (method, path), operation);
    view! {
        <Details summary=what>
            <p><code>{title}</code></p>
            {more}
            <CodeBlock code=code about="command" />
        </Details>
    }
    .into_any()
}

/// How the operation is asked for by curl.
fn example(document: &Value, base_url: &str, (method, path): (&str, &str), operation: &Value) -> String {
    let mut lines = vec!["curl -H \"Authorization: Bearer $TOKEN\"".to_owned()];
    if method != "get" {
        lines.push(format!("-X {}", method.to_uppercase()));
    }
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    if parameters.into_iter().any(|parameter| parameter["name"] == "If-Match") {
        lines.push("-H 'If-Match: \"7\"'".to_owned());
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_object() {
        lines.push("-H 'Content-Type: application/json'".to_owned());
        lines.push(format!("-d '{}'", sample(document, schema)));
    }
    lines.push(format!("'{base_url}/api/v1{path}'"));
    lines.join(" \\\n  ")
}

/// Something of the shape that a schema describes.
fn sample(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return document.pointer(reference.trim_start_matches('#')).map_or(Value::Null, |one| sample(document, one));
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required = schema["required"].as_array();
        let is_needed = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let needed = properties.iter().filter(|(name, _)| is_needed(name));
        return Value::Object(needed.map(|(name, one)| (name.clone(), sample(document, one))).collect::<Map<_, _>>());
    }
    match schema["type"].as_str() {
        Some("array") => json!([sample(document, &schema["items"])]),
        Some("object") => json!({}),
        Some("string") => json!("…"),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_is_needed() {
        let document = json!({"components": {"schemas": {"Sent": {
            "type": "object", "required": ["client_name", "uris"],
            "properties": {
                "client_name": {"type": "string"}, "kid": {"type": "string"},
                "uris": {"type": "array", "items": {"type": "string"}},
            },
        }}}});
        let operation = json!({
            "parameters": [{"name": "If-Match"}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}},
        });
        let shown = example(&document, "https://portal.example", ("put", "/a"), &operation);
        assert!(shown.contains("-X PUT") && shown.contains("If-Match"), "{shown}");
        assert!(shown.contains(r#"{"client_name":"…","uris":["…"]}"#), "{shown}");
        assert!(shown.ends_with("'https://portal.example/api/v1/a'"), "{shown}");
    }
}
