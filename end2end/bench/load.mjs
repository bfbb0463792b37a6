// Load on one page, by wrk.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CONNECTIONS = 32;

// What wrk calls "non-2xx or 3xx" leaves redirects out, and a redirect to the sign-in page is fast: so this counts.
const REPORT = fileURLToPath(new URL('statuses.lua', import.meta.url));

/**
 * Asks for `url` for `seconds` over 32 connections, with these cookies. Times in milliseconds; `failed` are the answers
 * other than 200, `lost` the connections refused, cut or timed out.
 */
export async function load(url, cookies, seconds) {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '-s', REPORT, '-H', `Cookie: ${cookies}`, url];
  const { stdout } = await promisify(execFile)('wrk', args).catch((error) => {
    if (error.code === 'ENOENT') throw new Error('wrk is missing. Install it: apt-get install wrk.');
    throw error;
  });
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]),
    p50: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    failed: Number(/Other than 200: (\d+)/.exec(stdout)[1]),
    lost: errors.reduce((sum, count) => sum + Number(count), 0),
  };
}

function milliseconds([, number, unit]) {
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit];
}
