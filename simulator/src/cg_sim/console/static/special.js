// Copyright (c) 2026, The mftops.central_governance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Pages that Central Governance does not have: request journal, topology, settings of the simulator.

import { h, name, Table } from "./dom.js";
import { badge, productLink } from "./pages.js";

// ---------------------------------------------------------------------------------------------------------- activity

function answered(row) {
  if (row.status === null) return badge("dropped", "bad");
  return badge(String(row.status), row.status < 400 ? "good" : "bad");
}

/** Why a request was refused: the message in the answer, whatever shape errors have. */
function reason(answer) {
  if (typeof answer === "string") return answer;
  const found = answer?.message ?? answer?.error ?? answer?.detail ?? answer?.errors?.[0]?.message;
  return found === undefined ? "" : String(found);
}

function written(document) {
  return typeof document === "string" ? document : JSON.stringify(document, null, 2);
}

function body(title, document) {
  return document === null ? null : [h("strong", {}, title), h("pre", {}, written(document))];
}

export function activityPage() {
  const table = new Table(["Time (UTC)", "Request", "Answer", "User", "Took"], "No such request to the API so far.");
  return {
    title: "Activity",
    element: table.element,
    update: (document) => table.update(document.rows, (row) => String(row.n), (row) => [
      row.at.slice(11, 23),
      [
        h("strong", {}, row.operation ?? `${row.method} ${row.path.split("/").at(-1)}`), " ",
        row.objects.map((each, index) => [index ? ", " : null, name(each)]),
        row.fault ? [" ", badge(`fault: ${row.fault}`, "waiting")] : null,
        h("details", {},
          h("summary", {}, "request and answer"),
          h("code", {}, `${row.method} ${row.path}${row.query ? `?${row.query}` : ""}`),
          body("Request", row.request), body("Answer", row.answer)),
      ],
      [answered(row), row.status >= 400 ? h("div", { class: "below" }, reason(row.answer)) : null],
      row.user ?? "",
      `${row.duration_ms} ms`,
    ]),
  };
}

// ---------------------------------------------------------------------------------------------------------- topology

const SVG = "http://www.w3.org/2000/svg";
const ROW = 52; // pixels, as in the style sheet: a backup with the gap below it

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Lines from one master to each of its backups. */
function lines(backups) {
  const height = backups.length * ROW;
  const drawing = svg("svg", { viewBox: `0 0 60 ${height}`, height, preserveAspectRatio: "none", "aria-hidden": "true" });
  backups.forEach((backup, index) => {
    const y = (index + 0.5) * ROW;
    const tone = backup.running ? "waiting" : backup.synchronized ? "good" : "bad";
    drawing.append(svg("path", { d: `M0 ${height / 2} C30 ${height / 2} 30 ${y} 60 ${y}`, class: `line ${tone}` }));
  });
  return drawing;
}

function box(product, ...more) {
  return h("div", { class: "box" }, productLink(product), " ", badge(product.status), more);
}

export function topologyPage() {
  const element = h("div", { class: "topology" });
  return {
    title: "Topology",
    searchLabel: "Search masters",
    element,
    update(shown) {
      element.replaceChildren(...shown.rows.map((master) => h("section", { class: "pairing", "data-key": master.id },
        h("div", { class: "master" }, box(master)),
        lines(master.backups),
        h("div", { class: "followers" }, master.backups.map((backup) => box(backup,
          h("span", { class: "below" }, backup.running ? "synchronizing" : backup.synchronized ? "synchronized" : "not synchronized"))))
      )));
      if (!shown.rows.length) element.append(h("p", { class: "empty" }, "No product has backups."));
    },
  };
}

// --------------------------------------------------------------------------------------------------------- simulator

export function simulatorPage() {
  const faults = new Table(["Number", "Fault", "Applies to", "Hits"], "No fault is set.");
  const choices = (title) => new Table([title, "Value", "Default"], "");
  const variants = choices("Assumption");
  const transitions = choices("Transition");
  const clock = h("p");
  const card = (title, ...content) => h("section", { class: "card" }, h("h2", {}, title), content);
  const value = (row) => badge(row.value, row.value === row.default ? "quiet" : "waiting");
  return {
    title: "Simulator",
    element: h("div", {},
      h("p", { class: "below" }, "Changed through the control plane, /_sim; Central Governance has no such settings."),
      card("Faults", faults.element), card("Clock", clock),
      card("Variants", variants.element), card("Transitions", transitions.element)),
    update(shown) {
      faults.update(shown.faults, (row) => String(row.id), (row) => {
        const { id, fault, hits, ...where } = row;
        return [String(id), fault, h("code", {}, JSON.stringify(where)), String(hits)];
      });
      const moved = shown.clock.offset ? `${shown.clock.offset} s different from the machine's time` : "the machine's time";
      clock.textContent = shown.clock.frozen ? `frozen at ${shown.clock.now}` : moved;
      variants.update(shown.variants, (row) => row.key, (row) => [
        [row.key, h("div", { class: "below" }, row.meaning)], value(row), row.default,
      ]);
      transitions.update(shown.transitions, (row) => row.key, (row) => [row.key, value(row), row.default]);
    },
  };
}
