// Starting and ending processes of our own, each by its own id.

import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';

/** How long a program may take to end in good order: the portal gives requests under way their time. */
const PATIENCE = 70_000;

/** Runs `start`, which returns how to stop, and stops on SIGINT or SIGTERM. A failed start ends with status 1. */
export async function runUntilStopped(start) {
  let stop;
  try {
    stop = await start();
  } catch (error) {
    console.error(`Could not start: ${error.message}`);
    process.exit(1);
  }
  const end = async () => {
    await stop();
    process.exit(0);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

/**
 * Starts a program and keeps what it says, in the file `log` too where one is named.
 * Returns `{ child, ended, output(), stop() }`; `stop` sends SIGTERM to this child alone and waits for its end; one that
 * does not end is killed.
 */
export function start(command, args, { log, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let said = '';
  if (log) writeFileSync(log, '');
  const keep = (chunk) => {
    said += chunk;
    if (log) appendFileSync(log, chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
    child.once('error', (error) => {
      keep(error.message);
      resolve(error.message);
    });
  });
  return {
    child,
    ended,
    output: () => said,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return ended;
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      return ended.finally(() => clearTimeout(patience));
    },
  };
}

/** Asks `url` until it answers below 500, or the process ended, or a minute passed; the error then tells what was said. */
export async function untilAnswers(url, running, request = fetch) {
  const deadline = Date.now() + 60_000;
  let ended = false;
  running.ended.then(() => (ended = true));
  while (Date.now() < deadline && !ended) {
    const response = await request(url).catch(() => undefined);
    if (response && response.status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer${ended ? ', as its process ended' : ''}. It said:\n${running.output()}`);
}
