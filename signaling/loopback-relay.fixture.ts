/** A real signaling server on a loopback port, and identities, for tests. Not for production: no TLS, no pages, no seats. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashBytes, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import { attachSignaling, type Signaling, type SignalingOptions } from './server/server.ts';

export interface LoopbackRelay {
  readonly url: string;
  readonly port: number;
  readonly signaling: Signaling;
  /** What the server had to say, one text a line. */
  readonly lines: string[];
  stop(): Promise<void>;
}

/** @param port 0 for a free one; the port of a stopped relay to start it again */
export async function loopbackRelay(options: Partial<SignalingOptions> = {}, port = 0): Promise<LoopbackRelay> {
  const lines: string[] = [];
  const write = (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`);
  const server = createServer((_request, response) => void response.writeHead(404).end());
  const signaling = attachSignaling(server, { log: { info: write, warn: write }, ...options });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `ws://127.0.0.1:${bound}/mesh`,
    port: bound,
    signaling,
    lines,
    async stop() {
      await signaling.drain(500);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export async function newIdentity(): Promise<Identity> {
  return identityOf(await generateKeyPair(false));
}

export function roomNamed(name: string): Hash {
  return hashBytes(new TextEncoder().encode(name));
}
