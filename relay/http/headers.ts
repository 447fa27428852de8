/**
 * The headers of every response: cross-origin isolation (an isolated page blocks worker scripts without it), the page's content security
 * policy, which device features it may use, and no content-type sniffing. Also as plain lines, for responses written before any route runs.
 */
import type { FastifyHelmetOptions } from '@fastify/helmet';

const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  // WebAssembly may be compiled; no inline script, no eval.
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'worker-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  // Other relays' sockets: a federation names its relays in the manifest.
  'connect-src': ["'self'", 'ws:', 'wss:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const;

/**
 * Device features that the page may use (W3C Permissions Policy): motion, for recordings, which browsers grant only with both of its
 * sensors, and a screen lock meanwhile. No camera, no microphone, no location.
 */
export const PERMISSIONS_POLICY: Readonly<Record<string, string>> = {
  'Permissions-Policy': [
    ...['accelerometer', 'gyroscope', 'screen-wake-lock'].map((name) => `${name}=(self)`),
    ...['camera', 'microphone', 'geolocation', 'magnetometer', 'display-capture', 'bluetooth', 'usb', 'serial', 'hid', 'payment'].map(
      (name) => `${name}=()`,
    ),
  ].join(', '),
};

export const HELMET: FastifyHelmetOptions = {
  global: true,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: Object.fromEntries(Object.entries(CONTENT_SECURITY_POLICY).map(([k, v]) => [k, [...v]])),
  },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginEmbedderPolicy: { policy: 'require-corp' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
  // TLS ends before the relay; whoever terminates it decides for the whole host name.
  strictTransportSecurity: false,
  xssFilter: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
};

/** The headers for responses written before any hook has run: to malformed requests, or those with an unreadable address. */
export const BARE_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'",
};
