import { assert, describe, it } from "@effect/vitest"
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { escaped, markup } from "../../src/report/Markup.ts"

const hostile = [
  "</script><script>alert(1)</script>",
  `" onload="alert(1)`,
  "' onload='alert(1)",
  "<!--",
  "]]>",
  "&lt;b&gt; & &#60;",
  "a\u0000b\u0001\u0008\u000b\u001f\u007f\u0085\u009fz",
  "half \ud800 of a pair \udc00, and a whole \ud83d\udc22",
  "\ufffe\uffff"
]

describe("markup", () => {
  it("takes what is put into it for text, wherever it stands", () => {
    for (const text of hostile) {
      const xml = markup`<a title="${text}">${text}${[text, markup`<b>${text}</b>`]}</a>`.text
      assert.strictEqual(XMLValidator.validate(xml), true, xml)
      const read: unknown = new XMLParser({
        ignoreAttributes: false,
        processEntities: true,
        trimValues: false,
        htmlEntities: true
      }).parse(xml)
      assert.deepStrictEqual(Object.keys(JSON.parse(JSON.stringify(read))), ["a"])
      assert.notMatch(xml.replace(/<\/?[ab]( title="[^"]*")?>/g, ""), /[<>"']/)
    }
  })

  it("writes nothing that XML cannot hold", () => {
    for (const text of hostile) {
      for (const character of escaped(text)) {
        const point = character.codePointAt(0) ?? 0
        assert.isTrue(point >= 0x20 || "\t\n\r".includes(character), `control character ${point}`)
        assert.isFalse((point >= 0xd800 && point <= 0xdfff) || point === 0xfffe || point === 0xffff, `${point}`)
      }
    }
    assert.strictEqual(escaped("\u0000\ud800x"), "\ufffd\ufffdx")
    assert.strictEqual(escaped("tab\tline\n\ud83d\udc22 é 雪"), "tab\tline\n\ud83d\udc22 é 雪")
  })

  it("leaves out what is not there, and keeps a nought", () => {
    assert.strictEqual(markup`<a>${undefined}${false}${0}${""}${[]}</a>`.text, "<a>0</a>")
  })
})
