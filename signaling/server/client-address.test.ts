import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddresses } from './client-address.ts';

const request = (remoteAddress: string | undefined, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('the address that limits count by', () => {
  const direct = clientAddresses([]);
  const behindOne = clientAddresses(['loopback']);
  const behindTwo = clientAddresses(['loopback', '10.0.0.0/8', '2001:db8:ffff::/48']);

  it('is where the connection comes from, whatever a stranger claims', () => {
    expect(direct.of(request('203.0.113.7'))).toBe('203.0.113.7');
    expect(direct.of(request('203.0.113.7', '198.51.100.1'))).toBe('203.0.113.7');
    expect(direct.of(request('127.0.0.1', '198.51.100.1'))).toBe('127.0.0.1');
    expect(behindOne.of(request('203.0.113.7', '198.51.100.1, 127.0.0.1'))).toBe('203.0.113.7');
  });

  it('is what a trusted proxy saw, not what the client had written before it', () => {
    expect(behindOne.of(request('127.0.0.1', '203.0.113.7'))).toBe('203.0.113.7');
    expect(behindOne.of(request('::1', '203.0.113.7'))).toBe('203.0.113.7');
    expect(behindOne.of(request('::ffff:127.0.0.1', '203.0.113.7'))).toBe('203.0.113.7');
    expect(behindOne.of(request('127.0.0.1', '198.51.100.1, 198.51.100.2,203.0.113.7'))).toBe('203.0.113.7');
    expect(behindOne.of(request('127.0.0.1', '127.0.0.1, 203.0.113.7'))).toBe('203.0.113.7');
  });

  it('is read through several proxies as long as each is trusted', () => {
    expect(behindTwo.of(request('127.0.0.1', '198.51.100.1, 203.0.113.7, 10.1.2.3'))).toBe('203.0.113.7');
    expect(behindTwo.of(request('10.0.0.9', '203.0.113.7, 2001:db8:ffff::5, 10.1.2.3'))).toBe('203.0.113.7');
    expect(behindTwo.of(request('10.0.0.9', '203.0.113.7, 192.0.2.1, 10.1.2.3'))).toBe('192.0.2.1');
    expect(behindTwo.of(request('127.0.0.1', '10.1.1.1, 10.1.2.3'))).toBe('10.1.1.1');
  });

  it('is the proxy itself where that says nothing that could be an address', () => {
    for (const nothing of [undefined, '', ',', 'unknown', '_hidden', '1', '0x7f.1', '203.0.113.7:1234', '[::1]', '256.0.0.1', ' , ,x']) {
      expect(behindOne.of(request('127.0.0.1', nothing)), String(nothing)).toBe('127.0.0.1');
    }
    expect(behindTwo.of(request('127.0.0.1', 'garbage, 10.1.2.3'))).toBe('10.1.2.3');
  });

  it('counts IPv4 in IPv6 as IPv4, and an IPv6 network of a host as one', () => {
    expect(direct.of(request('::ffff:203.0.113.7'))).toBe('203.0.113.7');
    expect(direct.of(request('::ffff:cb00:7107'))).toBe('203.0.113.7');
    const a = direct.of(request('2001:db8:1:2::1'));
    expect(a).toBe('2001:db8:1:2::/64');
    expect(direct.of(request('2001:DB8:1:2:ffff:ffff:ffff:ffff'))).toBe(a);
    expect(direct.of(request('2001:db8:1:3::1'))).not.toBe(a);
    expect(direct.of(request('fe80::1%eth0'))).toBe('fe80:0:0:0::/64');
    expect(behindOne.of(request('127.0.0.1', '2001:db8:1:2::77'))).toBe(a);
  });

  it('is read whatever the interface is called that a zone names', () => {
    for (const zone of ['br-lan', 'eth0.100', 'a:b', 'x'.repeat(300), '2001:db8::1']) {
      expect(direct.ofConnection(`fe80::1%${zone}`), zone).toMatch(/^(fe80:0:0:0::\/64|unknown)$/);
      expect(direct.of(request(`fe80::1%${zone}`)), zone).toMatch(/^(fe80:0:0:0::\/64|unknown)$/);
      expect(() => [behindTwo.of(request('10.0.0.9', `fe80::1%${zone}`)), behindTwo.isProxy(`fe80::1%${zone}`)], zone).not.toThrow();
    }
  });

  it('is known to be missing where the connection has gone', () => {
    expect(direct.of(request(undefined))).toBe('unknown');
    expect(behindOne.of(request(undefined, '203.0.113.7'))).toBe('unknown');
  });

  it('is that of the connection as long as nothing was asked on it', () => {
    expect(behindOne.ofConnection('::ffff:203.0.113.7')).toBe('203.0.113.7');
    expect(behindOne.ofConnection(undefined)).toBe('unknown');
  });

  it('tells connections of proxies from others', () => {
    expect(behindTwo.isProxy('10.9.9.9')).toBe(true);
    expect(behindTwo.isProxy('::ffff:10.9.9.9')).toBe(true);
    expect(behindTwo.isProxy('203.0.113.7')).toBe(false);
    expect(behindTwo.isProxy(undefined)).toBe(false);
    expect(direct.isProxy('127.0.0.1')).toBe(false);
  });

  it('takes no proxy that is no address', () => {
    for (const wrong of ['proxy.example', '10.0.0.0/33', '']) expect(() => clientAddresses([wrong])).toThrow(TypeError);
  });
});
