import type { PeerId } from '#protocol/identity';
import { inPageLink } from './in-page-link.ts';
import { linkSuite, watch } from './link-suite.ts';

linkSuite(
  'a link inside one process',
  async () => {
    const { port1, port2 } = new MessageChannel();
    const [a, b] = [watch(), watch()];
    return [
      { link: inPageLink('b' as PeerId, port1, a.events), seen: a },
      { link: inPageLink('a' as PeerId, port2, b.events), seen: b },
    ];
  },
  async () => {},
);
