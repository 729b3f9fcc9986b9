import { defineConfig } from "vitest/config"

const project = (name: string, root: string, exclude: ReadonlyArray<string> = []) => ({
  test: { name, root, include: ["test/**/*.test.ts"], exclude: [...exclude], testTimeout: 60_000, hookTimeout: 60_000 }
})

export default defineConfig({
  test: {
    // Many tests have real processes, sockets and files beside a clock of their own, and a machine that does something else at the same time can
    // make one late. Where nobody watches, a test has one more try; at a desk it has not, so that whoever works on it sees it.
    retry: process.env["CI"] === undefined ? 0 : 1,
    // vitest would leave one core alone, which of two is half the machine.
    maxWorkers: "100%",
    projects: [
      project("core", "packages/core"),
      project("sandbox", "packages/sandbox"),
      project("conformance", "packages/conformance"),
      project("runner", "apps/runner"),
      project("examples", "examples"),
      project("workspace", ".", ["test/consumers/workspaces/**"])
    ]
  }
})
