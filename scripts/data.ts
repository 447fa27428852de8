/**
 * `npm run data`: fetches the public data that tests and `npm run prove` read from its publishers, checks every byte, and stores it in a
 * folder that git ignores (data-place.ts). `npm run prove -- data --check` tests this without contacting a publisher.
 *
 *   npm run data                    all sets
 *   npm run data -- optdigits …     some of them
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bring } from './bring-data.ts';
import { checkData } from './data-check.ts';
import { placeOf } from './data-place.ts';
import { NoConnection } from './download.ts';
import { DATA_SETS, SET_NAMES, type SetName } from './public-data.ts';

const isSet = (name: string): name is SetName => Object.hasOwn(DATA_SETS, name);

async function bringAll(names: readonly SetName[]): Promise<void> {
  for (const name of names) {
    const place = placeOf(name);
    try {
      const { fetched, there } = await bring(DATA_SETS[name], place);
      const done = [...(fetched > 0 ? [`${fetched} fetched`] : []), ...(there > 0 ? [`${there} there already`] : [])].join(', ');
      process.stdout.write(
        `${name}: ${done}, as published (${DATA_SETS[name].title}, ${DATA_SETS[name].licence}), in ${fileURLToPath(place.folder)}\n`,
      );
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(
        `${error instanceof NoConnection ? '' : `${name}: `}${error instanceof Error ? error.message : String(error)}\n`,
      );
      if (error instanceof NoConnection) return;
    }
  }
}

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean', default: false } }, allowPositionals: true });
const strange = positionals.find((name) => !isSet(name));
if (strange !== undefined) {
  process.stderr.write(`data set: expected one of ${SET_NAMES.join(', ')}, got ${strange}\n`);
  process.exitCode = 2;
} else if (values.check) await checkData();
else await bringAll(positionals.length === 0 ? SET_NAMES : positionals.filter(isSet));
