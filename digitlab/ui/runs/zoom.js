// Tells the server how far the reader has zoomed into which chart: a plotly chart that gets new rows is a new element, and
// would show everything again. A double click shows everything and forgets the zoom.
const AXES = ["x", "y"]
const CLOSE = new WeakMap() // by element: Streamlit calls a component again with new data, and then closes the last call only

export default function ({ data, parentElement, setStateValue }) {
  CLOSE.get(parentElement)?.()
  const zoom = structuredClone(data.zoom)
  const heard = new WeakSet()
  let closed = false

  const hear = (name, change) => {
    if (closed) return
    const before = JSON.stringify(zoom)
    for (const axis of AXES) {
      if (change[`${axis}axis.autorange`]) delete zoom[name]?.[axis]
      const range = [0, 1].map((end) => change[`${axis}axis.range[${end}]`] ?? change[`${axis}axis.range`]?.[end])
      if (range.every((end) => end !== undefined)) zoom[name] = { ...zoom[name], [axis]: range.map(Number) }
    }
    if (JSON.stringify(zoom) !== before) setStateValue("zoom", structuredClone(zoom))
  }
  const listen = () => {
    for (const name of data.charts) {
      const chart = document.querySelector(`.st-key-${name} .js-plotly-plot`)
      if (!chart?.on || heard.has(chart)) continue
      heard.add(chart)
      chart.on("plotly_relayout", (change) => hear(name, change))
    }
  }
  const watch = new MutationObserver(listen)
  watch.observe(document.body, { childList: true, subtree: true })
  listen()
  const close = () => {
    closed = true
    watch.disconnect()
  }
  CLOSE.set(parentElement, close)
  return close
}
