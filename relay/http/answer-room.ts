/**
 * Room in memory for what an answer or a body keeps there while it is under way: taken before anything is loaded, given back when the
 * connection is done with it. Who finds none waits a moment; nobody is answered out of memory that others have been promised.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MeshError } from '#protocol/errors';
import { IN_FLIGHT_WAIT_MS } from '#protocol/limits';
import type { ByteBudget } from '#signaling/byte-budget';
import type { ClientAddresses } from '#signaling/client-address';

/** How often those who wait look again, in milliseconds. */
const LOOK_MS = 20;

export type HoldRoom = (reply: FastifyReply, bytes: number) => Promise<void>;

/** @returns what resolves once the room is taken. @throws MeshError overloaded: none came free, or whoever asked has gone */
export function answerRoom(budget: ByteBudget, clients: ClientAddresses, waitMs: number = IN_FLIGHT_WAIT_MS): HoldRoom {
  return async (reply, bytes) => {
    const address = clients.of(reply.request.raw);
    const until = performance.now() + waitMs;
    while (!reply.raw.closed && !reply.raw.destroyed) {
      if (budget.take(address, bytes)) {
        reply.raw.once('close', () => budget.give(address, bytes));
        return;
      }
      if (performance.now() >= until) break;
      await sleep(LOOK_MS);
    }
    throw new MeshError('overloaded', { field: 'memory', expected: `room for ${bytes} bytes under way` });
  };
}

/** What a body will take: what its sender says, at most `max`; all of that where it says nothing. */
export function bodyBytes({ headers }: FastifyRequest, max: number): number {
  const said = Number(headers['content-length'] ?? max);
  return said <= max ? said : 0; // what is too large is refused before it is read
}
