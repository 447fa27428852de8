/** The types of prepared statements that the store's parts take. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Hash } from '#protocol/codec';

export type Row = Record<string, SQLOutputValue>;
export type One = (sql: string) => (...values: SQLInputValue[]) => Row | undefined;
export type Many = (sql: string) => (...values: SQLInputValue[]) => Row[];
/** @param wanted a blob that stays @returns whether there was one to drop */
export type DropOldest = (wanted: Hash | null) => boolean;
