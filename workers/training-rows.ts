/** A member's rows as numbers: loader/ reads them, trainer/ trains on them. */
import type { Rows } from '#wasm/numerics';

/** For each row its class, or its number in units of the model's output (protocol/manifest/number-answer.ts). */
export type Answers = Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** A member's rows as the loader made them. No thread that can reach the network has them (trainer-endpoint.ts). */
export interface TrainingRows extends Rows {
  readonly y: Answers;
  /** Unit of privacy of each row, numbered from 0 without gaps; absent where each row is its own unit. */
  readonly units?: Int32Array;
}
