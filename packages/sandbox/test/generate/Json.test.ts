import { assert, describe, it } from "@effect/vitest"
import { escapeText, type Json, list, optional, print, quote, raw, template } from "../../src/generate/Json.ts"

describe("Json", () => {
  it("sorts keys by bytes at every depth, whatever order they are written in", () => {
    assert.strictEqual(
      print({ b: 1, a: { z: true, Z: "x", _: [{ d: 1, c: 2 }] } }),
      '{"a":{"Z":"x","_":[{"c":2,"d":1}],"z":true},"b":1}'
    )
  })

  it("escapes as Go does, and leaves all else raw", () => {
    assert.strictEqual(
      quote('a<b>&"\\\n\t\u0001\u2028\u2029'),
      '"a\\u003cb\\u003e\\u0026\\"\\\\\\n\\t\\u0001\\u2028\\u2029"'
    )
    assert.strictEqual(quote("survivor’s – ñ 😀"), '"survivor’s – ñ 😀"')
    assert.strictEqual(escapeText("lone \ud800 surrogate"), "lone \\ufffd surrogate")
  })

  it("writes numbers as short as they go", () => {
    const value = template<{ value: number }>((at) => ({ value: raw(at.value) }))
    assert.strictEqual(value({ value: 10 }), '{"value":10}')
    assert.strictEqual(value({ value: 3750 / 100 }), '{"value":37.5}')
    assert.strictEqual(value({ value: 1 / 100 }), '{"value":0.01}')
  })

  it("fills text, also inside longer text, and escapes what it fills in", () => {
    const reference = template<{ id: string }>((at) => ({ reference: `Patient/${at.id}`, display: at.id }))
    assert.strictEqual(reference({ id: "<1>" }), '{"display":"\\u003c1\\u003e","reference":"Patient/\\u003c1\\u003e"}')
  })

  it("leaves optional members out with key and comma, at either end and in between", () => {
    const shape = template<{ a: Json | undefined; c: Json | undefined; e: Json | undefined }>((at) => ({
      a: optional(at.a),
      b: 1,
      c: optional(at.c),
      d: 2,
      e: optional(at.e)
    }))
    const x = quote("x")
    assert.strictEqual(shape({ a: undefined, c: undefined, e: undefined }), '{"b":1,"d":2}')
    assert.strictEqual(shape({ a: x, c: undefined, e: x }), '{"a":"x","b":1,"d":2,"e":"x"}')
    assert.strictEqual(shape({ a: undefined, c: x, e: undefined }), '{"b":1,"c":"x","d":2}')
  })

  it("refuses an object whose every member may be missing: its commas could not be right", () => {
    assert.throws(() => template<{ a: Json | undefined }>((at) => ({ a: optional(at.a) })), /always there/)
  })

  it("leaves undefined parts out of lists", () => {
    assert.strictEqual(list([undefined, quote("a"), undefined, quote("b")]), '["a","b"]')
    assert.strictEqual(list([undefined]), "[]")
  })
})
