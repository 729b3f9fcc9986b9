/**
 * What was paid, by month: every claim is read once, straight from the server, and nothing of it is kept.
 *
 *   BCDA_CLIENT_ID=... BCDA_CLIENT_SECRET=... node examples/payments.ts
 *
 * Memory is the same for a thousand claims and for a hundred million. If it is broken off, run it again: the job on the server is remembered in
 * `payments.job.json` and read once more, from its first line.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, isBcdaError, TypeFilter } from "@bcda-kit/core/promise"
import { Schema } from "effect"

const {
  BCDA_TARGET: target = "sandbox",
  BCDA_CLIENT_ID: clientId = "",
  BCDA_CLIENT_SECRET: clientSecret = ""
} = process.env
const [remembered = "payments.job.json"] = process.argv.slice(2)

/**
 * The part of a claim that is needed here. Any library of schemas will do that implements Standard Schema, such as zod or valibot; this is the one of
 * Effect, which comes along anyway. A claim that does not fit ends the program, with the file, the line and the field.
 */
const Claim = Schema.toStandardSchemaV1(
  Schema.Struct({
    billablePeriod: Schema.Struct({ start: Schema.String }),
    payment: Schema.optionalKey(Schema.Struct({ amount: Schema.optionalKey(Schema.Struct({ value: Schema.Finite })) }))
  })
)

// A claim that was adjusted is there in all its versions; only the one that stands counts.
const typeFilter = TypeFilter.write({ ...TypeFilter.adjudicated, finalAction: true })
const request = { types: ["ExplanationOfBenefit"], typeFilter }

await using bcda = connect({ target, credentials: { clientId, clientSecret } })
try {
  // In cents: sums of fractions would be off after a while.
  const paid = new Map<string, number>()
  const claims = bcda.resources({
    request,
    decode: Claim,
    adopt: existsSync(remembered) ? JSON.parse(readFileSync(remembered, "utf8")) : false,
    onEvent: (event) => {
      if (event._tag === "KickedOff") writeFileSync(remembered, JSON.stringify(event.job))
    }
  })
  // The server is read no faster than this loop runs.
  for await (const { resource } of claims) {
    const month = resource.billablePeriod.start.slice(0, 7)
    const cents = Math.round((resource.payment?.amount?.value ?? 0) * 100)
    paid.set(month, (paid.get(month) ?? 0) + cents)
  }
  // Only here is it certain that every file was whole; a sum of a part of the claims is no sum.
  for (const month of [...paid.keys()].toSorted()) {
    console.log(month, ((paid.get(month) ?? 0) / 100).toFixed(2).padStart(14))
  }
  rmSync(remembered, { force: true })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (isBcdaError(error)) {
    console.error(error.next)
    // A job that is lost need not be remembered: the next run starts another.
    if (/^Job(Cancelled|Expired|Failed|NotFound)$/.test(error.reason._tag)) rmSync(remembered, { force: true })
  }
  process.exitCode = 1
}
