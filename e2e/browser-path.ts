/**
 * The tests' Chromium and its flags. CHROMIUM_PATH wins; else the browser of a development dependency (@sparticuz/chromium), unpacked once
 * into node_modules/.cache; else a browser of the system. Only tests, benches and screenshots start a browser.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const SYSTEM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome'];

/** Plain-IP candidates, since multicast DNS may be dead in a container; software WebGL. Not the package's own, unsafe, flags. */
export const CHROMIUM_ARGS: readonly string[] = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

/** Path of a Chromium that has started successfully. @throws Error with every reason if there is none */
export async function chromiumPath(): Promise<string> {
  const named = process.env['CHROMIUM_PATH'];
  if (named) return named;
  try {
    return await packagedChromium();
  } catch (cause) {
    const found = SYSTEM.find((path) => existsSync(path));
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (found === undefined) {
      throw new Error(`No Chromium: the packaged one failed (${reason}); set CHROMIUM_PATH to a browser of this system.`, { cause });
    }
    process.stderr.write(`The packaged Chromium failed (${reason}); using ${found}\n`);
    return found;
  }
}

async function packagedChromium(): Promise<string> {
  const root = join(MODULES, '@sparticuz', 'chromium');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const home = join(MODULES, '.cache', `chromium-${version}`);
  if (!existsSync(join(home, 'chromium'))) await unpack(root, home);
  const path = join(home, 'chromium');
  useShippedLibraries(home);
  execFileSync(path, ['--version'], { stdio: 'ignore' });
  return path;
}

/** Unpacks beside the final place and renames, so that concurrent test runs never see half a browser. */
async function unpack(root: string, home: string): Promise<void> {
  const { default: chromium, inflate } = await import('@sparticuz/chromium');
  const partial = `${home}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const saved = process.env['TMPDIR'];
  process.env['TMPDIR'] = partial; // the package unpacks there, and would re-use a browser of any version it finds
  try {
    const path = await chromium.executablePath();
    try {
      execFileSync(path, ['--version'], { stdio: 'ignore' });
    } catch {
      await inflate(join(root, 'bin', 'al2023.tar.br')); // no NSS on this system: bring the shipped copies
      useShippedLibraries(dirname(path));
      execFileSync(path, ['--version'], { stdio: 'ignore' });
    }
    try {
      renameSync(partial, home);
    } catch (error) {
      if (!existsSync(join(home, 'chromium'))) throw error; // else another run was first
    }
  } finally {
    if (saved === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = saved;
    rmSync(partial, { recursive: true, force: true });
  }
}

function useShippedLibraries(home: string): void {
  const libraries = join(home, 'al2023', 'lib');
  if (!existsSync(libraries)) return;
  const rest = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== '' && path !== libraries);
  process.env['LD_LIBRARY_PATH'] = [libraries, ...rest].join(':');
}
