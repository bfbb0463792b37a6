//! Follows links as a person would, and finds every form that this person is shown.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::html::{self, Form};
use super::person::{Answer, Person};

/// Pages that one crawl opens at most: far more than there are.
const MOST: usize = 400;

/// Pages of one kind that links lead to: lists with many rows have all the same links.
const OF_ONE_KIND: usize = 8;

/// Every page that can be reached from these addresses, by address.
pub(crate) async fn pages(person: &mut Person, starts: &[&str]) -> Vec<Answer> {
    let mut waiting: VecDeque<String> = starts.iter().map(|start| (*start).to_owned()).collect();
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    while let Some(address) = waiting.pop_front() {
        let answer = person.get(&address).await;
        for link in links(&answer) {
            let alike = kinds.entry(kind_of(&link)).or_default();
            if *alike < OF_ONE_KIND && seen.insert(link.clone()) {
                *alike += 1;
                waiting.push_back(link);
            }
        }
        found.push(answer);
        assert!(found.len() < MOST, "the crawl does not end: {seen:?}");
    }
    found
}

/// Addresses of ours on a page, and where it redirects to.
fn links(answer: &Answer) -> Vec<String> {
    let page = answer.page();
    let hrefs = html::select(&page, "a[href]").into_iter().filter_map(|link| link.value().attr("href"));
    let mut links: Vec<String> = hrefs.chain([answer.location()]).map(str::to_owned).collect();
    links.retain(|link| link.starts_with('/') && !link.starts_with("//") && !link.starts_with("/pkg/"));
    links.into_iter().map(|link| link.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// The forms on these pages that are sent by one of these methods, one for each kind of page, with the page that shows it.
pub(crate) fn forms(pages: &[Answer], methods: &[&str]) -> Vec<(Answer, Form)> {
    let mut found = BTreeMap::new();
    for page in pages.iter().filter(|page| page.status == 200) {
        for form in html::forms(&page.page()).into_iter().filter(|form| methods.contains(&form.method.as_str())) {
            let kind = (kind_of(&page.address), form.endpoint().to_owned());
            found.entry(kind).or_insert_with(|| (page.clone(), form));
        }
    }
    found.into_values().collect()
}

/// The address with ids, numbers and queries taken out, so that pages of one kind are one.
pub(crate) fn kind_of(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    let parts = path.split('/').map(|part| match part.len() >= 20 || part.parse::<u64>().is_ok() {
        true => ":id",
        false => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
