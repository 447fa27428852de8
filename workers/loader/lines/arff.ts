/**
 * The header of an ARFF file (Weka's format): `@attribute name type` lines above `@data`, with % for comments. The rows below are ordinary
 * separated values. The declared types are ignored: the cells decide.
 */
import { unquoted } from '../cells/cell.ts';

const ATTRIBUTE = /^@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)\s/i;

/** @returns column names, and the index of the `@data` line; null for any other file */
export function arffHeading(rows: readonly (readonly string[])[]): { readonly names: readonly string[]; readonly at: number } | null {
  const at = rows.findIndex((cells) => cells.length === 1 && /^\s*@data\s*$/i.test(cells[0]!));
  if (at < 0) return null;
  const names = rows.slice(0, at).flatMap((cells) => {
    const [, name] = ATTRIBUTE.exec(cells.join(' ').trim()) ?? [];
    return name === undefined ? [] : [unquoted(name).replace(/\\(.)/g, '$1')];
  });
  return names.length === 0 ? null : { names, at };
}
