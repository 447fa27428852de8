/**
 * The thread that computes model states for a relay's seats: a state of a million parameters takes a third of a second, a mean of many
 * updates longer, and the sockets must not wait for it. One job at a time. protocol/robust/rule.ts defines a state.
 */
import { parentPort } from 'node:worker_threads';
import { asMeshError } from '#protocol/errors';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { aggregateHere } from '#protocol/robust/rule';
import type { FromStates, ToStates } from './states.ts';

const port = parentPort!;
let vectors: Uint8Array[] = [];

async function make(body: ManifestBody, base: Uint8Array | null): Promise<FromStates> {
  const taken = vectors;
  vectors = [];
  try {
    const { hash, bytes } = await aggregateHere(body, base, taken);
    return { ok: true, hash, bytes };
  } catch (error) {
    const { code, detail } = asMeshError(error);
    return { ok: false, code, detail };
  }
}

port.on('message', (message: ToStates) => {
  if (message.t === 'vector') return void vectors.push(message.bytes);
  void make(message.body, message.base).then((reply) => port.postMessage(reply, reply.ok ? [reply.bytes.buffer as ArrayBuffer] : []));
});
