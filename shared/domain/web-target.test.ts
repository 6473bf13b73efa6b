import { describe, expect, it } from 'vitest';
import { isPublicAddress, targetFault } from './web-target.ts';

describe('the target of an outgoing request', () => {
  it.each([
    'https://hooks.merchant.example/in',
    'https://merchant.example:8443/in?x=1',
    'https://93.184.215.14/in',
    'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/in',
  ])('may be %s', (url) => {
    expect(targetFault(url, 'public')).toBeNull();
  });

  it.each([
    ['http://merchant.example/in', 'plain http'],
    ['ftp://merchant.example/', 'another scheme'],
    ['/in', 'no host at all'],
    ['https://user:pass@merchant.example/', 'credentials'],
    ['https://merchant.example/#x', 'a fragment'],
    ['https://localhost/', 'the machine itself'],
    ['https://shop.localhost/', 'the machine itself, as a subdomain'],
    ['https://localhost./', 'the machine itself, fully qualified'],
    ['https://intranet/', 'a name without a dot'],
    ['https://db.internal/', 'an internal name'],
    ['https://metadata.google.internal/', 'the metadata of a cloud'],
    ['https://127.0.0.1/', 'loopback'],
    ['https://127.1/', 'loopback, short'],
    ['https://2130706433/', 'loopback, decimal'],
    ['https://0x7f000001/', 'loopback, hexadecimal'],
    ['https://0177.0.0.1/', 'loopback, octal'],
    ['https://0/', 'this host'],
    ['https://10.1.2.3/', 'a private network'],
    ['https://172.31.255.255/', 'a private network'],
    ['https://192.168.0.1/', 'a private network'],
    ['https://100.64.0.1/', 'shared address space'],
    ['https://169.254.169.254/latest/meta-data', 'the metadata of a cloud'],
    ['https://[::1]/', 'loopback'],
    ['https://[::]/', 'unspecified'],
    ['https://[::ffff:127.0.0.1]/', 'loopback, mapped into IPv6'],
    ['https://[::ffff:a00:1]/', 'a private network, mapped into IPv6'],
    ['https://[64:ff9b::7f00:1]/', 'loopback behind a translator'],
    ['https://[fe80::1]/', 'link-local'],
    ['https://[fd00:ec2::254]/', 'the metadata of a cloud'],
    ['https://[2002:7f00:1::]/', 'loopback in a tunnel'],
    ['https://[2001:db8::1]/', 'documentation'],
    ['https://224.0.0.1/', 'multicast'],
    ['https://255.255.255.255/', 'broadcast'],
    [`https://merchant.example/${'x'.repeat(2_000)}`, 'more text than is kept'],
  ])('is never %s: %s', (url) => {
    expect(targetFault(url, 'public')).not.toBeNull();
  });

  it('may be beside the shop on a laptop, and still nothing but http', () => {
    expect(targetFault('http://127.0.0.1:9999/in', 'any')).toBeNull();
    expect(targetFault('file:///etc/passwd', 'any')).not.toBeNull();
  });

  it('is not public when its address cannot be read', () => {
    const unreadable = ['', 'x', '1.2.3', '1.2.3.256', ':::', '2606::1::2', '2606:1:2:3:4:5:6:7:8', 'g::1'];
    expect(unreadable.filter(isPublicAddress)).toEqual([]);
  });
});
