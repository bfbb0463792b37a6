// The SMTP server that the tests receive mail with, spoken to over real connections.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as secure } from 'node:tls';
import { linkIn, startMailServer } from '../mail/server.mjs';
import { localhostCertificate } from '../relying-party/keys.mjs';

let directory, certificate;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'end2end-mail-'));
  certificate = localhostCertificate(directory);
});
after(() => rmSync(directory, { recursive: true, force: true }));

const LETTER = ['From: a@portal.example', 'To: b@partner.example', 'Subject: Verify', '', 'Go to http://127.0.0.1:3000/verify/abc.', '.'].join('\r\n');
const ENVELOPE = ['MAIL FROM:<a@portal.example>', 'RCPT TO:<b@partner.example>', 'DATA', LETTER];

/** Says the lines one after the other and returns the answers' codes. */
async function say(socket, lines) {
  const answers = [];
  const next = () => new Promise((resolve) => {
    let answer = '';
    const read = (chunk) => {
      answer += chunk;
      if (!/^\d{3} .*\r\n$/m.test(answer)) return;
      socket.off('data', read);
      resolve(answer.slice(0, 3));
    };
    socket.on('data', read);
  });
  answers.push(await next());
  for (const line of lines) {
    const answered = next();
    socket.write(`${line}\r\n`);
    answers.push(await answered);
  }
  socket.end();
  return answers;
}

test('a mail arrives, and its link is found', async () => {
  const server = await startMailServer();
  const codes = await say(connect(server.port, '127.0.0.1'), ['EHLO me', ...ENVELOPE]);
  assert.deepEqual(codes, ['220', '250', '250', '250', '354', '250']);
  const mail = await server.waitFor({ to: 'b@partner.example', subject: /verify/i });
  assert.equal(linkIn(mail), 'http://127.0.0.1:3000/verify/abc');
  await server.close();
});

test('a mail can be refused for a while', async () => {
  const server = await startMailServer({ refuse: (_mail, attempt) => (attempt === 1 ? { code: 451, sentence: 'Later.' } : undefined) });
  const last = async () => (await say(connect(server.port, '127.0.0.1'), ['EHLO me', ...ENVELOPE])).at(-1);
  assert.deepEqual([await last(), await last()], ['451', '250']);
  assert.equal(server.messages.length, 1);
  await server.close();
});

test('implicit TLS with a password: only the right one sends', async () => {
  const server = await startMailServer({ tls: 'implicit', certificate, username: 'portal', password: 'right' });
  const send = async (password) => {
    const socket = secure({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca: certificate.cert });
    return say(socket, ['EHLO me', `AUTH PLAIN ${Buffer.from(`\0portal\0${password}`).toString('base64')}`, ...ENVELOPE.slice(0, 1)]);
  };
  assert.deepEqual((await send('right')).slice(-2), ['235', '250']);
  assert.deepEqual((await send('wrong')).slice(-2), ['535', '530']);
  await server.close();
});

test('with STARTTLS nothing is taken before it', async () => {
  const server = await startMailServer({ tls: 'starttls', certificate });
  assert.equal((await say(connect(server.port, '127.0.0.1'), ['EHLO me', ENVELOPE[0]])).at(-1), '530');
  await server.close();
});

test('waiting in vain tells what came instead', async () => {
  const server = await startMailServer();
  await assert.rejects(server.waitFor({ to: 'nobody@partner.example' }, 50), /nobody@partner.example came[^]*nothing/);
  await server.close();
});
