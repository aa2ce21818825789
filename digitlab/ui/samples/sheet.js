// Many digits, each over its label: the pointer or the arrow keys choose one, a click or Enter opens it. The digits come
// as one picture; each tile shows its own part of it.
export default function ({ data, parentElement, setTriggerValue }) {
  const sheet = parentElement.querySelector(".dl-sheet")
  const { tiles, across } = data
  const down = Math.ceil(tiles.length / across)
  const percent = (place, count) => (count > 1 ? (100 * place) / (count - 1) : 0)
  let chosen = -1

  sheet.style.setProperty("--digits", `url(${data.url})`)
  sheet.style.setProperty("--columns", data.columns)
  sheet.classList.toggle("dl-sheet-wide", data.columns >= 20)
  sheet.setAttribute("aria-label", data.alt)
  sheet.setAttribute("aria-description", "Arrow keys choose a digit, Enter opens it.")
  sheet.replaceChildren(...tiles.map(({ number, text, colour, ink, marked }, place) => {
    const tile = document.createElement("span")
    const digit = document.createElement("i")
    const label = document.createElement("b")
    tile.id = `${data.key}-${place}`
    tile.className = marked ? "dl-sheet-digit dl-sheet-digit-marked" : "dl-sheet-digit"
    tile.setAttribute("role", "option")
    tile.dataset.number = number
    digit.style.backgroundSize = `${100 * across}% ${100 * down}%`
    digit.style.backgroundPosition = `${percent(place % across, across)}% ${percent(Math.floor(place / across), down)}%`
    label.textContent = text
    label.style.cssText = `background: ${colour}; color: ${ink}`
    tile.append(digit, label)
    return tile
  }))

  const choose = (place) => {
    chosen = place
    sheet.querySelector(".dl-sheet-digit-chosen")?.classList.remove("dl-sheet-digit-chosen")
    sheet.children[place]?.classList.add("dl-sheet-digit-chosen")
    if (place < 0) sheet.removeAttribute("aria-activedescendant")
    else sheet.setAttribute("aria-activedescendant", sheet.children[place].id)
  }
  const under = (event) => [...sheet.children].indexOf(event.target.closest(".dl-sheet-digit"))
  const open = () => {
    if (chosen < 0) return
    setTriggerValue("open", tiles[chosen].number)
    comeIntoView()
  }

  sheet.onpointermove = (event) => choose(under(event))
  sheet.onpointerleave = () => choose(-1)
  sheet.onclick = (event) => { choose(under(event)); open() }
  sheet.onkeydown = (event) => {
    const columns = getComputedStyle(sheet).gridTemplateColumns.split(" ").length // fewer on a phone
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    if (step !== undefined) {
      const next = chosen < 0 ? 0 : chosen + step
      if (next >= 0 && next < tiles.length) choose(next)
      event.preventDefault()
    } else if (event.key === "Enter") open()
  }
}

// The opened digit appears above the sheet, perhaps out of the window.
const comeIntoView = () => {
  const show = () => {
    const one = document.querySelector(".st-key-one")
    if (!one) return false
    const { top } = one.getBoundingClientRect()
    if (top < 60 || top > innerHeight / 2) one.scrollIntoView({ block: "start" })
    return true
  }
  if (show()) return
  const watch = new MutationObserver(() => { if (show()) watch.disconnect() })
  watch.observe(document.body, { childList: true, subtree: true })
  setTimeout(() => watch.disconnect(), 10_000)
}
