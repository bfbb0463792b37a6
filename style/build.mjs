// Builds target/site: the style sheet, the scripts, the wasm and the icons, each under a name that holds its hash, with
// its brotli and gzip forms beside it; and manifest.json, which maps logical names to paths.
//
//   node style/build.mjs <directory of wasm-bindgen's output> <directory of the site>

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { compile } from 'sass'

const [wasmDirectory, siteDirectory] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const nhsuk = dirname(createRequire(import.meta.url).resolve('nhsuk-frontend'))
const images = join(nhsuk, 'assets', 'images')

/** Icons are small already; everything else is text or wasm. */
const INCOMPRESSIBLE = new Set(['.ico', '.png'])

const next = `${siteDirectory}.next`
const manifest = {}
const sizes = {}

await rm(next, { recursive: true, force: true })
await mkdir(join(next, 'pkg'), { recursive: true })

await add('favicon.ico', await readFile(join(images, 'favicon.ico')))
await add('favicon.svg', await readFile(join(images, 'favicon.svg')))
await add('style.css', await styleSheet())
await add('site.js', await bundle(join(here, 'site.js')))
await add('frontend.wasm', await readFile(join(wasmDirectory, 'frontend_bg.wasm')))
await add('frontend.js', await bundle(join(wasmDirectory, 'frontend.js')))
await writeFile(join(next, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)

await rm(siteDirectory, { recursive: true, force: true })
await rename(next, siteDirectory)
report()

/** Writes one file under its hashed name, with its compressed forms. */
async function add(name, content) {
  const bytes = Buffer.from(content)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const extension = extname(name)
  const path = `/pkg/${basename(name, extension)}.${hash}${extension}`
  const file = join(next, path)
  await writeFile(file, bytes)
  sizes[name] = { plain: bytes.length, brotli: bytes.length }
  if (!INCOMPRESSIBLE.has(extension)) {
    const brotli = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    })
    await writeFile(`${file}.br`, brotli)
    await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }))
    sizes[name].brotli = brotli.length
  }
  manifest[name] = path
  return path
}

/** The style sheet; the images that it refers to become files of ours. */
async function styleSheet() {
  const { css } = compile(join(here, 'main.scss'), {
    style: 'compressed',
    loadPaths: [join(here, 'node_modules')],
    quietDeps: true
  })
  let text = css
  for (const [whole, name] of css.matchAll(/url\("?\/assets\/images\/([^")]+)"?\)/g)) {
    const path = manifest[name] ?? (await add(name, await readFile(join(images, name))))
    text = text.replaceAll(whole, `url("${path}")`)
  }
  const foreign = text.match(/url\("?(?:https?:)?\/\/[^)]*\)/)
  if (foreign) throw new Error(`style.css refers to another host: ${foreign[0]}`)
  return text
}

/** One script with everything that it imports. */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    write: false,
    legalComments: 'none',
    // wasm-bindgen's own default path; site.js passes the hashed one.
    define: { 'import.meta.url': '"/pkg/"' },
    logLevel: 'warning'
  })
  return outputFiles[0].contents
}

function report() {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} KB`
  for (const name of ['frontend.wasm', 'frontend.js', 'style.css', 'site.js']) {
    console.log(`${name.padEnd(14)} ${kilobytes(sizes[name].plain)}  brotli ${kilobytes(sizes[name].brotli)}`)
  }
}
