import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { isJsonOfType } from "../src/internal/jsonLine.ts"

const isPatient = isJsonOfType("Patient")
const bytes = (text: string) => new TextEncoder().encode(text)

/** What the parser says, which is the truth. */
const isReallyPatient = (line: Uint8Array): boolean => {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(line))
    return typeof value === "object" && value !== null && "resourceType" in value && value.resourceType === "Patient"
  } catch {
    return false
  }
}

const seeds = [
  '{"resourceType":"Patient"}',
  ' {"a" : 0 , "resourceType"\t:"Patient"} \r',
  '{"resourceType":"Patient","a":[1,-0.5e+3,10E9,true,false,null,"x\\u00e9\\n\\"\\/",{},[],{"b":[[{}]]}]}',
  '{"contained":[{"resourceType":"Organization"}],"resourceType":"Patient","é":"雪"}',
  '{"a":{"resourceType":"Coverage"},"resourceType":"Patient","resourceType":"Patient"}'
]

describe("a look at JSON's grammar", () => {
  it("is sure of what is good", () => {
    for (const seed of seeds) assert.isTrue(isPatient(bytes(seed)), seed)
  })

  it.effect.prop("is sure of everything that JSON.stringify writes", { value: Schema.Json }, ({ value }) =>
    Effect.sync(() => {
      const line = JSON.stringify({ before: value, resourceType: "Patient", after: [value] })
      // A type in another spelling, or deep nesting, would be for the parser; no value here has one.
      assert.isTrue(isPatient(bytes(line)), line)
    })
  )

  const notSure = [
    ["nothing", ""],
    ["half an object", '{"resourceType":"Patient"'],
    ["an object and more", '{"resourceType":"Patient"}{}'],
    ["an array", '[{"resourceType":"Patient"}]'],
    ["another type", '{"resourceType":"Coverage"}'],
    ["another type after it", '{"resourceType":"Patient","resourceType":"Coverage"}'],
    ["another type before it", '{"resourceType":"Coverage","resourceType":"Patient"}'],
    ["another type after it, spelt in another way", '{"resourceType":"Patient","resource\\u0054ype":"Coverage"}'],
    ["a longer type", '{"resourceType":"PatientX"}'],
    ["no type of its own", '{"a":{"resourceType":"Patient"}}'],
    ["a comma too many", '{"resourceType":"Patient",}'],
    ["a comma too many in a list", '{"resourceType":"Patient","a":[1,]}'],
    ["a comma too few", '{"resourceType":"Patient""a":1}'],
    ["a wrong bracket", '{"resourceType":"Patient","a":[1}}'],
    ["no value", '{"resourceType":"Patient","a":}'],
    ["no key", '{"resourceType":"Patient",1:1}'],
    ["no colon", '{"resourceType":"Patient","a" 1}'],
    ["a leading zero", '{"resourceType":"Patient","a":01}'],
    ["a bare minus", '{"resourceType":"Patient","a":-}'],
    ["no digit after the point", '{"resourceType":"Patient","a":1.}'],
    ["no digit before the point", '{"resourceType":"Patient","a":.5}'],
    ["no digit in the exponent", '{"resourceType":"Patient","a":1e+}'],
    ["a plus", '{"resourceType":"Patient","a":+1}'],
    ["half a word", '{"resourceType":"Patient","a":tru}'],
    ["a longer word", '{"resourceType":"Patient","a":nullx}'],
    ["a control character in a text", '{"resourceType":"Patient","a":"\t"}'],
    ["an escape that is none", '{"resourceType":"Patient","a":"\\x"}'],
    ["a short escape", '{"resourceType":"Patient","a":"\\u12"}'],
    ["an escape with a wrong digit", '{"resourceType":"Patient","a":"\\u12g4"}'],
    ["a text without an end", '{"resourceType":"Patient","a":"x}'],
    ["an end that is escaped", '{"resourceType":"Patient","a":"x\\"}'],
    ["a single quote", "{'resourceType':'Patient'}"],
    ["a space that is none of JSON's", '{"resourceType":"Patient"\u00a0}'],
    ["more levels than it looks at", `{"resourceType":"Patient","a":${"[".repeat(200)}${"]".repeat(200)}}`]
  ] as const
  for (const [name, line] of notSure) {
    it(`is not sure of ${name}`, () => assert.isFalse(isPatient(bytes(line))))
  }

  it.effect.prop(
    "is never sure of what the parser refuses, whatever bytes are changed",
    {
      seed: Schema.Literals(seeds),
      changes: Schema.NonEmptyArray(
        Schema.Struct({
          at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 120 })),
          to: Schema.Literals('{}[]",:\\ 01-+.eEtfnu\t\u0000\u001fa'.split(""))
        })
      )
    },
    ({ seed, changes }) =>
      Effect.sync(() => {
        const line = bytes(seed)
        for (const { at, to } of changes) line[at % line.length] = to.charCodeAt(0)
        if (isPatient(line)) assert.isTrue(isReallyPatient(line), new TextDecoder().decode(line))
      }),
    { arbitrary: { runs: 20_000 } }
  )
})
