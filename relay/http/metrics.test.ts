import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newIdentity, signedBytes, testManifest } from '../manifest.fixture.ts';
import { startTestApp, type TestApp } from './app.fixture.ts';
import { exposition } from './exposition.ts';

describe('GET /metrics', () => {
  let t: TestApp;
  beforeEach(async () => {
    t = await startTestApp();
  });
  afterEach(() => t.close());

  it('has Prometheus’s format: a help, a type and numbers for each metric, by federation and region', async () => {
    const steward = await newIdentity();
    const { manifest } = await t.federations.publish(await signedBytes(steward, testManifest(steward.id, t.self.id)));
    const answer = await fetch(`${t.url}/metrics`);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    const text = await answer.text();
    expect(text.endsWith('\n')).toBe(true);
    const named = new Set<string>();
    for (const line of text.trimEnd().split('\n')) {
      const comment = /^# (?:HELP|TYPE) (\w+) ./.exec(line);
      if (comment !== null) named.add(comment[1]!);
      const sample = comment ?? /^(\w+)(?:\{(?:\w+="[^"]*",?)+\})? (\S+)$/.exec(line);
      expect(named).toContain(sample?.[1]);
      expect(comment !== null || Number(sample![2]) >= 0).toBe(true);
    }
    const labels = `{federation="${manifest.id}",region="local"}`;
    expect(text).toContain('sovereignmap_mesh_connected 3\n');
    expect(text).toContain('sovereignmap_waiting_bytes 7\n');
    expect(text).toContain('sovereignmap_sockets_refused_total{why="slow"} 4\n');
    expect(text).toContain(`sovereignmap_active_clients${labels} 3\n`);
    expect(text).toContain(`sovereignmap_fl_rounds_total${labels} 0\n`);
    expect(text).toContain(`sovereignmap_privacy_epsilon_spent${labels} 0\n`);
  });

  it('is refused while the relay drains', async () => {
    t.live.state = 'draining';
    expect((await fetch(`${t.url}/metrics`)).status).toBe(503);
  });
});

it('a label cannot break out of its line, and special values have Prometheus’s spelling', () => {
  const samples = [{ labels: { region: 'a"} 1\n\\b' }, value: Infinity }, { value: Number.NaN }];
  expect(exposition([{ name: 'x', type: 'gauge', help: 'Two\nlines.', samples }])).toBe(
    '# HELP x Two\\nlines.\n# TYPE x gauge\nx{region="a\\"} 1\\n\\\\b"} +Inf\nx NaN\n',
  );
});
