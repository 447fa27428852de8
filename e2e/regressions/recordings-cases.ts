/** What people met with recordings and pictures as they have them: at founding and at joining, by the threads that a page asks. */
import type { ManifestBody } from '#protocol/manifest/manifest';
import type { Task } from '#protocol/manifest/task';
import { loadNumerics } from '#wasm/load-node';
import type { DataReport } from '#workers/api';
import { openFounding } from '#workers/founding/founding-endpoint';
import type { DecodePicture } from '#workers/loader/picture/picture-decode';
import { openTrainerEndpoint } from '#workers/rows/trainer-endpoint';
import { smallManifest } from '../attack/federation.ts';
import { newIdentity } from '../attack/stranger.ts';
import type { Case } from './case.ts';

/** What a browser without a decoder for HEIC does; others it shows in the grey of their last byte. */
const decode: DecodePicture = async (file, { format, width, height }) => {
  if (format === 'heic') throw new Error('the source image could not be decoded');
  const grey = new Uint8Array(await file.arrayBuffer()).at(-1)! * 16;
  return { data: new Uint8ClampedArray(4 * width * height).map((_, i) => (i % 4 === 3 ? 255 : grey)), width, height };
};

type Source = Parameters<ReturnType<typeof openTrainerEndpoint>['load']>[0];

async function joined(task: Task, source: Source): Promise<DataReport | string> {
  const trainer = openTrainerEndpoint(loadNumerics(), () => Promise.reject(new Error('no samples')), decode);
  try {
    const { id } = await newIdentity();
    const body: ManifestBody = { ...smallManifest(id, id), task };
    const opened = await trainer.open(body);
    if (!opened.ok) return opened.error.code;
    const answer = await trainer.load(source);
    return answer.ok ? answer.value.report : `${answer.error.code}: ${answer.error.detail.got}`;
  } finally {
    await trainer.close();
  }
}

async function founded(...files: readonly File[]) {
  const answer = await openFounding({ keepKey: async () => {}, decode }).inferRecordings(files);
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value;
}

const text = (name: string, lines: readonly string[]): File => new File([lines.join('\n')], name);

/** PNGs of which only the header is written: of four pixels, each another one. */
function png(path: string, mark: number): File {
  const header = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
  return new File([Uint8Array.from([...header, 0, 0, 0, 4, 0, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, mark])], path);
}

/** The brands and the size of a photo that a phone took. */
function heic(path: string): File {
  const box = (name: string, inside: readonly number[]): number[] => [0, 0, 0, inside.length + 8, ...Buffer.from(name), ...inside];
  const size = box('ispe', [0, 0, 0, 0, 0, 0, 0x0f, 0xc0, 0, 0, 0x0b, 0xd0]);
  const bytes = [...box('ftyp', [...Buffer.from('heic\0\0\0\0mif1heic')]), ...box('meta', [0, 0, 0, 0, ...box('iprp', box('ipco', size))])];
  return new File([Uint8Array.from(bytes)], path);
}

const CLOCKS = ['Time (s)', 'seconds_elapsed', 'Time since start in ms', 'Timestamp (ms)', 'elapsed (s)', 'epoch', 'sensor_timestamp'];
const WALKS: Task = {
  kind: 'sequence',
  channels: [{ name: 'up', min: -10, max: 10 }],
  length: 8,
  hop: 8,
  windowsMax: 1,
  recording: 'walk',
  label: { name: 'way', classes: ['left', 'right'] },
};
const PETS: Task = {
  kind: 'image',
  width: 4,
  height: 4,
  colour: 'grey',
  background: 'none',
  label: { name: 'pet', classes: ['cat', 'dog'] },
};

/** Six walks; the time of the last runs back once. */
const walks = (clock: string, time: (walk: number, i: number) => number): File =>
  text('walks.csv', [
    `walk,${clock},up,way`,
    ...Array.from({ length: 72 }, (_, line) => {
      const [walk, i] = [Math.floor(line / 12), line % 12];
      return `w${walk},${time(walk, i)},${((line * 7) % 13) - 6},${walk % 2 === 0 ? 'left' : 'right'}`;
    }),
  ]);

export const cases: readonly Case[] = [
  {
    name: 'clocks-with-units',
    finding: 'clocks with units are proposed as inputs, and a recording whose time runs back is not noticed',
    right: { inputs: ['up'], backwards: 1, told: "'w5': line 70 is earlier", classes: [3, 2] },
    async run() {
      const all = await Promise.all(
        CLOCKS.map(async (clock) => {
          const file = walks(clock, (walk, i) => (walk === 5 && i === 8 ? 1 : 20 * i));
          const guess = await founded(file);
          const report = await joined(WALKS, { recordingFiles: [file] });
          if (typeof report === 'string') return report;
          const told = report.findings.find(({ code }) => code === 'recording-order')?.got;
          return {
            inputs: guess.channels.filter(({ read }) => read).map(({ name }) => name),
            backwards: guess.backwards,
            told,
            classes: report.classCounts,
          };
        }),
      );
      const differ = new Set(all.map((one) => JSON.stringify(one)));
      return differ.size === 1 ? all[0] : all;
    },
  },
  {
    name: 'names-like-clocks',
    finding: 'what is measured and only sounds like a clock',
    right: { time_signature: [true, 6], 'lap time': [true, 6], time: [true, 6] },
    async run() {
      const measured = (walk: number, i: number) => 60 + ((i * (walk + 3)) % 11);
      const named = ['time_signature', 'lap time', 'time'].map(async (name) => {
        const file = walks(name, measured);
        const { channels } = await founded(file);
        const report = await joined(WALKS, { recordingFiles: [file] });
        const used = typeof report === 'string' ? 0 : report.classCounts.reduce((sum, count) => sum + count, 0);
        return [name, [channels.find((one) => one.name === name)?.read, used]] as const;
      });
      return Object.fromEntries(await Promise.all(named));
    },
  },
  {
    name: 'a-list-with-longer-paths',
    finding: 'a picture list with longer paths than the chosen folder is refused',
    right: { classes: [3, 3], findings: [] },
    async run() {
      const list = [
        'dataset/images/a.png,cat',
        'D:\\old\\images\\b.PNG,dog',
        'https://pets.example/images/c.png?size=large,cat',
        'images/d%20e.png,dog',
        'f.png,cat',
        './g,dog',
      ];
      const pictures = ['a.png', 'b.png', 'c.png', 'd e.png', 'f.png', 'g.png'].map((name, i) => png(`images/${name}`, i));
      const report = await joined(PETS, { pictures: [...pictures, text('images/list.csv', list)] });
      return typeof report === 'string' ? report : { classes: report.classCounts, findings: report.findings.map(({ code }) => code) };
    },
  },
  {
    name: 'a-list-that-may-mean-several',
    finding: 'names that may mean several files',
    right: { classes: [1, 0], told: [2, "'a.png' may be several files"], unlabelled: 3 },
    async run() {
      const pictures = ['x/a.png', 'y/a.png', 'y/b.png', 'c.png'].map((name, i) => png(`set/${name}`, i));
      const list = ['file,pet', 'a.png,cat', 'cats/c.png,cat', 'dogs/c.png,dog', 'b,cat'];
      const report = await joined(PETS, { pictures: [...pictures, text('set/list.csv', list)] });
      if (typeof report === 'string') return report;
      const of = (code: string) => report.findings.find((one) => one.code === code);
      const doubt = of('list-ambiguous');
      return { classes: report.classCounts, told: [doubt?.count, doubt?.got], unlabelled: of('image-unlabelled')?.count };
    },
  },
  {
    name: 'answers-of-recordings-by-another-path',
    finding: 'a list of recordings with another computer’s paths',
    right: [2, 1],
    async run() {
      const one = (n: number) => text(`walks/w${n}.csv`, ['up', ...Array.from({ length: 8 }, (_, i) => String(((i * (n + 2)) % 9) - 4))]);
      const list = text('walks/answers.csv', [
        'file,way',
        '/mnt/lab/walks/w1.csv,left',
        'C:\\lab\\walks\\W2.CSV,right',
        'https://lab.example/walks/w3.csv?raw=1,left',
      ]);
      const report = await joined(WALKS, { recordingFiles: [one(1), one(2), one(3), list] });
      return typeof report === 'string' ? report : report.classCounts;
    },
  },
  {
    name: 'one-recording-of-several-sensors',
    finding: 'one recording from several sensor files cannot be read',
    right: {
      inputs: ['Accelerometer x', 'Accelerometer y', 'Gyroscope x', 'Gyroscope y'],
      classes: ['left', 'right'],
      joined: [4, 4],
      told: ['recording-sensors', 'recording-overlap'],
    },
    async run() {
      const sensor = (path: string, rate: number, late: number) =>
        text(path, [
          'time,seconds_elapsed,x,y',
          ...Array.from({ length: 3 * rate }, (_, i) => {
            const t = late + i / rate;
            return `${1_709_294_400_000 + 1000 * t},${t},${Math.sin(9 * t + rate).toFixed(4)},${Math.cos(4 * t + rate).toFixed(4)}`;
          }),
        ]);
      const files = Array.from({ length: 8 }, (_, i) => {
        const folder = `log/${i % 2 === 0 ? 'left' : 'right'}/rec${i}`;
        return [sensor(`${folder}/Accelerometer.csv`, 50, i / 100), sensor(`${folder}/Gyroscope.csv`, 20, 0.4 + i / 100)];
      }).flat();
      const guess = await founded(...files);
      const channels = guess.channels.filter(({ read }) => read).map(({ name, min, max }) => ({ name, min, max }));
      const report = await joined({ ...WALKS, channels, label: { name: 'label', classes: [...guess.classes] } }, { recordingFiles: files });
      if (typeof report === 'string') return report;
      const told = report.findings.map(({ code }) => code).filter((code) => /sensors|overlap/.test(code));
      return {
        inputs: channels.map(({ name }) => name),
        classes: guess.classes,
        joined: report.classCounts,
        told: told.toSorted().toReversed(),
      };
    },
  },
  {
    name: 'heic-by-its-name',
    finding: 'HEIC is called another kind of file',
    right: {
      beside: ['IMG_1.HEIC: a HEIC photo that this browser cannot open', 'a JPEG or PNG: export it as one first'],
      alone: 'picture-unreadable: a HEIC photo that this browser cannot open',
    },
    async run() {
      const report = await joined(PETS, { pictures: [heic('pets/cat/IMG_1.HEIC'), png('pets/cat/a.png', 1), png('pets/dog/b.png', 2)] });
      const alone = await joined(PETS, { pictures: [heic('pets/cat/IMG_1.HEIC')] });
      if (typeof report === 'string') return report;
      const found = report.findings.find(({ code }) => code === 'image-unreadable');
      return { beside: [found?.got, found?.expected], alone };
    },
  },
];
