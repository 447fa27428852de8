/**
 * Writes the sample files of the page, public/samples/*.csv: `node relay/samples/make.ts`. It produces the same bytes every time; the files
 * are part of the repository, and a test compares them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sampleFiles } from './files.ts';

const directory = fileURLToPath(new URL('../../public/samples/', import.meta.url));
await mkdir(directory, { recursive: true });
for (const [name, text] of sampleFiles()) await writeFile(`${directory}${name}`, text);
