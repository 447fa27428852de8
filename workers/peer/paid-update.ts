/**
 * One paid update: the budget is reserved on disk before a row is drawn, and the update is on disk before its release. A crash at any point
 * leaves nothing, or a payment without an update, or an update that will be sent unchanged: never a second update from one state, and never
 * an unpaid one.
 */
import type { Hash } from '#protocol/codec';
import { networkOf, type Manifest } from '#protocol/manifest/manifest';
import { decodeState } from '#protocol/model/state';
import { systemEnvironment } from '#signaling/environment';
import type { Environment, Storage } from '#protocol/driver/ports';
import { MADE, type Account, type MadeUpdate } from '../ledger/account.ts';
import type { TrainerEndpoint } from '../rows/trainer-endpoint.ts';
import { endOfTurn } from '../trainer/turn.ts';
import { unwrap } from '../answered.ts';

/**
 * Makes this device's update from a state, or returns the one that a crash kept from being sent. Either may leave only once `turn`
 * resolves, at a time that does not depend on the lot (turn.ts).
 */
export async function makePaidUpdate(
  from: { readonly state: Hash; readonly stateRound: number; readonly bytes: Uint8Array },
  deps: {
    readonly manifest: Manifest;
    readonly account: Account;
    readonly epsilon: number;
    readonly storage: Pick<Storage, 'cells' | 'write'>;
    readonly trainer: TrainerEndpoint;
    readonly clock?: Pick<Environment, 'now' | 'timer'>;
  },
): Promise<{ readonly vector: Uint8Array; readonly ledger: Hash; readonly turn: () => Promise<void> }> {
  const { manifest, account, epsilon, storage, trainer, clock = systemEnvironment } = deps;
  const turnMs = unwrap(await trainer.pace());
  const asked = clock.now();
  let paid = asked;
  const turn = () => endOfTurn(clock, asked, paid, turnMs);
  const made = (await storage.cells.read()).get(MADE) as MadeUpdate | undefined;
  if (made?.state === from.state && made.stateRound === from.stateRound) {
    await account.settle(manifest, made);
    return { ...made, turn };
  }
  const { parameters, clip } = decodeState(networkOf(manifest.body), from.bytes);
  const update = await account.pay(
    manifest,
    from.state,
    from.stateRound,
    epsilon,
    async () => {
      paid = clock.now();
      return { vector: unwrap(await trainer.makeUpdate(parameters, clip)) };
    },
    (value) => storage.write({ puts: [{ key: MADE, value }] }),
  );
  return { ...update, turn };
}
