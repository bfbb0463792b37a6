//! Accessible primitives: NHS.UK frontend's markup as Leptos components. Pages are made of these and of plain HTML.
//!
//! # Cheat-sheet
//! `String` props take anything `Into<String>`; `error` takes `Option<String>` (usually [`error_for`]); what stands
//! in `[]` is optional.
//!
//! ```text
//! Page(title, [error: bool, crumbs: Vec<Crumb>, width: Width::{Reading, Full}], children)   title, breadcrumbs, <main>
//!     <Page title="Redirect URIs" error=!problems.is_empty() crumbs=vec![Crumb::new("Home", "/home")]>
//!         <ErrorSummary problems=problems.clone() /> <h1 class="nhsuk-heading-l">"Redirect URIs"</h1> … </Page>
//! Header(chrome), Footer, Breadcrumbs(crumbs)                                        rendered by App and Page
//! Form(action, [get: bool, multipart: bool], children)      Hidden(name, value)
//! Button([kind: ButtonKind::{Primary, Secondary, Warning}, name, value, small: bool], children)
//! LinkButton(href, [kind], children)      ButtonGroup(children)
//! ErrorSummary(problems: Vec<Problem>, [sentences: Vec<String>, lead])                       links to field ids
//! error_for(&problems, field, entry) -> Option<String>   field_id(name) -> String   problem_id(&problem) -> String
//! TextInput(name, label, [hint, value, error, kind: &'static str, autocomplete, inputmode, width: u8, code: bool,
//!     label_hidden: bool])
//! TextArea(name, label, [hint, value, error, rows: u8, max: u32, code: bool])
//! PasswordInput(name, label, [hint, error, new: bool])
//! Radios(name, legend, choices: Vec<Choice>, [hint, error, reveals: Vec<(value, AnyView)>])
//! Checkboxes(name, legend, choices: Vec<Choice>, [hint, error])
//! Select(name, label, choices: Vec<Choice>, [hint, error])
//!     Choice::new(value, label).hint("…").chosen(bool)
//! DateInput(name, legend, [hint, value: [String; 3], error])       sends name[day], name[month], name[year]
//! Fieldset(legend, [describedby, group: bool], children)
//! SummaryList(rows: Vec<SummaryRow>)     SummaryRow::new(key, view).change(href, "redirect URIs").action(text, href, about)
//! TaskList(id, tasks: Vec<Task>)         Task::new(title, href, Status).hint("…")   Task::locked(title)
//! StatusTag(status: Status)              Tag(colour: Colour, text)
//! Table(caption, columns: Vec<&str> or Vec<String>, rows: Vec<Vec<AnyView>>, [hide_caption: bool])   cell(view) -> AnyView
//! Pagination([previous: Option<String>, next: Option<String>])
//! NotificationBanner(text, [success: bool])    WarningText(heading, children)    InsetText(children)
//! Details(summary, [open: bool], children)   Card(heading, [href], children)
//! EmptyState(heading, text, [action, href])
//! Timeline(moments: Vec<Moment { at, title, by, detail: Option<AnyView> }>)
//! Diff(fields: Vec<DiffField>)           DiffField::between(label, &before, &after)   .changed()
//! CodeBlock(code, [about, wrap: bool])               Copyable(value, about)
//! DateTime(at: OffsetDateTime)   date_time_text(at), date_text(on) -> String
//! ```
//!
//! # Ids
//! The id of a field is its name with brackets and dots as hyphens ([`field_id`]); its hint is `{id}-hint`, its error
//! `{id}-error`. A problem of one entry links to `{field}-{entry}`: a redirect URI named `redirect_uris[0]`, a
//! checkbox of `Checkboxes` whose value is the entry.

pub mod address;
pub mod choice;
pub mod code;
pub mod date;
pub mod date_input;
pub mod error_summary;
pub mod field;
pub mod form;
pub mod layout;
pub mod lists;
pub mod notice;
pub mod record;
pub mod table;
pub mod tag;
pub mod text;

pub use address::{address, percent_encoded};
pub use choice::{Checkboxes, Choice, Fieldset, Radios, Select};
pub use code::{CodeBlock, Copyable};
pub use date::{DateTime, date_text, date_time_text, day_text, is_summer_time, machine_text, midnight};
pub use date_input::DateInput;
pub use error_summary::ErrorSummary;
pub use field::{ErrorMessage, Hint, Label, error_for, field_id, problem_id};
pub use form::{Button, ButtonGroup, ButtonKind, Form, FormNames, Hidden, LinkButton, REQUEST};
pub use layout::{Acting, Breadcrumbs, Chrome, Crumb, Footer, Header, NavLink, Page, Person, SERVICE_NAME, Width};
pub use lists::{RowAction, SummaryList, SummaryRow, Task, TaskList};
pub use notice::{Card, Details, EmptyState, InsetText, NotificationBanner, WarningText};
pub use record::{Change, Diff, DiffField, Moment, Timeline, paragraphs};
pub use table::{Columns, Pagination, Table, cell};
pub use tag::{Colour, Status, StatusTag, Tag};
pub use text::{PasswordInput, TextArea, TextInput};

#[cfg(all(test, feature = "ssr"))]
mod tests;
