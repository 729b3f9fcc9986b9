import { Schema } from "effect"
import { origin, text as plain, type Reply, target, utf8 } from "../../internal/Http.ts"
import { allPlaces, fault, faultWith } from "../Fault.ts"
import { text, whole } from "../Option.ts"

const places = allPlaces("kick-off")

const html = (status: number, title: string, headers: Reply["headers"] = []): Reply => ({
  status,
  headers: [["Content-Type", "text/html"], ...headers],
  body: utf8(`<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<h1>${title}</h1>\r\n</body>\r\n</html>\r\n`)
})

const instead = (title: string, reply: Reply) =>
  fault({ title, where: places, strike: () => ({ instead: () => reply }) })

const moved = (title: string, location: (here: string, request: string) => string, status = 307) =>
  fault({
    title,
    where: places,
    strike: () => ({
      instead: ({ received }) => ({
        ...html(status, `${status} Moved`),
        headers: [
          ["Location", location(origin(received), target(received))],
          ["Content-Type", "text/html"]
        ]
      })
    })
  })

/** What stands in front of BCDA: load balancers, firewalls, portals. None of it speaks FHIR. */
export const frontFaults = {
  throttled: faultWith(
    Schema.Struct({ retryAfter: text("5", "value of Retry-After, as it is sent; empty leaves it out") }),
    {
      title: "429 with Retry-After from a firewall in front of BCDA",
      where: places,
      strike: ({ retryAfter }) => ({
        instead: () => html(429, "429 Too Many Requests", retryAfter === "" ? [] : [["Retry-After", retryAfter]])
      })
    }
  ),
  "throttled-without-retry-after": instead("429 without Retry-After", html(429, "429 Too Many Requests")),
  "throttled-retry-after-zero": instead(
    "429 with a Retry-After of 0",
    html(429, "429 Too Many Requests", [["Retry-After", "0"]])
  ),
  "throttled-retry-after-garbage": instead(
    "429 with a Retry-After that is neither a number nor a date",
    html(429, "429 Too Many Requests", [["Retry-After", "a while"]])
  ),
  unavailable: instead("503 without Retry-After", plain(503, "Service Unavailable")),
  "unavailable-retry-after": faultWith(
    Schema.Struct({ retryAfter: text("1", "value of Retry-After, as it is sent") }),
    {
      title: "503 with Retry-After",
      where: places,
      strike: ({ retryAfter }) => ({
        instead: () => plain(503, "Service Unavailable", [["Retry-After", retryAfter]])
      })
    }
  ),
  "server-error": instead("500 in plain text", plain(500, "Internal Server Error")),
  "bad-gateway": instead("502 in HTML", html(502, "502 Bad Gateway")),
  "gateway-timeout": instead("504 in HTML", html(504, "504 Gateway Time-out")),
  "status-code": faultWith(Schema.Struct({ status: whole(418, "the status, 200 to 599") }), {
    title: "any status, in plain text",
    where: places,
    strike: ({ status }) => ({
      instead: () => plain(Math.min(599, Math.max(200, status)), "This status was asked for")
    })
  }),
  "firewall-403": instead("403 in HTML from a firewall", html(403, "403 Forbidden")),
  "html-page": fault({
    title: "200 with a page in HTML, as a portal or a proxy gives it",
    where: allPlaces("token"),
    strike: () => ({ instead: () => html(200, "Please log in") })
  }),
  "redirect-elsewhere": faultWith(
    Schema.Struct({
      origin: text("https://elsewhere.invalid", "where it leads; no token may go there"),
      status: whole(307, "301, 302, 303, 307 or 308")
    }),
    {
      title: "a redirect to another host, which must not be given the token",
      where: places,
      strike: ({ origin, status }) => ({
        instead: ({ received }) => ({
          ...html(status, `${status} Moved`),
          headers: [
            ["Location", `${origin}${target(received)}`],
            ["Content-Type", "text/html"]
          ]
        })
      })
    }
  ),
  "redirect-loop": moved("a redirect that leads to itself", (here, request) => `${here}${request}`),
  "redirect-without-location": fault({
    title: "a redirect that leads nowhere",
    where: places,
    strike: () => ({ instead: () => html(302, "302 Found") })
  })
}
