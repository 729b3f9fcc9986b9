import { testRows } from "./Rows.ts"
import { section15 } from "./Section15.ts"

testRows(15, 60, section15)
