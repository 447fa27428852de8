/** The lab's own thread in a page, with numerics of its own: lab/endpoint.ts behind comlink. */
import * as Comlink from 'comlink';
import { MeshError } from '#protocol/errors';
import { loadNumerics } from '#wasm/load-web';
import { readKeptRows } from './kept-rows.ts';
import { openLabEndpoint } from './lab/endpoint.ts';

const numerics = loadNumerics();
numerics.catch(() => {}); // answered by the first call that needs it

Comlink.expose(
  openLabEndpoint({
    numerics,
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    now: () => performance.now(),
    keptRows: readKeptRows,
    readPicture: () => Promise.reject(new MeshError('field-invalid', { field: 'input', expected: 'a drawing', got: 'a picture file' })),
  }),
);
