//! A QR code as inline SVG, drawn on the server: the secret in it goes to no other machine.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode as Code};

/// The white border that scanners need (ISO/IEC 18004: four modules).
const QUIET: usize = 4;

/// A QR code. Nothing is rendered for a text that is too long for one.
#[component]
pub fn QrCode(
    /// What it says.
    #[prop(into)]
    text: String,
    /// What it is, for those who cannot see it.
    #[prop(into)]
    about: String,
) -> impl IntoView {
    Code::with_error_correction_level(text, EcLevel::M).ok().map(|code| {
        let side = code.width() + 2 * QUIET;
        view! {
            <svg
                class="app-qr"
                xmlns="http://www.w3.org/2000/svg"
                viewBox=format!("0 0 {side} {side}")
                width="240"
                height="240"
                role="img"
                aria-label=about
                shape-rendering="crispEdges"
            >
                <rect width=side.to_string() height=side.to_string() fill="#fff"></rect>
                <path d=dark_modules(&code) fill="#000"></path>
            </svg>
        }
    })
}

/// One sub-path for each row's run of dark modules.
fn dark_modules(code: &Code) -> String {
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Area of the path, by its runs: the number of dark modules.
    fn area(path: &str) -> usize {
        let runs = path.split('M').filter(|part| !part.is_empty());
        runs.filter_map(|part| part.split('h').nth(1)?.split('v').next()?.parse::<usize>().ok()).sum()
    }

    #[test]
    fn the_path_covers_exactly_the_dark_modules() {
        let code = Code::with_error_correction_level("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ", EcLevel::M).unwrap();
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        assert_eq!(area(&dark_modules(&code)), dark);
        assert!(dark_modules(&code).starts_with("M4 4h7v1h-7z"), "the finder pattern is at the top left");
    }
}
