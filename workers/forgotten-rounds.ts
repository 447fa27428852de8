/**
 * Watches for rounds of this device that its ledger has forgotten (witnessed.ts): before rows are paid for, at every record that is decided,
 * and over records that were decided while nobody looked.
 */
import type { Manifest } from '#protocol/manifest';
import type { CertifiedRecord } from '#protocol/round/messages';
import type { RoundConfig } from '#protocol/round/records';
import { LedgerBook } from './ledger-book.ts';
import { patiently } from './patiently.ts';
import type { Platform } from './platform.ts';
import { countAllWitnessed, countWitnessed, knownUpTo, type Witnessed } from './witnessed.ts';

interface Asked {
  config(): RoundConfig;
  /** After something was found that nobody waited for. */
  recount(): Promise<void>;
}

export class ForgottenRounds {
  /** Rounds that were found and counted. */
  found = 0;
  /** The last round that was decided while this session looked on. */
  #last = 0;
  readonly #platform: Platform;
  readonly #manifest: Manifest;
  readonly #config: () => RoundConfig;
  readonly #recount: () => Promise<void>;

  constructor(platform: Platform, manifest: Manifest, { config, recount }: Asked) {
    this.#platform = platform;
    this.#manifest = manifest;
    this.#config = config;
    this.#recount = recount;
  }

  /** Asks for the records since the last payment that the ledger knows of, and counts what it finds in them. */
  async look(from?: number): Promise<void> {
    const source = this.#platform.records;
    if (source === undefined) return;
    await patiently(async (late) => {
      const deps = await this.#deps();
      const found = await countAllWitnessed(deps, source, from ?? knownUpTo(deps.book.ledger, this.#manifest.id) + 1);
      await this.#note(found, late() || from !== undefined);
    });
  }

  /** A record that was just decided, and those before it that were missed. @param paying whether rows are loaded here */
  async compare(certified: CertifiedRecord, paying: boolean): Promise<void> {
    const { round } = certified.record;
    const missed = this.#last > 0 && round > this.#last + 1 ? this.#last + 1 : null;
    this.#last = round;
    if (!paying) return;
    await this.#note(await countWitnessed(await this.#deps(), [certified]), true);
    if (missed !== null) await this.look(missed);
  }

  async #note(found: number, recount: boolean): Promise<void> {
    this.found += found;
    if (found > 0 && recount) await this.#recount();
  }

  async #deps(): Promise<Witnessed> {
    return { book: await LedgerBook.open(this.#platform), manifest: this.#manifest, config: this.#config() };
  }
}
