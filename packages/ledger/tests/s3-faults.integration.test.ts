import { test } from 'node:test';
import { testFaults } from './fault-table.ts';
import { testRandomFaults } from './random-faults.ts';
import { placeIn, withoutS3 } from './s3-server.ts';

if (withoutS3 === undefined) {
  testFaults([{ what: 'a log in a bucket whose bundle and tile become full', before: 250, added: 10 }], () =>
    placeIn(),
  );
  testRandomFaults({ rounds: 25, createPlace: () => placeIn() });
} else {
  test('faults of a log in a bucket', { skip: withoutS3 }, () => undefined);
}
