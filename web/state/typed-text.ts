/** What people type into fields, as plain values: numbers as they are written, lists a line each. */

/** Numbers as people write them; NaN for anything else. */
export function numberOf(text: string): number {
  const plain = text.trim().replace(',', '.');
  return plain === '' ? Number.NaN : Number(plain);
}

export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
