/** Detections, or their tests, are not as they should be. What is wrong was said before. */
export class TestsFailed extends Error {
  override readonly name = 'TestsFailed';
}
