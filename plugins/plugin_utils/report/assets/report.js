// Filters and sorts the findings. Without this script, the page shows all of them, the worst first.
(function () {
  "use strict";
  var showAll;
  var tools = document.getElementById("tools");
  var table = document.getElementById("found");
  if (tools && table) {
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    var order = rows.slice();
    var words = new Map();
    var search = document.getElementById("search");
    var rule = document.getElementById("rule");
    var onlyNew = document.getElementById("only-new");
    var boxes = Array.prototype.slice.call(tools.querySelectorAll("input[name=state]"));
    var count = document.getElementById("count");
    var more = document.getElementById("more");
    var PAGE = 100; // rows that are shown at once
    var limit = PAGE;

    rows.forEach(function (row) { words.set(row, row.textContent.toLowerCase()); });

    var filter = function () {
      var wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      var states = boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
      var fitting = 0;
      order.forEach(function (row) {
        var fits = states.indexOf(row.dataset.state) >= 0 &&
          (!rule.value || row.dataset.rule === rule.value) &&
          (!onlyNew || !onlyNew.checked || "new" in row.dataset) &&
          wanted.every(function (word) { return words.get(row).indexOf(word) >= 0; });
        fitting += fits;
        row.hidden = !fits || fitting > limit;
      });
      count.textContent = Math.min(fitting, limit) + " of " + fitting + " shown" +
        (fitting < rows.length ? ", " + (rows.length - fitting) + " filtered out" : "");
      more.hidden = fitting <= limit;
      more.textContent = "Show " + Math.min(PAGE, fitting - limit) + " more";
    };

    var sortBy = function (header) {
      var column = header.cellIndex;
      var descending = header.getAttribute("aria-sort") === "ascending";
      var key = function (row) { return row.cells[column].dataset.key || row.cells[column].textContent.trim(); };
      var keys = new Map(order.map(function (row) { return [row, key(row)]; }));
      order.sort(function (one, other) {
        var compared = keys.get(one).localeCompare(keys.get(other), undefined, { numeric: true });
        return descending ? -compared : compared;
      });
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
        if (cell.hasAttribute("aria-sort")) { cell.setAttribute("aria-sort", "none"); }
      });
      header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      var moved = document.createDocumentFragment();
      order.forEach(function (row) { moved.appendChild(row); });
      body.appendChild(moved);
      filter();
    };

    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = cell.textContent;
      cell.textContent = "";
      cell.appendChild(button);
      cell.setAttribute("aria-sort", "none");
      button.addEventListener("click", function () { sortBy(cell); });
    });
    tools.addEventListener("input", function () { limit = PAGE; filter(); });
    more.addEventListener("click", function () { limit += PAGE; filter(); });
    tools.addEventListener("submit", function (event) { event.preventDefault(); });
    tools.hidden = false;
    filter();

    showAll = function () { limit = Infinity; filter(); };

    // A link to a finding that is filtered out shows that finding.
    var reveal = function () {
      var row = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
      if (row && row.hidden) { row.hidden = false; row.scrollIntoView(); }
    };
    window.addEventListener("hashchange", reveal);
    reveal();
  }

  // Everything is unfolded for printing.
  var closed = [];
  window.addEventListener("beforeprint", function () {
    if (showAll) { showAll(); }
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    closed.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (details) { details.open = false; });
  });
})();
