// What `make` says while it builds, and what it installs for whom.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const step = (...args) => spawnSync('.ci/step', ['3 of 7', 'building a thing', ...args], { cwd: root, encoding: 'utf8' });
/** What `make` would do for a target on a clean machine. */
const plan = (target) => execFileSync('make', ['-n', '-B', target], { cwd: root, encoding: 'utf8' });

test('a step with nothing to do is quiet, and a long one says what it is and what is left', () => {
  assert.equal(step('16', 'true').stdout, '');
  const { stdout } = step('16', 'sleep', '3');
  assert.match(stdout, /^3 of 7: building a thing, about \d+ minutes on \d+ cores …\n$/);
  assert.equal(step('0', 'sleep', '3').stdout, '3 of 7: building a thing …\n');
});

test('a step that fails ends as what it ran', () => assert.equal(step('0', 'bash', '-c', 'exit 7').status, 7));

test('every step of a first run is numbered, in order', () => {
  const numbers = [...plan('run').matchAll(/"(\d+) of (\d+)"/g)].map(([, at, of]) => [Number(at), Number(of)]);
  assert.deepEqual(numbers.map(([at]) => at), numbers.map((_, at) => at + 1));
  assert.ok(numbers.every(([, of]) => of === numbers.length), JSON.stringify(numbers));
});

test('running installs nothing that only the tests need', () => {
  const [run, all] = [plan('run'), plan('test')];
  for (const name of ['chromium', 'postgresql', 'python3-pip', 'npm-end2end-test']) {
    // The stamp of the tests is looked at, so that what they installed stays.
    const installs = run.split('\n').filter((line) => line.includes(name) && !line.startsWith('test '));
    assert.deepEqual(installs, [], name);
    assert.ok(all.includes(name), name);
  }
  assert.match(run, /--omit=dev/);
});
