/**
 * Opens the driver of one federation: it translates the manifest for the round core, which reads none, and resumes from storage. The
 * simulator, whose federations have no manifest, makes its drivers itself.
 */
import { hashBytes, toBase64Url, type Hash } from '../codec.ts';
import { asMeshError } from '../errors.ts';
import { signBody, verifySigned, type Identity, type PeerId } from '../identity.ts';
import { seatsOf, updateLength, updateNormMax, type Manifest } from '../manifest/manifest.ts';
import { checkUpdate } from '../privacy/noise/noisy-update.ts';
import { ruleOf, type Aggregate } from '../robust/rule.ts';
import { seatRules, type RoundConfig } from '../round/record.ts';
import { blobsWanted, restoreRound, type Stored } from '../round/state.ts';
import { Driver, type DriverOptions } from './driver.ts';
import type { Storage } from './ports.ts';

export const TICK_MS = 2000;
/** The hash of the first state: a peer that continues from a later one need not recompute it. */
const FIRST_CELL = 'first';

export interface FederationOptions extends Omit<DriverOptions, 'aggregate' | 'sign' | 'verify'> {
  readonly manifest: Manifest;
  readonly identity: Identity;
  readonly aggregate: Aggregate;
}

/** @throws MeshError storage-denied, or any other error in reading the storage */
export async function openDriver(options: FederationOptions): Promise<Driver> {
  const { manifest, identity, aggregate, environment } = options;
  const stored = await readStorage(options.storage);
  const first = await firstStateFor(stored, options);
  const salt = toBase64Url(Uint8Array.from({ length: 16 }, () => environment.random() * 256));
  const config = roundConfig(manifest, identity.id, first, salt);
  const core = restoreRound(config, stored);
  // The core owns its bytes while they are the newest state.
  return new Driver(
    { ...core, config: { ...config, initialState: { hash: first.hash, bytes: null } } },
    {
      ...options,
      sign: (body) => signBody(identity, body),
      verify: verifySigned,
      aggregate: (base, vectors) => aggregate(manifest.body, base, vectors),
    },
  );
}

/** @param salt known only to this peer, and new after every start */
export function roundConfig(manifest: Manifest, self: PeerId, initialState: RoundConfig['initialState'], salt: string): RoundConfig {
  const { body, id } = manifest;
  const length = updateLength(body);
  const normMax = updateNormMax(body);
  const { ids, f } = seatsOf(body);
  return {
    fed: id,
    epoch: 0,
    self,
    ...seatRules(ids, f),
    ...body.rounds,
    modelsMax: body.privacy.rounds,
    tickMs: TICK_MS,
    kernel: ruleOf(body).kernel(body),
    salt,
    initialState,
    checkVector: (vector) => {
      try {
        checkUpdate(vector, length, normMax);
        return null;
      } catch (error) {
        return asMeshError(error).code === 'wrong-length' ? 'wrong-length' : 'out-of-bound';
      }
    },
  };
}

/** Everything a core needs from it. Damaged data counts as lost: others have it. */
async function readStorage({ log, blobs, cells }: Storage): Promise<Stored> {
  const found = { head: await log.head(), cells: await cells.read() };
  const bytes = new Map<Hash, Uint8Array>();
  for (const hash of blobsWanted(found)) {
    const kept = await blobs.get(hash);
    if (kept !== null && hashBytes(kept) === hash) bytes.set(hash, kept);
  }
  return { ...found, blobs: bytes };
}

async function firstStateFor({ head, cells }: Stored, options: FederationOptions): Promise<RoundConfig['initialState']> {
  const kept = cells.get(FIRST_CELL);
  if (typeof kept === 'string' && (head?.record.stateRound ?? 0) > 0) return { hash: kept as Hash, bytes: null };
  const first = await options.aggregate(options.manifest.body, null, []);
  // It can be made again, so nothing hangs on this write.
  if (kept !== first.hash) await options.storage.write({ puts: [{ key: FIRST_CELL, value: first.hash }] }).catch(() => {});
  return first;
}
