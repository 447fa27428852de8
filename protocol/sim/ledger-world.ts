/**
 * One seeded device that reads a federation's records back: its ledger is older than what it did, its relay errs, leaves out and stops
 * early, and the federation's founder writes down acts that were never the device's. It may pay for a round only once it knows all that
 * it signed before. The rules are those of round/chain.ts; a mutant lacks one of them.
 */
import { hashBytes, type Hash } from '../codec.ts';
import { MeshError } from '../errors.ts';
import { idOf, type PeerId } from '../identity.ts';
import { claimedOf, firstPlace, follow, reaches, type Place } from '../round/chain.ts';
import type { CertifiedRecord, RecordBody, UpdateBody, UpdateContribution } from '../round/messages.ts';
import { contributionOf, recordZero, seatRules, type RoundConfig } from '../round/record.ts';
import { Signatures } from './node.ts';
import { seeded, type Random } from './random.ts';

export type LedgerMutant = 'certificate-as-act' | 'gap-as-nothing';
export const LEDGER_MUTANTS: readonly LedgerMutant[] = ['certificate-as-act', 'gap-as-nothing'];
export type LedgerOracle = 'own-act' | 'paid-blind' | 'never-pays';

const PAGE = 4;
const TRIES = 60;
const [SEAT, DEVICE, OTHER] = ['seat', 'device', 'other'].map((name) => name.padEnd(44, 'x') as PeerId) as [PeerId, PeerId, PeerId];
const hash = (text: string): Hash => hashBytes(new TextEncoder().encode(text));

/** @returns the oracles that spoke; none for a device that keeps every rule */
export function runLedgerScenario(seed: number, mutant: LedgerMutant | null = null): LedgerOracle[] {
  const random = seeded(seed);
  const signatures = new Signatures();
  const config = configOf();
  const { chain, signed } = history(config, random, signatures);
  const head = { round: chain.at(-1)!.record.round, id: idOf(chain.at(-1)!.record) };
  // The ledger was put back to what it was after so many of the device's own acts.
  const known = new Set(signed.slice(0, random.between(0, signed.length)));
  const spoke = new Set<LedgerOracle>();
  let place: Place | null = firstPlace(config);
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const page = answer(chain, place.round + 1, random);
      place = follow(config, place, page) ?? place;
      for (const certified of page) {
        const claimed = claimedOf(certified, config);
        if (claimed === null || (mutant !== 'certificate-as-act' && !signatures.verify(claimed))) continue;
        known.add(claimed.body.vector);
        if (!signed.includes(claimed.body.vector)) spoke.add('own-act');
      }
    } catch (error) {
      if (!(error instanceof MeshError)) throw error;
      if (mutant === 'gap-as-nothing') place = head;
    }
    if (!reaches(place, head)) continue;
    if (!signed.every((vector) => known.has(vector))) spoke.add('paid-blind');
    return [...spoke];
  }
  return [...spoke, 'never-pays'];
}

function configOf(): RoundConfig {
  const initial = new TextEncoder().encode('state 0');
  return {
    fed: 'F'.repeat(43) as Hash,
    epoch: 0,
    self: DEVICE,
    ...seatRules([SEAT], 0),
    minContributors: 1,
    maxContributors: 8,
    modelsMax: 1000,
    joinWindowMs: 1,
    deadlineMs: 1,
    takeoverMs: 1,
    tickMs: 1,
    kernel: 'sim/1',
    salt: '',
    initialState: { hash: hashBytes(initial), bytes: initial },
    checkVector: () => null,
  };
}

/** Certified records, some with an act of the device's own, some with one that its founder made up. */
function history(config: RoundConfig, random: Random, signatures: Signatures): { chain: CertifiedRecord[]; signed: Hash[] } {
  const chain: CertifiedRecord[] = [];
  const signed: Hash[] = [];
  let before = recordZero(config).record;
  const length = random.between(1, 40);
  for (let round = 1; round <= length; round++) {
    const update = (by: PeerId): UpdateBody => ({
      t: 'update',
      fed: config.fed,
      epoch: 0,
      attempt: 0,
      state: before.state,
      stateRound: before.stateRound,
      vector: hash(`${by} ${round}`),
      ledger: hash('ledger'),
    });
    const acts: UpdateContribution[] = [contributionOf(signatures.sign(OTHER, update(OTHER)))];
    const kind = random.next();
    if (kind < 0.3) {
      const act = signatures.sign(DEVICE, update(DEVICE));
      signed.push(act.body.vector);
      acts.unshift(contributionOf(act));
    } else if (kind < 0.5) {
      acts.unshift(contributionOf({ body: update(DEVICE), by: DEVICE, sig: new Uint8Array(64) }));
    }
    const record: RecordBody = {
      ...before,
      round,
      base: idOf(before),
      from: { state: before.state, round: before.stateRound },
      state: hash(`state ${round}`),
      stateRound: round,
      models: round,
      contributions: acts,
    };
    const slot = { fed: config.fed, epoch: 0, round, record: idOf(record) };
    const commits = [signatures.sign(SEAT, { t: 'commit', ...slot, view: 0 })];
    chain.push({ record, commits, attests: [signatures.sign(OTHER, { t: 'attest', ...slot })] });
    before = record;
  }
  return { chain, signed };
}

/** What a relay answers: mostly the next page, else nothing, a page with a hole, or an error. */
function answer(chain: readonly CertifiedRecord[], from: number, random: Random): CertifiedRecord[] {
  const page = chain.filter(({ record }) => record.round >= from).slice(0, PAGE);
  if (random.chance(0.6)) return page;
  if (random.chance(0.3)) return [];
  if (random.chance(0.3)) throw new MeshError('not-found', { field: 'records' });
  return page.filter((_, i) => i !== random.between(0, PAGE - 1));
}
