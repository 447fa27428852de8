/**
 * The aggregation rules that a manifest can name, one per file, behind one interface; and the states that they make. Everything here keeps
 * its thread busy: a state of a million parameters takes a third of a second and 8 MB, so callers with links to answer use another thread.
 */
import { hashBytes, type Hash } from '../codec.ts';
import { networkOf, updateLength, updateNormMax, type ManifestBody } from '../manifest/manifest.ts';
import { decodeState, encodeState, type ModelState } from '../model/state.ts';
import { firstState } from './optimizer.ts';
import { checkUpdate } from '../privacy/noise/noisy-update.ts';
import { applyMean, kernelOf } from './mean.ts';

export type RuleTerms = Pick<ManifestBody, 'rule' | 'privacy'>;

export interface Rule {
  /** Names the rule's arithmetic in round records: peers whose rule computes different bits abstain. */
  kernel(terms: RuleTerms): string;
  /**
   * @param vectors noised updates in any order, in grid steps
   * @throws MeshError wrong-length, out-of-bound, not-a-number
   */
  apply(state: ModelState, vectors: readonly Int32Array[], terms: RuleTerms): ModelState;
}

const RULES: Readonly<Record<ManifestBody['rule']['kind'], Rule>> = {
  mean: { kernel: kernelOf, apply: (state, vectors, { rule, privacy }) => applyMean(state, vectors, rule, privacy) },
};

export const ruleOf = ({ rule }: Pick<ManifestBody, 'rule'>): Rule => RULES[rule.kind];

/** A state's safetensors file and its SHA-256. */
export interface MadeState {
  readonly hash: Hash;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The state that a manifest's rule makes of a base and vectors; of null, the first state.
 * @throws MeshError for a state or updates that are none of this manifest's
 */
export type Aggregate = (manifest: ManifestBody, base: Uint8Array | null, vectors: readonly Uint8Array[]) => Promise<MadeState>;

/** In the thread that calls. */
export const aggregateHere: Aggregate = async (manifest, base, vectors) => {
  const network = networkOf(manifest);
  const state = base === null ? firstState(manifest) : nextState(manifest, decodeState(network, base), vectors);
  const bytes = encodeState(network, state);
  return { hash: hashBytes(bytes), bytes };
};

function nextState(manifest: ManifestBody, base: ModelState, vectors: readonly Uint8Array[]): ModelState {
  const length = updateLength(manifest);
  const normMax = updateNormMax(manifest);
  const checked = vectors.map((vector) => checkUpdate(vector, length, normMax));
  return ruleOf(manifest).apply(base, checked, manifest);
}
