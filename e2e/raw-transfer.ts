/**
 * What the network alone costs: the bytes of one round over the same kind of path (browser socket, one process in the middle), with
 * nothing computed, signed or stored. Every page sends its share, the middle answers all of them once all are there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { percentile } from './verdict.ts';

const TURNS = 60;

/** @returns median milliseconds from the last page's send to the last page's receipt */
export async function rawTransferMs(browser: Browser, pages: number, upBytes: number, downBytes: number): Promise<number> {
  const http = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>raw</title>'),
  );
  const server = new WebSocketServer({ server: http, maxPayload: 1 << 24 });
  const sockets = new Set<ServerSocket>();
  let waiting = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('message', () => {
      if (++waiting < pages) return;
      waiting = 0;
      for (const other of sockets) other.send(new Uint8Array(downBytes));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const context = await browser.newContext();
  try {
    const runs = await Promise.all(
      Array.from({ length: pages }, async () => {
        const page = await context.newPage();
        await page.goto(`http://127.0.0.1:${port}/`);
        return page.evaluate(
          async ({ url, bytes, turns }) => {
            const socket = new WebSocket(url);
            socket.binaryType = 'arraybuffer';
            await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
            const now = () => performance.timeOrigin + performance.now();
            const times: [number, number][] = [];
            for (let i = 0; i < turns; i++) {
              const answer = new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
              const sent = now();
              socket.send(new Uint8Array(bytes));
              await answer;
              times.push([sent, now()]);
            }
            socket.close();
            return times;
          },
          { url: `ws://127.0.0.1:${port}/`, bytes: upBytes, turns: TURNS },
        );
      }),
    );
    const turns = runs[0]!.map((_, i) => Math.max(...runs.map((r) => r[i]![1])) - Math.max(...runs.map((r) => r[i]![0])));
    return percentile(turns.slice(5), 0.5);
  } finally {
    await context.close();
    for (const socket of sockets) socket.terminate();
    server.close();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  }
}
