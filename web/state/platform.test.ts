import { expect, test } from 'vitest';
import { missingFeatures } from './platform.ts';

const whole = {
  isSecureContext: true,
  crypto: { subtle: {} },
  navigator: { locks: {} },
  Worker: {},
  WebAssembly: {},
  indexedDB: {},
};

test('a secure, current browser lacks nothing', () => {
  expect(missingFeatures(whole)).toEqual([]);
});

test('an address off HTTPS lacks the context, keys and locks', () => {
  expect(missingFeatures({ ...whole, isSecureContext: false, crypto: {}, navigator: {} })).toEqual(['context', 'crypto', 'locks']);
});

test.each(['worker', 'wasm', 'storage'] as const)('%s alone is enough to stop', (name) => {
  const key = { worker: 'Worker', wasm: 'WebAssembly', storage: 'indexedDB' }[name];
  expect(missingFeatures({ ...whole, [key]: undefined })).toEqual([name]);
});

test('a browser that throws where the site may store nothing lacks the storage, and the page can say so', () => {
  const scope = Object.defineProperty({ ...whole }, 'indexedDB', {
    get: () => {
      throw new DOMException('denied', 'SecurityError');
    },
  });
  expect(missingFeatures(scope)).toEqual(['storage']);
});
