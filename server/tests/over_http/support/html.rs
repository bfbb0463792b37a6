//! A page as a browser reads it: its forms with what they would send, its links, its headings.

use scraper::{ElementRef, Html, Selector};

/// One input, text area, list or button of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The name that it sends.
    pub(crate) name: String,
    /// `text`, `email`, `hidden`, `textarea`, `checkbox`, `file`, `submit` …
    pub(crate) kind: String,
    /// What it would send, or holds.
    pub(crate) value: String,
    /// Whether a browser sends it when nothing is touched.
    pub(crate) sent: bool,
}

impl Field {
    /// Whether a person can type anything into it.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind.as_str(), "text" | "email" | "url" | "search" | "password" | "textarea" | "tel" | "number")
    }
}

/// A form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it goes.
    pub(crate) action: String,
    /// `get` or `post`.
    pub(crate) method: String,
    /// Whether it carries files.
    pub(crate) multipart: bool,
    /// Its fields, in their order.
    pub(crate) fields: Vec<Field>,
}

impl Form {
    /// The endpoint that it goes to, without what this showing of it is called.
    pub(crate) fn endpoint(&self) -> &str {
        self.action.split('?').next().unwrap_or_default()
    }

    /// What a browser sends when nothing is touched.
    pub(crate) fn untouched(&self) -> Vec<(String, String)> {
        let sent = self.fields.iter().filter(|field| field.sent && field.kind != "file");
        sent.map(|field| (field.name.clone(), field.value.clone())).collect()
    }

    /// What a browser sends when these fields are filled in, and no other is touched.
    pub(crate) fn filled(&self, filled: &[(&str, &str)]) -> Vec<(String, String)> {
        for (name, _) in filled {
            let known = self.fields.iter().any(|field| field.name == *name);
            assert!(known, "{} has no field {name}: {:?}", self.action, self.fields);
        }
        let mut pairs = self.untouched();
        pairs.retain(|(name, _)| !filled.iter().any(|(other, _)| other == name));
        pairs.extend(filled.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        pairs
    }

    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// Its text fields.
    pub(crate) fn text_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_text())
    }
}

/// Elements that match a selector.
pub(crate) fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// All forms of a page, that for signing out left out.
pub(crate) fn forms(page: &Html) -> Vec<Form> {
    let forms = select(page, "form").into_iter().map(form);
    forms.filter(|form| form.action != "/api/sign-out").collect()
}

fn form(element: ElementRef<'_>) -> Form {
    let attribute = |name: &str| element.value().attr(name).unwrap_or_default().to_owned();
    let controls = Selector::parse("input, textarea, select, button").unwrap();
    Form {
        action: attribute("action"),
        method: attribute("method").to_lowercase(),
        multipart: attribute("enctype") == "multipart/form-data",
        fields: element.select(&controls).filter_map(field).collect(),
    }
}

fn field(element: ElementRef<'_>) -> Option<Field> {
    let node = element.value();
    let name = node.attr("name").filter(|name| !name.is_empty())?.to_owned();
    let value = node.attr("value").unwrap_or_default().to_owned();
    let (kind, value, sent) = match node.name() {
        "textarea" => ("textarea".into(), text_of(element), true),
        "select" => {
            let chosen = Selector::parse("option[selected]").unwrap();
            let first = Selector::parse("option").unwrap();
            let option = element.select(&chosen).next().or_else(|| element.select(&first).next())?;
            ("select".into(), option.value().attr("value").unwrap_or_default().to_owned(), true)
        }
        "button" => (node.attr("type").unwrap_or("submit").to_owned(), value, false),
        _ => match node.attr("type").unwrap_or("text") {
            kind @ ("checkbox" | "radio") => (kind.to_owned(), value, node.attr("checked").is_some()),
            kind => (kind.to_owned(), value, true),
        },
    };
    Some(Field { name, kind, value, sent })
}

/// The text in an element, joined.
pub(crate) fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect()
}
