// A real SMTP server that keeps what it receives, for the tests.

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/**
 * Starts it. Options:
 * - `port` (0: any free one), `tls`: `none`, `starttls` or `implicit`, with `certificate` `{ key, cert }`
 * - `username` and `password`: authentication is then required
 * - `refuse(message, attempt)`: returns an SMTP code and sentence `{ code, sentence }` to refuse a message, or nothing;
 *   `attempt` counts from 1 for each recipient and subject
 * - `received(message)`: called with each message that was taken
 *
 * Returns `{ port, messages, waitFor, close }`. A message is `{ to, from, subject, text, html, headers, envelope }`.
 */
export async function startMailServer({ port = 0, tls = 'none', certificate, username, password, refuse = () => undefined, received = () => {} } = {}) {
  const messages = [];
  const waiting = new Set();
  const attempts = new Map();
  const deliver = async (stream, session) => {
    const message = readable(await simpleParser(stream), session);
    const key = `${message.to} ${message.subject}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    const refusal = refuse(message, attempts.get(key));
    if (refusal) throw Object.assign(new Error(refusal.sentence), { responseCode: refusal.code });
    messages.push(message);
    received(message);
    for (const look of [...waiting]) look();
  };
  const server = new SMTPServer({
    secure: tls === 'implicit',
    ...certificate,
    disabledCommands: [...(tls === 'starttls' ? [] : ['STARTTLS']), ...(username ? [] : ['AUTH'])],
    authOptional: !username,
    allowInsecureAuth: tls === 'none',
    disableReverseLookup: true,
    logger: false,
    onAuth: (given, _session, done) => {
      const right = given.username === username && given.password === password;
      done(right ? null : new Error('Wrong user name or password.'), right ? { user: username } : undefined);
    },
    onMailFrom: (_address, session, done) => {
      done(tls === 'starttls' && !session.secure ? Object.assign(new Error('Start TLS first.'), { responseCode: 530 }) : null);
    },
    onData: (stream, session, done) => deliver(stream, session).then(() => done(), done),
  });
  // A client that hangs up, or does not accept the certificate, must not end the tests.
  server.on('error', () => {});
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: server.server.address().port,
    messages,
    waitFor: (wanted, timeout = 20_000) => waitFor(messages, waiting, wanted, timeout),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function readable(parsed, session) {
  return {
    to: session.envelope.rcptTo.map(({ address }) => address).join(', '),
    from: session.envelope.mailFrom.address,
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html || '',
    headers: parsed.headers,
    secure: session.secure,
  };
}

/** Waits for a message that matches `{ to?, subject? }` (text or pattern), the newest first; says what came when none does. */
function waitFor(messages, waiting, wanted, timeout) {
  const matches = (message) => Object.entries(wanted).every(([name, want]) => (want instanceof RegExp ? want.test(message[name]) : message[name] === want));
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = messages.findLast(matches);
      if (!found) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve(found);
    };
    const timer = setTimeout(() => {
      waiting.delete(look);
      const came = messages.map(({ to, subject }) => `${to}: ${subject}`).join('\n') || 'nothing';
      const asked = Object.entries(wanted).map(([name, want]) => `${name} ${want}`).join(', ');
      reject(new Error(`No mail with ${asked} came. What came:\n${came}`));
    }, timeout);
    waiting.add(look);
    look();
  });
}

/** The first link in a mail's plain text, or the first that matches `pattern`. Throws when there is none. */
export function linkIn(message, pattern = /^https?:/) {
  const links = message.text.match(/https?:\/\/[^\s<>()"]+/g) ?? [];
  const link = links.map((one) => one.replace(/[.,]$/, '')).find((one) => pattern.test(one));
  if (!link) throw new Error(`There is no link in the mail "${message.subject}":\n${message.text}`);
  return link;
}
