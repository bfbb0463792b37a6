// Floods of the requests that anybody, or a fresh account, can send, beside somebody who reads a page. Loopback only,
// bounded in connections, in requests and in time.

import { Agent, request } from 'node:http';

/** Connections of one flood, at most. */
const CONNECTIONS = 8;

/** Requests of one flood, at most. */
const MOST = 4000;

/** Milliseconds between two reads of the page, so that the reader alone loads nothing. */
const PAUSE = 5;

/** An address for each request, as a proxy in front would name it: no limit of one address helps against many. */
function somewhere(number) {
  return `198.${18 + ((number >> 16) & 1)}.${(number >> 8) & 255}.${number & 255}`;
}

/**
 * Sends `message` again and again, for `seconds`, while `page` is read. Returns what was sent, the statuses that came
 * back, and the milliseconds of each read. Without a message nobody floods.
 */
export async function beside(base, page, message, seconds) {
  if (new URL(base).hostname !== '127.0.0.1') throw new Error('Only a portal on this machine is flooded.');
  const until = performance.now() + seconds * 1000;
  const statuses = {};
  const sent = { count: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const flood = message ? Array.from({ length: CONNECTIONS }, () => send(agent, base, message, until, sent, statuses)) : [];
  const reads = await read(base, page, until);
  await Promise.all(flood);
  agent.destroy();
  return { sent: sent.count, statuses, reads };
}

async function send(agent, base, message, until, sent, statuses) {
  while (performance.now() < until && sent.count < MOST) {
    sent.count += 1;
    const asked = message(sent.count);
    asked.headers = { 'x-forwarded-for': somewhere(sent.count), ...asked.headers };
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
