/** The store's methods as synchronous SQL on one open connection; the worker runs them inside its transactions. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { INVITATIONS_MAX, STATES_KEPT, UPDATES_KEPT_ROUNDS, WITHDRAWALS_KEPT } from '#protocol/limits';
import { blobParts } from './blob-parts.ts';
import { sqliteRoom, type DiskRoom } from './sqlite-room.ts';
import type { DropOldest, Many, One, Row } from './sqlite-queries.ts';
import { checkBytesQuota, checkFederationQuota, type Quotas } from './quotas.ts';
import type { StoreArguments, StoreMethod, StoreResult } from './sqlite-requests.ts';
import type { NewRecord, Place, StoredManifest, StoredRecord } from './store.ts';

export type Statements = { readonly [M in StoreMethod]: (...args: StoreArguments<M>) => StoreResult<M> };

const RECORD_COLUMNS = 'fed, epoch, round, id, state, bytes';
const MANIFEST_COLUMNS = 'id, owner, bytes, seq, standing, kept, since, active, states, disk, testSet, withdrawal';
/** Blobs that only their age keeps: named by no manifest (a test set), no record (states, vectors), no cell (vectors). */
const UNNAMED = [
  'manifests WHERE testSet = blobs.hash',
  'states WHERE states.hash = blobs.hash',
  'vectors WHERE vectors.hash = blobs.hash',
  'cells WHERE cells.blob = blobs.hash',
]
  .map((names) => `NOT EXISTS (SELECT 1 FROM ${names})`)
  .join(' AND ');

export function sqliteStatements(db: DatabaseSync, quotas: Quotas): Statements {
  const one: One = (sql) => {
    const statement = db.prepare(sql);
    return (...values) => statement.get(...values);
  };
  const many: Many = (sql) => {
    const statement = db.prepare(sql);
    return (...values) => statement.all(...values);
  };
  const dropOldest = oldestUnnamed(many, quotas);
  const room = sqliteRoom(one, many, dropOldest);
  const charge = charges(one, quotas, dropOldest);
  const select = one('SELECT 1');
  return {
    ...manifestStatements(one, many, quotas, room, charge),
    ...recordStatements(one, many),
    ...blobStatements(one, many, room, charge),
    ...coreStatements(one, many, room),
    uses: room.uses,
    disk: room.disk,
    ping: () => void select(),
  };
}

/** @throws MeshError quota if `owner` may not keep so many more bytes */
type Charge = (owner: PeerId, size: number, wanted?: Hash | null) => void;

/** If bytes are short, the oldest unnamed blob is dropped: a flood of those displaces only itself. */
function oldestUnnamed(many: Many, quotas: Quotas): DropOldest {
  const drop = many(
    `DELETE FROM blobs WHERE hash IN
       (SELECT hash FROM blobs WHERE isState = 0 AND owner <> ? AND hash IS NOT ? AND ${UNNAMED} ORDER BY since, rowid LIMIT 1) RETURNING hash`,
  );
  return (wanted) => drop(quotas.relay ?? '', wanted).length > 0;
}

/** Blobs count by their size, states by what was promised for them when their federation was published. */
function charges(one: One, quotas: Quotas, dropOldest: DropOldest): Charge {
  const relay = quotas.relay ?? '';
  const ofOwner = one(
    `SELECT (SELECT COALESCE(SUM(size), 0) FROM blobs WHERE owner = ?1 AND isState = 0)
          + (SELECT COALESCE(SUM(states), 0) FROM manifests WHERE owner = ?1 AND standing IN ('listed', 'hidden', 'withdrawn')) AS size`,
  );
  const ofAll = one(
    `SELECT (SELECT COALESCE(SUM(size), 0) FROM blobs WHERE owner <> ?1 AND isState = 0)
          + (SELECT COALESCE(SUM(states), 0) FROM manifests WHERE owner <> ?1 AND standing IN ('listed', 'hidden', 'withdrawn')) AS size`,
  );
  return (owner, size, wanted = null) => {
    if (owner === quotas.relay) return;
    const all = () => Number(ofAll(relay)!['size']);
    const own = () => Number(ofOwner(owner)!['size']);
    if (own() + size <= quotas.blobBytesPerIdentity) while (all() + size > quotas.blobBytes && dropOldest(wanted));
    checkBytesQuota(quotas, owner, own(), all(), size);
  };
}

type ManifestMethods =
  | 'putManifest'
  | 'manifest'
  | 'manifests'
  | 'changeManifest'
  | 'removeManifest'
  | 'withdrawals'
  | 'invite'
  | 'checkInvitation';

function manifestStatements(one: One, many: Many, quotas: Quotas, room: DiskRoom, charge: Charge): Pick<Statements, ManifestMethods> {
  const byId = one(`SELECT ${MANIFEST_COLUMNS} FROM manifests WHERE id = ?`);
  const count = one(
    `SELECT COUNT(*) AS ofAll, COALESCE(SUM(owner = ?1), 0) AS ofOwner FROM manifests
     WHERE standing <> 'unread' AND (standing = 'waiting') = ?2`,
  );
  const insert = one(
    'INSERT INTO manifests (id, owner, bytes, standing, kept, since, active, states, disk, testSet) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const all = many(`SELECT ${MANIFEST_COLUMNS} FROM manifests ORDER BY seq`);
  const change = one('UPDATE manifests SET standing = ?, kept = ?, active = ?, withdrawal = ? WHERE id = ?');
  const gone = ['manifests WHERE id', 'records WHERE fed', 'cells WHERE fed', 'states WHERE fed', 'vectors WHERE fed'].map((what) =>
    one(`DELETE FROM ${what} = ?`),
  );
  const dropStates = one(`DELETE FROM blobs WHERE isState = 1 AND ${UNNAMED}`);
  const dropTestSet = one(`DELETE FROM blobs WHERE hash = ? AND ${UNNAMED}`);
  const keepWithdrawal = one('INSERT INTO withdrawals (id, withdrawal) VALUES (?, ?) ON CONFLICT (id) DO NOTHING');
  const dropWithdrawals = one('DELETE FROM withdrawals WHERE seq <= (SELECT MAX(seq) FROM withdrawals) - ?');
  const withdrawals = many('SELECT id, withdrawal FROM withdrawals ORDER BY seq');
  const forgetOld = one('DELETE FROM invitations WHERE until < ?');
  const invitations = one('SELECT COUNT(*) AS n FROM invitations');
  const invite = one('INSERT INTO invitations (hash, until) VALUES (?, ?)');
  const takeUp = one('DELETE FROM invitations WHERE hash = ? AND until >= ? RETURNING hash');
  const goodOne = one('SELECT hash FROM invitations WHERE hash = ? AND until >= ?');
  const checkCode = (found: Row | undefined) => {
    if (found !== undefined) return;
    throw new MeshError('field-invalid', { field: 'invitation', expected: 'a code of this relay that nobody has used', got: 'another' });
  };
  return {
    putManifest(m, now) {
      if (byId(m.id) !== undefined) return false;
      if (m.invitation !== null) checkCode(takeUp(m.invitation, now));
      if (m.owner !== quotas.relay) {
        const { ofOwner, ofAll } = count(m.owner, Number(m.standing === 'waiting'))!;
        checkFederationQuota(quotas, m.standing === 'waiting', Number(ofOwner), Number(ofAll));
      }
      if (m.standing !== 'waiting') charge(m.owner, m.states, m.testSet);
      room.check((m.standing === 'waiting' ? 0 : m.disk) + m.bytes.length, m.testSet);
      insert(m.id, m.owner, m.bytes, m.standing, Number(m.kept), now, m.active, m.states, m.disk, m.testSet);
      return true;
    },
    manifest: (id) => manifestOf(byId(id)),
    manifests: () => all().map((row) => manifestOf(row)!),
    changeManifest(id, changes, by) {
      const there = manifestOf(byId(id));
      if (there === null) throw new MeshError('not-found', { field: 'id', expected: 'a federation of this relay', got: id });
      if (by !== undefined && there.standing === 'waiting') checkCode(takeUp(by.invitation, by.now));
      const { standing, kept, active, withdrawal } = { ...there, ...changes };
      if (there.standing === 'waiting' && standing !== 'waiting') room.check(there.disk);
      change(standing, Number(kept), active, withdrawal, id);
    },
    removeManifest(id) {
      const { testSet = null, withdrawal = null } = manifestOf(byId(id)) ?? {};
      for (const remove of gone) remove(id);
      dropStates();
      if (testSet !== null) dropTestSet(testSet);
      if (withdrawal === null) return;
      keepWithdrawal(id, withdrawal);
      dropWithdrawals(WITHDRAWALS_KEPT);
    },
    withdrawals: () => withdrawals() as unknown as StoreResult<'withdrawals'>,
    invite(hash, until, now) {
      forgetOld(now);
      const made = Number(invitations()!['n']);
      if (made >= INVITATIONS_MAX)
        throw new MeshError('quota', { field: 'invitations', expected: `at most ${INVITATIONS_MAX}`, got: String(made + 1) });
      invite(hash, until);
    },
    checkInvitation: (hash, now) => checkCode(goodOne(hash, now)),
  };
}

function manifestOf(row: Row | undefined): StoredManifest | null {
  return row === undefined ? null : ({ ...row, kept: row['kept'] === 1 } as unknown as StoredManifest);
}

function recordStatements(one: One, many: Many): Pick<Statements, 'record' | 'head' | 'place' | 'records'> {
  const bySlot = one(`SELECT ${RECORD_COLUMNS} FROM records WHERE fed = ? AND epoch = ? AND round = ?`);
  const newest = 'FROM records WHERE fed = ? ORDER BY epoch DESC, round DESC LIMIT 1';
  const last = one(`SELECT ${RECORD_COLUMNS} ${newest}`);
  const lastPlace = one(`SELECT epoch, round, id, state ${newest}`);
  const from = many(`SELECT ${RECORD_COLUMNS} FROM records WHERE fed = ? AND round >= ? ORDER BY epoch, round LIMIT ?`);
  return {
    record: (fed, epoch, round) => rowOrNull<StoredRecord>(bySlot(fed, epoch, round)),
    head: (fed) => rowOrNull<StoredRecord>(last(fed)),
    place: (fed) => rowOrNull<Place>(lastPlace(fed)),
    records: (fed, fromRound, limit, maxBytes = Infinity) =>
      withinBytes(from(fed, fromRound, limit) as unknown as StoredRecord[], maxBytes),
  };
}

type BlobMethods = 'putBlob' | 'blob' | 'blobPart' | 'dropUnnamed';

function blobStatements(one: One, many: Many, room: DiskRoom, charge: Charge): Pick<Statements, BlobMethods> {
  const byHash = one('SELECT bytes FROM blobs WHERE hash = ?');
  const seenAgain = one(SEEN_AGAIN);
  const insert = one(INSERT_BLOB);
  const drop = many(`DELETE FROM blobs WHERE since < ? AND ${UNNAMED} RETURNING hash`);
  const read = (hash: Hash) => {
    const bytes = byHash(hash)?.['bytes'] as Uint8Array | undefined;
    if (bytes === undefined) return null;
    if (hashOf(bytes) === hash) return bytes;
    throw new MeshError('internal', { field: `blob ${hash}`, expected: 'the stored bytes', got: 'damaged ones' });
  };
  return {
    putBlob(hash, by, bytes, now) {
      checkHash(hash, bytes);
      if (seenAgain(now, hash) !== undefined) return;
      charge(by, bytes.length);
      room.check(bytes.length);
      insert(hash, by, bytes.length, bytes, 0, now);
    },
    blob: read,
    blobPart: blobParts(one, read),
    dropUnnamed: (before) => drop(before).length,
  };
}

const SEEN_AGAIN = 'UPDATE blobs SET since = ? WHERE hash = ? RETURNING hash';
const INSERT_BLOB = 'INSERT INTO blobs (hash, owner, size, bytes, isState, since) VALUES (?, ?, ?, ?, ?, ?)';

/** What the cores of federations write: records, blobs and cells, and the deletions that follow (protocol/driver/retention.ts). */
function coreStatements(one: One, many: Many, room: DiskRoom): Pick<Statements, 'write' | 'cells'> {
  const all = many('SELECT name, value FROM cells WHERE fed = ? ORDER BY name');
  const remove = one('DELETE FROM cells WHERE fed = ? AND name = ? RETURNING blob');
  const put = one('INSERT INTO cells (fed, name, value, blob) VALUES (?, ?, ?, ?)');
  const owner = one('SELECT owner FROM manifests WHERE id = ?');
  const seenAgain = one(SEEN_AGAIN);
  const insert = one(INSERT_BLOB);
  const append = appendStatement(one, many, room);
  /** `isState` is an old column name: it marks a core's blobs. */
  const drop = one(`DELETE FROM blobs WHERE hash = ? AND isState = 1 AND ${UNNAMED}`);
  return {
    write(fed, { puts = [], deletes = [], append: records = [], blobs = [] }, now) {
      const released = records.flatMap((record) => append(fed, record));
      for (const { hash, bytes } of blobs) {
        checkHash(hash, bytes);
        if (seenAgain(now, hash) === undefined) insert(hash, String(owner(fed)?.['owner'] ?? ''), bytes.length, bytes, 1, now);
      }
      for (const key of [...deletes, ...puts.map((cell) => cell.key)]) released.push(remove(fed, key)?.['blob'] as Hash | null | undefined);
      for (const { key, value, blob } of puts) put(fed, key, value, blob);
      for (const hash of released) if (typeof hash === 'string') drop(hash);
    },
    cells: (fed) => new Map(all(fed).map((row) => [row['name'] as string, row['value'] as Uint8Array])),
  };
}

type Released = Hash | null | undefined;

/** @returns a function that appends a record, and returns what the log no longer names */
function appendStatement(one: One, many: Many, room: DiskRoom): (fed: Hash, record: NewRecord) => Released[] {
  const idAt = one('SELECT id FROM records WHERE fed = ? AND epoch = ? AND round = ?');
  const insert = one(`INSERT INTO records (${RECORD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const again = one('DELETE FROM states WHERE fed = ? AND hash = ?');
  const nameState = one('INSERT INTO states (fed, hash) VALUES (?, ?)');
  const older = many(
    'DELETE FROM states WHERE fed = ?1 AND seq NOT IN (SELECT seq FROM states WHERE fed = ?1 ORDER BY seq DESC LIMIT ?2) RETURNING hash',
  );
  const nameVector = one('INSERT INTO vectors (fed, round, hash) VALUES (?, ?, ?)');
  const past = many('DELETE FROM vectors WHERE fed = ? AND round <= ? RETURNING hash');
  return (fed, { epoch, round, id, state, bytes, vectors }) => {
    const there = idAt(fed, epoch, round);
    if (there !== undefined) {
      if (there['id'] !== id) throw new MeshError('conflict', { field: 'record', expected: String(there['id']), got: id });
      return [];
    }
    room.checkFor(fed, bytes.length);
    insert(fed, epoch, round, id, state, bytes);
    again(fed, state);
    nameState(fed, state);
    for (const hash of vectors) nameVector(fed, round, hash);
    return [...older(fed, STATES_KEPT), ...past(fed, round - UPDATES_KEPT_ROUNDS)].map((row) => row['hash'] as Hash);
  };
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

/** @throws MeshError blob-mismatch */
function checkHash(hash: Hash, bytes: Uint8Array): void {
  const got = hashOf(bytes);
  if (got !== hash) throw new MeshError('blob-mismatch', { field: 'hash', expected: hash, got });
}

/** The first of them that fit, and always at least one. */
function withinBytes(records: readonly StoredRecord[], maxBytes: number): StoredRecord[] {
  let bytes = 0;
  return records.filter((record, i) => (bytes += record.bytes.length) <= maxBytes || i === 0);
}

function rowOrNull<T>(row: Row | undefined): T | null {
  return row === undefined ? null : (row as unknown as T);
}
