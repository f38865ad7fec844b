// Copyright (c) 2026, The mftops.central_governance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The pages for Central Governance's own objects. A page is {title, searchLabel?, element, update(document)};
// `run(action)` runs the action of a button and shows errors of the server.

import { h, name, Table } from "./dom.js";
import { act } from "./server.js";

const GOOD = new Set(["Started", "Deployed"]);
const BAD = new Set(["Unreachable", "Registered in error", "Stopped in error", "Deployed in error"]);
const QUIET = new Set(["Stopped", "Saved"]);

export function toneOf(status) {
  if (GOOD.has(status)) return "good";
  if (BAD.has(status)) return "bad";
  if (QUIET.has(status)) return "quiet";
  return "waiting";
}

export function badge(text, tone = toneOf(text)) {
  return h("span", { class: `badge ${tone}` }, text);
}

export function productLink(product) {
  return h("a", { href: `#/products/${encodeURIComponent(product.id)}` }, name(product.name));
}

function flowLink(flow) {
  return h("a", { href: `#/flows/${encodeURIComponent(flow.id)}` }, name(flow.name));
}

function sortedUpdate(table, document, keyOf, cells) {
  table.showSort(document.sort);
  table.update(document.rows, keyOf, cells);
}

function syncBadge(backup) {
  if (backup.running) return badge("synchronizing", "waiting");
  return backup.synchronized ? badge("synchronized", "good") : badge("not synchronized", "bad");
}

/** Puts a separator (a text, or a function that makes an element) between elements. */
function separated(elements, separator) {
  const between = () => (typeof separator === "function" ? separator() : separator);
  return elements.flatMap((element, index) => (index ? [between(), element] : [element]));
}

/** `ST_PARIS (ST_LYON, ST_LILLE) -> BANK`, as in the flow definition of Central Governance. */
function definition(stages) {
  const drawn = stages.map((stage) => {
    const parts = stage.parts.map((part) => {
      const own = part.id ? productLink(part) : name(part.name);
      const backups = part.backups.length
        ? h("span", { class: "backups" }, " (", separated(part.backups.map(name), ", "), ")")
        : null;
      const kind = part.kind === "PRODUCT" ? null : [" ", h("span", { class: "kind" }, part.kind.toLowerCase())];
      return h("span", { class: "part" }, own, backups, kind);
    });
    return h("span", { class: "stage" }, separated(parts, ", "));
  });
  return separated(drawn, () => h("span", { class: "arrow" }, " → "));
}

function time(milliseconds) {
  const moment = new Date(milliseconds);
  return Number.isNaN(moment.getTime()) ? "" : h("time", {}, moment.toISOString().replace("T", " ").slice(0, 19));
}

function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value).map(([label, value]) => [
    h("dt", {}, label),
    h("dd", {}, value),
  ]));
}

function section(title, ...content) {
  return h("section", { class: "card" }, h("h2", {}, title), content);
}

// ---------------------------------------------------------------------------------------------------------- products

export function productsPage(sortBy) {
  const table = new Table([
    { label: "Name", sort: "name" }, { label: "Type", sort: "type" }, { label: "Version", sort: "version" },
    { label: "Status", sort: "status" }, { label: "Host", sort: "host" }, "Backup products",
  ], "No product here.", sortBy);
  return {
    title: "Products",
    searchLabel: "Search products",
    element: table.element,
    update: (document) => sortedUpdate(table, document, (row) => row.id, (row) => [
      [productLink(row), row.backupOf.length
        ? h("div", { class: "below" }, "backup of ", separated(row.backupOf.map((master) => name(master.name)), ", "))
        : null],
      row.type,
      row.version,
      badge(row.status),
      name(row.host),
      row.backups.map((backup) => h("div", { class: "pair" }, productLink(backup), " ", syncBadge(backup))),
    ]),
  };
}

export function productPage(id, run, editBackups) {
  const element = h("div");
  const profiles = new Table(
    ["Name", "Type", "Protocol", "Port", "TLS", "Client authentication", "Certificate", "Hosts", "Network zone"],
    "No communication profile.",
  );
  const flows = new Table(["Name", "Definition", "Status"], "No flow uses it.");
  const backups = new Table(["Product", "State", ""], "No backup.");
  const edit = h("button", { id: "edit-backups", disabled: true }, "Edit backups");
  const head = h("div");
  const profilesTitle = h("h2");
  const flowsTitle = h("h2");
  let shown = null;
  edit.addEventListener("click", () => editBackups(shown));
  element.append(
    head,
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "Backup products"), edit), backups.element),
    h("section", { class: "card" }, profilesTitle, profiles.element),
    h("section", { class: "card" }, flowsTitle, flows.element),
  );

  function synchronizeButton(backup) {
    const enabled = !backup.synchronized && !backup.running;
    return h("button", {
      class: "primary",
      disabled: !enabled,
      onclick: () => run(() => act.synchronize(id, backup.id)),
    }, "Synchronize");
  }

  return {
    title: "Product",
    element,
    update(product) {
      shown = product;
      head.replaceChildren(h("h1", { class: "thing" }, name(product.name), " ", badge(product.status)), facts([
        ["Type", product.type],
        ["Version", product.version],
        ["Host", product.host && name(product.host)],
        ["Operating system", product.os],
        ["Backup of", product.backupOf.length && separated(product.backupOf.map(productLink), ", ")],
        ["Contact", Object.values(product.contact).join(", ")],
        ["Tags", product.tags.join(", ")],
        ["Id", h("code", {}, product.id)],
      ]));
      edit.disabled = product.type !== "SecureTransport";
      backups.update(product.backups, (row) => row.id, (row) => [
        productLink(row), syncBadge(row), synchronizeButton(row),
      ]);
      profilesTitle.textContent = `Communication profiles (${product.profiles.length})`;
      profiles.update(product.profiles, (row) => String(row.businessId ?? row.name), profileCells);
      flowsTitle.textContent = `Flows (${product.usedByCount})`;
      flows.update(product.usedBy, (row) => row.id, (row) => [flowLink(row), definition(row.definition), badge(row.status)]);
    },
  };
}

function profileCells(profile) {
  const certificate = profile.ssl?.certificate;
  const until = certificate?.validTo ? String(certificate.validTo).slice(0, 10) : "";
  return [
    [name(String(profile.name)), profile.viewOnly ? [" ", h("span", { class: "kind" }, "view only")] : null,
      profile.enabled === false ? [" ", h("span", { class: "kind" }, "disabled")] : null],
    String(profile.type ?? ""),
    String(profile.protocol ?? ""),
    String(profile.port ?? ""),
    [profile.ssl?.enabled ? "yes" : "no", profile.fips ? [" ", h("span", { class: "kind" }, "FIPS")] : null],
    String(profile.clientAuthentication ?? ""),
    certificate ? [name(String(certificate.alias ?? "")), until && h("div", { class: "below" }, `until ${until}`)] : "",
    [(profile.hosts ?? []).join(", "),
      profile.edges?.length ? h("div", { class: "below" }, `edges: ${profile.edges.join(", ")}`) : null],
    String(profile.networkZone ?? ""),
  ];
}

// ------------------------------------------------------------------------------------------------------------- flows

export function flowsPage(sortBy) {
  const table = new Table([
    { label: "Name", sort: "name" }, { label: "IDF", sort: "idf" }, "Definition", { label: "Status", sort: "status" },
  ], "No flow here.", sortBy);
  return {
    title: "Flows",
    searchLabel: "Search flows",
    element: table.element,
    update: (document) => sortedUpdate(table, document, (row) => row.id, (row) => [
      flowLink(row),
      h("code", {}, row.idf ?? ""),
      definition(row.definition),
      [badge(row.status), row.details ? h("div", { class: "below" }, row.details) : null],
    ]),
  };
}

export function flowPage(id, run) {
  const head = h("div");
  const buttons = h("div", { class: "buttons left" });
  const table = deploymentsTable(false);
  const element = h("div", {}, head, buttons, section("Deployments", table.element));
  return {
    title: "Flow",
    element,
    update(flow) {
      head.replaceChildren(h("h1", { class: "thing" }, name(flow.name), " ", badge(flow.status)), facts([
        ["Definition", h("span", { class: "definition" }, definition(flow.definition))],
        ["IDF", flow.idf && h("code", {}, flow.idf)],
        ["Details", flow.details],
        ["Tags", flow.tags.join(", ")],
        ["Id", h("code", {}, flow.id)],
      ]));
      // Documented: no deployment is offered for a flow that is incomplete or deployed.
      const isOffered = flow.status === "Saved, not deployed" || flow.status === "Deployed in error";
      const deploy = (force) => () => run(() => act.deploy(id, force));
      buttons.replaceChildren(
        h("button", { class: "primary", disabled: !isOffered, onclick: deploy(false) }, "Deploy"),
        h("button", { disabled: !isOffered, onclick: deploy(true) }, "Force deploy"),
      );
      table.update(flow.deployments);
    },
  };
}

// ------------------------------------------------------------------------------------------------------- deployments

function deploymentsTable(withFlow, sortBy = null) {
  const columns = [
    { label: "Product", sort: "product" }, "Role", { label: "Status", sort: "status" }, "Message",
    { label: "Time (UTC)", sort: "time" },
  ];
  const table = new Table(withFlow ? [{ label: "Flow", sort: "flow" }, ...columns] : columns, "No deployment.", sortBy);
  return {
    element: table.element,
    showSort: (sorted) => table.showSort(sorted),
    update: (rows) => table.update(rows, (row) => `${row.flow.id}/${row.id}`, (row) => [
      ...(withFlow ? [flowLink(row.flow)] : []),
      productLink(row.product),
      row.role === "former backup" ? badge(row.role, "bad") : row.role,
      badge(row.status),
      row.message,
      time(row.at),
    ]),
  };
}

export function deploymentsPage(sortBy) {
  const table = deploymentsTable(true, sortBy);
  return {
    title: "Deployments",
    searchLabel: "Search deployments",
    element: table.element,
    update(document) {
      table.showSort(document.sort);
      table.update(document.rows);
    },
  };
}
