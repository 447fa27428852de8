import { loopbackRelay, newIdentity, roomNamed } from '../loopback-relay.fixture.ts';
import { linkSuite } from './link-suite.ts';
import { mailboxPair } from './mailbox-pair.fixture.ts';

const disposals: (() => Promise<void> | void)[] = [];

linkSuite(
  'a link through the mailbox of a real server',
  async () => {
    const relay = await loopbackRelay();
    const { pair, close } = await mailboxPair(relay.url, roomNamed('links'), [await newIdentity(), await newIdentity()]);
    disposals.push(close, () => relay.stop());
    return pair;
  },
  async () => {
    for (const dispose of disposals.splice(0)) await dispose();
  },
);
