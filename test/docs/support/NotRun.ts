import type { NotRun } from "./Pages.ts"

/** Every block of every page that is not run, and why. All others are. The test prints how many these are, and knows their number. */
export const notRun: ReadonlyArray<NotRun> = [
  { page: "README.md", begins: "npm test", because: "it would run itself" },
  {
    page: "packages/sandbox/README.md",
    begins: "NODE_OPTIONS=",
    because: "it takes Medplum's CLI; packages/sandbox/test/clients/Medplum.test.ts runs it where that is installed"
  }
]
