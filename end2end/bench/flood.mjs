// Floods of the requests that anybody, or a fresh account, can send, beside somebody who reads a page. Loopback only,
// bounded in connections, in requests and in time.

import { fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Connections of one flood, at most. */
const CONNECTIONS = 8;

/** Requests of one flood, at most. */
const MOST = 4000;

/** The argument of the process that floods. */
const FLOODER = 'flood';

/** Milliseconds between two reads of the page, so that the reader alone loads nothing. */
const PAUSE = 5;

/** An address for each request, as a proxy in front would name it: no limit of one address helps against many. */
function somewhere(number) {
  return `198.${18 + ((number >> 16) & 1)}.${(number >> 8) & 255}.${number & 255}`;
}

/** In a message: the number of the request, so that no two are alike. */
export const NUMBER = '__number__';

/**
 * Sends `message` again and again, for `seconds`, while `page` is read. Returns what was sent, the statuses that came
 * back, and the milliseconds of each read. Without a message nobody floods. The flood would come from other machines: here it is a process that gets
 * only what portal and reader leave of the cores, so that what it costs to send it delays neither.
 */
export async function beside(base, page, message, seconds) {
  if (new URL(base).hostname !== '127.0.0.1') throw new Error('Only a portal on this machine is flooded.');
  const flood = message ? flooding({ base, message, seconds }) : { sent: 0, statuses: {} };
  const reads = await read(base, page, performance.now() + seconds * 1000);
  return { ...(await flood), reads };
}

function flooding(asked) {
  return new Promise((done, failed) => {
    const flooder = fork(fileURLToPath(import.meta.url), [FLOODER]);
    flooder.once('message', done);
    flooder.once('error', failed);
    flooder.once('exit', () => failed(new Error('The flood ended before it told what came of it.')));
    flooder.send(asked);
  });
}

/** The process that floods: tells what it sent and what came back. */
async function flood({ base, message, seconds }) {
  const until = performance.now() + seconds * 1000;
  const statuses = {};
  const sent = { count: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  await Promise.all(Array.from({ length: CONNECTIONS }, () => send(agent, base, message, until, sent, statuses)));
  agent.destroy();
  return { sent: sent.count, statuses };
}

async function send(agent, base, message, until, sent, statuses) {
  while (performance.now() < until && sent.count < MOST) {
    sent.count += 1;
    const numbered = (text) => text?.replaceAll(NUMBER, sent.count);
    const asked = { path: numbered(message.path), body: numbered(message.body) };
    asked.headers = { 'x-forwarded-for': somewhere(sent.count), ...message.headers };
    const status = await ask(agent, base, asked).catch((error) => error.code ?? 'broken');
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

async function read(base, page, until) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const taken = [];
  while (performance.now() < until) {
    const began = performance.now();
    const status = await ask(agent, base, { path: page.path, headers: page.headers });
    taken.push(performance.now() - began);
    if (status !== 200) throw new Error(`${page.path} answered ${status} beside a flood.`);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
  agent.destroy();
  return taken;
}

/** The status of one answer, which is read to its end. */
function ask(agent, base, { path, body, headers = {} }) {
  return new Promise((done, failed) => {
    const options = { agent, method: body === undefined ? 'GET' : 'POST', headers: { origin: base, accept: 'text/html', ...headers } };
    if (body !== undefined) options.headers['content-length'] = Buffer.byteLength(body);
    const asked = request(`${base}${path}`, options, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode));
      answer.on('error', failed);
    });
    asked.on('error', failed);
    asked.end(body);
  });
}

/** The time within which 99 of 100 were answered, of times in any order. */
export function p99(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)];
}

if (process.argv[2] === FLOODER) {
  setPriority(constants.priority.PRIORITY_LOW);
  process.once('message', async (asked) => process.send(await flood(asked), () => process.exit()));
}
