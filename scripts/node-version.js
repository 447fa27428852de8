/**
 * Says clearly if Node is too old, before anything else fails for an obscure reason. Plain JavaScript without imports, so that an old Node
 * can run it. On Linux and Windows `npm ci` installs a suitable Node; other systems use their own.
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
