// Copyright (c) 2026, The mftops.central_governance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Creates elements. Text is inserted as text nodes only, so that no name can become markup.

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
 * A user-defined name. <bdi> isolates its writing direction from the surrounding text; a long one is cut by the style
 * sheet, so the title has the whole name; leading, trailing and repeated spaces are marked.
 */
export function name(text) {
  const parts = text.split(/(^\s+|\s+$|\s{2,})/);
  const marked = parts.map((part) => (/^\s+$/.test(part) ? h("span", { class: "space" }, part) : part));
  return h("bdi", { class: "name", title: text.length > 30 ? text : null }, marked);
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary";

/** Runs a function that may replace elements, and restores the keyboard focus. */
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
 * A table that keeps the elements of unchanged rows, so that a click or a selection survives the next poll, and changed
 * rows can be highlighted. A column is a text, or {label, sort} with the server's name for sorting; `sortBy(sort)` is
 * called to sort by it.
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

  /** The current sort order: a column, with a leading - for descending. */
  showSort(sorted) {
    this.sorted = sorted;
    for (const [sort, head] of this.sorts) {
      const direction = { [sort]: "ascending", [`-${sort}`]: "descending" }[sorted];
      if (direction) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    }
  }

  /** rows: documents; keyOf(row) -> unique text; cells(row) -> array of the cells' contents. */
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
        // Paging and searching bring new rows that did not change: only rows shown before are highlighted.
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
