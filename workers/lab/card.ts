/**
 * A model card (Mitchell et al. 2019) in Markdown, written from the manifest and the model's own file: what the model is for, what it was
 * trained on and how, its scores, what it does not promise, and how to load it. Texts of the steward are quoted, not trusted.
 */
import type { Hash } from '#protocol/codec';
import { networkOf, type ManifestBody } from '#protocol/manifest/manifest';
import { MECHANISM, probabilityBound } from '#protocol/privacy/ledger/statement';
import { answerUnit } from '#protocol/manifest/number-answer';
import {
  CENTRE_FIELDS,
  classesOf,
  groupOf,
  type ImageTask,
  numberAnswerOf,
  typicalOf,
  type NumberAnswer,
  type SequenceTask,
  type TableColumn,
  type Task,
  columnWidth,
  type DateColumn,
} from '#protocol/manifest/task';
import type { Interval, NumberScores, Scores } from './api.ts';
import { FITTED_ROWS_MIN } from '../trainer/calibration.ts';
import { computingPart, modelLine, ruleLine } from './card-layers.ts';

const COLUMNS_SHOWN = 200;
const CLASSES_SHOWN = 50;

/** How outputs become the answers that people are shown. */
export type Calibration =
  /** Divided by a temperature that was fitted on the public test set. */
  | { readonly kind: 'test-set'; readonly temperature: number }
  /** Shrunk by the variance that noise alone gives each parameter (noise-spread.ts). */
  | { readonly kind: 'noise'; readonly variance: number }
  /** For numbers: the error that nine of ten of these unseen rows stayed within (conformal.ts). */
  | { readonly kind: 'conformal'; readonly on: 'test-set' | 'held-out'; readonly rows: number; readonly width: number }
  /** Unchanged: nothing is known about the model, or it has learnt nothing yet. */
  | { readonly kind: 'none' };

export interface CardFacts {
  readonly federation: Hash;
  readonly manifest: ManifestBody;
  readonly round: number;
  /** Models up to this one, of the manifest's T. */
  readonly models: number;
  /** Hash of the certified state with these parameters; null for the initial model. */
  readonly state: Hash | null;
  /** Hash of the safetensors file that goes with the card; null if there is none. */
  readonly file: Hash | null;
  readonly scores: Scores | NumberScores | null;
  readonly calibration: Calibration;
}

export function modelCard(facts: CardFacts): string {
  const { manifest, round, models } = facts;
  const { rounds } = manifest.privacy;
  const parts = [
    `# ${inline(manifest.name)}`,
    models === 0
      ? 'The initial model: random weights, nothing learnt yet.'
      : `Model ${models} of ${rounds}, made in round ${round}; trained together with Sovereign Mesh.`,
    section('What it is for', [quoted(manifest.description), answersLine(manifest.task)]),
    section('What it reads', inputsPart(manifest.task)),
    section('How it was trained', trainingPart(manifest)),
    section('How good it is', scoresPart(facts)),
    section('What is not promised', limitsPart(manifest, round)),
    section('How to load it', loadingPart(facts)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function answersLine(task: Task): string {
  const [name, number] = [inline(task.label.name), numberAnswerOf(task)];
  if (number === null) return `It predicts ${name} as one of ${classesOf(task).length}: ${listed(classesOf(task), CLASSES_SHOWN)}.`;
  return `It predicts ${name} as a number from ${number.min} to ${number.max}; answers are limited to that range.`;
}

function section(title: string, paragraphs: readonly string[]): string {
  return [`## ${title}`, ...paragraphs].join('\n\n');
}

function zeroText({ background, centre, colour }: ImageTask): string {
  if (centre === undefined) return { dark: 'black', light: 'white', none: 'middle grey (127.5)' }[background];
  const colours = colour === 'rgb' ? 3 : 1;
  const of = colours === 3 ? ' for red, green and blue' : '';
  if (centre.length === colours) return `${centre.join(', ')}${of}`;
  return `the value of its field in a grid of ${CENTRE_FIELDS} × ${CENTRE_FIELDS}, row by row${of}: ${centre.join(', ')}`;
}

function inputsPart(task: Task): string[] {
  if (task.kind === 'image') {
    return [
      `Pictures of ${task.width} × ${task.height} pixels, ${task.colour === 'rgb' ? 'in colour' : 'in grey'}; others are scaled to fit that size.`,
      `Each channel value v from 0 to 255 becomes (v − b) · 2/255, where b is ${zeroText(task)}. Pixels go row by row, the colours of a pixel together.`,
    ];
  }
  if (task.kind === 'sequence') return sequencePart(task);
  const shown = task.columns
    .slice(0, COLUMNS_SHOWN)
    .map((column) => `| ${cell(column.name)} | ${columnKind(column)} | ${columnScale(column)} |`);
  const more = task.columns.length - shown.length;
  return [
    ['| column | values | inputs |', '|---|---|---|', ...shown].join('\n'),
    ...(more > 0 ? [`And ${more} more columns.`] : []),
    'Inputs follow each other in this order. The ranges and lists are public constants of the federation. ' + FROM_SAMPLE,
  ];
}

/** Rounds change no range, but a founder may have looked at data. */
const FROM_SAMPLE = 'Its founder may have rounded them from a sample, without added noise.';

function sequencePart({ channels, length, hop, windowsMax, motion }: SequenceTask): string[] {
  const shown = channels.map((channel) => {
    const { name, min, max } = channel;
    const typical = typicalOf(channel);
    const wider = Math.max(max - typical, typical - min);
    return `| ${cell(name)} | a number from ${min} to ${max} | (v − ${typical}) / ${wider}, v clamped to the range, 0 where missing |`;
  });
  const rate = motion === undefined ? '' : ` There are ${motion.rate} moments per second.`;
  return [
    ['| channel | values | input |', '|---|---|---|', ...shown].join('\n'),
    `A row is a window of ${length} moments, each with its channels together. A new window starts every ${hop} moments, ` +
      `at most ${windowsMax} per recording count, and a shorter recording is one window, filled up with 0.${rate}`,
    `The ranges are public constants of the federation. ${FROM_SAMPLE}`,
  ];
}

function columnKind(column: TableColumn): string {
  if (column.kind === 'ignored') return 'not read';
  if (column.kind === 'category')
    return `one of ${cell(listed(column.values, CLASSES_SHOWN))}${column.others === true ? ', or others' : ''}`;
  if (column.kind === 'date') return column.from === undefined ? 'a date or a time of day' : `a date from ${column.from} to ${column.to}`;
  return `a number from ${column.min} to ${column.max}`;
}

function columnScale(column: TableColumn): string {
  if (column.kind === 'ignored') return 'none';
  if (column.kind === 'category') return `${column.values.length}: 1 for the value, 0 elsewhere`;
  if (column.kind === 'date') return dateScale(column);
  const typical = typicalOf(column);
  const scaled = `(v − ${typical}) · 2 / ${column.max - column.min}, v clamped to the range`;
  return column.missing === 'fill' ? `2: ${scaled} (0 where missing), and 1 where missing` : `1: ${scaled}`;
}

function dateScale(column: DateColumn): string {
  const parts = [
    ...(column.from === undefined ? [] : ['−1 to 1 for the time from the first day to the last, clamped']),
    ...(column.weekday === true ? ['7 for the days of the week from Monday on: 1 for the day, 0 elsewhere'] : []),
    ...(column.hour === true ? ['sine and cosine of the time of day, one turn per 24 hours, 0 and 0 without one'] : []),
    ...(column.missing === 'fill' ? ['1 where missing (the others 0)'] : []),
  ];
  return `${columnWidth(column)}: ${parts.join('; ')}`;
}

function trainingPart(manifest: ManifestBody): string[] {
  const { privacy, rounds, rule, task } = manifest;
  const group = groupOf(task);
  const unit = task.kind === 'sequence' ? 'one recording' : group === null ? 'one row' : `all rows of one ${inline(group.column)}`;
  const sure = Math.ceil(probabilityBound(privacy.epsilon) * 100);
  return [
    `Members computed on their own rows; only clipped and noised updates left their devices. At least ${rounds.minContributors} and at most ` +
      `${rounds.maxContributors} members took part in each round. No row, label or count of rows was collected.`,
    [
      '| | |',
      '|---|---|',
      `| unit of privacy | ${unit} (add or remove) |`,
      `| guarantee | ε at most ${privacy.epsilon}, δ = ${privacy.delta}, for every member’s own updates over all ${privacy.rounds} rounds; there are no models after those |`,
      `| in words | who was 50:50 about whether a unit took part can become at most ${sure} % sure, except with chance δ |`,
      `| mechanism | ${MECHANISM}: lots at rate ${privacy.rate}, clip C = ${privacy.clip}${clippingWords(privacy)}, noise σ = ${privacy.sigma} · C, added by each member |`,
      `| rule | ${ruleLine(rule)} |`,
      `| model | ${modelLine(manifest)} |`,
    ].join('\n'),
  ];
}

function clippingWords({ perLayer, adaptive }: ManifestBody['privacy']): string {
  const parts = [
    ...(perLayer === true ? ['layer by layer'] : []),
    ...(adaptive === undefined ? [] : [`then following quantile ${adaptive.quantile}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function scoresPart({ scores, manifest }: CardFacts): string[] {
  if (scores === null) {
    return [
      manifest.testSet === null
        ? 'The federation has no public test set, so there are no scores.'
        : 'Not measured when this card was written.',
    ];
  }
  const kind =
    manifest.testSet?.synthetic === true ? 'synthetic test set, made up by a program: it says nothing about real data' : 'public test set';
  if ('mae' in scores) return numberScoresPart(scores, kind);
  const number = (value: number | null) => (value === null || Number.isNaN(value) ? '–' : value.toFixed(3));
  const rows = scores.classes.map(({ rows: n, precision, recall, f1 }, c) => {
    const name = cell(classesOf(manifest.task)[c]!);
    return `| ${name} | ${n} | ${number(precision)} | ${number(recall)} | ${number(f1)} |`;
  });
  return [
    `Accuracy ${number(scores.accuracy)} (always saying the most frequent class: ${number(scores.guessing)}), mean cross-entropy ${number(scores.loss)} nats and expected calibration error ${number(scores.ece)} ` +
      `on ${scores.rows} rows of the ${kind}. The last two use the probabilities under “How to load it”` +
      (scores.rows < FITTED_ROWS_MIN ? '.' : ', each half of the rows with the temperature of the other.'),
    ['| class | rows | precision | recall | F1 |', '|---|---|---|---|---|', ...rows].join('\n'),
  ];
}

function numberScoresPart({ rows, mae, rmse, r2, guessing, coverage }: NumberScores, kind: string): string[] {
  const told = (value: number) => String(Number(value.toPrecision(4)));
  const line = (name: string, interval: Interval | null) =>
    interval === null ? `| ${name} | – | – |` : `| ${name} | ${told(interval.value)} | ${told(interval.low)} to ${told(interval.high)} |`;
  return [
    `On ${rows} rows of the ${kind}. Always saying their median is off by ${told(guessing)} on average.` +
      (coverage === null ? '' : ` Of 90 % intervals from one half of the rows, ${(100 * coverage).toFixed(1)} % held on the other.`),
    [
      '| measure | value | 95 % interval (bootstrap) |',
      '|---|---|---|',
      line('mean absolute error', mae),
      line('root mean square error', rmse),
      line('R²', r2),
    ].join('\n'),
  ];
}

function limitsPart({ privacy, seats, task }: ManifestBody, round: number): string[] {
  const limits = [
    task.kind === 'sequence'
      ? 'The guarantee is for each recording, not for each person: a person with several recordings is protected less.'
      : privacy.unit === 'group'
        ? 'The guarantee is for one group of rows as the federation defines it, and for at most a fixed number of its rows.'
        : 'The guarantee is for each row, not for each person: a person with several rows is protected less.',
    'Taking part is not hidden: keys, rounds and times are visible to members and relays.',
    'A budget is counted per site and browser; the same rows on another site or in another browser start a new count.',
    'The rule is a plain mean. One lying member can spoil the model within a fixed bound; nobody has proven that members’ labels were true.',
    'The noise costs accuracy, most of all with few members or few rows. A model trained alone on enough rows may be better.',
    `${numberAnswerOf(task) === null ? 'Probabilities' : 'Answers'} are the model’s, not facts: check them on your own rows before anything depends on them.`,
    'The model is public, and what went into it cannot be taken out.',
    ...(seats.kind === 'home' && seats.relays.length === 1
      ? ['One relay alone voted on the results and is trusted with them (not with rows): it could add contributors of its own.']
      : []),
    ...(round === 0 ? ['Before the first round there is nothing to rely on at all.'] : []),
  ];
  return [limits.map((text) => `- ${text}`).join('\n')];
}

function numberPart(number: NumberAnswer, calibration: Calibration): string {
  const reading = `The answer is ${typicalOf(number)} + ${answerUnit(number)} · output, limited to ${number.min} to ${number.max}.`;
  // Rows kept aside belong to one person, so their errors must not be in a file that is passed on.
  if (calibration.kind !== 'conformal' || calibration.on !== 'test-set') return reading;
  const width = Number(calibration.width.toPrecision(4));
  return (
    `${reading} Nine of ten answers of rows like the ${calibration.rows} of the public test set are within ${width} of it ` +
    '(split conformal: Lei et al. 2018).'
  );
}

function calibrationPart({ calibration, manifest }: CardFacts): string {
  const { testSet } = manifest;
  const number = numberAnswerOf(manifest.task);
  if (number !== null) return numberPart(number, calibration);
  if (calibration.kind === 'test-set') {
    return (
      `Divide the outputs by the temperature ${calibration.temperature.toPrecision(4)} before the softmax: it minimises the cross-entropy on the public ` +
      'test set, so that a probability says how often the answer is right on such rows. It changes no answer.'
    );
  }
  if (calibration.kind !== 'noise')
    return 'The probabilities are the softmax of the outputs as they are; there was nothing to calibrate them with.';
  return (
    `${testSet !== null && testSet.rows < FITTED_ROWS_MIN ? 'The public test set has too few rows to calibrate' : 'No public test set calibrates'} ` +
    'the probabilities, so the page shrinks the outputs by the uncertainty that the noise alone causes: with h the inputs of ' +
    'the last layer, they are divided by √(1 + π/4 · v · (1 + |h|²)) before the softmax (MacKay 1992), where ' +
    `v = ${calibration.variance.toPrecision(4)} is the variance that the noise of ${manifest.rounds.minContributors} members gives a parameter over these models.`
  );
}

function loadingPart(facts: CardFacts): string[] {
  const { manifest, federation, state, file } = facts;
  const network = networkOf(manifest);
  const tensors = network.tensors.map(({ name, shape }) => `| \`${name}\` | F32 | ${shape.join(' × ')} |`);
  return [
    `A [safetensors](https://github.com/huggingface/safetensors) file, ${network.parameterCount} parameters. Its metadata names the federation, the round, the answers and the budget.`,
    ['| tensor | type | shape |', '|---|---|---|', ...tensors].join('\n'),
    ...computingPart(manifest),
    calibrationPart(facts),
    [
      `- Federation: \`${federation}\``,
      ...(state === null ? [] : [`- State (SHA-256 of the certified file, with what the rule keeps beside the parameters): \`${state}\``]),
      ...(file === null ? [] : [`- This file (SHA-256, base64url): \`${file}\``]),
    ].join('\n'),
  ];
}

function listed(names: readonly string[], max: number): string {
  const few = names.slice(0, max).map(inline).join(', ');
  return names.length > max ? `${few} and ${names.length - max} more` : few;
}

/** Another person's text within a line of Markdown: no markup, no line breaks. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>#|!]/g, String.raw`\$&`);
}

/** Names from `listed` are escaped already; a bar would end the cell in any case. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/(?<!\\)([`*_[\]<>|])/g, String.raw`\$1`);
}

function quoted(text: string): string {
  return text
    .split(/\r?\n/)
    .map((each) => `> ${inline(each)}`)
    .join('\n');
}
