// Free loopback ports.

import { createServer } from 'node:net';

/** As many different free ports on 127.0.0.1 as asked for. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const listen = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

/** Runs `start(attempt)`; once more where somebody else took a port that was free a moment ago. */
export async function withFreePorts(start) {
  try {
    return await start(1);
  } catch (error) {
    if (!/EADDRINUSE|Address already in use/.test(error.message)) throw error;
    return start(2);
  }
}
