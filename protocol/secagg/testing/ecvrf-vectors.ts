/**
 * The examples of RFC 9381 B.3 and B.4, held against our proofs. Values on the way (H, U, V) are worked out from a proof of ours and its
 * secret key, by other means than in the code under test: H = x^-1 Gamma, U = sB - cY, V = sH - c Gamma.
 */
import { readFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { refusal } from '../../testing/refusal.ts';
import { proofToHash, prove, verify, type VrfSuite } from '../vrf.ts';
import { triedPoint } from './ecvrf-by-hand.ts';

export const ECVRF_FILE = new URL('../../../../shared/vectors/signatures/rfc9381-ecvrf-edwards25519.json', import.meta.url);
/** For those who have no such file. */
export const ECVRF_VECTORS = '../shared/vectors/signatures/rfc9381-ecvrf-edwards25519.json';

interface Input {
  readonly suite_string: '03' | '04';
  readonly pk: string;
  readonly alpha: string;
  readonly pi: string;
}
interface Example extends Input {
  readonly example: number;
  readonly section: string;
  readonly sk: string;
  readonly beta: string;
  readonly h: string;
  /** B.3 only. */
  readonly ctr?: number;
  readonly u?: string;
  readonly v?: string;
}
interface EcvrfVectors {
  readonly vectors: readonly Example[];
  readonly invalid: readonly (Input & { readonly why: string })[];
}

export interface EcvrfJudged {
  /** Examples by section. */
  readonly sections: Readonly<Record<string, number>>;
  readonly values: number;
  readonly refused: number;
  /** What differs, one line each. */
  readonly failed: readonly string[];
}

/** What a whole file gives. */
export const ECVRF_WHOLE: EcvrfJudged = { sections: { 'B.3': 3, 'B.4': 3 }, values: 39, refused: 9, failed: [] };

/** @returns null where the file is absent */
export function judgeEcvrfVectors(): EcvrfJudged | null {
  const text = textOf(ECVRF_FILE);
  if (text === null) return null;
  const { vectors, invalid } = JSON.parse(text) as EcvrfVectors;
  const failed: string[] = [];
  const sections: Record<string, number> = {};
  let [values, refused] = [0, 0];
  for (const example of vectors) {
    sections[example.section] = (sections[example.section] ?? 0) + 1;
    for (const [name, right, got] of comparisons(example)) {
      values++;
      if (got !== right) failed.push(`example ${example.example}, ${name}: expected ${right}, got ${got}`);
    }
  }
  for (const { suite_string, pk, alpha, pi, why } of invalid) {
    if (outcome(suiteOf(suite_string), pk, alpha, pi) === 'signature-invalid') refused++;
    else failed.push(`not refused: ${why}`);
  }
  return { sections, values, refused, failed };
}

function comparisons({ suite_string, sk, pk, alpha, pi, beta, h, ctr, u, v }: Example): (readonly [string, unknown, unknown])[] {
  const suite = suiteOf(suite_string);
  const [secretKey, input] = [hexToBytes(sk), hexToBytes(alpha)];
  const proof = prove(suite, secretKey, input);
  const { point: key, scalar } = ed25519.utils.getExtendedPublicKey(secretKey);
  const { BASE, Fn } = ed25519.Point;
  const gamma = ed25519.Point.fromBytes(proof.slice(0, 32));
  const [c, s] = [bytesToNumberLE(proof.slice(32, 48)), bytesToNumberLE(proof.slice(48))];
  const point = gamma.multiply(Fn.inv(scalar));
  const all = [
    ['pk', pk, key.toHex()],
    ['h', h, point.toHex()],
    ['u', u, BASE.multiply(s).subtract(key.multiply(c)).toHex()],
    ['v', v, point.multiply(s).subtract(gamma.multiply(c)).toHex()],
    ['ctr', ctr, [0, 1, 2, 3].find((counter) => triedPoint(hexToBytes(pk), input, counter)?.equals(point))],
    ['pi', pi, bytesToHex(proof)],
    ['beta of the proof', beta, bytesToHex(proofToHash(suite, hexToBytes(pi)))],
    ['beta verified', beta, outcome(suite, pk, alpha, pi)],
  ] as const;
  return all.filter(([, right]) => right !== undefined);
}

/** The output, or the code of the refusal. */
function outcome(suite: VrfSuite, pk: string, alpha: string, pi: string): string {
  try {
    return bytesToHex(verify(suite, hexToBytes(pk), hexToBytes(alpha), hexToBytes(pi)));
  } catch (error) {
    return refusal(error).code;
  }
}

const suiteOf = (text: Input['suite_string']) => Number.parseInt(text, 16) as VrfSuite;

function textOf(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
