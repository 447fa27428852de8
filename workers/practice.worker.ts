/**
 * One thread of a practice: a made-up participant, or the seat, as requested. It opens no socket and no storage; ending the thread ends
 * everything.
 */
import * as Comlink from 'comlink';
import { MeshError } from '#protocol/errors';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import type { SignedManifest } from '#protocol/manifest/manifest';
import { fetchSample } from '#signaling/relay-client';
import { servedFrom } from '#signaling/relay-url';
import { loadNumerics } from '#wasm/load-web';
import type { PracticeWorker } from './practice/api.ts';
import { openParticipant, type Participant } from './practice/participant.ts';
import { foundPractice, sitForPractice } from './practice/seat.ts';
import { answering, unwrap } from './answered.ts';

let self: Identity | null = null;
let founded: SignedManifest | null = null;
let participant: Participant | null = null;

function ready<T>(value: T | null, call: string): T {
  if (value === null) throw new MeshError('internal', { expected: `${call}() first` });
  return value;
}

const worker = answering<PracticeWorker>({
  async identify() {
    self = await identityOf(await generateKeyPair(false));
    return self.id;
  },
  async found(like, members, sampled, testSet) {
    const practice = await foundPractice(ready(self, 'identify'), like, members, sampled, testSet);
    founded = practice.manifest;
    return practice;
  },
  async sit(ports, failed) {
    await sitForPractice(ready(self, 'identify'), ready(founded, 'found'), ports, failed);
    return null;
  },
  async takePart(entry, ports, listener) {
    const options = { identity: ready(self, 'identify'), entry, ports, listener, numerics: loadNumerics() };
    participant = await openParticipant({ ...options, fetchSample: (name) => fetchSample(servedFrom(), name) });
    return null;
  },
  alone: () => ready(participant, 'takePart').alone(),
  download: async () => unwrap(await ready(participant, 'takePart').peer.download()),
});

Comlink.expose(worker);
