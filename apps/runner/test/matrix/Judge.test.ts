import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { runCell } from "./support/Cell.ts"
import { makeWorld, type World } from "./support/World.ts"

let world: World
beforeAll(async () => void (world = await makeWorld()))
afterAll(() => world[Symbol.asyncDispose]())

describe("the judge of the matrix", () => {
  it("sees a token that goes to a foreign host", async () => {
    const setup = { allows: "elsewhere" } as const
    const { flaws } = await runCell(world, { fault: "files-elsewhere", where: "manifest", often: "once", setup })
    assert.includeMembers([...flaws], ["a token went to a foreign origin", "a request went to a foreign origin"])
  })
})
