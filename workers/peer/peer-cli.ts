/**
 * `npm run peer`: headless peers beside a running relay, so that one person can see a federation train. Without --data each takes
 * a part of the sample rows that the relay serves; those are synthetic.
 */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asMeshError, MeshError } from '#protocol/errors';
import { idArguments } from '#protocol/id-arguments';
import { openHeadlessPeer, type HeadlessPeer } from './headless.ts';
import { agreement, explained, progress, spentWords } from './peer-words.ts';
import type { DataSource } from '../rows/trainer-endpoint.ts';

const HELP = `npm run peer -- [options]
  --relay URL          the relay (http://localhost:8710)
  --federation ID      its id; a name counts only for federations of the relay's own (Handwritten digits)
  --data FILE          rows of this peer; without it: sample parts, synthetic
  --sample NAME        which sample files, by their beginning (digits or table)
  --peers N            how many peers (2), each with the next part of the sample
  --epsilon E          budget of each (the federation's own)
  --folder DIR         where keys and budgets are kept (data/peers)
`;

const { values } = parseArgs({
  args: idArguments(process.argv.slice(2), ['--federation']),
  options: {
    relay: { type: 'string', default: 'http://localhost:8710' },
    federation: { type: 'string', default: 'Handwritten digits' },
    data: { type: 'string' },
    sample: { type: 'string', default: 'digits' },
    peers: { type: 'string', default: '2' },
    epsilon: { type: 'string' },
    folder: { type: 'string', default: 'data/peers' },
    help: { type: 'boolean', default: false },
  },
});

function wrong(option: string, expected: string, got: string): never {
  process.stderr.write(`--${option}: expected ${expected}, got ${got}\n`);
  process.exit(2);
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const count = Number(values.peers);
  if (!Number.isInteger(count) || count < 1 || count > 32) wrong('peers', '1 to 32', values.peers);
  const epsilon = values.epsilon === undefined ? undefined : Number(values.epsilon);
  if (epsilon !== undefined && !(epsilon > 0)) wrong('epsilon', 'a number above 0', values.epsilon!);
  const open: HeadlessPeer[] = [];
  const stop = () => void Promise.all(open.splice(0).map((p) => p.close())).then(() => process.exit(0));
  for (let i = 0; i < count; i++) {
    // The first visitor tends to pick part 1: peers take the parts from the other end.
    const data: DataSource =
      values.data === undefined ? { sample: `${values.sample}-${3 - (i % 3)}.csv` } : { file: await openAsBlob(values.data) };
    let shown = '';
    let spent = false;
    const saySpent = () => {
      if (!spent) process.stdout.write(spentWords(i + 1, values.data === undefined));
      spent = true;
    };
    const opening = openHeadlessPeer({
      relay: values.relay,
      federation: values.federation,
      folder: join(values.folder, `peer-${i + 1}`),
      data,
      ...(epsilon === undefined ? {} : { epsilon }),
      onOffer: (manifest, offer) => process.stdout.write(`peer ${i + 1}: ${agreement(manifest, offer)}\n`),
      onSnapshot(snapshot) {
        const line = `peer ${i + 1}: ${progress(snapshot)}`;
        if (line !== shown) process.stdout.write(`${(shown = line)}\n`);
        // It stays: others may need it to recompute the state and to see that the model was made.
        if (snapshot.activity === 'budget-spent') saySpent();
        // Then nobody needs it any more.
        if (open.length > 0 && open.every((p) => p.snapshot()?.activity === 'ended')) stop();
      },
    });
    try {
      open.push(await opening);
    } catch (error) {
      if (!(error instanceof MeshError) || error.code !== 'budget-spent') throw error;
      saySpent();
    }
  }
  // Nobody takes part: what was asked for was not done.
  if (open.length === 0) process.exitCode = 1;
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${explained(asMeshError(error))}\n`);
  process.exit(1);
});
