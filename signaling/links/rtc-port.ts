/**
 * What passes between a worker and the WebRTC host on the main thread, over one MessagePort: browsers have no RTCPeerConnection in
 * workers. `link` is a number that the worker chose; frames travel as transferred ArrayBuffers.
 */
import type { RtcSignal } from '../call.ts';

export type ToHost =
  | { readonly t: 'dial'; readonly link: number; readonly initiator: boolean }
  | { readonly t: 'signal'; readonly link: number; readonly signal: RtcSignal }
  | { readonly t: 'frame'; readonly link: number; readonly frame: ArrayBuffer }
  /** A heartbeat; overtakes the frames that wait. */
  | { readonly t: 'ping'; readonly link: number }
  | { readonly t: 'close'; readonly link: number };

export type FromHost =
  | { readonly t: 'signal'; readonly link: number; readonly signal: RtcSignal }
  | { readonly t: 'open'; readonly link: number }
  | { readonly t: 'frame'; readonly link: number; readonly frame: ArrayBuffer }
  /** Bytes of frames that the data channel has taken. */
  | { readonly t: 'sent'; readonly link: number; readonly bytes: number }
  /** The other end gave a sign of life. */
  | { readonly t: 'alive'; readonly link: number }
  /** Last one of a link. `reason` is null when an end asked for it. */
  | { readonly t: 'closed'; readonly link: number; readonly reason: string | null };
