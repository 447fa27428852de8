/**
 * Says clearly when Node is too old, before anything else fails for a reason that nobody understands. Plain JavaScript without any
 * import, so that an old Node can run it too. Linux and Windows get a fitting Node with `npm ci`; other systems use their own.
 */
const NEEDED = [22, 18];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `Sovereign Mesh needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Install a current Node from https://nodejs.org and run the command again.\n',
  );
  process.exit(1);
}
