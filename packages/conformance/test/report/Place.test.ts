import { assert, it } from "@effect/vitest"
import { placeOf } from "../../src/report/Place.ts"

it("a place is told in words, as far as it is known, the first byte and the first line too", () => {
  assert.strictEqual(placeOf({ at: "status" }), "status")
  assert.strictEqual(placeOf({ at: "file bad lines", line: 3, offset: 118 }), "file bad lines, line 3, byte 118")
  assert.strictEqual(placeOf({ at: "body", line: 1, offset: 0 }), "body, line 1, byte 0")
  assert.strictEqual(placeOf({ at: "body", line: 2 }), "body, line 2")
  assert.strictEqual(placeOf({ at: "body", offset: 7 }), "body, byte 7")
})
