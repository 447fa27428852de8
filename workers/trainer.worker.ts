/** The trainer's thread in a page: trainer-endpoint.ts behind comlink. It holds the rows, so the peer's thread can answer links in time. */
import * as Comlink from 'comlink';
import { fetchSample } from '#signaling/relay-client';
import { servedFrom } from '#signaling/relay-url';
import { loadTrainingNumerics } from '#wasm/load-web';
import { openRowsStore } from './rows/kept-rows.ts';
import { decodePicture } from './loader/picture/picture-decode.ts';
import { lotThread, lotThreadsMax } from './trainer/lot-thread.ts';
import { noiseThread } from './trainer/noise-thread.ts';
import { openTrainerEndpoint } from './rows/trainer-endpoint.ts';

const numerics = loadTrainingNumerics();
numerics.catch(() => {}); // the first call that needs it reports the error

const place = { rows: openRowsStore, noise: noiseThread(), lots: lotThread(), threadsMax: lotThreadsMax() };
Comlink.expose(openTrainerEndpoint(numerics, (name) => fetchSample(servedFrom(), name), decodePicture, place));
