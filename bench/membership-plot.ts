/** Plots membership attacks as SVG. Both axes are logarithmic, because few false alarms matter most. */
import type { Roc } from '#protocol/privacy/membership';

export interface Line {
  readonly label: string;
  readonly colour: string;
  /** SVG dashes, so that lines also differ without colour. */
  readonly dash: string;
  readonly points: readonly (readonly [falsePositive: number, truePositive: number])[];
}

const [WIDTH, HEIGHT] = [720, 460];
const PLOT = { left: 64, right: 500, top: 24, bottom: 404 };
/** Smaller shares are drawn at the edge. */
const LEAST = 1e-4;
const TICKS = [1e-4, 1e-3, 1e-2, 1e-1, 1];

export function lineOf(roc: Roc, label: string, colour: string, dash = ''): Line {
  const points = roc.falsePositive.map((share, i) => [share, roc.truePositive[i]!] as const);
  return { label, colour, dash, points };
}

export function plotOf(lines: readonly Line[], title: string): string {
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    '<g font-family="system-ui, sans-serif" font-size="13" fill="#1b1b1b">',
    ...TICKS.flatMap((tick) => [
      `<path d="M${x(tick)} ${PLOT.top}V${PLOT.bottom}M${PLOT.left} ${y(tick)}H${PLOT.right}" stroke="#dddddd" fill="none"/>`,
      `<text x="${x(tick)}" y="${PLOT.bottom + 20}" text-anchor="middle">${percent(tick)}</text>`,
      `<text x="${PLOT.left - 8}" y="${y(tick) + 4}" text-anchor="end">${percent(tick)}</text>`,
    ]),
    `<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">rows that were not used, taken for used</text>`,
    `<text transform="translate(14 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">used rows that are found</text>`,
    ...lines.flatMap(drawn),
    '</g>',
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function drawn({ label, colour, dash, points }: Line, at: number): string[] {
  const style = `stroke="${colour}" stroke-width="2" fill="none"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
  const top = PLOT.top + 16 + 26 * at;
  return [
    `<path d="${pathOf(points)}" ${style}/>`,
    `<path d="M${PLOT.right + 16} ${top - 4}h28" ${style}/>`,
    `<text x="${PLOT.right + 52}" y="${top}">${escaped(label)}</text>`,
  ];
}

/** Skips points that move by less than half a pixel. */
function pathOf(points: Line['points']): string {
  let [path, atX, atY] = ['', -1, -1];
  for (const [i, [falsePositive, truePositive]] of points.entries()) {
    if (falsePositive < LEAST && (points[i + 1]?.[0] ?? 1) < LEAST) continue;
    const [px, py] = [x(falsePositive), y(truePositive)];
    if (path !== '' && Math.abs(px - atX) + Math.abs(py - atY) < 0.5) continue;
    path += `${path === '' ? 'M' : 'L'}${px} ${py}`;
    [atX, atY] = [px, py];
  }
  return path;
}

/** 0 to 1 across the visible decades. */
const place = (share: number) => 1 - Math.log(Math.min(1, Math.max(LEAST, share))) / Math.log(LEAST);
const x = (share: number) => Number((PLOT.left + place(share) * (PLOT.right - PLOT.left)).toFixed(1));
const y = (share: number) => Number((PLOT.bottom - place(share) * (PLOT.bottom - PLOT.top)).toFixed(1));
const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
