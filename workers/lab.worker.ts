/** The lab's thread in a page, with its own numerics: lab/endpoint.ts behind comlink. */
import * as Comlink from 'comlink';
import { loadNumerics } from '#wasm/load-web';
import { readKeptRows } from './rows/kept-rows.ts';
import { openLabEndpoint } from './lab/endpoint.ts';
import { readPicture } from './loader/picture/images.ts';
import { decodePicture } from './loader/picture/picture-decode.ts';
import { pictureEncoder } from './loader/picture/picture-encode.ts';

const numerics = loadNumerics();
numerics.catch(() => {}); // the first call that needs it reports the error

Comlink.expose(
  openLabEndpoint({
    numerics,
    random: (into) => crypto.getRandomValues(into),
    now: () => performance.now(),
    keptRows: readKeptRows,
    async readPicture(picture, task) {
      const name = picture instanceof File ? picture.name : 'picture';
      return (await readPicture(picture, name, pictureEncoder(task).shape, decodePicture)).pixels;
    },
  }),
);
