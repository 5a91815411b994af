import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allLogTypes, type LogTypeAccess, logTypeAccessProblem, mayReadLogType } from './log-type-access.ts';

const logTypes = ['Panther.Audit', 'Okta.SystemLog'];

test('each kind of access decides on listed and other log types', () => {
  const decisions: [LogTypeAccess, listed: boolean, other: boolean][] = [
    [allLogTypes, true, true],
    [{ kind: 'ALLOW', logTypes }, true, false],
    [{ kind: 'DENY', logTypes }, false, true],
    [{ kind: 'DENY_ALL', logTypes: [] }, false, false],
  ];
  for (const [access, listed, other] of decisions) {
    assert.equal(mayReadLogType(access, 'Panther.Audit'), listed, access.kind);
    assert.equal(mayReadLogType(access, 'AWS.CloudTrail'), other, access.kind);
  }
});

test('ALLOW and DENY need a list, and the *_ALL kinds take none', () => {
  for (const kind of ['ALLOW', 'DENY'] as const) {
    assert.equal(logTypeAccessProblem({ kind, logTypes }), undefined);
    assert.equal(
      logTypeAccessProblem({ kind, logTypes: [] }),
      `must name at least one log type when the kind is ${kind}`,
    );
  }
  for (const kind of ['ALLOW_ALL', 'DENY_ALL'] as const) {
    assert.equal(logTypeAccessProblem({ kind, logTypes: [] }), undefined);
    assert.equal(
      logTypeAccessProblem({ kind, logTypes }),
      `must be empty or left out when the kind is ${kind}`,
    );
  }
});
