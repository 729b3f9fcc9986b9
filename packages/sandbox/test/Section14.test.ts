import { testRows } from "./Rows.ts"
import { section14 } from "./Section14.ts"

testRows(14, 41, section14)
