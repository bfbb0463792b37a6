// Load on one page, by wrk.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const CONNECTIONS = 32;

/** Asks for `url` for `seconds` over 32 connections, with these cookies. Times in milliseconds. */
export async function load(url, cookies, seconds) {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '-H', `Cookie: ${cookies}`, url];
  const { stdout } = await promisify(execFile)('wrk', args).catch((error) => {
    if (error.code === 'ENOENT') throw new Error('wrk is missing. Install it: apt-get install wrk.');
    throw error;
  });
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]),
    p50: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
  };
}

function milliseconds([, number, unit]) {
  return Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit];
}
