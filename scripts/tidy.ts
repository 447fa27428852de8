/**
 * The rules for source files, as one pure function from files to complaints: imports, names, lengths, headers, and banned words. The tests
 * of this folder run it on the tree and on bad samples. Not a parser: it recognises imports and comments by their form. The linter
 * (.oxlintrc.json) covers rules that need types or syntax.
 */

export interface SourceFile {
  /** From the top of the tree, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Complaint {
  readonly path: string;
  readonly rule: 'import' | 'name' | 'length' | 'header' | 'word' | 'machine';
  readonly what: string;
}

type Folder = 'protocol' | 'wasm' | 'signaling' | 'workers' | 'relay' | 'web';

/** Folders that a folder's product code may import, besides itself. */
const MAY_IMPORT: Readonly<Record<Folder, readonly Folder[]>> = {
  protocol: [],
  wasm: [],
  signaling: ['protocol'],
  workers: ['protocol', 'wasm', 'signaling'],
  relay: ['protocol', 'signaling', 'wasm'],
  web: ['protocol', 'signaling'],
};
/**
 * Folders of which only types may be imported: the page starts workers by their URL and knows the shape of their answers; the
 * numerics compute networks as protocol/ plans them (docs/adr/0005).
 */
const MAY_IMPORT_TYPES: Partial<Record<Folder, readonly Folder[]>> = { web: ['workers'], wasm: ['protocol'] };
/**
 * The rooms of each folder, lowest first: a file may import from its own room and from earlier ones, including types. A room is a file, or
 * a folder with everything in it that is not its own room; `.` is the rest of the folder.
 */
const ROOMS: Readonly<Record<Folder, readonly string[]>> = {
  protocol: inOrder(
    'errors.ts limits.ts codec.ts identity.ts merkle.ts token-bucket.ts json-shape.ts id-arguments.ts field-shapes.ts privacy/noise agreement',
    'secagg round wire.ts privacy model manifest privacy/ledger robust device-policy.ts presets.ts rest.ts driver sim',
  ),
  wasm: inOrder('arena.ts kernels.ts grid.ts dropout-mask.ts aggregate.ts key-streams.ts numerics.ts spec.ts reference layers . assembly'),
  signaling: inOrder('byte-budget.ts call.ts environment.ts relay-url.ts secret-file.ts links transport.ts server .'),
  workers: inOrder(
    '. ledger loader/cells loader/lines loader/table loader/picture loader/recording loader platform trainer solo rows peer',
    'lab founding practice *.worker.ts',
  ),
  relay: inOrder('config.ts log.ts store samples . http admin relay.ts main.ts'),
  web: inOrder(
    'i18n state words ui pages/try pages/stage pages/record pages/train pages/project-parts pages/home pages/report pages/join',
    'pages/practice pages/create pages app.tsx main.tsx service-worker.ts',
  ),
};
function inOrder(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}
/** Files that also run in a page must not use Node's modules; programs that are started by name may. */
const PURE: readonly Folder[] = ['protocol', 'web'];
const PROGRAMS: readonly string[] = ['protocol/sim/main.ts'];

/** Maximum number of product files per folder, to keep it readable at a glance. */
export const FOLDER_FILES_MAX = 25;
export const LINES_MAX = 400;
export const LINES_LONG = 300;
const SOURCE = /\.(ts|tsx|js)$/;
const BANNED_NAME = /(^|[-/.])(utils?|helpers?|common|managers?)([-/.]|$)/;
const KEBAB = /^[a-z\d]+(-[a-z\d]+)*(\.[a-z\d]+(-[a-z\d]+)*)*$/;
// Split in two, so that this file does not match itself.
const MACHINE = new RegExp(
  `(^|[\\s'"\`(=])/(${['work', 'tmp', 'root', 'home', 'Users'].join('|')})/|\\bregistry\\.` + `[a-z\\d-]+\\.[a-z]`,
);

/** Tests and files that only tests use may import anything and need no header. */
export function isTest(path: string): boolean {
  return /\.(test|fixture)\.tsx?$|-suite\.ts$|(^|\/)testing\/|^(e2e|bench|scripts)\//.test(path);
}

const folderOf = (path: string): string => path.split('/')[0]!;
const isFolder = (name: string): name is Folder => name in MAY_IMPORT;

/** Source text with comments blanked; a glob such as '**' + '/*.ts' is not a comment, since a comment starts after a space or bracket. */
export function withoutComments(text: string): string {
  return text.replace(/(^|[\s({[,;])\/\*[\s\S]*?\*\//g, '$1').replace(/(^|[\s;,{})])\/\/[^\n]*/g, '$1');
}

interface Import {
  readonly target: string;
  readonly typesOnly: boolean;
}

export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  for (const [, type, names, target] of code.matchAll(/^\s*(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s*['"]([^'"]+)['"]/gm)) {
    const braces = /^\{([^}]*)\}$/.exec(names!.trim())?.[1];
    const each = braces
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    found.push({
      target: target!,
      typesOnly: type !== undefined || (each !== undefined && each.every((name) => name.startsWith('type '))),
    });
  }
  for (const [, target] of code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)) found.push({ target: target!, typesOnly: false });
  for (const [, type, target] of code.matchAll(/(typeof\s+)?\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ target: target!, typesOnly: type !== undefined });
  }
  return found;
}

/** The fault of one import of a product file, or null. */
function importFault(path: string, { target, typesOnly }: Import): string | null {
  const own = folderOf(path);
  if (!isFolder(own)) return null;
  if (target.startsWith('.')) {
    const depth = path.split('/').length - 1;
    const up = target.split('/').filter((part) => part === '..').length;
    if (up >= depth && !target.startsWith(`${'../'.repeat(depth)}build/`))
      return `${target} leaves its folder; other folders are imported as #folder/file`;
    // AssemblyScript has its own compiler, which adds the extension itself.
    if (!/\.(tsx?|css|js)$|\?|\.wasm/.test(target) && !path.startsWith('wasm/assembly/')) return `${target} has no extension`;
    return null;
  }
  if (target.startsWith('node:'))
    return PURE.includes(own) && !PROGRAMS.includes(path) && !typesOnly ? `${target} in ${own}, which runs in a page` : null;
  if (target === 'zod' && (own === 'protocol' || own === 'web')) return `zod in ${own}: the page takes zod/mini`;
  const other = /^#([a-z]+)\//.exec(target)?.[1];
  if (other === undefined || !isFolder(other) || other === own || MAY_IMPORT[own].includes(other)) return null;
  if (MAY_IMPORT_TYPES[own]?.includes(other) === true)
    return typesOnly ? null : `${own} takes only types of ${other}, and ${target} is imported as a value`;
  return `${own} must not import ${target}`;
}

/** The index of a file's room in its folder's order, from 0; -1 for none, and for files outside these folders. */
export function roomOf(path: string): number {
  const top = folderOf(path);
  if (!isFolder(top)) return -1;
  const name = path.slice(top.length + 1);
  const fits = ROOMS[top].map((room) => {
    if (room === '.') return name.includes('/') ? 0 : 1;
    if (room.startsWith('*')) return !name.includes('/') && name.endsWith(room.slice(1)) ? room.length : 0;
    return name === room || name.startsWith(`${room}/`) ? room.length : 0;
  });
  const best = Math.max(...fits);
  return best === 0 ? -1 : fits.indexOf(best);
}

/** Rooms without files. */
export function emptyRooms(paths: readonly string[]): string[] {
  const used = new Set(paths.map((path) => `${folderOf(path)} ${roomOf(path)}`));
  return Object.entries(ROOMS).flatMap(([top, rooms]) =>
    rooms.filter((_, place) => !used.has(`${top} ${place}`)).map((room) => `${top}/${room}`),
  );
}

/** Folders with too many product files, with their number. */
export function crowdedFolders(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const folder = path.split('/').slice(0, -1).join('/');
    if (!isTest(path)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > FOLDER_FILES_MAX).map(([folder, count]) => `${folder} (${count} files)`);
}

/** Whether an import within one folder goes to a higher room. */
export function isUpward(path: string, target: string): boolean {
  return folderOf(path) === folderOf(target) && roomOf(target) > roomOf(path);
}

/** At run time the page reaches other folders only through a worker's file, started by its URL. */
function urlFaults(path: string, text: string): string[] {
  if (folderOf(path) !== 'web') return [];
  const depth = path.split('/').length - 1;
  const targets = [...withoutComments(text).matchAll(/new URL\(\s*['"](\.[^'"]+)['"]/g)].map(([, target]) => target!);
  const outside = targets.filter((target) => target.split('/').filter((part) => part === '..').length >= depth);
  return outside.filter((target) => !/^(\.\.\/)+workers\/[a-z-]+\.worker\.ts$/.test(target)).map((target) => `${target} is no worker`);
}

function nameFault(path: string): string | null {
  if (BANNED_NAME.test(path)) return 'says nothing about what is inside';
  const strange = path.split('/').find((part) => !KEBAB.test(part.replace(/^\./, '')));
  return strange === undefined ? null : `${strange} is not kebab-case`;
}

/** Words banned from product code, but allowed in comments. */
function wordFaults(path: string, text: string): string[] {
  const faults: string[] = [];
  const code = withoutComments(text);
  if (!isTest(path)) {
    if (/\bMath\.random\b/.test(code)) faults.push('Math.random outside tests');
    if (/\bconsole\.(log|debug|info)\b/.test(code)) faults.push('console.log');
    if (/(:|\bas|<|\|)\s*any\b(?!\s+[a-z])/.test(code)) faults.push('the type any');
  }
  // A note about something unfinished has to say what is missing: TODO(what): why.
  for (const [note] of text.matchAll(/\b(TO|FIX)(DO|ME)\b(?!\([^)]{3,}\): \S)/g)) faults.push(`${note} without a reason`);
  return faults;
}

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** All complaints about one file. Other than source files are checked only for their names and for traces of a machine. */
export function complaintsAbout({ path, text }: SourceFile): Complaint[] {
  const found: Complaint[] = [];
  const complain = (rule: Complaint['rule'], what: string | null) => {
    if (what !== null) found.push({ path, rule, what });
  };
  const machine = MACHINE.exec(text)?.[0].trim();
  complain('machine', machine === undefined ? null : `${machine} is a place on one machine, or a registry`);
  if (!SOURCE.test(path)) return found;
  complain('name', nameFault(path));
  const lines = lineCount(text);
  complain('length', lines > LINES_MAX ? `${lines} lines; split it where a reader would look for the parts` : null);
  if (!isTest(path) && !/^(\/\*\*|\/\/)/.test(text)) complain('header', 'no comment at the top says what it is');
  if (!isTest(path)) for (const one of importsOf(text)) complain('import', importFault(path, one));
  for (const fault of urlFaults(path, text)) complain('import', fault);
  for (const fault of wordFaults(path, text)) complain('word', fault);
  return found;
}
