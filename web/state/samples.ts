/**
 * The sample files that ship with the page. Their headers decide which set fits a federation; one with other columns is offered none.
 */
import { PATHS } from '#protocol/rest';
import type { TableTask } from '#protocol/manifest/task';
import { relayUrl } from '#signaling/relay-url';
import { relayAddress } from './relay.ts';

const SETS = ['digits', 'table'] as const;
export const SAMPLE_PARTS = [1, 2, 3] as const;
export type SampleSet = (typeof SETS)[number];

/** The file name of one part, as PeerWorker.load takes it; served under /samples/. */
export function sampleName(set: SampleSet, part: number): string {
  return `${set}-${part}.csv`;
}

/** The set whose header has every column and the label of the task, or null; `unreachable` if the files cannot be read. */
export async function sampleFor(task: TableTask, signal?: AbortSignal): Promise<SampleSet | 'unreachable' | null> {
  const wanted = [...task.columns.map((c) => c.name), task.label.name].map((name) => name.toLowerCase());
  for (const set of SETS) {
    const header = await headerOf(relayUrl(relayAddress(), PATHS.sample(sampleName(set, 1))), signal);
    if (header === null) return 'unreachable';
    if (wanted.every((name) => header.includes(name))) return set;
  }
  return null;
}

/** Column names in lower case, from the first line that is not a comment; reads no further. @returns null without a response */
async function headerOf(file: URL, signal: AbortSignal | undefined): Promise<readonly string[] | null> {
  try {
    const reply = await fetch(file, { signal: signal ?? null });
    if (!reply.ok || reply.body === null) return [];
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      text += value ?? '';
      const line = text
        .split('\n')
        .slice(0, done ? undefined : -1)
        .find((candidate) => !candidate.startsWith('#'));
      if (line !== undefined || done) {
        await reader.cancel();
        return (line ?? '').split(',').map((name) => name.trim().toLowerCase());
      }
    }
  } catch {
    return null;
  }
}
