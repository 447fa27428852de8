/** A publisher on this machine, for the check and the tests of downloads: one path is right, the others each fail in their own way. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256Of } from './download.ts';
import type { Source } from './public-data.ts';

/** Its content: a title line, then rows. */
export const PUBLISHED = Buffer.from('# a header\n1,2,3\n4,5,6\n');
export const ROWS = PUBLISHED.subarray(PUBLISHED.indexOf('\n') + 1);

const SLOWLY_MS = 5;

function changed(): Buffer {
  const bytes = Buffer.from(PUBLISHED);
  bytes[bytes.length - 2]! ^= 1;
  return bytes;
}

function endless(response: ServerResponse): void {
  const timer = setInterval(() => response.write(PUBLISHED), SLOWLY_MS);
  response.once('close', () => clearInterval(timer));
}

/** Paths with too many redirects, or one. */
const redirect = (to: string) => (response: ServerResponse) => void response.writeHead(302, { location: to }).end();

const REPLIES = {
  right: (response) => void response.end(PUBLISHED),
  moved: redirect('right'),
  'wrong-byte': (response) => void response.end(changed()),
  truncated: (response) => void response.end(PUBLISHED.subarray(0, 9)),
  broken(response) {
    response.writeHead(200, { 'content-length': PUBLISHED.length });
    response.write(PUBLISHED.subarray(0, 9), () => response.destroy());
  },
  oversized: (response) => void response.end(Buffer.concat([PUBLISHED, PUBLISHED])),
  endless,
  missing: (response) => void response.writeHead(404).end('gone'),
  circle: redirect('circle'),
  'not-https': redirect('http://publisher.invalid/right'),
  silent: (response) => void response.write(PUBLISHED.subarray(0, 9)),
} satisfies Readonly<Record<string, (response: ServerResponse) => void>>;

export type Reply = keyof typeof REPLIES;

export interface LocalPublisher {
  /** The known facts about its file, at an address that answers in a given way. */
  source(reply: Reply): Omit<Source, 'files'>;
  close(): Promise<void>;
}

export async function openLocalPublisher(): Promise<LocalPublisher> {
  const server = createServer((request, response) => {
    const name = request.url!.slice(1);
    if (Object.hasOwn(REPLIES, name)) REPLIES[name as Reply](response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    source: (reply) => ({ url: `http://127.0.0.1:${port}/${reply}`, bytes: PUBLISHED.length, sha256: sha256Of(PUBLISHED) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
