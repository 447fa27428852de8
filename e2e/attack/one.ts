/**
 * One attack as a separate program, from the tree that it is started in: `one.ts run NAME` plays it; `one.ts rate NAME|control MS CORE`
 * counts the honest members' models per minute during its flood. The last line of the output is JSON.
 */
import { asMeshError } from '#protocol/errors';
import { Arena } from './arena.ts';
import { ATTACKS } from './attacks.ts';

const [mode, name, ms = '10000', core] = process.argv.slice(2);
const SETTLE_MS = 4000;

function say(value: unknown): Promise<void> {
  return new Promise((resolve) => void process.stdout.write(`${JSON.stringify(value)}\n`, () => resolve()));
}

const grown = async (arena: Arena) => {
  if (Number.isNaN(arena.baseline)) return 0; // no relay was started
  return (await arena.relay()).memory().peak - arena.baseline;
};

async function main(): Promise<void> {
  const attack = ATTACKS.find((one) => one.name === name);
  const arena = new Arena(core === undefined ? {} : { core: Number(core) });
  try {
    if (mode === 'run') {
      const { succeeded, evidence } = await attack!.run(arena);
      await say({ succeeded, evidence, rssGrowthMB: await grown(arena) });
    } else {
      const honest = await arena.honest();
      const stop = await attack?.slow?.(arena);
      await arena.sleep(SETTLE_MS);
      const modelsPerMinute = await honest.rate(Number(ms));
      await stop?.();
      await say({ modelsPerMinute, rssGrowthMB: await grown(arena) });
    }
  } catch (error) {
    await say({ error: error instanceof Error ? (error.stack ?? error.message) : asMeshError(error).message });
  } finally {
    await Promise.race([arena.close(), new Promise((resolve) => setTimeout(resolve, 15_000))]);
  }
  process.exit(0);
}

await main();
