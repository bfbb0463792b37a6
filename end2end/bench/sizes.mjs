// What a browser fetches once: the brotli form of the built files.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const FILES = [
  { ending: '.wasm', what: 'wasm, brotli', budget: 150 },
  { ending: '.css', what: 'CSS, brotli', budget: 40 },
];

/** One row for each kind of file in the site's manifest. */
export async function sizes(site) {
  const manifest = JSON.parse(await readFile(join(site, 'manifest.json'), 'utf8'));
  const rows = [];
  for (const { ending, what, budget } of FILES) {
    const paths = Object.values(manifest).filter((path) => path.endsWith(ending));
    const bytes = await Promise.all(paths.map(async (path) => (await stat(join(site, `${path}.br`))).size));
    rows.push({ what, value: bytes.reduce((sum, size) => sum + size, 0) / 1000, unit: 'KB', budget });
  }
  return rows;
}
