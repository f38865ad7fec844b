// Copyright (c) 2026, The mftops.central_governance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Which page is shown, keeping it up to date, dialogs.

import { h, keepingFocus, name } from "./dom.js";
import { deploymentsPage, flowPage, flowsPage, productPage, productsPage } from "./pages.js";
import { activityPage, simulatorPage, topologyPage } from "./special.js";
import { act, getData, signIn } from "./server.js";

const POLL_MS = 1000;
const $ = (id) => document.getElementById(id);

const sortBy = (sort) => {
  current.sort = sort;
  current.number = 1;
  refresh();
};
const lists = {
  products: () => productsPage(sortBy),
  topology: topologyPage,
  flows: () => flowsPage(sortBy),
  deployments: () => deploymentsPage(sortBy),
  activity: activityPage,
  simulator: simulatorPage,
};
const details = {
  products: (id) => productPage(id, run, editBackups),
  flows: (id) => flowPage(id, run),
};

let current = null; // {kind, id, page, number, sort, text} of what is shown
let timer = 0;
let round = 0; // answers to outdated requests are not shown

// ------------------------------------------------------------------------------------------------------------ routing

function route() {
  const [path, parameters] = location.hash.split("?");
  const [, kind = "products", id] = path.split("/");
  const isList = !id;
  const make = isList ? lists[kind] : details[kind];
  if (!make) {
    location.replace("#/products");
    return;
  }
  const wanted = isList ? null : decoded(id);
  const page = isList ? make() : make(wanted);
  current = { kind, id: wanted, page, number: 1, sort: "", text: null };
  $("page").replaceChildren(page.element);
  $("notice").replaceChildren();
  $("toolbar").hidden = !isList;
  $("title").textContent = page.title;
  $("search").hidden = !page.searchLabel;
  $("search").placeholder = page.searchLabel ?? "";
  $("search").value = new URLSearchParams(parameters ?? "").get("search") ?? "";
  $("writes").hidden = kind !== "activity";
  $("count").textContent = "";
  $("pager").replaceChildren();
  for (const tab of $("tabs").children) {
    if (tab.hash === `#/${kind}`) {
      tab.setAttribute("aria-current", "page");
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    else tab.removeAttribute("aria-current");
  }
  document.title = `${page.title} – Central Governance (simulated)`;
  refresh();
}

/** A typed address may be malformed: what cannot be decoded is used unchanged. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// ------------------------------------------------------------------------------------------------------------ polling

function query() {
  if (current.id) return {};
  if (current.kind === "activity") return { search: $("writes-only").checked ? "writes" : "" };
  return { search: $("search").value, page: current.number, sort: current.sort };
}

async function refresh() {
  clearTimeout(timer);
  const asked = current;
  const mine = ++round;
  const started = performance.now();
  const path = asked.id ? `${asked.kind}/${encodeURIComponent(asked.id)}` : asked.kind;
  const [overview, page] = await Promise.allSettled([getData("overview"), getData(path, query())]);
  if (mine !== round) return;
  if (overview.status === "fulfilled") showOverview(JSON.parse(overview.value));
  if (page.status === "rejected") failed(page.reason);
  else {
    if (page.value !== asked.text) show(asked, page.value);
    setPulse("live", "live");
  }
  // Slow answers (a large estate, a busy machine) make polling less frequent.
  timer = setTimeout(refresh, Math.max(POLL_MS, 5 * (performance.now() - started)));
}

function show(asked, text) {
  asked.text = text;
  const shown = JSON.parse(text);
  keepingFocus($("page"), () => asked.page.update(shown));
  if (shown.pages === undefined) return;
  asked.number = shown.page;
  $("count").textContent = `${shown.total} in total`;
  const turn = (by) => () => {
    asked.number += by;
    refresh();
  };
  keepingFocus($("pager"), () => $("pager").replaceChildren(...(shown.pages < 2 ? [] : [
    h("button", { disabled: shown.page <= 1, onclick: turn(-1), "aria-label": "Previous page" }, "‹"),
    h("span", {}, `page ${shown.page} of ${shown.pages}`),
    h("button", { disabled: shown.page >= shown.pages, onclick: turn(1), "aria-label": "Next page" }, "›"),
  ])));
}

let overviewText = "";

function showOverview(overview) {
  const text = JSON.stringify(overview);
  if (text === overviewText) return;
  overviewText = text;
  const tile = (label, value, list, search, tone = "") => h(
    "a",
    { class: `tile ${tone}`, href: `#/${list}${search ? `?${new URLSearchParams({ search })}` : ""}`, "data-key": label },
    h("strong", {}, String(value)),
    label,
  );
  $("switched").hidden = overview.switched.length === 0;
  $("switched").textContent = overview.switched.length === 1 ? overview.switched[0] : `${overview.switched.length} switched`;
  $("switched").title = overview.switched.join("\n");
  const flows = overview.flows;
  const known = ["Deployed", "Saved, not deployed", "Deployed in error", "Saved"];
  const others = Object.keys(flows).filter((status) => !known.includes(status) && status !== "In progress");
  const inOthers = others.reduce((sum, status) => sum + flows[status], 0);
  const bad = overview.unsynchronized > 0;
  keepingFocus($("overview"), () => $("overview").replaceChildren(
    tile("products", overview.products, "products"),
    tile("masters", overview.masters, "products", "is:master"),
    tile("backups not synchronized", overview.unsynchronized, "products", "is:unsynchronized", bad ? "bad" : "good"),
    ...known.map((status) => tile(`flows ${status}`, flows[status] ?? 0, "flows", `status:"${status}"`,
      flows[status] && status === "Deployed in error" ? "bad" : "")),
    ...(inOthers ? [tile("flows with another status", inOthers, "flows", "is:other", "waiting")] : []),
    tile("flows In progress", flows["In progress"] ?? 0, "flows", 'status:"In progress"', flows["In progress"] ? "waiting" : ""),
    tile("jobs running", overview.running, "activity", "", overview.running ? "waiting" : ""),
  ));
}

function setPulse(state, text) {
  $("pulse").className = `pulse ${state}`;
  if ($("pulse").textContent !== text) $("pulse").textContent = text;
}

function failed(error) {
  if (error.status === 401) {
    setPulse("lost", "not signed in");
    if (!$("sign-in").open) $("sign-in").showModal();
    return;
  }
  setPulse("lost", error.status === 0 ? "connection lost" : "error");
  if (error.status === 404 && current.id) {
    current.text = null;
    $("page").replaceChildren(h("p", { class: "empty" }, error.message));
    return;
  }
  if (error.status !== 0) notice("bad", error.message);
}

// ------------------------------------------------------------------------------------------------------------ actions

function notice(tone, ...content) {
  const close = h("button", { class: "close", "aria-label": "Close", onclick: () => $("notice").replaceChildren() }, "×");
  $("notice").replaceChildren(h("div", { class: `notice ${tone}`, role: "alert" }, h("div", {}, content), close));
}

/** Runs the action of a button; an error of the server is shown above the page. */
async function run(action) {
  $("notice").replaceChildren();
  try {
    await action();
  } catch (error) {
    if (error.status === 401) failed(error);
    else notice("bad", error.message);
  }
  refresh();
}

function flowList(flows) {
  return h("ul", { class: "flows" }, flows.map((flow) => h("li", {}, name(flow.name))));
}

/** As in CSV: a name with a comma, a quotation mark or outer spaces is quoted. */
function quoted(text) {
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The names in a comma-separated list. */
function namesIn(text) {
  const names = [...text.matchAll(/\s*"((?:[^"]|"")*)"\s*(?=,|$)|[^,]+/g)].map(([all, inMarks]) =>
    inMarks === undefined ? all.trim() : inMarks.replaceAll('""', '"'));
  return names.filter(Boolean);
}

let edited = null; // {id, backups, isWarned}

function editBackups(product) {
  edited = { id: product.id, backups: product.backups, isWarned: false };
  $("backups-master").replaceChildren(name(product.name));
  $("backups-names").value = product.backups.map((backup) => quoted(backup.name)).join(", ");
  $("backups-message").replaceChildren();
  $("backups-save").textContent = "Save";
  $("backups").showModal();
}

async function saveBackups(event) {
  event.preventDefault();
  // Existing entries by businessId, since several products may have the same name.
  const left = [...edited.backups];
  const wanted = namesIn($("backups-names").value).map((each) => {
    const found = left.findIndex((backup) => backup.name === each);
    return found < 0 ? { name: each } : { businessId: left.splice(found, 1)[0].id };
  });
  $("backups-save").disabled = true;
  try {
    const outcome = await act.editBackups(edited.id, wanted, edited.isWarned);
    if (outcome.saved) {
      $("backups").close();
      refresh();
    } else {
      // Documented: a warning with the list of the impacted flows.
      edited.isWarned = true;
      $("backups-save").textContent = "Save anyway";
      $("backups-message").replaceChildren(h("div", { class: "notice warning", role: "alert" }, h("div", {},
        h("strong", {}, "Impacted flows"),
        h("p", {}, "These deployed flows use the product. They become \"Saved, not deployed\" until they are deployed again:"),
        flowList(outcome.impactedFlows),
      )));
    }
  } catch (error) {
    const refusals = error.message.split("; ").map((each) => h("p", {}, each));
    $("backups-message").replaceChildren(h("div", { class: "notice bad", role: "alert" }, h("div", {}, refusals)));
    if (error.status === 401) failed(error);
  } finally {
    $("backups-save").disabled = false;
  }
}

$("backups-form").addEventListener("submit", saveBackups);
$("backups-cancel").addEventListener("click", () => $("backups").close());
$("backups-names").addEventListener("input", () => {
  // A changed list has a different impact.
  edited.isWarned = false;
  $("backups-save").textContent = "Save";
  $("backups-message").replaceChildren();
});

$("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await signIn($("username").value, $("password").value);
    $("password").value = "";
    $("sign-in-message").replaceChildren();
    $("sign-in").close();
    refresh();
  } catch (error) {
    $("sign-in-message").replaceChildren(h("div", { class: "notice bad", role: "alert" }, h("div", {}, error.message)));
  }
});

let typing = 0;
$("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    current.number = 1;
    refresh();
  }, 150);
});
$("writes-only").addEventListener("change", refresh);
window.addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => {
  // Do not poll while the page is hidden.
  if (document.hidden) clearTimeout(timer);
  else refresh();
});
route();
