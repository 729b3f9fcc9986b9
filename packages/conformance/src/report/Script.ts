/**
 * What moves in `report.html`: it becomes text and runs in the browser, so it sees nothing but the page. Without it the page can still be read.
 */
export const program = (): void => {
  const page = document
  const one = <E extends Element>(selector: string, type: abstract new () => E): E => {
    const found = page.querySelector(selector)
    if (!(found instanceof type)) throw new Error(`no ${selector}`)
    return found
  }
  const all = <E extends Element>(selector: string, type: abstract new () => E): ReadonlyArray<E> =>
    [...page.querySelectorAll(selector)].filter((found): found is E => found instanceof type)

  const search = one("#search", HTMLInputElement)
  const area = one("#area", HTMLSelectElement)
  const shown = one("#shown", HTMLElement)
  const help = one("#help", HTMLDialogElement)
  const chips = all("button.chip", HTMLButtonElement)
  const checks = all("details.check", HTMLDetailsElement)
  const groups = all("section.group", HTMLElement)
  const texts = new Map(checks.map((check) => [check, (check.textContent ?? "").toLowerCase()]))
  const visible = () => checks.filter((check) => !check.hidden)

  const filter = () => {
    const wanted = new Set(
      chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.value)
    )
    const words = search.value.toLowerCase().split(/\s+/)
    for (const check of checks) {
      const { verdict = "", area: own = "" } = check.dataset
      const has = texts.get(check) ?? ""
      check.hidden =
        (wanted.size > 0 && !wanted.has(verdict)) ||
        (area.value !== "" && own !== area.value) ||
        !words.every((word) => has.includes(word))
    }
    for (const group of groups) group.hidden = !checks.some((check) => group.contains(check) && !check.hidden)
    const many = visible().length
    shown.textContent = many === checks.length ? `All ${many} checks` : `${many} of ${checks.length} checks`
  }
  const clear = () => {
    search.value = area.value = ""
    for (const chip of chips) chip.setAttribute("aria-pressed", "false")
    filter()
  }
  const step = (by: number) => {
    const list = visible()
    const at = list.findIndex((check) => check.contains(document.activeElement))
    const next = list[at === -1 ? (by > 0 ? 0 : list.length - 1) : at + by]
    next?.querySelector("summary")?.focus()
    next?.scrollIntoView({ block: "nearest" })
  }
  const unfold = (open: boolean) => {
    for (const check of visible()) check.open = open
  }
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (!(target instanceof HTMLDetailsElement)) return
    if (target.hidden) clear()
    target.open = true
    target.scrollIntoView()
  }

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"))
      filter()
    })
  }
  search.addEventListener("input", filter)
  area.addEventListener("change", filter)
  one("#unfold", HTMLButtonElement).addEventListener("click", () => unfold(visible().some((check) => !check.open)))
  one("#clear", HTMLButtonElement).addEventListener("click", clear)
  one("#keys", HTMLButtonElement).addEventListener("click", () => help.showModal())
  addEventListener("hashchange", reveal)

  const keys: Readonly<Record<string, () => void>> = {
    "/": () => search.focus(),
    j: () => step(1),
    k: () => step(-1),
    e: () => unfold(visible().some((check) => !check.open)),
    x: clear,
    "?": () => help.showModal()
  }
  addEventListener("keydown", (event) => {
    const { target } = event
    if (event.key === "Escape" && target === search) search.blur()
    const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement || help.open
    const act = isTyping || event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  })

  // On paper what needs a look is unfolded, and folded again afterwards.
  let unfolded: ReadonlyArray<HTMLDetailsElement> = []
  addEventListener("beforeprint", () => {
    const folded = checks.filter((check) => !check.open && check.dataset["trouble"] !== undefined)
    for (const check of folded) check.open = true
    unfolded = [...unfolded, ...folded]
  })
  addEventListener("afterprint", () => {
    for (const check of unfolded) check.open = false
    unfolded = []
  })
  for (const tool of all(".tools", HTMLElement)) tool.hidden = false
  filter()
  reveal()
}

/** The program as text. Type annotations are gone by then, whether it was compiled or stripped. */
export const script = `(${program.toString()})()`
