import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, FrameDecoder } from './frames.ts';

test('frames come out as they went in, however they arrive', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.jsonValue(), fc.string({ unit: 'grapheme' })), { maxLength: 5 }),
      fc.integer({ min: 1, max: 20 }),
      (frames, size) => {
        const bytes = Buffer.concat(frames.map(([header, body]) => encodeFrame(header, body)));
        const decoder = new FrameDecoder();
        const out: (readonly [unknown, string])[] = [];
        for (let from = 0; from < bytes.length; from += size) {
          decoder.push(bytes.subarray(from, from + size));
          for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
            out.push([frame.header, frame.body.toString()]);
          }
        }
        assert.deepEqual(out, JSON.parse(JSON.stringify(frames)));
      },
    ),
  );
});

test('what is no frame is refused', () => {
  const decoder = new FrameDecoder();
  decoder.push(Buffer.from('HTTP/1.1 200 OK'));
  assert.throws(() => decoder.next(), /no sensible length/);
});
