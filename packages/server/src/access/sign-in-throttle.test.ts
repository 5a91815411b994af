import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignInThrottle } from './sign-in-throttle.ts';

const home = '203.0.113.9';

function setUp(entriesMax?: number) {
  const clock = { nowMs: 1_000_000 };
  const throttle = new SignInThrottle({ nowMs: () => clock.nowMs, entriesMax });
  return {
    throttle,
    pass: (seconds: number) => {
      clock.nowMs += seconds * 1000;
    },
    /** Tries as often as asked, each from an address of its own. */
    failFromEverywhere: (account: string, times: number) =>
      Array.from({ length: times }, (_, i) => throttle.attempt(account, `198.51.100.${i}`)),
  };
}

test('five mistakes are free, then the wait doubles', () => {
  const { throttle, pass, failFromEverywhere } = setUp();
  assert.deepEqual(failFromEverywhere('ada@example.com', 5), [0, 0, 0, 0, 0]);
  for (const wait of [1, 2, 4, 8]) {
    assert.equal(throttle.attempt('ada@example.com', home), wait);
    pass(wait - 0.5);
    assert.equal(throttle.attempt('ada@example.com', home), 1);
    pass(0.5);
    assert.equal(throttle.attempt('ada@example.com', home), 0);
  }
});

test('guessing at one account from everywhere gets about a hundred guesses a day, and never waits over 15 minutes', () => {
  const { throttle, pass } = setUp();
  let guesses = 0;
  for (let second = 0; second < 24 * 60 * 60; second += 1) {
    const wait = throttle.attempt('ada@example.com', `198.51.100.${guesses % 256}`);
    assert.ok(wait <= 15 * 60);
    if (wait === 0) guesses += 1;
    pass(1);
  }
  assert.ok(guesses > 90 && guesses < 120, `${guesses} guesses`);
});

test('an office that mistypes every other minute all day is not held up', () => {
  const { throttle, pass } = setUp();
  for (let i = 0; i < 300; i++) {
    assert.equal(throttle.attempt(`user${i}@example.com`, home), 0);
    pass(120);
  }
});

test('attempts at the same time are not all let through', () => {
  const { failFromEverywhere } = setUp();
  const waits = failFromEverywhere('ada@example.com', 100);
  assert.equal(waits.filter((wait) => wait === 0).length, 5);
});

test('other accounts are not held up', () => {
  const { throttle, failFromEverywhere } = setUp();
  failFromEverywhere('ada@example.com', 10);
  assert.equal(throttle.attempt('grace@example.com', home), 0);
});

test('a success clears the account', () => {
  const { throttle, failFromEverywhere } = setUp();
  failFromEverywhere('ada@example.com', 4);
  assert.equal(throttle.attempt('ada@example.com', home), 0);
  throttle.succeeded('ada@example.com', home);
  assert.deepEqual(failFromEverywhere('ada@example.com', 5), [0, 0, 0, 0, 0]);
});

test('one address that tries many accounts is held up at all of them', () => {
  const { throttle } = setUp();
  for (let i = 0; i < 20; i++) assert.equal(throttle.attempt(`user${i}@example.com`, home), 0);
  assert.equal(throttle.attempt('another@example.com', home), 1);
  assert.equal(throttle.attempt('another@example.com', '203.0.113.10'), 0);
});

test('signing in to an own account does not pay for guessing others', () => {
  const { throttle } = setUp();
  for (let i = 0; i < 20; i++) {
    throttle.attempt(`user${i}@example.com`, home);
    if (throttle.attempt('mallory@example.com', home) === 0) throttle.succeeded('mallory@example.com', home);
  }
  assert.equal(throttle.attempt('another@example.com', home), 1);
});

test('many people behind one address may all sign in', () => {
  const { throttle } = setUp();
  for (let i = 0; i < 500; i++) {
    assert.equal(throttle.attempt(`user${i}@example.com`, home), 0);
    throttle.succeeded(`user${i}@example.com`, home);
  }
});

test('the addresses of one IPv6 /64 are one network, and mapped IPv4 is IPv4', () => {
  const { throttle } = setUp();
  for (let i = 0; i < 20; i++) throttle.attempt(`user${i}@example.com`, `2001:db8::${i}`);
  assert.equal(throttle.attempt('a@example.com', '2001:db8::ffff:1'), 1);
  assert.equal(throttle.attempt('b@example.com', '2001:db8:0:1::1'), 0);
  for (let i = 0; i < 20; i++) throttle.attempt(`user${i}@example.org`, home);
  assert.equal(throttle.attempt('c@example.com', `::ffff:${home}`), 1);
});

test('unknown addresses count as one network', () => {
  const { throttle } = setUp();
  for (let i = 0; i < 20; i++) throttle.attempt(`user${i}@example.com`, undefined);
  assert.equal(throttle.attempt('a@example.com', undefined), 1);
});

test('failures are forgotten in time', () => {
  const { pass, failFromEverywhere } = setUp();
  failFromEverywhere('ada@example.com', 5);
  pass(5 * 15 * 60);
  assert.deepEqual(failFromEverywhere('ada@example.com', 5), [0, 0, 0, 0, 0]);
});

test('memory is bounded: the account least recently tried is dropped, and counted', () => {
  const { throttle } = setUp(3);
  const fail = (account: string, times: number) => {
    for (let i = 0; i < times; i++) throttle.attempt(account, home);
  };
  fail('ada@example.com', 5);
  fail('grace@example.com', 5);
  fail('edsger@example.com', 1);
  fail('barbara@example.com', 1);
  assert.equal(throttle.counts.dropped, 1);
  assert.equal(throttle.attempt('grace@example.com', home), 1);
  assert.equal(throttle.attempt('ada@example.com', home), 0);
});

test('dropping what was forgotten anyway does not count', () => {
  const { throttle, pass } = setUp(1);
  for (const account of ['ada@example.com', 'grace@example.com', 'edsger@example.com']) {
    throttle.attempt(account, home);
    pass(15 * 60);
  }
  assert.equal(throttle.counts.dropped, 0);
});

test('refused attempts are counted', () => {
  const { throttle, failFromEverywhere } = setUp();
  failFromEverywhere('ada@example.com', 8);
  assert.equal(throttle.counts.refused, 3);
});
