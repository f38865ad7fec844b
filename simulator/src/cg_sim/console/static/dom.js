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

/**
 * A name that somebody gave to something. <bdi> keeps its writing direction from reordering what stands around it; a long
 * one is cut by the style sheet, so that the title has it whole; spaces that nobody would see are marked.
 */
export function name(text) {
  const parts = text.split(/(^\s+|\s+$|\s{2,})/);
  const marked = parts.map((part) => (/^\s+$/.test(part) ? h("span", { class: "space" }, part) : part));
  return h("bdi", { class: "name", title: text.length > 30 ? text : null }, marked);
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary";

/** Does something that may replace elements, and puts the keyboard's focus back to where it was. */
export function keepingFocus(container, change) {
  const active = document.activeElement;
  if (!container.contains(active)) {
    change();
    return;
  }
  const row = active.closest("[data-key]");
  const within = (element) => [...(element?.querySelectorAll(FOCUSABLE) ?? [])];
  const index = within(row ?? container).indexOf(active);
  const key = row?.dataset.key;
  change();
  if (document.contains(active)) return;
  const rows = [...container.querySelectorAll("[data-key]")];
  const place = row ? rows.find((each) => each.dataset.key === key) : container;
  within(place)[index]?.focus({ preventScroll: true });
}

/**
 * A table whose rows stay the same elements while what they show stays the same, so that a click or a selection
 * survives the next poll, and a row that did change can be seen to change. A column is a text, or {label, sort}: what the
 * server calls it when it sorts; `sortBy(sort)` asks for that.
 */
export class Table {
  constructor(columns, emptyText, sortBy = null) {
    this.labels = columns.map((column) => column.label ?? column);
    this.body = h("tbody");
    this.empty = h("p", { class: "empty", hidden: true }, emptyText);
    this.sorts = new Map(); // what the server calls a column -> its head
    const heads = columns.map((column) => {
      if (!column.sort || !sortBy) return h("th", { scope: "col" }, column.label ?? column);
      const turned = () => (this.sorted === column.sort ? `-${column.sort}` : column.sort);
      const head = h("th", { scope: "col" }, h("button", { class: "sort", onclick: () => sortBy(turned()) }, column.label));
      this.sorts.set(column.sort, head);
      return head;
    });
    this.element = h("div", { class: "table" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), this.body), this.empty);
    this.shown = new Map(); // key -> {text, element}
    this.sorted = "";
  }

  /** How the rows are sorted now: a column, with - in front from the end. */
  showSort(sorted) {
    this.sorted = sorted;
    for (const [sort, head] of this.sorts) {
      const direction = { [sort]: "ascending", [`-${sort}`]: "descending" }[sorted];
      if (direction) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    }
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
        const contents = cells(row).map((cell, index) => h("td", { "data-label": this.labels[index] }, cell));
        element = h("tr", { "data-key": key }, contents);
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
  }
}
