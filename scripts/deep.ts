/** How much a long test does: in `npm test` enough to detect faults, in `npm run test:deep` enough to find rare ones. */
export function often(usual: number, deep: number): number {
  return process.env['MODE'] === 'deep' ? deep : usual;
}
