/** What statisticians met where a model is judged: members of one class, rivals, verdicts, and figures without what they have to beat. */
import { federationId } from '#protocol/manifest/manifest';
import { parseManifestBody } from '#protocol/manifest/open';
import { openLabEndpoint } from '#workers/lab/endpoint';
import { loadNumerics } from '#wasm/load-node';
import { figureOf } from '#workers/trainer/goodness';
import { loadRows } from '#workers/loader/source';
import { unwrap } from '#workers/answered';
import { trainSolo } from '#workers/solo/solo';
import type { TrainingRows } from '#workers/training-rows';
import { newIdentity, trainInMesh } from '../../bench/founding-mesh.ts';
import { testSetOf } from '../../bench/founding-trial.ts';
import { plainRegression } from '../../bench/plain-regression.ts';
import { rowsText, smallManifest } from '../attack/federation.ts';
import type { Case } from './case.ts';

const CLASSES = ['left', 'right', 'top'] as const;
const ROUNDS = 20;

const ofClass = (name: string, seed: number): string => {
  const [header, ...lines] = rowsText(seed, 600).trim().split('\n');
  return [header, ...lines.filter((line) => line.endsWith(name)).slice(0, 100)].join('\n');
};

/** Rows of the small table; every so many-th answer is another one. */
const noisyText = (seed: number, rows: number, every: number): string => {
  const [header, ...lines] = rowsText(seed, rows).trim().split('\n');
  const turned = lines.map((line, i) => (i % every === 0 ? line.replace(/\w+$/, CLASSES[i % 3]!) : line));
  return [header, ...turned].join('\n');
};

async function small() {
  const { id } = await newIdentity();
  return smallManifest(id, id, {}, ROUNDS);
}

async function read(text: string, share = 0) {
  return loadRows({ table: text, synthetic: true }, await small(), share);
}

/** With the rows of one device, and nothing else of it. */
const labWith = (kept: Awaited<ReturnType<typeof read>>) =>
  openLabEndpoint({
    numerics: loadNumerics(),
    random: (into) => crypto.getRandomValues(into),
    now: () => 0,
    keptRows: async () => kept,
    readPicture: () => Promise.reject(new Error('no pictures')),
  });

export const cases: readonly Case[] = [
  {
    name: 'one-class-member-joins',
    finding: 'members with rows of one class are refused, which is exactly where the mesh wins',
    right: { remarks: ['one-class', 'one-class', 'one-class'], learnt: true },
    async run() {
      const sources = CLASSES.map((name, i) => ({ text: ofClass(name, i + 1) }));
      const remarks = await Promise.all(
        sources.map(async ({ text }) => (await read(text)).report.findings.find(({ code }) => code === 'one-class')?.code),
      );
      const seat = await newIdentity();
      const { bytes, about } = testSetOf((await read(rowsText(9, 300))).rows, 2);
      const rounds = { minContributors: 3, maxContributors: 3, joinWindowMs: 10, deadlineMs: 60_000, takeoverMs: 2000 };
      const privacy = { ...(await small()).privacy, sigma: 1.2, lot: 25 };
      const body = parseManifestBody(smallManifest(seat.id, seat.id, { testSet: about, rounds, privacy }, ROUNDS));
      const { curve } = await trainInMesh(loadNumerics(), seat, body, sources, bytes);
      return { remarks, learnt: curve.at(-1)![1] > 0.6 };
    },
  },
  {
    name: 'rival-on-a-larger-set',
    finding: 'the solo rival is three points below a plain logistic regression on larger sets, which flatters the mesh',
    right: { below: false },
    async run() {
      const body = await small();
      const [{ rows }, { rows: test }] = [await read(noisyText(1, 1000, 4)), await read(noisyText(2, 1000, 4))];
      const solo = trainSolo(await loadNumerics(), body, rows);
      const accuracy = figureOf(solo.goodness(test));
      solo.close();
      const outputs = plainRegression(rows, { classes: 3 }, 'plain')(test.x);
      const right = test.y.filter((label, row) => {
        const of = outputs.subarray(row * 3, row * 3 + 3);
        return of.indexOf(Math.max(...of)) === label;
      });
      return { below: accuracy < right.length / test.y.length - 0.005 };
    },
  },
  {
    name: 'one-verdict-for-the-same-rows',
    finding: 'two verdicts on one page for the same rows: “does not help you”, and “cannot be told apart”',
    right: { same: [true, true, true, true] },
    async run() {
      const same: boolean[] = [];
      for (const [seed, rows] of [
        [1, 100],
        [2, 150],
        [3, 250],
        [4, 400],
      ] as const) {
        const body = await small();
        const lab = labWith(await read(noisyText(seed, rows, 2), 0.4));
        unwrap(await lab.open(federationId(body), body, null, null));
        const [worth, check] = [unwrap(await lab.compareSolo(null)), unwrap(await lab.check(null))];
        same.push(
          worth !== null &&
            worth.better === check?.comparison.better &&
            'accuracy' in check.solo &&
            figureOf(worth.solo) === check.solo.accuracy.value,
        );
      }
      return { same };
    },
  },
  {
    name: 'accuracy-beside-its-baseline',
    finding: 'accuracy stands without its baseline, the majority class',
    right: { scores: true, card: true, comparison: true, subgroups: true },
    async run() {
      const kept = await read(rowsText(5, 300), 0.5);
      const shareOf = ({ y }: TrainingRows) => Math.max(...CLASSES.map((_, c) => y.filter((label) => label === c).length)) / y.length;
      const { bytes, about } = testSetOf(kept.rows, 2);
      const body = { ...(await small()), testSet: about };
      const lab = labWith(kept);
      unwrap(await lab.open(federationId(body), body, null, bytes));
      const scores = unwrap(await lab.score(bytes));
      const { text } = unwrap(await lab.card(scores));
      const check = unwrap(await lab.check('x'))!;
      return {
        scores: scores.guessing === shareOf(kept.rows),
        card: text.includes(`(always saying the most frequent class: ${scores.guessing.toFixed(3)})`),
        comparison: check.comparison.guessing === shareOf(kept.heldOut),
        subgroups: check.subgroups!.groups.every(({ mesh, guessing }) => (mesh === null) === (guessing === null)),
      };
    },
  },
];
