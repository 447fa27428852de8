/**
 * Every refusal of the HTTP side is JSON {code, field?, expected?, got?} with the status of the error table, whether a route, a schema,
 * fastify itself, or the parser of a connection that never became a request refused.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { ERRORS, MeshError, type ErrorCode } from '#protocol/errors';
import { endSoon } from '#signaling/server/end-soon';
import type { Log } from '../log.ts';
import { BARE_HEADERS } from './headers.ts';

/** Seconds after which a refusal for lack of capacity may be tried again. */
const RETRY_AFTER_S = 5;

export interface ErrorReply {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly expected?: string;
  readonly got?: string;
}

export function replyOf({ code, detail }: MeshError): ErrorReply {
  if (code === 'internal') return { code }; // details are for the log only
  const { field, expected, got } = detail;
  return {
    code,
    ...(field === undefined ? {} : { field }),
    ...(expected === undefined ? {} : { expected }),
    ...(got === undefined ? {} : { got }),
  };
}

export function installErrorReplies(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | MeshError, request, reply) => {
    const mesh = error instanceof MeshError ? error : meshErrorOf(error);
    if (mesh.code === 'internal') {
      log.error({ method: request.method, route: request.routeOptions.url, problem: mesh.message, stack: error.stack }, 'request failed');
    }
    return sendError(reply, mesh);
  });
}

export function sendError(reply: FastifyReply, error: MeshError, status: number = ERRORS[error.code].status): FastifyReply {
  if (status === 503) reply.header('retry-after', RETRY_AFTER_S);
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(replyOf(error));
}

/** Refusals by fastify's router, which happen before any hook. */
export function refuseAddress(error: FastifyError, _request: unknown, reply: FastifyReply): void {
  reply.headers(BARE_HEADERS);
  sendError(reply, meshErrorOf(error));
}

/** Translates errors of fastify and its plugins by their meaning for the caller. */
function meshErrorOf(error: FastifyError): MeshError {
  const [issue] = error.validation ?? [];
  if (issue !== undefined) {
    const path = issue.instancePath.replaceAll('/', '.').slice(1);
    const name = (issue.params['missingProperty'] ?? issue.params['additionalProperty']) as string | undefined;
    const field = [error.validationContext, path || name].filter(Boolean).join('.');
    return new MeshError('field-invalid', { field, expected: issue.message ?? 'another value' }, error);
  }
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new MeshError('frame-too-large', { field: 'body' }, error);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new MeshError('frame-malformed', { field: 'content-type', expected: 'the type that this route accepts' }, error);
    case 'FST_ERR_BAD_URL':
      return new MeshError('frame-malformed', { field: 'path', expected: 'percent-encoded UTF-8' }, error);
    default:
  }
  const status = error.statusCode ?? 500;
  if (status === 404) return new MeshError('not-found', { field: 'path' }, error);
  if (status >= 400 && status < 500) return new MeshError('frame-malformed', { field: 'request', got: error.message }, error);
  return new MeshError('internal', { got: error.message }, error);
}

/** Replaces Node's response to bytes that are not an HTTP request, with our headers. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const mesh =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new MeshError('frame-too-large', { field: 'headers' })
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new MeshError('hello-timeout', { field: 'request', expected: 'a complete request in time' })
        : new MeshError('frame-malformed', { field: 'request', expected: 'HTTP/1.1' });
  refuseAndEnd(socket, mesh);
}

/** The last response on a connection whose request nobody else answers. */
export function refuseAndEnd(socket: Socket, error: MeshError): void {
  const body = JSON.stringify(replyOf(error));
  const { status } = ERRORS[error.code];
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(BARE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? [`Retry-After: ${RETRY_AFTER_S}`] : []),
    'Connection: close',
  ];
  endSoon(socket, `${lines.join('\r\n')}\r\n\r\n${body}`);
}
