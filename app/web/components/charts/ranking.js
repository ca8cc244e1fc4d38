// The ranking of regions as bars. Plotly is brought by the pages of a desk alone, after the page is ready.
import { createElement, useEffect, useRef, useState } from "react";

const DESK = matchMediaOf("(min-width: 1100px)");
const DARK = matchMediaOf("(prefers-color-scheme: dark)");
const ROW = 24;

function matchMediaOf(query) {
  return typeof window === "undefined" ? null : window.matchMedia(query);
}

// The page first: a network and a processor that are busy with it are left alone.
function whenIdle(work) {
  if (window.requestIdleCallback) {
    const id = window.requestIdleCallback(work, { timeout: 3000 });
    return () => window.cancelIdleCallback(id);
  }
  const id = setTimeout(work, 300);
  return () => clearTimeout(id);
}

function number(percent) {
  return Number.parseFloat(percent) || 0;
}

function label(row) {
  return row.rank ? row.rank + " " + row.region : row.region;
}

function bars(rows, key, name, marker) {
  return {
    type: "bar",
    orientation: "h",
    name,
    y: rows.map(label),
    x: rows.map((row) => row[key]),
    marker,
    hoverinfo: "skip",
  };
}

function drawing(rows, words, place) {
  const style = getComputedStyle(place);
  const token = (name) => style.getPropertyValue("--" + name).trim();
  const parts = rows.map((row) => {
    const [whole, ok, sent] = [row.whole_percent, row.confirmed_percent, row.waiting_percent].map(number);
    return { ...row, ok: (whole * ok) / 100, sent: (whole * sent) / 100, rest: (whole * (100 - ok - sent)) / 100 };
  });
  const line = { color: token("control"), width: 1 };
  const hatch = { shape: "/", fgcolor: token("hatch"), bgcolor: token("raised"), size: 5, solidity: 0.5 };
  const data = [
    bars(parts, "ok", words.confirmed, { color: token("success"), line }),
    bars(parts, "sent", words.waiting, { color: token("hatch"), pattern: hatch, line }),
    bars(parts, "rest", words.unpaid, { color: token("raised"), line }),
  ];
  const layout = {
    barmode: "stack",
    bargap: 0.4,
    width: place.clientWidth,
    height: ROW * rows.length + 12,
    margin: { l: 8, r: 96, t: 0, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: style.fontFamily, size: 13, color: token("text") },
    showlegend: false,
    dragmode: false,
    xaxis: {
      range: [0, 100.3],
      showticklabels: false,
      showgrid: false,
      zeroline: false,
      fixedrange: true,
    },
    yaxis: { autorange: "reversed", automargin: true, ticklen: 8, tickcolor: "rgba(0,0,0,0)", fixedrange: true },
    annotations: rows.map((row) => ({
      x: 100,
      xanchor: "left",
      xshift: 8,
      y: label(row),
      text: row.figure,
      showarrow: false,
      font: { color: token("muted"), size: 12 },
    })),
  };
  return { data, layout };
}

export function RankingChart({ rows, confirmed, waiting, unpaid }) {
  const place = useRef(null);
  const [plotly, setPlotly] = useState(null);
  const [wide, setWide] = useState(false);
  const [theme, setTheme] = useState(0);

  useEffect(() => {
    const look = () => setWide(DESK.matches);
    const repaint = () => setTheme((seen) => seen + 1);
    const chosen = new MutationObserver(repaint);
    DESK.addEventListener("change", look);
    DARK.addEventListener("change", repaint);
    // a place of the same width is not drawn again
    let width = 0;
    const sized = new ResizeObserver(([entry]) => {
      if (entry.contentRect.width === width) return;
      width = entry.contentRect.width;
      repaint();
    });
    look();
    if (place.current) sized.observe(place.current);
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => {
      DESK.removeEventListener("change", look);
      DARK.removeEventListener("change", repaint);
      chosen.disconnect();
      sized.disconnect();
    };
  }, []);

  useEffect(() => {
    if (!wide || plotly) return undefined;
    let gone = false;
    const forget = whenIdle(() => {
      // without it the table says the same
      import("plotly.js-basic-dist-min").then((made) => !gone && setPlotly(() => made.default ?? made)).catch(() => {});
    });
    return () => {
      gone = true;
      forget();
    };
  }, [wide, plotly]);

  const drawn = Boolean(plotly && wide && rows.length);
  useEffect(() => {
    const at = place.current;
    if (!drawn || !at) return;
    const { data, layout } = drawing(rows, { confirmed, waiting, unpaid }, at);
    plotly.react(at, data, layout, { staticPlot: true, displayModeBar: false });
  }, [drawn, plotly, rows, confirmed, waiting, unpaid, theme]);
  useEffect(() => {
    const at = place.current;
    return drawn ? () => plotly.purge(at) : undefined;
  }, [drawn, plotly]);

  return createElement("div", { className: drawn ? "chart chart--drawn" : "chart", "aria-hidden": "true", ref: place });
}
