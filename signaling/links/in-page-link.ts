/**
 * A link inside one page or process over a MessageChannel: for peers that share a browser, and the simplest implementation of Link, as a
 * baseline for the others. Messages are copied across; each is acknowledged, so that a stalled reader is noticed.
 */
import { MeshError } from '#protocol/errors';
import type { PeerId } from '#protocol/identity';
import { LINK_QUEUE_BYTES_MAX, MESH_MESSAGE_BYTES_MAX } from '#protocol/limits';
import type { Link, LinkEvents, LinkState } from './link.ts';

type PortMessage =
  | { readonly t: 'ready' }
  | { readonly t: 'data'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly t: 'taken'; readonly cost: number }
  | { readonly t: 'bye'; readonly error?: { readonly code: MeshError['code']; readonly detail: MeshError['detail'] } };

/** What a message costs the queue beyond its bytes. */
const MESSAGE_COST = 64;

/** One end of a link; the other end of `port` must be given to `inPageLink` too, wherever it is. */
export function inPageLink(peer: PeerId, port: MessagePort, events: LinkEvents): Link {
  let state: LinkState = 'opening';
  let queued = 0;
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  const post = (message: PortMessage) => port.postMessage(message);

  const end = (error?: MeshError, farewell = true) => {
    if (state === 'closed') return;
    state = 'closed';
    queued = 0;
    waiting.length = 0;
    if (farewell) post(error === undefined ? { t: 'bye' } : { t: 'bye', error: { code: error.code, detail: error.detail } });
    port.close();
    events.close(error);
  };
  port.onmessage = ({ data }: MessageEvent<PortMessage>) => {
    if (state === 'closed') return;
    if (data.t === 'data') {
      post({ t: 'taken', cost: data.bytes.length + MESSAGE_COST });
      events.message(data.bytes);
    } else if (data.t === 'taken') {
      queued -= data.cost;
    } else if (data.t === 'bye') {
      end(data.error === undefined ? undefined : new MeshError(data.error.code, data.error.detail), false);
    } else if (state === 'opening') {
      post({ t: 'ready' }); // the first one may have been said before this end listened
      state = 'open';
      for (const bytes of waiting.splice(0)) post({ t: 'data', bytes });
      events.open();
    }
  };
  port.start();
  post({ t: 'ready' });

  return {
    peer,
    path: 'in-page',
    get state() {
      return state;
    },
    get queuedBytes() {
      return queued;
    },
    send(message) {
      if (state === 'closed') return;
      const cost = message.length + MESSAGE_COST;
      if (message.length > MESH_MESSAGE_BYTES_MAX) return end(new MeshError('frame-too-large', { got: String(message.length) }));
      if (queued + cost > LINK_QUEUE_BYTES_MAX) {
        const expected = `at most ${LINK_QUEUE_BYTES_MAX} bytes waiting`;
        return end(new MeshError('slow-consumer', { expected, got: String(queued + cost) }));
      }
      queued += cost;
      if (state === 'open') post({ t: 'data', bytes: message });
      else waiting.push(message);
    },
    close: () => end(),
  };
}
