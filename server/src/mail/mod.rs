//! Mail: what it says, and how it leaves.

mod letter;
mod render;
#[cfg(test)]
mod tests;
mod transport;

pub use letter::{About, Absent, Gathered, Invited, Letter, Link};
pub use render::{Part, Rendered};
pub use transport::{Fault, MailError, Mailer, Sent};
