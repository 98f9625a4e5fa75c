import { lookup } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../src/domain/errors.ts';
import { parseTenantHost } from '../../src/domain/rules/tenant-host.ts';
import { isPublicAddress, publicLookup } from '../../src/qlik/address.ts';

const strict = { allowLoopbackTenants: false };
const sandbox = { allowLoopbackTenants: true };

function refuses(text: string, options = strict) {
  try {
    parseTenantHost(text, options);
  } catch (error) {
    return hasCode(error, 'invalid_request');
  }
  return false;
}

describe('a tenant host is an origin', () => {
  it.each([
    ['https://acme.eu.qlikcloud.com', 'https://acme.eu.qlikcloud.com'],
    ['https://acme.eu.qlikcloud.com/', 'https://acme.eu.qlikcloud.com'],
    ['HTTPS://Acme.EU.QlikCloud.com', 'https://acme.eu.qlikcloud.com'],
    ['https://acme.eu.qlikcloud.com:443', 'https://acme.eu.qlikcloud.com'],
    ['https://xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
  ])('takes %s', (text, origin) => {
    expect(parseTenantHost(text, strict)).toBe(origin);
  });

  it.each([
    '',
    'acme.eu.qlikcloud.com',
    'http://acme.eu.qlikcloud.com',
    'ftp://acme.eu.qlikcloud.com',
    'https://acme.eu.qlikcloud.com/path',
    'https://acme.eu.qlikcloud.com//',
    'https://acme.eu.qlikcloud.com?x=1',
    'https://acme.eu.qlikcloud.com?',
    'https://acme.eu.qlikcloud.com#',
    'https://user@acme.eu.qlikcloud.com',
    'https://acme.eu.qlikcloud.com@evil.example',
    'https://acme.eu.qlikcloud.com:8443',
    'https://acme.eu.qlikcloud.com:22',
    'https://acme.eu.qlikcloud.com.',
    'https://acme.eu.qlikcloud.com\n',
    ' https://acme.eu.qlikcloud.com',
    'https:\\\\acme.eu.qlikcloud.com',
    'https://acme.eu.qlikcloud.com\\@evil.example',
    'https://acme%2eexample.com',
    'https://аcme.example',
    'https://①②⑦.⓪.⓪.①',
    'https://intranet',
    'https://localhost',
    'https://localhost.',
    'https://127.0.0.1',
    'https://10.0.0.1',
    'https://93.184.216.34',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0x7f.0.0.1',
    'https://0177.0.0.1',
    'https://017700000001',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[fd00::1]',
    'https://[2606:4700::1111]',
    'https://169.254.169.254',
    'https://acme.eu.qlikcloud.com:99999',
    'https://-acme.example',
    `https://${'a'.repeat(64)}.example`,
  ])('refuses %j', (text) => {
    expect(refuses(text)).toBe(true);
  });

  it.each(['http://127.0.0.1:4001', 'http://localhost:4001', 'http://[::1]:4001', 'https://127.0.0.1:4001'])(
    'takes %s only with the switch for the sandbox',
    (text) => {
      expect(parseTenantHost(text, sandbox)).toBe(text);
      expect(refuses(text, strict)).toBe(true);
    },
  );

  it.each([
    'http://acme.eu.qlikcloud.com',
    'http://10.0.0.1:4001',
    'http://192.168.1.1',
    'http://[fd00::1]',
    'http://0.0.0.0:4001',
  ])('refuses %s even with the switch', (text) => {
    expect(refuses(text, sandbox)).toBe(true);
  });
});

describe('connections to public addresses only', () => {
  it.each(['93.184.216.34', '1.1.1.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ['0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.0.1', '127.0.0.1', '127.255.255.254'],
    [
      '169.254.169.254',
      '100.64.0.1',
      '192.0.0.1',
      '198.18.0.1',
      '203.0.113.1',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ['::', '::1', 'fe80::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', 'fec0::1', '2001:db8::1', '::127.0.0.1'],
    ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::7f00:1', '64:ff9b::a00:1'],
    ['2002:7f00:1::1', '2001::1', 'not an address', ''],
  ])('%s and its like are not', (...addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

type Resolve = NonNullable<Parameters<typeof publicLookup>[0]['resolve']>;
const systemLookup: Resolve = (name, options, callback) => lookup(name, options, callback);
const answering =
  (...addresses: string[]): Resolve =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function find(hostname: string, resolve: Resolve, allowLoopback = false) {
  return new Promise((settle) => {
    publicLookup({ allowLoopback, resolve })(hostname, { all: true }, (error, addresses) =>
      settle(error === null ? addresses : error.code),
    );
  });
}

describe('DNS rebinding', () => {
  it('a public name is refused where any of its addresses is not public', async () => {
    const REFUSED = 'PORTAL_ADDRESS_REFUSED';
    expect(await find('10-0-0-1.nip.example', answering('10.0.0.1'))).toBe(REFUSED);
    expect(await find('acme.example', answering('93.184.216.34', '127.0.0.1'))).toBe(REFUSED);
    expect(await find('acme.example', answering('::ffff:169.254.169.254'))).toBe(REFUSED);
    expect(await find('acme.example', answering())).toBe(REFUSED);
    expect(await find('acme.example', answering('127.0.0.1'), true)).toBe(REFUSED);
  });

  it('the lookup that the socket uses is the one that is checked', async () => {
    const answers = ['93.184.216.34', '127.0.0.1'];
    const rebinding: Resolve = (_name, _options, callback) =>
      callback(null, [{ address: answers.shift() ?? '', family: 4 }]);
    expect(await find('acme.example', rebinding)).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(await find('acme.example', rebinding)).toBe('PORTAL_ADDRESS_REFUSED');
  });

  it('the lookup returns one address to callers that do not ask for all', async () => {
    const one = await new Promise((settle) => {
      publicLookup({ allowLoopback: false, resolve: answering('1.1.1.1') })(
        'a.example',
        {},
        (_error, address, family) => settle([address, family]),
      );
    });
    expect(one).toEqual(['1.1.1.1', 4]);
  });

  it('localhost is allowed with the switch for the sandbox', async () => {
    expect(await find('localhost', systemLookup, true)).toContainEqual({
      address: '127.0.0.1',
      family: 4,
    });
    expect(await find('localhost', systemLookup, false)).toBe('PORTAL_ADDRESS_REFUSED');
  });
});
