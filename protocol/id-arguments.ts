/**
 * Ids on a command line. An id is a hash in base64url, and one in 64 begins with a hyphen, which an argument parser takes for an option.
 * Pure; Node does the parsing.
 */
const HYPHENED_ID = /^-[\w-]{42}$/;

/**
 * @param args as the shell gave them
 * @param options that take an id as their value, with their hyphens
 * @returns equivalent arguments for a parser that knows `--option=value` and `--`
 */
export function idArguments(args: readonly string[], options: readonly string[] = []): string[] {
  const end = args.indexOf('--');
  const [own, rest] = end === -1 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const [kept, ids]: [string[], string[]] = [[], []];
  for (const arg of own) {
    const before = kept.at(-1);
    if (!HYPHENED_ID.test(arg)) kept.push(arg);
    else if (before !== undefined && options.includes(before)) kept[kept.length - 1] = `${before}=${arg}`;
    else ids.push(arg);
  }
  return ids.length + rest.length === 0 ? kept : [...kept, '--', ...ids, ...rest];
}
