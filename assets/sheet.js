// The collection sheet (/sheet): the grid, its keys and its sums. What is filled in stays on this device, by group and
// day, until it is recorded. The server gives the blank sheet as JSON in `data-sheet`, and takes the filled one.
(() => {
  const MARKS = { p: "present", l: "late", a: "absent", e: "excused" };
  const LETTERS = Object.fromEntries(Object.entries(MARKS).map(([letter, mark]) => [mark, letter.toUpperCase()]));
  const COINS = "coins";
  const MANY = 20;
  let box, shown, given, blank, words, draft, day, undone, last, isSent;
  const cells = new Map();
  const pointed = new Set(); // dues whose fault stands at its line

  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributeFilter: ["data-sheet"] });
  look();

  function look() {
    const recorded = document.querySelector("[data-recorded]")?.dataset.recorded;
    if (recorded && draft?.key === recorded) {
      localStorage.removeItem(place());
      draft = null;
    }
    const found = document.getElementById("sheet");
    if (!found?.dataset.sheet || (found === box && found.dataset.sheet === shown)) return;
    const isOpen = found === box && draft;
    box = found;
    shown = found.dataset.sheet;
    const before = given?.day;
    given = JSON.parse(shown);
    words = given.words;
    const wanted = (given.day === before && box.dataset.day) || given.day;
    if (given.recorded.includes(wanted)) show(wanted);
    else if (isOpen && wanted === day) follow();
    else open(wanted);
  }

  // A day whose meeting is recorded is shown as that, by the server.
  function show(recorded) {
    if (location.search !== `?day=${recorded}`) location.assign(`/sheet?day=${recorded}`);
  }

  // what is kept
  function place() {
    return `sheet ${given.group} ${day}`;
  }
  function open(chosen) {
    day = box.dataset.day = chosen;
    const fresh = { key: newKey(), marks: {}, paid: {}, cash: {}, of: {}, at: 0 };
    draft = { ...fresh, ...JSON.parse(localStorage.getItem(place()) ?? "{}") };
    undone = [];
    last = -1;
    pointed.clear();
    blank = filledIn();
    draw();
  }
  // Others recorded something: what was typed, the focus and the place stay.
  function follow() {
    const was = document.activeElement;
    const { kind, name, value } = box.contains(was) ? was.dataset : {};
    const inside = was.closest(".sheet__card") ? ".sheet__card " : "";
    const [from, to, top] = [was.selectionStart, was.selectionEnd, box.querySelector(".sheet__grid")?.scrollTop];
    blank = filledIn();
    draw();
    box.querySelector(".sheet__grid").scrollTop = top ?? 0;
    const again = kind && box.querySelector(`${inside}[data-kind="${kind}"][data-name="${name}"]${value === undefined ? "" : `[data-value="${value}"]`}`);
    again?.focus({ preventScroll: true });
    if (again && typeof from === "number") again.setSelectionRange(from, to);
    if (isSent) point();
  }
  // The server's sheet with what was typed for dues that are settled meanwhile: they keep their line until it is taken
  // off, and nothing is left to pay of them.
  function filledIn() {
    const sheet = structuredClone(given);
    const open = new Set(sheet.rows.flatMap((row) => row.dues.map((due) => due?.[0])));
    for (const due of Object.keys(draft.paid)) if (!open.has(due) && !draft.of[due]) delete draft.paid[due];
    for (const [due, one] of Object.entries(draft.of)) {
      one.isSettled = !open.has(due);
      if (!one.isSettled || !draft.paid[due]) continue;
      let column = sheet.columns.findIndex(({ id }) => id === one.column.id);
      if (column < 0) {
        column = sheet.columns.push(one.column) - 1;
        for (const row of sheet.rows) row.dues.push(null);
      }
      let row = sheet.rows.find(({ id }) => id === one.member.id);
      if (!row) sheet.rows.push((row = { ...one.member, own: false, dues: sheet.columns.map(() => null) }));
      row.dues[column] = [due, 0];
      pointed.add(due);
    }
    return sheet;
  }
  function newKey() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  function set(kind, name, value, { isUndo = false } = {}) {
    const before = draft[kind][name] ?? "";
    if (before === value) return;
    if (!isUndo) undone.push([kind, name, before]);
    if (value === "") delete draft[kind][name];
    else draft[kind][name] = value;
    localStorage.setItem(place(), JSON.stringify(draft));
  }
  function undo() {
    const [kind, name, before] = undone.pop() ?? [];
    if (!kind) return;
    set(kind, name, before, { isUndo: true });
    paint();
    cells.get(`${kind} ${name}`)?.focus();
  }

  // money, in whole minor units
  function minor(text) {
    const found = /^(\d{0,12})(?:\.(\d*))?$/.exec((text ?? "").replace(/[,\s]/g, ""));
    const part = found?.[2] ?? "";
    if (!found || part.length > blank.exponent) return NaN;
    return Number(found[1] || 0) * 10 ** blank.exponent + Number(part.padEnd(blank.exponent, "0") || 0);
  }
  function figure(amount) {
    const unit = 10 ** blank.exponent;
    const whole = new Intl.NumberFormat(blank.numbers).format(Math.floor(amount / unit));
    const part = amount % unit;
    return part ? `${whole}.${String(part).padStart(blank.exponent, "0")}` : whole;
  }
  function say(text, values) {
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // what the sheet comes to; what can't be right is said of the first line that has it
  function dues(row) {
    return row.own ? [] : row.dues.filter(Boolean);
  }
  function paid(row) {
    return dues(row).reduce((sum, [due]) => sum + (minor(draft.paid[due]) || 0), 0);
  }
  // A loan takes more than it asks for now, up to what settles it.
  function most([, left, takes]) {
    return takes ?? left;
  }
  function isWrong(due) {
    return !(minor(draft.paid[due[0]]) <= most(due));
  }
  function sums() {
    const columns = blank.columns.map((_, at) =>
      blank.rows.reduce((sum, row) => sum + (row.own || !row.dues[at] ? 0 : minor(draft.paid[row.dues[at][0]]) || 0), 0),
    );
    const cash = blank.notes.map((note) => note * (Number(draft.cash[note]) || 0));
    const counted = cash.reduce((sum, one) => sum + one, minor(draft.cash[COINS]) || 0);
    return { columns, cash, counted, sheet: columns.reduce((sum, one) => sum + one, 0) };
  }
  function faults() {
    const found = blank.rows.flatMap((row, at) =>
      (row.own ? [] : row.dues).flatMap((due, column) => {
        if (!due || !isWrong(due)) return [];
        const values = { line: at + 1, name: row.name, title: blank.columns[column].title, left: figure(most(due)) };
        const text = Number.isNaN(minor(draft.paid[due[0]])) ? words.amount : due[1] ? words.much : words.settled;
        return [{ kind: "paid", name: due[0], at, said: say(text, values) }];
      }),
    );
    const counted = Object.keys(draft.cash).filter((name) => (name === COINS ? Number.isNaN(minor(draft.cash[name])) : !/^\d{1,9}$/.test(draft.cash[name])));
    const label = (name) => (name === COINS ? words.coins : figure(Number(name)));
    return [...found, ...counted.map((name) => ({ kind: "cash", name, said: say(words.digits, { name: label(name) }) }))];
  }
  // An amount that was taken off because somebody else recorded it is what the cash has too much.
  function takenOff(off) {
    const gone = Object.entries(draft.of).filter(([due, one]) => one.isSettled && !draft.paid[due]);
    const all = gone.reduce((sum, [, one]) => sum + minor(one.was), 0);
    const meant = all === off ? gone : gone.filter(([, one]) => minor(one.was) === off);
    const line = (one) => blank.rows.findIndex(({ id }) => id === one.member.id) + 1;
    return meant.map(([, one]) => say(words.gone, { line: line(one), name: one.member.name, title: one.column.title }));
  }
  function verdict({ sheet, counted }, found) {
    if (found.length) return ["bad", ...found.map(({ said }) => said)];
    if (!Object.keys(draft.cash).length) return [""];
    if (sheet === counted) return sheet ? ["ok", words.agree] : [""];
    const off = Math.abs(sheet - counted);
    const told = say(counted < sheet ? words.short : words.over, { figure: `${blank.currency} ${figure(off)}` });
    const gone = counted > sheet ? takenOff(off) : [];
    if (gone.length) return ["bad", told, ...gone];
    const same = blank.rows.findIndex((row) => paid(row) === off);
    const line = same >= 0 ? same : last;
    return ["bad", told, ...(line >= 0 ? [say(words.line, { line: line + 1, name: blank.rows[line].name })] : [])];
  }

  // drawing: everything is made once for a day, and painted after each change
  function make(tag, given = {}, ...children) {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name in one && name !== "list") one[name] = value;
      else one.setAttribute(name, value);
    }
    one.append(...children);
    return one;
  }
  function entry(kind, name, label, given = {}) {
    const one = make("input", { type: "text", autocomplete: "off", "aria-label": label, ...given });
    one.dataset.kind = kind;
    one.dataset.name = name;
    return one;
  }
  function cell(kind, name, label, at, column, given) {
    const one = entry(kind, name, label, given);
    Object.assign(one.dataset, { at, column });
    cells.set(`${kind} ${name}`, one);
    return one;
  }
  function draw() {
    cells.clear();
    const held = make("input", { type: "date", className: "input", id: "held", max: blank.today, value: day });
    held.addEventListener("change", () => held.value && (given.recorded.includes(held.value) ? show : open)(held.value));
    const own = blank.rows.some((row) => row.own) ? [make("p", { className: "sheet__own tiny muted", textContent: words.own })] : [];
    box.replaceChildren(
      make("div", { className: "sheet__day" }, make("label", { htmlFor: "held", textContent: words.held }), held, ...(blank.rows.length > MANY ? [finder()] : [])),
      make("div", { className: "sheet" }, make("div", { className: "sheet__main" }, grid(), card(), ...own), side(), keys()),
    );
    paint();
  }
  // Who stands far down is found by name or number; Enter leads to her line.
  function finder() {
    const field = make("input", { type: "search", className: "input", "aria-label": words.find, placeholder: words.find });
    const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, "");
    const found = () => (plain(field.value) ? blank.rows.findIndex((row) => plain(`${row.no} ${row.name}`).includes(plain(field.value))) : -1);
    field.addEventListener("input", () => {
      for (const line of box.querySelectorAll(".is-found")) line.classList.remove("is-found");
      const line = box.querySelector(`[data-line="${found()}"]`);
      if (!line) return;
      line.classList.add("is-found");
      line.scrollIntoView({ block: "center" });
      draft.at = found();
      paint();
    });
    field.addEventListener("keydown", ({ key }) => key === "Enter" && near(found(), 0)?.focus());
    return field;
  }
  function grid() {
    const th = (text, given = {}) => make("th", { scope: "col", ...given }, make("span", { textContent: text }));
    const num = { className: "num" };
    const head = [th("#", num), th(words.member), th(words.here, { className: "c" })];
    for (const { title, due } of blank.columns) head.push(th(title, { ...num, title: `${title}, ${due}` }));
    const body = blank.rows.map((row, at) =>
      make(
        "tr",
        { className: at % 5 === 4 ? "is-fifth" : "", "data-line": at },
        make("td", { className: "num muted", textContent: at + 1 }),
        make("th", { scope: "row", title: row.no }, row.name, make("span", { className: "sheet__no tiny muted", textContent: row.no })),
        make("td", { className: "c" }, cell("marks", row.id, `${row.name}, ${words.here}`, at, 0)),
        ...row.dues.map((due, column) => {
          if (!due || row.own) return make("td", { className: "num muted", textContent: row.paid?.[column] ? words.paid : "·" });
          const label = `${row.name}, ${blank.columns[column].title}`;
          const given = { inputMode: "decimal", placeholder: say(words.unpaid, { figure: figure(due[1]) }) };
          return make("td", { "data-due": figure(due[1]) }, cell("paid", due[0], label, at, column + 1, given));
        }),
        make("td", { className: "num strong", "data-total": at }),
      ),
    );
    const foot = blank.columns.map((_, at) => make("td", { className: "num", "data-column-sum": at }));
    return make(
      "div",
      { className: "card sheet__grid" },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...head, th(words.total, num))),
        make("tbody", {}, ...body),
        make(
          "tfoot",
          {},
          make("tr", {}, make("td"), make("td", { "data-done": "" }), make("td", { className: "c", "data-here": "" }), ...foot, make("td", { className: "num", "data-sheet-sum": "" })),
        ),
      ),
    );
  }
  function side() {
    const line = (label, field, name) =>
      make("div", { className: "sheet__note" }, make("span", { textContent: label }), field, make("span", { className: "num", "data-cash": name }));
    const label = (note) => `${figure(note)} ×`;
    const sum = (text, name) => make("p", { className: "sheet__sum" }, make("span", { textContent: text }), make("b", { [`data-${name}`]: "" }));
    return make(
      "section",
      { className: "card sheet__side", id: "cash" },
      make("h2", { textContent: words.counted }),
      ...blank.notes.map((note) => line(label(note), cashField(String(note), `${words.counted}, ${label(note)}`, "numeric"), note)),
      line(words.coins, cashField(COINS, `${words.counted}, ${words.coins}`, "decimal"), COINS),
      sum(`${words.counted}, ${blank.currency}`, "counted"),
      sum(`${words.on}, ${blank.currency}`, "sheet-sum"),
      make("p", { className: "sheet__said", role: "status" }),
      make("p", { className: "tiny muted", textContent: words.saved }),
    );
  }
  function cashField(name, label, inputMode) {
    const one = entry("cash", name, label, { inputMode });
    cells.set(`cash ${name}`, one);
    return one;
  }
  function keys() {
    const pairs = [...Object.entries(MARKS).map(([letter, mark]) => [letter.toUpperCase(), words[mark]]), ["Tab", words.cell], ["Enter", words.enter], ["=", words.pay], ["Ctrl Enter", words.cash], ["Ctrl Z", words.undo]];
    return make("p", { className: "sheet__keys tiny muted" }, ...pairs.map(([key, text]) => make("span", {}, make("kbd", { textContent: key }), ` ${text}`)));
  }

  // one member at a time, for thumbs
  function card() {
    return make("section", { className: "sheet__card", "aria-live": "off" });
  }
  function drawCard() {
    const holder = box.querySelector(".sheet__card");
    const at = Math.min(draft.at, blank.rows.length - 1);
    const row = blank.rows[at];
    if (!row) return;
    if (holder.dataset.at !== String(at)) {
      holder.dataset.at = at;
      const following = blank.rows[at + 1];
      const step = (to, label, text, given = {}) => {
        const button = make("button", { type: "button", className: "sheet__step", "aria-label": label, textContent: text, disabled: !blank.rows[to], ...given });
        button.addEventListener("click", () => go(to));
        return button;
      };
      const next = make("button", { type: "button", className: "sheet__next", textContent: following ? say(words.next, { name: following.name }) : words.count });
      next.addEventListener("click", () => (following ? go(at + 1) : toCash()));
      holder.replaceChildren(
        make("div", { className: "sheet__who" }, make("div", {}, make("p", { className: "small muted", textContent: `${say(words.place, { n: at + 1, all: blank.rows.length })}, ${row.no}` }), make("h2", { textContent: row.name, tabIndex: -1 })), step(at - 1, words.before, "‹"), step(at + 1, words.after, "›")),
        make("progress", { max: blank.rows.length, value: at + 1, "aria-label": say(words.place, { n: at + 1, all: blank.rows.length }) }),
        choices(words.here, "", Object.values(MARKS).map((mark) => [words[mark], "marks", row.id, mark])),
        ...row.dues.flatMap((due, column) => (due && !row.own ? [dueChoices(row, due, column)] : [])),
        ...(row.own ? [make("p", { className: "small", textContent: words.own })] : []),
        make("p", { className: "sheet__said" }),
        make("p", { className: "sheet__hands" }, make("span", { textContent: `${words.hands}, ${blank.currency}` }), make("b")),
        next,
      );
    }
    holder.querySelector(".sheet__hands b").textContent = figure(paid(row));
    for (const button of holder.querySelectorAll("[data-value]")) {
      const { kind, name, value } = button.dataset;
      button.setAttribute("aria-pressed", (draft[kind][name] ?? "") === value);
    }
  }
  function choices(label, beside, values, more = []) {
    const buttons = values.map(([text, kind, name, value]) => {
      const button = make("button", { type: "button", textContent: text });
      Object.assign(button.dataset, { kind, name, value });
      button.addEventListener("click", () => {
        put(kind, name, value);
        paint();
      });
      return button;
    });
    return make("div", { className: "sheet__choice", role: "group", "aria-label": label }, make("p", {}, make("span", { textContent: label }), make("span", { textContent: beside })), make("div", {}, ...buttons, ...more));
  }
  function dueChoices(row, [due, left], column) {
    const { title } = blank.columns[column];
    const other = entry("paid", due, `${row.name}, ${title}, ${words.other}`, { inputMode: "decimal", placeholder: words.other });
    other.dataset.known = figure(left);
    const all = left ? [[figure(left), "paid", due, figure(left)]] : [];
    return choices(title, `${words.due} ${figure(left)}`, [[figure(0), "paid", due, ""], ...all], [other]);
  }
  function go(at) {
    if (!blank.rows[at]) return;
    draft.at = at;
    localStorage.setItem(place(), JSON.stringify(draft));
    paint();
    box.querySelector(".sheet__card h2").focus();
    scrollTo({ top: 0 });
  }
  function toCash() {
    const first = box.querySelector("#cash input");
    first?.scrollIntoView({ block: "center" });
    first?.focus();
  }

  function paint() {
    const totals = sums();
    const found = faults();
    drawCard();
    const put_ = (name, text) => {
      for (const one of box.querySelectorAll(`[data-${name}]`)) one.textContent = text;
    };
    for (const one of box.querySelectorAll("input[data-kind]")) {
      const { kind, name } = one.dataset;
      const kept = draft[kind][name] ?? "";
      const value = one.dataset.known === kept ? "" : kept;
      const text = kind === "marks" ? (LETTERS[value] ?? "") : value;
      if (one.value !== text) one.value = text;
      if (kind === "marks") one.dataset.mark = value;
      else one.setAttribute("aria-invalid", found.some((fault) => fault.kind === kind && fault.name === name));
    }
    for (const [at, row] of blank.rows.entries()) {
      const total = paid(row);
      box.querySelector(`[data-total="${at}"]`).textContent = total ? figure(total) : "·";
    }
    for (const [at, sum] of totals.columns.entries()) box.querySelector(`[data-column-sum="${at}"]`).textContent = figure(sum);
    for (const [at, sum] of totals.cash.entries()) box.querySelector(`[data-cash="${blank.notes[at]}"]`).textContent = sum ? figure(sum) : "·";
    put_(`cash="${COINS}"`, figure(minor(draft.cash[COINS]) || 0));
    put_("sheet-sum", figure(totals.sheet));
    put_("counted", figure(totals.counted));
    const marked = blank.rows.filter((row) => draft.marks[row.id]);
    put_("done", say(words.done, { done: marked.length, all: blank.rows.length }));
    put_("here", marked.filter((row) => ["present", "late"].includes(draft.marks[row.id])).length);
    paintLines(found);
    const [kind, ...told] = verdict(totals, found);
    for (const said of box.querySelectorAll(".sheet__said")) {
      said.className = `sheet__said ${kind}`;
      if (said.dataset.told !== told.join("\n")) said.replaceChildren(...told.flatMap((text, at) => [at ? " " : "", make(at && !found.length ? "span" : "b", { textContent: text })]));
      said.dataset.told = told.join("\n");
    }
  }
  function paintLines(found) {
    for (const one of box.querySelectorAll(".sheet__fault")) one.remove();
    for (const { name, at, said } of found.filter((one) => one.kind === "paid" && pointed.has(one.name))) {
      const id = `fault-${name}`;
      const line = make("tr", { className: "sheet__fault" }, make("td", { id, colSpan: blank.columns.length + 4, textContent: said }));
      const before = [...box.querySelectorAll(`[data-line="${at}"] ~ .sheet__fault`)].at(-1);
      (before ?? box.querySelector(`[data-line="${at}"]`)).after(line);
      cells.get(`paid ${name}`).setAttribute("aria-describedby", id);
    }
  }
  // Every fault at its line, and the hand at the first.
  function point() {
    const found = faults();
    isSent = false;
    for (const { name } of found) pointed.add(name);
    paint();
    if (!found.length) return;
    const [{ kind, name, at }] = found;
    if (at !== undefined && !cells.get(`${kind} ${name}`).checkVisibility()) go(at);
    const field = [...box.querySelectorAll(`input[data-kind="${kind}"][data-name="${name}"]`)].find((one) => one.checkVisibility());
    field?.scrollIntoView({ block: "nearest" });
    field?.focus();
  }

  // what is done to a cell; whoever hands money over is there, unless it is said otherwise
  function rowOf(kind, name) {
    return blank.rows.findIndex((row) => (kind === "marks" ? row.id === name : row.dues.some((due) => due?.[0] === name)));
  }
  function put(kind, name, value) {
    const at = kind === "cash" ? -1 : rowOf(kind, name);
    const row = blank.rows[at];
    if (kind === "paid" && value && !draft.marks[row.id]) set("marks", row.id, "present");
    if (kind === "paid") {
      const { id, no, name: called } = row;
      const column = blank.columns[row.dues.findIndex((due) => due?.[0] === name)];
      draft.of[name] = { ...draft.of[name], member: { id, no, name: called }, column, was: value || draft.of[name]?.was };
    }
    set(kind, name, value);
    if (row) last = at;
    if (row) draft.at = at;
  }
  function payDue({ kind, name }) {
    const row = blank.rows[rowOf(kind, name)];
    if (kind === "marks" && !draft.marks[name]) set("marks", name, "present");
    for (const [due, left] of dues(row)) if (kind === "marks" || due === name) put("paid", due, figure(left));
  }
  document.addEventListener("input", ({ target }) => {
    if (!box?.contains(target) || !target.dataset.kind) return;
    isSent = false;
    const { kind, name } = target.dataset;
    if (kind === "marks") {
      const typed = target.value.trim().toLowerCase().slice(-1);
      if (!typed || MARKS[typed]) put(kind, name, MARKS[typed] ?? "");
    } else if (target.value.includes("=")) {
      target.value = draft[kind][name] ?? "";
    } else {
      put(kind, name, target.value.trim());
    }
    paint();
    if (kind === "marks") target.select?.();
  });
  document.addEventListener("focusin", ({ target }) => {
    if (!box?.contains(target) || !target.dataset.kind) return;
    target.select?.();
    if (target.dataset.at && draft.at !== Number(target.dataset.at)) {
      draft.at = Number(target.dataset.at);
      paint();
    }
  });

  function near(at, column) {
    return box.querySelector(`input[data-at="${at}"][data-column="${column}"]`);
  }
  function inRow(at) {
    return [...box.querySelectorAll(`input[data-at="${at}"]`)];
  }
  function beside(target, step) {
    const row = inRow(target.dataset.at);
    return row[row.indexOf(target) + step];
  }
  function below(target, step) {
    const at = Number(target.dataset.at) + step;
    return near(at, target.dataset.column) ?? near(at, 0);
  }
  const MOVES = {
    Enter: (target, { shiftKey }) => near(Number(target.dataset.at) + (shiftKey ? -1 : 1), 0) ?? (shiftKey ? null : box.querySelector("#cash input")),
    ArrowDown: (target) => below(target, 1),
    ArrowUp: (target) => below(target, -1),
    ArrowRight: (target) => beside(target, 1),
    ArrowLeft: (target) => beside(target, -1),
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!box?.contains(target) || !target.dataset.kind) return;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "z") {
      event.preventDefault();
      undo();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && key === "Enter") {
      event.preventDefault();
      toCash();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "=" && target.dataset.kind !== "cash") {
      payDue(target.dataset);
      paint();
      target.select?.();
    } else if (target.dataset.at && MOVES[key]) {
      MOVES[key](target, event)?.focus();
    } else if (key === "Enter" || key === "ArrowDown" || key === "ArrowUp") {
      const fields = [...box.querySelectorAll("#cash input")];
      const at = fields.indexOf(target) + (key === "ArrowUp" ? -1 : 1);
      if (target.dataset.kind !== "cash") return;
      (fields[at] ?? (key === "Enter" ? document.querySelector("#sheet-form button") : null))?.focus();
    } else return;
    event.preventDefault();
  });

  // to the server, and to paper
  document.addEventListener(
    "submit",
    (event) => {
      const field = event.target.querySelector?.("input[name=sheet]");
      if (!field || !box?.isConnected) return;
      if (faults().length) {
        event.preventDefault();
        event.stopImmediatePropagation();
        event.submitter?.removeAttribute("aria-busy");
        point();
        return;
      }
      isSent = true;
      const payments = blank.rows.flatMap((row) => dues(row).map(([due]) => [row.id, due, minor(draft.paid[due])]));
      const here = Object.fromEntries(given.rows.filter((row) => draft.marks[row.id]).map((row) => [row.id, draft.marks[row.id]]));
      field.value = JSON.stringify({ day, key: draft.key, marks: here, paid: payments.filter(([, , amount]) => amount !== 0), counted: sums().counted });
    },
    true,
  );
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-print]")) print(); // the sheet's values are left out by its style
  });
})();
