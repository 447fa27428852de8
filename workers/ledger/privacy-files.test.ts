import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashBytes, type Hash } from '#protocol/codec';
import { generateKeyPair, identityOf, type Identity } from '#protocol/identity';
import { federationId, type Manifest } from '#protocol/manifest/manifest';
import { extend, openLedger, release, reserve, signRecord, spent, type Ledger, type Reservation } from '#protocol/privacy/ledger/budget';
import { writeLedgerFile } from '#protocol/privacy/ledger/ledger-file';
import { accountFacts, reportBody, reportGuarantee, subjectOf } from '#protocol/privacy/ledger/report';
import { signReport } from '#protocol/privacy/ledger/report-check';
import { manifestFixture } from '../manifest.fixture.ts';
import { judgeFiles } from './privacy-files.ts';

const body = manifestFixture();
const corners: Manifest = { id: federationId(body), body, signed: { body, by: body.steward as never, sig: new Uint8Array(64) } };
const id = (text: string): Hash => hashBytes(new TextEncoder().encode(text));

let own: Identity;
let ledger: Ledger;
let report: string;
let exported: string;
const diskOf = (of: Ledger) => of.records.map((record) => `${JSON.stringify(record)}\n`).join('');

async function pay(to: Ledger, round: number): Promise<Ledger> {
  const { unit, rate, sigma, clip, delta, gridBits } = body.privacy;
  const terms = { unit, rate, sigma, clip, delta, gridBits, coordinates: 33 };
  const request = { account: 'rows', fed: corners.id, state: id(`${round}`), stateRound: round, ...terms };
  const paid = extend(to, await signRecord(own, reserve(to, request, 8)));
  return extend(paid, await signRecord(own, release(paid, paid.records.at(-1) as Reservation, id(`update ${round}`))));
}

async function reportOf(of: Ledger, change: object = {}): Promise<string> {
  const facts = accountFacts(of, 'rows', subjectOf(corners));
  const guarantee = reportGuarantee(facts.phases, body.privacy.delta);
  const about = { manifest: corners, member: own.id, site: 'https://mesh.example', at: 1, limit: 1, visitBytes: 100 };
  return JSON.stringify(await signReport(own, { ...reportBody({ facts, guarantee, ...about }), ...change }));
}

beforeAll(async () => {
  own = await identityOf(await generateKeyPair(false));
  ledger = await pay(await pay(openLedger([]), 0), 1);
  report = await reportOf(ledger);
  exported = await writeLedgerFile(own, ledger);
});

describe('privacy files', () => {
  it('are valid: a report, an exported ledger and one from a disk agree, with epsilon by every accountant', async () => {
    const verdict = await judgeFiles([
      { name: 'report.json', text: report },
      { name: 'ledger.json', text: exported },
      { name: 'budget.jsonl', text: diskOf(ledger) },
    ]);
    expect(verdict).toMatchObject({
      pass: true,
      wrong: null,
      compared: [
        ['report.json', 'ledger.json'],
        ['report.json', 'budget.jsonl'],
      ],
    });
    for (const { by, bills } of verdict.files) {
      expect(by).toBe(own.id);
      expect(bills).toMatchObject([{ account: 'rows', rounds: 2, federations: 1, guarantee: { by: 'pld' } }]);
      expect(bills[0]!.guarantee.rdp.epsilon).toBe(spent(ledger, 'rows', 1e-5));
    }
  });

  it('name the record that was changed, moved or left out', async () => {
    const records = ledger.records.map((record) => JSON.parse(JSON.stringify(record)) as Record<string, unknown>);
    const wrong = async (changed: unknown[]) =>
      (await judgeFiles([{ name: 'l', text: changed.map((r) => `${JSON.stringify(r)}\n`).join('') }])).wrong;
    expect(await wrong(records.with(2, { ...records[2], sigma: 700 }))).toMatchObject({
      code: 'conflict',
      detail: { field: 'budget.2.hash' },
    });
    expect(await wrong(records.slice(1))).toMatchObject({ code: 'conflict', detail: { field: 'budget.0.seq' } });
    expect(await wrong(records.with(3, { ...records[3], sig: records[2]!['sig'] }))).toMatchObject({
      code: 'signature-invalid',
      detail: { field: 'budget.3.sig' },
    });
    const cut = JSON.parse(exported) as { records: unknown[] };
    const { wrong: short } = await judgeFiles([{ name: 'cut', text: JSON.stringify({ ...cut, records: cut.records.slice(0, 2) }) }]);
    expect(short).toMatchObject({ file: 'cut', code: 'conflict', detail: { field: 'ledger.head' } });
  });

  it('name the claim that does not follow, even if it is signed', async () => {
    const claims = JSON.parse(report) as { body: { guarantee: object } };
    const lower = await reportOf(ledger, { guarantee: { ...claims.body.guarantee, epsilon: 0.01 } });
    const { pass, wrong, files } = await judgeFiles([{ name: 'lower', text: lower }]);
    expect([pass, files, wrong]).toEqual([false, [], expect.objectContaining({ file: 'lower', code: 'conflict' })]);
    expect(wrong!.detail.field).toBe('guarantee.epsilon');
    const beside = { name: 'ledger', text: exported };
    const elsewhere = { name: 'other', text: await reportOf(ledger, { ledger: { head: id('another'), records: 4 } }) };
    expect(await judgeFiles([elsewhere, beside])).toMatchObject({
      pass: false,
      wrong: { file: 'other', detail: { field: 'ledger.head' } },
    });
  });

  it('with any character changed are never valid and different', async () => {
    const texts = [report, exported, diskOf(ledger)];
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.integer({ min: 32, max: 126 }), async (which, place, letter) => {
        const text = texts[which]!;
        const at = place % text.length;
        const changed = text.slice(0, at) + String.fromCharCode(letter) + text.slice(at + 1);
        const { pass, wrong } = await judgeFiles([{ name: 'x', text: changed }]);
        expect(pass ? changed.replaceAll(/\s/g, '') : text.replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
        expect(wrong?.code).not.toBe('internal');
      }),
      { numRuns: 150 },
    );
  });

  it('of any other kind are refused with what was expected', async () => {
    for (const text of ['', '[]', '{}', 'null', '7', 'not a file', '{"body":1,"by":"","sig":""}', '{"kind":"reserve"}']) {
      const { pass, wrong } = await judgeFiles([{ name: 'x', text }]);
      expect([text, pass, wrong?.file, wrong?.code === 'internal']).toEqual([text, false, 'x', false]);
      expect(wrong!.detail.field).toBeDefined();
    }
  });
});

describe('the command', () => {
  const run = promisify(execFile);
  const script = fileURLToPath(new URL('privacy-validate.ts', import.meta.url));

  it('exits 0 if all are valid, 1 with the reason if not, 2 without files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mesh-validate-'));
    try {
      const [good, bad] = [join(folder, 'good.json'), join(folder, 'bad.json')];
      await writeFile(good, report);
      await writeFile(bad, report.replace('"rounds":2', '"rounds":1'));
      const { stdout } = await run(process.execPath, [script, good, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ pass: true, files: [{ file: 'good.json', kind: 'report' }] });
      await expect(run(process.execPath, [script, bad])).rejects.toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/bad.json: signature-invalid: sig/),
      });
      await expect(run(process.execPath, [script, join(folder, 'gone')])).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/not-found: gone/),
      });
      await expect(run(process.execPath, [script])).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/FILE/) });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
