/**
 * What moves in the page of nights: it becomes text and runs in the browser, so it sees nothing but the page. Without it the page can still be
 * read.
 */
export const program = (): void => {
  const page = document
  const all = <E extends Element>(selector: string, type: abstract new () => E): ReadonlyArray<E> =>
    [...page.querySelectorAll(selector)].filter((found): found is E => found instanceof type)
  const one = <E extends Element>(selector: string, type: abstract new () => E): E => {
    const [found] = all(selector, type)
    if (found === undefined) throw new Error(`no ${selector}`)
    return found
  }

  const only = one("#only", HTMLButtonElement)
  const help = one("#help", HTMLDialogElement)
  const shown = one("#shown", HTMLElement)
  const nights = all("details.night", HTMLDetailsElement)
  const visible = () => nights.filter((night) => !night.hidden)

  const filter = () => {
    const wanted = only.getAttribute("aria-pressed") === "true"
    for (const night of nights) night.hidden = wanted && night.dataset["news"] === undefined
    const many = visible().length
    shown.textContent = many === nights.length ? `All ${many} nights` : `${many} of ${nights.length} nights`
  }
  const toggle = () => {
    only.setAttribute("aria-pressed", String(only.getAttribute("aria-pressed") !== "true"))
    filter()
  }
  const step = (by: number) => {
    const list = visible()
    const at = list.findIndex((night) => night.contains(page.activeElement))
    const next = list[at === -1 ? (by > 0 ? 0 : list.length - 1) : at + by]
    next?.querySelector("summary")?.focus()
    next?.scrollIntoView({ block: "nearest" })
  }
  const unfold = () => {
    const open = visible().some((night) => !night.open)
    for (const night of visible()) night.open = open
  }
  const reveal = () => {
    const target = page.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (!(target instanceof HTMLDetailsElement)) return
    if (target.hidden) toggle()
    target.open = true
    target.querySelector("summary")?.focus()
    target.scrollIntoView({ block: "nearest" })
  }

  only.addEventListener("click", toggle)
  one("#keys", HTMLButtonElement).addEventListener("click", () => help.showModal())
  addEventListener("hashchange", reveal)
  for (const link of all(".strip a", HTMLAnchorElement)) {
    // A second click on the same night changes no address.
    link.addEventListener("click", () => link.hash === location.hash && reveal())
  }

  const keys: Readonly<Record<string, () => void>> = {
    j: () => step(1),
    k: () => step(-1),
    e: unfold,
    c: toggle,
    "?": () => help.showModal()
  }
  addEventListener("keydown", (event) => {
    const act = help.open || event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  })

  // On paper what changed is unfolded, and folded again afterwards.
  let unfolded: ReadonlyArray<HTMLDetailsElement> = []
  addEventListener("beforeprint", () => {
    const folded = nights.filter((night) => !night.open && night.dataset["news"] !== undefined)
    for (const night of folded) night.open = true
    unfolded = [...unfolded, ...folded]
  })
  addEventListener("afterprint", () => {
    for (const night of unfolded) night.open = false
    unfolded = []
  })
  for (const tool of all(".tools", HTMLElement)) tool.hidden = false
  filter()
  reveal()
}

/** The program as text. Type annotations are gone by then, whether it was compiled or stripped. */
export const pageScript = `(${program.toString()})()`
