import { expect, test } from 'vitest';
import { machineCard, noteBrowser } from './machine-card.ts';

test('a machine’s card has its limits, and the browser that was started', () => {
  expect(machineCard().browser).toBeNull();
  noteBrowser('1.2.3');
  const start = performance.now();
  const card = machineCard();
  expect(performance.now() - start).toBeLessThan(10_000); // two seconds on a quiet machine
  expect(card.browser).toBe('1.2.3');
  expect(card.cores).toBeGreaterThan(0);
  expect(card.copyGBs).toBeGreaterThan(0.1);
  expect(card.engine).toContain(process.versions.v8);
  expect(typeof card.peak === 'string' || card.peak.mulAdd > 0.5).toBe(true);
  for (const size of Object.values(card.cachesKB)) expect(size === null || size >= 8).toBe(true);
});
