import assert from "node:assert/strict";
import { test } from "node:test";
import { shownOf } from "../src/one-line";

test("chips stand on one line, and room is left to count those that do not", () => {
  assert.equal(shownOf([100, 100, 100], 400, 100, 50), 3); // all fit: nothing to count
  assert.equal(shownOf([100, 100, 100], 399, 100, 50), 2);
  assert.equal(shownOf([100, 100, 100], 349, 100, 50), 1); // the second would push the count off
  assert.equal(shownOf([100, 100], 120, 100, 50), 0);
  assert.equal(shownOf([], 100, 100, 50), 0);
});
