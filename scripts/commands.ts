/**
 * Every command that proves or measures something: `npm run prove -- NAME`. Each row has the program, a description, what must be built
 * first, and flags of Node. A program's own options follow the name; its last line is the JSON of its verdict (e2e/verdict.ts).
 */

export interface Command {
  /** From the top of the tree. */
  readonly file: string;
  /** For the list, with useful options in brackets. */
  readonly line: string;
  /** `page` needs the compiled kernels as well. */
  readonly needs?: 'wasm' | 'page';
  readonly flags?: readonly string[];
}

export const COMMANDS = {
  accuracy: {
    file: 'bench/accuracy.ts',
    line: 'MNIST, Adult, Titanic and optdigits in one place, without privacy and at ε 8, 3 and 1 [--only NAME,…]',
    needs: 'wasm',
  },
  'accuracy:founding': {
    file: 'bench/accuracy-founding.ts',
    line: 'five data sets founded as the page does it, against the presets of 2026-11-21 [--only NAME,…] [--seeds N] [--keep FILE]',
    needs: 'wasm',
  },
  'accuracy:one-class': {
    file: 'bench/accuracy-one-class.ts',
    line: 'members with rows of one class each against the same rows shuffled, through real sessions [--only optdigits|adult] [--seeds N]',
    needs: 'wasm',
  },
  'accuracy:regression': {
    file: 'bench/accuracy-regression.ts',
    line: 'answers that are numbers, ε 3, beside a Huber linear model without privacy, and how often intervals hold [--splits N] [--only ANSWER]',
    needs: 'wasm',
  },
  'accuracy:solo': {
    file: 'bench/accuracy-solo.ts',
    line: 'the rival that a device makes alone against a converged regression of another making, in five data sets [--only NAME,…]',
    needs: 'wasm',
  },
  attack: {
    file: 'e2e/attack/main.ts',
    line: 'every known attack on a real relay and real members, each with and without what stops it [--list] [--only NAME,…]',
    needs: 'page',
  },
  'bench:accountant': { file: 'bench/accountant.ts', line: 'the accountants against one transform' },
  'bench:aggregate': {
    file: 'bench/aggregate.ts',
    line: 'mean, median, trimmed mean and Krum’s distances of 32 vectors, against plain JavaScript',
    needs: 'wasm',
  },
  'bench:cnn': { file: 'bench/cnn.ts', line: 'a convolutional network against tfjs, and what privacy costs', needs: 'wasm' },
  'bench:doctor': {
    file: 'bench/doctor.ts',
    line: 'a million rows through the data doctor against bare papaparse',
    flags: ['--expose-gc'],
  },
  'bench:first-view': {
    file: 'bench/first-view.ts',
    line: 'bytes on the wire, layout shifts and largest paint of a first visit, at slow 4G and a quarter of the processor',
    needs: 'page',
  },
  'bench:gemm': { file: 'bench/gemm.ts', line: 'matrix products against tfjs-wasm and the processor’s own limit', needs: 'wasm' },
  'bench:noise': { file: 'bench/noise.ts', line: 'exact noise against float normals', needs: 'wasm' },
  'bench:round': {
    file: 'bench/round.ts',
    line: 'where the time of a round goes, with three and ten headless members [--rounds N]',
    needs: 'wasm',
  },
  'bench:rounds': {
    file: 'bench/rounds.ts',
    line: 'rounds a second of tabs and headless participants on the digits, and beside a tab with an eighth of its processor',
    needs: 'page',
  },
  'bench:secagg': {
    file: 'bench/secagg.ts',
    line: 'masks of secure aggregation: streams expanded into vectors, a member’s masking and a leader’s opening',
    needs: 'wasm',
  },
  'bench:step': { file: 'bench/step.ts', line: 'training steps against tfjs-wasm and jax-js, in Chromium and in Node', needs: 'wasm' },
  'bench:threads': { file: 'bench/threads.ts', line: 'lots of 512 rows in one thread and in two, same bits', needs: 'wasm' },
  data: {
    file: 'scripts/data.ts',
    line: 'the public data that this project measures with: what each file must be, and that nothing else is taken [--check]',
  },
  'demo:worth': {
    file: 'bench/demo-worth.ts',
    line: 'the federations that come along, as shipped: what joining gains, and whether probabilities mean something',
    needs: 'wasm',
  },
  'doctor:dialects': {
    file: 'bench/dialects/main.ts',
    line: 'five tables in 300 ways of writing them: founding and joining say what they say of the plain file [--seeds N] [--only SEED,…]',
  },
  'e2e:a11y': { file: 'e2e/a11y.ts', line: 'axe over every screen, and the journey by keyboard alone', needs: 'page' },
  'e2e:budget': {
    file: 'e2e/budget.ts',
    line: 'what rows have spent follows them: two tabs, reloads, edited copies, the limit, another origin',
    needs: 'page',
  },
  'e2e:churn': { file: 'e2e/churn.ts', line: 'tabs come, go and die while rounds go on', needs: 'page' },
  'e2e:class': {
    file: 'e2e/class.ts',
    line: 'a class of 25 behind one address and a proxy comes in while another address floods [--mode plain] [--shared] [--direct]',
    needs: 'wasm',
  },
  'e2e:digits': { file: 'e2e/digits.ts', line: 'three tabs learn handwritten digits [--skew]', needs: 'page' },
  'e2e:longtask': { file: 'e2e/longtask.ts', line: 'how long the page’s main thread is ever blocked', needs: 'page' },
  'e2e:motion': { file: 'e2e/motion.ts', line: 'movements recorded in a page of a phone, learnt, told apart, forgotten', needs: 'page' },
  'e2e:newcomer': {
    file: 'e2e/newcomer.ts',
    line: 'a first visit: the demo trained and tried in two actions, then a real project in three',
    needs: 'page',
  },
  'e2e:resume': { file: 'e2e/resume.ts', line: 'a browser killed in mid-round goes on by itself', needs: 'page' },
  'e2e:table': { file: 'e2e/table.ts', line: 'tables founded, joined and learnt [--only titanic|adult] [--runs N]', needs: 'page' },
  proxies: { file: 'e2e/proxies.ts', line: 'the relay under a path behind Caddy, nginx and HAProxy [--only NAME]', needs: 'page' },
  'privacy:audit': { file: 'bench/privacy-audit.ts', line: 'the engine and eight mutants under audit', needs: 'wasm' },
  'privacy:membership': {
    file: 'bench/membership.ts',
    line: 'who can be told to have been among a model’s rows [--write]',
    needs: 'wasm',
  },
  'privacy:validate': { file: 'workers/ledger/privacy-validate.ts', line: 'checks a report or a saved ledger offline: FILE… [--json]' },
  'privacy:vectors': { file: 'bench/privacy-vectors.ts', line: 'the accountants against published values' },
  'rounds:promise': {
    file: 'bench/rounds-promise.ts',
    line: 'federations to their end: rounds promised are run, carded and reported, ε shown is within what was agreed [--policies N] [--seed TEXT]',
    needs: 'wasm',
  },
  'secagg:exact': {
    file: 'bench/secagg-exact.ts',
    line: 'secure aggregation to the bit: sums with members missing, secrets shared, how often groups commit, and every proof of RFC 9381',
    needs: 'wasm',
  },
  'secagg:games': {
    file: 'bench/secagg-games.ts',
    line: 'a malicious leader, its seat and c members against real machines of honest members, and the mutants that must be caught [--games N]',
  },
  regressions: { file: 'e2e/regressions/main.ts', line: 'what strangers once met, with its right value [--only NAME,…]', needs: 'page' },
  shots: {
    file: 'e2e/shots.ts',
    line: 'every state of the page at three widths in both themes, on one sheet, and the moving picture [--write]',
    needs: 'page',
  },
  sim: { file: 'protocol/sim/main.ts', line: 'the round core in seeded federations under faults, liars and mutants [--seeds N]' },
  size: { file: 'bench/size.ts', line: 'which code the first view has and what must wait, from the build alone' },
  tree: {
    file: 'scripts/tree-shape.ts',
    line: 'the shape of the sources: circles, imports from rooms above, crowded folders, and the files that two calls pass through [--list]',
  },
} as const satisfies Readonly<Record<string, Command>>;
