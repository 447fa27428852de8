/**
 * Memory for a response or request body in progress: reserved before anything is loaded, released when the connection is done with it. A
 * request that finds none waits a moment. Few may wait, in total and per address, because each holds a connection. Memory promised to
 * others serves nobody else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MeshError } from '#protocol/errors';
import { IN_FLIGHT_WAITING_MAX, IN_FLIGHT_WAITING_PER_ADDRESS_MAX, IN_FLIGHT_WAIT_MS } from '#protocol/limits';
import { ByteBudget } from '#signaling/byte-budget';
import type { ClientAddresses } from '#signaling/server/client-address';

/** How often waiting requests check again, in milliseconds. */
const LOOK_MS = 20;

export type HoldRoom = (reply: FastifyReply, bytes: number) => Promise<void>;

/** @returns a promise that resolves once the memory is reserved @throws MeshError overloaded if none became free, or the client has gone */
export function answerRoom(budget: ByteBudget, clients: ClientAddresses, waitMs: number = IN_FLIGHT_WAIT_MS): HoldRoom {
  const waiting = new ByteBudget(IN_FLIGHT_WAITING_MAX, IN_FLIGHT_WAITING_PER_ADDRESS_MAX); // counts requests
  return async (reply, bytes) => {
    const address = clients.of(reply.request.raw);
    const isGone = () => reply.raw.closed || reply.raw.destroyed;
    let taken = !isGone() && budget.take(address, bytes);
    if (!taken && waiting.take(address, 1)) {
      const until = performance.now() + waitMs;
      while (!taken && !isGone() && performance.now() < until) {
        await sleep(LOOK_MS);
        taken = !isGone() && budget.take(address, bytes);
      }
      waiting.give(address, 1);
    }
    if (taken) reply.raw.once('close', () => budget.give(address, bytes));
    else throw new MeshError('overloaded', { field: 'memory', expected: `room for ${bytes} more bytes` });
  };
}

/** The memory for a body: its declared length, at most `max`; `max` if none is declared. */
export function bodyBytes({ headers }: FastifyRequest, max: number): number {
  const said = Number(headers['content-length'] ?? max);
  return said <= max ? said : 0; // a larger body is refused before it is read
}
