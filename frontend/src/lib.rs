//! The wasm entry: it wakes the islands of `app`, and holds nothing else.

use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by `site.js` on a page that has islands, before it wakes each of them.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
