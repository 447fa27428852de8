import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MeshError } from '#protocol/errors';
import { readConfig } from './config.ts';

function refusal(args: string[], environment: Record<string, string>): MeshError {
  try {
    readConfig(args, environment);
  } catch (error) {
    if (error instanceof MeshError) return error;
  }
  throw new Error('nothing was refused');
}

describe('the configuration', () => {
  it('is safe and local by default', () => {
    expect(readConfig([], {})).toEqual({
      port: 8710,
      host: '127.0.0.1',
      data: resolve('data'),
      region: 'local',
      logLevel: 'info',
      names: [],
      trustedProxies: [],
      base: '/',
      publish: 'open',
      memory: 1024 ** 3,
      disk: 8 * 1024 ** 3,
      sockets: 1024,
    });
  });

  it('comes from the command line, then from the environment', () => {
    const environment = {
      MESH_PORT: '0',
      MESH_HOST: '::1',
      MESH_DATA: '/srv/mesh',
      MESH_REGION: 'eu-north',
      MESH_LOG: 'debug',
      MESH_NAMES: 'relay.example, [::1]:8443',
      MESH_BASE: 'mesh/relay',
      MESH_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,2001:db8::1',
    };
    expect(readConfig([], environment)).toEqual({
      port: 0,
      host: '::1',
      data: resolve('/srv/mesh'),
      region: 'eu-north',
      logLevel: 'debug',
      names: ['relay.example', '[::1]:8443'],
      base: '/mesh/relay/',
      trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::1'],
      publish: 'approve',
      memory: 1024 ** 3,
      disk: 8 * 1024 ** 3,
      sockets: 1024,
    });
    expect(readConfig(['--port', '65535', '--host=relay.example', '--data', 'here'], environment)).toMatchObject({
      port: 65535,
      host: 'relay.example',
      data: resolve('here'),
      region: 'eu-north',
    });
  });

  it('reads sizes with units, and opens publishing only on loopback or at the host’s choice', () => {
    expect(readConfig(['--memory', '512M', '--disk=20g', '--sockets', '64'], {})).toMatchObject({
      memory: 512 * 1024 ** 2,
      disk: 20 * 1024 ** 3,
      sockets: 64,
      publish: 'open',
    });
    expect(readConfig([], { MESH_HOST: '0.0.0.0' }).publish).toBe('approve');
    expect(readConfig([], { MESH_NAMES: 'relay.example' }).publish).toBe('approve');
    expect(readConfig([], { MESH_HOST: '0.0.0.0', MESH_PUBLISH: 'open' }).publish).toBe('open');
    expect(readConfig(['--publish', 'closed'], {}).publish).toBe('closed');
  });

  it('treats an empty variable as absent', () => {
    expect(readConfig([], { MESH_PORT: '', MESH_HOST: '' })).toMatchObject({ port: 8710, host: '127.0.0.1' });
  });

  it.each([
    ['MESH_PORT', '70000', 'port'],
    ['MESH_PORT', '-1', 'port'],
    ['MESH_MEMORY', '10M', 'at least 64M'],
    ['MESH_DISK', '1 GB', 'bytes'],
    ['MESH_SOCKETS', '1k', 'connections'],
    ['MESH_PUBLISH', 'maybe', 'approve'],
    ['MESH_PORT', '80.5', 'port'],
    ['MESH_PORT', '0x50', 'port'],
    ['MESH_PORT', 'http', 'port'],
    ['MESH_HOST', 'two words', 'host name'],
    ['MESH_HOST', 'http://relay', 'host name'],
    ['MESH_HOST', '-dash', 'host name'],
    ['MESH_REGION', 'Upper', 'small letters'],
    ['MESH_REGION', 'x'.repeat(33), 'small letters'],
    ['MESH_LOG', 'loud', 'one of fatal, error'],
    ['MESH_NAMES', 'https://relay.example', 'host names'],
    ['MESH_BASE', 'https://host/x/', 'a path'],
    ['MESH_BASE', '/a//b/', 'a path'],
    ['MESH_BASE', '/a b/', 'a path'],
    ['MESH_TRUSTED_PROXIES', 'proxy.example', 'addresses'],
    ['MESH_TRUSTED_PROXIES', '10.0.0.0/33', 'addresses'],
    ['MESH_TRUSTED_PROXIES', '*', 'addresses'],
  ])('names %s when it is %j', (variable, value, expected) => {
    const { code, detail } = refusal([], { [variable]: value });
    expect(code).toBe('field-invalid');
    expect(detail).toMatchObject({ field: variable, got: JSON.stringify(value) });
    expect(detail.expected).toContain(expected);
  });

  it('names a wrong option', () => {
    expect(refusal(['--port', 'many'], { MESH_PORT: '1' }).detail).toMatchObject({ field: '--port', got: '"many"' });
    for (const args of [['--prot', '1'], ['stray'], ['--port']]) expect(refusal(args, {}).detail.expected).toContain('--port');
  });
});
