// Copyright (c) 2026, The mftops.central_governance authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Requests to the simulator. Paths are relative, so that the console also works behind a proxy with a prefix.

/** An error answer of the server; `status` is 0 when it could not be reached. */
export class ServerError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-cache", ...options });
  } catch {
    throw new ServerError(0, "The simulator does not answer");
  }
  const text = await response.text();
  if (response.ok) return text;
  let message = `The simulator answered ${response.status}`;
  try {
    message = JSON.parse(text).message || message;
  } catch { /* not an answer of the console: only the status is known */ }
  throw new ServerError(response.status, message);
}

/** The text of a data document; JSON, left as text so that an unchanged one can be recognized. */
export function getData(path, query = {}) {
  const parameters = new URLSearchParams(query).toString();
  return ask(`data/${path}${parameters ? `?${parameters}` : ""}`);
}

async function post(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return JSON.parse(await ask(path, options));
}

export const signIn = (username, password) => post("session", { username, password });

export const act = {
  /** `backups` are {businessId} for existing entries, {name} for typed ones. */
  editBackups: (master_id, backups, confirmed) => post("do/edit-backups", { master_id, backups, confirmed }),
  synchronize: (master_id, backup_id) => post("do/synchronize", { master_id, backup_id }),
  deploy: (flow_id, force) => post("do/deploy", { flow_id, force }),
};
