// Copyright (c) 2026, The mftops.central_governance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Making elements. Text goes in as text nodes only: whatever a name contains, it cannot become markup.

/** h("td", {class: "name"}, "text", element, [more]) -> element. Keys beginning with "on" are event listeners. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** A name that somebody gave to something. <bdi> keeps its writing direction from reordering what stands around it. */
export function name(text) {
  return h("bdi", {}, text);
}

/**
 * A table whose rows stay the same elements while what they show stays the same, so that a click or a selection
 * survives the next poll, and a row that did change can be seen to change.
 */
export class Table {
  constructor(columns, emptyText) {
    this.body = h("tbody");
    this.empty = h("p", { class: "empty", hidden: true }, emptyText);
    const head = h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column))));
    this.element = h("div", { class: "table" }, h("table", {}, head, this.body), this.empty);
    this.shown = new Map(); // key -> {text, element}
    this.isFilled = false;
  }

  /** rows: documents; keyOf(row) -> unique text; cells(row) -> array of what stands in the cells. */
  update(rows, keyOf, cells, mark = true) {
    const before = this.shown;
    this.shown = new Map();
    const elements = rows.map((row) => {
      const key = keyOf(row);
      const text = JSON.stringify(row);
      const known = before.get(key);
      let element = known?.element;
      if (!known || known.text !== text) {
        element = h("tr", { "data-key": key }, cells(row).map((cell) => h("td", {}, cell)));
        // Turning a page or searching brings new rows that nothing happened to: only known ones are marked.
        if (known && mark) element.classList.add("changed");
      }
      this.shown.set(key, { text, element });
      return element;
    });
    const isSame = elements.length === this.body.children.length
      && elements.every((element, index) => element === this.body.children[index]);
    if (!isSame) this.body.replaceChildren(...elements);
    this.empty.hidden = rows.length > 0;
    this.isFilled = true;
  }
}
