//! Reads a file that was chosen in the browser.

use leptos::prelude::*;
use web_sys::{File, HtmlInputElement};

/// Empties a file field and hands its file on, so that the file itself is never sent.
pub(crate) fn take(input: &HtmlInputElement) -> Option<File> {
    let file = input.files()?.get(0)?;
    input.set_value("");
    Some(file)
}

/// The bytes of a file; none when the browser cannot read it.
pub(crate) async fn bytes(file: File) -> Option<Vec<u8>> {
    let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await.ok()?;
    Some(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// Runs something that waits, on the browser's own queue.
pub(crate) fn later(work: impl Future<Output = ()> + 'static) {
    leptos::task::spawn_local(work);
}

/// True once the island is awake; parts that need scripts are hidden until then.
pub(crate) fn awake() -> ReadSignal<bool> {
    let (read, write) = signal(false);
    Effect::new(move |_| write.set(true));
    read
}
