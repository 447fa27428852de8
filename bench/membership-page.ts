/** The page of the documentation about membership inference, with the numbers of a run. */
import type { Attacked, Found } from './membership.ts';

export interface Setup {
  readonly rows: number;
  readonly models: number;
  readonly shares: readonly number[];
}

const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
const named = ({ epsilon }: Attacked) => (epsilon === null ? 'no privacy' : `ε = ${epsilon}`);

export function membershipPage(attacked: readonly Attacked[], { rows, models, shares }: Setup): string {
  const columns = shares.map((share) => `found at ${percent(share)} false alarms`);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const row = (one: Attacked, name: string, { area, accuracy, truePositive }: Found) =>
    line([named(one), name, String(area), percent(accuracy), ...truePositive.map((found) => percent(found, 2))]);
  const bound = (one: Attacked) =>
    line([named(one), '*any attack, at most*', '', percent(one.accuracyBound), ...one.bound.map((most) => percent(most, 2))]);
  return `# Who was among the rows?

Made by \`npm run prove -- privacy:membership --write\`; numbers and picture are of one run, and the next run has the same.

${models} models a line, each trained on a random half of the same ${rows} handwritten digits (UCI Optical Recognition, CC BY 4.0), by one member alone: 64
inputs, 32 hidden, 10 classes. Without privacy they are trained until they know their rows by heart. With it they are made by the engine that
ships: random lots, clipped rows, exact noise, 30 rounds at δ = 10⁻⁵. Then two attacks say of every row and every model whether it was used: by
the **loss** alone (Yeom et al. 2018), and by the **ratio** of likelihoods against all other models, half of which had the row (after Carlini et al.
2022, with one deviation for all rows). The second is what somebody can do who has data like yours and time.

![Used rows that are found, against rows that were not used and are taken for used, on logarithmic axes](membership.svg)

${line(['training', 'attack', 'area under the curve', 'right at even odds', ...columns])}
${line(['---', '---', '---', '---', ...columns.map(() => '---')])}
${attacked
  .flatMap((one) => [row(one, 'ratio', one.ratio), row(one, 'loss', one.loss), ...(one.epsilon === null ? [] : [bound(one)])])
  .join('\n')}

Where nobody may be found, look at few false alarms: there an attack is sure of itself. (ε, δ) allows any attack, with any knowledge, at most
e^ε times the false alarms plus δ. The lines *any attack* are that bound for what the accountants say that these rounds cost (${attacked
    .flatMap(({ epsilon, spent }) => (spent === null ? [] : [`ε ${spent} of ${epsilon}`]))
    .join(', ')}). A run that crosses them by more than chance fails.

What it costs: the models get ${attacked.map((one) => `${percent(one.accuracy)} (${named(one)})`).join(', ')} of a test set of other writers right. With ε = 1 about ${rows / 2} rows of
one member alone are too few to learn much from; that is what federations are for. An attack that finds little proves little: the guarantee is
the accountants', and \`npm run prove -- privacy:audit\` plays a stronger observer against the engine.
`;
}
