/** The tree keeps its rules; and the checker finds violations, so that a clean result means something. */
import { describe, expect, test } from 'vitest';
import { ERRORS } from '#protocol/errors';
import * as limits from '#protocol/limits';
import { circlesOf, importGraph, upwardImports } from './import-graph.ts';
import { complaintsAbout, crowdedFolders, emptyRooms, FOLDER_FILES_MAX, importsOf, isTest, roomOf } from './tidy.ts';
import { LINES_LONG, LINES_MAX, lineCount } from './tidy.ts';
import { readTree } from './tree.ts';

/** Files that are too long until they are split; files that have become short must leave this list. */
const STILL_LONG: readonly string[] = [];

const files = readTree();
const product = files.filter(({ path }) => /\.tsx?$/.test(path) && !isTest(path));

const graph = importGraph(product);

const rulesBroken = (path: string, text: string) => complaintsAbout({ path, text }).map(({ rule }) => rule);
const header = '/** What it is. */\n';

describe('the tree', () => {
  test('was found', () => {
    expect(product.length).toBeGreaterThan(50);
    for (const folder of ['protocol', 'wasm', 'signaling', 'workers', 'relay', 'web']) {
      expect(
        product.some(({ path }) => path.startsWith(`${folder}/`)),
        folder,
      ).toBe(true);
    }
  });

  test('keeps the rules of the house', () => {
    const complaints = files.flatMap(complaintsAbout).filter(({ path, rule }) => rule !== 'length' || !STILL_LONG.includes(path));
    expect(complaints.map(({ path, rule, what }) => `${path}: ${rule}: ${what}`)).toEqual([]);
  });

  test('has no circles between files, types included', () => {
    expect(circlesOf(graph)).toEqual([]);
  });

  test('imports nothing from a room above', () => {
    expect(upwardImports(graph)).toEqual([]);
    const roomless = product.filter(({ path }) => roomOf(path) < 0).map(({ path }) => path);
    expect(roomless).toEqual(['vite.config.ts', 'vite.relay.config.ts', 'vitest.config.ts']);
    expect(emptyRooms(product.map(({ path }) => path))).toEqual([]);
  });

  test('has no crowded folder', () => {
    expect(crowdedFolders(product.map(({ path }) => path))).toEqual([]);
  });

  test('has no exception that is no longer needed', () => {
    const long = files.filter(({ text }) => lineCount(text) > LINES_MAX).map(({ path }) => path);
    expect(STILL_LONG.filter((path) => !long.includes(path))).toEqual([]);
  });

  test('has mostly short files', () => {
    const long = product.filter(({ text }) => lineCount(text) > LINES_LONG).map(({ path, text }) => `${path} (${lineCount(text)} lines)`);
    const lengths = product.map(({ text }) => lineCount(text)).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)], `over ${LINES_LONG} lines: ${long.join(', ') || 'none'}`).toBeLessThan(140);
    expect(long.length / product.length, long.join(', ')).toBeLessThan(0.05);
  });

  test('uses every limit', () => {
    const own = files.find(({ path }) => path === 'protocol/limits.ts')!.text;
    const others = product
      .filter(({ path }) => path !== 'protocol/limits.ts')
      .map(({ text }) => text)
      .join('\n');
    const uses = (text: string, name: string) => text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;
    expect(Object.keys(limits).filter((name) => uses(others, name) === 0 && uses(own, name) < 2)).toEqual([]);
  });

  test('has a text for every error code', () => {
    const texts = files.find(({ path }) => path === 'web/i18n/errors-en.ts')!.text;
    expect(Object.keys(ERRORS).filter((code) => !new RegExp(`^\\s*'?${code}'?:`, 'm').test(texts))).toEqual([]);
  });

  test('raises no error code that the table lacks', () => {
    const raised = product.flatMap(({ text }) => [...text.matchAll(/new MeshError\(\s*'([^']+)'/g)].map(([, code]) => code!));
    expect(raised.length).toBeGreaterThan(50);
    expect(raised.filter((code) => !(code in ERRORS))).toEqual([]);
  });
});

describe('the checker', () => {
  test.each([
    ['protocol/a.ts', "import { x } from '#wasm/numerics';"],
    ['protocol/a.ts', "import { readFile } from 'node:fs';"],
    ['protocol/a.ts', "import * as z from 'zod';"],
    ['protocol/round/a.ts', "import { x } from '../../relay/config.ts';"],
    ['protocol/round/a.ts', "import { x } from './state';"],
    ['wasm/a.ts', "export { x } from '#protocol/limits';"],
    ['signaling/a.ts', "import type { X } from '#workers/api';"],
    ['workers/a.ts', "const relay = await import('#relay/config');"],
    ['relay/a.ts', "import '#workers/trainer/trainer';"],
    ['web/state/a.ts', "import { openTrainer } from '#workers/trainer/trainer';"],
    ['web/state/a.ts', "import { type A, openTrainer } from '#workers/trainer/trainer';"],
    ['web/state/a.ts', "import {\n  openTrainer,\n} from '#workers/trainer/trainer';"],
    ['web/state/a.tsx', "import { mlp } from '#wasm/core';"],
    ['web/state/a.ts', "const rows = new Worker(new URL('../../workers/loader.ts', import.meta.url));"],
  ])('refuses an import that points the wrong way: %s, %s', (path, line) => {
    expect(rulesBroken(path, `${header}${line}\n`)).toEqual(['import']);
  });

  test.each([
    ['web/state/a.ts', "import type { Snapshot } from '#workers/api';"],
    ['web/state/a.ts', "import { type Snapshot, type Problem } from '#workers/api';"],
    ['web/state/a.ts', "const peer = new Worker(new URL('../../workers/peer.worker.ts', import.meta.url));"],
    ['web/main.tsx', "import './styles/base.css';"],
    ['workers/a.ts', "import { mlp } from '#wasm/core';"],
    ['relay/a.ts', "import { openMesh } from '#signaling/mesh';"],
    ['relay/a.ts', "import { readFile } from 'node:fs/promises';"],
    ['protocol/a.ts', "import * as z from 'zod/mini';"],
    ['protocol/a.ts', "// import { x } from '#relay/config';"],
    ['protocol/a.test.ts', "import { x } from '#relay/config';"],
  ])('lets pass what is allowed: %s, %s', (path, line) => {
    expect(rulesBroken(path, `${header}${line}\n`)).toEqual([]);
  });

  const graphOf = (imports: Readonly<Record<string, string>>) =>
    importGraph(
      Object.entries(imports).map(([path, target]) => ({ path, text: target === '' ? '' : `import type { X } from '${target}';\n` })),
    );

  test('finds circles, however far around', () => {
    const there = { 'web/a.ts': './b.tsx', 'web/b.tsx': '#protocol/c', 'protocol/c.ts': './d.ts' };
    expect(circlesOf(graphOf({ ...there, 'protocol/d.ts': '' }))).toEqual([]);
    expect(circlesOf(graphOf({ ...there, 'protocol/d.ts': '../web/a.ts' }))).toEqual([
      ['protocol/c.ts', 'protocol/d.ts', 'web/a.ts', 'web/b.tsx'],
    ]);
    expect(circlesOf(graphOf({ 'relay/a.ts': './b.ts', 'relay/b.ts': './c.ts', 'relay/c.ts': './b.ts' }))).toEqual([
      ['relay/b.ts', 'relay/c.ts'],
    ]);
  });

  test.each([
    ['workers/loader/cells/a.ts', '../lines/b.ts'],
    ['workers/loader/table/a.ts', '../source.ts'],
    ['workers/ledger/a.ts', '../peer/platform.ts'],
    ['workers/api.ts', './peer.worker.ts'],
    ['protocol/codec.ts', './identity.ts'],
    ['relay/store/a.ts', '../seat.ts'],
  ])('refuses an import from a room above: %s, %s', (path, target) => {
    const file = target.startsWith('..') ? path.split('/').slice(0, -2) : path.split('/').slice(0, -1);
    const above = [...file, target.replace(/^\.+\//, '')].join('/');
    expect(upwardImports(graphOf({ [path]: target, [above]: '' }))).toEqual([`${path} -> ${above}`]);
    expect(upwardImports(graphOf({ [above]: `#${path.slice(0, -3)}`, [path]: '' }))).toEqual([]);
  });

  test('counts the product files of a folder', () => {
    const paths = Array.from({ length: FOLDER_FILES_MAX }, (_, i) => `web/ui/a${i}.ts`);
    expect(crowdedFolders([...paths, 'web/ui/a.test.ts', 'web/ui/draw/b.ts'])).toEqual([]);
    expect(crowdedFolders([...paths, 'web/ui/b.ts'])).toEqual([`web/ui (${FOLDER_FILES_MAX + 1} files)`]);
  });

  test('reads imports in every form', () => {
    const text =
      "import a from 'a';\nimport type { B } from 'b';\nexport * from 'c';\nimport 'd';\nconst e = import('e');\ntype F = typeof import('f');\n";
    expect(
      importsOf(text)
        .map(({ target }) => target)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(
      importsOf(text)
        .filter(({ typesOnly }) => typesOnly)
        .map(({ target }) => target),
    ).toEqual(['b', 'f']);
  });

  test.each([
    'relay/utils.ts',
    'relay/helpers/a.ts',
    'web/common.ts',
    'signaling/link-manager.ts',
    'web/PeerList.tsx',
    'relay/read_file.ts',
  ])('refuses the name %s', (path) => {
    expect(rulesBroken(path, header)).toEqual(['name']);
  });

  test('refuses a file without a header, but not a test', () => {
    expect(rulesBroken('relay/a.ts', "import { a } from './b.ts';\n")).toEqual(['header']);
    expect(rulesBroken('relay/a.test.ts', "import { a } from './b.ts';\n")).toEqual([]);
  });

  test('refuses a file past the length', () => {
    expect(rulesBroken('relay/a.ts', header + '\n'.repeat(LINES_MAX))).toEqual(['length']);
    expect(rulesBroken('relay/a.ts', header + '\n'.repeat(LINES_MAX - 1))).toEqual([]);
  });

  test.each([
    'const x = Math.random();',
    'console.log(1);',
    'let x: any;',
    'const y = x as any;',
    'const m = new Map<any, string>();',
    '// TO' + 'DO later',
    '/* FIX' + 'ME */',
  ])('refuses the words of %s', (line) => {
    expect(rulesBroken('relay/a.ts', `${header}${line}\n`)).toEqual(['word']);
  });

  test('lets comments and tests speak of what is banned', () => {
    expect(
      rulesBroken(
        'relay/a.ts',
        `${header}// Math.random is no source of noise: any value could be guessed.\nconst text = 'as any other';\n`,
      ),
    ).toEqual([]);
    expect(rulesBroken('relay/a.test.ts', 'const x = Math.random();\n')).toEqual([]);
  });

  test.each(["const a = '/" + "tmp/x';", 'See /' + 'work/main.', 'cd /' + 'root/x', 'https://registry.' + 'npmjs.org/x'])(
    'refuses the trace of a machine in %s',
    (line) => {
      expect(rulesBroken('docs/a.md', `${line}\n`)).toEqual(['machine']);
    },
  );
});
