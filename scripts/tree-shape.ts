/**
 * The current shape of the tree: circles, imports against the order of rooms, crowded folders, lengths of files, exports of each room, and
 * the files on two paths (walked-files.ts): one row of a CSV file to tensors, and a request for a federation's last record to a relay's
 * disk and back. `npm run prove -- tree`; `--list` lists the files of both paths.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hashBytes, type Hash } from '#protocol/codec';
import type { ManifestBody } from '#protocol/manifest/manifest';
import { PATHS } from '#protocol/rest';
import { readConfig } from '#relay/config';
import { startRelay } from '#relay/relay';
import type { Store } from '#relay/store/store';
import { loadRows } from '#workers/loader/source';
import { manifestFixture } from '#workers/manifest.fixture';
import { percentile, verdict } from '../e2e/verdict.ts';
import { circlesOf, importGraph, upwardImports } from './import-graph.ts';
import { crowdedFolders, isTest, lineCount } from './tidy.ts';
import { readTree } from './tree.ts';
import { Walks } from './walked-files.ts';

const ROW_FILES_MAX = 70;
const HEAD_FILES_MAX = 10;
const PRODUCT = /^(protocol|wasm|signaling|workers|relay|web)\/.*\.tsx?$/;

/** Numbers, classes and dates with a gap, and one row as in its file. */
const ROWS: ManifestBody = {
  ...manifestFixture(),
  task: {
    kind: 'table',
    columns: [
      { kind: 'number', name: 'age', min: 0, max: 100, missing: 'fill' },
      { kind: 'category', name: 'port', values: ['S', 'C', 'Q'] },
      { kind: 'date', name: 'seen', from: '2020-01-01', to: '2026-12-31', weekday: true },
    ],
    label: { name: 'survived', classes: ['no', 'yes'] },
    picture: null,
  },
};
const CSV = 'age;port;seen;survived\n"22,5";S;03.12.2024;no\n;C;14.02.2025;yes\n';

const walkOfRow = (walks: Walks) => {
  const load = () => loadRows({ table: new Blob([CSV]), synthetic: false }, ROWS, 0);
  return load().then(() => walks.of(load));
};

/** On a whole relay in this process, with its store in a separate thread; without a seat, which is not involved. */
async function walkOfHead(walks: Walks): Promise<string[]> {
  const data = await mkdtemp(join(tmpdir(), 'mesh-tree-'));
  const found: { id: Hash; store: Store }[] = [];
  const relay = await startRelay(readConfig(['--port', '0', '--data', data], {}), {
    log: { debug() {}, info() {}, warn() {}, error() {} },
    startSeat: ({ id }, { store }) => {
      found.push({ id, store });
      return { problem: null, isContributor: () => false, close: async () => {} };
    },
  });
  try {
    const { id, store } = found[0]!;
    const bytes = new TextEncoder().encode('a record');
    await store.write(id, { append: [{ epoch: 0, round: 1, id: hashBytes(bytes), state: hashBytes(bytes), bytes, vectors: [] }] }, 0);
    const url = `${relay.url}/${PATHS.head(id)}`;
    const ask = async () => {
      const reply = await fetch(url, { headers: { accept: 'application/json' } });
      if (((await reply.json()) as { round?: number }).round !== 1) throw new Error(`expected round 1, got status ${reply.status}`);
    };
    await ask();
    return await walks.of(ask);
  } finally {
    await relay.close();
    await rm(data, { recursive: true });
  }
}

/** Exported names, by room of at most two path segments. */
function exportsByFolder(files: readonly { readonly path: string; readonly text: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { path, text } of files) {
    const folder = path.split('/').slice(0, -1).slice(0, 2).join('/');
    counts[folder] = (counts[folder] ?? 0) + (text.match(/^export (?!default)/gm)?.length ?? 0);
  }
  return counts;
}

const { list } = parseArgs({ options: { list: { type: 'boolean', default: false } } }).values;
const product = readTree().filter(({ path }) => PRODUCT.test(path) && !isTest(path));
const graph = importGraph(product);
const walks = new Walks();
const [row, head] = [await walkOfRow(walks), await walkOfHead(walks)];
walks.close();
if (list) process.stderr.write(`a row of a CSV file:\n  ${row.join('\n  ')}\nthe head of a federation:\n  ${head.join('\n  ')}\n`);

const [circles, upward, crowded] = [circlesOf(graph), upwardImports(graph), crowdedFolders(product.map(({ path }) => path))];
const lines = product.map(({ text }) => lineCount(text));
const short = circles.length === 0 && upward.length === 0 && crowded.length === 0;
verdict(
  'tree',
  short && row.length > 0 && row.length <= ROW_FILES_MAX && head.length > 0 && head.length <= HEAD_FILES_MAX,
  {
    files: product.length,
    circles,
    upward,
    crowded,
    linesMedian: percentile(lines, 0.5),
    linesMax: Math.max(...lines),
    exports: exportsByFolder(product),
    rowFiles: row.length,
    headFiles: head.length,
  },
  { circles: 0, upward: 0, crowded: 0, rowFiles: ROW_FILES_MAX, headFiles: HEAD_FILES_MAX },
);
