//! Writes the JavaScript that loads the islands' wasm, and the wasm that it loads.
//!
//! The tool of the same name, taken as a library: Cargo keeps its version equal to that of the crate `wasm-bindgen`, our lock
//! file names everything it is made of, and what only its test runner needs (an HTTP client, TLS) is never compiled.

use std::env;

use anyhow::Context;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let usage = "usage: bindgen <the compiled wasm> <the directory to write to>";
    let wasm = arguments.next().context(usage)?;
    let directory = arguments.next().context(usage)?;
    Bindgen::new().input_path(wasm).web(true)?.typescript(false).generate(directory)
}
