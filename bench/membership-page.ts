/** Writes docs/reference/membership.md, the page on membership inference, with the numbers of a run. */
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

Made by \`npm run prove -- privacy:membership --write\`; a run always produces the same numbers and picture.

${models} models per setting, each trained by one member alone on a random half of the same ${rows} handwritten digits (UCI Optical Recognition, CC BY
4.0): 64 inputs, 32 hidden units, 10 classes. Without privacy they are trained until they memorise their rows. With privacy the shipped engine
trains them: random lots, clipped rows, exact noise, 30 rounds at δ = 10⁻⁵. Then two attacks guess for every row and model whether the row was
used: by the **loss** alone (Yeom et al. 2018), and by the **ratio** of likelihoods against all other models, half of which saw the row (after
Carlini et al. 2022, with one deviation for all rows). The second needs time and data like yours.

![Used rows that are found, against unused rows taken for used, on logarithmic axes](membership.svg)

${line(['training', 'attack', 'area under the curve', 'right at even odds', ...columns])}
${line(['---', '---', '---', '---', ...columns.map(() => '---')])}
${attacked
  .flatMap((one) => [row(one, 'ratio', one.ratio), row(one, 'loss', one.loss), ...(one.epsilon === null ? [] : [bound(one)])])
  .join('\n')}

The columns with few false alarms matter most: there an attack is sure of its guesses. (ε, δ) limits any attack, whatever it knows, to e^ε
times the rate of false alarms plus δ. The *any attack* rows show that bound for the price of these rounds by the accountants (${attacked
    .flatMap(({ epsilon, spent }) => (spent === null ? [] : [`ε ${spent} of ${epsilon}`]))
    .join(', ')}). A run fails if an attack exceeds the bound by more than chance.

The cost in accuracy: the models recognise ${attacked.map((one) => `${percent(one.accuracy)} (${named(one)})`).join(', ')} of the test digits, which others wrote. With ε = 1, about ${rows / 2} rows of
one member alone are too few to learn much from; that is what federations are for. An attack that finds little proves little: the guarantee
comes from the accountants, and \`npm run prove -- privacy:audit\` plays a stronger observer against the engine.
`;
}
