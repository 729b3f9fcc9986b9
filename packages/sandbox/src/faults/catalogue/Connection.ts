import { Schema } from "effect"
import { cutAfter, leavable } from "../Body.ts"
import { faultWith } from "../Fault.ts"
import { whole } from "../Option.ts"

const bytes = whole(64, "bytes of the body, as they are on the wire, that come before it")

export const connectionFaults = {
  cut: faultWith(Schema.Struct({ bytes }), {
    title: "the connection ends in the middle of the body",
    where: ["file", "error-file", "token", "status", "manifest", "jobs", "attribution", "metadata"],
    strike: ({ bytes }) => ({
      wire: (reply, { later }) => {
        const struck = later()
        return { ...reply, body: leavable(() => cutAfter(reply.body, bytes, "closed", struck)) }
      }
    })
  })
}
