//! What surrounds every page: header, banner, breadcrumbs, title, footer.

use leptos::prelude::*;
use leptos_meta::Title;

/// The name of the service, in the header and at the end of every title.
pub const SERVICE_NAME: &str = "Register a client with NHS login";

/// Who is signed in, for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Name, or email address when there is no name.
    pub name: String,
    /// Role in words: `Owner`, `NHS login admin`, `Auditor`; empty where it is another in each of several organisations.
    pub role: String,
    /// The organisation, or how many there are; none for whoever belongs to none.
    pub organisation: Option<String>,
}

/// A link of the header's navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavLink {
    /// The words.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// The value of `aria-current`: `page` on the page itself, `true` below it, none elsewhere.
    pub current: Option<&'static str>,
}

/// What surrounds the page for this request. The server puts it into the context; without one the page is
/// rendered as for a visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chrome {
    /// Who is signed in.
    pub person: Option<Person>,
    /// The navigation of that person.
    pub navigation: Vec<NavLink>,
    /// Seconds until the session ends when nothing is done, so that the page can warn.
    pub session_seconds: Option<u64>,
}

const LOGO: &str = r#"<title>NHS</title><path fill="currentcolor" d="M200 0v80H0V0h200Zm-27.5 5.5c-14.5 0-29 5-29 22 0 10.2 7.7 13.5 14.7 16.3l.7.3c5.4 2 10.1 3.9 10.1 8.4 0 6.5-8.5 7.5-14 7.5s-12.5-1.5-16-3.5L135 70c5.5 2 13.5 3.5 20 3.5 15.5 0 32-4.5 32-22.5 0-19.5-25.5-16.5-25.5-25.5 0-5.5 5.5-6.5 12.5-6.5a35 35 0 0 1 14.5 3l4-13.5c-4.5-2-12-3-20-3Zm-131 2h-22l-14 65H22l9-45h.5l13.5 45h21.5l14-65H64l-9 45h-.5l-13-45Zm63 0h-18l-13 65h17l6-28H117l-5.5 28H129l13.5-65H125L119.5 32h-20l5-24.5Z"/>"#;

const USER: &str = r#"<path d="M12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22Zm0 2a9 9 0 0 0-6.8 14.9 8.1 8.1 0 0 1 4.2-3.3 5 5 0 1 1 5.2 0 8 8 0 0 1 4.2 3.3A9 9 0 0 0 12 3Z"/>"#;

/// The header: service name, the signed-in person with role and organisation, sign out, navigation.
#[component]
pub fn Header(
    /// Who and where.
    chrome: Chrome,
) -> impl IntoView {
    view! {
        <header class="nhsuk-header" data-module="nhsuk-header" role="banner">
            <div class="nhsuk-header__container nhsuk-width-container">
                <div class="nhsuk-header__service">
                    <a
                        class="nhsuk-header__service-logo"
                        href="/"
                        aria-label=format!("NHS {SERVICE_NAME} homepage")
                    >
                        <svg
                            class="nhsuk-header__logo"
                            xmlns="http://www.w3.org/2000/svg"
                            viewBox="0 0 200 80"
                            height="40"
                            width="100"
                            focusable="false"
                            role="img"
                            aria-label="NHS"
                            inner_html=LOGO
                        ></svg>
                        <span class="nhsuk-header__service-name">{SERVICE_NAME}</span>
                    </a>
                </div>
                {account(chrome.person)}
            </div>
            {navigation(chrome.navigation)}
        </header>
    }
}

fn account(person: Option<Person>) -> AnyView {
    match person {
        Some(person) => {
            let about = [Some(person.role).filter(|role| !role.is_empty()), person.organisation];
            let about = about.into_iter().flatten().collect::<Vec<_>>().join(", ");
            view! {
                <nav class="nhsuk-header__account" aria-label="Account">
                    <ul class="nhsuk-header__account-list">
                        <li class="nhsuk-header__account-item">
                            <a class="nhsuk-header__account-link" href="/account">
                                <svg
                                    class="nhsuk-icon nhsuk-icon--user"
                                    xmlns="http://www.w3.org/2000/svg"
                                    viewBox="0 0 24 24"
                                    width="16"
                                    height="16"
                                    focusable="false"
                                    aria-hidden="true"
                                    inner_html=USER
                                ></svg>
                                <span class="app-account">
                                    <span class="app-account__name">{person.name}</span>
                                    <span class="app-account__role">{about}</span>
                                </span>
                            </a>
                        </li>
                        <li class="nhsuk-header__account-item">
                            <form class="nhsuk-header__account-form" action="/api/sign-out" method="post" novalidate=true>
                                <button class="nhsuk-header__account-button" type="submit">"Sign out"</button>
                            </form>
                        </li>
                    </ul>
                </nav>
            }
            .into_any()
        }
        None => view! {
            <nav class="nhsuk-header__account" aria-label="Account">
                <ul class="nhsuk-header__account-list">
                    <li class="nhsuk-header__account-item">
                        <a class="nhsuk-header__account-link" href="/sign-in">"Sign in"</a>
                    </li>
                    <li class="nhsuk-header__account-item">
                        <a class="nhsuk-header__account-link" href="/sign-up">"Create an account"</a>
                    </li>
                </ul>
            </nav>
        }
        .into_any(),
    }
}

fn navigation(links: Vec<NavLink>) -> Option<impl IntoView> {
    (!links.is_empty()).then(|| {
        let items = links
            .into_iter()
            .map(|link| {
                let class = if link.current.is_some() {
                    "nhsuk-header__navigation-item nhsuk-header__navigation-item--current"
                } else {
                    "nhsuk-header__navigation-item"
                };
                let words = if link.current.is_some() {
                    view! { <strong class="nhsuk-header__navigation-item-current-fallback">{link.text}</strong> }
                        .into_any()
                } else {
                    link.text.into_any()
                };
                view! {
                    <li class=class>
                        <a
                            class="nhsuk-header__navigation-link"
                            href=link.href
                            aria-current=link.current
                        >
                            {words}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <nav class="nhsuk-header__navigation" aria-label="Menu">
                <div class="nhsuk-header__navigation-container nhsuk-width-container">
                    <ul class="nhsuk-header__navigation-list">
                        {items}
                        <li class="nhsuk-header__menu" hidden=true>
                            <button
                                class="nhsuk-header__menu-toggle nhsuk-header__navigation-link"
                                id="toggle-menu"
                                aria-expanded="false"
                                type="button"
                            >
                                <span class="nhsuk-u-visually-hidden">"Browse "</span>
                                "More"
                            </button>
                        </li>
                    </ul>
                </div>
            </nav>
        }
    })
}

/// The footer.
#[component]
pub fn Footer(
    /// The address to write to for help. Without it there is no such line.
    #[prop(optional, into)]
    contact: String,
) -> impl IntoView {
    let contact = (!contact.is_empty()).then(|| {
        let address = format!("mailto:{contact}");
        view! { <p class="nhsuk-body-s">"Help and complaints: " <a href=address>{contact}</a></p> }
    });
    let links = [
        ("Guidance", "/guidance"),
        ("Tools", "/tools"),
        ("Service status", "/status"),
        ("Accessibility statement", "/accessibility"),
        ("Privacy", "/privacy"),
        ("Cookies", "/cookies"),
    ]
    .map(|(text, href)| {
        view! {
            <li class="nhsuk-footer__list-item">
                <a class="nhsuk-footer__list-item-link" href=href>{text}</a>
            </li>
        }
    })
    .into_iter()
    .collect_view();
    view! {
        <footer class="nhsuk-footer" role="contentinfo">
            <div class="nhsuk-width-container">
                <div class="nhsuk-footer__meta">
                    <h2 class="nhsuk-u-visually-hidden">"Support links"</h2>
                    <ul class="nhsuk-footer__list">{links}</ul>
                    {contact}
                    <p class="nhsuk-body-s">"© NHS England"</p>
                </div>
            </div>
        </footer>
    }
}

/// One page up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// The words.
    pub text: String,
    /// Where it leads.
    pub href: String,
}

impl Crumb {
    /// A link to a page above this one.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// The way up, from the home page to the page's parent. On a narrow screen only the parent is shown.
#[component]
pub fn Breadcrumbs(
    /// The pages above this one, from the top. Nothing is rendered without any.
    crumbs: Vec<Crumb>,
) -> impl IntoView {
    crumbs.last().cloned().map(|parent| {
        let items = crumbs
            .into_iter()
            .map(|crumb| {
                view! {
                    <li class="nhsuk-breadcrumb__list-item">
                        <a class="nhsuk-breadcrumb__link" href=crumb.href>{crumb.text}</a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <nav class="nhsuk-breadcrumb" aria-label="Breadcrumb">
                <ol class="nhsuk-breadcrumb__list">{items}</ol>
                <a class="nhsuk-back-link" href=parent.href>
                    <span class="nhsuk-u-visually-hidden">"Back to "</span>
                    {parent.text}
                </a>
            </nav>
        }
    })
}

/// How wide the text of a page runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// Two thirds: text and forms.
    #[default]
    Reading,
    /// The whole width: tables, columns by environment.
    Full,
}

/// The title of the window, escaped: `leptos_meta` puts it into the document as it is.
pub(crate) fn title_text(title: &str, error: bool) -> String {
    let prefix = if error { "Error: " } else { "" };
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("{prefix}{title} - {SERVICE_NAME} - NHS")
}

/// For which of several organisations the reader acts on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// Its name.
    pub organisation: String,
    /// The reader's role in it, with its article.
    pub role: &'static str,
}

/// Below the header: for whom the reader acts, and the way to the others.
fn acting_line(acting: Acting) -> impl IntoView {
    let Acting { organisation, role } = acting;
    view! {
        <nav class="app-acting" aria-label="Your organisations">
            <div class="nhsuk-width-container">
                "You are acting for " <strong>{organisation}</strong> {format!(", as {role}. ")}
                <a href="/home">"All your organisations"</a>
            </div>
        </nav>
    }
}

/// A page: its title, its breadcrumbs, its `<main>`. The page brings its own `<h1>`.
#[component]
pub fn Page(
    /// The title, without the service's name.
    #[prop(into)]
    title: String,
    /// True after a refusal: the title then begins with `Error: `.
    #[prop(optional)]
    error: bool,
    /// The pages above this one.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// For which of several organisations the reader acts here.
    #[prop(optional_no_strip)]
    acting: Option<Acting>,
    /// How wide it runs.
    #[prop(optional)]
    width: Width,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let column = match width {
        Width::Reading => "nhsuk-grid-column-two-thirds",
        Width::Full => "nhsuk-grid-column-full",
    };
    view! {
        <Title text=title_text(&title, error) />
        {acting.map(acting_line)}
        <div class="nhsuk-width-container">
            <Breadcrumbs crumbs=crumbs />
            <main class="nhsuk-main-wrapper" id="maincontent">
                <div class="nhsuk-grid-row">
                    <div class=column>{children()}</div>
                </div>
            </main>
        </div>
    }
}
