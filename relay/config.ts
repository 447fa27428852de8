/** The host's settings: environment variables, or the command line, which takes precedence. Errors name the source of the wrong value. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { MeshError } from '#protocol/errors';
import { PUBLISH_POLICIES, type PublishPolicy } from '#protocol/rest';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface Config {
  /** 0: a free port, printed at the start. */
  readonly port: number;
  readonly host: string;
  /** Absolute path of the directory that holds the relay's key and its store. */
  readonly data: string;
  /** Region written into the federations that this relay makes. */
  readonly region: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Public hosts of a relay behind a proxy or a domain name, as browsers write them: "relay.example", "relay.example:8443". */
  readonly names: readonly string[];
  /** Proxies that are trusted about a client's address: addresses, CIDR ranges, loopback, linklocal, uniquelocal. */
  readonly trustedProxies: readonly string[];
  /** Path under which the relay is reached, with a slash at both ends. */
  readonly base: string;
  readonly publish: PublishPolicy;
  /** Bytes for seats in memory, queues to peers and responses in progress together, on top of the program itself. */
  readonly memory: number;
  /** Maximum bytes of the data directory. */
  readonly disk: number;
  /** Maximum simultaneous connections; up to three quarters of them are sockets. */
  readonly sockets: number;
}

interface Setting<T> {
  readonly variable: string;
  /** Name on the command line, without the dashes; null if it is only a variable. */
  readonly option: string | null;
  readonly schema: z.ZodType<T, string>;
  readonly preset: string;
  readonly expected: string;
}

const UNITS = ['', 'K', 'M', 'G', 'T'];
const bytes = (least: number) =>
  z
    .string()
    .regex(/^\d{1,15}[KMGT]?$/i)
    .transform((text) => Number.parseInt(text, 10) * 1024 ** UNITS.indexOf(text.replace(/\d/g, '').toUpperCase()))
    .pipe(z.number().min(least).max(Number.MAX_SAFE_INTEGER));

const LIST = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const LOOPBACK = /^(localhost|127\.[\d.]+|::1)$/;

const SETTINGS = {
  port: {
    variable: 'MESH_PORT',
    option: 'port',
    schema: z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number)
      .pipe(z.number().max(65535)),
    preset: '8710',
    expected: 'a port from 0 to 65535 (0: any free one)',
  },
  host: {
    variable: 'MESH_HOST',
    option: 'host',
    schema: z.union([
      z.ipv4(),
      z.ipv6(),
      z.string().regex(/^(?=.{1,253}$)[a-zA-Z\d]([\w-]*[a-zA-Z\d])?(\.[a-zA-Z\d]([\w-]*[a-zA-Z\d])?)*$/),
    ]),
    preset: '127.0.0.1',
    expected: 'an address or a host name',
  },
  data: {
    variable: 'MESH_DATA',
    option: 'data',
    schema: z
      .string()
      .min(1)
      .transform((path) => resolve(path)),
    preset: './data',
    expected: 'a directory',
  },
  region: {
    variable: 'MESH_REGION',
    option: null,
    schema: z.string().regex(/^[a-z\d]([a-z\d-]{0,30}[a-z\d])?$/),
    preset: 'local',
    expected: 'up to 32 small letters, digits and hyphens',
  },
  logLevel: {
    variable: 'MESH_LOG',
    option: null,
    schema: z.enum(LOG_LEVELS),
    preset: 'info',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
  },
  names: {
    variable: 'MESH_NAMES',
    option: null,
    schema: LIST.pipe(z.array(z.string().regex(/^(\*|[\w.-]+(:\d{1,5})?|\[[\da-fA-F:]+\](:\d{1,5})?)$/))),
    preset: '',
    expected: 'host names with an optional port, separated by commas',
  },
  base: {
    variable: 'MESH_BASE',
    option: 'base',
    schema: z
      .string()
      .regex(/^\/?([\w.~-]+(\/[\w.~-]+)*)?\/?$/)
      .transform((path) => `/${path}/`.replaceAll(/\/+/g, '/')),
    preset: '/',
    expected: 'a path such as /mesh-relay/',
  },
  trustedProxies: {
    variable: 'MESH_TRUSTED_PROXIES',
    option: 'trusted-proxies',
    schema: LIST.pipe(z.array(z.union([z.enum(['loopback', 'linklocal', 'uniquelocal']), z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))),
    preset: '',
    expected: 'addresses, CIDR ranges, or loopback, linklocal or uniquelocal, separated by commas',
  },
  publish: {
    variable: 'MESH_PUBLISH',
    option: 'publish',
    schema: z.enum(['', ...PUBLISH_POLICIES]),
    preset: '',
    expected: `one of ${PUBLISH_POLICIES.join(', ')}`,
  },
  memory: {
    variable: 'MESH_MEMORY',
    option: 'memory',
    schema: bytes(64 * 1024 ** 2),
    preset: '1G',
    expected: 'bytes, such as 512M or 2G, at least 64M',
  },
  disk: {
    variable: 'MESH_DISK',
    option: 'disk',
    schema: bytes(128 * 1024 ** 2),
    preset: '8G',
    expected: 'bytes, such as 512M or 20G, at least 128M',
  },
  sockets: {
    variable: 'MESH_SOCKETS',
    option: 'sockets',
    schema: z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number)
      .pipe(z.number().min(8).max(100_000)),
    preset: '1024',
    expected: 'a number of connections from 8 to 100000',
  },
} satisfies { [K in keyof Config]: Setting<Config[K] | ''> };

/**
 * @param args of the command line, without the program's own
 * @throws MeshError field-invalid; `field` is the variable or the option at fault
 */
export function readConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Config {
  const options = readOptions(args);
  const read = <T>({ variable, option, schema, preset, expected }: Setting<T>): T => {
    const given = option === null ? undefined : options[option];
    // An empty variable counts as absent: it comes from a compose file without a value.
    const text = given ?? (environment[variable] || preset);
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    throw new MeshError('field-invalid', { field: given === undefined ? variable : `--${option}`, expected, got: JSON.stringify(text) });
  };
  const [host, names, trustedProxies] = [read(SETTINGS.host), read(SETTINGS.names), read(SETTINGS.trustedProxies)];
  return {
    port: read(SETTINGS.port),
    host,
    data: read(SETTINGS.data),
    region: read(SETTINGS.region),
    logLevel: read(SETTINGS.logLevel),
    names,
    trustedProxies,
    base: read(SETTINGS.base),
    // If strangers can reach the relay, publishing needs the host's approval.
    publish: read(SETTINGS.publish) || (LOOPBACK.test(host) && names.length + trustedProxies.length === 0 ? 'open' : 'approve'),
    memory: read(SETTINGS.memory),
    disk: read(SETTINGS.disk),
    sockets: read(SETTINGS.sockets),
  };
}

/** The option or variable by which the host gave this setting. */
export function sourceOf(
  setting: keyof Config,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const { variable, option, preset } = SETTINGS[setting];
  if (option !== null && readOptions(args)[option] !== undefined) return `--${option}`;
  return environment[variable] ? variable : `${variable} (${preset} by default)`;
}

function readOptions(args: readonly string[]): Record<string, string | undefined> {
  const names = Object.values(SETTINGS).flatMap(({ option }) => option ?? []);
  try {
    return parseArgs({
      args: [...args],
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      strict: true,
    }).values;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError(
      'field-invalid',
      { field: 'command line', expected: names.map((name) => `--${name} <value>`).join(', '), got },
      cause,
    );
  }
}
