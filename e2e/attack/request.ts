/** One HTTP request from any loopback address, on its own connection; and bare connections for other bytes. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The loopback address of the sender. */
  readonly address?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export function request(url: string, { method = 'GET', headers = {}, body, address }: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length: Record<string, string> = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = httpRequest(
      url,
      { method, headers: { ...length, ...headers }, agent: false, ...(address === undefined ? {} : { localAddress: address }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A bare connection to a relay. */
export function dial(url: string, address?: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const to = { host: hostname, port: Number(port), ...(address === undefined ? {} : { localAddress: address }) };
  return new Promise((resolve, reject) => {
    const socket = connect(to, () => resolve(socket));
    socket.on('error', reject);
  });
}
