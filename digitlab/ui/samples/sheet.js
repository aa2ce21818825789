// A picture of many digits in even cells: the pointer or the arrow keys choose one, a click or Enter opens it.
export default function ({ data, parentElement, setTriggerValue }) {
  const sheet = parentElement.querySelector(".dl-sheet")
  const image = sheet.querySelector("img")
  const frame = sheet.querySelector(".dl-sheet-frame")
  if (image.src !== data.url) image.src = data.url
  image.alt = data.alt
  sheet.setAttribute("aria-label", `${data.count} digits; arrow keys choose one, Enter opens it`)
  sheet.classList.toggle("dl-sheet-wide", data.columns >= 20)
  const rows = Math.ceil(data.count / data.columns)
  let chosen = -1

  const choose = (place) => {
    chosen = place
    frame.hidden = place < 0 || !data.opens
    frame.style.width = `${100 / data.columns}%`
    frame.style.height = `${100 / rows}%`
    frame.style.left = `${(place % data.columns) * 100 / data.columns}%`
    frame.style.top = `${Math.floor(place / data.columns) * 100 / rows}%`
  }
  const under = (event) => {
    const box = image.getBoundingClientRect()
    const column = Math.floor((event.clientX - box.left) / box.width * data.columns)
    const row = Math.floor((event.clientY - box.top) / box.height * rows)
    const place = row * data.columns + column
    return column >= 0 && column < data.columns && place >= 0 && place < data.count ? place : -1
  }
  const open = () => { if (data.opens && chosen >= 0) setTriggerValue("open", data.numbers[chosen]) }

  choose(-1)
  sheet.tabIndex = data.opens ? 0 : -1
  sheet.style.cursor = data.opens ? "pointer" : "default"
  sheet.onpointermove = (event) => choose(under(event))
  sheet.onpointerleave = () => choose(-1)
  sheet.onclick = (event) => { choose(under(event)); open() }
  sheet.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: data.columns, ArrowUp: -data.columns }[event.key]
    if (step !== undefined) {
      const next = chosen < 0 ? 0 : chosen + step
      if (next >= 0 && next < data.count) choose(next)
      event.preventDefault()
    } else if (event.key === "Enter") open()
  }
}
