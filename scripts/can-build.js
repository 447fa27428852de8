/**
 * Says before a build what to do in a read-only folder, for example in a container: `npm start` builds the page, while the built relay only
 * writes to its data directory. Plain JavaScript, like node-version.js. Argument: the folder, by default this tree's.
 */
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
try {
  accessSync(folder, constants.W_OK);
} catch {
  process.stderr.write(
    `${folder} cannot be written to, and \`npm start\` builds the page there.\n` +
      'Build where it can be, with `npm ci && npm run build`; then start the built relay here:\n' +
      '  node dist/relay/main.js --data DIRECTORY\n' +
      'where DIRECTORY may be written to.\n',
  );
  process.exit(1);
}
