import type { RequestListener, Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HTTP_UNDER_WAY_PER_ADDRESS_MIN } from '#protocol/limits';
import { clientAddresses } from '#signaling/server/client-address';
import { boundedServer, type ConnectionLimits } from './connections.ts';
import { refuseConnection } from './error-replies.ts';

const PATIENT: ConnectionLimits = { connections: 100, connectionsPerAddress: 100, headersMs: 60_000, stallMs: 60_000, answerMs: 60_000 };
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const SLOWLY: RequestListener = () => {}; // never answers
const AT_ONCE: RequestListener = (_request, response) => void response.end('done');
const ENDLESS: RequestListener = (_request, response) => {
  const more = () => {
    while (response.write(Buffer.alloc(65_536)));
    response.once('drain', more);
  };
  more();
};

let server: Server;
const clients = new Set<Socket>();
afterEach(async () => {
  for (const client of clients) client.destroy();
  clients.clear();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function listen(listener: RequestListener, limits: Partial<ConnectionLimits>, proxies: readonly string[] = []): Promise<void> {
  server = boundedServer(listener, clientAddresses(proxies), { ...PATIENT, ...limits });
  server.on('clientError', refuseConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}

/** A peer that never ends a connection by itself, whatever it is told. @param reads whether it reads what is sent to it */
async function peer(says: string, reads = true, localAddress = '127.0.0.1'): Promise<{ socket: Socket; heard: () => string }> {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
  clients.add(socket);
  let heard = '';
  socket.on('error', () => {});
  if (reads) socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(says);
  return { socket, heard: () => heard };
}

const open = () =>
  new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
const expectOpen = async (count: number) => {
  await expect.poll(open, { timeout: 10_000 }).toBe(count);
};

describe('a connection ends without help from its client', () => {
  it('when it is refused', async () => {
    await listen(AT_ONCE, {});
    const refused = await peer('what is this\r\n\r\n');
    await expect.poll(refused.heard).toContain('frame-malformed');
    await expectOpen(0);
  });

  it('when its request does not come, or only trickles', async () => {
    await listen(AT_ONCE, { headersMs: 200 });
    const silent = await peer('');
    const slow = await peer('GET / HTTP/1.1\r\nHo');
    await expectOpen(0);
    for (const { heard } of [silent, slow]) await expect.poll(heard).toContain('408');
  });

  it('when its response is not read', async () => {
    await listen(ENDLESS, { stallMs: 300 });
    await peer(GET, false);
    await expectOpen(0);
  });

  it('when its response takes forever, though it moves', async () => {
    await listen(ENDLESS, { answerMs: 300 });
    await peer(GET);
    await expectOpen(0);
  });
});

describe('requests of one connection', () => {
  it('are answered one after another', async () => {
    await listen(AT_ONCE, {});
    const polite = await peer(GET);
    await expect.poll(polite.heard).toContain('done');
    polite.socket.write(GET);
    await expect.poll(() => polite.heard().split('done')).toHaveLength(3);
    expect(await open()).toBe(1);
  });

  it('do not start while an earlier one is unanswered', async () => {
    let begun = 0;
    await listen(() => void begun++, {});
    await peer(GET.repeat(500));
    await expectOpen(0);
    expect(begun).toBe(1);
  });
});

describe('too many connections', () => {
  it('of one address cost it its oldest idle one, but none with a request', async () => {
    let begun = 0;
    await listen(() => void begun++, { connectionsPerAddress: 3 });
    const busy = await peer(GET);
    await expect.poll(() => begun).toBe(1);
    const [first, second] = [await peer(''), await peer('')];
    await peer('');
    await expect.poll(() => first.socket.readableEnded || first.socket.destroyed).toBe(true);
    expect(second.socket.readableEnded || busy.socket.readableEnded).toBe(false);
    await expectOpen(3);
  });

  it('of one address, each with a request, admit no more', async () => {
    let begun = 0;
    await listen(() => void begun++, { connectionsPerAddress: 2 });
    for (let i = 0; i < 2; i++) await peer(GET);
    await expect.poll(() => begun).toBe(2);
    const third = await peer(GET);
    await expect.poll(() => third.socket.readableEnded || third.socket.destroyed).toBe(true);
    await expectOpen(2);
  });

  it('in total cost the busiest address its oldest idle one', async () => {
    await listen(AT_ONCE, { connections: 3 });
    for (let i = 0; i < 20; i++) await peer('');
    await expectOpen(3);
    const last = await peer(GET);
    await expect.poll(last.heard).toContain('done');
  });

  it('each with a request cost the busiest address one, for a client that has none', async () => {
    let begun = 0;
    await listen(() => void begun++, { connections: 3 });
    for (let i = 0; i < 3; i++) await peer(GET);
    await expect.poll(() => begun).toBe(3);
    await peer(GET, true, '127.0.0.2');
    await expect.poll(() => begun).toBe(4);
    await expectOpen(3);
    await peer(GET, true, '127.0.0.2');
    await expectOpen(3);
    expect(begun).toBe(4);
  });

  it('of a trusted proxy belong to many clients', async () => {
    await listen(SLOWLY, { connectionsPerAddress: 2 }, ['loopback']);
    for (let i = 0; i < 5; i++) await peer(GET);
    await expectOpen(5);
  });

  it('each with a request leave room to other clients of the same proxy', async () => {
    const begun: string[] = [];
    await listen(({ headers }) => void begun.push(String(headers['x-forwarded-for'])), { connections: 80 }, ['loopback']);
    const ask = (client: string) => peer(GET.replace('\r\n\r\n', `\r\nX-Forwarded-For: ${client}\r\n\r\n`));
    const crowd: Awaited<ReturnType<typeof peer>>[] = [];
    for (let i = 0; i < 100; i++) crowd.push(await ask('203.0.113.1'));
    await expect.poll(() => crowd.filter(({ heard }) => heard().includes('503')).length, { timeout: 10_000 }).toBe(60);
    expect(crowd.at(-1)!.heard()).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After[^]*"overloaded"/);
    await expectOpen(40);
    await ask('203.0.113.2');
    await expect.poll(() => begun.filter((client) => client === '203.0.113.2')).toHaveLength(1);
    for (const { socket } of crowd) socket.destroy();
    await expectOpen(1);
    await ask('203.0.113.1');
    await expect.poll(() => begun).toHaveLength(42);
  });

  it('behind a proxy are limited without turning a class away', async () => {
    let begun = 0;
    await listen(() => void begun++, { connections: HTTP_UNDER_WAY_PER_ADDRESS_MIN }, ['loopback']);
    for (let i = 0; i < HTTP_UNDER_WAY_PER_ADDRESS_MIN; i++) await peer(GET);
    await expect.poll(() => begun).toBe(HTTP_UNDER_WAY_PER_ADDRESS_MIN);
  });
});
