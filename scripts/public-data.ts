/**
 * Every public data set that commands and tests read: its publisher's address, and the SHA-256 of the published file and of each file made
 * from it. docs/reference/measured.md describes their use, data-place.ts their location.
 */
import { asPublished, firstRecords, lines, type Shape } from './data-shapes.ts';
import type { Known } from './download.ts';

export interface DataFile {
  /** In the folder of its set. */
  readonly name: string;
  readonly shape: Shape;
  /** Of the file, or of its unpacked content if its name ends in .gz, because packing the same bytes gives different files. */
  readonly sha256: string;
  /** Hash of an alternative file that commands may read, and why it is equivalent. */
  readonly also?: { readonly sha256: string; readonly why: string };
}

export interface Source extends Known {
  readonly files: readonly DataFile[];
}

export interface DataSet {
  readonly title: string;
  readonly licence: string;
  readonly sources: readonly Source[];
}

const UCI = 'https://archive.ics.uci.edu/ml/machine-learning-databases';
/** The authors' address no longer serves files; this copy has the same bytes. */
const MNIST = 'https://storage.googleapis.com/cvdf-datasets/mnist';
/** Training uses only the first rows instead of all 60,000, so that every machine can run it. */
const MNIST_FIRST = 10_000;
/** Of the publisher's 3,823 training rows; the others are a second file, as if held out. */
const OPTDIGITS_FIRST = 2999;

const same = (name: string, url: string, bytes: number, sha256: string): Source => ({
  url,
  bytes,
  sha256,
  files: [{ name, shape: asPublished, sha256 }],
});

const firstOfMnist = (name: string, bytes: number, sha256: string, made: string, shuffled: string): Source => ({
  url: `${MNIST}/${name}`,
  bytes,
  sha256,
  files: [
    {
      name,
      shape: firstRecords(MNIST_FIRST),
      sha256: made,
      also: { sha256: shuffled, why: 'the same records shuffled, as the figures were measured' },
    },
  ],
});

export const DATA_SETS = {
  optdigits: {
    title: 'UCI Optical Recognition of Handwritten Digits',
    licence: 'CC BY 4.0',
    sources: [
      {
        url: `${UCI}/optdigits/optdigits.tra`,
        bytes: 563_639,
        sha256: 'e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd',
        files: [
          {
            name: 'optdigits.tra',
            shape: lines(0, OPTDIGITS_FIRST, '# the last digit is the class code\n'),
            sha256: 'a6d20dd0016ea85e8e207860d7b59411b07ddd18981ab250fa0ce37525570ab7',
          },
          {
            name: 'optdigits.hol',
            shape: lines(OPTDIGITS_FIRST, Infinity),
            sha256: '4e93dfa93f501c29e4b6e1db417db68be20a7acafd85e52939e04369ecde386a',
          },
        ],
      },
      {
        url: `${UCI}/optdigits/optdigits.tes`,
        bytes: 264_712,
        sha256: '6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8',
        files: [
          {
            name: 'optdigits.tes',
            shape: lines(0, Infinity, '# the last digit is the class code.\n'),
            sha256: '94d7b3c067125a5f6a6d51cf1dc8e95de7d731e41c7f1e714897330242949464',
          },
        ],
      },
    ],
  },
  adult: {
    title: 'UCI Adult',
    licence: 'CC BY 4.0',
    sources: [
      same('adult-train.csv', `${UCI}/adult/adult.data`, 3_974_305, '5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d'),
      {
        url: `${UCI}/adult/adult.test`,
        bytes: 2_003_153,
        sha256: 'a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05',
        files: [
          {
            name: 'adult-test.csv',
            // The line "|1x3 Cross validator" precedes the rows.
            shape: lines(1, Infinity),
            sha256: '72567b94f5c1a6f8501377dd80f93892c3848ff071cf91ba47e00b0785a28074',
          },
        ],
      },
    ],
  },
  titanic: {
    title: 'Passengers of the Titanic',
    licence: 'historical facts',
    sources: [
      same(
        'titanic.csv',
        'https://raw.githubusercontent.com/datasciencedojo/datasets/4cd38e7a532643145d00c1e512b9d16899ae9543/titanic.csv',
        60_302,
        '4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7',
      ),
    ],
  },
  mnist: {
    title: 'MNIST',
    licence: 'commonly given as CC BY-SA 3.0',
    sources: [
      firstOfMnist(
        'train-images-idx3-ubyte.gz',
        9_912_422,
        '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
        '2889698e6bc3614913e76901316712919d1998fc2b44512451bfe65bc1e668b1',
        '52782aba18d7e8b94bad852c941760d2c70a6a0616f2ff9dee3df9e9af1278db',
      ),
      firstOfMnist(
        'train-labels-idx1-ubyte.gz',
        28_881,
        '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
        '651e38e2ac0632f5113ec18f1df4977117f953197819034009971a6675a0df78',
        'febe2d79e29f23e2403e0010adfc36d435d8380f35b5e722e02ed8e3c4f5cdd4',
      ),
      {
        url: `${MNIST}/t10k-images-idx3-ubyte.gz`,
        bytes: 1_648_877,
        sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
        files: [
          {
            name: 'test-images-idx3-ubyte.gz',
            shape: asPublished,
            sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
          },
        ],
      },
      {
        url: `${MNIST}/t10k-labels-idx1-ubyte.gz`,
        bytes: 4542,
        sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
        files: [
          {
            name: 'test-labels-idx1-ubyte.gz',
            shape: asPublished,
            sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
          },
        ],
      },
    ],
  },
  'indoor-movement': {
    title: 'UCI Indoor User Movement Prediction',
    licence: 'CC BY 4.0',
    sources: [
      // A complete copy: the exact bytes of the publisher's archive are not known to this project.
      same(
        'IndoorMovement.zip',
        'https://raw.githubusercontent.com/jbrownlee/Datasets/e841d8538b4ffc4485863ab38a5e361043a52730/IndoorMovement.zip',
        215_028,
        'c657ee8635275145b11c9e4ed3b4647b876f8acb638e61e7b1a6a18f27e0472a',
      ),
    ],
  },
} satisfies Readonly<Record<string, DataSet>>;

export type SetName = keyof typeof DATA_SETS;
export const SET_NAMES = Object.keys(DATA_SETS) as SetName[];
