/**
 * Who may still write how much to a relay's database. It has a maximum size, and each federation in which the relay has a seat was promised
 * a part of it at publication: neither publications nor another federation's long history take that away.
 */
import { checkDisk } from './quotas.ts';
import type { DropOldest, Many, One } from './sqlite-queries.ts';
import type { DiskUse, FederationUse } from './store.ts';
import type { Hash } from '#protocol/codec';

/** Share of the maximum: while more is free, nobody's records are counted. */
const PLENTY = 1 / 4;

export interface DiskRoom {
  uses(): FederationUse[];
  disk(): DiskUse;
  /**
   * Drops the oldest unnamed blobs if that makes room.
   * @param wanted a blob that stays
   * @throws MeshError quota if a stranger's bytes would use space promised to federations
   */
  check(size: number, wanted?: Hash | null): void;
  /** As `check`, for a federation's record. @throws MeshError quota if it has used up its own part and the rest is promised to others */
  checkFor(fed: Hash, size: number): void;
}

export function sqliteRoom(one: One, many: Many, dropOldest: DropOldest): DiskRoom {
  const pages = one(
    `SELECT (SELECT page_count FROM pragma_page_count()) AS pages, (SELECT freelist_count FROM pragma_freelist_count()) AS unused,
            (SELECT page_size FROM pragma_page_size()) AS size, (SELECT max_page_count FROM pragma_max_page_count()) AS most`,
  );
  const sums = many(
    `SELECT id AS fed, disk,
       (SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM records r WHERE r.fed = m.id) AS records,
       (SELECT COALESCE(SUM(LENGTH(value)), 0) FROM cells c WHERE c.fed = m.id) AS cells,
       (SELECT COALESCE(SUM(size), 0) FROM blobs WHERE hash IN (
          SELECT hash FROM states s WHERE s.fed = m.id UNION SELECT hash FROM vectors v WHERE v.fed = m.id
          UNION SELECT blob FROM cells c WHERE c.fed = m.id)) AS blobs
     FROM manifests m WHERE standing <> 'waiting'`,
  );
  const free = () => {
    const row = pages()!;
    const size = Number(row['size']);
    const [used, most] = [(Number(row['pages']) - Number(row['unused'])) * size, Number(row['most']) * size];
    return { used, most, free: most - used };
  };
  const uses = () =>
    sums().map((row) => ({
      fed: row['fed'] as Hash,
      disk: Number(row['disk']),
      records: Number(row['records']),
      cells: Number(row['cells']),
      blobs: Number(row['blobs']),
    }));
  type Use = ReturnType<typeof uses>[number];
  const leftOf = ({ disk, records, cells, blobs }: Use) => Math.max(0, disk - records - cells - blobs);
  const promised = (all: readonly Use[]) => all.reduce((sum, use) => sum + leftOf(use), 0);
  const fit = (all: readonly Use[], size: number, wanted: Hash | null) => {
    const reserved = promised(all); // constant, since a core's blobs are never dropped
    while (free().free - reserved < size && dropOldest(wanted));
    checkDisk(free().free - reserved, size);
  };
  return {
    uses,
    disk() {
      const { used, most } = free();
      return { used, most, reserved: promised(uses()) };
    },
    check: (size, wanted = null) => fit(uses(), size, wanted),
    checkFor(fed, size) {
      const now = free();
      if (now.free > now.most * PLENTY) return;
      const all = uses();
      const own = all.find((use) => use.fed === fed);
      if (own !== undefined && leftOf(own) >= size) return;
      fit(all, size, null);
    },
  };
}
