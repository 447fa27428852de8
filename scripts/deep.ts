/** How much a long test does: in `npm test` what tells a fault of the code, in `npm run test:deep` what hunts for rare ones. */
export function often(usual: number, deep: number): number {
  return process.env['MODE'] === 'deep' ? deep : usual;
}
